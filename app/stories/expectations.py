"""What a story expects of letters, of cases about a case, and of experts' scores."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from app import db
from app.cases.models import Case, Task
from app.experts.models import ExpertReview
from app.notices.models import Notice
from app.stories.errors import StoryFails, same

if TYPE_CHECKING:
    from app.stories.telling import Telling


def letters(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The letters that each unit has got so far, by key, in the order in which they came."""
    with db.reading() as session:
        for unit, keys in wanted.items():
            found = session.scalars(
                select(Notice.letter).where(Notice.to_unit_id == told.units[unit]).order_by(Notice.id)
            ).all()
            same(f"“{unit}”收到的文书", list(found), list(keys))


def about(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The open tasks of the cases about a unit's application, by name."""
    with db.reading() as session:
        for unit, names in wanted.items():
            case = told.application(session, unit)
            found = session.scalars(
                select(Task.name).join(Case, Task.case_id == Case.id)
                .where(Case.about_id == case.id, Task.status == "open")
            )
            same(f"与“{unit}”的办件有关的待办", sorted(found), sorted(names))


def score(told: "Telling", wanted: Mapping[str, str]) -> None:
    """The experts' score of a unit's application, as text with two decimals."""
    with db.reading() as session:
        for unit, points in wanted.items():
            case = told.application(session, unit)
            review = session.scalars(
                select(ExpertReview).where(ExpertReview.case_id == case.id).order_by(ExpertReview.id.desc()).limit(1)
            ).one_or_none()
            if review is None:
                raise StoryFails(f"“{unit}”没有专家评审")
            same(f"“{unit}”的专家评分", review.score, points)
