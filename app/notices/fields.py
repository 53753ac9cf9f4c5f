"""The fields that a letter may name, and what they say for a case or a collective act."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app import clock
from app.cases import queries as cases
from app.cases.models import Act, ActRow, Answer, Case, Task
from app.cases.words import Place
from app.formschema import Form
from app.letters.template import Value
from app.notices import wording
from app.notices.recipients import Recipient
from app.people.models import Region, Unit
from app.programmes.queries import Programme

KNOWN = {
    "文书编号": "本文书的编号",
    "日期": "文书日期，如 2026年11月21日",
    "大写日期": "文书日期，如 二〇二六年十一月二十一日",
    "年份": "文书日期的年份",
    "收件人": "送给谁",
    "发文单位": "发出文书的部门",
    "联系人": "发文单位的联系人",
    "联系电话": "发文单位的联系电话",
    "认定项目": "认定项目的名称",
    "称号": "授予的称号",
    "依据": "管理办法的名称",
    "认定机关": "认定机关的名称",
    "办件号": "办件的编号",
    "事项": "办件的名称",
    "申报单位": "申报单位的名称",
    "统一社会信用代码": "申报单位的代码",
    "所在地": "办件所在的地区",
    "申报日期": "办件建立的日期",
    "环节": "刚办结的环节",
    "结论": "该环节的结论",
    "理由": "该环节填写的理由或意见，或 reason 参数",
    "条款": "该环节填写的条款，或 clause 参数",
    "条款内容": "该条款在 clauses.yaml 中的说明",
    "期限": "period 参数所指期限的长度，如 10个工作日",
    "逾期后果": "otherwise 参数：逾期不办的后果",
    "文件标题": "批文的标题",
    "文号": "批文的文号",
    "正文": "批文表单中的正文",
    "单位数": "名单中的单位数",
    "补正事项.序号": "补正事项的序号",
    "补正事项.项目": "需要补正的栏目",
    "补正事项.内容": "需要补正的内容",
    "单位名单.序号": "名单的序号",
    "单位名单.单位名称": "名单中的单位名称",
    "单位名单.统一社会信用代码": "名单中单位的代码",
    "单位名单.所在地": "名单中单位的所在地",
}
"""Every fixed field with its help. Beside them `{{表单/字段}}` says the last answer to a field of a form. Domain
packages add theirs: see `offer`."""

REASONS = ("reason", "reasons", "opinion", "comment")
DEFECTS = "defects"
OTHERWISE = "由审核部门依现有材料作出处理"
_LAST_STEP = (
    select(Answer.values.label("said"), Task.name, Task.element, Task.outcome)
    .join(Task, Answer.task_id == Task.id)
    .where(Answer.case_id == bindparam("case"))
    .order_by(Answer.id.desc())
    .limit(1)
)

_offered: list[Callable[[Session, Place], Mapping[str, Value]]] = []


def offer(fields: Mapping[str, str]) -> Callable:
    """Register f(session, place) -> values: what a domain package lets letters of its cases say. `fields` maps each
    field (a table's column as "证据.事项") to its help; of a case that it knows nothing about, f returns nothing."""
    KNOWN.update(fields)

    def register(find: Callable[[Session, Place], Mapping[str, Value]]) -> Callable:
        _offered.append(find)
        return find

    return register


def known(forms: Mapping[str, Form]) -> frozenset[str]:
    """All that a programme's letters may name: what the check of a package asks for."""
    asked = {f"{key}/{field.key}" for key, form in forms.items() for field in form.asked}
    return frozenset(KNOWN) | asked


def of_case(
    session: Session, place: Place, *, number: str, issuer: Unit, to: Recipient, wanted: Iterable[str]
) -> dict[str, Value]:
    """The values for a letter of a case: every fixed field, and those of forms that are `wanted`.

    What the step before said (reason, clause, defects) comes from the last answers of the case.
    """
    case, programme, parameters = place.case, place.programme, place.parameters
    today = clock.local(max(place.at, clock.now())).date()
    last = session.execute(_LAST_STEP, {"case": case.id}).one_or_none()
    said: Mapping[str, Any] = last.said if last else {}
    clause = parameters.get("clause") or str(said.get("clause") or "")
    outcomes = programme.outcomes(case.diagram, last.element) if last else {}
    period = parameters.get("period")
    latest = cases.latest_answers(session, case.id)
    values = _blank() | _of_programme(programme) | _of_applicant(session, case) | {
        "文书编号": number,
        "日期": wording.day(today),
        "大写日期": wording.day_in_words(today),
        "年份": str(today.year),
        "收件人": to.name,
        "发文单位": issuer.name,
        "联系人": issuer.contact_name,
        "联系电话": issuer.contact_phone,
        "办件号": case.number,
        "事项": case.title,
        "申报日期": wording.day(clock.local(case.opened_at).date()),
        "环节": last.name if last else "",
        "结论": outcomes.get(last.outcome, "") if last else "",
        "理由": parameters.get("reason") or next((str(said[key]) for key in REASONS if said.get(key)), ""),
        "条款": article(programme, clause),
        "条款内容": content(programme, clause),
        "期限": wording.period(programme.periods[period], case.dates) if period in programme.periods else "规定期限",
        "逾期后果": parameters.get("otherwise") or OTHERWISE,
        "补正事项": _defects(programme, said, latest),
    }
    for find in _offered:
        values |= find(session, place)
    return values | _of_forms(programme, latest, wanted)


def of_act(session: Session, act: Act, programme: Programme, *, wanted: Iterable[str]) -> dict[str, Value]:
    """The values for the document of a collective act: its own form, and the units of the rows that weren't refused."""
    form_key = programme.specification(act.diagram).elements[act.element].properties["form"]
    form, answers = programme.form(form_key), act.answers
    issued_on = answers.get("issued_on")
    field = form.field("issued_on")
    today = clock.local(act.confirmed_at).date()
    issuer = session.get_one(Unit, act.unit_id)
    listed = _listed(session, act)
    values = _blank() | _of_programme(programme) | {
        "日期": wording.answer(field, issued_on) if field and issued_on else wording.day(today),
        "大写日期": wording.day_in_words(_as_day(issued_on) if issued_on else today),
        "年份": str((_as_day(issued_on) if issued_on else today).year),
        "发文单位": issuer.name,
        "联系人": issuer.contact_name,
        "联系电话": issuer.contact_phone,
        "文件标题": str(answers.get("document_title") or answers.get("title") or act.title),
        "文号": str(answers.get("document_number") or ""),
        "文书编号": str(answers.get("document_number") or ""),
        "正文": str(answers.get("text") or ""),
        "单位数": str(len(listed)),
        "单位名单": listed,
    }
    return values | _of_forms(programme, {form_key: answers}, wanted)


def _as_day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _blank() -> dict[str, Value]:
    plain: dict[str, Value] = {name: "" for name in KNOWN if "." not in name}
    return plain | {name.partition(".")[0]: [] for name in KNOWN if "." in name}


def _of_programme(programme: Programme) -> dict[str, Value]:
    return {"认定项目": programme.name, "称号": programme.title.name, "依据": programme.settings.source,
            "认定机关": programme.authority.name}


def _of_applicant(session: Session, case: Any) -> dict[str, Value]:
    unit = session.get(Unit, case.applicant_id) if case.applicant_id else None
    region = session.get(Region, case.region_code)
    return {
        "申报单位": unit.name if unit else "",
        "统一社会信用代码": (unit.credit_code or "") if unit else "",
        "所在地": region.name if region else "",
    }


def _of_forms(
    programme: Programme, answers: Mapping[str, Mapping[str, Any]], wanted: Iterable[str]
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name in wanted:
        form_key, _, field_key = name.partition("/")
        if not field_key or f"forms/{form_key}.json" not in programme.files:
            continue
        field = programme.form(form_key).field(field_key)
        if field is not None:
            values[name] = wording.answer(field, answers.get(form_key, {}).get(field_key))
    return values


def _defects(
    programme: Programme, said: Mapping[str, Any], latest: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """The rows of the defects table of the step just done; each field by the words of the form that asks for it."""
    rows = said.get(DEFECTS) or []
    labels: dict[str, str] = {}
    for key in latest:
        labels |= {field.key: field.label for field in programme.form(key).asked if field.key not in labels}
    return [
        {"项目": labels.get(str(row.get("field", "")), str(row.get("field", ""))), "内容": str(row.get("what") or "")}
        for row in rows if isinstance(row, Mapping)
    ]


def article(programme: Programme, clause: str) -> str:
    """What the text itself calls a clause: 第七条; its number here where the programme doesn't say."""
    return _said_of(programme, clause, "article") or clause


def content(programme: Programme, clause: str) -> str:
    """What a clause says, in the programme's own words; "" for one that it doesn't know."""
    return _said_of(programme, clause, "says")


def _said_of(programme: Programme, clause: str, key: str) -> str:
    found = programme.clauses.get(clause) if clause else None
    return str(found.get(key, "")) if isinstance(found, Mapping) else ""


def _listed(session: Session, act: Act) -> Sequence[dict[str, str]]:
    rows = session.execute(
        select(Unit.name, Unit.credit_code, Region.name.label("place"))
        .select_from(ActRow)
        .join(Case, ActRow.case_id == Case.id)
        .join(Unit, Case.applicant_id == Unit.id)
        .outerjoin(Region, Case.region_code == Region.code)
        .where(ActRow.act_id == act.id, ActRow.status != "refused")
        .order_by(Case.region_code, Unit.name, Case.id)
    )
    return [
        {"单位名称": row.name, "统一社会信用代码": row.credit_code or "", "所在地": row.place or ""} for row in rows
    ]
