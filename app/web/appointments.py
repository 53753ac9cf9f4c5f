"""服务预约: an enterprise asks for a service and follows that by its code; holder and departments read it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db, workdays
from app.appointments import booking, catalogue, queries
from app.appointments.models import CatalogueItem
from app.cases import deadlines
from app.errors import Invalid, NotFound, Refused, TooMany
from app.people import attempts
from app.people.models import Unit
from app.titles import changing
from app.titles.models import Title
from app.web import access, forms, security
from app.web.forms import Field

appointments = Blueprint("appointments", __name__)

MOST_LOOKUPS = 240
"""Codes that one address may try within 15 minutes."""
FIELDS = (
    Field("enterprise", "企业名称", en="Enterprise", maxlength=booking.LENGTHS["enterprise"]),
    Field("credit_code", "统一社会信用代码", en="Credit code", maxlength=booking.LENGTHS["credit_code"], required=False,
          help="可以不填；填写的会核对"),
    Field("contact_name", "联系人", en="Contact", maxlength=booking.LENGTHS["contact_name"]),
    Field("contact_phone", "联系电话", en="Phone", maxlength=booking.LENGTHS["contact_phone"],
          help="手机号码，或带区号的座机号码"),
    Field("contact_email", "电子邮箱", en="E-mail", maxlength=booking.LENGTHS["contact_email"], required=False,
          help="可以不填；填写的，预约码和答复的提醒发到这里"),
    Field("wanted_on", "希望的日期", en="Wanted on", maxlength=10, required=False, help="可以不填"),
    Field("subject", "需要的服务", en="Service", maxlength=booking.LENGTHS["subject"],
          help="例如 数字化诊断、融资辅导"),
    Field("text", "具体需求", en="What is needed", kind="textarea", maxlength=booking.LENGTHS["text"]),
    Field("consent", "同意", en="Consent", kind="checklist", options=(
        ("yes", "同意将以上信息提供给该服务机构用于联系和服务；逾期未答复的，同时提供给负责督促的主管部门。"),
    )),
)
OWN = frozenset({"item"})
STARS = (("5", "5 非常满意"), ("4", "4 满意"), ("3", "3 一般"), ("2", "2 不满意"), ("1", "1 非常不满意"))
READERS = access.roles("clerk", "lead", "auditor", "applicant")


@appointments.get("/titles/<public_id>/appointment")
@access.rule(access.public)
def new(public_id: str) -> str:
    """The form by which an enterprise asks a title's holder for a service."""
    return _form_page(public_id, {"subject": _item_name(request.args.get("item", ""))}, {})


@appointments.post("/titles/<public_id>/appointment")
@access.rule(access.public)
def file(public_id: str) -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Take a request in; the enterprise gets its code. The instant at which it came counts."""
    received_at, status, headers = clock.now(), 422, {}
    typed = request.form.copy()
    item = typed.pop("item", "")[:40]
    fields = tuple(field.optional() for field in FIELDS)
    try:
        values = forms.read(fields, typed)
        asked = booking.Request(
            **{key: values[key] for key in ("enterprise", "credit_code", "contact_name", "contact_phone",
                                            "contact_email", "subject", "text")},
            wanted_on=_day(values["wanted_on"]), consent=values["consent"] == ["yes"], item=item,
        )
        with db.transaction() as session:
            made = booking.book(session, public_id, asked, address=security.address(), received_at=received_at)
        return redirect(url_for(".follow", code=made.code, new="1"), 303)
    except Invalid as error:
        errors: Mapping[str, Sequence[str]] = error.fields
    except Refused as error:
        errors = {"": [error.message]}
    except TooMany as error:
        errors, status, headers = {"": [error.message]}, 429, {"Retry-After": str(error.wait_seconds)}
    return _form_page(public_id, forms.typed_values(fields, typed), errors), status, headers


@appointments.get("/appointments/find")
@access.rule(access.public)
def find() -> Response | str | tuple[str, int]:
    """The page that asks for a code; with a good one it leads to the appointment."""
    typed = request.args.get("code", "").strip()[:40]
    if not typed:
        return render_template("appointments/find.html", typed="", wrong="")
    try:
        made = _looked_up(typed)
        return redirect(url_for(".follow", code=made.made.code), 303)
    except NotFound as error:
        return render_template("appointments/find.html", typed=typed, wrong=error.message), 404


@appointments.get("/appointments/<code>")
@access.rule(access.public)
def follow(code: str) -> str:
    """How one's own appointment stands, by the code that only the enterprise has."""
    return _follow_page(code)


@appointments.post("/appointments/<code>/rating")
@access.rule(access.public)
def rate(code: str) -> Response | tuple[str, int]:
    """Rate the service, once."""
    typed = request.form.get("satisfaction", "")
    comment = _line(request.form.get("comment", ""))
    try:
        _looked_up(code)
        with db.transaction() as session:
            booking.rate(session, code, satisfaction=int(typed) if typed in dict(STARS) else 0, comment=comment)
        flash("评价已收到，谢谢。", "success")
        return redirect(url_for(".follow", code=booking.plain_code(code)), 303)
    except Invalid as error:
        return _follow_page(code, errors=error.fields, typed={"satisfaction": typed, "comment": comment}), 422
    except Refused as error:
        return _follow_page(code, errors={"": [error.message]}), 409


