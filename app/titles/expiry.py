"""期满: a title ends on the day after its last, by what the worker finds due then; whoever evaluates it may ask for the
status "under evaluation" instead."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app import clock, workdays
from app.programmes.queries import Programme
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent

EXPIRE = "expire"
UNDER_EVALUATION = "under_evaluation"
Asker = Callable[[Session, Title], str | None]

_askers: list[Asker] = []
_MOVES = standing.BEGINNINGS | {"renewed", "stayed", "stay_lifted", "annulled", "corrected"}


def ask(asker: Asker) -> Asker:
    """Register f(session, title) -> "under_evaluation" or None: it is asked when the day after a title's last one has
    begun, the title locked. Where one says "under_evaluation" the title isn't expired but evaluated."""
    _askers.append(asker)
    return asker


@changing.on_change
def plan(session: Session, title: Title, event: TitleEvent) -> None:
    """Let the expiry fall due when the day after the last one begins; planned anew whenever that day moves."""
    if event.kind not in _MOVES and "valid_until" not in event.details and event.supersedes is None:
        return
    life.drop(session, life.subject_of(title), kinds=[EXPIRE])
    if title.valid_until is not None and title.status not in standing.ENDS:
        # A key of its own for each event that set the day: what has happened once happens again after a correction.
        key = f"{title.valid_until}:{event.seq}"
        life.plan_for(session, title, kind=EXPIRE, key=key, on=workdays.day_after(title.valid_until))


@life.handler(EXPIRE)
def expire(session: Session, row: LifeDue) -> None:
    """到期: end the title from the day after its last, or open its evaluation. Suspended ones expire too. Nothing
    happens where the day has moved, the title has ended, or is under evaluation already. Source: HBI-12."""
    title = changing.locked(session, row.title_id or 0)
    over = title.valid_until
    if over is None or title.status in standing.ENDS or over >= clock.local(row.due_at).date():
        return
    if UNDER_EVALUATION in changing.as_recorded(session, title).marks:
        return
    programme = changing.programme_of(session, title)
    kind = "evaluation_opened" if any(asker(session, title) == UNDER_EVALUATION for asker in _askers) else "expired"
    changing.record(
        session, title, kind, case_id=title.case_id, clause=clause_of_the_end(programme, title),
        effective_on=workdays.day_after(over), reason=f"有效期至 {over}", at=row.due_at,
    )


def clause_of_the_end(programme: Programme, title: Title) -> str:
    """The clause by which a title ends on its last day: that of its validity; of one entered on the strength of
    another, that of the entry."""
    entry, validity = programme.settings.direct_entry, programme.title.validity
    if title.basis == "entered" and entry is not None and entry.ends == "with_original":
        return entry.clause
    rule = programme.periods.get(validity) if validity else None
    return rule.clause if rule is not None and rule.clause else programme.title.clause


def is_renewable(programme: Programme, title: Title) -> bool:
    """Whether a title may be renewed on expiry: not one entered on the strength of another, where the programme says
    so. Source: HBI-10."""
    entry = programme.settings.direct_entry
    return title.basis != "entered" or entry is None or entry.renewable
