"""移交: titles of a unit that may not recommend any more, and single ones, go to another unit by decision."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import clock, db, invariants, worker
from app.audit.models import AuditEntry
from app.cases import by_hand
from app.cases import operations as cases
from app.cases.models import Case, Task
from app.documents import storage
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.notices.models import Notice
from app.obligations import excusing, units
from app.obligations.models import Duty
from app.outbox.models import Letter
from app.outbox.senders import NoSender
from app.people.models import Unit
from app.programmes.queries import latest
from app.sanctions.models import RecommenderHold
from app.titles import recommending
from app.titles.models import Title, TitleEvent
from tests import factories, living
from tests.browsing import seen

KEY = "national-platform"
DAY = "2026-07-01"


@pytest.fixture
def scene(app, clock_at: Callable[[str], None]) -> living.Living:
    """Three platforms of 12 June 2026 in Shunping county, two of them recommended by the association; it is 1 July."""
    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-07-01 09:00")
    made = living.living(count=3, granted_on=date(2026, 6, 12), programme=KEY)
    with db.transaction() as session:
        for name in ("持证服务机构1", "持证服务机构2"):
            case = session.get_one(Case, made.title(session, name).case_id)
            case.recommender_id = made.world.unit("association").id
        session.get_one(Unit, made.title(session, "持证服务机构1").holder_id).contact_email = "one@example.cn"
    return made


@contextmanager
def refused_at(field: str, said: str) -> Iterator[None]:
    """A form that is refused at one field with these words."""
    with pytest.raises(Invalid) as wrong:
        yield
    assert list(wrong.value.fields) == [field]
    assert said in wrong.value.fields[field][0]


def who(scene: living.Living, login: str):
    with db.reading() as session:
        return scene.who(session, login)


def answers_for(scene: living.Living, name: str) -> str:
    with db.reading() as session:
        title = scene.title(session, name)
        found = recommending.recommender_of(session, latest(session, KEY), title)
        return session.get_one(Unit, found).name


def proposed(scene: living.Living, unit: str = "association") -> str:
    """A case about a recommender, up to the decision."""
    clerk, lead = who(scene, "clerk@ministry"), who(scene, "lead@ministry")
    with db.transaction() as session:
        case = by_hand.begin(session, clerk, programme_key=KEY, diagram="recommender_hold").public_id
    proposal = {"recommender": scene.world.unit(unit).name, "ground": "对推荐的平台不检查", "known_on": DAY,
                "evidence": [{"what": "没有检查记录", "found_on": "2026-06-30"}]}
    living.complete(living.open_tasks(case)[0], clerk, proposal, "propose")
    living.complete(living.open_tasks(case)[0], lead, {"opinion": "请说明情况。"}, "hear")
    living.complete(living.open_tasks(case)[0], who(scene, f"clerk@{unit}"), {}, "waive")
    return case


def decide(scene: living.Living, case: str, outcome: str = "suspend", **said: Any) -> None:
    answers = {"reason": "事由属实。", "document_number": "工信部企业函〔2026〕99 号", "document_date": DAY}
    if outcome == "suspend":
        answers["held_until"] = "2027-06-30"
    living.complete(living.open_tasks(case)[0], who(scene, "lead@ministry"), {**answers, **said}, outcome)


def move(scene: living.Living, title: str, **said: Any) -> str:
    """A decision about a single title, up to its letter; returns the case."""
    clerk, lead = who(scene, "clerk@ministry"), who(scene, "lead@ministry")
    case = living.begin(clerk, scene.titles[title], "recommender_move")
    living.complete(living.open_tasks(case)[0], clerk, {"successor": "x", "reason": "平台迁址"}, "propose")
    answers = {"successor": scene.world.unit("province").name, "reason": "平台迁址，便于跟踪管理",
               "document_number": "工信部企业函〔2026〕101 号", "document_date": DAY}
    living.complete(living.open_tasks(case)[0], lead, {**answers, **said}, "hand_over")
    return case


def report_in_check(scene: living.Living, clock_at: Callable[[str], None]) -> Task:
    """The association's task to check the first platform's report due on 10 August."""
    living.pass_time(clock_at, "2026-08-05 09:00")
    with db.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.title_id == scene.title(session, "持证服务机构1").id)).one()
        [task] = living.open_tasks_in(session, duty.case_id)
        holder = scene.holder(session, "持证服务机构1")
    report = {
        "policy_online": "1200", "policy_offline": "70", "consulting_offline": "30", "training_attendances": "200",
        "technology_offline": "0", "reporter": "甄真", "reporter_phone": "13803120001", "declared": True,
        "activities": [{"activity": "政策宣讲", "held_on": "2026-07-16", "activity_channel": "activity", "firms": "4"}],
    }
    living.complete(task, holder, report)
    with db.reading() as session:
        [check] = living.open_tasks_in(session, task.case_id)
    return check


def test_nat_20_3_the_titles_of_a_held_unit_go_to_the_unit_that_the_decision_names(client, scene):
    decide(scene, proposed(scene), successor="河北省主管部门")

    assert answers_for(scene, "持证服务机构1") == answers_for(scene, "持证服务机构2") == "河北省主管部门"
    with db.reading() as session:
        events = session.scalars(select(TitleEvent).where(TitleEvent.kind == "handed_over")).all()
        told = session.scalars(select(Letter).where(Letter.subject == "称号的推荐单位变更")).all()
        letters = {(one.title, one.to_name) for one in session.scalars(select(Notice))}
    assert [(one.effective_on, one.clause, one.decision) for one in events] == [
        (date(2026, 7, 1), "NAT-20.3", "工信部企业函〔2026〕99 号")] * 2
    assert len(told) == 2
    assert "one@example.cn" in [one.to_address for one in told]
    assert all("自 2026-07-01 起由河北省主管部门" in one.body for one in told)
    assert letters == {("关于接手跟踪管理的通知", "河北省主管部门"), ("关于推荐资格的决定书", "中小企业协会")}
    words = seen(client.get(f"/titles/{scene.titles['持证服务机构1']}"))
    assert "移交推荐单位：由中小企业协会移交河北省主管部门" in words
    assert "推荐单位 河北省主管部门" in words
    assert "移交推荐单位" not in seen(client.get(f"/titles/{scene.titles['持证服务机构3']}"))


def test_nat_20_3_without_a_unit_that_takes_them_over_a_unit_with_titles_is_not_held(scene):
    case = proposed(scene)

    with refused_at("successor", "还有 2 个有效称号"):
        decide(scene, case)
    with db.reading() as session:
        assert session.scalars(select(RecommenderHold)).all() == []
    assert answers_for(scene, "持证服务机构1") == "中小企业协会"


def test_nat_20_3_a_unit_without_titles_is_held_without_anybody_who_takes_over(scene):
    for name in ("持证服务机构1", "持证服务机构2"):
        move(scene, name)
    decide(scene, proposed(scene))

    with db.reading() as session:
        [held] = session.scalars(select(RecommenderHold)).all()
        letters = session.scalars(select(Notice.title).where(Notice.case_id == held.case_id)).all()
    assert letters == ["关于推荐资格的决定书"]


@pytest.mark.parametrize(("name", "said"), [
    ("高阳科技服务有限公司", "不是本项目的推荐单位"), ("中小企业协会", "接手的不能是本单位"),
    ("北京市经济和信息化局", "不能推荐 2 个称号所在地的单位"), ("省直平台协会", "就是称号"), ("停牌协会", "暂停推荐"),
])
def test_nat_20_3_titles_go_only_to_a_unit_that_may_recommend_there(scene, name, said):
    with db.transaction() as session:
        factories.department(session, tier="province", region_code="110000", name="北京市经济和信息化局")
        own = factories.association(session, name="省直平台协会")
        own.organisation_code = session.get_one(Unit, scene.title(session).holder_id).credit_code
        other = factories.association(session, name="停牌协会")
        session.add(RecommenderHold(
            public_id=db.public_id(), programme=KEY, unit_id=other.id, region_code="", others=False,
            effect="suspended", sanction_id=None, case_id=scene.title(session).case_id, clause="NAT-20.3",
            decision="", year=None, starts_on=date(2026, 6, 1), ends_on=date(2026, 7, 1), held=[],
            recorded_at=clock.now(),
        ))
    case = proposed(scene)

    with refused_at("successor", said):
        decide(scene, case, successor=name)
    assert answers_for(scene, "持证服务机构1") == "中小企业协会"


def test_nat_20_3_open_tasks_move_with_the_title_and_their_deadlines_run_on(scene, clock_at):
    check = report_in_check(scene, clock_at)
    late = who(scene, "clerk@association")
    with db.reading() as session:
        prepared = cases.prepare_completion(
            session, check.public_id, identity=late, answers={"opinion": "数据属实。"}, outcome="accept"
        )
    decide(scene, proposed(scene), successor="河北省主管部门", document_date="2026-08-05")

    with db.reading() as session:
        moved = session.get_one(Task, check.id)
        assert session.get_one(Unit, moved.unit_id).name == "河北省主管部门"
        assert (moved.deadline_id, moved.ends_at, moved.claimed_by) == (check.deadline_id, check.ends_at, None)
        assert session.get_one(Case, check.case_id).recommender_id == moved.unit_id
        entry = session.scalars(select(AuditEntry).where(
            AuditEntry.chain == f"case:{check.case_id}", AuditEntry.verb == "hand_over_case")).one()
    assert (entry.details["from"], entry.details["to"]) == ("中小企业协会", "河北省主管部门")
    with pytest.raises(Gone, match="已移交其他单位"), db.transaction() as session:
        cases.complete(session, prepared, by=late)
    with pytest.raises((NotAllowed, NotFound)):
        living.complete(check, late, {"opinion": "数据属实。"}, "accept")
    living.complete(check, who(scene, "clerk@province"), {"opinion": "数据属实。"}, "accept")


def test_nat_20_3_the_next_report_opens_for_the_unit_that_answers_now(scene, clock_at):
    decide(scene, proposed(scene), successor="河北省主管部门")

    living.pass_time(clock_at, "2026-08-05 09:00")
    with db.reading() as session:
        named = {
            session.get_one(Unit, one).name
            for one in session.scalars(select(Case.recommender_id).where(
                Case.title_id.in_(select(Title.id).where(Title.recommender_id.is_not(None)))))
        }
    assert named == {"河北省主管部门"}


def test_nat_20_3_who_answered_on_a_day_stays_named_and_nothing_goes_back_when_the_hold_is_over(scene, clock_at):
    decide(scene, proposed(scene), successor="河北省主管部门")

    clock_at("2027-07-01 09:00")
    assert answers_for(scene, "持证服务机构1") == "河北省主管部门"
    with db.reading() as session:
        programme, title = latest(session, KEY), scene.title(session)
        names = {unit.id: unit.name for unit in session.scalars(select(Unit))}

        def answered(since: date, until: date) -> list[str]:
            return [names[one] for one in recommending.answered(session, programme, title, since=since, until=until)]

        assert answered(date(2026, 6, 12), date(2026, 6, 30)) == ["中小企业协会"]
        assert answered(date(2026, 6, 30), date(2026, 7, 1)) == ["中小企业协会", "河北省主管部门"]
        assert answered(date(2026, 7, 1), date(2026, 12, 31)) == ["河北省主管部门"]
        owing = units.recommenders(session, programme, date(2026, 1, 1), date(2026, 12, 31))
        assert {names[one] for one in owing} == {"中小企业协会", "河北省主管部门"}
        owing = units.recommenders(session, programme, date(2027, 1, 1), date(2027, 12, 31))
        assert {names[one] for one in owing} == {"河北省主管部门"}

    move(scene, "持证服务机构1", successor="中小企业协会", document_date="2027-07-01")
    assert answers_for(scene, "持证服务机构1") == "中小企业协会"


def test_the_register_is_held_against_its_events_also_of_handovers(app, scene):
    decide(scene, proposed(scene), successor="河北省主管部门")
    with db.reading() as session:
        assert "I12" not in {one.invariant for one in invariants.check(session, app.config["BANJIAN"]).breaches}
    with db.transaction() as session:
        scene.title(session).recommender_id = None

    with db.reading() as session:
        found = invariants.check(session, app.config["BANJIAN"]).breaches
    [breach] = [one for one in found if one.invariant == "I12"]
    assert "接手的推荐单位" in breach.words


def test_nat_20_3_a_handover_that_is_struck_from_the_record_goes_back_with_its_open_cases(scene, clock_at):
    decide(scene, proposed(scene), successor="河北省主管部门")
    living.pass_time(clock_at, "2026-08-05 09:00")
    with db.transaction() as session:
        title = recommending.changing.locked(session, scene.title(session).id)
        event = recommending.changing.events_of(session, title.id)[-1]
        recommending.changing.record(
            session, title, "corrected", case_id=title.case_id, clause=event.clause, effective_on=event.effective_on,
            decision="更正", reason="误登", supersedes=event.seq,
        )
    worker.run_until_idle(NoSender())

    assert answers_for(scene, "持证服务机构1") == "中小企业协会"
    with db.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.title_id == scene.title(session).id)).one()
        assert session.get_one(Case, duty.case_id).recommender_id == scene.world.unit("association").id


def test_nat_20_3_a_single_title_moves_by_decision_and_both_units_hear_of_it(scene):
    case = move(scene, "持证服务机构1")

    assert answers_for(scene, "持证服务机构1") == "河北省主管部门"
    assert answers_for(scene, "持证服务机构2") == "中小企业协会"
    with db.reading() as session:
        found = session.scalars(select(Case).where(Case.public_id == case)).one()
        letters = {(one.title, one.to_name) for one in session.scalars(select(Notice).where(
            Notice.case_id == found.id))}
    assert letters == {("关于接手跟踪管理的通知", "河北省主管部门"), ("关于移交跟踪管理的通知", "中小企业协会")}
    with refused_at("successor", "现在就由河北省主管部门"):
        move(scene, "持证服务机构1")


def test_nat_20_3_the_day_of_a_move_is_not_before_its_step_nor_before_another_handover(scene, clock_at):
    with refused_at("document_date", "不能早于本环节开始的 2026-07-01"):
        move(scene, "持证服务机构1", document_date="2026-06-30")
    with refused_at("document_date", ""):
        move(scene, "持证服务机构1", document_date="2026-07-02")
    [waiting] = living.open_tasks(name="移交决定")[:1]
    clock_at("2026-07-06 09:00")
    move(scene, "持证服务机构1", document_date="2026-07-06")
    answers = {"successor": "中小企业协会", "reason": "更正", "document_number": "x", "document_date": "2026-07-03"}
    with refused_at("document_date", "已经登记的移交（2026-07-06）"):
        living.complete(waiting, who(scene, "lead@ministry"), answers, "hand_over")


def test_nat_20_3_only_the_authority_moves_a_title_and_only_a_running_one(scene):
    with pytest.raises(NotAllowed):
        living.begin(who(scene, "clerk@association"), scene.titles["持证服务机构1"], "recommender_move")
    with db.transaction() as session:
        title = recommending.changing.locked(session, scene.title(session).id)
        recommending.changing.record(session, title, "revoked", case_id=title.case_id, clause="NAT-22",
                                     effective_on=date(2026, 7, 1), decision="x", reason="弄虚作假")
    with pytest.raises(Refused, match="已撤销"):
        move(scene, "持证服务机构1")
    decide(scene, proposed(scene), successor="河北省主管部门")
    with db.reading() as session:
        assert scene.title(session).recommender_id is None
        assert scene.title(session, "持证服务机构2").recommender_id is not None


def test_nat_20_3_the_unit_that_answers_excuses_a_miss_and_sees_the_title_from_within(client, scene, clock_at):
    living.pass_time(clock_at, "2026-08-11 09:00")
    with db.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.title_id == scene.title(session).id)).first()
    with pytest.raises(NotAllowed), db.transaction() as session:
        excusing.excuse(session, duty.public_id, by=scene.who(session, "lead@province"), reason="平台停机，有公告。")
    client.sign_in("lead@association")
    assert "支持和标记" not in seen(client.get(f"/titles/{scene.titles['持证服务机构3']}"))
    assert "未按期报送" in seen(client.get(f"/titles/{scene.titles['持证服务机构1']}"))
    assert "未按期报送" not in seen(client.get(f"/titles/{scene.titles['持证服务机构3']}"))
    with db.reading() as session:
        case = session.get_one(Case, duty.case_id).public_id
    assert client.get(f"/cases/{case}").status_code == 200
    with db.transaction() as session:
        excusing.excuse(session, duty.public_id, by=scene.who(session, "lead@association"), reason="平台停机，有公告。")
    with db.reading() as session:
        assert session.get_one(Duty, duty.id).status == "excused"
