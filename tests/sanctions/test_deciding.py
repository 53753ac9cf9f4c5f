"""处理: from the proposal over the statement to the decision, its effect on the title and its ban."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.cases.models import Case, Deadline
from app.errors import Invalid, NotAllowed, Refused
from app.notices.models import Notice
from app.sanctions import proposing
from app.sanctions.models import Sanction
from app.titles import changing
from app.titles.models import Ban
from tests import living
from tests.sanctions.conftest import OPINION


def bans():
    with db.reading() as session:
        return list(session.scalars(select(Ban).order_by(Ban.id)))


def statement():
    with db.reading() as session:
        return session.scalars(select(Deadline).where(Deadline.period == "statement").order_by(Deadline.id.desc())
                               .limit(1)).one()


def test_hbi_13_3_a_revocation_takes_effect_on_the_signature_with_a_ban_of_two_years(scene):
    case = scene.propose()
    assert scene.names(case) == ["审查事由和证据"]
    scene.to_decision(case)
    assert scene.title().status == "active"  # nothing before the signature

    scene.decided(case, "2026-10-12")

    [ban], [row] = bans(), scene.sanctions()
    assert (scene.title().status, row.status, row.effective_on) == ("revoked", "imposed", date(2026, 10, 12))
    assert (ban.starts_on, ban.ends_on, ban.clause) == (date(2026, 10, 12), date(2028, 10, 12), "HBI-13.3")
    assert row.ban_id == ban.id
    with db.reading() as session:
        last = changing.events_of(session, scene.title().id)[-1]
        assert (last.kind, last.clause, last.effective_on) == ("revoked", "HBI-13.3", date(2026, 10, 12))
        letters = session.scalars(select(Notice.letter).order_by(Notice.id)).all()
        assert letters == ["prior_notice", "sanction_decision"]


def test_d8_the_decision_counts_from_the_day_of_its_document_not_of_its_entry(scene):
    case = scene.propose()
    scene.to_decision(case)
    scene.pass_time("2026-10-20 09:00")
    scene.decided(case, "2026-10-15")
    assert bans()[0].ends_on == date(2028, 10, 15)
    with db.reading() as session:
        assert changing.events_of(session, scene.title().id)[-1].effective_on == date(2026, 10, 15)


@pytest.mark.parametrize(("day", "said"), [("2026-10-11", "不能早于"), ("2026-10-13", "")])
def test_a_decision_is_dated_between_the_end_of_the_hearing_and_today(scene, day, said):
    case = scene.propose()
    scene.to_decision(case)
    with pytest.raises(Invalid) as wrong:
        scene.decided(case, day)
    assert said in "".join(wrong.value.fields["document_date"])
    assert scene.title().status == "active"
    assert bans() == []


class TestHearing:
    def test_d19_the_statement_runs_from_the_service_of_the_notice_five_working_days(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        assert statement().status == "awaiting"
        scene.pass_time("2026-10-14 10:00")
        scene.read_notice()
        assert (statement().started_on, statement().last_day) == (date(2026, 10, 14), date(2026, 10, 21))

    def test_d19_a_notice_that_nobody_was_served_with_never_lets_the_period_run(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        scene.pass_time("2027-06-01 10:00")
        assert scene.names(case) == ["陈述申辩"]
        assert scene.sanctions()[0].status == "proposed"

    def test_d19_a_statement_in_the_last_second_is_heard(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        scene.read_notice()
        scene.pass_time("2026-10-19 23:59:59")
        scene.do(case, scene.holder(), {"statement": "系统故障所致，已补报。"}, "state")
        assert scene.names(case) == ["作出决定"]

    def test_d19_when_the_last_day_is_over_it_goes_on_without_one(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        scene.read_notice()
        scene.pass_time("2026-10-19 23:59:59")
        assert scene.names(case) == ["陈述申辩"]
        scene.pass_time("2026-10-20 00:00")
        assert scene.names(case) == ["作出决定"]
        assert scene.title().status == "active"  # a period that ends decides nothing

    def test_a_statement_needs_words_a_waiver_none(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        with pytest.raises(Invalid) as wrong:
            scene.do(case, scene.holder(), {}, "state")
        assert "statement" in wrong.value.fields
        scene.do(case, scene.holder(), {}, "waive")

    def test_d19_deciding_without_hearing_needs_a_reason_in_writing(self, scene):
        case = scene.propose()
        with pytest.raises(Invalid) as wrong:
            scene.do(case, "clerk@province", OPINION, "direct")
        assert "reason" in wrong.value.fields
        scene.do(case, "clerk@province", {**OPINION, "reason": "单位已注销，无法告知。"}, "direct")
        assert scene.names(case) == ["作出决定"]

    def test_a_programme_without_hearing_goes_straight_to_the_decision(self, database, clock_at):
        from app.programmes import package
        from tests.sanctions.conftest import GRANTED, Scene

        clock_at("2026-10-12 09:00")
        files = package.read_folder(living.PROCESSES / living.PROVINCE)
        settings = files["programme.yaml"].decode().replace(
            "    hearing: statement\n    ban: {period: reporting_ban", "    ban: {period: reporting_ban")
        scene = Scene(living.living(granted_on=GRANTED, files={**files, "programme.yaml": settings.encode()}), clock_at)
        case = scene.propose()
        scene.do(case, "clerk@province", OPINION, "proceed")
        assert scene.names(case) == ["作出决定"]


class TestDropping:
    def test_a_proposal_that_is_dropped_leaves_the_title_as_it_was(self, scene):
        case = scene.propose()
        with pytest.raises(Invalid):
            scene.do(case, "clerk@province", OPINION, "drop")
        scene.do(case, "clerk@province", {**OPINION, "reason": "第二季度已获准延期。"}, "drop")
        [row] = scene.sanctions()
        assert (row.status, row.reason, scene.title().status) == ("dropped", "第二季度已获准延期。", "active")
        assert bans() == []

    def test_a_decision_not_to_impose_is_told_to_the_holder(self, scene):
        case = scene.propose()
        scene.to_decision(case)
        scene.do(case, "lead@province", {"reason": "申辩成立。"}, "drop")
        assert scene.sanctions()[0].status == "dropped"
        with db.reading() as session:
            assert "not_sanctioned_notice" in session.scalars(select(Notice.letter)).all()
            assert session.scalars(select(Case.outcome).where(Case.public_id == case)).one() == "告知后不予处理"

    @pytest.mark.parametrize(("other", "expected"), [(False, "active"), (True, "suspended")])
    def test_a_title_suspended_for_what_is_not_sanctioned_is_restored_unless_something_else_holds_it(
        self, scene, other, expected
    ):
        """The case that led to the proposal suspended the title; so may another that isn't over."""
        cause, another = scene.begin("clerk@city"), scene.begin("clerk@county")
        with db.transaction() as session:
            title = changing.locked(session, scene.title().id)
            found = {case.public_id: case.id for case in session.scalars(select(Case))}
            for case in (cause, another) if other else (cause,):
                changing.record(session, title, "suspended", case_id=found[case], clause="HBI-14.1",
                                effective_on=date(2026, 10, 12), reason="更名")
            proposing.propose(session, title, key="not_qualified", cause=f"case:{found[cause]}",
                              from_case_id=found[cause], evidence=[])
            session.flush()
            sanction = session.scalars(select(Sanction).order_by(Sanction.id.desc())).first()
            case = session.get_one(Case, sanction.case_id).public_id
        scene.to_decision(case)

        scene.do(case, "lead@province", {"reason": "申辩成立。"}, "drop")

        assert scene.title().status == expected
        kinds = [(event.kind, event.reason) for event in scene.events()]
        assert (("restored", "决定不予处理：申辩成立。") in kinds) is not other


