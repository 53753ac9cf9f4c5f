"""典型做法: what everybody reads of the cases that authorities publish, and publishing and withdrawing them."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, NotAllowed, NotFound
from app.lives import practices as written
from app.titles import showcase
from app.titles.models import Title
from app.web import access
from app.web.appointments import _before
from app.web.monitoring import programme_names

practices = Blueprint("practices", __name__, url_prefix="/practices")

PUBLISHERS = access.roles("clerk", "lead", kinds=("department",))


@practices.get("")
@access.rule(access.public)
def index() -> str:
    """The published cases, to search and to filter."""
    text, programme = request.args.get("q", "").strip()[:60], request.args.get("programme", "")[:64]
    before = _before()
    with db.reading() as session:
        rows, following = showcase.listing(session, text=text, programme=programme, before=before)
        names = programme_names(session)
        known = [(key, names.get(key, key)) for key in showcase.programmes_shown(session)]
    kept = {"q": text, "programme": programme}
    return render_template(
        "practices/index.html", rows=rows, text=text, programme=programme, known=known, names=names,
        first_url=url_for(".index", **kept) if before else "",
        next_url=url_for(".index", **kept, before=following) if following else "",
    )


@practices.get("/<public_id>")
@access.rule(access.public)
def show(public_id: str) -> str:
    """One published case; whoever published it may withdraw it here."""
    return _page(public_id)


@practices.post("/<public_id>/withdraw")
@access.rule(PUBLISHERS)
def withdraw(public_id: str) -> Response | tuple[str, int]:
    """撤下, with the reason."""
    reason = request.form.get("reason", "")[:2_000]
    try:
        with db.transaction() as session:
            showcase.withdraw(session, public_id, by=g.identity, reason=reason)
    except Invalid as error:
        return _page(public_id, errors=error.fields, typed=reason), 422
    flash("已撤下，公众不再看到。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@practices.get("/new/<title_id>")
@access.rule(PUBLISHERS)
def new(title_id: str) -> str:
    """The form of a case to publish, filled with what the holder wrote where one of its texts is chosen."""
    return _form(title_id, {}, {})


@practices.post("/new/<title_id>")
@access.rule(PUBLISHERS)
def publish(title_id: str) -> Response | tuple[str, int]:
    """公布."""
    said = {key: request.form.get(key, "")[:20_000] for key in showcase.LENGTHS}
    try:
        with db.transaction() as session:
            made = showcase.publish(session, title_id, by=g.identity, said=said)
    except Invalid as error:
        return _form(title_id, said, error.fields), 422
    flash(f"“{made.name}”已公布。", "success")
    return redirect(url_for(".show", public_id=made.public_id), 303)


def _page(public_id: str, *, errors: Mapping[str, Sequence[str]] | None = None, typed: str = "") -> str:
    with db.reading() as session:
        row = showcase.one(session, public_id, g.identity)
    ours = g.identity is not None and g.identity.unit_id == row.PublishedCase.unit_id
    return render_template(
        "practices/show.html", row=row, case=row.PublishedCase, title=row.Title, errors=errors or {}, typed=typed,
        may_withdraw=ours and row.PublishedCase.withdrawn_at is None and access.allowed("practices.withdraw"),
    )


def _form(title_id: str, said: Mapping[str, str], errors: Mapping[str, Sequence[str]]) -> str:
    with db.reading() as session:
        title = session.scalars(select(Title).where(Title.public_id == title_id)).one_or_none()
        if title is None:
            raise NotFound()
        if not showcase.may_publish(session, title, g.identity):
            raise NotAllowed("典型做法由认定机关公布；称号无效的不能公布。")
        found = written.of_title(session, title)
    chosen = next((one for one in found if one.key == request.args.get("from", "")), None)
    values = said or ({"name": chosen.name, "text": chosen.text, "source": chosen.source} if chosen else {})
    return render_template(
        "practices/new.html", title=title, found=found, chosen=chosen, values=values, errors=errors,
        lengths=showcase.LENGTHS,
    )
