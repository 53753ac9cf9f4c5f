"""What programme.yaml sets of evaluations: indicators that can be computed, a table that grades every score, runs whose
effects exist."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from app import rules
from app.errors import BanjianError
from app.formschema import Form
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import EvaluationRules, RunRule
from app.programmes.settings import Settings

_FILE = package.SETTINGS
FIGURES = ("duties.in_time", "appointments.in_time", "appointments.satisfaction", "inspections.passed")
OF_REPORTS = ("reports.sum:FORM.NAME", "reports.mean:FORM.NAME", "reports.ratio:FORM.A/FORM.B+C")
_PLACE = r"[a-z][a-z0-9_-]*\.[A-Za-z_][A-Za-z0-9_]*"
_MORE = r"(?:\+[A-Za-z_][A-Za-z0-9_]*)*"
_OF_REPORTS = re.compile(rf"reports\.(?:(?:sum|mean):({_PLACE})|ratio:({_PLACE})/({_PLACE}{_MORE}))")
SCORE, GRADE = "score", "grade"
RECORDS = "record_assessment"
_SANCTIONS = ("propose_revocation", "circular")


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `evaluation`."""
    found = settings.life.evaluation
    if found is None:
        return
    yield from _actors(settings, found)
    yield from _indicators(seen, found)
    if found.every == "year":
        if f"{found.diagram}.bpmn" not in seen.files:
            yield problem(_FILE, "evaluation.diagram", "run-diagram", key=found.diagram)
        written = seen.written[_FILE]["evaluation"]
        computed = ("table", "indicators", "appeal", "confirmed_by")
        for name in ("opens", "grades", *(() if found.form else computed)):
            if name not in written:
                yield problem(_FILE, "evaluation", "evaluation-half", what=name)
    if found.table:
        yield from _table(seen, found)
    yield from _assessed(seen, found)
    yield from _forms(seen, found)
    for number, run in enumerate(found.runs):
        yield from _run(seen, settings, found, run, f"evaluation.runs.{number}")
    for (grade, effect), times in Counter((run.grade, run.effect) for run in found.runs).items():
        if times > 1:
            yield problem(_FILE, "evaluation.runs", "run-twice", key=grade, effect=effect)


def names_of(figure: str) -> list[tuple[str, str]] | None:
    """(form, name) of everything that a figure takes from reports, [] for the other figures, None for none at all."""
    if figure in FIGURES:
        return []
    match = _OF_REPORTS.fullmatch(figure)
    if match is None:
        return None
    first, *more = [part for group in match.groups() if group for part in group.split("+")]
    found, form = [], ""
    for part in (first, *more):
        before, _, name = part.rpartition(".")
        form = before or form
        found.append((form, name))
    return found


def _actors(settings: Settings, found: EvaluationRules) -> Iterator[Problem]:
    for place, relation in (("by", found.by), ("confirmed_by", found.confirmed_by)):
        if relation and relation not in settings.actors:
            yield problem(_FILE, f"evaluation.{place}", "unknown-actor", key=relation)


def _indicators(seen: View, found: EvaluationRules) -> Iterator[Problem]:
    for key, times in Counter(one.key for one in found.indicators).items():
        if times > 1:
            yield problem(_FILE, "evaluation.indicators", "indicator-twice", key=key)
    for number, one in enumerate(found.indicators):
        place, names = f"evaluation.indicators.{number}.figure", names_of(one.figure)
        if names is None:
            yield problem(_FILE, place, "indicator-figure", key=one.figure, known="、".join((*FIGURES, *OF_REPORTS)))
            continue
        for form, name in names:
            if form in seen.broken_forms:
                continue
            if form not in seen.forms:
                yield problem(_FILE, place, "unknown-form", key=form)
            elif not _is_number(seen.forms[form], name):
                yield problem(_FILE, place, "figure-of-form", form=form, key=name)


def _is_number(form: Form, name: str) -> bool:
    field = form.field(name)
    return field.kind == "number" if field else any(figure.name == name for figure in form.definitions)


