"""Questions about change reports: the list of an office, and what one case says of its change."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.changes.models import ChangeReport, Rectification
from app.people import queries as people
from app.people.models import Region
from app.people.queries import Identity
from app.titles.models import Title

PAGE = 50
STATUSES = (
    ("", "全部"), ("open", "未报告"), ("reported", "核实中"), ("late", "逾期报告"), ("kept", "保留称号"),
    ("not_passed", "不再符合条件"), ("withdrawn", "已撤回或终止"),
)
"""What the list may be narrowed to: a status, or those that were late."""


def listed(
    session: Session, by: Identity, *, status: str = "", text: str = "", before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[Row[Any]], int | None]:
    """A page of the change reports in a person's sight, newest first, and the id to go on before (None: the last
    page). Columns: Report (the row), number and public id of its case, title, place."""
    where = [people.case_scope(by, Case)]
    if status == "late":
        where.append(ChangeReport.late)
    elif status:
        where.append(ChangeReport.status == status)
    if text:
        where.append(or_(
            Title.holder_name.icontains(text, autoescape=True), Title.number.icontains(text, autoescape=True),
            Case.number.icontains(text, autoescape=True),
        ))
    if before is not None:
        where.append(ChangeReport.id < before)
    rows = session.execute(
        select(
            ChangeReport.id, ChangeReport.programme, ChangeReport.kind, ChangeReport.changed_on, ChangeReport.due_on,
            ChangeReport.provisional, ChangeReport.reported_at, ChangeReport.late, ChangeReport.noted_by,
            ChangeReport.status, ChangeReport.decision, ChangeReport.facts, Case.release_id,
            Case.number.label("case_number"), Case.public_id.label("case_public_id"), Title.holder_name,
            Title.number.label("title_number"), Title.public_id.label("title_public_id"),
            Region.name.label("region"),
        )
        .join(Case, ChangeReport.case_id == Case.id)
        .join(Title, ChangeReport.title_id == Title.id)
        .join(Region, Case.region_code == Region.code)
        .where(and_(*where)).order_by(ChangeReport.id.desc()).limit(limit + 1)
    ).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def of_case(session: Session, case_id: int) -> ChangeReport | None:
    """The change that a case is about."""
    return session.scalar(select(ChangeReport).where(ChangeReport.case_id == case_id))


def rectification_of_case(session: Session, case_id: int) -> Rectification | None:
    """The rectification that a case is."""
    return session.scalar(select(Rectification).where(Rectification.case_id == case_id))
