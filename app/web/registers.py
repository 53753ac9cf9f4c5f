"""认定名录: the register with its filters, and what is filtered as a workbook, dated."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.errors import Invalid
from app.lives import register
from app.lives.register import AT_LEAST, STANDING, Chosen
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import standing
from app.web import access
from app.web.workbooks import add_sheet, download

registers = Blueprint("registers", __name__, url_prefix="/titles")

BASES = {"granted": "申报认定", "imported": "此前已认定", "entered": "直接入库"}
_INVITED = "invited"


@registers.get("/register.xlsx")
@access.rule(access.signed_in)
def export() -> Response:
    """Exactly what is filtered, with the day and the filters in words; with `list=invited` as a list of invitation:
    titles that stand and whose grade is high enough."""
    with db.reading() as session:
        known = programmes.all_latest(session)
        chosen = chosen_filters(known)
        invited = request.args.get("list") == _INVITED
        chosen = invitation(known, chosen) if invited else chosen
        rows = register.everything(session, chosen)
        said = in_words(session, known, chosen)
    classes = class_names(known)
    book, today = Workbook(write_only=True), clock.today()
    name = "邀请名单" if invited else "认定名录"
    heads = ["编号", "单位名称", "统一社会信用代码", "称号", "所在地", *classes.values(), "认定日期", "有效期至",
             "状态", "最近评价", "优秀", "登记方式", "认定文件"]
    lines = [
        [row.number, row.holder_name or row.holder, row.credit_code or "", row.name, row.region_name or "",
         *(row.classes.get(key, "") for key in classes), row.granted_on.isoformat(),
         row.valid_until.isoformat() if row.valid_until else "未设期限", standing.STATUSES[row.status], row.grade or "",
         "优秀" if row.outstanding else "", BASES[row.basis], row.document_number]
        for row in rows
    ]
    if g.identity.unit_kind == "department":
        heads += ["联系人", "联系电话"]
        lines = [[*line, row.contact_name, row.contact_phone] for line, row in zip(lines, rows, strict=True)]
    add_sheet(book, name, heads, lines, [18, 36, 22, 30, 14, *(12 for _ in classes), 12, 12, 14, 10, 8, 12, 24, 12, 16])
    notes = [["日期", today.isoformat()], ["条件", said or "全部"], ["数量", len(rows)]]
    add_sheet(book, "说明", ["项目", "内容"], notes, [12, 80])
    return download(book, f"{name} {today}.xlsx")


def page() -> str:
    """The register, a page of it."""
    before = _before()
    with db.reading() as session:
        known = programmes.all_latest(session)
        chosen = chosen_filters(known)
        rows, following = register.page(session, chosen, before=before)
        counts = register.counts(session, chosen)
        regions = register.regions(session)
    kept = {name: value for name, value in request.args.items() if name not in ("before", "lang") and value}
    return render_template(
        "public/titles.html", rows=[_row(row, known) for row in rows], chosen=chosen, counts=counts,
        total=sum(count for status, count in counts if _counts(status, chosen.status)), kept=kept,
        statuses=[("", "全部"), (STANDING, "有效"), *standing.STATUSES.items()], status_words=standing.STATUSES,
        regions=[("", "全部"), *regions], grades=_grade_options(chosen.grades), bases=[("", "全部"), *BASES.items()],
        classes=[(f"class_{key}", name, [("", "全部"), *((one, one) for one in _class_words(known, key))],
                  chosen.classes.get(key, "")) for key, name in class_names(known).items()],
        programmes=[("", "全部"), *((one.key, one.name) for one in known)],
        may_export=access.allowed("registers.export"), invites=_invites(known) is not None,
        first_url=url_for("public.title_list", **kept) if before else "",
        next_url=url_for("public.title_list", **kept, before=following) if following else "",
    )


def chosen_filters(known: Sequence[Programme]) -> Chosen:
    """The filters of the address. Raises Invalid at one that makes no sense."""
    grades = register.grades_of(known)
    status, grade, basis = _text("status", 30), _text("grade", 30), _text("basis", 20)
    if status and status not in (STANDING, *standing.STATUSES):
        raise _wrong("status")
    if basis and basis not in BASES:
        raise _wrong("basis")
    if grade and grade.removeprefix(AT_LEAST) not in grades:
        raise _wrong("grade")
    classes = {key: words for key in class_names(known) if (words := _text(f"class_{key}", 60))}
    return Chosen(
        text=_text("q", 100), programme=_text("programme", 64), status=status, region=_text("region", 12), basis=basis,
        grade=grade, outstanding="outstanding" in request.args, ends_before=_day("ends_before"), classes=classes,
        grades=grades,
    )


def invitation(known: Sequence[Programme], chosen: Chosen) -> Chosen:
    """The filter for a list of invitation: what stands, of the grade from which the programme invites. Raises Invalid
    where no programme does. Source: HBI-20."""
    least = _invites(known)
    if least is None:
        raise Invalid({"list": ["没有项目规定优先邀请，不能导出邀请名单。"]})
    return Chosen(**{**vars(chosen), "status": STANDING, "grade": f"{AT_LEAST}{least}"})


def in_words(session: Session, known: Sequence[Programme], chosen: Chosen) -> str:
    """The filters, for who reads the export later."""
    names = {one.key: one.name for one in known}
    status = "有效" if chosen.status == STANDING else standing.STATUSES.get(chosen.status, "")
    grade = chosen.grade.removeprefix(AT_LEAST) + (" 级以上" if chosen.grade.startswith(AT_LEAST) else "")
    region = dict(register.regions(session)).get(chosen.region, chosen.region).strip()
    parts = (
        ("查找", chosen.text), ("项目", names.get(chosen.programme, chosen.programme)), ("状态", status),
        ("地区", region), ("登记方式", BASES.get(chosen.basis, "")), ("评价", grade if chosen.grade else ""),
        ("标记", "优秀" if chosen.outstanding else ""),
        ("有效期早于", chosen.ends_before.isoformat() if chosen.ends_before else ""),
        *((class_names(known)[key], words) for key, words in chosen.classes.items()),
    )
    return "；".join(f"{name}：{value}" for name, value in parts if value)


def class_names(known: Sequence[Programme]) -> dict[str, str]:
    """The classes of all programmes' titles, key -> name."""
    return {key: rule.name or key for one in known for key, rule in one.title.classes.items()}


