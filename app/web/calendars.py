"""工作日历: the years and their notices, for everybody; entering and confirming an edition, for departments.

Entering is one page that carries the days with it: a pasted notice, a list or clicks on the calendar change them, and
nothing is kept until they are entered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db, workdays
from app.calendars import current, listing, operations, queries
from app.calendars.queries import NATIONAL
from app.cases import recomputing
from app.errors import Invalid, NotFound, Refused
from app.people import directory
from app.web import access, forms, moves, year_grid
from app.web.forms import Field
from app.workdays import reading
from app.workdays.reading import Reading

calendars = Blueprint("calendars", __name__, url_prefix="/calendars")

ENTER = access.roles(*operations.ENTER, kinds=("department",))
CONFIRM = access.roles(*operations.CONFIRM, kinds=("department",))
READ = access.roles("clerk", "lead", "admin", "auditor", "designer", "operator", kinds=("department",))
STATUSES = {"provisional": ("warn", "暂定"), "published": ("green", "已公布"), "amended": ("blue", "已调整")}
STATES = {
    "proposed": ("warn", "待确认"), "in_force": ("green", "现行"), "replaced": ("", "已被替代"),
    "withdrawn": ("", "已撤回"),
}
ORIGINS = {
    "paste": "粘贴通知", "hand": "在日历中录入", "csv": "导入列表", "chinesecalendar": "系统导入（chinesecalendar）",
}
WAYS = (("paste", "粘贴通知"), ("hand", "在日历中点选"), ("csv", "导入列表"))
MARKS = (("off", "放假"), ("on", "调休上班"), ("none", "恢复为平常"))
YEARS_AHEAD = 1
YEAR = Field("year", "年份", en="Year", maxlength=4, pattern="[0-9]{4}", wrong="应为四位年份，如 2027。")
REGION = Field("region_code", "适用地区", en="Region", kind="division", required=False)
TEXT = Field("text", "通知全文", en="Notice", kind="textarea", required=False, maxlength=reading.LONGEST,
             help="连同标题、文号和日期一起粘贴")
LIST = Field("list", "列表", en="List", kind="textarea", required=False, maxlength=40_000,
             help="每行一天：日期,类别（off 放假、on 上班）,名称；第一行为 day,kind,name")
DAYS = Field("days", "日期", kind="textarea", required=False, maxlength=40_000)
NUMBER = Field("document_number", "文号或依据", en="Document", required=False, maxlength=operations.LONGEST_NUMBER,
               help="如“国办发明电〔2025〕7号”")
ISSUED = Field("issued_on", "成文日期", en="Issued on", required=False, maxlength=10,
               pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}", wrong="应写作 2026-11-04。", help="如 2026-11-04")
PROVISIONAL = Field("provisional", "放假通知尚未公布，按暂定录入", kind="checkbox", required=False)
CHECKED = Field("checked", "已逐句核对未读出的句子，其中没有放假或上班的日期", kind="checkbox", required=False)
NAME = Field("name", "名称", en="Name", required=False, maxlength=operations.LONGEST_NAME,
             help="点选的日子叫什么，如“劳动节”")
MARK = Field("mark", "点选的日子", kind="radio", required=False, options=MARKS)
HIDDEN = ("way", "toggle", "do", "of")
FORM = (
    YEAR, REGION, TEXT, LIST, DAYS, NUMBER, ISSUED, PROVISIONAL, CHECKED, NAME, MARK,
    *(Field(key, key, required=False, maxlength=20) for key in HIDDEN),
)
REASON = forms.REASON
LARGEST_LIST = 200_000


@dataclass
class Draft:
    """What the page of entering holds: its fields as typed, the days so far, and what was read of text or list.

    `untouched`: a list is offered to be changed and hasn't been read.
    """

    values: dict[str, Any]
    off: dict[date, str] = field(default_factory=dict)
    on: dict[date, str] = field(default_factory=dict)
    read: Reading | None = None
    rows: Sequence[listing.Row] = ()
    errors: dict[str, list[str]] = field(default_factory=dict)
    untouched: bool = False

    @property
    def place(self) -> str:
        """The year and region typed, as the page says for which its days are (`of`)."""
        return f"{self.values.get('year', '')}/{self.region_code}"

    @property
    def year(self) -> int | None:
        """The year typed, where there is a calendar of it."""
        typed = self.values.get("year", "")
        year = int(typed) if re.fullmatch(r"[0-9]{4}", typed) else 0
        return year if workdays.FIRST_DAY.year <= year <= workdays.LAST_DAY.year else None

    @property
    def region_code(self) -> str:
        return self.values.get("region_code", "")


def keep_current(app: Flask) -> None:
    """Compute each page with the editions that are in force, also those confirmed in another process."""

    def refresh() -> None:
        if request.endpoint != "static":
            current.refresh()

    app.before_request(refresh)


@calendars.get("")
@access.rule(access.public)
def index() -> str:
    """The years of the country, what regions add, and what waits to be confirmed."""
    with db.reading() as session:
        years = queries.years(session, until=clock.today().year + YEARS_AHEAD)
        regional = queries.regional(session)
        waiting = queries.waiting(session) if access.allowed("calendars.edition") else []
    return render_template(
        "calendars/index.html", years=years, regional=regional, waiting=waiting, statuses=STATUSES, origins=ORIGINS
    )


@calendars.get("/<int:year>")
@access.rule(access.public)
def show(year: int) -> str:
    """A year's calendar, of the country or of a region."""
    region_code = request.args.get("region", "")[:6]
    _see_that_there_is(year)
    with db.reading() as session:
        name = queries.region_name(session, region_code)
        state = queries.year_state(session, year)
        earlier = queries.history(session, year, region_code) if access.allowed("calendars.edition") else []
        added = [
            shown for shown in queries.regional(session, years=[year])
            if region_code and queries.covers(session, shown.edition.region_code, region_code)
        ]
        calendar = queries.calendar_of(queries.book(session), region_code)
    spans = year_grid.spans(calendar, year)
    return render_template(
        "calendars/show.html", year=year, state=state, region_code=region_code, region_name=name, added=added,
        months=year_grid.months(calendar, year), holidays=year_grid.by_holiday(spans), statuses=STATUSES,
        states=STATES, origins=ORIGINS, history=earlier, first=workdays.FIRST_DAY.year, last=workdays.LAST_DAY.year,
    )