def _table(seen: View, found: EvaluationRules) -> Iterator[Problem]:
    """The table gives each score from 0 to the sum of the points exactly one of the grades, and each grade to some."""
    place, known = "evaluation.table", "、".join(found.grades)
    if f"{found.table}.dmn" not in seen.files:
        yield problem(_FILE, place, "unknown-table", key=found.table)
        return
    table = seen.tables.get(found.table)
    if table is None or rules.check_table(table):
        return  # told at the table itself
    if table.kind != "grade" or table.names != {SCORE} or GRADE not in table.output_names:
        yield problem(_FILE, place, "not-grading", key=found.table)
        return
    total = sum(one.points for one in found.indicators)
    given = set()
    for score in _scores(table, total):
        try:
            given.add(str(table.grade({SCORE: score})[GRADE]))
        except BanjianError as error:
            yield problem(f"{found.table}.dmn", "", "score-ungraded", score=score, reason=error.message, total=total)
            return
    for key in sorted(given - set(found.grades)):
        yield problem(f"{found.table}.dmn", "", "strange-grade", key=key, known=known)
    for key in found.grades:
        if key not in given:
            yield problem(f"{found.table}.dmn", "", "grade-of-nothing", key=key)


def _scores(table: rules.Table, total: int) -> list[Decimal]:
    """Scores that stand for all from 0 to the total: both ends, the bounds of the rows, and one between each two."""
    named = {Decimal(bound) for row in table.rows for test in row.tests for bound in test.bounds if _is_decimal(bound)}
    ends = sorted({Decimal(0), Decimal(total), *(bound for bound in named if 0 <= bound <= total)})
    return sorted({*ends, *((low + high) / 2 for low, high in pairwise(ends))})


def _is_decimal(bound: object) -> bool:
    return isinstance(bound, Decimal | int) and not isinstance(bound, bool)


def _assessed(seen: View, found: EvaluationRules) -> Iterator[Problem]:
    """The form in which people write the finding is there; activities have the same table in both forms."""
    if found.form and found.form not in seen.forms and found.form not in seen.broken_forms:
        yield problem(_FILE, "evaluation.form", "unknown-form", key=found.form)
    for name, nodes in seen.nodes.items():
        for node in nodes.values():
            grade = node.properties.get("grade", "")
            if node.properties.get("word") == RECORDS and grade not in found.grades:
                yield problem(f"{name}.bpmn", node.id, "unknown-grade", key=grade, known="、".join(found.grades))
    rules, place = found.activities, "evaluation.activities"
    if rules is None:
        return
    if not found.form:
        yield problem(_FILE, place, "evaluation-half", what="form")
    for name in (rules.form, found.form):
        form = seen.forms.get(name)
        if form is None:
            if name and name == rules.form and name not in seen.broken_forms:
                yield problem(_FILE, f"{place}.form", "unknown-form", key=name)
            continue
        table = form.field(rules.table)
        if table is None or rules.day not in {column.key for column in table.fields}:
            yield problem(_FILE, f"{place}.table", "activities-elsewhere", form=name, table=rules.table, day=rules.day)
    form = seen.forms.get(found.form)
    if form is not None and not any(
        figure.name == rules.figure and figure.table == rules.table for figure in form.definitions
    ):
        yield problem(_FILE, f"{place}.figure", "figure-of-form", form=found.form, key=rules.figure)


def _forms(seen: View, found: EvaluationRules) -> Iterator[Problem]:
    """The forms in which a grade or an indicator is chosen offer those of the programme."""
    keys = [one.key for one in found.indicators]
    for form, key, wanted, place in (
        ("grade_decision", "grade", list(found.grades), "evaluation.grades"),
        ("grade_review", "grade", list(found.grades), "evaluation.grades"),
        ("evaluation_check", "corrections.indicator", keys, "evaluation.indicators"),
    ):
        field = seen.forms[form].field(key) if form in seen.forms else None
        if field is not None and sorted(option.value for option in field.options) != sorted(wanted):
            yield problem(f"forms/{form}.json", key, "grade-choices", form=form, key=field.label, setting=place,
                          wanted="、".join(wanted))


def _run(
    seen: View, settings: Settings, found: EvaluationRules, run: RunRule, place: str
) -> Iterator[Problem]:
    if found.grades and run.grade not in found.grades:
        yield problem(_FILE, f"{place}.grade", "unknown-grade", key=run.grade, known="、".join(found.grades))
    needed = {"observation": ("period", "sanction", "circular")}.get(
        run.effect, ("sanction",) if run.effect in _SANCTIONS else ()
    )
    for name in needed:
        if found.every == "year" and not getattr(run, name):
            yield problem(_FILE, place, "run-without", effect=run.effect, what=name)
    for name in ("sanction", "circular"):
        key = getattr(run, name)
        if key and key not in settings.life.sanctions:
            known = "、".join(settings.life.sanctions) or "（无）"
            yield problem(_FILE, f"{place}.{name}", "run-sanction", key=key, known=known)
    if run.effect == "observation" and found.every == "year" and f"{run.diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{place}.diagram", "run-diagram", key=run.diagram)
