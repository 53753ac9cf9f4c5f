"""Questions about cases: the inbox, a case with its parts, its story. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    column,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from app import clock
from app.audit import queries as audit
from app.cases import deadlines
from app.cases.models import ActRow, Answer, Case, Catch, Deadline, Draft, Message, Task, Timer
from app.errors import NotFound
from app.people import queries as people
from app.people.models import Person, Unit
from app.people.queries import Identity

PAGE = 50
COUNTED_UP_TO = 1_000
_title = table("title", column("id"), column("recommender_id"))
"""The register, as far as the sight of cases asks it; it belongs to app.titles, above."""


@dataclass(frozen=True)
class InboxRow:
    """One task of the inbox, with its light at legal time."""

    public_id: str
    name: str
    role: str
    number: str
    case_public_id: str
    case_title: str
    applicant: str
    claimed_by: int | None
    claimed_by_name: str
    misplaced: bool
    opened_at: datetime
    ends_at: datetime
    id: int
    light: deadlines.Light


@dataclass(frozen=True)
class InboxFilter:
    """What to show: `light` is "", red, yellow; `claimed` is "", mine, nobody; `element` a step's name; `text` is
    searched in number and title."""

    light: str = ""
    claimed: str = ""
    name: str = ""
    text: str = ""


def inbox(
    session: Session, identity: Identity, *, chosen: InboxFilter | None = None,
    after: tuple[datetime, int] | None = None,
) -> tuple[list[InboxRow], tuple[datetime, int] | None]:
    """A page of the person's open tasks, most urgent first, and the key to start the next page after (None: the last).

    Order: end of the deadline, then id; never an offset, so the thousandth page costs what the first does.
    """
    where = _conditions(identity, chosen or InboxFilter())
    if after is not None:
        where.append(tuple_(Task.ends_at, Task.id) > tuple_(*after))
    rows = session.execute(
        select(
            Task.public_id, Task.name, Task.role, Case.number, Case.public_id.label("case_public_id"),
            Case.title.label("case_title"), func.coalesce(Unit.name, "").label("applicant"), Task.claimed_by,
            func.coalesce(Person.name, "").label("claimed_by_name"), Task.misplaced, Task.opened_at, Task.ends_at,
            Task.id, Case.region_code, Deadline.last_day, Deadline.provisional, Deadline.status.label("running"),
        )
        .join(Case, Task.case_id == Case.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .outerjoin(Unit, Case.applicant_id == Unit.id)
        .outerjoin(Person, Task.claimed_by == Person.id)
        .where(*where)
        .order_by(Task.ends_at, Task.id)
        .limit(PAGE + 1)
    ).all()
    page = [_inbox_row(row) for row in rows[:PAGE]]
    return page, (page[-1].ends_at, page[-1].id) if len(rows) > PAGE else None


def inbox_counts(session: Session, identity: Identity) -> dict[str, int]:
    """How many open tasks the person has in all and overdue, counted up to 1,000."""
    counts = {}
    for key, extra in (("open", []), ("overdue", [Task.ends_at <= clock.now()])):
        few = select(literal_column("1")).where(*_conditions(identity, InboxFilter()), *extra).limit(COUNTED_UP_TO + 1)
        counts[key] = session.scalar(select(func.count()).select_from(few.subquery())) or 0
    return counts


def step_names(session: Session, identity: Identity) -> list[str]:
    """The names of the steps at which tasks are open for the person: the inbox's filter."""
    return list(session.scalars(select(Task.name).where(*_base(identity)).distinct().order_by(Task.name)))


def case_seen_by(session: Session, identity: Identity, public_id: str) -> Case:
    """A case in the person's sight. Raises NotFound for one that doesn't exist or lies outside."""
    case = session.scalar(select(Case).where(Case.public_id == public_id, in_sight(identity)))
    if case is None:
        raise NotFound()
    return case


def case_if_seen(session: Session, identity: Identity, case_id: int) -> Case | None:
    """A case by id, if it lies in the person's sight."""
    return session.scalar(select(Case).where(Case.id == case_id, in_sight(identity)))


