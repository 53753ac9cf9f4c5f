"""重大变化: reported within three months of the change, verified by the city, decided by the authority (HBI-14)."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db
from app.audit.models import AuditEntry
from app.cases import operations as cases
from app.cases.models import Case
from app.certificates import queries as certificates
from app.changes.models import ChangeReport
from app.errors import BanjianError, Invalid, NotAllowed, Refused
from app.lives import register
from app.notices.models import Notice
from app.people import operations as people
from app.people.models import Unit
from app.titles import bans, changing
from app.titles import queries as titles
from app.titles.models import Successor, Title
from tests import factories, living
from tests.changes import scene as scenes
from tests.changes.scene import Scene, events, outcome_of, reports, sanctions, stood
from tests.sanctions.test_circular import text_of
from tests.titles import acting


def test_hbi_14_1_the_last_day_is_three_months_after_the_change_moved_past_the_holiday(scene: Scene):
    """2025-07-04 and three months is 4 October, in the National Day holiday."""
    scene.clock_at("2025-10-09 23:59")
    case = scene.begin()
    scene.report(case, "2025-07-04")

    (row,) = reports()
    assert (row.due_on, row.late, row.status, row.noted_by) == (date(2025, 10, 9), False, "reported", "holder")
    found = scenes.deadline(case, "change_report")
    assert (found.last_day, found.status) == (date(2025, 10, 9), "met")


def test_hbi_14_1_a_report_one_day_later_is_taken_and_marked_late(scene: Scene):
    scene.clock_at("2025-10-10 00:00")
    case = scene.begin()
    scene.report(case, "2025-07-04")

    (row,) = reports()
    assert (row.due_on, row.late, row.status) == (date(2025, 10, 9), True, "reported")
    assert scenes.deadline(case, "change_report").status == "missed"
    assert [task.name for task in living.open_tasks(case)] == ["核实变化"]
    assert scene.title.status == "active"


@pytest.mark.parametrize(
    ("changed_on", "last_day"),
    [("2025-07-31", "2025-10-31"), ("2025-08-31", "2025-12-01"), ("2025-11-30", "2026-02-28"),
     ("2025-11-15", "2026-02-24")],
)
def test_hbi_14_1_months_end_on_the_corresponding_day_or_the_months_last(scene: Scene, changed_on, last_day):
    scene.clock_at(f"{last_day} 23:59")
    scene.report(scene.begin(), changed_on)

    (row,) = reports()
    assert (row.due_on.isoformat(), row.late) == (last_day, False)


def test_hbi_14_1_nobody_is_late_by_a_provisional_day(scene: Scene):
    scene.clock_at("2027-03-05 10:00")  # the notice about 2027 isn't known
    scene.report(scene.begin(), "2026-11-20")

    (row,) = reports()
    assert row.provisional
    assert row.due_on < date(2027, 3, 5)
    assert not row.late


@pytest.mark.parametrize(
    ("changed_on", "said"), [("2025-09-02", "不能晚于|今天以后|晚于"), ("2025-06-30", "早于称号的授予日")]
)
def test_a_change_in_the_future_or_before_the_title_is_refused_at_its_field(scene: Scene, changed_on, said):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin()

    with pytest.raises(Invalid) as invalid:
        scene.report(case, changed_on)

    assert list(invalid.value.fields) == ["changed_on"]
    assert re.search(said, invalid.value.fields["changed_on"][0])
    assert reports()[0].status == "open"


@pytest.mark.parametrize("changed_on", ["2025-07-01", "2025-09-01"])
def test_a_change_on_the_titles_first_day_or_today_is_taken(scene: Scene, changed_on):
    scene.clock_at("2025-09-01 10:00")
    scene.report(scene.begin(), changed_on)

    assert reports()[0].changed_on.isoformat() == changed_on


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"after_name": "持证服务机构1"}, "after_name"), ({"after_name": ""}, "after_name"),
     ({"after_region": "不存在的县"}, "after_region"), ({"kind": "moon"}, "kind"),
     ({"after_credit_code": "123"}, "after_credit_code"), ({"evidence": []}, "evidence"),
     ({"declared": False}, "declared"),
     ({"has_successor": "yes", "successor_name": "甲"}, "successor_code")],
)
def test_what_a_report_lacks_is_said_at_its_field_and_nothing_changes(scene: Scene, answers, field):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin()

    with pytest.raises(Invalid) as invalid:
        scene.report(case, "2025-08-01", **answers)

    assert field in invalid.value.fields
    assert (reports()[0].status, events(scene)) == ("open", ["granted 2025-07-01 HBI-8.5"])


def test_what_the_register_knows_is_taken_from_there_whatever_was_typed(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    scene.report(scene.begin(), "2025-08-01", before_name="另一个名字", before_representative="王敏",
                 after_representative="李强")

    facts = reports()[0].facts
    assert facts["before"]["name"] == "持证服务机构1"
    assert facts["after"] == {"name": "持证服务集团", "representative": "李强"}


def test_hbi_14_3_the_title_stays_active_while_the_change_is_verified(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    scene.report(scene.begin(), "2025-08-01")
    assert (scene.title.status, stood(scene, "2025-08-15")) == ("active", "active")
    scene.verify()

    assert (scene.title.status, stood(scene, "2025-09-01")) == ("active", "active")
    assert events(scene) == ["granted 2025-07-01 HBI-8.5"]


def test_hbi_14_2_kept_with_the_new_name_on_the_register_from_the_day_of_the_change(scene: Scene):
    until = scene.title.valid_until
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin()
    scene.report(case, "2025-08-01", after_address="新华路 8 号")
    scene.verify()
    scene.decide(document_number="冀工信函〔2025〕9号")

    title = scene.title
    with db.reading() as session:
        unit = session.get_one(Unit, title.holder_id)
        changed = changing.events_of(session, title.id)[-1]
        letters = session.scalars(select(Notice.letter).where(Notice.to_unit_id == unit.id)).all()
    assert (title.holder_name, title.valid_until, title.status) == ("持证服务集团", until, "active")
    assert (unit.name, unit.address) == ("持证服务集团", "新华路 8 号")
    assert events(scene)[-1] == "changed 2025-08-01 HBI-14.2"
    assert changed.recorded_at == clock.now()
    assert (changed.decision, changed.details["facts"]["before"]["name"]) == ("冀工信函〔2025〕9号", "持证服务机构1")
    assert outcome_of(case) == {"status": "done", "outcome": "称号保留"}
    assert letters == ["change_kept"]
    assert reports()[0].status == "kept"


def test_hbi_14_2_a_new_name_is_the_accounts_the_registers_and_later_papers_and_earlier_papers_keep_the_old_one(
    scene: Scene,
):
    old, new = "持证服务机构1", "持证服务集团"
    case = scene.begin("clerk@city")
    scene.clock_at("2025-09-01 10:00")
    scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-08-01", source="public", learnt="公示")
    requested = text_of("change_request")
    scene.report(case, "2025-08-01")
    scene.verify()
    scene.decide(document_number="冀工信函〔2025〕9号")

    title, holder = scene.title, scene.who("holder")
    with db.reading() as session:
        [row] = register.page(session, register.Chosen(text=new))[0]
        certificate = certificates.shown(session, holder, title.public_id, site_url="https://x").certificate
        [former] = titles.standing_on(session, title.number, "", date(2025, 7, 31))
        trail = session.scalars(select(AuditEntry).where(AuditEntry.verb == "follow_change")).one()
    assert row.holder_name == new
    assert holder.unit_name == new
    assert (certificate.holder, former.holder_name) == (new, old)
    assert (old in requested, new in requested) == (True, False)
    assert text_of("change_request") == requested  # what was sent stays as it was sent
    assert new in text_of("change_kept")
    assert (trail.chain, trail.person_name) == (f"unit:{title.holder_id}", scene.who("clerk@province").name)
    assert f"{old} → {new}" in str(trail.details)


def test_hbi_14_2_a_ban_of_another_programme_follows_into_the_new_code_and_stays_for_the_old_one(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    code, title = factories.credit_code(), scene.title
    with db.transaction() as session:
        unit = session.get_one(Unit, title.holder_id)
        before = unit.credit_code
        acting.write_ban(session, unit=unit, programme="another", case_id=title.case_id, since="2025-08-01",
                         until="2027-08-01")
    scene.report(scene.begin(), "2025-08-15", after_credit_code=code)
    scene.verify()
    scene.decide()
    with db.reading() as session:
        found = [bans.ban_on(session, "another", known, date(2025, 9, 2)) for known in (before, code)]
        assert [ban.ends_on for ban in found] == [date(2027, 8, 1)] * 2
        assert "持证服务机构1" in bans.said(session, found[1], code)


def test_a_change_that_another_title_of_the_institution_brought_first_is_still_reported_for_this_one(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    with db.transaction() as session:
        unit = session.get_one(Unit, scene.alive.title(session).holder_id)
        people.follow_change(session, unit.id, by=None, reason="更名", case="X1",
                             values={"name": "持证服务集团", "credit_code": unit.credit_code})
    scene.report(scene.begin(), "2025-08-01")
    scene.verify()
    scene.decide()
    assert (scene.title.holder_name, stood(scene, "2025-09-01")) == ("持证服务集团", "active")
    with db.reading() as session:
        details = changing.events_of(session, scene.title.id)[-1].details
    assert (details["holder_name_before"], details["holder_name"]) == ("持证服务机构1", "持证服务集团")


def test_hbi_14_3_the_sanction_for_a_change_names_no_ban(scene: Scene):
    with db.reading() as session:
        programme = changing.programme_of(session, scene.alive.title(session))

    assert programme.life.sanctions[programme.life.changes.not_passed].ban is None


def test_what_is_stored_of_a_change_agrees_with_itself(scene: Scene):
    scene.clock_at("2025-10-10 10:00")
    scene.report(scene.begin(), "2025-07-04")
    scene.verify("supplement")
    scene.report(scene.begin(), "2025-10-09", kind="relocated", after_name="", after_address="新华路 8 号")
    (task,) = living.open_tasks(name="补充变化情况")
    living.complete(task, scene.who("holder"), scene.reported("2025-07-04", task, scene.who("holder")))
    begun = scene.begin("clerk@city")
    scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-07-05", source="public", learnt="公示")
    scene.pass_time("2025-10-11 09:00")

    assert [task.name for task in living.open_tasks(begun)] == ["处理逾期未报"]
    assert scenes.breaches(scene) == []


def test_hbi_14_2_no_longer_qualified_is_proposed_and_the_title_stays_till_it_is_decided(scene: Scene):
    scene.clock_at("2025-10-10 10:00")
    case = scene.begin()
    scene.report(case, "2025-07-04")
    scene.verify("unqualified", "专职人员不足")
    scene.decide("not_passed", opinion="同意，不再符合条件")

    (proposed,) = sanctions()
    assert (proposed.key, proposed.status, proposed.clause) == ("not_qualified", "proposed", "HBI-14.2")
    assert "持证服务集团" in proposed.evidence[0]["what"]
    assert proposed.evidence[0]["on"] == "2025-07-04"
    assert scene.title.status == "active"
    assert outcome_of(case)["outcome"] == "已提出处理"
    assert reports()[0].status == "not_passed"


def test_a_report_sent_back_is_supplemented_and_stays_as_timely_as_it_was(scene: Scene):
    scene.clock_at("2025-10-09 10:00")
    case = scene.begin()
    scene.report(case, "2025-07-04")
    scene.verify("supplement", "请补充营业执照")
    scene.clock_at("2025-10-14 10:00")
    scene.report(case, "2025-07-04", after_address="新华路 8 号")

    (row,) = reports()
    assert not row.late
    assert clock.local(row.reported_at).date() == date(2025, 10, 9)
    assert row.facts["after"]["address"] == "新华路 8 号"
    assert [task.name for task in living.open_tasks(case)] == ["核实变化"]


def test_a_new_division_moves_who_reviews_the_titles_later_cases(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    scene.report(scene.begin(), "2025-08-01", kind="relocated", after_name="", after_region="高阳县")
    scene.verify()
    scene.decide()

    case = scene.begin()
    with db.reading() as session:
        assert session.get_one(Unit, scene.title.holder_id).region_code == "130628"
        assert session.scalars(select(Case.county_code).where(Case.public_id == case)).one() == "130628"


def test_a_division_outside_the_authoritys_is_reported_but_the_title_cannot_be_kept(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin()
    scene.report(case, "2025-08-01", kind="relocated", after_name="", after_region="420106")
    scene.verify()

    with pytest.raises(Refused, match="不在.*辖区内") as refused:
        scene.decide()

    assert refused.value.clause == "HBI-14.2"
    assert (outcome_of(case)["status"], events(scene)) == ("open", ["granted 2025-07-01 HBI-8.5"])
    scene.decide("not_passed")
    assert [one.key for one in sanctions()] == ["not_qualified"]


def test_a_new_credit_code_is_the_units_and_stands_in_the_register_of_successors(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    code, title = factories.credit_code(), scene.title
    with db.reading() as session:
        before = session.get_one(Unit, title.holder_id).credit_code
    scene.report(scene.begin(), "2025-08-01", after_credit_code=code)
    scene.verify()
    scene.decide()

    with db.reading() as session:
        (row,) = session.scalars(select(Successor)).all()
        assert session.get_one(Unit, title.holder_id).credit_code == code
    assert (row.before_code, row.after_code, row.kind, row.changed_on) == (before, code, "renamed", date(2025, 8, 1))
    assert (row.before_name, row.after_name) == ("持证服务机构1", "持证服务集团")
    assert scene.title.holder_id == title.holder_id


def test_merged_into_an_institution_of_the_register_the_title_passes_to_it(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    with db.transaction() as session:
        other = factories.institution(session, name="合并后的机构")
    scene.report(scene.begin(), "2025-08-01", kind="merged", after_name="", has_successor="yes",
                 successor_name="合并后的机构", successor_code=other.credit_code)
    scene.verify()
    scene.decide()

    with db.reading() as session:
        title = session.scalars(select(Title).where(Title.public_id == scene.alive.titles["持证服务机构1"])).one()
        (row,) = session.scalars(select(Successor)).all()
    assert (title.holder_id, title.holder_name) == (other.id, "合并后的机构")
    assert (row.kind, row.after_code) == ("merged", other.credit_code)


def test_a_title_does_not_pass_to_an_institution_that_holds_one_already(scene_of: Callable[..., Scene]):
    scene = scene_of()
    with db.transaction() as session:
        release = changing.programme_of(session, scene.alive.title(session))
        other = factories.institution(session, name="合并后的机构")
        living.grant(session, release, scene.alive.world, other, date(2025, 7, 1))
    scene.clock_at("2025-09-01 10:00")
    scene.report(scene.begin(), "2025-08-01", kind="merged", after_name="", has_successor="yes",
                 successor_name="合并后的机构", successor_code=other.credit_code)
    scene.verify()

    with pytest.raises(Refused, match="已有本项目的称号"):
        scene.decide()


def test_only_one_report_is_unfiled_and_the_second_is_told_its_number(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    first = scene.begin()
    with db.reading() as session:
        number = session.scalars(select(Case.number).where(Case.public_id == first)).one()

    with pytest.raises(Refused, match=number) as refused:
        scene.begin()

    assert refused.value.clause == "HBI-14.1"
    assert len(reports()) == 1


def test_a_second_change_may_be_reported_while_the_first_is_verified(scene: Scene):
    """Its own three months run: nobody is late by the pace of an office."""
    scene.clock_at("2025-09-01 10:00")
    first = scene.begin()
    scene.report(first, "2025-08-01")
    second = scene.begin()
    scene.report(second, "2025-08-20", kind="relocated", after_name="", after_address="新华路 8 号")

    assert [(row.status, row.due_on) for row in reports()] == [
        ("reported", date(2025, 11, 3)), ("reported", date(2025, 11, 20)),
    ]


def test_d16_a_change_that_the_city_learnt_of_runs_from_its_day_and_the_holder_is_told(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin("clerk@city")
    scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-07-04", source="public", learnt="公示")

    found = scenes.deadline(case, "change_report")
    assert (found.last_day, found.status) == (date(2025, 10, 9), "running")
    assert [(task.name, task.ends_at) for task in living.open_tasks(case)] == [("按要求报告重大变化", found.ends_at)]
    assert (reports()[0].noted_by, reports()[0].due_on) == ("department", date(2025, 10, 9))
    scene.pass_time("2025-10-09 23:59")
    scene.report(case, "2025-07-04")
    assert not reports()[0].late


def test_d17_not_reported_in_time_goes_to_the_city_which_may_still_have_it_reported_late(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin("clerk@city")
    scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-07-04", source="public", learnt="公示")
    scene.pass_time("2025-10-10 00:00")
    assert [task.name for task in living.open_tasks(case)] == ["处理逾期未报"]
    assert scene.title.status == "active"

    scene.do("处理逾期未报", "clerk@city", "chase", opinion="已电话催报")
    scene.report(case, "2025-07-04")

    assert (reports()[0].late, reports()[0].status) == (True, "reported")
    assert [task.name for task in living.open_tasks(case)] == ["核实变化"]


def test_d17_a_change_that_is_never_reported_is_verified_without_a_report(scene: Scene):
    scene.clock_at("2025-10-15 10:00")
    case = scene.begin("clerk@city")
    scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-07-04", source="public", learnt="公示")
    scene.do("处理逾期未报", "clerk@city", "verify", opinion="两次催报未报")
    scene.verify("unqualified")
    scene.decide("not_passed")

    assert (reports()[0].status, reports()[0].reported_at) == ("not_passed", None)
    assert sanctions()[0].from_case_id is not None
    assert outcome_of(case)["status"] == "done"


def test_who_may_begin_a_report(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    for login in ("clerk@province", "clerk@county", "lead@city", "clerk@sibling_city", "applicant@institution"):
        with pytest.raises(NotAllowed):
            scene.begin(login)
    assert reports() == []


def test_a_holder_takes_its_own_report_back_but_not_the_citys(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    own = scene.begin()
    with db.transaction() as session:
        cases.withdraw(session, own, by=scene.alive.holder(session), reason="日期有误，重新填报")
    assert reports()[0].status == "withdrawn"

    theirs = scene.begin("clerk@city")
    with pytest.raises(NotAllowed, match="不是本单位发起"), db.transaction() as session:
        cases.withdraw(session, theirs, by=scene.alive.holder(session), reason="不想报")


def test_a_title_that_ends_meanwhile_ends_the_report_and_refuses_it_before_that(scene: Scene):
    scene.clock_at("2025-09-01 10:00")
    case = scene.begin()
    scene.clock_at("2025-09-01 10:01")
    with db.transaction() as session:
        title = changing.locked(session, scene.title.id)
        changing.record(session, title, "revoked", case_id=title.case_id, clause="HBI-13.3",
                        effective_on=date(2025, 9, 1))

    with pytest.raises(Refused, match="已撤销") as refused:
        scene.report(case, "2025-08-01")
    assert refused.value.clause == "HBI-13.3"

    scene.pass_time("2025-09-01 10:02")
    assert outcome_of(case) == {"status": "done", "outcome": "称号已终止"}
    assert reports()[0].status == "withdrawn"
    with pytest.raises(BanjianError):
        scene.begin()


class TestSuspending:
    """A programme whose title is suspended from the day of the change (NAT-18)."""

    @pytest.fixture
    def scene(self, scene_of: Callable[..., Scene]) -> Scene:
        return scene_of(suspends=True)

    def test_nat_18_1_suspended_from_the_day_of_the_change_though_reported_later(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")

        assert (stood(scene, "2025-07-31"), stood(scene, "2025-08-01")) == ("active", "suspended")
        assert scene.title.status == "suspended"
        assert events(scene)[-1] == "suspended 2025-08-01 HBI-14.1"

    def test_nat_18_4_restored_within_the_original_validity(self, scene: Scene):
        until = scene.title.valid_until
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")
        scene.clock_at("2025-09-20 10:00")
        scene.verify()
        scene.decide()

        assert (stood(scene, "2025-09-19"), stood(scene, "2025-09-20")) == ("suspended", "active")
        assert (scene.title.status, scene.title.valid_until) == ("active", until)
        assert [line.split()[0] for line in events(scene)] == ["granted", "suspended", "changed", "restored"]

    def test_nat_18_4_not_passed_stays_suspended_until_the_sanction_is_decided(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")
        scene.verify("unqualified")
        scene.decide("not_passed")

        assert scene.title.status == "suspended"
        assert [one.status for one in sanctions()] == ["proposed"]

    def test_a_second_change_keeps_it_suspended_when_the_first_is_settled(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")
        scene.report(scene.begin(), "2025-08-20", kind="relocated", after_name="", after_address="新华路 8 号")
        tasks = living.open_tasks(name="核实变化")
        for task in tasks[:1]:
            living.complete(task, scene.who("clerk@city"), {"checked_on": "2025-09-01", "way": "papers",
                            "findings": "属实", "opinion": "符合"}, "qualified")
        scene.decide()
        assert scene.title.status == "suspended"

        scene.verify()
        scene.decide()
        assert scene.title.status == "active"

    def test_a_change_of_an_earlier_day_suspends_again_after_a_restoration(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")
        scene.verify()
        scene.decide()
        assert scene.title.status == "active"
        scene.clock_at("2025-10-10 10:00")
        scene.report(scene.begin(), "2025-08-20", kind="relocated", after_name="", after_address="新华路 8 号")

        assert scene.title.status == "suspended"
        assert stood(scene, "2025-09-15") == "suspended"

    def test_another_day_in_the_report_than_the_city_learnt_takes_the_place_of_the_first(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        case = scene.begin("clerk@city")
        scene.do("登记获知的变化", "clerk@city", kind="renamed", changed_on="2025-08-10", source="public",
                 learnt="公示")
        assert stood(scene, "2025-08-09") == "active"
        assert stood(scene, "2025-08-10") == "suspended"
        scene.report(case, "2025-08-05")

        assert (stood(scene, "2025-08-04"), stood(scene, "2025-08-05")) == ("active", "suspended")

    def test_one_who_is_suspended_by_its_report_cannot_take_it_back(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        case = scene.begin()
        scene.report(case, "2025-08-01")

        with pytest.raises(Refused, match="不能自行撤回"), db.transaction() as session:
            cases.withdraw(session, case, by=scene.alive.holder(session), reason="不想报")

    def test_a_title_that_ends_while_suspended_ends_the_report(self, scene: Scene):
        scene.clock_at("2025-09-01 10:00")
        scene.report(scene.begin(), "2025-08-01")
        with db.transaction() as session:
            title = changing.locked(session, scene.title.id)
            changing.record(session, title, "expired", case_id=title.case_id, clause="HBI-12",
                            effective_on=date(2025, 9, 1))
        scene.pass_time("2025-09-01 10:01")

        with db.reading() as session:
            assert session.scalars(select(ChangeReport.status)).one() == "withdrawn"
