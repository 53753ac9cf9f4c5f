"""What a form starts with beyond its defaults: answers that a domain package knows already."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Case

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
