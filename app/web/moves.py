"""What an edition of the calendar does to deadlines: the list before it is confirmed, the confirmation, the record, and
decisions about what had taken effect."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import db
from app.calendars import current
from app.calendars import operations as editions
from app.calendars import queries as calendars
from app.calendars.models import CalendarEdition
from app.cases import move_queries, recomputing, taken_effect
from app.cases.move_queries import Chosen
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.programmes import queries as programmes
from app.web import access, forms
from app.web.forms import Field
from app.web.workbooks import add_sheet, download

moves = Blueprint("moves", __name__, url_prefix="/calendars/editions")

READ = access.roles("clerk", "lead", "auditor", kinds=("department",))
LIST = access.roles(*editions.ENTER, kinds=("department",))
DECIDE = access.roles("lead", kinds=("department",))

KINDS = {"moves": "变动", "kept": "保留", "taken_effect": "已生效", "superseded": "预览后另有变化，未变动"}
EFFECTS = {
    "later": "延后", "earlier": "提前", "becomes_overdue": "转为超期", "no_longer_overdue": "不再超期",
    "mark": "仅暂定标记变化",
}
REASONS = {"announced": "公示截止日已公告，不缩短", "told": "截止日已告知当事人，不使其事后超期"}
MOST_EXPORTED = 20_000
LONGEST_REASON = 500
FIELDS = (
    Field("decision", "决定", "radio", options=tuple(taken_effect.DECISIONS.items()), en="Decision"),
    Field("reason", "理由", "textarea", maxlength=LONGEST_REASON, help="显示在办件的经过中。", en="Reason"),
)


@moves.get("/<edition_id>/moves")
@access.rule(READ)
def show(edition_id: str) -> str:
    """The whole list with its numbers; after the confirmation the same list as a record."""
    return _page(edition_id)


@moves.post("/<edition_id>/moves/preview")
@access.rule(LIST)
def preview(edition_id: str) -> Response:
    """Make the list, or make it anew."""
    with db.transaction() as session:
        edition = calendars.edition(session, edition_id).edition
        if not editions.may(session, g.identity, edition.region_code, editions.ENTER):
            raise NotAllowed()
        made = recomputing.preview(session, edition, by=g.identity)
    flash(f"已预览：核对期限 {made.checked} 项，列出 {made.count} 项。", "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


@moves.post("/<edition_id>/moves/apply")
@access.rule(access.roles(*editions.CONFIRM, kinds=("department",)))
def apply(edition_id: str) -> Response | tuple[str, int]:
    """Confirm the edition and set the dates."""
    try:
        with db.transaction() as session:
            edition = calendars.edition(session, edition_id).edition
            made = recomputing.apply(session, edition, by=g.identity, seen=request.form.get("seen", "")[:64])
    except (Invalid, Refused) as error:
        messages = sum(error.fields.values(), []) if isinstance(error, Invalid) else [error.message]
        return _page(edition_id, errors={"": messages}), 422
    current.refresh(at_once=True)
    flash(f"已确认生效，列出的 {made.count} 项期限已按此版日历处理；有关单位和岗位将收到邮件。", "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


@moves.post("/<edition_id>/moves/decide")
@access.rule(DECIDE)
def decide(edition_id: str) -> Response | tuple[str, int]:
    """维持 or 另行处理: decide about what had taken effect, row by row or all that is undecided."""
    ids = None if "all" in request.form else [int(one) for one in request.form.getlist("row") if _is_id(one)]
    typed = {name: request.form.get(name, "")[:LONGEST_REASON] for name in ("decision", "reason")}
    try:
        with db.transaction() as session:
            edition = calendars.edition(session, edition_id).edition
            count = taken_effect.decide(session, edition, by=g.identity, ids=ids, **typed)
    except (Invalid, Refused, Gone) as error:
        fields = error.fields if isinstance(error, Invalid) else {"": [error.message]}
        return _page(edition_id, errors=fields, typed=typed, picked=set(ids or ()), chosen=_UNDECIDED), 422
    flash(f"已对 {count} 项作出决定：{taken_effect.DECISIONS[typed['decision']]}。", "success")
    return redirect(url_for(".show", edition_id=edition_id, kind="taken_effect"), 303)


@moves.get("/<edition_id>/moves/export.xlsx")
@access.rule(READ)
def export(edition_id: str) -> Response:
    """The numbers and the chosen rows as a workbook."""
    with db.reading() as session:
        edition = calendars.edition(session, edition_id).edition
        whole, places = move_queries.counts(session, edition.id)
        rows, following = _rows(session, edition, _chosen(), limit=MOST_EXPORTED)
    book = Workbook(write_only=True)
    heads = ["延后", "提前", "仅暂定标记", "转为超期", "不再超期", "保留", "已生效"]
    add_sheet(book, "按地区", ["地区", *heads],
              [[one.name or "合计", *_numbers(one)] for one in (*places, whole)], [24, *[12] * len(heads)])
    details = [
        [row.number, row.title, row.region, row.period, row.move.old_last_day.isoformat(),
         row.move.new_last_day.isoformat(), "暂定" if row.move.new_provisional else "", row.kind, row.effect,
         row.reason, row.decision, row.move.decision_text]
        for row in rows
    ]
    if following:
        details.append([f"超过 {MOST_EXPORTED} 条，只列出前面的；其余请按类别筛选后分别导出。"])
    add_sheet(
        book, "期限明细",
        ["办件号", "事项", "地区", "期限", "原截止日", "新截止日", "暂定", "处理", "影响", "说明", "决定", "理由"],
        details, [18, 40, 14, 20, 12, 12, 8, 14, 14, 36, 12, 30],
    )
    return download(book, f"{edition.year} 年工作日历变动 {edition.document_number or edition.public_id}.xlsx")


def view(session: Session, edition: CalendarEdition) -> Any:
    """What `calendars/moves.html` shows of an edition's list: its numbers, and what the person may do with it."""
    made = move_queries.of_edition(session, edition.id)
    whole, places = move_queries.counts(session, edition.id) if made else (None, [])
    waits = edition.state == "proposed"
    stale = made is not None and waits and recomputing.is_stale(session, made)
    may_list = waits and editions.may(session, g.identity, edition.region_code, editions.ENTER)
    may_apply = (
        waits and made is not None and not stale and edition.entered_by != g.identity.person_id
        and editions.may(session, g.identity, edition.region_code, editions.CONFIRM)
    )
    return SimpleNamespace(
        edition=edition, made=made, whole=whole, places=places, stale=stale, waits=waits, may_list=may_list,
        may_apply=may_apply, url=url_for("moves.show", edition_id=edition.public_id),
    )


