"""Questions about titles: the public register."""

from collections.abc import Sequence

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.people.models import Region, Unit
from app.titles.models import Title, TitleEvent, TitleRecord

PAGE = 50


def register(
    session: Session, *, text: str = "", programme: str = "", region: str = "", basis: str = "",
    before: int | None = None,
) -> tuple[list[Row], int | None]:
    """A page of the register, newest first, and the id to go on before (None: the last page). `region` is the code of a
    division: its own and those of divisions in it; `basis` how the title came in."""
    where = []
    if region:
        where.append(or_(Region.code == region, Region.city_code == region, Region.province_code == region))
    if basis:
        where.append(Title.basis == basis)
    if text:
        where.append(
            or_(
                Unit.name.icontains(text, autoescape=True),
                Title.number.icontains(text, autoescape=True),
                Unit.credit_code == text.strip().upper(),
            )
        )
    if programme:
        where.append(Title.programme == programme)
    if before is not None:
        where.append(Title.id < before)
    rows = session.execute(_shown().where(*where).order_by(Title.id.desc()).limit(PAGE + 1)).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None


def title(session: Session, public_id: str) -> tuple[Row, list[TitleEvent]]:
    """One title as the public sees it, with its events in order. Raises NotFound."""
    row = session.execute(_shown().where(Title.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound()
    events = session.scalars(select(TitleEvent).where(TitleEvent.title_id == row.id).order_by(TitleEvent.seq))
    return row, list(events)


def title_of_case(session: Session, case_id: int) -> Title | None:
    """The title that a case led to, if any."""
    return session.scalar(select(Title).where(Title.case_id == case_id).order_by(Title.id).limit(1))


def entered_by_case(session: Session, case_id: int) -> int:
    """How many titles a case entered."""
    return session.scalar(select(func.count()).where(Title.case_id == case_id)) or 0


def records(session: Session, title_id: int) -> Sequence[TitleRecord]:
    """What is known of a title's past from before the register: grades, then missed reports, each by period."""
    statement = select(TitleRecord).where(TitleRecord.title_id == title_id)
    return session.scalars(statement.order_by(TitleRecord.kind, TitleRecord.period)).all()


def _shown():
    return (
        select(
            Title.id, Title.public_id, Title.number, Title.name, Title.status, Title.granted_on, Title.valid_until,
            Title.document_number, Title.basis, Title.original, Title.classes, Title.case_id, Title.programme,
            Unit.name.label("holder"), Unit.credit_code, Region.name.label("region_name"),
        )
        .join(Unit, Title.holder_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
    )
