"""HBI-12: a renewal opens before the end, is filed in its window, reviewed and decided; the title meanwhile."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app import db
from app.cases.models import Case
from app.errors import Refused
from app.notices.models import Notice
from app.programmes import package
from app.programmes.programme import Programme
from app.renewals.deciding import extended
from app.renewals.models import Renewal
from app.titles.models import LifeDue
from tests import living
from tests.living import pass_time
from tests.renewals import ending
from tests.renewals.ending import BEFORE, LAST_DAY, OPENS

NULL_OPENS = (
    ("    opens: renewal_opens\n", "    opens: null\n"),
    ("    amount: due\n    unit: batch_date\n    roll: none\n    end_of_day: \"24:00\"\n",
     "    amount: 30\n    unit: days\n    starts: title.valid_until\n    roll: none\n"),
)


@pytest.fixture
def at(database, clock_at):
    clock_at("2026-12-01 09:00")
    return ending.titles()


def test_hbi_12_the_renewal_opens_three_months_before_the_end_and_not_a_second_earlier(at, clock_at):
    pass_time(clock_at, BEFORE)
    assert ending.renewal(at) is None

    pass_time(clock_at, OPENS)

    found = ending.renewal(at)
    assert (found.status, str(found.ends_on), str(found.opens_on)) == ("open", LAST_DAY, "2026-12-10")
    assert str(found.window_until) == LAST_DAY
    assert [task.name for task in living.open_tasks() if "期满" in task.name] == ["填报期满自评"]


@pytest.mark.parametrize(("months", "day"), [("2", "2027-01-10"), ("3", "2026-12-10"), ("4", "2026-12-01")])
def test_hbi_12_the_lead_time_is_that_of_the_programme(database, clock_at, months, day):
    clock_at("2026-12-01 09:00")
    at = ending.titles(("    amount: 3\n    unit: months\n    starts: title.valid_until\n",
                        f"    amount: {months}\n    unit: months\n    starts: title.valid_until\n"))

    rows = [*ending.waiting(at), *([("renewal", str(found.opens_on))] if (found := ending.renewal(at)) else [])]

    assert ("renewal", day) in rows or months == "4"
    assert (day == "2026-12-10") == (months == "3")


def test_hbi_12_the_holder_gets_a_letter_when_the_renewal_opens_that_names_the_last_day(at, clock_at):
    pass_time(clock_at, OPENS)

    with db.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.case_id == ending.renewal(at).case_id)).one()
        holder = at.title(session).holder_id
    assert (notice.title, notice.to_unit_id) == ("期满延续通知书", holder)


def test_hbi_12_filed_in_the_last_second_of_the_window_the_title_is_evaluated_beyond_its_end(at, clock_at):
    pass_time(clock_at, "2027-03-10 23:59:59")
    ending.file(at)
    pass_time(clock_at, "2027-03-11 00:00")

    assert ending.renewal(at).status == "filed"
    assert ending.title(at).status == "under_evaluation"
    assert ending.events(at) == ["evaluation_opened 2027-03-11 HBI-12"]


def test_hbi_12_nothing_filed_by_the_last_second_the_title_ends_with_its_day(at, clock_at):
    pass_time(clock_at, "2027-03-10 23:59:59")
    assert ending.title(at).status == "active"
    task = ending.task("填报期满自评")

    pass_time(clock_at, "2027-03-11 00:00")

    assert (ending.renewal(at).status, ending.outcome(at)) == ("not_filed", "期满未提交")
    assert (ending.title(at).status, ending.events(at)) == ("expired", ["expired 2027-03-11 HBI-12"])
    assert ending.waiting(at) == []
    with db.reading() as session:
        said = session.scalars(
            select(Notice.title).where(Notice.case_id == ending.renewal(at).case_id).order_by(Notice.id)
        ).all()
        who = at.holder(session)
    assert said == ["期满延续通知书", "期满终止告知书"]
    with pytest.raises(Exception, match="已"):
        living.complete(task, who, {"said": "晚了一秒"})


def test_hbi_12_a_second_after_the_window_nothing_is_taken_even_before_the_worker_came(at, clock_at):
    pass_time(clock_at, "2027-03-10 12:00")
    clock_at("2027-03-11 00:00")

    with pytest.raises(Refused) as refused:
        ending.file(at)

    assert "截止" in refused.value.message
    assert ending.renewal(at).status == "open"


def test_hbi_12_passed_before_the_end_the_title_runs_on_from_the_old_end(at, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at)
    ending.reviewed(at)
    ending.decided(at, "pass")

    title = ending.title(at)
    assert (title.status, str(title.valid_until)) == ("active", "2030-03-10")
    assert ending.events(at) == ["renewed 2027-03-11 HBI-12"]
    assert ending.waiting(at) == [("renewal", "2029-12-10"), ("expire", "2030-03-11")]
    pass_time(clock_at, "2027-03-12 00:00")
    assert ending.title(at).status == "active"


def test_hbi_12_passed_after_the_end_the_title_is_extended_from_the_old_end_without_a_gap(at, clock_at):
    pass_time(clock_at, "2027-03-10 09:00")
    ending.file(at)
    pass_time(clock_at, "2027-04-20 09:00")
    assert ending.title(at).status == "under_evaluation"
    ending.reviewed(at)
    ending.decided(at, "pass")

    title = ending.title(at)
    assert (title.status, str(title.valid_until)) == ("active", "2030-03-10")
    assert ending.events(at) == ["evaluation_opened 2027-03-11 HBI-12", "renewed 2027-03-11 HBI-12"]


def test_hbi_12_failed_before_the_end_the_title_ends_on_its_day_and_not_sooner(at, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at)
    ending.reviewed(at)
    ending.decided(at, "fail")
    assert (ending.renewal(at).status, ending.title(at).status) == ("failed", "active")
    assert ending.waiting(at) == [("renewal_end", "2027-03-11")]

    pass_time(clock_at, "2027-03-10 23:59:59")
    assert ending.title(at).status == "active"
    pass_time(clock_at, "2027-03-11 00:00")

    assert ending.title(at).status == "expired"
    assert ending.events(at) == ["expired 2027-03-11 HBI-12"]
    with db.reading() as session:
        event = living.changing.events_of(session, at.title(session).id)[-1]
    assert (event.decision, event.reason) == (ending.DECISION["document_number"], ending.DECISION["reason"])


def test_hbi_12_failed_after_the_end_the_title_ended_on_the_day_after_its_last(at, clock_at):
    pass_time(clock_at, "2027-03-10 09:00")
    ending.file(at)
    pass_time(clock_at, "2027-04-20 09:00")
    ending.reviewed(at)
    ending.decided(at, "fail")

    assert ending.title(at).status == "expired"
    assert ending.events(at) == ["evaluation_opened 2027-03-11 HBI-12", "expired 2027-03-11 HBI-12"]
    assert ending.outcome(at) == "期满终止"


def test_hbi_12_no_county_has_a_part_in_it_and_the_authority_may_look_on_site(at, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at)
    assert ending.task("市级审核").actor == "city/clerk"
    ending.step(at, "市级审核", "clerk@city", ending.OPINION, "support")
    ending.step(at, "期满评价", "clerk@province", {"assessed": "需到现场核对设备", "opinion": ""}, "onsite")
    ending.step(at, "期满实地抽查", "clerk@province", {
        "visited_on": "2027-01-11", "visitors": "甲、乙", "seen": "场地和人员", "finding": "consistent"})
    ending.decided(at, "pass")

    assert str(ending.title(at).valid_until) == "2030-03-10"


def test_hbi_12_each_renewal_is_extended_from_the_end_before_it(at, clock_at):
    for year in (2027, 2030):
        pass_time(clock_at, f"{year}-01-11 09:00")
        ending.file(at)
        ending.reviewed(at)
        ending.decided(at, "pass")
        assert str(ending.title(at).valid_until) == f"{year + 3}-03-10"

    assert [event.split()[1] for event in ending.events(at)] == ["2027-03-11", "2030-03-11"]


@pytest.mark.parametrize(
    ("years", "old", "new"),
    [("3", "2027-03-10", "2030-03-10"), ("2", "2027-03-10", "2029-03-10"), ("4", "2027-03-10", "2031-03-10"),
     ("3", "2028-02-29", "2031-02-28"), ("3", "2031-02-28", "2034-02-28"), ("4", "2028-02-29", "2032-02-29")],
)
def test_hbi_12_the_new_end_is_the_validity_counted_from_the_old_one(years, old, new):
    files = ending.files(("    amount: 3\n    unit: years\n    starts: title.granted_on",
                          f"    amount: {years}\n    unit: years\n    starts: title.granted_on"))
    assert str(extended(Programme(files), date.fromisoformat(old), "130636")) == new


def test_hbi_12_where_the_first_day_counts_the_new_period_begins_on_the_day_after_the_old_end():
    files = ending.files(("    starts: title.granted_on\n    first_day_counts: no",
                          "    starts: title.granted_on\n    first_day_counts: yes"))

    assert str(extended(Programme(files), date(2027, 3, 9), "130636")) == "2030-03-09"


def test_d26_with_the_literal_reading_it_opens_on_the_day_after_the_end_and_the_title_is_evaluated(database, clock_at):
    clock_at("2027-03-01 09:00")
    at = ending.titles(*NULL_OPENS)
    pass_time(clock_at, "2027-03-10 23:59:59")
    assert ending.renewal(at) is None

    pass_time(clock_at, "2027-03-11 00:00")

    assert ending.renewal(at).status == "open"
    assert ending.title(at).status == "under_evaluation"


def test_d26_with_the_literal_reading_nothing_filed_in_the_window_ends_the_title_at_its_end(database, clock_at):
    clock_at("2027-03-01 09:00")
    at = ending.titles(*NULL_OPENS)
    pass_time(clock_at, "2027-04-09 23:59:59")
    assert ending.title(at).status == "under_evaluation"

    pass_time(clock_at, "2027-04-10 00:00")

    assert ending.renewal(at).status == "not_filed"
    assert ending.events(at) == ["evaluation_opened 2027-03-11 HBI-12", "expired 2027-03-11 HBI-12"]


def test_d26_with_the_literal_reading_a_case_filed_and_passed_extends_from_the_old_end(database, clock_at):
    clock_at("2027-03-01 09:00")
    at = ending.titles(*NULL_OPENS)
    pass_time(clock_at, "2027-04-09 23:59:59")
    ending.file(at)
    pass_time(clock_at, "2027-05-10 09:00")
    ending.reviewed(at)
    ending.decided(at, "pass")

    assert str(ending.title(at).valid_until) == "2030-03-10"


def test_hbi_12_a_title_that_ends_otherwise_takes_its_renewal_along(at, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at)
    with db.transaction() as session:
        title = living.changing.locked(session, at.title(session).id)
        living.changing.record(session, title, "withdrawn", case_id=title.case_id, clause="HBI-5",
                               effective_on=date(2027, 1, 11))
    pass_time(clock_at, "2027-04-01 09:00")

    assert (ending.renewal(at).status, ending.outcome(at)) == ("void", "称号已终止")
    assert ending.events(at) == ["withdrawn 2027-01-11 HBI-5"]


def test_hbi_12_a_corrected_end_moves_the_window_and_the_expiry(at, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    with db.transaction() as session:
        title = living.changing.locked(session, at.title(session).id)
        living.changing.record(
            session, title, "corrected", case_id=title.case_id, clause="HBI-12", effective_on=title.granted_on,
            details=living.changing.moved_until(title, date(2027, 5, 10)),
        )
    pass_time(clock_at, "2027-01-11 10:00")

    found = ending.renewal(at)
    assert (found.status, str(found.ends_on), str(found.window_until)) == ("open", "2027-05-10", "2027-05-10")
    assert ending.waiting(at) == [("expire", "2027-05-11")]
    pass_time(clock_at, "2027-05-10 23:59:59")
    ending.file(at)
    assert ending.renewal(at).status == "filed"


def test_hbi_12_a_renewal_opens_once_for_an_end_however_often_its_day_is_carried_out(at, clock_at):
    pass_time(clock_at, OPENS)
    with db.transaction() as session:
        row = session.scalars(select(LifeDue).where(LifeDue.kind == "renewal")).one()
        row.status = "waiting"
    pass_time(clock_at, "2026-12-10 09:00")

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Renewal)) == 1
        assert session.scalar(select(func.count()).where(Case.diagram == "renewal")) == 1


def test_the_shipped_package_is_what_the_short_forms_stand_for():
    shipped = package.read_folder(living.PROCESSES / living.PROVINCE)
    assert set(ending.files()) == set(shipped)