@calendars.get("/<int:year>/days.csv")
@access.rule(access.public)
def days(year: int) -> Response:
    """The year's days as a list that can be imported again."""
    region_code = request.args.get("region", "")[:6]
    _see_that_there_is(year)
    with db.reading() as session:
        queries.region_name(session, region_code)
        content = listing.write(*queries.held_days(session, year, region_code))
    return Response("\ufeff" + content, mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="calendar-{year}{"-" if region_code else ""}{region_code}.csv"'
    })


@calendars.get("/new")
@access.rule(ENTER)
def new() -> str:
    """The page of entering: for a year and region, in one of three ways."""
    asked = {key: request.args.get(key, "").strip()[:20] for key in ("year", "region_code", "way")}
    year = asked["year"] or str(clock.today().year + YEARS_AHEAD)
    draft = Draft({**asked, "year": year, "way": asked["way"] if asked["way"] in dict(WAYS) else "paste"})
    with db.reading() as session:
        if draft.year and draft.values["way"] != "paste":
            draft.off, draft.on = queries.held_days(session, draft.year, draft.region_code)
            if draft.values["way"] == "csv":
                draft.values["list"], draft.untouched = listing.write(draft.off, draft.on), True
        return _entering(session, draft)


@calendars.post("/new")
@access.rule(ENTER)
def enter() -> Response | tuple[str, int] | str:
    """Read a notice or a list, mark a day, or enter the edition."""
    draft = Draft(forms.typed_values(FORM, request.form))
    try:
        draft.values |= forms.read(FORM, request.form)
        done = _carry_out(draft)
    except Invalid as error:
        draft.errors = error.fields
        done = None
    except Refused as error:
        draft.errors = {"": [error.message]}
        done = None
    if done is not None:
        return done
    with db.reading() as session:
        page = _entering(session, draft)
    return (page, 422) if draft.errors else page