_UNDECIDED = Chosen(kind="taken_effect", undecided=True)


def _page(
    edition_id: str, *, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None,
    picked: Any = (), chosen: Chosen | None = None,
) -> str:
    with db.reading() as session:
        edition = calendars.edition(session, edition_id).edition
        chosen = chosen or _chosen()
        shown = view(session, edition)
        rows, following = _rows(session, edition, chosen, after=_after())
        name = calendars.region_name(session, edition.region_code)
    kept = {key: value for key, value in request.args.items() if key != "after"}
    applied = shown.made is not None and shown.made.applied_at is not None
    return render_template(
        "calendars/moves_page.html", moves=shown, edition=edition, region_name=name, rows=rows, chosen=chosen,
        kinds=KINDS, effects=EFFECTS, kept=kept, errors=errors or {}, typed=typed or {}, picked=picked,
        fields=FIELDS, labels={**forms.labels(FIELDS), "rows": "勾选"}, applied=applied,
        may_decide=applied and shown.whole.undecided > 0 and "lead" in g.identity.roles,
        first_url=url_for(".show", edition_id=edition_id, **kept) if "after" in request.args else "",
        next_url=url_for(".show", edition_id=edition_id, **kept, after=following) if following else "",
    )


def _rows(
    session: Session, edition: CalendarEdition, chosen: Chosen, *, after: int = 0, limit: int = move_queries.PAGE
) -> tuple[list[Any], int]:
    """A page of rows in words, and the id to go on after."""
    @cache
    def period(release_id: int, key: str) -> str:
        rule = programmes.programme(session, release_id).periods.get(key)
        return rule.name if rule else key

    found, following = move_queries.rows(session, g.identity, edition.id, chosen, after=after, limit=limit)
    return [
        SimpleNamespace(
            move=row.CalendarMove, number=row.number, title=row.title, region=row.region,
            case_public_id=row.case_public_id, period=period(row.release_id, row.CalendarMove.period),
            kind=KINDS["superseded" if row.CalendarMove.state == "superseded" else row.CalendarMove.kind],
            effect="" if row.CalendarMove.kind == "kept" else EFFECTS[row.CalendarMove.effect],
            reason=REASONS.get(row.CalendarMove.reason, ""), decider=row.decider or "",
            decision=taken_effect.DECISIONS.get(row.CalendarMove.decision, ""),
        )
        for row in found
    ], following


def _numbers(one: move_queries.Counts) -> list[int]:
    return [one.later, one.earlier, one.mark, one.becomes_overdue, one.no_longer_overdue, one.kept, one.taken_effect]


def _chosen() -> Chosen:
    kind, effect = request.args.get("kind", ""), request.args.get("effect", "")
    if kind not in ("", *KINDS) or effect not in ("", *EFFECTS):
        raise Invalid({"kind": ["筛选条件不正确，请从列表中选择。"]})
    return Chosen(kind=kind, effect=effect, undecided="undecided" in request.args)


def _after() -> int:
    text = request.args.get("after", "")
    if text and not _is_id(text):
        raise Invalid({"after": ["页码不正确，请回到第一页。"]})
    return int(text or 0)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