class TestBan:
    def ready(self, scene):
        case = scene.begin("clerk@county")
        scene.do(case, "clerk@county", PROPOSAL, "propose")
        scene.to_decision(case)
        return case

    def test_hbi_15_a_ban_shorter_by_a_day_is_refused_at_its_field(self, scene):
        case = self.ready(scene)
        with pytest.raises(Invalid) as wrong:
            scene.decided(case, "2026-10-12", ban_until="2028-10-11")
        assert "2028-10-12" in wrong.value.fields["ban_until"][0]
        assert "HBI-15" in wrong.value.fields["ban_until"][0]
        assert scene.title().status == "active"

    @pytest.mark.parametrize(("until", "ends"), [
        (None, date(2028, 10, 12)), ("2028-10-12", date(2028, 10, 12)), ("2028-10-13", date(2028, 10, 13)),
        ("2031-12-31", date(2031, 12, 31)),
    ])
    def test_hbi_15_a_ban_is_two_years_or_as_much_longer_as_the_decision_sets(self, scene, until, ends):
        case = self.ready(scene)
        scene.decided(case, "2026-10-12", **({"ban_until": until} if until else {}))
        assert (bans()[0].ends_on, scene.title().status) == (ends, "cancelled")

    def test_hbi_13_3_a_ban_of_two_years_sharp_can_not_be_longer(self, scene):
        case = scene.propose()
        scene.to_decision(case)
        with pytest.raises(Invalid) as wrong:
            scene.decided(case, "2026-10-12", ban_until="2028-10-13")
        assert "不能另行延长" in wrong.value.fields["ban_until"][0]

    @pytest.mark.parametrize(("key", "status"), [("not_qualified", "cancelled"), ("observation_revocation", "revoked")])
    def test_hbi_14_3_cancellation_under_14_and_revocation_under_18_name_no_ban(self, scene, key, status):
        case = scene.propose(key=key, cause="case:1")
        scene.to_decision(case)
        with pytest.raises(Invalid) as wrong:
            scene.decided(case, "2026-10-12", ban_until="2028-10-12")
        assert "没有禁申期" in wrong.value.fields["ban_until"][0]
        scene.decided(case, "2026-10-12")
        assert (scene.title().status, bans()) == (status, [])