@calendars.get("/editions/<edition_id>")
@access.rule(READ)
def edition(edition_id: str) -> str:
    """One edition: its days, what it changes, and the verbs for those who may."""
    return _edition_page(edition_id, {})


@calendars.post("/editions/<edition_id>/confirm")
@access.rule(CONFIRM)
def confirm(edition_id: str) -> Response | tuple[str, int]:
    """Put it in force."""
    try:
        with db.transaction() as tx:
            found = queries.edition(tx, edition_id).edition
            recomputing.apply(tx, found, by=g.identity, seen=request.form.get("seen", "")[:64])
    except (Invalid, Refused) as error:
        messages = sum(error.fields.values(), []) if isinstance(error, Invalid) else [error.message]
        return _edition_page(edition_id, {"": messages}), 422
    current.refresh(at_once=True)
    flash(f"{found.year} 年的日历已确认，即日起按此计算期限。", "success")
    return redirect(url_for(".edition", edition_id=edition_id), 303)


@calendars.post("/editions/<edition_id>/withdraw")
@access.rule(ENTER)
def withdraw(edition_id: str) -> Response | tuple[str, int]:
    """Take it back, with a reason."""
    try:
        reason = forms.read((REASON,), request.form)["reason"]
        with db.transaction() as tx:
            operations.withdraw(tx, queries.edition(tx, edition_id).edition, by=g.identity, reason=reason)
    except Invalid as error:
        return _edition_page(edition_id, error.fields), 422
    flash("已撤回。", "success")
    return redirect(url_for(".edition", edition_id=edition_id), 303)


def _carry_out(draft: Draft) -> Response | None:
    """Do what the button says; None where the page is to be shown again. Raises Invalid, Refused."""
    carried = listing.read(draft.values["days"]) if draft.values["days"] else listing.Listing()
    if not carried.sound:
        raise Invalid({"days": ["日历中的日期不完整，请重新读取通知或导入列表。"]})
    draft.off, draft.on = carried.off, carried.on
    if draft.values["way"] not in dict(WAYS):
        raise Invalid({"": ["请选择录入方式：粘贴通知、在日历中点选或导入列表。"]})
    with db.reading() as session:
        if draft.region_code not in _offered(session)["codes"]:
            raise Invalid({"region_code": ["请从列表中选择适用地区；全国日历由省级以上主管部门录入。"]})
        if draft.values["of"] not in ("", draft.place) and draft.values["do"] != "read":
            _change_place(session, draft)
    if draft.values["toggle"]:
        _mark(draft)
    elif draft.values["do"] == "enter":
        return _enter(draft)
    elif draft.values["do"] == "read":
        _read_list(draft) if draft.values["way"] == "csv" else _read_text(draft)
    return None


def _change_place(session: Session, draft: Draft) -> None:
    """The year or region was changed under the calendar: show that one's. Raises Invalid where more was asked for."""
    if draft.values["way"] == "paste" or draft.year is None:
        raise Invalid({"year": ["年份或地区在读取之后又有改动；请改回，或重新读取。"]})
    draft.off, draft.on = queries.held_days(session, draft.year, draft.region_code)
    if draft.values["way"] == "csv":
        draft.values["list"] = listing.write(draft.off, draft.on)
    if draft.values["toggle"] or draft.values["do"] == "enter":
        raise Invalid({"year": ["年份或地区已改动，日历已换成该年份和地区的；请核对后再办理。"]})


