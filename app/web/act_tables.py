"""The table of a collective step: its rows under the programme's own columns (tables.yaml), as page, print and xlsx."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.batches import shares
from app.batches.models import Application, Batch
from app.cases.models import Answer, Case
from app.errors import Invalid
from app.evaluations import queries as evaluations
from app.formschema import Field
from app.people.models import Region
from app.programmes.lists import SummaryColumn, SummaryTable
from app.programmes.queries import Programme

CHUNK = 500
USUAL = (
    SummaryColumn("case", "办件号", "case", "", "", "", 18, False, True),
    SummaryColumn("unit", "申报单位", "unit", "", "", "", 30, False, True),
    SummaryColumn("region", "所在地", "region", "", "", "", 14, False, True),
)
"""What is shown where the programme has no table for the step."""

GRADING = "grading"
GRADED = (
    SummaryColumn("year", "评价年度", "grade", "", "", "", 10, False, True),
    SummaryColumn("score", "得分", "grade", "", "", "", 10, False, True),
    SummaryColumn("computed", "计算的等次", "grade", "", "", "", 12, False, True),
    SummaryColumn("corrected", "更正的指标", "grade", "", "", "", 12, False, True),
)
"""What the step in which grades are confirmed shows besides."""

_HEAD = PatternFill("solid", fgColor="E8F0FB")
_LINE = Border(*[Side(style="thin", color="BFC8D2")] * 4)


@dataclass(frozen=True)
class Shown:
    """A table ready to be read. `rows` are pairs: the candidate, and a text or number a column; `totals` sums of the
    columns that have one, else None."""

    name: str
    columns: tuple[SummaryColumn, ...]
    rows: list[tuple[Any, list[Any]]]
    totals: list[Any]
    seal: bool
    landscape: bool
    note: str


def table_of(programme: Programme, element: str, kind: str) -> SummaryTable | None:
    """The programme's table for a collective step: the one named like the step, else like its kind; for the summary
    of those recommended, the one that `batches.summary` names."""
    named = programme.batches.summary if kind == "summary" else ""
    return programme.tables.get(element) or programme.tables.get(kind) or programme.tables.get(named)


def shown(session: Session, programme: Programme, candidates: Sequence[Any], *, element: str, kind: str) -> Shown:
    """The rows of a step, in the order that its table asks for. A candidate has case_public_id, number, title,
    applicant, region_code."""
    table = table_of(programme, element, kind)
    columns = table.columns if table else USUAL
    answers = _answers(session, [c.case_public_id for c in candidates]) if _asks(columns, "form", "figure") else {}
    years = _last_years(session, answers)
    ranks = shares.ranks(session, [c.case_public_id for c in candidates]) if _asks(columns, "rank") else {}
    regions = dict(session.execute(
        select(Region.code, Region.name).where(Region.code.in_({c.region_code for c in candidates}))
    ).all())
    rows = [
        (candidate, _row(
            programme, columns, candidate, answers.get(candidate.case_public_id, {}), regions,
            {"last_year": years.get(candidate.case_public_id)}, ranks.get(candidate.case_public_id, ""),
        ))
        for candidate in candidates
    ]
    if kind == GRADING:
        columns = (*columns, *GRADED)
        scores = evaluations.computed(session, [candidate.case_public_id for candidate, _row in rows])
        rows = [(one, [*row, *scores.get(one.case_public_id, ("", "", "", ""))]) for one, row in rows]
    if table:
        rows.sort(key=lambda pair: _place(table, *pair))
    for n, (_candidate, row) in enumerate(rows, start=1):
        row[:] = [n if column.source == "number" else value for column, value in zip(columns, row, strict=True)]
    return Shown(
        table.name if table else "", columns, rows, _totals(columns, [row for _candidate, row in rows]),
        bool(table and table.seal), bool(table and table.landscape), table.note if table else "",
    )


def xlsx(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> bytes:
    """A workbook of one sheet: title, headings, rows. Text is written as text and never as a formula."""
    book = Workbook()
    sheet = book.active
    sheet.title = "汇总表"
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=max(len(headings), 1))
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=14), Alignment(horizontal="center")
    for r, line in enumerate([headings, *rows], start=2):
        for c, value in enumerate(line, start=1):
            cell = sheet.cell(r, c, _cell(value))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cell.border = _LINE
            cell.alignment = Alignment(vertical="center", wrap_text=True)
            if r == 2:
                cell.font, cell.fill = Font(bold=True), _HEAD
    for c, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(c)].width = width or 16
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "2:2"
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _asks(columns: Sequence[SummaryColumn], *sources: str) -> bool:
    return any(column.source in sources for column in columns)


def _place(table: SummaryTable, candidate: Any, row: Sequence[Any]) -> tuple[Any, ...]:
    """By what a row is sorted: its group, then the columns of `order_by`; numbers before text."""
    groups = {"region": candidate.region_code, "unit": candidate.applicant}
    by_key = {column.key: value for column, value in zip(table.columns, row, strict=True)}
    order = [by_key.get(key, "") for key in table.order_by]
    return (groups.get(table.group_by, ""), *((isinstance(v, str), v) for v in order))


def _answers(session: Session, public_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The last answers of each form, by the case's public id."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(public_ids), CHUNK):
        rows = session.execute(
            select(Case.public_id, Answer.form, Answer.values)
            .join(Case, Answer.case_id == Case.id)
            .where(Case.public_id.in_(public_ids[start : start + CHUNK]))
            .order_by(Answer.id)
        )
        for case_id, form, values in rows:
            found.setdefault(case_id, {})[form] = values
    return found


def _last_years(session: Session, public_ids: Collection[str]) -> dict[str, int]:
    """The last full year for each case's figures: before the last day of its call, else before it was opened."""
    found: dict[str, int] = {}
    ids = list(public_ids)
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(
            select(Case.public_id, Case.opened_at, Batch.closes_on)
            .outerjoin(Application, Application.case_id == Case.id)
            .outerjoin(Batch, Application.batch_id == Batch.id)
            .where(Case.public_id.in_(ids[start : start + CHUNK]))
        )
        found |= {row.public_id: (row.closes_on or clock.local(row.opened_at)).year - 1 for row in rows}
    return found


