"""Two people at the same instant: one does it, the other learns so. On both kinds of database."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app import db
from app.errors import BanjianError, Gone, Invalid
from app.people import codes, operations, registration
from app.people.models import Person, Unit
from tests import factories

AT_ONCE = 4


@pytest.fixture
def world(database):
    with db.transaction() as tx:
        return factories.world(tx)


def all_at_once(work: Callable[[int], object]) -> list[object]:
    """What came of it for each: the result, or the error."""
    gate, outcomes = threading.Barrier(AT_ONCE), []

    def run(number: int) -> None:
        gate.wait()
        try:
            outcomes.append(work(number))
        except BanjianError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def losers(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if isinstance(outcome, BanjianError)]


def test_one_credit_code_is_registered_once(world):
    code = factories.credit_code()

    def register(number: int) -> Person:
        with db.transaction() as tx:
            return registration.register(
                tx, credit_code=code, region_code=factories.COUNTY, unit={"name": "某机构"},
                person={"login": f"zhao{number}", "name": "赵强"}, password_hash="$", address="203.0.113.7",
            )

    lost = losers(all_at_once(register))

    assert len(lost) == AT_ONCE - 1
    assert all(isinstance(e, Invalid) and "已经注册" in e.fields["credit_code"][0] for e in lost)


def test_one_login_is_given_once(world):
    def create(_number: int) -> Person:
        with db.transaction() as tx:
            return operations.create_person(
                tx, world.unit("county").public_id, by=world.identity(tx, "admin@county"), login="lihua",
                values={"name": "李华", "phone": "", "email": ""}, held=[],
            )[0]

    lost = losers(all_at_once(create))

    assert [list(e.fields) for e in lost] == [["login"]] * (AT_ONCE - 1)


def test_a_registration_is_decided_once(world):
    with db.transaction() as tx:
        unit = factories.institution(tx, status="pending")

    def decide(number: int) -> Unit:
        with db.transaction() as tx:
            by = world.identity(tx, "clerk@county" if number % 2 else "lead@city")
            if number % 2:
                return registration.confirm(tx, unit.public_id, by=by)
            return registration.refuse(tx, unit.public_id, by=by, reason="资料不全")

    lost = losers(all_at_once(decide))

    assert len(lost) == AT_ONCE - 1
    assert all(isinstance(error, Gone) and error.who for error in lost)


def test_a_code_is_used_once(world):
    clerk = world.person("clerk@county")
    with db.transaction() as tx:
        code = codes.make(tx, purpose=codes.NEW_PASSWORD, person_id=clerk.id)

    def use(number: int) -> int:
        with db.transaction() as tx:
            operations.set_password(tx, tx.get_one(Person, clerk.id), password_hash=f"$hash{number}", code=code)
        return number

    outcomes = all_at_once(use)

    winner = next(outcome for outcome in outcomes if isinstance(outcome, int))
    assert len(losers(outcomes)) == AT_ONCE - 1
    with db.reading() as session:
        assert session.get_one(Person, clerk.id).password_hash == f"$hash{winner}"


def test_there_is_one_first_administrator(database):
    with db.transaction() as tx:
        code = operations.first_administrator_code(tx)

    def set_up(number: int) -> Person:
        with db.transaction() as tx:
            return operations.set_up(
                tx, code, tier="province", region_code="130000", unit={"name": f"省厅 {number}"},
                person={"login": f"admin{number}", "name": "王敏"}, password_hash="$",
            )

    lost = losers(all_at_once(set_up))

    assert len(lost) == AT_ONCE - 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 1
