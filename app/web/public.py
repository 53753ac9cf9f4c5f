"""What anybody may read without signing in: publications with their countdown, circulars, the register of titles."""

import re
from datetime import date
from pathlib import Path

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import db, letters
from app.errors import Invalid
from app.publications import queries as publications
from app.sanctions import circulars
from app.web import access, registers, title_page
from app.web.notices import attachment

public = Blueprint("public", __name__)


@public.get("/")
@access.rule(access.public)
def index() -> AnyResponse:
    """The front door: the publications; who is signed in goes to the own work."""
    if g.identity is not None and g.identity.roles & {"clerk", "lead", "applicant"}:
        return redirect(url_for("inbox.index"))
    return redirect(url_for(".publication_list"))


@public.get("/publications")
@access.rule(access.public)
def publication_list() -> str:
    """All publications, newest first."""
    before = _before()
    with db.reading() as session:
        rows, following = publications.publications(session, before=before)
    return render_template(
        "public/publications.html", rows=rows, first_url=url_for(".publication_list") if before else "",
        next_url=url_for(".publication_list", before=following) if following else "",
    )


@public.get("/publications/<public_id>")
@access.rule(access.public)
def publication(public_id: str) -> str:
    """One publication: the list, until when, and how that day was computed."""
    text = request.args.get("q", "").strip()[:100]
    with db.reading() as session:
        shown, entries = publications.publication(session, public_id)
    found = [e for e in entries if not text or any(text in part for part in (e.name, e.credit_code, e.region_name))]
    return render_template(
        "public/publication.html", shown=shown, entries=found, total=len(entries), text=text,
        ours=g.identity is not None and g.identity.unit_id == shown.unit_id and g.identity.has("clerk", "lead"),
    )


@public.get("/circulars")
@access.rule(access.public)
def circular_list() -> str:
    """The circulars that were signed, the latest first. Source: HBI-13.2, HBL-10.2, NAT-20.2."""
    programme, text = (request.args.get(name, "").strip()[:100] for name in ("programme", "q"))
    after = _after()
    with db.reading() as session:
        lines, following = circulars.circulars(session, programme=programme, text=text, after=after)
        known = circulars.programmes_of(session)
    kept = {name: value for name, value in (("programme", programme), ("q", text)) if value}
    return render_template(
        "public/circulars.html", lines=lines, programmes=[("", "全部"), *known], programme=programme, text=text,
        first_url=url_for(".circular_list", **kept) if after else "",
        next_url=url_for(".circular_list", **kept, after=f"{following[0]}.{following[1]}") if following else "",
    )


@public.get("/circulars/<public_id>")
@access.rule(access.public)
def circular(public_id: str) -> str:
    """One circular as it was signed, and what became of it."""
    with db.reading() as session:
        shown = circulars.circular(session, public_id)
    return render_template("public/circular.html", shown=shown)


@public.get("/circulars/<public_id>/letter.pdf")
@access.rule(access.public)
def circular_letter(public_id: str) -> Response:
    """The letter by which an institution got the circular."""
    with db.reading() as session:
        document, content = circulars.letter(session, public_id)
    name = Path(document.name).stem
    return attachment(letters.pdf(content, title=name), f"{name}.pdf", "application/pdf")


@public.get("/titles")
@access.rule(access.public)
def title_list() -> str:
    """The register of titles, filtered."""
    return registers.page()


@public.get("/titles/<public_id>")
@access.rule(access.public)
def title(public_id: str) -> str:
    """One title with its whole life, as far as the one who asks may see it."""
    return title_page.page(public_id)


def _after() -> tuple[date, int] | None:
    """Where a list of circulars goes on: "2026-10-12.45"."""
    text = request.args.get("after", "")
    if not text:
        return None
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})", text, re.ASCII)
    try:
        if found is not None:
            return date.fromisoformat(found[1]), int(found[2])
    except ValueError:
        pass
    raise Invalid({"after": ["页码不正确，请回到第一页。"]})


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
