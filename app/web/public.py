"""What anybody may read without signing in: publications with their countdown, and the register of titles."""


from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid
from app.publications import queries as publications
from app.web import access, registers, title_page

public = Blueprint("public", __name__)


@public.get("/")
@access.rule(access.public)
def index() -> Response:
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


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
