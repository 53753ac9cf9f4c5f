"""Reports of titles from their opening to what became of them, on the shipped programme, with the worker."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, update

from app import clock, db, worker
from app.audit.models import AuditEntry
from app.cases import operations as cases
from app.cases.models import Answer, Case, Deadline, Task
from app.documents import storage
from app.errors import Gone, Invalid, Refused
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.titles import changing
from app.titles.models import TitleRecord
from tests import living
from tests.calendars.conftest import Office
from tests.living import Living
from tests.obligations import owing
from tests.obligations.owing import duties, duty, sanctions


def deadline(lived, period: str) -> Deadline:
    with db.reading() as session:
        return session.scalars(
            select(Deadline).where(Deadline.case_id == duty(lived, period).case_id, Deadline.period == "report_due")
        ).one()


def verbs(lived, period: str) -> list[tuple[str, str]]:
    """(verb, status) of what the trail of a period's case says about its report."""
    with db.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.chain == f"case:{duty(lived, period).case_id}").order_by(AuditEntry.seq)
        )
        found = ("record_report", "record_miss", "accept_report", "excuse_miss", "supersede_case")
        return [(entry.verb, entry.details.get("status", "")) for entry in entries if entry.verb in found]


def event(lived, kind: str, on: str) -> None:
    """Something that happens to the title on a day, by a decision."""
    with db.transaction() as session:
        title = lived.title(session)
        changing.record(
            session, changing.locked(session, title.id), kind, case_id=title.case_id, clause="HBI-18.2",
            effective_on=date.fromisoformat(on), decision="冀工信企业〔2026〕9号",
        )


@pytest.mark.parametrize(("granted_on", "first"), [("2026-02-13", "2026-03-15"), ("2026-02-14", "2026-06-15")])
def test_d23_a_title_granted_less_than_thirty_days_before_owes_nothing_yet(database, clock_at, granted_on, first):
    lived = owing.titled(clock_at, granted_on)

    living.pass_time(clock_at, "2026-06-14 09:00")

    assert next(iter(duties(lived))) == first