def in_sight(identity: Identity) -> ColumnElement[bool]:
    """Which cases a person may read: those of the own reach, those that the unit recommends, those of titles that were
    handed over to it, and while a task of this very person is open its own case and the one that it is about (an
    expert's score, a check)."""
    if identity.roles <= people.ONLY_ASSIGNED:
        answered = false()
    else:
        handed = select(_title.c.id).where(_title.c.recommender_id == identity.unit_id)
        answered = or_(Case.recommender_id == identity.unit_id, Case.title_id.in_(handed))
    own = aliased(Case)
    claimed = (Task.claimed_by == identity.person_id, Task.status == "open")
    about = select(own.about_id).join(Task, Task.case_id == own.id).where(*claimed, own.about_id.is_not(None))
    mine = select(Task.case_id).where(*claimed)
    return or_(people.case_scope(identity, Case), answered, Case.id.in_(about), Case.id.in_(mine))


def cases(
    session: Session, identity: Identity, *, text: str = "", status: str = "", before: int | None = None
) -> tuple[list[Row], int | None]:
    """A page of the cases in the person's sight, newest first, and the id to go on before (None: the last page)."""
    where = [in_sight(identity)]
    if text:
        where.append(or_(Case.number.icontains(text, autoescape=True), Case.title.icontains(text, autoescape=True)))
    if status:
        where.append(Case.status == status)
    if before is not None:
        where.append(Case.id < before)
    rows = session.execute(
        select(
            Case.id, Case.public_id, Case.number, Case.title, Case.status, Case.outcome, Case.opened_at,
            func.coalesce(Unit.name, "").label("applicant"),
        )
        .outerjoin(Unit, Case.applicant_id == Unit.id)
        .where(*where)
        .order_by(Case.id.desc())
        .limit(PAGE + 1)
    ).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None


