"""What was filled in at the steps of a case, ready to be read: files with their links, and nothing that doesn't apply.
Beside it the programme's conditions, held against the application row by row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import g, url_for

from app import clock, rules
from app.batches import queries as batches
from app.cases import queries
from app.cases.models import Case
from app.documents import queries as papers
from app.errors import Invalid
from app.formschema import Field, Form
from app.formschema.taking import is_blank
from app.programmes import criteria
from app.programmes.queries import Programme

WEIGHTS = {"in principle": "原则上"}
SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
YES_OR_NO = {"true": "是", "false": "否"}
QUOTED = re.compile(r'"([^"]*)"')
NOT = re.compile(r"not\(([^()]*)\)")


def sides(identity: Any) -> frozenset[str]:
    """The relations for which somebody reads: what fields that aren't shown to everybody name (`shown_to`)."""
    if identity is None:
        return frozenset({"public"})
    if identity.unit_kind == "department":
        return frozenset({identity.tier, "authority", *({"expert"} & identity.roles)})
    mine = {"applicant", "holder", "opener"} if identity.unit_kind == "institution" else {"recommender"}
    return frozenset(mine | ({"expert"} & identity.roles))


def steps_answered(
    session: Any, programme: Programme, case_id: int, *, to: frozenset[str] | None = None
) -> list[Any]:
    """What was filled in at each step so far: task, who, at, outcome in words, fields that apply, and values.

    `to` are the relations for which it is read (None: for whoever asks now); fields not shown to any are left out.
    """
    to = sides(g.identity) if to is None else to
    rows = queries.answers(session, case_id)
    forms = [programme.form(row.Answer.form) for row in rows]
    ids = [file_id for row, form in zip(rows, forms, strict=True) for file_id in file_ids(form, row.Answer.values)]
    found = papers.named(session, ids)
    return [
        SimpleNamespace(
            task=row.Task.name, who=row.person_name, at=row.Answer.answered_at, form=row.Answer.form,
            fields=fields_that_apply(form, row.Answer.values, to=to), values=with_links(form, row.Answer.values, found),
            task_id=row.Task.public_id, place=place,
        )
        for place, (row, form) in enumerate(zip(rows, forms, strict=True), start=1)
    ]


def fields_that_apply(form: Form, answers: Mapping[str, Any], *, to: frozenset[str] | None = None) -> list[Field]:
    """The form's fields as a tree, without those that a condition hides for these answers, those not shown to any of
    the relations in `to` (None: all are shown), and without empty groups."""
    shown = form.fields if to is None else form.fields_shown(to=to)
    return list(_without(shown, form.hidden(answers)))


def conditions(session: Any, programme: Programme, case: Case) -> list[Any]:
    """The programme's conditions as the last application fills them, row by row; none without conditions or without an
    application. A row: label, value and test in words, verdict (met, not_met, unknown), weight, why, clause, and
    evidence: (words, address) of the tables, fields and files that its figure comes from.
    """
    named = programme.settings.criteria
    latest = queries.latest_answers(session, case.id) if named else {}
    key = next((form for form in named.forms if form in latest), "") if named else ""
    if not key:
        return []
    answers = latest[key]
    day = reference_day(session, case.id, case.opened_at)
    rows = conditions_over(programme, answers, day=day, region_code=case.region_code, form_key=key)
    form = programme.form(key)
    linked = papers.named(session, file_ids(form, answers))
    for row in rows:
        row.evidence = list(_evidence(form, row.figure, row.clause, answers, linked))
    return rows


def preview(
    programme: Programme, answers: Mapping[str, Any], *, day: date, region_code: str, form_key: str = ""
) -> list[Any]:
    """The programme's conditions over answers that are still being filled in: what nobody has come to yet is unknown,
    and not a failed condition."""
    named = programme.settings.criteria
    rows = conditions_over(programme, answers, day=day, region_code=region_code, form_key=form_key)
    form = programme.form(form_key or named.form) if named else None
    for row in rows:
        asked = [field for field in form.asked if field.key in _sources(form, row.figure)]
        if row.verdict == "not_met" and asked and not any(_begun(answers.get(field.key)) for field in asked):
            row.verdict, row.value, row.why = "unknown", "", "尚未填报"
    return rows


def conditions_over(
    programme: Programme, answers: Mapping[str, Any], *, day: date, region_code: str, form_key: str = ""
) -> list[Any]:
    """The programme's conditions over answers that may be incomplete; see `conditions`."""
    named = programme.settings.criteria
    if named is None:
        return []
    form = programme.form(form_key or named.form)
    found = criteria.verdicts(
        programme, answers, reference_day=day, region_code=region_code, form_key=form_key
    )
    return [_condition(verdict, form) for verdict in found if verdict.verdict != "not_applicable"]


def materials(programme: Programme, form_key: str, answers: Mapping[str, Any]) -> list[Any]:
    """The materials that go with a form, item by item: no, name, note, field, words, and state (there, missing,
    optional, not_needed, generated, paper). `answers` may be incomplete; what can't be told yet is missing."""
    lists = [each for each in programme.materials.values() if each.form == form_key]
    if not lists:
        return []
    form = programme.form(form_key)
    values = form.values(form.load(answers, partial=True))
    hidden = form.hidden(answers)
    return [_material(item, answers, values, hidden) for each in lists for item in each.items]


