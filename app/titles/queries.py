"""Questions about titles: the public register, and how a title stood on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.errors import NotFound
from app.people.models import Region, Unit
from app.titles import changing, expiry, standing
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


@dataclass(frozen=True)
class Answer:
    """How a title stood on a day. `status` is a key of standing.STATUSES, None before its beginning; it has held
    `since` a day, by `clause` and `decision`, as was recorded at `recorded_at` (None where nothing was recorded: its
    last day passed by itself). `events` are those that count by that day, in the order in which they count."""

    title: Title
    on: date
    status: str | None
    valid_until: date | None
    holder_name: str
    since: date | None
    clause: str
    decision: str
    recorded_at: datetime | None
    events: Sequence[TitleEvent]

    @property
    def stands(self) -> bool:
        """Whether it was recognised."""
        return self.status in standing.STANDS

    @property
    def recorded_later(self) -> bool:
        """Whether it was recorded on a later day than that from which it counts."""
        return self.recorded_at is not None and clock.local(self.recorded_at).date() > (self.since or date.max)

    @property
    def said(self) -> str:
        """Why it wasn't recognised, or how else it stood, in one sentence; "" for one in force without more to say."""
        if self.status is None:
            return f"该称号自 {self.title.granted_on} 起认定，当日尚未认定。"
        if self.recorded_at is None:
            return f"该称号有效期至 {self.valid_until}，当日已过有效期。"
        if self.status in ("active", "entered"):
            return ""
        late = f"，{clock.local(self.recorded_at).date()} 登记" if self.recorded_later else ""
        by = "，".join(part for part in (self.clause, self.decision) if part)
        return f"该称号自 {self.since} 起{standing.STATUSES[self.status]}{f'（{by}）' if by else ''}{late}。"


def standing_on(
    session: Session, number_or_credit_code: str, programme: str, day: date, known_at: datetime | None = None
) -> list[Answer]:
    """How titles stood on a day: the one of a number, or those that the institution of a credit code has had (of a
    programme; "" for all), what stood first. `known_at`: by what had been recorded then; None: by all.

    Nothing for a number that was never given out. The day's status is the fold of the events, and a last day that has
    passed without an event ends the title all the same.
    """
    asked = number_or_credit_code.strip()
    statement = (
        select(Title).join(Unit, Title.holder_id == Unit.id)
        .where(or_(Title.number == asked, Unit.credit_code == asked.upper())).order_by(Title.granted_on, Title.id)
    )
    if programme:
        statement = statement.where(Title.programme == programme)
    found = [_answer(session, title, day, known_at) for title in session.scalars(statement)]
    return sorted(found, key=lambda one: (not one.stands, one.status is None, date.max - one.title.granted_on))


def _answer(session: Session, title: Title, day: date, known_at: datetime | None) -> Answer:
    events = changing.events_of(session, title.id)
    began = changing.began_until(title, events)
    state = standing.fold(events, on=day, valid_until=began, known_at=known_at)
    if state is None:
        return Answer(title, day, None, title.valid_until, title.holder_name, None, "", "", None, [])
    known = [event for event in events if known_at is None or event.recorded_at <= known_at]
    counted = [event for event in standing.in_force(known, on=day)
               if event.kind not in ("annulled", "corrected") or event.details]
    name = state.holder_name or _first_name(title, known)
    if state.over(day):
        clause = expiry.clause_of_the_end(changing.programme_of(session, title), title)
        since = workdays.day_after(state.valid_until or day)
        return Answer(title, day, "expired", state.valid_until, name, since, clause, "", None, counted)
    by = next(event for event in events if event.seq == state.by)
    return Answer(title, day, state.status, state.valid_until, name, by.effective_on, by.clause, by.decision,
                  by.recorded_at, counted)


def _first_name(title: Title, events: Sequence[TitleEvent]) -> str:
    """The holder's name before the first event that changed it."""
    named = next((event for event in standing.in_force(events) if "holder_name" in event.details), None)
    return named.details.get("holder_name_before") or title.holder_name if named is not None else title.holder_name


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