def tasks(session: Session, case_id: int) -> Sequence[Row]:
    """All tasks of a case in the order in which they opened, with who holds or held them and their deadline."""
    holder = select(Person.name).where(Person.id == func.coalesce(Task.closed_by, Task.claimed_by)).scalar_subquery()
    return session.execute(
        select(Task, Unit.name.label("unit_name"), holder.label("holder"), Deadline)
        .join(Unit, Task.unit_id == Unit.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .where(Task.case_id == case_id)
        .order_by(Task.id)
    ).all()


def timers(session: Session, case_id: int) -> Sequence[Row]:
    """All timers of a case with their deadlines, in the order in which they were armed."""
    return session.execute(
        select(Timer, Deadline).join(Deadline, Timer.deadline_id == Deadline.id)
        .where(Timer.case_id == case_id).order_by(Timer.id)
    ).all()


def catches(session: Session, case_id: int) -> Sequence[Catch]:
    """All points of a case that wait or waited for a message."""
    return session.scalars(select(Catch).where(Catch.case_id == case_id).order_by(Catch.id)).all()


def answers(session: Session, case_id: int) -> Sequence[Row]:
    """What was filled in, in order: (Answer, Task, name of the person)."""
    return session.execute(
        select(Answer, Task, Person.name.label("person_name"))
        .join(Task, Answer.task_id == Task.id)
        .join(Person, Answer.person_id == Person.id)
        .where(Answer.case_id == case_id)
        .order_by(Answer.id)
    ).all()


def latest_answers(session: Session, case_id: int) -> dict[str, Any]:
    """The last answers of each form of a case: form -> values."""
    rows = session.execute(select(Answer.form, Answer.values).where(Answer.case_id == case_id).order_by(Answer.id))
    return dict(rows.all())


def last_answer_of_title(session: Session, case_id: int, form: str) -> dict[str, Any]:
    """The last answer to a form in any case of the title to which a case belongs; empty where there is none."""
    title = select(Case.title_id).where(Case.id == case_id).scalar_subquery()
    found = session.scalar(
        select(Answer.values).join(Case, Answer.case_id == Case.id)
        .where(Case.title_id == title, Answer.form == form).order_by(Answer.id.desc()).limit(1)
    )
    return dict(found or {})


def left_behind(session: Session, case_id: int) -> list[tuple[str, dict[str, Any]]]:
    """Drafts of tasks that ended before they were done (a timer ended them), the newest first: (element, values)."""
    rows = session.execute(
        select(Task.element, Draft.values).join(Draft, Draft.task_id == Task.id)
        .where(Task.case_id == case_id, Task.status == "cancelled").order_by(Task.id.desc())
    )
    return [(row.element, row.values) for row in rows]


def all_answers(session: Session, case_id: int) -> Sequence[Any]:
    """What was answered in a case, in the order in which it was."""
    return session.scalars(select(Answer.values).where(Answer.case_id == case_id).order_by(Answer.id)).all()


def deadline(session: Session, deadline_id: int) -> Deadline:
    """One deadline by id."""
    return session.get_one(Deadline, deadline_id)


def draft(session: Session, task_id: int) -> Draft | None:
    """The draft of a task, if something was saved."""
    return session.get(Draft, task_id)


def story(session: Session, case_id: int, *, limit: int = 200) -> Sequence[Any]:
    """The case's latest audit entries, oldest first, as the case page tells them."""
    return audit.story(session, f"case:{case_id}", limit=limit)[::-1]


def waiting_messages(session: Session) -> Sequence[Row]:
    """Messages that have waited for more than a day: nobody may ever take them, so a person should look."""
    return session.execute(
        select(Message, Case.number, Case.public_id, Case.status)
        .join(Case, Message.to_case_id == Case.id)
        .where(Message.status == "waiting", Message.created_at < clock.now() - timedelta(days=1))
        .order_by(Message.id)
        .limit(200)
    ).all()


@dataclass(frozen=True)
class Backlog:
    """What is due and not yet carried out; `oldest` is the due instant of the timer that waits longest."""

    timers: int
    oldest: datetime | None
    act_rows: int


def backlog(session: Session) -> Backlog:
    """How far the worker is behind."""
    timers, oldest = session.execute(
        select(func.count(), func.min(Timer.due_at)).where(Timer.status == "waiting", Timer.due_at <= clock.now())
    ).one()
    act_rows = session.scalar(select(func.count()).select_from(ActRow).where(ActRow.status == "waiting")) or 0
    return Backlog(timers, oldest, act_rows)


def failing(session: Session) -> Sequence[Row]:
    """Due items that failed and are tried again: (kind, number, attempts, retry_at, error)."""
    found: list[Row] = []
    for model, case_id, kind in (
        (Timer, Timer.case_id, "计时"), (Message, Message.to_case_id, "消息"), (ActRow, ActRow.case_id, "批文条目")
    ):
        found += session.execute(
            select(literal(kind).label("kind"), Case.number, model.attempts, model.retry_at, model.error)
            .join(Case, case_id == Case.id)
            .where(model.status == "waiting", model.attempts > 0)
            .order_by(model.id)
            .limit(100)
        ).all()
    return found


def _inbox_row(row: Row) -> InboxRow:
    light = deadlines.light(
        row.ends_at, last_day=row.last_day, provisional=row.provisional, region_code=row.region_code,
        awaiting=row.running == "awaiting", stopped=row.running == deadlines.STOPPED,
    )
    return InboxRow(*row[:13], light=light)


def about(session: Session, identity: Identity, case: Case) -> Case | None:
    """The case that a case is about, where the person may read it."""
    if case.about_id is None:
        return None
    return session.scalar(select(Case).where(Case.id == case.about_id, in_sight(identity)))


def _base(identity: Identity) -> list[Any]:
    where = [Task.status == "open", Task.unit_id == identity.unit_id, Task.role.in_(sorted(identity.roles))]
    if identity.roles & people.ONLY_ASSIGNED:
        where.append(or_(Task.role.not_in(people.ONLY_ASSIGNED), Task.claimed_by == identity.person_id))
    return where


def _conditions(identity: Identity, chosen: InboxFilter) -> list[Any]:
    where = _base(identity)
    now = clock.now()
    if chosen.light == "red":
        where.append(Task.ends_at <= now)
    elif chosen.light == "open":
        where.append(Task.ends_at > now)
    if chosen.claimed == "mine":
        where.append(Task.claimed_by == identity.person_id)
    elif chosen.claimed == "nobody":
        where.append(Task.claimed_by.is_(None))
    if chosen.name:
        where.append(Task.name == chosen.name)
    if chosen.text:
        found = select(Case.id).where(
            or_(Case.number.icontains(chosen.text, autoescape=True), Case.title.icontains(chosen.text, autoescape=True))
        )
        where.append(Task.case_id.in_(found))
    return where
