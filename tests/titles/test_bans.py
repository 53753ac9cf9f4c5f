"""禁申期: its last day and the day after, whom it reaches, what it ends, how it is held and lifted."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db, invariants
from app.batches import operations as batches
from app.cases.models import Answer, Case
from app.errors import Invalid, Refused
from app.people.models import Unit
from app.programmes import package
from app.publications.models import PublicationEntry
from app.titles import bans, operations, successors
from app.titles.models import Ban, Successor
from tests import factories, living
from tests.living import Living
from tests.titles import acting


@pytest.fixture(autouse=True)
def _holders_may_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a title stands beside the application; that it keeps its holder from applying is tested with renewals."""
    monkeypatch.setattr(batches, "_see_before", [])


@pytest.fixture
def life(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """Two titles of 20 November 2025; Tuesday 10 March 2026."""
    clock_at("2026-03-10 09:00")
    return living.living(count=2, granted_on=date(2025, 11, 20))


def code(life: Living, name: str = "") -> str:
    with db.reading() as session:
        return session.get_one(Unit, life.title(session, name).holder_id).credit_code


def running(credit_code: str, day: str, programme: str = living.PROVINCE) -> Ban | None:
    with db.reading() as session:
        return bans.ban_on(session, programme, credit_code, date.fromisoformat(day))


def follow(life: Living, before: str, after: str, day: str = "2026-03-01") -> None:
    with db.transaction() as session:
        by = life.who(session, "clerk@province")
        session.add(Successor(
            public_id=db.public_id(), before_code=before, before_name="原单位", after_code=after, after_name="现单位",
            kind="merged", changed_on=date.fromisoformat(day), unit_id=by.unit_id, person_id=by.person_id,
            evidence="登记机关的通知书", recorded_at=clock.now(),
        ))


def call(session, life: Living):
    days = {key: date(2028, 12, 1) for key in ("county", "city")}
    return batches.open_batch(session, by=life.who(session, "clerk@province"), programme_key=living.PROVINCE,
                              name="2026 年", opens_on=clock.today(), closes_on=date(2028, 12, 1), dates=days)


def apply(life: Living, unit: Unit | None = None) -> Case:
    """Apply as a title's holder, or as another institution."""
    with db.transaction() as session:
        found = session.scalars(select(batches.Batch)).first() or call(session, life)
        by = life.holder(session) if unit is None else factories.identity(
            session, factories.person(session, unit, "applicant"))
        return batches.apply(session, found, by=by)


def whole() -> list[str]:
    with db.reading() as session:
        return [f"{b.invariant} {b.where} {b.words}" for check in invariants.INVARIANTS for b in check(session)]


@pytest.mark.parametrize(
    ("key", "decided", "last"),
    [("reporting_revocation", "2026-03-10", "2028-03-10"), ("dishonesty", "2026-03-09", "2028-03-09")],
)
def test_hbi_13_3_and_15_a_ban_lasts_two_years_from_the_decision(life, key, decided, last):
    made = acting.ban(life, decided, key=key)

    assert (made.starts_on.isoformat(), made.ends_on.isoformat(), made.least_until.isoformat()) == (decided, last, last)
    assert last in made.explained


def test_hbi_13_3_a_ban_of_a_leap_day_ends_on_the_last_of_february(life, clock_at):
    clock_at("2028-02-29 10:00")

    assert acting.ban(life, "2028-02-29", key="reporting_revocation").ends_on == date(2030, 2, 28)


def test_hbi_13_3_it_keeps_out_on_its_last_day_and_no_longer(life, clock_at):
    acting.ban(life, "2026-03-10", key="reporting_revocation")
    with db.transaction() as session:
        call(session, life)
    clock_at("2028-03-10 23:59")
    with pytest.raises(Refused) as refused:
        apply(life)
    assert "2028-03-10" in refused.value.message
    assert "2028-03-11" in refused.value.message
    assert refused.value.clause == "HBI-13.3"

    clock_at("2028-03-11 00:00")

    assert apply(life).status == "open"


def test_hbi_15_the_decision_may_set_a_longer_one_but_none_shorter(life):
    with pytest.raises(Invalid) as shorter:
        acting.ban(life, "2026-03-10", until="2028-03-09")
    assert "2028-03-10" in shorter.value.fields["ban_until"][0]

    made = acting.ban(life, "2026-03-10", until="2031-03-10")

    assert (made.ends_on, made.least_until) == (date(2031, 3, 10), date(2028, 3, 10))
    assert "决定延长至 2031-03-10" in made.explained


def test_hbi_13_3_where_the_rule_sets_the_length_the_decision_sets_no_other(life):
    with pytest.raises(Invalid, match="填写的内容有误"):
        acting.ban(life, "2026-03-10", key="reporting_revocation", until="2028-03-11")
    with db.reading() as session:
        assert session.scalars(select(Ban)).all() == []


def test_a_ban_follows_into_the_institutions_that_succeed_over_two_steps(life):
    first, second, third = code(life), factories.credit_code(), factories.credit_code()
    acting.ban(life, "2026-03-10")
    follow(life, first, second, "2026-05-01")
    follow(life, second, third, "2026-07-01")

    assert running(second, "2026-04-30") is None
    assert running(second, "2026-05-01") is not None
    assert running(third, "2026-06-30") is None
    assert running(third, "2026-07-01").credit_code == first
    assert running(third.lower(), "2028-03-10") is not None
    assert running(third, "2028-03-11") is None


def test_a_register_that_goes_round_in_a_ring_is_read_once(life):
    first, second = code(life), factories.credit_code()
    follow(life, first, second)
    follow(life, second, first)
    acting.ban(life, "2026-03-10")

    assert running(second, "2026-03-10").credit_code == first
    assert running(first, "2026-03-10") is not None


def test_the_one_that_was_followed_is_not_banned_by_its_follower(life):
    before = factories.credit_code()
    follow(life, before, code(life))
    acting.ban(life, "2026-03-10")

    assert running(before, "2026-03-10") is None


def test_d30_a_ban_of_another_programme_only_warns(life):
    acting.ban(life, "2026-03-10")

    assert running(code(life), "2026-03-10", "baoding-platform") is None
    with db.reading() as session:
        told = bans.warnings(session, "baoding-platform", code(life), date(2026, 3, 10))
        assert bans.warnings(session, living.PROVINCE, code(life), date(2026, 3, 10)) == []
    assert len(told) == 1
    assert "河北省优质中小企业服务机构" in told[0]
    assert "2028-03-10" in told[0]


def test_open_applications_of_the_banned_and_of_who_follows_end_with_the_reason(life):
    heir = factories.credit_code()
    with db.transaction() as session:
        other = factories.institution(session, name="承继单位", credit=heir)
        stranger = factories.institution(session, name="无关单位")
    follow(life, code(life), heir)
    own, followers, strangers = apply(life), apply(life, other), apply(life, stranger)

    acting.ban(life, "2026-03-10")
    living.pass_time(lambda _at: None, "2026-03-10 10:00")

    with db.reading() as session:
        found = {case.id: (case.status, case.outcome) for case in session.scalars(select(Case))}
    assert found[own.id] == found[followers.id] == ("done", "禁申期内，申报终止")
    assert found[strangers.id][0] == "open"
    assert whole() == []


def test_a_ban_that_comes_with_a_successor_ends_its_open_application(life):
    with db.transaction() as session:
        heir = factories.institution(session, name="承继单位")
    acting.ban(life, "2026-03-10")
    case = apply(life, heir)

    with db.transaction() as session:
        successors.enter_successor(
            session, by=life.who(session, "lead@province"), before_code=code(life), before_name="原单位", kind="merged",
            after_code=heir.credit_code, after_name="承继单位", changed_on=date(2026, 3, 1), evidence="合并协议",
        )
    living.pass_time(lambda _at: None, "2026-03-10 10:00")

    with db.reading() as session:
        assert session.get_one(Case, case.id).outcome == "禁申期内，申报终止"
        assert session.scalars(select(PublicationEntry)).all() == []


def test_nothing_is_granted_while_a_ban_runs_nor_dated_into_one(life, clock_at):
    case = apply(life)
    made = acting.ban(life, "2026-03-10")
    with db.transaction() as session:
        said = acting.place(session, session.get_one(Case, case.id))
        rules = said.programme.title
        session.add(_announced(session, case, life, rules.granted_on.partition(".")[0], "2028-03-10"))
        session.flush()
        for instant in ("2026-03-11 09:00", "2028-03-11 09:00"):
            clock_at(instant)
            with pytest.raises(Refused) as refused:
                operations.grant(session, acting.place(session, session.get_one(Case, case.id)))
            assert refused.value.clause == made.clause


def _announced(session, case, life, form, day):
    task = living.open_tasks_in(session, case.id)[0]
    return Answer(case_id=case.id, task_id=task.id, form=form, answered_at=clock.now(),
                  values={"issued_on": day, "document_number": "冀工信企业〔2028〕1号"},
                  person_id=life.who(session, "clerk@province").person_id)


@pytest.mark.parametrize(
    ("day", "banned"), [("2026-04-14", True), ("2026-04-15", False), ("2026-08-31", False), ("2026-09-01", True)]
)
def test_a_stayed_ban_does_not_run_and_ends_when_it_would_have(life, clock_at, day, banned):
    made = acting.ban(life, "2026-03-10")
    with db.transaction() as session:
        ban = session.get_one(Ban, made.id)
        bans.suspend(session, ban, since=date(2026, 4, 15), reason="行政复议停止执行", case_id=made.case_id)
        assert bans.held_now(ban)
        bans.suspend(session, ban, since=date(2026, 5, 15), reason="又一次", case_id=made.case_id)
        bans.resume(session, ban, until=date(2026, 9, 1), reason="复议维持", case_id=made.case_id)
        bans.resume(session, ban, until=date(2026, 10, 1), reason="又一次", case_id=made.case_id)
        assert len(ban.held) == 1

    assert (running(code(life), day) is not None) is banned
    assert running(code(life), "2028-03-10").ends_on == date(2028, 3, 10)


def test_an_application_opened_during_the_stay_ends_when_the_ban_runs_again(life, clock_at):
    made = acting.ban(life, "2026-03-10")
    with db.transaction() as session:
        held = session.get_one(Ban, made.id)
        bans.suspend(session, held, since=date(2026, 3, 10), reason="诉讼", case_id=made.case_id)
    case = apply(life)
    clock_at("2026-06-01 09:00")

    with db.transaction() as session:
        bans.resume(session, session.get_one(Ban, made.id), until=date(2026, 6, 1), reason="撤诉", case_id=made.case_id)
    living.pass_time(clock_at, "2026-06-01 10:00")

    with db.reading() as session:
        assert session.get_one(Case, case.id).outcome == "禁申期内，申报终止"


def test_a_lifted_ban_runs_no_more_from_that_day_and_keeps_why(life, clock_at):
    made = acting.ban(life, "2026-03-10")
    clock_at("2026-06-01 09:00")
    with db.transaction() as session:
        ban, said = session.get_one(Ban, made.id), acting.place(session, session.get_one(Case, made.case_id))
        with pytest.raises(Invalid):
            bans.lift(session, said, ban, lifted_on=date(2026, 6, 1), reason=" ")
        bans.lift(session, said, ban, lifted_on=date(2026, 6, 1), reason="处理决定已撤销")
        with pytest.raises(Refused):
            bans.lift(session, said, ban, lifted_on=date(2026, 6, 2), reason="再次")

    assert running(code(life), "2026-05-31") is not None
    assert running(code(life), "2026-06-01") is None


def test_lifting_goes_through_two_people(life, clock_at):
    acting.ban(life, "2026-03-10")
    clock_at("2026-06-01 09:00")
    with db.reading() as session:
        clerk, lead = life.who(session, "clerk@province"), life.who(session, "lead@province")
        title = life.title(session)
    case = living.begin(clerk, title.public_id, "ban_lifting")
    answers = {"effective_on": "2026-06-01", "reason": "处理决定已撤销", "document_number": "冀工信企业〔2026〕20号"}
    living.complete(living.open_tasks(case)[0], clerk, answers)

    living.complete(living.open_tasks(case)[0], lead, {"opinion": "同意"}, "confirm")

    assert running(code(life), "2026-06-01") is None


@pytest.mark.parametrize("setting", ["2", "3"])
def test_the_number_of_years_is_the_programmes(database, clock_at, setting):
    clock_at("2026-03-10 09:00")
    files = dict(package.read_folder(living.PROCESSES / living.PROVINCE))
    before, key, after = files["programme.yaml"].decode().partition("  dishonesty_ban:")
    files["programme.yaml"] = f"{before}{key}{after.replace('amount: 2', f'amount: {setting}', 1)}".encode()
    life = living.living(granted_on=date(2025, 11, 20), files=files)

    assert acting.ban(life, "2026-03-10").ends_on == date(2026 + int(setting), 3, 10)


def test_titles_that_stand_under_a_ban_are_a_breach(life):
    made = acting.ban(life, "2026-03-10")
    assert whole() == []
    with db.transaction() as session:
        session.get_one(Ban, made.id).least_until = date(2028, 3, 9)

    assert any(words.startswith("I21") for words in whole())
