"""A form that was read: it validates answers, talks to pages and sheets, and works out figures."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from app.errors import Invalid
from app.formschema import html, loading, visibility
from app.formschema.checking import examine
from app.formschema.compiled import Compiled, compile_form
from app.formschema.fields import Field, FigureDefinition, Option, answering
from app.formschema.figures import Figure, compute
from app.formschema.problems import Problem

Answers = dict[str, object]


@dataclass(frozen=True)
class Column:
    """A column of a sheet. `printed` False: ours, left out of the regulated print."""

    key: str
    heading: str
    kind: str
    unit: str
    required: bool
    options: tuple[Option, ...]
    decimals: int | None
    help: str
    printed: bool


@dataclass(frozen=True)
class Sheet:
    """A table of the form as a flat sheet for xlsx."""

    key: str
    label: str
    columns: tuple[Column, ...]
    least_rows: int
    most_rows: int


@dataclass(frozen=True)
class Form:
    """A form without problems. `fields` is the tree that a page draws."""

    id: str
    title: str
    note: str
    clause: str
    fields: tuple[Field, ...]
    definitions: tuple[FigureDefinition, ...]

    @cached_property
    def _compiled(self) -> Compiled:
        return compile_form(self.fields)

    @cached_property
    def asked(self) -> tuple[Field, ...]:
        """The fields that hold an answer, in order, groups opened."""
        return tuple(answering(self.fields))

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all fields, columns of tables not among them."""
        return frozenset(self._compiled.by_key)

    def field(self, path: str) -> Field | None:
        """The field or column at a path such as "name", "staff.2.degree" or "staff.degree"; None if there is none."""
        key, _, rest = path.partition(".")
        found = self._compiled.by_key.get(key)
        if not rest or found is None:
            return found
        name = rest.rpartition(".")[2]
        return next((column for column in found.fields if column.key == name), None)

    def load(
        self,
        data: Mapping[str, object],
        *,
        partial: bool = False,
        files: Collection[str] | None = None,
        choices: loading.Choices | None = None,
    ) -> Answers:
        """Clean answers: text, int or Decimal, date, bool, list of texts (choices, file ids), list of rows.

        What wasn't answered has no key; blank rows and what a condition hides are dropped. `partial` is for drafts:
        anything incomplete passes, what isn't of its type doesn't. `files` are the ids that may be named (None: not
        looked at), `choices` the values offered where a field takes its options from elsewhere, by source.
        Raises Invalid with paths such as "staff.2.degree".
        """
        return loading.load(self._compiled, data, partial=partial, files=files, choices=choices or {})

    def dump(self, answers: Mapping[str, object]) -> Answers:
        """Clean answers as JSON holds them (dates and decimals as text); `load` reads them back unchanged."""
        return loading.plain(answers)

    def from_html(self, posted: object, *, blank_rows: bool = True) -> Answers:
        """What a page posted, as nested answers for `load`; see `app.formschema.html`."""
        return html.from_html(self.asked, posted, blank_rows=blank_rows)

    def to_html_values(self, answers: Mapping[str, object]) -> dict[str, object]:
        """What a page puts into its inputs, by flat name; also for answers that were refused."""
        return html.to_html_values(self.asked, answers)

    def defaults(self) -> Answers:
        """Answers that a fresh page starts with."""
        given = {field.key: field.default for field in self.asked if field.default not in (None, "", [])}
        return self.load(given, partial=True)

    def hidden(self, answers: Mapping[str, object]) -> frozenset[str]:
        """Keys of the fields, and paths of cells ("staff.0.degree"), hidden by a condition for these answers."""
        return frozenset(visibility.hidden(self._compiled, answers))

    def figures(self, answers: Mapping[str, object], *, given: Mapping[str, object] | None = None) -> dict[str, Figure]:
        """The form's figures and its fields marked as figures, by name, over clean answers.

        `given` hands over what the form can't know, such as the last full year ({"last_year": 2025}).
        """
        found = {
            field.figure: Figure(field.figure, field.label, _number(answers.get(field.key)), field.unit, field.clause)
            for field in self.asked
            if field.figure
        }
        return found | {one.name: compute(one, answers, given or {}) for one in self.definitions}

    def values(self, answers: Mapping[str, object], *, given: Mapping[str, object] | None = None) -> dict[str, object]:
        """Everything a decision table may ask for, by name: figures, and each field that isn't a table.

        None where nothing was answered; a checklist gives a tuple of the values ticked, a filepicker how many files.
        """
        found: dict[str, object] = {field.key: _asked_for(field, answers.get(field.key)) for field in self.asked}
        for field in self.asked:
            if field.is_table:
                del found[field.key]
        return found | {name: figure.value for name, figure in self.figures(answers, given=given).items()}

    def scalars(self, answers: Mapping[str, object]) -> dict[str, str | int | bool | None]:
        """What may go to the engine: the fields marked `engine`, null where nothing was answered. Nothing else."""
        return {field.key: answers.get(field.key) for field in self.asked if field.engine}

    def warnings(
        self, answers: Mapping[str, object], *, given: Mapping[str, object] | None = None
    ) -> dict[str, list[str]]:
        """What a person should look at before submitting, by path; none of it refuses."""
        found = {}
        for field in self.asked:
            if said := _outside(field, answers.get(field.key)):
                found[field.key] = [said]
        figures = self.figures(answers, given=given)
        for one in self.definitions:
            counted, typed = figures[one.name].value, answers.get(one.compare) if one.compare else None
            if counted is not None and typed is not None and counted != typed:
                said = f"填报数 {typed} 与表格中得出的“{one.label}” {_said(counted)} 不一致，请核对。"
                found.setdefault(one.compare, []).append(said)
        return found

    def shown(self, answers: Mapping[str, object], *, to: Collection[str]) -> Answers:
        """The answers without those that none of the relations in `to` may see."""
        found = {}
        for field in self.asked:
            if field.key not in answers or not _visible(field, to):
                continue
            found[field.key] = answers[field.key]
            if field.is_table:
                columns = {column.key for column in field.fields if _visible(column, to)}
                rows = answers[field.key]
                found[field.key] = [{key: row[key] for key in row if key in columns} for row in rows]
        return found

    def fields_shown(self, *, to: Collection[str]) -> tuple[Field, ...]:
        """The tree of fields without those that none of the relations in `to` may see, and without empty groups."""
        return tuple(_tree_shown(self.fields, to))

    def missing_for(self, outcome: str, answers: Mapping[str, object]) -> dict[str, Field]:
        """What must be filled in for an outcome of the step and isn't, by path (fields and cells); what is hidden isn't
        asked for."""
        if not outcome:
            return {}
        hidden = self.hidden(answers)
        asked = {field.key: (field, answers.get(field.key)) for field in self.asked}
        for table in self.asked:
            columns = [column for column in table.fields if column.needed_for]
            rows = answers.get(table.key) if columns and table.is_table and table.key not in hidden else None
            for place, row in enumerate(rows or ()):
                asked |= {f"{table.key}.{place}.{column.key}": (column, row.get(column.key)) for column in columns}
        return {
            path: field for path, (field, said) in asked.items()
            if outcome in field.needed_for and path not in hidden and said in (None, "", [], False)
        }

    def tables(self) -> tuple[Sheet, ...]:
        """The tables of the form as flat sheets, in order."""
        return tuple(
            Sheet(field.key, field.label, tuple(map(_column, field.fields)), int(field.minimum or 0), field.most)
            for field in self.asked
            if field.is_table
        )


