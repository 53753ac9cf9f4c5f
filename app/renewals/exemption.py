"""免评: whether a title's last grades exempt its renewal from review, and whether something undecided stops that."""

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.evaluations import queries as evaluated
from app.evaluations import runs
from app.evaluations.models import Grade
from app.programmes.life import ExemptRule
from app.sanctions.models import Sanction
from app.titles.models import Title


def years(session: Session, title: Title, rule: ExemptRule, *, on: date) -> list[int]:
    """The years whose grades exempt a title that ends on `valid_until`, as known on a day; [] where they don't.

    Looked at are the last rounds that were decided before the end: the round about the year before that of `on` may not
    have been held or decided yet; any other year without a grade breaks the row. Grades from before the register count.
    Source: HBI-18.1.
    """
    grades = {one.year: one.grade for one in evaluated.grades_of(session, title.id, on=title.valid_until)}
    last = min(on, title.valid_until or on).year - 1
    if last not in grades and _is_to_come(session, title, last):
        last -= 1
    exempts = runs.complete(grades, last, grade=rule.grade, in_a_row=rule.in_a_row)
    return list(range(last - rule.in_a_row + 1, last + 1)) if exempts else []


def is_stopped(session: Session, title: Title, rule: ExemptRule) -> bool:
    """Whether a sanction that stops the exemption is proposed against the title and undecided. Source: HBI-15."""
    if not rule.stopped_by:
        return False
    pending = select(Sanction.id).where(
        Sanction.title_id == title.id, Sanction.status == "proposed", Sanction.key.in_(rule.stopped_by)
    )
    return bool(session.scalar(select(exists(pending))))


def _is_to_come(session: Session, title: Title, year: int) -> bool:
    """Whether a title may still be graded for a year: its own round is open, or nobody's is decided."""
    own = session.scalar(select(Grade.status).where(Grade.title_id == title.id, Grade.year == year))
    if own is not None:
        return own == "open"
    held = select(Grade.id).where(
        Grade.programme == title.programme, Grade.year == year, Grade.status == "decided"
    )
    return not session.scalar(select(exists(held)))
