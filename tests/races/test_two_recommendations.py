"""The last place of a figure: of two officials of one unit one gets it, the other learns the figure and who has it. And
a figure that is lowered races with the recommendation that would take its place: one of them is refused."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db
from app.batches import operations, quotas
from app.batches.models import Batch, Quota, Recommendation
from app.cases import operations as cases
from app.cases.models import Case
from app.errors import Refused
from tests import factories, sample
from tests.batches import limited
from tests.races import office
from tests.races.racing import Side, race, winners

pytestmark = pytest.mark.fault

ROUNDS = 30


@pytest.fixture
def found(database, clock_at):
    clock_at("2026-09-21 09:00")
    return limited.call()


def calls(found, number):
    """A call a round with one figure for the county; ids of the calls and of two cases in each that wait for it."""
    with db.transaction() as session:
        applicants = [
            factories.identity(session, factories.person(
                session, factories.institution(session, name=name), "applicant", login=f"applicant{name}"))
            for name in ("甲公司", "乙公司")
        ]
    made = []
    for n in range(ROUNDS):
        with db.transaction() as session:
            batch = operations.open_batch(
                session, by=found.who["lead@city"], programme_key=sample.KEY, name=f"第 {n} 批", opens_on=clock.today(),
                closes_on=date(2026, 10, 30), dates={"county": limited.LAST_DAY}, numbers={"county": number},
            )
            several = [sample.apply(session, batch, by=by).id for by in applicants]
            made.append((batch.id, several))
        for case_id, by in zip(several, applicants, strict=True):
            sample.complete(case_id, by=by, answers={"name": by.unit_name})
    return made


def recommend(found, made, which, login):
    """Work out the completion ahead, as a page does; the transaction is what races."""
    prepared = []
    with db.reading() as session:
        for _batch, several in made:
            task = sample.open_task(session, several[which])
            prepared.append(cases.prepare_completion(
                session, task.public_id, identity=found.who[login], answers=sample.OPINION, outcome="recommend"))

    def act(n):
        with db.transaction() as session:
            return cases.complete(session, prepared[n], by=found.who[login])

    return act


def test_of_two_officials_of_a_unit_one_gets_the_last_place(found, told):
    made = calls(found, 1)
    sides = ("clerk@county", "second@county")

    ends = race(*(Side(login, recommend(found, made, which, login)) for which, login in enumerate(sides)),
                rounds=ROUNDS)

    won = winners(ends, told=told, title="the last place of a figure", sides=sides)
    for pair, winner in zip(ends, won, strict=True):
        lost = pair[1 - winner].error
        assert isinstance(lost, Refused)
        assert lost.clause == "BDP-9"
        assert f"已推荐 1 家（{('甲公司', '乙公司')[winner]}）" in lost.message
    with db.reading() as session:
        for (batch_id, several), winner in zip(made, won, strict=True):
            rows = session.scalars(select(Recommendation.case_id).where(Recommendation.batch_id == batch_id)).all()
            assert rows == [several[winner]]
            assert sample.open_task(session, several[1 - winner]).element == "recommend"
    office.see_that_all_holds()


def test_a_figure_is_not_lowered_from_under_a_recommendation(found, told):
    made = calls(found, 1)

    def lower(n):
        with db.transaction() as session:
            return quotas.change(session, session.get_one(Batch, made[n][0]), by=found.who["lead@city"],
                                 numbers={"county": 0}, reason="压减")

    ends = race(Side("recommends", recommend(found, made, 0, "clerk@county")), Side("lowers", lower), rounds=ROUNDS)

    won = winners(ends, told=told, title="a figure and a recommendation", sides=("recommends", "lowers"))
    with db.reading() as session:
        for (batch_id, several), winner in zip(made, won, strict=True):
            number = session.scalars(select(Quota.number).where(Quota.batch_id == batch_id)).one()
            rows = session.scalars(select(Recommendation).where(Recommendation.batch_id == batch_id)).all()
            assert (number, len(rows)) == ((1, 1), (0, 0))[winner]
            assert session.get_one(Case, several[0]).revision == (3 if winner == 0 else 2)
    office.see_that_all_holds()
