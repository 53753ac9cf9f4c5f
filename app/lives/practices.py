"""What a holder has written of its cases: the cases of its catalogue, and what its reports say of good practice.
The authority chooses among them what it publishes.

Source: NAT-20.0, NAT-25.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.appointments import catalogue
from app.cases.models import Answer
from app.obligations.models import Duty
from app.programmes.queries import Programme
from app.titles import changing
from app.titles.models import Title

MOST = 24


@dataclass(frozen=True)
class Practice:
    """Something that the holder wrote: where it stands, a name for it, and its words."""

    key: str
    source: str
    name: str
    text: str


def of_title(session: Session, title: Title) -> list[Practice]:
    """The cases of the holder's catalogue, then what its last accepted reports say, the newest first; at most 24."""
    shown = [
        Practice(f"item-{item.public_id}", "服务目录中的案例", item.name, item.text)
        for item in catalogue.items_of(session, title.id) if item.kind == "case"
    ]
    return [*shown, *_reported(session, title, changing.programme_of(session, title))][:MOST]


def _reported(session: Session, title: Title, programme: Programme) -> list[Practice]:
    found = []
    for rule in programme.life.obligations.values():
        if not rule.practice:
            continue
        last = (
            select(Duty.public_id, Duty.period, func.max(Answer.id).label("answer_id"))
            .join(Answer, (Answer.case_id == Duty.case_id) & (Answer.form == rule.form))
            .where(Duty.title_id == title.id, Duty.obligation == rule.key, Duty.accepted_at.is_not(None))
            .group_by(Duty.public_id, Duty.period).subquery()
        )
        rows = session.execute(
            select(last.c.public_id, last.c.period, Answer.values).join(Answer, Answer.id == last.c.answer_id)
            .order_by(last.c.period.desc())
        )
        found += [
            Practice(f"report-{row.public_id}", f"{rule.name} {row.period} 期", "", str(row.values[rule.practice]))
            for row in rows if row.values.get(rule.practice)
        ]
    return found
