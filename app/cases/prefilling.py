"""What a form starts with beyond its defaults: answers that a domain package knows already."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.cases import queries
from app.cases.models import Case
from app.errors import Invalid
from app.formschema import Form

_givers: list[Callable[[Session, Case, str], Mapping[str, Any]]] = []


def gives(give: Callable[[Session, Case, str], Mapping[str, Any]]) -> Callable:
    """Register f(session, case, form key) -> answers as they are stored, {} where it knows nothing of this form."""
    _givers.append(give)
    return give


def values(session: Session, case_id: int, form: str) -> dict[str, Any]:
    """All that is known beforehand of a form of a case."""
    case, found = session.get_one(Case, case_id), {}
    for give in _givers:
        found |= give(session, case, form)
    return found


def with_given_rows(session: Session, case_id: int, form: Form, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answers in which each table of given rows has the rows that it carries, with its read-only cells as they were
    submitted there; of what was sent only the other columns count. Raises Invalid at a table with more rows than that.
    """
    tables = [field for field in form.asked if field.given_rows]
    if not tables:
        return answers
    there, found = queries.latest_answers(session, case_id), dict(answers)
    for field in tables:
        source, _, key = field.carries.partition(".")
        given, sent = there.get(source, {}).get(key) or [], answers.get(field.key) or []
        if not isinstance(sent, Sequence):
            raise Invalid({field.key: [f"“{field.label}”应为各行的内容。请刷新页面后重新填写。"]})
        if len(sent) > len(given):
            raise Invalid({field.key: [f"“{field.label}”共 {len(given)} 行，不能增加。请刷新页面后重新填写。"]})
        own = [column.key for column in field.fields if not column.readonly]
        closed = [column.key for column in field.fields if column.readonly]
        filled = [*sent, *({} for _ in given)]
        found[field.key] = [{**_of(row, closed), **_of(typed, own)} for row, typed in zip(given, filled, strict=False)]
    return found


def _of(row: Any, columns: list[str]) -> dict[str, Any]:
    return {key: row[key] for key in columns if key in row} if isinstance(row, Mapping) else {}