def _read_text(draft: Draft) -> None:
    """Read the notice, and take over its days, year, number and date."""
    if not draft.values["text"]:
        raise Invalid({"text": ["请粘贴通知全文。"]})
    with db.reading() as session:
        book = queries.book(session)
        found = reading.read(draft.values["text"], calendar=book.national, year=draft.year)
        if draft.region_code and found.whole and not found.faults:
            raise Invalid({"region_code": ["这是全国的放假通知；请把适用地区改为全国。"]})
        if found.faults:
            raise Invalid({"text": [str(fault) for fault in found.faults]})
        assert found.year is not None
        if draft.region_code:
            held = queries.held_days(session, found.year, draft.region_code)
            draft.off, draft.on = reading.amended(held, found.holidays, found.working_days, found.replaces)
        else:
            draft.off, draft.on = found.merged(book.national)
    draft.read = found
    draft.values["year"] = str(found.year)
    draft.values["document_number"] = found.document_number or draft.values["document_number"]
    draft.values["issued_on"] = found.issued_on.isoformat() if found.issued_on else draft.values["issued_on"]


def _read_list(draft: Draft) -> None:
    """Read the list, typed or as a file."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        raw = upload.stream.read(LARGEST_LIST + 1)
        if len(raw) > LARGEST_LIST:
            raise Invalid({"list": ["文件太大，不会是一年的日历。"]})
        try:
            draft.values["list"] = reading.decoded(raw)
        except UnicodeDecodeError:
            raise Invalid({"list": ["文件不是文本；请另存为 UTF-8 编码的 CSV。"]}) from None
    found = listing.read(draft.values["list"])
    draft.rows = found.rows
    if not found.sound:
        wrong = [f"第 {row.line} 行：{row.fault}" for row in found.rows if row.fault]
        raise Invalid({"list": [*found.faults, *wrong]})
    draft.off, draft.on = found.off, found.on


def _mark(draft: Draft) -> None:
    """Make one day of the calendar what the page's marks say."""
    try:
        day = date.fromisoformat(draft.values["toggle"])
    except ValueError:
        raise Invalid({"": ["没有这一天，请刷新页面后重试。"]}) from None
    mark, name = draft.values["mark"], draft.values["name"]
    if mark not in dict(MARKS):
        raise Invalid({"mark": ["请选择点选的日子是放假、调休上班，还是恢复为平常。"]})
    if mark != "none" and not name:
        raise Invalid({"name": ["请填写名称，如“劳动节”。"]})
    draft.off.pop(day, None)
    draft.on.pop(day, None)
    if mark == "off":
        draft.off[day] = name
    elif mark == "on":
        draft.on[day] = name
    if draft.values["way"] == "csv":
        draft.values["list"] = listing.write(draft.off, draft.on)


def _enter(draft: Draft) -> Response:
    """Enter the edition. Raises Invalid where anything is left to be done, Refused where another one waits."""
    if draft.year is None:
        raise Invalid({"year": [f"年份应在 {workdays.FIRST_DAY.year} 至 {workdays.LAST_DAY.year} 之间。"]})
    text = draft.values["text"] if draft.values["way"] == "paste" else ""
    sentences: dict[date, str] = {}
    if draft.values["way"] == "csv":
        listed = listing.read(draft.values["list"])
        if (listed.off, listed.on) != (draft.off, draft.on):
            raise Invalid({"list": ["列表在读取之后又有改动；请重新读取。"]})
    if text:
        sentences = _see_that_the_text_was_looked_at(draft, text)
    issued_on = _date(draft.values["issued_on"])
    with db.transaction() as tx:
        made = operations.propose(
            tx, by=g.identity, year=draft.year, region_code=draft.region_code, off=draft.off, on=draft.on,
            document_number=draft.values["document_number"], issued_on=issued_on,
            origin=draft.values["way"] if draft.values["way"] in operations.ORIGINS else "hand",
            provisional=draft.values["provisional"], text=text, sentences=sentences,
        )
    with db.transaction() as tx:
        recomputing.preview(tx, queries.edition(tx, made.public_id).edition, by=g.identity)
    flash("已录入，等待另一名审核岗人员核对后确认；确认之前不影响任何期限。", "success")
    return redirect(url_for(".edition", edition_id=made.public_id), 303)


