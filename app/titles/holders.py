"""The holder of a title as who acts in its cases."""

from sqlalchemy.orm import Session

from app.cases.steps import CaseRow
from app.cases.words import Found
from app.errors import Refused
from app.programmes.queries import Programme


def find(_session: Session, case: CaseRow, _programme: Programme, _role: str) -> Found:
    """The holder's unit. Raises Refused for a case that has none."""
    if case.applicant_id is None:
        raise Refused("此办件没有称号单位，无法确定办理人。")
    return case.applicant_id, None
