"""From the draw to the result: in parallel, with substitutes, shortages, and a period that runs out."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import clock, config, db, invariants
from app.audit.models import AuditEntry
from app.cases import operations, queries
from app.cases.models import Case, Task
from app.errors import Invalid, NotFound, Refused
from app.experts import drawing
from app.experts.models import Expert, ExpertDraw, ExpertRelation, ExpertSeat
from app.people.models import Person, RoleGrant, Unit
from tests import sample
from tests.experts.panel import Province, totals


def breaches(tmp_path) -> list[invariants.Breach]:
    settings = config.Config(database_url="", data_dir=tmp_path, secret_key="")
    with db.reading() as session:
        return invariants.check(session, settings).breaches


def score_all(province: Province, case_id: int, *wanted: str) -> None:
    for name, (service, team) in zip(province.seated(case_id), totals(wanted), strict=True):
        province.score(case_id, name, service, team)


def test_five_experts_score_and_the_application_gets_the_mean_without_the_extremes(province: Province, tmp_path):
    province.enter_many(8)
    case_id = province.apply()

    score_all(province, case_id, "80", "89.5", "70", "85", "82")
    province.work()

    # 80 + 85 + 82 = 247; 247 / 3 = 82.333...
    assert province.result(case_id) == {
        "expert_score": "82.33", "expert_count": 5, "expert_passed": True, "expert_vetoed": False
    }
    assert [row.ExpertSeat.dropped for row in province.panel(case_id).seats] == ["", "highest", "lowest", "", ""]
    assert province.open_task(case_id).name == "省级审核"
    assert breaches(tmp_path) == []


def test_the_result_waits_for_the_last_expert(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    names = province.seated(case_id)

    for name in names[:4]:
        province.score(case_id, name, "50")
    province.work()

    assert province.result(case_id) is None
    province.score(case_id, names[4], "50")
    assert province.result(case_id)["expert_count"] == 5


def test_a_draw_can_be_done_over_again_from_its_seed(province: Province):
    province.enter_many(9)
    case_id = province.apply()

    draw = province.panel(case_id).draws[0]

    order = [one["expert"] for one in draw.candidates]
    assert drawing.order(draw.seed, sorted(order)) == order
    assert [one["name"] for one in draw.candidates[:5]] == province.seated(case_id)


def test_who_is_in_conflict_is_left_out_and_the_reason_is_kept(province: Province):
    applicant = province.who["applicant@institution"]
    province.enter_many(5)
    with db.reading() as session:
        own = session.get_one(Unit, applicant.unit_id)
    province.enter("本单位", unit=own)
    province.enter("同市", region_code="130628")
    province.enter("受雇", employer=" 顺平创业服务有限公司 ")
    province.enter("申报单位顾问")
    province.relate("申报单位顾问", unit_id=applicant.unit_id)
    province.enter("申报地区顾问")
    province.relate("申报地区顾问", region_code="130600")
    province.enter("暂停", status="paused")

    draw = province.panel(province.apply()).draws[0]

    assert {one["name"]: one["reason"] for one in draw.excluded} == {
        "本单位": "与申报单位为同一单位",
        "同市": "所在单位与申报单位在同一行政区划",
        "受雇": "与申报单位为同一单位",
        "申报单位顾问": "已申报利害关系：曾任顾问",
        "申报地区顾问": "已申报与该地区的利害关系：曾任顾问",
        "暂停": "专家库中暂停抽取",
    }
    assert len(draw.candidates) == 5


def test_a_relation_that_ended_or_lies_elsewhere_keeps_nobody_out(province: Province):
    province.enter_many(5)
    province.relate("专家1", region_code="130100")
    province.relate("专家2", unit_id=province.who["applicant@institution"].unit_id)
    with db.transaction() as session:
        relation = session.scalars(
            select(ExpertRelation).where(ExpertRelation.expert_id == province.experts["专家2"])
        ).one()
        relation.ended_at = clock.now()

    assert sorted(province.seated(province.apply())) == ["专家1", "专家2", "专家3", "专家4", "专家5"]


def test_the_office_itself_does_not_score(province: Province):
    province.enter_many(5)
    with db.transaction() as session:
        clerk = session.scalars(
            select(Person).where(Person.login == "clerk@province")
        ).one()
        session.add(RoleGrant(person_id=clerk.id, role="expert"))
        session.add(Expert(public_id=db.public_id(), keeper_id=clerk.unit_id, person_id=clerk.id,
                           entered_at=clock.now()))

    draw = province.panel(province.apply()).draws[0]

    assert [one["reason"] for one in draw.excluded] == ["认定机关的经办、审核人员"]


def test_only_the_drawn_person_may_score(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    first, second = province.seated(case_id)[:2]

    with pytest.raises(NotFound):
        sample.complete(province.seat_case(case_id, first), by=province.people[second],
                        answers={"score_service": "1", "score_team": "1"}, outcome="scored")


def test_colleagues_of_one_unit_do_not_do_each_others_scoring(province: Province):
    province.enter_many(4)
    with db.reading() as session:
        unit = session.get_one(Unit, province.people["专家1"].unit_id)
    province.enter("同事", unit=unit)
    case_id = province.apply()

    with pytest.raises(NotFound):
        sample.complete(province.seat_case(case_id, "专家1"), by=province.people["同事"],
                        answers={"score_service": "1", "score_team": "1"}, outcome="scored")
    with db.reading() as session:
        assert [row.case_public_id for row in queries.inbox(session, province.people["同事"])[0]] == [
            province.case(province.seat_case(case_id, "同事")).public_id
        ]


def test_an_expert_does_not_give_the_scoring_back(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    name = province.seated(case_id)[0]
    task = province.open_task(province.seat_case(case_id, name))

    with db.transaction() as session, pytest.raises(Refused):
        operations.release(session, task.public_id, by=province.people[name])


def test_each_item_needs_its_points_within_the_sheet(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    name = province.seated(case_id)[0]

    with pytest.raises(Invalid) as missing:
        sample.complete(province.seat_case(case_id, name), by=province.people[name], answers={"score_service": "10"},
                        outcome="scored")
    assert list(missing.value.fields) == ["score_team"]
    for points in ("60.5", "-1", "10.3"):
        with pytest.raises(Invalid) as wrong:
            province.score(case_id, name, points)
        assert list(wrong.value.fields) == ["score_service"]
    assert province.seated(case_id, "open") == province.seated(case_id)


def test_the_most_points_of_each_item_are_taken(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    name = province.seated(case_id)[0]

    province.score(case_id, name, "60", "40")

    assert [r.ExpertSeat.score for r in province.panel(case_id).seats if r.name == name] == ["100.00"]


def test_standing_aside_needs_a_reason(province: Province):
    province.enter_many(5)
    case_id = province.apply()

    with pytest.raises(Invalid) as caught:
        province.stand_aside(case_id, province.seated(case_id)[0], reason="  ")

    assert list(caught.value.fields) == ["conflict_reason"]


def test_whoever_stands_aside_is_replaced_by_the_next_in_the_order(province: Province):
    province.enter_many(8)
    case_id = province.apply()
    order = [one["name"] for one in province.panel(case_id).draws[0].candidates]

    province.stand_aside(case_id, order[0])
    province.stand_aside(case_id, order[5])

    assert province.seated(case_id) == order[:7]
    assert province.seated(case_id, "declined") == [order[0], order[5]]
    seats = {row.name: row.instead_of for row in province.panel(case_id).seats}
    assert (seats[order[5]], seats[order[6]]) == (order[0], order[5])
    assert province.case(province.seat_case(case_id, order[0])).outcome == "已回避"


def test_a_substitute_who_is_in_conflict_by_now_is_passed_over(province: Province):
    province.enter_many(8)
    case_id = province.apply()
    order = [one["name"] for one in province.panel(case_id).draws[0].candidates]
    province.relate(order[5], unit_id=province.who["applicant@institution"].unit_id)

    province.stand_aside(case_id, order[2])

    assert province.seated(case_id, "open") == [*order[:2], *order[3:5], order[6]]


def test_fewer_experts_than_wanted_score_where_they_make_the_quorum(province: Province):
    province.enter_many(3)
    case_id = province.apply()

    assert len(province.seated(case_id)) == 3
    assert province.panel(case_id).draws[0].wanted == 5
    score_all(province, case_id, "60", "75", "90")
    assert province.result(case_id)["expert_score"] == "75.00"


def test_too_few_experts_are_the_offices_task_and_nobody_scores_yet(province: Province):
    province.enter_many(2)
    case_id = province.apply()

    shortage = province.panel(case_id).shortage
    task = province.open_task(shortage.id)

    assert (province.seated(case_id), province.panel(case_id).review.status) == ([], "short")
    assert (task.name, task.unit_id) == ("补充评审专家", province.who["clerk@province"].unit_id)
    assert shortage.about_id == case_id


def test_the_office_adds_experts_and_draws_again(province: Province):
    province.enter_many(2)
    case_id = province.apply()

    province.settle_shortage(case_id, "again")
    assert province.panel(case_id).review.status == "short"
    province.enter("外地专家", region_code="130700")
    province.settle_shortage(case_id, "again")

    assert sorted(province.seated(case_id)) == ["专家1", "专家2", "外地专家"]
    assert province.case(province.panel(case_id).review.shortage_case_id).outcome == "已补足"
    assert len(province.panel(case_id).draws) == 3


def test_the_office_may_go_on_with_too_few_and_there_is_no_score_then(province: Province):
    province.enter_many(3)
    case_id = province.apply()
    names = province.seated(case_id)
    province.stand_aside(case_id, names[0])
    province.score(case_id, names[1], "50")
    province.score(case_id, names[2], "50")
    assert province.result(case_id) is None

    province.settle_shortage(case_id, "go_on")
    province.work()

    assert province.result(case_id) == {
        "expert_score": "", "expert_count": 2, "expert_passed": None, "expert_vetoed": False
    }
    assert province.open_task(case_id).name == "省级审核"


def test_when_the_period_is_over_the_quorum_decides(
    province: Province, clock_at: Callable[[str], None], tmp_path
):
    province.enter_many(5)
    case_id = province.apply()
    names = province.seated(case_id)
    for name, service in zip(names, ("40", "50", "45"), strict=False):
        province.score(case_id, name, service)

    last_day = province.panel(case_id).seats[0].last_day
    clock_at(f"{last_day} 23:59")
    province.work()
    assert province.result(case_id) is None
    clock_at("2026-10-20 00:00")
    province.work()

    assert province.result(case_id)["expert_score"] == "75.00"
    assert province.result(case_id)["expert_count"] == 3
    assert province.seated(case_id, "missed") == names[3:]
    assert province.case(province.seat_case(case_id, names[4])).outcome == "未评"
    assert breaches(tmp_path) == []


def test_a_missed_quorum_gives_no_score_and_the_application_goes_on(
    province: Province, clock_at: Callable[[str], None]
):
    province.enter_many(5)
    case_id = province.apply()
    for name in province.seated(case_id)[:2]:
        province.score(case_id, name, "50")

    clock_at("2026-10-20 00:00")
    province.work()

    assert province.result(case_id)["expert_score"] == ""
    assert province.result(case_id)["expert_count"] == 2
    assert province.open_task(case_id).name == "省级审核"


def test_the_quorum_is_never_less_than_what_the_drops_leave(province_with: Callable[..., Province]):
    province = province_with(experts=3, quorum=1, drop_highest=1, drop_lowest=1)
    province.enter_many(3)
    case_id = province.apply()
    names = province.seated(case_id)

    for name in names[:2]:
        province.score(case_id, name, "50")
    province.stand_aside(case_id, names[2])
    province.settle_shortage(case_id, "go_on")

    assert province.result(case_id)["expert_score"] == ""


@pytest.mark.parametrize(("service", "passed"), [("39.5", False), ("40", True), ("40.5", True)])
def test_the_pass_mark_itself_passes(province_with: Callable[..., Province], service: str, passed: bool):
    province = province_with(experts=1, quorum=1, drop_highest=0, drop_lowest=0)
    province.enter_many(1)
    case_id = province.apply()

    province.score(case_id, "专家1", service)

    assert province.result(case_id)["expert_passed"] is passed


def test_no_point_for_a_veto_item_fails_the_whole(province_with: Callable[..., Province]):
    province = province_with(experts=2, quorum=2, drop_highest=0, drop_lowest=0, pass_mark=10)
    province.enter_many(2)
    case_id = province.apply()

    province.score(case_id, "专家1", "60", "0")
    province.score(case_id, "专家2", "60", "40")

    assert province.result(case_id) == {
        "expert_score": "80.00", "expert_count": 2, "expert_passed": False, "expert_vetoed": True
    }


def test_an_expert_reads_the_application_only_while_assigned(province: Province):
    province.enter_many(6)
    case_id = province.apply()
    names = province.seated(case_id)
    other = next(name for name in province.experts if name not in names)

    assert province.sees(names[0], case_id)
    assert not province.sees(other, case_id)
    assert not province.sees(names[0], province.seat_case(case_id, names[1]))
    assert province.sees(names[0], province.seat_case(case_id, names[0]))
    province.score(case_id, names[0], "50")
    assert not province.sees(names[0], case_id)


def test_neither_the_applicant_nor_the_tiers_below_see_a_score(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    seat_case = province.seat_case(case_id, province.seated(case_id)[0])

    for login, sees in (("applicant@institution", False), ("clerk@county", False), ("clerk@city", False),
                        ("clerk@province", True)):
        with db.reading() as session:
            found = session.scalar(
                select(Case.id).where(Case.id == seat_case, queries.in_sight(province.who[login]))
            )
        assert (found is not None) is sees, login


def test_a_withdrawn_application_ends_the_review(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    names = province.seated(case_id)
    province.score(case_id, names[0], "50")

    with db.transaction() as session:
        public_id = session.get_one(Case, case_id).public_id
        operations.withdraw(session, public_id, by=province.who["applicant@institution"], reason="暂不申报")
    province.work()

    assert province.panel(case_id).review.status == "cancelled"
    assert province.case(province.seat_case(case_id, names[1])).outcome == "评审终止"
    with db.reading() as session:
        assert session.scalars(select(Task.id).where(Task.status == "open")).all() == []


def test_two_applications_are_drawn_independently(province: Province):
    province.enter_many(7)
    first = province.apply()
    second = province.apply("applicant@other_institution")

    seeds = {province.panel(case_id).draws[0].seed for case_id in (first, second)}

    assert len(seeds) == 2
    assert len(province.seated(first)) == len(province.seated(second)) == 5


def test_each_step_is_on_record(province: Province):
    province.enter_many(6)
    case_id = province.apply()
    name = province.seated(case_id)[0]
    province.stand_aside(case_id, name)

    with db.reading() as session:
        told = session.execute(
            select(AuditEntry.verb, AuditEntry.person_name).where(
                AuditEntry.chain.in_([f"case:{case_id}", f"case:{province.seat_case(case_id, name)}"])
            )
        ).all()

    assert ("draw_experts", f"{province.who['applicant@institution'].name}") in told
    assert ("close_seat", name) in told


def test_experts_who_score_at_the_same_moment_all_count_and_the_result_is_sent_once(province: Province):
    province.enter_many(5)
    case_id = province.apply()
    names = province.seated(case_id)
    starts, failed = threading.Barrier(len(names)), []

    def score(name: str) -> None:
        try:
            seat_case = province.seat_case(case_id, name)
            starts.wait(10)
            sample.complete(seat_case, by=province.people[name],
                            answers={"score_service": "50", "score_team": "30"}, outcome="scored")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=score, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failed == []
    assert province.result(case_id) == {
        "expert_score": "80.00", "expert_count": 5, "expert_passed": True, "expert_vetoed": False
    }
    with db.reading() as session:
        assert len(session.scalars(select(ExpertSeat).where(ExpertSeat.status == "scored")).all()) == 5
        assert len(session.scalars(select(ExpertDraw)).all()) == 1