def missing_materials(programme: Programme, form_key: str, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the materials, by the path of the field: each names the item by number and name."""
    return {
        item.field: [f"缺材料{f' {item.no}' if item.no else ''}“{item.name}”：{item.words}。"]
        for item in materials(programme, form_key, answers) if item.state == "missing" and item.field
    }


def reference_day(session: Any, case_id: int, opened_at: datetime) -> date:
    """The day as of which an application's figures are meant: the last day of its call, else the day of the case."""
    batch = batches.batch_of_case(session, case_id)
    return batch.closes_on if batch else clock.local(opened_at).date()


def _without(fields: Iterable[Field], hidden: frozenset[str]) -> Iterable[Field]:
    for field in fields:
        if field.kind == "group":
            if inner := tuple(_without(field.fields, hidden)):
                yield replace(field, fields=inner)
        elif field.key not in hidden:
            yield field


def _material(item: Any, answers: Mapping[str, Any], values: Mapping[str, Any], hidden: frozenset[str]) -> Any:
    count, state = len(answers.get(item.field) or []) if item.field else 0, "optional"
    words = f"已上传 {count} 份" if count else "选交"
    least = max(item.at_least, 1)
    if item.generated or not item.field:
        state, words = ("generated", "系统生成") if item.generated else ("paper", "线下提交")
    elif item.required == "when" and not _holds(item.when, values) or item.field in hidden:
        state, words = ("there", words) if count else ("not_needed", "不需要")
    elif item.required != "never" and count < least:
        state, words = "missing", f"至少 {least} 份，现有 {count} 份" if count or least > 1 else "请上传"
    elif count:
        state = "there"
    return SimpleNamespace(no=item.no, name=item.name, note=item.note, field=item.field, state=state, words=words,
                           count=count, sealed=item.sealed, clause=item.clause, required=item.required)


def _holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a condition of materials.yaml is fulfilled; one that can't be told yet isn't."""
    try:
        return rules.parse(condition).evaluate(values) is True
    except Invalid:
        return False


def _sources(form: Form, figure: str) -> set[str]:
    """The keys of the tables and fields that a figure is taken from."""
    names = set(rules.parse(figure).names) if figure else set()
    defined = {definition.name: definition.table for definition in form.definitions}
    marked = {field.figure: field.key for field in form.asked if field.figure}
    return {defined.get(name) or marked.get(name) or name for name in names}


def _begun(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value)
    return not is_blank(value) and value is not False


def _evidence(
    form: Form, figure: str, clause: str, answers: Mapping[str, Any], linked: Mapping[str, Any]
) -> Iterable[tuple[str, str]]:
    """Where a figure comes from: the tables and fields that it names, the files said to prove it or of its clause."""
    names, sources = set(rules.parse(figure).names) if figure else set(), _sources(form, figure)
    for field in form.asked:
        if field.key in sources and not is_blank(answers.get(field.key)):
            yield (field.label, f"#a-{field.key}")
    proving = [field for field in form.asked if field.kind == "filepicker" and (names | sources) & set(field.proves)]
    if not proving:
        proving = [field for field in form.asked if field.kind == "filepicker" and clause and field.clause == clause]
    for field in proving:
        for paper in answers.get(field.key) or []:
            if paper in linked:
                yield (linked[paper].name, url_for("documents.download", public_id=paper))


def _condition(verdict: rules.Verdict, form: Form) -> Any:
    field = form.field(verdict.figure)
    words = {option.value: option.label for option in field.options} if field else {}
    return SimpleNamespace(
        label=verdict.label, value=_value(verdict, words), test=_test(verdict, words), verdict=verdict.verdict,
        weight=WEIGHTS.get(verdict.weight, ""), clause=verdict.clause, figure=verdict.figure, evidence=[],
        why=verdict.why.replace(f"“{verdict.figure}”", f"“{verdict.label}”"),
    )


def _value(verdict: rules.Verdict, words: Mapping[str, str]) -> str:
    value = verdict.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{_rounded(value)} {verdict.unit}".rstrip()
    return f"{words.get(value, value) if isinstance(value, str) else value} {verdict.unit}".rstrip()


def _rounded(value: Decimal) -> str:
    text = f"{round(value, 2):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _test(verdict: rules.Verdict, words: Mapping[str, str]) -> str:
    """A cell of the decision table as an official reads it; what has no simpler words stays as the table has it."""
    text = QUOTED.sub(lambda found: words.get(found[1], found[1]), verdict.test.strip())
    if text in YES_OR_NO:
        return YES_OR_NO[text]
    if inner := NOT.fullmatch(text):
        return f"不是“{inner[1]}”"
    for sign, shown in SIGNS.items():
        if text.startswith(sign):
            return f"{shown} {text[len(sign):].strip()} {verdict.unit}".rstrip()
    return text


def file_ids(form: Form, values: Any) -> Sequence[str]:
    """The ids of all files that answers name."""
    return [file_id for field in form.asked if field.kind == "filepicker" for file_id in values.get(field.key) or []]


def with_names(session: Any, form: Form, values: Any) -> dict[str, Any]:
    """Answers with the names of files in place of their ids."""
    found = papers.named(session, file_ids(form, values))
    shown = dict(values)
    for field in form.asked:
        if field.kind == "filepicker":
            shown[field.key] = [found[i].name for i in values.get(field.key) or [] if i in found]
    return shown


def with_links(form: Form, values: Any, found: Any) -> dict[str, Any]:
    """Answers with name and address of files in place of their ids."""
    shown = dict(values)
    for field in form.asked:
        if field.kind == "filepicker":
            shown[field.key] = [
                {"name": found[i].name, "url": url_for("documents.download", public_id=i)}
                for i in values.get(field.key) or [] if i in found
            ]
    return shown
