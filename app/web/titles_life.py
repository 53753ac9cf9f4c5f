"""What signed-in people do on a title's page: begin a case about it, note support or a flag, take a note back."""

from datetime import date

from flask import Blueprint, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, Refused
from app.titles import by_hand, notes
from app.titles.models import Title, TitleNote
from app.web import access, title_page

titles_life = Blueprint("titles_life", __name__, url_prefix="/titles")

BEGINNERS = access.roles("clerk", "lead", "applicant")
NOTERS = access.roles("clerk", "lead", kinds=("department",))


@titles_life.post("/<public_id>/begin/<diagram>")
@access.rule(BEGINNERS)
def begin(public_id: str, diagram: str) -> Response:
    """发起: open a case about the title and lead to it."""
    with db.transaction() as session:
        case = by_hand.begin(session, g.identity, title_public_id=public_id, diagram=diagram)
    flash(f"已发起，办件号 {case.number}。", "success")
    return redirect(url_for("cases.show", public_id=case.public_id), 303)


@titles_life.post("/<public_id>/notes")
@access.rule(NOTERS)
def add_note(public_id: str) -> Response | tuple[str, int]:
    """记一笔: support given, or the flag 优秀 with its reason."""
    typed = {name: request.form.get(name, "")[:5_000] for name in ("kind", "noted_on", "text")}
    try:
        with db.transaction() as session:
            notes.add(session, public_id, by=g.identity, kind=typed["kind"], noted_on=_day(typed["noted_on"]),
                      text=typed["text"])
    except Invalid as error:
        return title_page.page(public_id, errors=error.fields, typed=typed, at="note"), 422
    except Refused as error:
        return title_page.page(public_id, errors={"kind": [error.message]}, typed=typed, at="note"), 422
    flash("已登记。", "success")
    return redirect(url_for("public.title", public_id=public_id) + "#notes", 303)


@titles_life.post("/notes/<note_id>/remove")
@access.rule(NOTERS)
def remove_note(note_id: str) -> Response | tuple[str, int]:
    """撤回一条记录, with the reason."""
    reason = request.form.get("reason", "")[:5_000]
    with db.reading() as session:
        public_id = session.scalar(
            select(Title.public_id).join(TitleNote, TitleNote.title_id == Title.id)
            .where(TitleNote.public_id == note_id)
        )
    try:
        with db.transaction() as session:
            notes.remove(session, note_id, by=g.identity, reason=reason)
    except Invalid as error:
        return title_page.page(str(public_id), errors=error.fields, typed={"reason": reason}, at=note_id), 422
    flash("已撤回。", "success")
    return redirect(url_for("public.title", public_id=public_id) + "#notes", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Invalid({"noted_on": ["日期不正确，请写成 2026-11-20 的样子。"]}) from None