def check_form(data: bytes | str | Mapping) -> list[Problem]:
    """What keeps a form from being deployed, in a designer's words; empty if nothing."""
    return examine(data)[3]


def read_form(data: bytes | str | Mapping) -> Form:
    """The form; raises Invalid with the problems by path if it has any."""
    source, tree, figures, problems = examine(data)
    if problems:
        found: dict[str, list[str]] = {}
        for problem in problems:
            found.setdefault(problem.path, []).append(f"{problem.message}{problem.remedy}")
        raise Invalid(found, "表单有错误，不能使用。请按提示修改。")
    texts = (str(source.get(name) or "") for name in ("id", "title", "note", "clause"))
    return Form(*texts, fields=tree, definitions=figures)


def _tree_shown(fields: tuple[Field, ...], to: Collection[str]) -> Iterator[Field]:
    for field in fields:
        if not _visible(field, to):
            continue
        inner = tuple(_tree_shown(field.fields, to))
        if inner or not field.fields:
            yield replace(field, fields=inner) if inner != field.fields else field


def _number(value: object) -> Decimal | int | None:
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _said(number: Decimal | int) -> str:
    return format(round(Decimal(number), 2).normalize(), "f")


def _asked_for(field: Field, answer: object) -> object:
    if field.kind == "checklist":
        return tuple(answer) if isinstance(answer, list) else None
    if field.kind == "filepicker":
        return len(answer) if isinstance(answer, list) else 0
    return answer if isinstance(answer, str | int | Decimal | date | None) else None


def _visible(field: Field, to: Collection[str]) -> bool:
    return not field.shown_to or any(relation in to for relation in field.shown_to)


def _outside(field: Field, answer: object) -> str:
    """The warning for a text or number outside the field's usual range."""
    if answer is None or (field.warn_min is None and field.warn_max is None):
        return ""
    size, unit = (len(answer), " 字") if isinstance(answer, str) else (answer, f" {field.unit}".rstrip())
    if field.warn_min is not None and size < field.warn_min:
        return f"“{field.label}”一般不少于 {field.warn_min}{unit}，现为 {size}{unit}。"
    if field.warn_max is not None and size > field.warn_max:
        return f"“{field.label}”一般不超过 {field.warn_max}{unit}，现为 {size}{unit}。"
    return ""


def _column(field: Field) -> Column:
    return Column(
        key=field.key,
        heading=field.heading,
        kind=field.kind,
        unit=field.unit,
        required=field.required,
        options=field.options,
        decimals=field.decimals,
        help=field.help,
        printed=field.print,
    )
