"""Words that change a title: what each allows, and what is written."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.errors import Refused
from app.people.models import Unit
from app.programmes import operations as programmes
from app.programmes import package
from app.titles import by_hand, changing, queries
from app.titles.models import Title, TitleEvent
from app.vocabulary import known
from tests import living
from tests.living import Living
from tests.titles import acting


@pytest.fixture
def life(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """A title of 20 November 2025; Tuesday 10 March 2026."""
    clock_at("2026-03-10 09:00")
    return living.living(granted_on=date(2025, 11, 20))


def test_suspend_and_restore_each_only_once(life):
    with pytest.raises(Refused, match="没有暂停"):
        acting.say(life, "restore_title", clause="HBI-14.2")

    assert acting.say(life, "suspend_title", clause="HBI-14.2") == "suspended"
    with pytest.raises(Refused, match="已经暂停") as refused:
        acting.say(life, "suspend_title", clause="HBI-14.2")
    assert refused.value.clause == "HBI-14.2"
    assert acting.say(life, "restore_title", clause="HBI-14.2") == "active"
    assert acting.events(acting.title_now(life))[1:] == ["suspended 2026-03-10 suspended", "restored 2026-03-10 active"]


def test_observation_stands_beside_a_suspension_and_is_lifted_alone(life):
    title = acting.title_now(life)
    acting.event(title, "observed", "2026-03-10")
    assert acting.say(life, "suspend_title", clause="HBI-14.2") == "suspended"
    acting.event(title, "observation_lifted", "2026-03-10")
    assert acting.title_now(life).status == "suspended"
    assert acting.say(life, "restore_title", clause="HBI-14.2") == "active"


@pytest.mark.parametrize(
    ("day", "fits"), [("2025-11-19", False), ("2025-11-20", True), ("2026-03-10", True), ("2026-03-11", False)]
)
def test_a_word_counts_from_the_day_of_its_field_between_the_grant_and_today(life, day, fits):
    answers = {"changed_on": day, "number": "冀工信企业〔2026〕3号", "why": "逾期报告变更"}
    given = {"clause": "HBI-14.2", "effective": "said.changed_on", "decision": "said.number", "reason": "said.why"}
    if not fits:
        with pytest.raises(Refused):
            acting.answered(life, "suspend_title", answers, **given)
        return

    acting.answered(life, "suspend_title", answers, **given)

    with db.reading() as session:
        event = session.scalars(select(TitleEvent).where(TitleEvent.kind == "suspended")).one()
    assert (event.effective_on.isoformat(), event.decision, event.reason, event.clause) == (
        day, "冀工信企业〔2026〕3号", "逾期报告变更", "HBI-14.2"
    )


@pytest.mark.parametrize("kind", ["revoked", "cancelled", "removed", "withdrawn"])
def test_a_title_ends_once(life, kind):
    assert acting.say(life, "end_title", kind=kind, clause="HBI-15") == kind
    with pytest.raises(Refused) as refused:
        acting.say(life, "end_title", kind="revoked", clause="HBI-13.3")
    assert refused.value.clause == "HBI-13.3"


def test_a_way_of_ending_that_there_is_not_is_refused(life):
    with pytest.raises(Refused, match="不是称号终止的方式"):
        acting.say(life, "end_title", kind="suspended", clause="HBI-15")


def test_an_extension_counts_from_the_old_end_and_from_the_day_of_its_decision(life, clock_at):
    clock_at("2028-10-09 09:00")

    assert acting.say(life, "extend_title", period="validity", clause="HBI-12") == "2031-11-20"

    with db.reading() as session:
        event = session.scalars(select(TitleEvent).where(TitleEvent.kind == "extended")).one()
    assert (event.effective_on, event.details["valid_until_before"]) == (date(2028, 10, 9), "2028-11-20")


def test_a_title_that_has_ended_is_not_extended(life, clock_at):
    living.pass_time(clock_at, "2028-12-15 09:00")
    with pytest.raises(Refused, match="已到期"):
        acting.say(life, "extend_title", period="validity", clause="HBI-12")


def test_a_change_writes_the_new_name_and_keeps_the_old_one(life):
    before = acting.title_now(life).holder_name
    for answers in ({}, {"name": before}):
        with pytest.raises(Refused, match="没有需要变更登记的内容"):
            acting.answered(life, "record_change", answers, name="said.name", clause="HBI-14.2")

    acting.answered(life, "record_change", {"name": "新名称服务有限公司"}, name="said.name", clause="HBI-14.2")

    title = acting.title_now(life)
    assert title.holder_name == "新名称服务有限公司"
    with db.reading() as session:
        assert session.get_one(Unit, title.holder_id).name == "新名称服务有限公司"
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.verb == "follow_change")).all()
        assert entry.chain == f"unit:{title.holder_id}"
        assert f"{before} → 新名称服务有限公司" in str(entry.details)
        names = {day: queries.standing_on(session, title.number, "", date.fromisoformat(day))[0].holder_name
                 for day in ("2026-03-09", "2026-03-10")}
    assert names == {"2026-03-09": before, "2026-03-10": "新名称服务有限公司"}


def test_hbi_24_a_title_moves_to_the_newest_release_and_open_cases_stay(life):
    with db.reading() as session:
        clerk, lead = life.who(session, "clerk@province"), life.who(session, "lead@province")
    title = acting.title_now(life)
    stays = living.begin(clerk, title.public_id, "record_correction")
    with pytest.raises(Refused, match="已适用现行"):
        acting.say(life, "move_title", clause="HBI-24")
    files = dict(package.read_folder(living.PROCESSES / living.PROVINCE))
    settings = files["programme.yaml"].decode()
    files["programme.yaml"] = settings.replace("不再符合条件取消称号", "不符合条件取消称号").encode()
    with db.transaction() as session:
        newest = programmes.deploy(session, files, person_id=None, **known()).id
    case = living.begin(clerk, title.public_id, "title_move")
    answers = {"reason": "新办法施行", "document_number": "冀工信企业〔2026〕5号"}
    living.complete(living.open_tasks(case)[0], clerk, answers)

    living.complete(living.open_tasks(case)[0], lead, {"opinion": "同意"}, "confirm")

    moved = acting.title_now(life)
    assert moved.release_id == newest != title.release_id
    assert acting.events(moved)[-1] == "moved 2026-03-10 active"
    with db.reading() as session:
        open_case = session.scalars(select(Case).where(Case.public_id == stays)).one()
    assert (open_case.release_id, open_case.status) == (title.release_id, "open")


def entered(life: Living, until: str) -> Title:
    """The title as one entered on the strength of another that is valid until a day."""
    with db.transaction() as session:
        title = life.title(session)
        title.basis, title.original = "entered", "国家中小企业公共服务示范平台 12 号"
        event = session.scalars(select(TitleEvent).where(TitleEvent.title_id == title.id)).one()
        event.kind = event.status = title.status = "entered"
        session.flush()
        changing.record(session, changing.locked(session, title.id), "changed", case_id=title.case_id, clause="HBI-10",
                        effective_on=title.granted_on,
                        details=changing.moved_until(title, date.fromisoformat(until)))
        return title


def follow(life: Living, ended_on: str) -> None:
    with db.reading() as session:
        clerk, lead = life.who(session, "clerk@province"), life.who(session, "lead@province")
    case = living.begin(clerk, acting.title_now(life).public_id, "original_change")
    answers = {"ended_on": ended_on, "reason": "原称号被撤销", "document_number": "工信部企业〔2026〕3 号"}
    living.complete(living.open_tasks(case)[0], clerk, answers)
    living.complete(living.open_tasks(case)[0], lead, {"opinion": "同意"}, "confirm")


@pytest.mark.parametrize(
    ("ended_on", "status", "until", "event"),
    [("2026-03-09", "expired", "2026-03-09", "expired 2026-03-10 expired"),
     ("2026-03-10", "entered", "2026-03-10", "changed 2026-03-10 entered"),
     ("2026-06-30", "entered", "2026-06-30", "changed 2026-03-10 entered"),
     ("2027-06-30", "entered", "2027-06-30", "extended 2026-03-10 entered")],
)
def test_hbi_10_a_title_entered_so_ends_and_goes_on_with_its_original(life, ended_on, status, until, event):
    entered(life, "2026-12-31")

    follow(life, ended_on)

    title = acting.title_now(life)
    assert (title.status, title.valid_until.isoformat()) == (status, until)
    assert acting.events(title)[-1] == event


def test_hbi_10_it_expires_on_the_day_after_its_original(life, clock_at):
    entered(life, "2026-06-30")
    living.pass_time(clock_at, "2026-06-30 23:59")
    assert acting.title_now(life).status == "entered"
    living.pass_time(clock_at, "2026-07-01 00:00")

    with db.reading() as session:
        ended = session.scalars(select(TitleEvent).where(TitleEvent.kind == "expired")).one()
    assert (ended.clause, ended.effective_on) == ("HBI-10", date(2026, 7, 1))


def test_hbi_10_what_follows_no_other_title_cannot_follow_one(life):
    with db.reading() as session:
        clerk = life.who(session, "clerk@province")
    with pytest.raises(Refused, match="直接入库"):
        living.begin(clerk, acting.title_now(life).public_id, "original_change")
    with pytest.raises(Refused, match="不是依其他称号入库"):
        acting.answered(life, "follow_original", {"ended_on": "2026-03-01"}, ended_on="said.ended_on")


def test_what_may_follow_an_end_is_begun_only_then(life):
    with db.reading() as session:
        clerk = life.who(session, "clerk@province")
    title = acting.title_now(life)
    with pytest.raises(Refused, match="解除禁申期"):
        living.begin(clerk, title.public_id, "ban_lifting")
    acting.event(title, "revoked", "2026-03-10")

    assert living.begin(clerk, title.public_id, "ban_lifting")
    assert living.begin(clerk, title.public_id, "record_correction")
    with pytest.raises(Refused, match="转入新版规则"):
        living.begin(clerk, title.public_id, "title_move")


def test_hbi_18_2_a_circular_of_the_observation_is_begun_only_while_the_title_is_observed(life):
    with db.reading() as session:
        clerk = life.who(session, "clerk@province")
    title = acting.title_now(life)

    def offered() -> list[str]:
        with db.reading() as session:
            return [kind.diagram for kind in by_hand.offers(session, life.title(session), clerk)]

    assert "observed_circular" not in offered()
    with pytest.raises(Refused, match="不在观察期") as refused:
        living.begin(clerk, title.public_id, "observed_circular")
    assert refused.value.clause == "HBI-18.2"
    acting.event(title, "observed", "2026-03-10")
    acting.event(title, "suspended", "2026-03-10")  # the register shows the suspension, the observation holds beside it
    assert "observed_circular" in offered()
    assert living.begin(clerk, title.public_id, "observed_circular")


def test_hbi_24_a_move_to_the_rules_that_a_title_has_is_neither_offered_nor_begun(life):
    with db.reading() as session:
        clerk = life.who(session, "clerk@province")
        assert "title_move" not in [kind.diagram for kind in by_hand.offers(session, life.title(session), clerk)]
    with pytest.raises(Refused, match="已适用现行的规则"):
        living.begin(clerk, acting.title_now(life).public_id, "title_move")