def _see_that_the_text_was_looked_at(draft: Draft, text: str) -> dict[date, str]:
    """The sentence behind each day. Raises Invalid for a text with faults, and where unread sentences weren't seen."""
    with db.reading() as session:
        draft.read = found = reading.read(text, calendar=queries.book(session).national, year=draft.year)
    if found.faults:
        raise Invalid({"text": [str(fault) for fault in found.faults]})
    if found.year != draft.year:
        raise Invalid({"year": [f"通知是 {found.year} 年的；请重新读取通知，或改正年份。"]})
    if found.unread and not draft.values["checked"]:
        raise Invalid({"checked": ["通知中有句子没有读出；请逐句核对后勾选。"]})
    return {day: said.text for said in found.sentences if said.kind == "days" for day in (*said.off, *said.on)}


def _entering(session: Session, draft: Draft) -> str:
    """The page of entering, with the calendar as it would be."""
    offered = _offered(session)
    if draft.region_code not in offered["codes"]:
        draft.values["region_code"] = offered["whole"][0][0]
    text = draft.values.get("text", "")
    if draft.read is None and text and draft.values["way"] == "paste" and (draft.off or draft.on):
        draft.read = reading.read(text, calendar=queries.book(session).national, year=draft.year)
    preview: dict[str, Any] = {}
    if draft.year and (draft.off or draft.on or draft.values["way"] == "hand") and not draft.untouched:
        preview = _preview(session, draft)
    has_days = bool(preview)
    return render_template(
        "calendars/new.html", values=draft.values, errors=draft.errors, labels=forms.labels(FORM), ways=WAYS,
        offered=offered, days=listing.write(draft.off, draft.on) if has_days else "", read=draft.read,
        rows=draft.rows, year=draft.year, fields={item.key: item for item in FORM}, statuses=STATUSES,
        held=queries.waiting_for(session, draft.year, draft.region_code) if draft.year else None, **preview,
    )


def _preview(session: Session, draft: Draft) -> dict[str, Any]:
    """The calendar with the draft's days, and what it would change. Days that can't stand show no calendar."""
    year = draft.year or 0
    before = queries.calendar_of(queries.book(session), draft.region_code)
    try:
        book = queries.book_with(
            session, year=year, region_code=draft.region_code, off=draft.off, on=draft.on, source="",
            provisional=bool(draft.values.get("provisional")),
        )
    except Invalid as error:
        draft.errors = draft.errors or {"days": sum(error.fields.values(), [])}
        return {}
    after = queries.calendar_of(book, draft.region_code)
    return _comparison(before, after, year)


def _comparison(before: workdays.Calendar, after: workdays.Calendar, year: int) -> dict[str, Any]:
    changes = queries.changes(before, after)
    moved = [change for change in changes if change.worked_before != change.worked_after]
    spans = year_grid.spans(after, year)
    return {
        "months": year_grid.months(after, year, changed={change.day for change in moved}),
        "holidays": year_grid.by_holiday(spans), "changes": moved,
        "becomes_known": bool(changes) and any(c.provisional_before and not c.provisional_after for c in changes),
    }