def _row(
    programme: Programme, columns: Sequence[SummaryColumn], candidate: Any, answers: Mapping[str, Any],
    regions: Mapping[str, str], given: Mapping[str, Any], rank: int | str = "",
) -> list[Any]:
    plain = {"number": 0, "case": candidate.number, "region": regions.get(candidate.region_code, ""),
             "unit": candidate.applicant, "title": candidate.title, "rank": rank, "blank": ""}
    figures: dict[str, Mapping[str, Any]] = {}
    return [
        plain[column.source] if column.source in plain else _said(programme, column, answers, figures, given)
        for column in columns
    ]


def _said(
    programme: Programme, column: SummaryColumn, answers: Mapping[str, Any], figures: dict[str, Mapping[str, Any]],
    given: Mapping[str, Any],
) -> Any:
    filled = answers.get(column.form)
    if filled is None or f"forms/{column.form}.json" not in programme.files:
        return ""
    form = programme.form(column.form)
    if column.source == "form":
        field = form.field(column.name)
        return "" if field is None else _words(field, filled.get(column.name))
    if column.form not in figures:
        try:
            figures[column.form] = form.figures(form.load(filled, partial=True), given=given)
        except Invalid:
            figures[column.form] = {}
    figure = figures[column.form].get(column.name)
    return "" if figure is None or figure.value is None else _short(figure.value)


def _words(field: Field, value: Any) -> Any:
    """An answer as a person reads it; numbers stay numbers."""
    if value in (None, "", []):
        return ""
    if field.kind == "checkbox":
        return "是" if value is True else "否"
    if field.kind in ("select", "radio", "checklist"):
        words = {option.value: option.label for option in field.options}
        return "、".join(words.get(key, key) for key in ([value] if isinstance(value, str) else value))
    if field.kind == "number":
        try:
            return _short(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    if field.kind in ("filepicker", "dynamiclist"):
        return len(value)
    return str(value)


def _short(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else round(value, 2)
    return value


def _totals(columns: Sequence[SummaryColumn], rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [
        sum(row[n] for row in rows if isinstance(row[n], int | Decimal)) if column.total else None
        for n, column in enumerate(columns)
    ]


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