PROPOSAL = {
    "sanction": "dishonesty", "against": "representative", "ground": "法定代表人被列入严重失信主体名单",
    "known_on": "2026-10-09",
    "evidence": [{"what": "信用中国公示的名单，列入日期", "found_on": "2026-09-28"}],
}


class TestByHand:
    def test_hbi_15_a_county_opens_with_evidence_against_the_representative(self, scene):
        case = scene.begin("clerk@county")
        assert scene.sanctions() == []
        with pytest.raises(Invalid) as wrong:
            scene.do(case, "clerk@county", {}, "propose")
        assert {"sanction", "ground", "evidence"} <= set(wrong.value.fields)

        scene.do(case, "clerk@county", PROPOSAL, "propose")

        [row] = scene.sanctions()
        assert (row.key, row.clause, row.ground) == ("dishonesty", "HBI-15", PROPOSAL["ground"])
        assert row.evidence == [{"what": "信用中国公示的名单，列入日期", "on": "2026-09-28", "case": ""}]
        assert scene.names(case) == ["审查事由和证据"]

    @pytest.mark.parametrize(("login", "key", "may"), [
        ("clerk@county", "not_qualified", False), ("clerk@city", "not_qualified", True),
        ("clerk@city", "dishonesty", True), ("clerk@province", "dishonesty", True),
        ("clerk@county", "reporting_revocation", False),
    ])
    def test_each_tier_proposes_what_the_programme_lets_it(self, scene, login, key, may):
        case = scene.begin(login)
        if may:
            scene.do(case, login, {**PROPOSAL, "sanction": key}, "propose")
            assert [row.key for row in scene.sanctions()] == [key]
            return
        with pytest.raises(Invalid) as wrong:
            scene.do(case, login, {**PROPOSAL, "sanction": key}, "propose")
        assert list(wrong.value.fields) == ["sanction"]
        assert scene.sanctions() == []

    def test_a_county_can_only_open_about_titles_of_its_own_division(self, scene):
        with pytest.raises(NotAllowed):
            scene.begin("clerk@sibling_county")

    def test_what_was_opened_by_mistake_is_given_up_without_a_trace_on_the_title(self, scene):
        case = scene.begin("clerk@county")
        scene.do(case, "clerk@county", {}, "abandon")
        assert (scene.sanctions(), scene.title().status) == ([], "active")

    def test_the_holder_can_not_take_back_a_case_that_others_opened_about_its_title(self, scene):
        from app.cases import operations

        case = scene.propose()
        with pytest.raises(NotAllowed), db.transaction() as session:
            operations.withdraw(session, case, by=scene.holder(), reason="不同意")

    def test_who_examined_does_not_decide_where_somebody_else_can(self, scene):
        from app.people.models import RoleGrant

        with db.transaction() as session:
            clerk = scene.land.world.person("clerk@province")
            session.add(RoleGrant(person_id=clerk.id, role="lead"))
        case = scene.propose()
        scene.to_decision(case)
        [task] = living.open_tasks(case)
        answers = {"reason": "属实。", "document_number": "冀工信企业〔2026〕9 号", "document_date": "2026-10-12"}
        with pytest.raises(Refused, match="其他审核岗"):
            living.complete(task, scene.who("clerk@province"), answers, "impose")
        with db.transaction() as session:  # now nobody else can
            lead = scene.land.world.person("lead@province")
            session.query(RoleGrant).filter(RoleGrant.person_id == lead.id, RoleGrant.role == "lead").delete()
        living.complete(task, scene.who("clerk@province"), answers, "impose")
        assert scene.title().status == "revoked"
