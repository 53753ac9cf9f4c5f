"""Materials, summary tables and scoring sheets: the forms, fields and letters that they name, and their sums."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.formschema import Field
from app.programmes import lists
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View

MATERIALS, TABLES, SCORING = "materials.yaml", "tables.yaml", "scoring.yaml"


def problems(seen: View) -> Iterator[Problem]:
    """Everything about the three lists beyond their schemas."""
    for key, written in seen.written.get(MATERIALS, {}).get("lists", {}).items():
        yield from _materials(seen, f"lists.{key}", written)
    for key, written in seen.written.get(TABLES, {}).get("tables", {}).items():
        yield from _table(seen, f"tables.{key}", written)
    for key, written in seen.written.get(SCORING, {}).get("sheets", {}).items():
        yield from _sheet(seen, f"sheets.{key}", written)


def _materials(seen: View, place: str, written: Mapping[str, Any]) -> Iterator[Problem]:
    form = written["form"]
    if form not in seen.forms and form not in seen.broken_forms:
        yield problem(MATERIALS, f"{place}.form", "unknown-form", key=form)
    numbers = Counter(item["number"] for item in written["items"])
    fields = Counter(item["field"] for item in written["items"] if "field" in item)
    for number, item in enumerate(written["items"]):
        where = f"{place}.items.{number}"
        if numbers[item["number"]] > 1:
            yield problem(MATERIALS, f"{where}.number", "twice", key=item["number"])
        if fields[item.get("field", "")] > 1:
            yield problem(MATERIALS, f"{where}.field", "twice", key=item["field"])
        yield from _material(seen, where, item, form)
        letter = item.get("generated")
        if isinstance(letter, str) and f"letters/{letter}.docx" not in seen.files:
            yield problem(MATERIALS, f"{where}.generated", "unknown-letter", key=letter)


def _material(seen: View, where: str, item: Mapping[str, Any], form: str) -> Iterator[Problem]:
    """An item that must be handed in has a field that must be filled, unless the system makes it."""
    must = item["required"] == lists.ALWAYS and not item.get("generated")
    if "field" not in item:
        if must or item["required"] == lists.WHEN:
            yield problem(MATERIALS, where, "material-without-field", key=item["name"])
        return
    if form not in seen.forms:
        return
    field = seen.forms[form].field(item["field"])
    if field is None:
        yield problem(MATERIALS, f"{where}.field", "unknown-field", form=form, key=item["field"])
    elif field.kind != "filepicker":
        yield problem(MATERIALS, f"{where}.field", "material-no-files", form=form, key=item["field"])
    elif must and (not field.required or field.conditions):
        yield problem(MATERIALS, f"{where}.field", "material-not-required", form=form, key=item["field"])
    elif item["required"] == lists.NEVER and field.required and not field.conditions:
        yield problem(MATERIALS, f"{where}.required", "material-required", form=form, key=item["field"])
    else:
        yield from _how_many(where, item, field)


def _how_many(where: str, item: Mapping[str, Any], field: Field) -> Iterator[Problem]:
    """How many files an item asks for must be what its field asks for."""
    least = max(int(field.minimum or 0), 1)
    if item.get("at_least", least) != least:
        yield problem(MATERIALS, f"{where}.at_least", "material-count", key=field.key, wanted=item["at_least"],
                      found=least)
    if item.get("at_most", field.most) != field.most:
        yield problem(MATERIALS, f"{where}.at_most", "material-count", key=field.key, wanted=item["at_most"],
                      found=field.most)


def _table(seen: View, place: str, written: Mapping[str, Any]) -> Iterator[Problem]:
    usual = written.get("form") or (seen.settings.criteria.form if seen.settings and seen.settings.criteria else "")
    if "form" in written and written["form"] not in seen.forms and written["form"] not in seen.broken_forms:
        yield problem(TABLES, f"{place}.form", "unknown-form", key=written["form"])
        return
    keys = Counter(column["key"] for column in written["columns"])
    for number, column in enumerate(written["columns"]):
        where = f"{place}.columns.{number}"
        if keys[column["key"]] > 1:
            yield problem(TABLES, f"{where}.key", "twice", key=column["key"])
        yield from _column(seen, where, column, usual)
    for key in written.get("order_by", ()):
        if key not in keys:
            yield problem(TABLES, f"{place}.order_by", "unknown-column", key=key, known="、".join(keys))


def _column(seen: View, where: str, column: Mapping[str, Any], usual: str) -> Iterator[Problem]:
    kind, home, name = lists.source_of(column["from"], usual)
    if kind not in ("form", "figure"):
        if column.get("total"):
            yield problem(TABLES, f"{where}.total", "total-of-words", key=column["heading"])
        return
    if home in seen.broken_forms:
        return
    if home not in seen.forms:
        yield problem(TABLES, f"{where}.from", "unknown-form" if home else "table-without-form", key=home)
        return
    form = seen.forms[home]
    if kind == "figure":
        if name not in form.figures({}):
            yield problem(TABLES, f"{where}.from", "unknown-figure", form=home, key=name)
        return
    field = form.field(name)
    if field is None or field.is_table or not field.holds_answer:
        yield problem(TABLES, f"{where}.from", "unknown-field", form=home, key=name)
    elif column.get("total") and field.kind != "number":
        yield problem(TABLES, f"{where}.total", "total-of-words", key=column["heading"])


def _sheet(seen: View, place: str, written: Mapping[str, Any]) -> Iterator[Problem]:
    keys = Counter(item["key"] for item in written["items"])
    total, summed = _points(written["total"]), sum((_points(item["most"]) for item in written["items"]), Decimal())
    if total != summed:
        yield problem(SCORING, f"{place}.total", "scoring-sum", total=total, found=summed)
    if written.get("pass_at") is not None and _points(written["pass_at"]) > total:
        yield problem(SCORING, f"{place}.pass_at", "pass-beyond-total", key=written["pass_at"], total=total)
    figures = {name for form in seen.forms.values() for name in form.figures({})}
    for number, item in enumerate(written["items"]):
        where = f"{place}.items.{number}"
        if keys[item["key"]] > 1:
            yield problem(SCORING, f"{where}.key", "twice", key=item["key"])
        step = _points(item.get("step", 0))
        if step and _points(item["most"]) % step:
            yield problem(SCORING, f"{where}.step", "scoring-step", step=step, most=item["most"])
        if "figure" in item and not seen.broken_forms and item["figure"] not in figures:
            yield problem(SCORING, f"{where}.figure", "unknown-figure-anywhere", key=item["figure"])
        if "table" in item and f"{item['table']}.dmn" not in seen.files:
            yield problem(SCORING, f"{where}.table", "unknown-table", key=item["table"])


def _points(written: float) -> Decimal:
    return Decimal(str(written))