def test_hbi_13_1_a_case_opens_before_each_due_day_and_the_next_is_planned(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")

    living.pass_time(clock_at, "2026-02-09 23:59")
    assert duties(lived) == {}
    living.pass_time(clock_at, "2026-02-10 00:00")

    assert duties(lived) == {"2026-03-15": "open"}
    owed = duty(lived, "2026-03-15")
    assert (owed.covers_from, owed.covers_until) == (date(2025, 12, 16), date(2026, 3, 15))
    with db.reading() as session:
        rows = living.due_rows(lived.title(session))
    assert ("report", "quarterly:2026-06-15", "waiting") in rows


@pytest.mark.parametrize(("granted_on", "period", "last_day"), [
    ("2025-11-20", "2026-03-15", "2026-03-16"),
    ("2024-05-20", "2024-09-15", "2024-09-18"),
    ("2025-11-20", "2026-06-15", "2026-06-15"),
])
def test_hbi_13_1_a_due_day_that_is_a_rest_day_rolls(database, clock_at, granted_on, period, last_day):
    lived = owing.titled(clock_at, granted_on)

    living.pass_time(clock_at, f"{period[:8]}14 09:00")

    assert deadline(lived, period).last_day == date.fromisoformat(last_day)


def test_d7_a_report_in_the_last_second_of_the_last_day_is_in_time(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-03-16 23:59:59")

    owing.report(lived, "2026-03-15")

    assert duties(lived)["2026-03-15"] == "done"
    assert verbs(lived, "2026-03-15") == [("record_report", "done")]


def test_d10_a_report_in_the_first_second_after_it_is_late_whichever_came_first(database, clock_at):
    """The worker hasn't fired the timer yet: the person's step goes through, and is late all the same."""
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-03-16 23:59:59")
    clock_at("2026-03-17 00:00")

    owing.report(lived, "2026-03-15")

    owed = duty(lived, "2026-03-15")
    assert owed.status == "late"
    assert clock.local(owed.missed_at) == datetime(2026, 3, 17, tzinfo=clock.SHANGHAI)
    assert owed.filed_at == owed.missed_at
    assert verbs(lived, "2026-03-15") == [("record_report", "late")]


def test_d10_after_the_timer_the_old_task_is_gone_and_the_late_report_is_marked(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-03-16 20:00")
    old = owing.task_of(lived, "2026-03-15")
    living.pass_time(clock_at, "2026-03-17 00:00")
    with db.reading() as session, pytest.raises(Gone):
        cases.prepare_completion(
            session, old.public_id, identity=lived.holder(session), answers=owing.REPORT, outcome=""
        )
    assert duties(lived)["2026-03-15"] == "missed"

    living.pass_time(clock_at, "2026-03-20 10:00")
    owing.report(lived, "2026-03-15")
    owing.check(lived, "2026-03-15")

    owed = duty(lived, "2026-03-15")
    assert (owed.status, owed.accepted_at is not None) == ("late", True)
    assert verbs(lived, "2026-03-15") == [
        ("record_miss", "missed"), ("record_report", "late"), ("accept_report", "late"),
    ]
    assert owing.case_of(lived, "2026-03-15").outcome == "本期已报"


def test_the_late_report_is_taken_for_so_many_days_and_then_no_more(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-04-16 23:59:59")
    assert owing.task_of(lived, "2026-03-15").name == "补报服务情况"

    living.pass_time(clock_at, "2026-04-17 00:00")

    assert owing.case_of(lived, "2026-03-15").outcome == "本期未报"
    assert duties(lived)["2026-03-15"] == "missed"


class TestReturned:
    """A report that was filed in time, and returned as incomplete."""

    @pytest.fixture
    def lived(self, database, clock_at, tmp_path):
        """Filed on 10 March, returned on the 11th, the notice read on the 12th (a Thursday)."""
        storage.open_folder(tmp_path)
        lived = owing.titled(clock_at, "2025-11-20")
        living.pass_time(clock_at, "2026-03-10 09:00")
        owing.report(lived, "2026-03-15")
        living.pass_time(clock_at, "2026-03-11 09:00")
        owing.check(lived, "2026-03-15", "return", {"activities": [], "opinion": "活动的企业家数与登记不符，请补正。"})
        living.pass_time(clock_at, "2026-03-12 09:00")
        with db.transaction() as session:
            notice = session.scalars(select(Notice).where(Notice.letter == "report_return_notice")).one()
            notices.open_notice(session, notice.public_id, by=lived.holder(session))
        return lived

    def test_d10_corrected_in_the_last_second_it_is_no_miss(self, lived, clock_at):
        living.pass_time(clock_at, "2026-03-19 23:59:59")
        assert duties(lived)["2026-03-15"] == "done"

        owing.report(lived, "2026-03-15", events="1")
        owing.check(lived, "2026-03-15")

        assert duties(lived)["2026-03-15"] == "done"
        assert owing.case_of(lived, "2026-03-15").outcome == "本期已报"

    def test_d10_not_corrected_it_is_a_miss_at_the_end_of_the_correction(self, lived, clock_at):
        living.pass_time(clock_at, "2026-03-20 00:00")

        owed = duty(lived, "2026-03-15")
        assert owed.status == "missed"
        assert clock.local(owed.missed_at) == datetime(2026, 3, 20, tzinfo=clock.SHANGHAI)


def test_hbi_13_2_the_second_miss_in_a_row_opens_a_circular(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-06-15 23:59")
    assert sanctions(lived) == []

    living.pass_time(clock_at, "2026-06-16 00:00")

    assert sanctions(lived) == [("reporting_circular", "quarterly:2026-06-15", "proposed")]
    with db.reading() as session:
        title = lived.title(session)
        assert title.status == "active", "a timer sanctions nobody"
        found = session.scalars(select(Case).where(Case.title_id == title.id, Case.diagram == "circular")).all()
        assert len(found) == 1
        evidence = session.scalars(select(owing.Sanction)).one().evidence
    assert [(one["what"], one["on"]) for one in evidence] == [
        ("服务情况报送 2026-03-15 期未报送", "2026-03-16"), ("服务情况报送 2026-06-15 期未报送", "2026-06-15"),
    ]


def test_hbi_13_3_the_third_miss_in_a_row_opens_a_revocation(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")

    living.pass_time(clock_at, "2026-09-16 00:00")

    assert [key for key, _cause, _status in sanctions(lived)] == ["reporting_circular", "reporting_revocation"]
    assert set(duties(lived).values()) == {"missed"}


def test_hbi_13_2_a_report_between_two_misses_ends_the_run(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-06-10 09:00")
    owing.report(lived, "2026-06-15", activities=[])

    living.pass_time(clock_at, "2026-09-16 09:00")

    assert duties(lived) == {"2026-03-15": "missed", "2026-06-15": "done", "2026-09-15": "missed"}
    assert sanctions(lived) == []


def test_hbi_13_3_two_misses_a_report_and_a_miss_revoke_nothing(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-09-10 09:00")
    owing.report(lived, "2026-09-15", activities=[])

    living.pass_time(clock_at, "2026-12-16 09:00")

    assert list(duties(lived).values())[:4] == ["missed", "missed", "done", "missed"]
    assert [key for key, _cause, _status in sanctions(lived)] == ["reporting_circular"]


@pytest.mark.parametrize(("while_suspended", "then", "proposed"), [
    ("held", "held", [("reporting_circular", "quarterly:2026-09-15", "proposed")]),
    ("required", "missed", [("reporting_circular", "quarterly:2026-06-15", "proposed"),
                            ("reporting_revocation", "quarterly:2026-09-15", "proposed")]),
    ("paused", None, [("reporting_circular", "quarterly:2026-09-15", "proposed")]),
])
def test_d15_what_is_due_while_the_title_is_suspended(database, clock_at, while_suspended, then, proposed):
    rules = {} if while_suspended == "held" else {"while_suspended: held": f"while_suspended: {while_suspended}"}
    lived = owing.titled(clock_at, "2025-11-20", **rules)
    living.pass_time(clock_at, "2026-04-10 09:00")
    event(lived, "suspended", "2026-04-10")
    living.pass_time(clock_at, "2026-07-01 09:00")
    event(lived, "restored", "2026-07-01")

    living.pass_time(clock_at, "2026-09-16 09:00")

    assert duties(lived).get("2026-06-15") == then
    assert sanctions(lived) == proposed


def test_d15_a_report_of_a_suspended_title_can_be_filed(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-04-10 09:00")
    event(lived, "suspended", "2026-04-10")
    living.pass_time(clock_at, "2026-06-16 09:00")
    assert duties(lived)["2026-06-15"] == "held"

    owing.report(lived, "2026-06-15", activities=[])

    owed = duty(lived, "2026-06-15")
    assert (owed.status, owed.filed_at is not None) == ("held", True)


@pytest.mark.parametrize(("recorded", "wanted"), [
    (["2025-12-15"], ["reporting_circular"]),
    (["2025-12-15", "2025-09-15"], ["reporting_revocation"]),
    (["2025-12-15", "2025-06-15"], ["reporting_circular"]),
    (["2025-06-15", "2025-09-15"], []),
])
def test_d9_misses_from_before_the_register_are_part_of_the_run(database, clock_at, recorded, wanted):
    """The first miss of the register is that of March 2026; a run of two asks for a circular."""
    lived = owing.titled(clock_at, "2026-01-12")
    with db.transaction() as session:
        title = lived.title(session)
        for day in recorded:
            session.add(TitleRecord(title_id=title.id, kind="miss", period=day, value="", case_id=title.case_id))

    living.pass_time(clock_at, "2026-03-17 09:00")

    assert [key for key, _cause, _status in sanctions(lived)] == wanted


def test_hbi_13_3_an_ended_title_owes_nothing_and_its_open_report_is_void(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-03-01 09:00")
    task = owing.task_of(lived, "2026-03-15")
    event(lived, "revoked", "2026-03-01")
    with db.reading() as session:
        prepared = cases.prepare_completion(
            session, task.public_id, identity=lived.holder(session), answers=owing.REPORT, outcome=""
        )
    with pytest.raises(Refused, match="已撤销"), db.transaction() as session:
        cases.complete(session, prepared, by=lived.holder(session))

    living.pass_time(clock_at, "2026-12-31 09:00")

    assert duties(lived) == {"2026-03-15": "void"}
    assert owing.case_of(lived, "2026-03-15").outcome == "称号已终止"
    assert sanctions(lived) == []


def test_a_title_renewed_after_its_expiry_owes_again(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-03-01 09:00")
    event(lived, "expired", "2026-03-01")
    living.pass_time(clock_at, "2026-05-01 09:00")
    with db.transaction() as session:
        title = lived.title(session)
        changing.record(
            session, changing.locked(session, title.id), "renewed", case_id=title.case_id, clause="HBI-12",
            effective_on=date(2026, 5, 1), details=changing.moved_until(title, date(2029, 3, 1)),
        )
        assert title.status == "active"

    living.pass_time(clock_at, "2026-06-01 09:00")

    assert duties(lived) == {"2026-03-15": "void", "2026-06-15": "open"}


def test_nobody_misses_a_report_by_a_provisional_day(database, clock_at):
    """The holidays of 2027 aren't announced: the miss waits for them, and is dated at the day as it then is."""
    lived = owing.titled(clock_at, "2026-09-01")
    living.pass_time(clock_at, "2027-03-20 09:00")

    assert duties(lived)["2027-03-15"] == "open"
    with db.reading() as session:
        kinds = [(kind, status) for kind, _key, status in living.due_rows(lived.title(session))]
    assert ("report_undecided", "waiting") in kinds


def test_a_miss_that_waited_for_the_calendar_is_dated_at_its_own_last_day(database, clock_at):
    lived = owing.titled(clock_at, "2026-09-01")
    living.pass_time(clock_at, "2027-03-20 09:00")
    Office(lived.world).in_force()

    living.pass_time(clock_at, "2027-03-27 09:00")

    found = duty(lived, "2027-03-15")
    assert (found.status, clock.local(found.missed_at).isoformat()) == ("missed", "2027-03-16T00:00:00+08:00")


def test_a_case_that_opens_after_its_last_day_is_no_miss(database, clock_at):
    """A standstill from January to May: nobody could file."""
    lived = owing.titled(clock_at, "2025-11-20")
    clock_at("2026-05-20 09:00")
    worker.run_until_idle(NoSender())

    assert duties(lived) == {"2026-03-15": "excused", "2026-06-15": "open"}


def test_every_report_is_opened_once_however_often_the_row_is_done(database, clock_at):
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-02-10 09:00")
    with db.transaction() as session:
        session.execute(
            update(living.LifeDue).where(living.LifeDue.key == "quarterly:2026-03-15").values(status="waiting")
        )

    living.pass_time(clock_at, "2026-02-10 10:00")

    with db.reading() as session:
        title = lived.title(session)
        opened = session.scalars(select(Case.id).where(Case.title_id == title.id, Case.diagram == "report")).all()
        assert len(opened) == 1
        assert session.scalars(select(Task.id).where(Task.case_id.in_(opened), Task.status == "open")).all()


class TestHbi163TheRowsOfACheckAreThoseOfTheReport:
    @pytest.fixture
    def reported(self, database, clock_at) -> Living:
        lived = owing.titled(clock_at, "2025-11-20")
        living.pass_time(clock_at, "2026-03-10 09:00")
        owing.report(lived, "2026-03-15")
        return lived

    def test_what_was_reported_stands_whatever_is_sent_for_it(self, reported):
        sent = {**owing.REPORT["activities"][0], "firms": "999", "held_on": "2020-01-01", "effective": "no"}

        owing.check(reported, "2026-03-15", answers={"activities": [sent], "opinion": ""})

        with db.reading() as session:
            case_id = duty(reported, "2026-03-15").case_id
            said = session.scalars(select(Answer).where(Answer.case_id == case_id, Answer.form == "report_check")).one()
        row = said.values["activities"][0]
        assert (row["firms"], row["held_on"], row["effective"]) == ("30", "2026-02-20", "no")

    def test_an_accepted_row_has_to_be_judged_one_that_is_returned_has_not(self, reported):
        with pytest.raises(Invalid) as refused:
            owing.check(reported, "2026-03-15", answers={"activities": [], "opinion": ""})

        assert list(refused.value.fields) == ["activities.0.effective"]
        owing.check(reported, "2026-03-15", "return", {"opinion": "活动的企业家数与登记不符，请补正。"})

    @pytest.mark.parametrize("sent", [7, {"0": {}}, ["x"], "x"])
    def test_what_are_no_rows_is_refused_at_the_table(self, reported, sent):
        with pytest.raises(Invalid) as refused:
            owing.check(reported, "2026-03-15", answers={"activities": sent, "opinion": ""})

        assert all(path.startswith("activities") for path in refused.value.fields)

    def test_no_row_is_added(self, reported):
        with pytest.raises(Invalid) as refused:
            owing.check(reported, "2026-03-15", answers={"activities": owing.CHECK["activities"] * 2, "opinion": ""})

        assert list(refused.value.fields) == ["activities"]
        assert "共 1 行" in refused.value.fields["activities"][0]
