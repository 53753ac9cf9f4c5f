"""名额: the nth is taken and the next refused, exempt ones don't count, places come free, figures and order change."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app import clock, db, invariants, worker
from app.audit.models import AuditEntry
from app.batches import operations, quotas
from app.batches.models import Batch, Quota, Recommendation
from app.cases import acts
from app.cases import operations as cases
from app.cases.models import Case, Task
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.outbox.senders import NoSender
from tests import factories, sample
from tests.batches import limited
from tests.batches.limited import arrived, recommend, rows_of
from tests.factories import SIBLING_COUNTY


@pytest.fixture(autouse=True)
def _monday(database, clock_at):
    clock_at("2026-09-21 09:00")


def refused(found, case, **who):
    with pytest.raises(Refused) as error:
        recommend(found, case, **who)
    return error.value


def trail(verb):
    with db.reading() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.chain)))


def change(found, by="lead@city", reason="按省厅通知增加", **numbers):
    with db.transaction() as session:
        return quotas.change(session, found.batch(session), by=found.who[by], numbers=numbers, reason=reason)


def rank(found, *cases_in_order, by="clerk@county"):
    with db.transaction() as session:
        order = [case.public_id for case in cases_in_order]
        quotas.rank(session, found.batch(session), by=found.who[by], order=order)


def test_the_last_place_is_taken_and_the_next_one_refused_with_clause_figure_and_names():
    found = limited.call({"county": 2})
    first, second, third = (arrived(found, name) for name in ("甲公司", "乙公司", "丙公司"))

    recommend(found, first)
    recommend(found, second)
    over = refused(found, third)

    assert over.clause == "BDP-9"
    assert "名额（县）为 2 家，已推荐 2 家（甲公司、乙公司），不能再推荐" in over.message
    assert "省属单位不占名额" in over.message
    assert found.words() == "名额 2，已推荐 2，余 0"
    with db.reading() as session:
        assert session.scalars(select(Task.name).where(Task.case_id == third.id, Task.status == "open")).all() == [
            "县级测评推荐"
        ]


def test_over_the_figure_one_may_still_be_declined():
    found = limited.call({"county": 0})
    case = arrived(found, "甲公司")

    assert "名额（县）为 0 家，已推荐 0 家，" in refused(found, case).message
    sample.complete(case.id, by=found.who["clerk@county"], answers=sample.OPINION, outcome="decline")

    assert rows_of(case) == []


def test_without_a_figure_there_is_no_limit_but_those_recommended_are_known():
    found = limited.call()
    for name in ("甲公司", "乙公司"):
        recommend(found, arrived(found, name))

    assert found.words() == "名额不限，已推荐 2"


def test_an_exempt_application_is_taken_over_the_figure_and_counted_apart():
    found = limited.call({"county": 1})
    recommend(found, arrived(found, "甲公司"))

    exempt = arrived(found, "省属公司", provincial=True)
    recommend(found, exempt)

    assert rows_of(exempt) == [("", False)]
    assert found.words() == "名额 1，已推荐 1，余 0；另有不占名额的 1 家"


def test_each_unit_has_its_own_places_and_the_first_group_that_fits_holds():
    found = limited.call({"county": 1, "direct": 2})
    recommend(found, arrived(found, "甲公司"))
    others = [arrived(found, name, region_code=SIBLING_COUNTY) for name in ("高阳一", "高阳二", "高阳三")]

    for case in others[:2]:
        recommend(found, case, by="clerk@sibling_county")

    assert "名额（单列县）为 2 家" in refused(found, others[2], by="clerk@sibling_county").message
    assert found.words() == "名额 1，已推荐 1，余 0"
    assert found.words("sibling_county") == "名额 2，已推荐 2，余 0"


def test_a_figure_may_hold_for_each_choice_of_a_field_separately():
    per = limited.QUOTAS.replace("tier: county}", "tier: county, per: kind}")
    found = limited.call({"county": 1}, quotas=per)
    recommend(found, arrived(found, "培训一", kind="training"))
    recommend(found, arrived(found, "融资一", kind="finance"))

    over = refused(found, arrived(found, "融资二", kind="finance"))

    assert "名额（县、融资）为 1 家，已推荐 1 家（融资一）" in over.message
    assert found.words() == "名额（培训） 1，已推荐 1，余 0；名额（融资） 1，已推荐 1，余 0"


def test_a_withdrawal_frees_the_place():
    found = limited.call({"county": 1})
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    recommend(found, first)
    refused(found, second)

    with db.transaction() as session:
        case = session.get_one(Case, first.id)
        person = session.scalars(select(factories.Person).where(factories.Person.unit_id == case.applicant_id)).one()
        cases.withdraw(session, case.public_id, by=factories.identity(session, person), reason="改年再报")
    recommend(found, second)

    assert rows_of(first) == [("withdrawn", True)]
    assert found.words() == "名额 1，已推荐 1，余 0"
    assert [entry.details["ended_as"] for entry in trail("give_back_place")] == ["withdrawn"]


def test_a_return_to_the_recommender_frees_the_place_and_it_is_counted_once_when_recommended_again():
    found = limited.call({"county": 1})
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    recommend(found, first)

    sample.complete(first.id, by=found.who["clerk@city"], answers=sample.OPINION, outcome="back")
    assert found.words() == "名额 1，已推荐 0，余 1"
    recommend(found, second)
    assert "（乙公司）" in refused(found, first).message
    change(found, county=2)
    recommend(found, first)

    assert rows_of(first) == [("returned", True), ("", True)]
    assert found.words() == "名额 2，已推荐 2，余 0"


def test_a_rejection_above_frees_nothing():
    found = limited.call({"county": 1})
    first = arrived(found, "甲公司")
    recommend(found, first)

    sample.complete(first.id, by=found.who["clerk@city"], answers=sample.OPINION, outcome="fail")

    assert "（甲公司）" in refused(found, arrived(found, "乙公司")).message


def test_a_place_counts_at_the_county_also_where_the_city_stands_in_for_it():
    found = limited.call({"county": 1})
    with db.transaction() as session:
        for login in ("clerk@county", "second@county"):
            session.merge(found.world.person(login)).status = "disabled"
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")

    recommend(found, first, by="clerk@city")

    assert "名额（县）为 1 家" in refused(found, second, by="clerk@city").message
    assert found.words() == "名额 1，已推荐 1，余 0"


# What `banjian check` sees.


def breaches():
    with db.reading() as session:
        return [f"{breach.where}：{breach.words}" for breach in invariants.recommendations_fit(session)]


def lived_through():
    """A call with one recommended, one returned, one recommended again, one withdrawn, one exempt."""
    found = limited.call({"county": 3})
    several = [arrived(found, name) for name in ("甲公司", "乙公司", "丙公司", "丁公司")]
    for case in several:
        recommend(found, case) if case is not several[3] else None
    for case in several[1:3]:
        sample.complete(case.id, by=found.who["clerk@city"], answers=sample.OPINION, outcome="back")
    recommend(found, several[2])
    recommend(found, several[3])
    with db.transaction() as session:
        cases.supersede(session, several[3].id, reason="禁申期", ended_as="已终止", at=clock.now())
    recommend(found, arrived(found, "省属公司", provincial=True))
    return found, several


def test_all_holds_after_returns_withdrawals_and_exempt_ones():
    found, _several = lived_through()

    assert breaches() == []
    assert found.words() == "名额 3，已推荐 2，余 1；另有不占名额的 1 家"


@pytest.mark.parametrize(("row", "changed", "said"), [
    (0, {"ended_as": "returned", "ended_at": datetime(2026, 9, 21, 1, tzinfo=UTC)}, "应为推荐，没有登记为推荐"),
    (1, {"ended_as": "", "ended_at": None}, "不是推荐，仍登记为推荐"),
    (3, {"ended_as": "", "ended_at": None}, "不是推荐，仍登记为推荐"),
])
def test_a_row_that_is_not_what_the_steps_say_is_a_breach(row, changed, said):
    _found, several = lived_through()
    with db.transaction() as session:
        session.execute(update(Recommendation).where(Recommendation.case_id == several[row].id).values(**changed))

    assert breaches() == [f"办件 {several[row].number}：按办理的环节{said}"]


def test_more_places_than_the_figure_is_a_breach():
    found, _several = lived_through()
    with db.transaction() as session:
        session.execute(update(Quota).values(number=1))

    assert [said.partition("：")[0] for said in breaches()] == ["批次 2026 年度"]
    assert found.words() == "名额 1，已推荐 2，余 0；另有不占名额的 1 家"


# The figures.


def test_the_figures_of_a_call_are_checked_and_told_in_the_trail():
    found = limited.call({"county": 3, "direct": 0})

    assert trail("open_batch")[0].details["quotas"] == ["单列县 0", "县 3"]
    for numbers in ({"county": -1}, {"nobody": 1}, {"provincial": 1}, {"county": 100_001}):
        with db.transaction() as session, pytest.raises(Invalid) as error:
            quotas.change(session, found.batch(session), by=found.who["lead@city"], numbers=numbers, reason="x")
        assert list(error.value.fields) == list(numbers)


def test_a_raised_figure_lets_the_next_one_in_and_the_trail_says_why():
    found = limited.call({"county": 1})
    recommend(found, arrived(found, "甲公司"))
    second = arrived(found, "乙公司")
    refused(found, second)

    assert change(found, county=2) == ["county"]
    recommend(found, second)

    details = trail("change_quotas")[0].details
    assert (details["old"], details["new"]) == (["单列县 不限", "县 1"], ["单列县 不限", "县 2"])
    assert details["reason"] == "按省厅通知增加"


def test_a_figure_is_lowered_to_what_is_recommended_and_no_further():
    found = limited.call({"county": 3})
    for name in ("甲公司", "乙公司"):
        recommend(found, arrived(found, name))
    recommend(found, arrived(found, "省属公司", provincial=True))

    with pytest.raises(Refused) as error:
        change(found, county=1)
    assert "已推荐 2 家，县的名额不能改为 1 家，请写 2 或更多" in error.value.message
    assert error.value.clause == "BDP-9"
    assert change(found, county=2) == ["county"]


def test_a_limit_may_be_given_later_and_taken_away():
    found = limited.call()
    recommend(found, arrived(found, "甲公司"))

    change(found, county=1)
    second = arrived(found, "乙公司")
    refused(found, second)
    change(found, county=None)
    recommend(found, second)

    assert found.words() == "名额不限，已推荐 2"


def test_a_change_needs_a_reason_and_a_change_and_is_the_authoritys():
    found = limited.call({"county": 1})

    with pytest.raises(Invalid) as error:
        change(found, county=2, reason=" ")
    assert list(error.value.fields) == ["reason"]
    with pytest.raises(Invalid, match="填写的内容有误"):
        change(found, county=1)
    for login in ("lead@county", "lead@province", "auditor@city"):
        with pytest.raises(NotAllowed):
            change(found, by=login, county=2)


def test_a_programme_without_quotas_takes_no_figures(database):
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        by = world.identity(session, "lead@city")
        batch = sample.open_batch(session, by=by)
        with pytest.raises(Refused, match="不设名额"):
            quotas.change(session, batch, by=by, numbers={"county": 1}, reason="x")
        with pytest.raises(Invalid):
            operations.open_batch(
                session, by=by, programme_key=sample.KEY, name="另一批", opens_on=batch.opens_on,
                closes_on=batch.closes_on, numbers={"county": 1},
            )
        assert len(session.scalars(select(Batch)).all()) == 1


# The order.


def test_a_unit_puts_whom_it_recommends_in_order():
    found = limited.call({"county": 2})
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    exempt = arrived(found, "省属公司", provincial=True)
    for case in (first, second, exempt):
        recommend(found, case)
    assert not found.lines()[found.world.unit("county").name].is_ranked

    rank(found, second, exempt, first)

    line = found.lines()[found.world.unit("county").name]
    assert [(row.rank, row.applicant) for row in line.rows] == [(1, "乙公司"), (2, "省属公司"), (3, "甲公司")]
    assert line.is_ranked
    assert trail("rank_recommended")[0].details["order"] == ["乙公司", "省属公司", "甲公司"]


def test_an_order_of_others_than_those_recommended_now_is_gone():
    found = limited.call()
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    recommend(found, first)

    for wrong in ((), (first, second), (first, first), (second,)):
        with pytest.raises(Gone, match="已有变化"):
            rank(found, *wrong)


def test_who_is_recommended_again_has_to_be_ranked_again():
    found = limited.call()
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    for case in (first, second):
        recommend(found, case)
    rank(found, first, second)

    sample.complete(first.id, by=found.who["clerk@city"], answers=sample.OPINION, outcome="back")
    recommend(found, first)

    line = found.lines()[found.world.unit("county").name]
    assert [(row.rank, row.applicant) for row in line.rows] == [(2, "乙公司"), (None, "甲公司")]
    assert not line.is_ranked


def test_the_order_stands_from_the_units_own_last_day_on(clock_at):
    found = limited.call()
    case = arrived(found, "甲公司")
    recommend(found, case)

    clock_at("2026-11-30 23:59")
    rank(found, case)
    clock_at("2026-12-01 00:00")
    with pytest.raises(Refused, match="县级推荐截止日已过"):
        rank(found, case)


@pytest.mark.parametrize("login", ["auditor@county", "lead@city", "applicant@institution"])
def test_nobody_else_puts_them_in_order(login):
    found = limited.call()
    case = arrived(found, "甲公司")
    recommend(found, case)

    with pytest.raises(NotAllowed):
        rank(found, case, by=login)


# Acts over many.


def confirm(found, *several, by="clerk@county", outcome="recommend"):
    with db.transaction() as session:
        tasks = [sample.open_task(session, case.id) for case in several]
        seen = [(task.public_id, session.get_one(Case, task.case_id).revision) for task in tasks]
        return acts.confirm(
            session, by=found.who[by], release_id=found.batch(session).release_id, diagram="application",
            element="recommend", answers=sample.OPINION, seen=seen, outcome=outcome,
        )


def test_an_act_over_the_figure_is_refused_as_a_whole_and_names_who_does_not_fit():
    found = limited.call({"county": 2}, collective="summary")
    several = [arrived(found, name) for name in ("甲公司", "乙公司", "丙公司", "丁公司")]
    exempt = arrived(found, "省属公司", provincial=True)

    with pytest.raises(Refused) as error:
        confirm(found, *several, exempt)
    assert "勾选了 4 家，超出 2 家：丙公司、丁公司" in error.value.message
    assert error.value.clause == "BDP-9"
    assert found.words() == "名额 2，已推荐 0，余 2"

    confirm(found, *several[:2], exempt)
    worker.run_until_idle(NoSender())
    assert found.words() == "名额 2，已推荐 2，余 0；另有不占名额的 1 家"


def test_a_confirmed_act_holds_its_places_before_it_is_carried_out():
    found = limited.call({"county": 2}, collective="summary")
    several = [arrived(found, name) for name in ("甲公司", "乙公司", "丙公司")]
    confirm(found, several[0], several[1])

    assert found.words() == "名额 2，已推荐 2，余 0"
    with pytest.raises(Refused, match="已推荐 2 家（甲公司、乙公司），勾选了 1 家，超出 1 家：丙公司"):
        confirm(found, several[2])
    with pytest.raises(Refused, match="请写 2 或更多"):
        change(found, county=1)
    worker.run_until_idle(NoSender())
    assert [rows_of(case) for case in several] == [[("", True)], [("", True)], []]


def test_an_act_that_declines_needs_no_places():
    found = limited.call({"county": 0}, collective="summary")
    case = arrived(found, "甲公司")

    confirm(found, case, outcome="decline")
    worker.run_until_idle(NoSender())

    assert rows_of(case) == []
