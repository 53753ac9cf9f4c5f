"""F1: kill -9 of the server before every statement of a request that writes, before and after its commit.

After each kill: what was not answered is there wholly or not at all, nothing is there twice, every invariant holds, and
a new server takes the same request.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from app import db
from app.batches.models import Application
from app.cases.models import Act, ActRow, Answer, Case, Draft, Task
from app.people.models import Person
from app.publications.models import Publication
from tests import factories, sample
from tests.faults.dump import SIGNING_IN, changed, dump
from tests.races import office as offices

pytestmark = pytest.mark.fault

MOST_STATEMENTS = 200
OPINION = "材料齐全，同意。"


@dataclass(frozen=True)
class Request:
    """One verb over HTTP. `targets`: whom it is done by, and to what, four times over; `post` sends it; `stands` counts
    how often it was done; `again` is what a second request is answered."""

    name: str
    targets: Callable[[Any], list[tuple[str, Any]]]
    post: Callable[..., Any]
    stands: Callable[[str, Any], int]
    again: int


def test_a_server_killed_in_the_middle_of_a_completion(house, office, told):
    _kill_everywhere(house, office, told, Request(
        "complete", _tasks,
        lambda visitor, task, kill="": visitor.post(f"/tasks/{task}", kill, opinion=OPINION, _do="complete"),
        lambda _login, task: _count(Answer, Answer.task_id == _id(task)), 409,
    ))


def test_a_server_killed_in_the_middle_of_a_claim(house, office, told):
    _kill_everywhere(house, office, told, Request(
        "claim", _tasks,
        lambda visitor, task, kill="": visitor.post(f"/tasks/{task}/claim", kill),
        lambda login, task: _count(Task, Task.public_id == task, Task.claimed_by == _person(login)), 303,
    ))


def test_a_server_killed_in_the_middle_of_a_draft(house, office, told):
    _kill_everywhere(house, office, told, Request(
        "draft", _tasks,
        lambda visitor, task, kill="": visitor.post(f"/tasks/{task}", kill, opinion=OPINION, _do="draft"),
        lambda _login, task: _count(Draft, Draft.task_id == _id(task)), 303,
    ))


def test_a_server_killed_in_the_middle_of_confirming_an_act(house, office, told):
    _kill_everywhere(house, office, told, Request("confirm act", _lists, _confirm, _acts_and_publications, 409))


def test_a_server_killed_in_the_middle_of_an_application(house, office, told):
    _kill_everywhere(house, office, told, Request(
        "apply", _applicants,
        lambda visitor, batch, kill="": visitor.post(f"/batches/{batch}/apply", kill),
        lambda login, _batch: _count(Application, Application.applicant_id == _unit(login)), 409,
    ))


def _kill_everywhere(house, office, told, request):
    targets = request.targets(office)
    house.serve()
    visitors = {login: house.visitor(login) for login, _target in targets}
    meanings: Counter[str] = Counter()

    def send(target, kill=""):
        answer = request.post(visitors[target[0]], target[1], kill)
        meanings[answer.meaning] += 1
        return answer

    points = _kill_before_each_statement(house, request, send, targets[0])
    for target in targets[1:]:
        _kill_at(house, request, send, target, "commit:1", stands=0)
        _kill_at(house, request, send, target, "committed:1", stands=1)
        points += 2
    again = [send(target).status for target in targets]
    stands = [request.stands(*target) for target in targets]

    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"server killed: {request.name:<12} {kind:<10} points {points}, kills {house.kills}, acknowledged "
         f"{meanings['ok']}, unknown {meanings['unknown']}, lost {stands.count(0)}, "
         f"double {sum(number > 1 for number in stands)}")
    assert again == [request.again] * len(targets)
    assert stands == [1] * len(targets)
    offices.see_that_all_holds()


def _kill_before_each_statement(house, request, send, target):
    before = dump(but=SIGNING_IN)
    for number in range(1, MOST_STATEMENTS):
        answer = send(target, f"statement:{number}")
        if answer.meaning == "ok":
            assert request.stands(*target) == 1
            return number - 1
        _see_that_it_died(house, answer)
        assert changed(before, dump(but=SIGNING_IN)) == set(), f"killed before statement {number}"
        offices.see_that_all_holds()
        house.serve()
    raise AssertionError("the request never came to its end")


def _kill_at(house, request, send, target, point, *, stands):
    answer = send(target, point)
    _see_that_it_died(house, answer)
    assert request.stands(*target) == stands, f"killed at {point}"
    offices.see_that_all_holds()
    house.serve()


def _see_that_it_died(house, answer):
    assert answer.status is None, f"{answer.status}: {answer.text[:500]}"
    assert not house.server.end()
    house.server = None


def _tasks(office):
    return [("clerk@county", task) for task in offices.open_tasks(offices.open_cases(office, "timed", 4))]


def _lists(office):
    """Pairs of applications that wait for a publication, as the preview shows them."""
    cases = offices.open_at_listing(office, 8)
    with db.reading() as session:
        rows = session.execute(
            select(Task.public_id, Case.revision, Case.release_id).join(Case, Task.case_id == Case.id)
            .where(Task.case_id.in_(cases), Task.status == "open").order_by(Task.id)
        ).all()
    return [("lead@city", tuple(map(tuple, rows[n:n + 2]))) for n in range(0, 8, 2)]


def _confirm(visitor, rows, kill=""):
    return visitor.post(
        "/acts/new", kill, release=rows[0][2], diagram="application", element="list",
        task=[f"{public_id}:{revision}" for public_id, revision, _release in rows], **sample.LIST,
    )


def _acts_and_publications(_login, rows):
    """How many acts hold the first of the rows; each must hold both, and have made one publication."""
    with db.reading() as session:
        acts = session.scalars(select(ActRow.act_id).where(ActRow.task_id == _id(rows[0][0]))).all()
        for act in acts:
            held = session.scalars(select(ActRow.task_id).where(ActRow.act_id == act).order_by(ActRow.id)).all()
            assert held == [_id(public_id) for public_id, _revision, _release in rows]
            assert session.scalar(select(func.count()).select_from(Publication).where(Publication.act_id == act)) == 1
        assert session.scalar(select(func.count()).select_from(Act)) == session.scalar(
            select(func.count()).select_from(Publication)
        )
    return len(acts)


def _applicants(office):
    with db.transaction() as session:
        batch = sample.open_batch(session, by=office["clerk@city"])
        for number in range(4):
            factories.person(session, factories.institution(session), "applicant", login=f"applicant{number}")
    return [(f"applicant{number}", batch.public_id) for number in range(4)]


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def _id(task):
    with db.reading() as session:
        return session.scalars(select(Task.id).where(Task.public_id == task)).one()


def _person(login):
    with db.reading() as session:
        return session.scalars(select(Person.id).where(Person.login == login)).one()


def _unit(login):
    with db.reading() as session:
        return session.scalars(select(Person.unit_id).where(Person.login == login)).one()