def _edition_page(edition_id: str, errors: Mapping[str, list[str]]) -> str:
    with db.reading() as session:
        shown = queries.edition(session, edition_id)
        found = shown.edition
        off, on = queries.days_of(session, found.id)
        waits = found.state == "proposed"
        comparison = _comparison_of(session, found, off, on) if waits else _days_alone(session, found, off, on)
        read = _read_again(session, found)
        rights = {
            "confirm": waits and found.entered_by != g.identity.person_id
            and operations.may(session, g.identity, found.region_code, operations.CONFIRM),
            "withdraw": waits and operations.may(session, g.identity, found.region_code, operations.ENTER),
        }
        name = queries.region_name(session, found.region_code)
        affected = moves.view(session, found)
    differing = _differing(read, off, on)
    return render_template(
        "calendars/edition.html", shown=shown, edition=found, region_name=name, off=off, on=on, read=read,
        differing=differing, rights=rights, errors=errors, labels=forms.labels((REASON,)), reason=REASON,
        typed_reason=request.form.get("reason", ""), statuses=STATUSES, states=STATES, origins=ORIGINS, moves=affected,
        **comparison,
    )


def _comparison_of(session: Session, found: Any, off: Mapping[date, str], on: Mapping[date, str]) -> dict[str, Any]:
    before = queries.calendar_of(queries.book(session), found.region_code)
    try:
        after = queries.calendar_of(queries.book(session, proposed=found), found.region_code)
    except Invalid:
        return _days_alone(session, found, off, on)
    return _comparison(before, after, found.year)


def _days_alone(session: Session, found: Any, off: Mapping[date, str], on: Mapping[date, str]) -> dict[str, Any]:
    """An edition that isn't compared: its own days on what the program holds."""
    book = queries.book_with(
        session, year=found.year, region_code=found.region_code, off=off, on=on, source=found.document_number,
        provisional=found.status == "provisional",
    )
    calendar = queries.calendar_of(book, found.region_code)
    spans = year_grid.spans(calendar, found.year)
    return {
        "months": year_grid.months(calendar, found.year), "holidays": year_grid.by_holiday(spans), "changes": None,
        "becomes_known": False,
    }


def _read_again(session: Session, found: Any) -> Reading | None:
    """What the program reads out of the edition's text, for whoever confirms."""
    if not found.text:
        return None
    return reading.read(found.text, calendar=queries.book(session).national, year=found.year)


def _differing(read: Reading | None, off: Mapping[date, str], on: Mapping[date, str]) -> list[tuple[date, str]]:
    """Days of the notice that the edition has otherwise, by hand: each with what the edition makes of it."""
    if read is None or read.faults:
        return []
    days = [(day, "没有放假") for day in read.holidays if day not in off]
    days += [(day, "没有上班") for day in read.working_days if day not in on]
    if read.whole:
        days += [(day, "放假") for day in off if day not in read.holidays]
        days += [(day, "上班") for day in on if day not in read.working_days]
    return sorted(days)


def _offered(session: Session) -> dict[str, Any]:
    """The regions for which somebody may enter: `whole` (the country, the own one) first, then those below by city."""
    who = g.identity
    whole = [(NATIONAL, "全国")] if who.tier in ("ministry", "province") else []
    if who.tier == "ministry":
        whole += [(row.code, row.name) for row in directory.provinces(session)]
        return {"whole": whole, "groups": [], "codes": {code for code, _ in whole}, "with_cities": False}
    whole.append((who.region_code, queries.region_name(session, who.region_code)))
    codes = {row.code for row in directory.divisions_below(session, who, province_code=who.province_code)}
    groups = [
        (city, [county for county in counties if county.code in codes and county.code != who.region_code])
        for city, counties in directory.divisions_of(session, who.province_code)
    ]
    return {
        "whole": whole, "groups": [(city, counties) for city, counties in groups if counties or city.code in codes],
        "codes": codes | {code for code, _ in whole}, "with_cities": who.tier == "province",
    }


def _see_that_there_is(year: int) -> None:
    if not workdays.FIRST_DAY.year <= year <= workdays.LAST_DAY.year:
        raise NotFound(f"只有 {workdays.FIRST_DAY.year} 至 {workdays.LAST_DAY.year} 年的日历。")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({"issued_on": [f"没有 {text} 这一天。"]}) from None