def _class_words(known: Sequence[Programme], key: str) -> list[str]:
    """What a class may be called: the labels of the choices in the fields that decide it."""
    found: dict[str, None] = {}
    for programme in known:
        if rule := programme.title.classes.get(key):
            form, _, name = rule.field.partition(".")
            field = programme.form(form).field(name)
            found |= dict.fromkeys(option.label for option in field.options) if field else {}
    return list(found)


def _row(row: Any, known: Sequence[Programme]) -> Any:
    """A row with what its title gives while it stands."""
    rules = next((one.title.privileges for one in known if one.key == row.programme), {})
    privileges = list(rules.items()) if row.status in standing.STANDS else []
    return SimpleNamespace(**row._asdict(), privileges=privileges)


def _counts(status: str, chosen: str) -> bool:
    return not chosen or status == chosen or (chosen == STANDING and status in standing.STANDS)


def _grade_options(grades: Sequence[str]) -> list[tuple[str, str]]:
    above = [(f"{AT_LEAST}{grade}", f"{grade} 级以上") for grade in grades[1:-1]]
    return [("", "全部"), *above, *((grade, grade) for grade in grades)] if grades else []


def _invites(known: Sequence[Programme]) -> str | None:
    return next((one.title.invites[0] for one in known if one.title.invites), None)


def _text(name: str, longest: int) -> str:
    return request.args.get(name, "").strip()[:longest]


def _wrong(name: str) -> Invalid:
    return Invalid({name: ["筛选条件不正确，请从列表中选择。"]})


def _day(name: str) -> date | None:
    text = _text(name, 20)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({name: ["日期不正确，请写成 2026-11-20 的样子。"]}) from None


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
