"""What anybody may read without signing in: publications with their countdown, and the register of titles."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import queries as cases
from app.certificates import queries as certificates
from app.errors import Invalid
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.publications import queries as publications
from app.titles import queries as titles
from app.web import access

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
    """The register of titles."""
    text, before = request.args.get("q", "").strip()[:100], _before()
    with db.reading() as session:
        rows, following = titles.register(session, text=text, before=before)
    return render_template(
        "public/titles.html", rows=rows, today=clock.today(), text=text,
        first_url=url_for(".title_list", q=text) if before else "",
        next_url=url_for(".title_list", q=text, before=following) if following else "",
    )


@public.get("/titles/<public_id>")
@access.rule(access.public)
def title(public_id: str) -> str:
    """One title with its history."""
    with db.reading() as session:
        row, events = titles.title(session, public_id)
        latest = {p.key: p for p in programmes.all_latest(session)}
        inside = g.identity is not None and g.identity.unit_kind == "department"
        records = titles.records(session, row.id) if inside else []
        case = cases.case_if_seen(session, g.identity, row.case_id) if g.identity is not None else None
        certified = g.identity is not None and certificates.is_in_sight(session, g.identity, public_id)
    return render_template(
        "public/title.html", title=row, events=events, records=records,
        classes=_classes(row, latest.get(row.programme)),
        over=row.valid_until is not None and row.valid_until < clock.today(),
        case_url=url_for("cases.show", public_id=case.public_id) if case else "", certified=certified,
    )


def _classes(row: Any, programme: Programme | None) -> list[tuple[str, str]]:
    """The title's classes under their names, in the programme's order."""
    named = {key: rule.name for key, rule in programme.title.classes.items()} if programme else {}
    return [(named.get(key) or key, words) for key, words in row.classes.items()]


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
