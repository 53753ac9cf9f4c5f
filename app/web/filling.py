"""A task's form on its way through the edge: what it starts with, what may be changed in it, what it makes known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

from flask import g, url_for

from app.batches import queries as batches
from app.cases import corrections, operations, prefilling, queries
from app.cases.corrections import Revision
from app.documents import queries as papers
from app.errors import Invalid
from app.formschema import Field, Form
from app.formschema.fields import CARRIES_LAST
from app.formschema.taking import is_blank
from app.people import queries as people
from app.people.models import Person
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.sanctions import queries as sanctions
from app.web import ahead


@dataclass(frozen=True)
class Filling:
    """A task that somebody may do, with its form and what it revises (None: nothing). Its row says when its draft was
    saved; what the draft says is read when a page starts with it."""

    task: Any
    programme: Programme
    element: Any
    form: Form
    revision: Revision | None

    @property
    def seen(self) -> int:
        """The revision of the draft that a page shows; 0 where there is none."""
        return self.task.draft_revision or 0

    @property
    def is_open_to_me(self) -> bool:
        """Whether who asks may still fill it in: open, of one's own unit and role, and claimed by nobody else."""
        task = self.task
        mine = task.unit_id == g.identity.unit_id and task.role in g.identity.roles
        return mine and task.status == "open" and task.claimed_by in (None, g.identity.person_id)

    def merged(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Answers with those to closed fields as they were."""
        return self.revision.merged(answers) if self.revision else dict(answers)

    def closed(self) -> frozenset[str]:
        """The keys of the fields that may be read but not changed."""
        if self.revision is None or self.revision.open is None:
            return frozenset()
        return self.form.keys - self.revision.open

    def starting(self, session: Any) -> dict[str, Any]:
        """What a page starts with: the draft, else the earlier answers, else defaults and what is known anyway."""
        if self.task.draft_revision is not None and (draft := queries.draft(session, self.task.id)) is not None:
            return self.merged(draft.values)
        if self.revision is not None:
            return dict(self.revision.values)
        known = prefilling.values(session, self.task.case_id, self.element.properties["form"])
        return {**self.form.dump(self.form.defaults()), **_prefilled(session, self), **known, **self.carried(session)}

    def carried(self, session: Any) -> dict[str, Any]:
        """What fields take over from elsewhere (`carries`): from the last report of the title to the same form, or from
        another form of the case; what they can't hold is left out."""
        wanted = [field for field in self.form.asked if field.carries]
        if not wanted or not self.is_open_to_me:
            return {}
        given: dict[str, Any] = self._typed_before(session)
        last: Mapping[str, Any] | None = None
        here: Mapping[str, Mapping[str, Any]] | None = None
        for field in wanted:
            if field.carries == CARRIES_LAST:
                if last is None:
                    last = queries.last_answer_of_title(
                        session, self.task.case_id, self.element.properties["form"]
                    )
                value = last.get(field.key)
            else:
                form, _, key = field.carries.partition(".")
                here = queries.latest_answers(session, self.task.case_id) if here is None else here
                value = here.get(form, {}).get(key)
            if has_answer(value) and field.key not in given:
                given[field.key] = _of_its_columns(field, value)
        return draft_answers(self.form, given, None)[0] if given else {}

    def _typed_before(self, session: Any) -> dict[str, Any]:
        """What was typed into the same form at a task of the case that its timer ended."""
        elements = self.programme.specification(self.task.case_diagram).elements
        for element, values in queries.left_behind(session, self.task.case_id):
            if elements[element].properties.get("form") == self.element.properties["form"]:
                return dict(values)
        return {}

    def papers(self, session: Any) -> frozenset[str] | None:
        """Ids of the files that the answers may name."""
        return operations.papers_of(session, self.form, self.task, revised=self.revision is not None)


def opened(session: Any, public_id: str) -> Filling:
    """The task of a page. Raises NotFound where it is out of sight, NotAllowed where it is another's."""
    rows = ahead.taken()
    task = operations.read_task(session, public_id) if rows is None else operations.the_task(rows)
    operations.see_that_it_may(g.identity, task)
    return of_task(session, task)


def of_task(session: Any, task: Any) -> Filling:
    """A task row (of `operations.read_task`) with its form; asks nothing about who may do it."""
    programme = programmes.programme(session, task.case_release_id)
    element = programme.specification(task.case_diagram).elements[task.element]
    form = programme.form(element.properties["form"])
    revision = corrections.revision(session, task, programme)
    return Filling(task, programme, element, form, revision)


def draft_answers(form: Form, answers: Mapping[str, Any], files: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What of half-typed answers can be kept, as JSON holds it, and why the rest can't, by path.

    A word in a field of numbers must not keep the other ninety fields from being saved. Raises Invalid where that
    isn't a matter of single answers (names that the form doesn't have, too many rows).
    """
    try:
        return form.dump(form.load(answers, partial=True, files=files)), {}
    except Invalid as error:
        left_out = error.fields
        if any(form.field(path) is None for path in left_out):
            raise
    kept = without(answers, left_out)
    return form.dump(form.load(kept, partial=True, files=files)), left_out


def without(answers: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Answers without the answer or the cell at each path."""
    kept = {key: _copied(value) for key, value in answers.items()}
    for path in paths:
        key, _, rest = path.partition(".")
        place, _, column = rest.partition(".")
        rows = kept.get(key)
        if not rest:
            kept.pop(key, None)
        elif isinstance(rows, list) and place.isdigit() and int(place) < len(rows):
            rows[int(place)].pop(column, None)
    return kept


def _copied(value: Any) -> Any:
    return [dict(row) if isinstance(row, Mapping) else row for row in value] if isinstance(value, list) else value


def wrong_so_far(form: Form, answers: Mapping[str, Any], files: Any = None) -> dict[str, list[str]]:
    """What is wrong in what was answered, by path; what is still empty isn't complained of."""
    try:
        form.load(answers, files=files)
    except Invalid as error:
        return {path: messages for path, messages in error.fields.items() if _is_answered(answers, path)}
    return {}


def with_papers(session: Any, filling: Filling, values: dict[str, Any]) -> dict[str, Any]:
    """Flat values of a page with each file's id replaced by what the page shows of it; ids that the answers may not
    name are left out."""
    names = [name for name in values if holds_files(filling.form, name)]
    if not names:
        return values
    allowed = filling.papers(session) or frozenset()
    wanted = {paper for name in names for paper in values[name]} & allowed
    found = papers.named(session, wanted)
    return values | {name: [shown_paper(found[i]) for i in values[name] if i in found] for name in names}


def holds_files(form: Form, name: str) -> bool:
    """Whether a name of the page (as `staff-2-proof`) is that of a field for files."""
    field = form.field(name.replace("-", "."))
    return field is not None and field.kind == "filepicker"


def shown_paper(row: Any) -> Any:
    """A document as pages show it: id, name, size in words, where to get it."""
    size = f"{row.size / 1_048_576:.1f} MB" if row.size >= 1_048_576 else f"{max(row.size // 1024, 1)} KB"
    return SimpleNamespace(id=row.public_id, name=row.name, size_words=size,
                           url=url_for("documents.download", public_id=row.public_id))


def totals(form: Form, answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sums of the columns from which a figure is taken, by table and column; nothing for what isn't a number yet."""
    summed: dict[str, dict[str, Any]] = {}
    for definition in form.definitions:
        if definition.field and definition.kind in ("sum", "share", "average"):
            summed.setdefault(definition.table, {})[definition.field] = None
    for table, columns in summed.items():
        rows = answers.get(table)
        for key in columns:
            columns[key] = _sum(form.field(f"{table}.{key}"), rows if isinstance(rows, list) else [])
    return {table: {key: value for key, value in columns.items() if value is not None}
            for table, columns in summed.items()}


def _sum(column: Field | None, rows: list[Any]) -> Any:
    if column is None or column.kind != "number":
        return None
    found = Decimal(0)
    for row in rows:
        said = row.get(column.key) if isinstance(row, Mapping) else None
        try:
            found += Decimal(str(said).replace(",", "")) if not is_blank(said) else 0
        except InvalidOperation:
            continue
    return format(found, "f")


def has_answer(value: Any) -> bool:
    """Whether something was answered: a tick counts, rows left blank don't."""
    if isinstance(value, list):
        return any(has_answer(item) for item in value)
    if isinstance(value, Mapping):
        return any(has_answer(item) for item in value.values())
    return not is_blank(value) and value is not False


def _of_its_columns(field: Field, value: Any) -> Any:
    """Rows with the columns that the table has; other values as they are."""
    if not field.is_table or not isinstance(value, list):
        return value
    keys = {column.key for column in field.fields}
    return [{key: said for key, said in row.items() if key in keys} for row in value if isinstance(row, Mapping)]


def _is_answered(answers: Mapping[str, Any], path: str) -> bool:
    key, _, rest = path.partition(".")
    value = answers.get(key)
    if rest:
        place, _, column = rest.partition(".")
        rows = value if isinstance(value, list) else []
        row = rows[int(place)] if place.isdigit() and int(place) < len(rows) else None
        value = row.get(column) if isinstance(row, Mapping) else None
    return has_answer(value)


def _prefilled(session: Any, filling: Filling) -> dict[str, Any]:
    """What the house knows of who fills in; only what the field can hold."""
    wanted = [field for field in filling.form.asked if field.prefill and field.default in (None, "")]
    if not wanted or not filling.is_open_to_me:
        return {}
    known = _known(session, filling)
    said = {field.key: known.get(field.prefill, "") for field in wanted}
    given = {key: value for key, value in said.items() if value}
    return filling.form.dump(filling.form.load(given, partial=True))


def _known(session: Any, filling: Filling) -> dict[str, str]:
    unit, person = people.unit(session, filling.task.unit_id), session.get_one(Person, g.identity.person_id)
    batch = batches.batch_of_case(session, filling.task.case_id)
    region = people.region(session, unit.region_code).name if unit.region_code else ""
    return {
        "unit.name": unit.name, "unit.credit_code": unit.credit_code or "", "unit.address": unit.address,
        "unit.region": region, "unit.contact": unit.contact_name, "unit.phone": unit.contact_phone,
        "unit.email": unit.contact_email, "person.name": person.name, "person.phone": person.phone,
        "person.email": person.email, "programme.name": filling.programme.name,
        "programme.authority": filling.programme.authority.name, "batch.name": batch.name if batch else "",
        "sanction.draft": sanctions.draft(session, filling.task.case_id, filling.programme),
    }
