"""Two at once over one title: of two cases that end it one does, and nothing is done in another once it has ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select

from app import db, invariants, worker
from app.cases import operations as cases
from app.cases.models import Case, Task
from app.errors import Refused
from app.outbox.senders import NoSender
from app.people.queries import Identity
from app.titles import changing
from app.titles.models import Title, TitleEvent
from tests import living
from tests.races.racing import Side, race, winners
from tests.titles import acting

pytestmark = pytest.mark.fault

ROUNDS = 30
ENDING = {"ended_on": "2026-03-01", "reason": "原称号被撤销", "document_number": "工信部企业〔2026〕3 号"}
CORRECTING = {"about": "fact", "fact": "holder_name", "right": "正名公司", "reason": "登记时抄错",
              "document_number": "冀工信更〔2026〕1号"}


@dataclass(frozen=True)
class Scene:
    """Titles that follow another one, and who drafts and decides."""

    titles: list[int]
    clerk: Identity
    lead: Identity


@pytest.fixture
def scene(database: db.Database, clock_at: Callable[[str], None]) -> Scene:
    """One title a round, each entered on the strength of another; 10 March 2026."""
    clock_at("2026-03-10 09:00")
    life = living.living(count=ROUNDS, granted_on=date(2025, 11, 20))
    with db.transaction() as session:
        titles = list(session.scalars(select(Title).order_by(Title.id)))
        for title in titles:
            event = session.scalars(select(TitleEvent).where(TitleEvent.title_id == title.id)).one()
            title.basis, event.kind, event.status, title.status = "entered", "entered", "entered", "entered"
        session.flush()
        return Scene([title.id for title in titles], life.who(session, "clerk@province"),
                     life.who(session, "lead@province"))


def case_of_each(scene: Scene, diagram: str) -> list[int]:
    with db.transaction() as session:
        return [acting.case_about(session, session.get_one(Title, id_), diagram).id for id_ in scene.titles]


def task_of(case_id: int) -> str:
    with db.reading() as session:
        return session.scalars(select(Task.public_id).where(Task.case_id == case_id, Task.status == "open")).one()


def complete(task: str, who: Identity, answers: dict, outcome: str = "") -> bool:
    with db.reading() as session:
        prepared = cases.prepare_completion(session, task, identity=who, answers=answers, outcome=outcome)
    with db.transaction() as session:
        cases.complete(session, prepared, by=who)
    return True


def ready_to_decide(scene: Scene) -> list[str]:
    """A case for each title whose decision ends it: the task of the one who decides."""
    opened = case_of_each(scene, "original_change")
    for case_id in opened:
        complete(task_of(case_id), scene.clerk, ENDING)
    return [task_of(case_id) for case_id in opened]


def ends_of(title_id: int) -> list[str]:
    with db.reading() as session:
        return [event.kind for event in changing.events_of(session, title_id) if event.kind == "expired"]


def see_that_all_holds() -> None:
    worker.run_until_idle(NoSender())
    with db.reading() as session:
        assert [str(b) for check in invariants.INVARIANTS for b in check(session)] == []
        assert session.scalars(select(Case).where(Case.title_id.is_not(None), Case.status == "open")).all() == []


def test_of_two_cases_that_end_a_title_at_once_one_does_and_the_other_is_refused(scene, told):
    one, other = ready_to_decide(scene), ready_to_decide(scene)

    ends = race(
        Side("one", lambda n: complete(one[n], scene.lead, {"opinion": "同意"}, "confirm")),
        Side("other", lambda n: complete(other[n], scene.lead, {"opinion": "同意"}, "confirm")), rounds=ROUNDS,
    )

    won = winners(ends, told=told, title="two cases end one title", sides=("one", "other"))
    for pair, winner in zip(ends, won, strict=True):
        lost = pair[1 - winner].error
        assert isinstance(lost, Refused)
        assert "起已到期" in lost.message
        assert "本办件不再办理" in lost.message
        assert lost.clause == "HBI-10"
    assert [ends_of(title_id) for title_id in scene.titles] == [["expired"]] * ROUNDS
    see_that_all_holds()


def test_nothing_is_completed_in_another_case_once_the_title_has_ended(scene):
    deciding = ready_to_decide(scene)
    drafts = [task_of(case_id) for case_id in case_of_each(scene, "record_correction")]

    ends = race(
        Side("ends the title", lambda n: complete(deciding[n], scene.lead, {"opinion": "同意"}, "confirm")),
        Side("completes", lambda n: complete(drafts[n], scene.clerk, CORRECTING)), rounds=ROUNDS,
    )

    assert all(ended.won for ended, _completed in ends)
    for _ended, completed in ends:
        assert completed.won or (isinstance(completed.error, Refused) and completed.error.clause == "HBI-10")
    assert [ends_of(title_id) for title_id in scene.titles] == [["expired"]] * ROUNDS
    see_that_all_holds()
