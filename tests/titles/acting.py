"""What happens to a title, said straight away: a place in a case about it, events, bans; through the operations."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.cases import steps, words
from app.cases.models import Answer, Case
from app.cases.words import Place
from app.people.models import Unit
from app.programmes import queries as programmes
from app.titles import bans, changing, life
from app.titles.models import Ban, Title, TitleEvent
from tests import living
from tests.living import Living

CLAUSE = "HBI-15"
DECISION = "冀工信企业〔2026〕9号"


def place(session: Session, case: Case, **parameters: str) -> Place:
    """Where a word is said in a case, by nobody in particular, now."""
    row = steps.read(session, case.id)
    programme = programmes.programme(session, row.release_id)
    return Place(row, programme, "here", parameters, None, clock.now())


def case_about(session: Session, title: Title, diagram: str = "record_correction") -> Case:
    """A case about a title, opened by nobody."""
    return changing.open_about(session, title, diagram=diagram, name="登记")


def event(title: Title, kind: str, day: str, **more: Any) -> TitleEvent:
    """Record an event of a title, in a transaction of its own."""
    with db.transaction() as session:
        found = changing.locked(session, title.id)
        return changing.record(
            session, found, kind, case_id=found.case_id, clause=CLAUSE, effective_on=date.fromisoformat(day), **more
        )


def say(life: Living, word: str, **parameters: str) -> Any:
    """Say a word about a title, in a case of its own and a transaction of its own; dots in parameters' values stay."""
    with db.transaction() as session:
        title = life.title(session)
        return words.perform(session, place(session, case_about(session, title), **parameters), word)


def answered(life: Living, word: str, answers: Mapping[str, Any], **parameters: str) -> Any:
    """The same, where the case's open task was answered so."""
    with db.transaction() as session:
        case = case_about(session, life.title(session))
        task = living.open_tasks_in(session, case.id)[0]
        session.add(Answer(case_id=case.id, task_id=task.id, form="said", values=dict(answers), answered_at=clock.now(),
                           person_id=life.who(session, "clerk@province").person_id))
        session.flush()
        return words.perform(session, place(session, case, **parameters), word)


def ban(life: Living, decided_on: str, *, key: str = "dishonesty", name: str = "", until: str = "") -> Ban:
    """End a title and ban its holder by the rule of a sanction."""
    day = date.fromisoformat(decided_on)
    with db.transaction() as session:
        title = changing.locked(session, life.title(session, name).id)
        case = case_about(session, title)
        said = place(session, case)
        rule = said.programme.life.sanctions[key].ban
        changing.record(session, title, "revoked", case_id=case.id, clause=rule.clause, effective_on=day,
                        decision=DECISION)
        longer = date.fromisoformat(until) if until else None
        return bans.impose(session, said, title, rule, day, longer, decision=DECISION)


def write_ban(session: Session, *, unit: Unit, programme: str, case_id: int, since: str, until: str) -> Ban:
    """A ban as it stands in the register, without what led to it."""
    made = Ban(
        public_id=db.public_id(), programme=programme, unit_id=unit.id, credit_code=unit.credit_code, case_id=case_id,
        clause=CLAUSE, period="entering", starts_on=date.fromisoformat(since), least_until=date.fromisoformat(until),
        ends_on=date.fromisoformat(until), explained="两年", held=[], recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def title_now(life: Living, name: str = "") -> Title:
    """A title as it is committed now."""
    with db.reading() as session:
        return life.title(session, name)


def events(title: Title) -> list[str]:
    """"kind day status" of a title's events, in the order in which they were recorded."""
    with db.reading() as session:
        rows = session.scalars(select(TitleEvent).where(TitleEvent.title_id == title.id).order_by(TitleEvent.seq))
        return [f"{row.kind} {row.effective_on} {row.status}" for row in rows]


def left_alone(titled: Living) -> Living:
    """The same titles, with nobody who renews them: each ends by itself."""
    with db.transaction() as session:
        for title in session.scalars(select(Title)):
            life.drop(session, life.subject_of(title), kinds=["renewal"])
    return titled