@appointments.post("/appointments/<code>/cancel")
@access.rule(access.public)
def cancel(code: str) -> Response | tuple[str, int]:
    """Take the appointment back while nobody has answered it."""
    try:
        _looked_up(code)
        with db.transaction() as session:
            booking.cancel(session, code, reason=_line(request.form.get("reason", "")))
        flash("预约已取消。", "success")
        return redirect(url_for(".follow", code=booking.plain_code(code)), 303)
    except (Invalid, Refused) as error:
        found = error.fields if isinstance(error, Invalid) else {"": [error.message]}
        return _follow_page(code, errors=found), 422 if isinstance(error, Invalid) else 409


@appointments.get("/appointments")
@access.rule(READERS)
def index() -> str:
    """The appointments of the own titles, or of those in the department's division, with their lights."""
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()[:100]
    if state not in dict(queries.FILTERS):
        raise Invalid({"state": ["筛选条件不正确，请从列表中选择。"]})
    before = _before()
    with db.reading() as session:
        rows, following = queries.listing(session, g.identity, state=state, text=text, before=before)
        tally = queries.tally(session, g.identity)
    return render_template(
        "appointments/index.html", rows=rows, tally=tally, state=state, text=text, filters_of=queries.FILTERS,
        words=queries.WORDS, first_url=url_for(".index", q=text, state=state) if before else "",
        next_url=url_for(".index", q=text, state=state, before=following) if following else "",
    )


@appointments.get("/appointments/of/<public_id>")
@access.rule(READERS)
def show(public_id: str) -> str:
    """One appointment for its holder or a department over it."""
    with db.reading() as session:
        shown = queries.in_sight(session, g.identity, public_id)
    return render_template("appointments/show.html", shown=shown, made=shown.made, words=queries.WORDS)


def _looked_up(code: str) -> queries.Shown:
    """The appointment of a code; counts wrong ones against the address. Raises NotFound, TooMany."""
    key = attempts.address_key(security.address(), what="appointment-code")
    with db.reading() as session:
        if seconds := attempts.seconds_left(session, key):
            raise TooMany(wait_seconds=seconds)
        try:
            return queries.by_code(session, code)
        except NotFound:
            pass
    with db.transaction() as session:
        attempts.fail(session, key, most=MOST_LOOKUPS)
    raise NotFound("没有这个预约码，请核对后重新输入。")


def _follow_page(code: str, *, errors: Mapping[str, Sequence[str]] | None = None,
                 typed: Mapping[str, str] | None = None) -> str:
    shown = _looked_up(code)
    explained = None
    if shown.deadline is not None and shown.light is not None:
        explained = deadlines.explanation(shown.deadline, shown.region_code)
    return render_template(
        "appointments/follow.html", shown=shown, made=shown.made, words=queries.WORDS, stars=STARS,
        fresh=request.args.get("new") == "1", may_rate=queries.may_be_rated(shown.made), errors=errors or {},
        typed=typed or {}, explained=explained, link=url_for(".follow", code=shown.made.code, _external=True),
        labels={"satisfaction": "满意度", "comment": "意见", "reason": "取消的原因"},
    )


def _form_page(public_id: str, values: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> str:
    with db.reading() as session:
        title = session.scalar(select(Title).where(Title.public_id == public_id))
        if title is None:
            raise NotFound()
        refused = _refused(session, title)
        answer_by = "" if refused else _answer_by(session, title)
        items = catalogue.items_of(session, title.id)
    return render_template(
        "appointments/new.html", title=title, refused=refused, form=FIELDS, values=values, errors=errors,
        labels=forms.labels(FIELDS), items=items, item=request.values.get("item", "")[:40], today=clock.today(),
        answer_by=answer_by,
    )


def _refused(session: Session, title: Title) -> str:
    """Why a title can't be booked; "" where it can."""
    try:
        booking.see_that_it_may_be_booked(changing.programme_of(session, title), title)
    except Refused as error:
        return error.message
    return ""


def _answer_by(session: Session, title: Title) -> str:
    """The last day for answering what is asked today, in words with its mark."""
    programme = changing.programme_of(session, title)
    rules = booking.see_that_it_may_be_booked(programme, title)
    period = programme.periods[rules.period].period
    if period is None:
        return ""
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id)) or programme.authority.region
    found = workdays.deadline(period, clock.today(), workdays.calendar_for(region))
    return workdays.last_day_words(found.last_day, found.provisional)


def _item_name(public_id: str) -> str:
    if not public_id:
        return ""
    with db.reading() as session:
        return session.scalar(select(CatalogueItem.name).where(CatalogueItem.public_id == public_id[:40])) or ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({"wanted_on": ["请写成 2026-10-20 的样子。"]}) from None


def _line(text: str) -> str:
    found = text.replace("\r\n", "\n").strip()
    if any(not character.isprintable() and character != "\n" for character in found) or "\ufffd" in found:
        raise Invalid({"": ["填写的内容含有不能识别的字符，请删去后重新填写。"]})
    return found


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
