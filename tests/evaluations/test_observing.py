"""Two lowest grades in a row: the authority decides to observe, and decides again; nothing happens by itself."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db
from app.cases.models import Case, Deadline
from app.errors import Refused
from app.sanctions.models import Sanction
from app.titles import changing
from tests.evaluations import setting
from tests.evaluations.setting import appeal, check, confirm, grade, lead, read, remember
from tests.living import begin, complete, open_tasks, pass_time
from tests.titles import acting

DECISION = {"document_number": "冀工信企业〔2026〕8号", "decided_on": "2026-01-12", "reason": "连续两年评价为 C"}
OBSERVED = "列入观察决定"


@pytest.fixture
def here(database, clock_at):
    """A title of November 2024 whose year 2025 the city is about to check; it is Monday 12 January 2026."""
    clock_at("2024-11-20 09:00")
    made = setting.living(granted_on=date(2024, 11, 20))
    pass_time(clock_at, "2026-01-12 09:00")
    return made


def events(here) -> list[str]:
    with db.reading() as session:
        return [f"{one.kind} {one.effective_on}" for one in changing.events_of(session, here.title(session).id)]


def status(here) -> str:
    with db.reading() as session:
        return here.title(session).status


def sanctions(here, key: str) -> list[Sanction]:
    with db.reading() as session:
        return list(session.scalars(select(Sanction).where(Sanction.key == key).order_by(Sanction.id)))


def observed(here, clock_at, *, told: str = "2026-01-12 10:00") -> None:
    """The title is under observation from 12 January 2026 on, its holder told at `told`."""
    remember(here, {2024: "C"})
    grade(here, "C")
    lead(here, OBSERVED, DECISION, "observe")
    pass_time(clock_at, told)
    read(here, "observation_notice")


def test_hbi_18_2_two_lowest_grades_in_a_row_open_the_decision_and_change_nothing_by_themselves(here):
    remember(here, {2024: "C"})

    grade(here, "C")

    assert len(open_tasks(name=OBSERVED)) == 1
    assert (status(here), events(here)) == ("active", ["granted 2024-11-20"])
    with db.reading() as session:
        case = session.scalars(select(Case).where(Case.diagram == "observation")).one()
    assert case.title == "持证服务机构1：列入观察（2024、2025 年度评价均为 C）"


@pytest.mark.parametrize(("before", "now"), [({}, "C"), ({2024: "B"}, "C"), ({2024: "C"}, "B"), ({2023: "C"}, "C")])
def test_hbi_18_2_one_lowest_grade_or_two_with_a_year_between_open_nothing(here, before, now):
    remember(here, before)

    grade(here, now)

    assert open_tasks(name=OBSERVED) == []


def test_hbi_18_2_a_lowest_grade_that_an_appeal_changes_does_not_count(here):
    remember(here, {2024: "C"})
    check(here, share=10)
    confirm(here)
    read(here, "grade_notice")
    appeal(here)
    lead(here, "复核决定", {"grade": "B", "reason": "补充的服务记录属实"}, "change")

    assert open_tasks(name=OBSERVED) == []


def test_hbi_18_2_a_lowest_grade_does_not_count_before_it_is_decided(here):
    remember(here, {2024: "C"})
    check(here, share=10)
    confirm(here)

    assert open_tasks(name=OBSERVED) == []


def test_hbi_18_2_the_title_is_observed_from_the_decision_and_six_months_from_when_its_holder_was_told(here, clock_at):
    observed(here, clock_at, told="2026-01-13 10:00")

    assert status(here) == "observed"
    assert events(here)[-1] == "observed 2026-01-12"
    with db.reading() as session:
        assert session.scalar(select(Deadline.last_day).where(Deadline.period == "observation")) == date(2026, 7, 13)


def test_hbi_18_2_six_months_from_31_august_end_on_the_last_day_of_february(database, clock_at):
    """The grade is settled in August: a round that opens late, as one does after a standstill."""
    clock_at("2024-03-20 09:00")
    here = setting.living(granted_on=date(2024, 3, 20), programme__yaml=('opens: "01-10"', 'opens: "08-10"'))
    remember(here, {2023: "C"})
    pass_time(clock_at, "2025-08-29 09:00")
    grade(here, "C")
    lead(here, OBSERVED, {**DECISION, "decided_on": "2025-08-29"}, "observe")
    pass_time(clock_at, "2025-08-31 10:00")

    read(here, "observation_notice")

    with db.reading() as session:
        assert session.scalar(select(Deadline.last_day).where(Deadline.period == "observation")) == date(2026, 2, 28)


def test_hbi_18_2_its_end_opens_the_decision_and_the_title_stays_observed_until_it_is_made(here, clock_at):
    observed(here, clock_at)

    pass_time(clock_at, "2026-07-12 23:59")
    assert open_tasks(name="观察期满决定") == []
    pass_time(clock_at, "2026-07-13 00:00")
    assert len(open_tasks(name="观察期满决定")) == 1
    assert open_tasks(name="观察期内处理") == []
    with db.reading() as session:
        last = session.scalar(select(Deadline.last_day).where(Deadline.period == "observation_deciding"))
    assert last == date(2026, 7, 27)  # ten working days, the 13th not counted
    pass_time(clock_at, "2026-09-01 09:00")
    assert status(here) == "observed"

    lead(here, "观察期满决定", {**DECISION, "decided_on": "2026-09-01", "reason": "已按期报送，服务恢复"}, "lift")

    assert status(here) == "active"
    assert events(here)[-2:] == ["observed 2026-01-12", "observation_lifted 2026-09-01"]


def test_hbi_18_2_it_may_be_lifted_before_its_end(here, clock_at):
    observed(here, clock_at)
    pass_time(clock_at, "2026-03-02 09:00")

    lead(here, "观察期内处理", {**DECISION, "decided_on": "2026-03-02", "reason": "已整改到位，恢复服务"}, "lift")

    assert (status(here), events(here)[-1]) == ("active", "observation_lifted 2026-03-02")


def test_hbi_18_2_the_authority_may_decide_not_to_observe(here):
    remember(here, {2024: "C"})
    grade(here, "C")

    lead(here, OBSERVED, {"decided_on": "2026-01-12", "reason": "2024 年因灾停业"}, "decline")

    assert (status(here), open_tasks(name=OBSERVED)) == ("active", [])


def test_hbi_18_2_a_revocation_is_proposed_with_its_grades_and_the_title_stays_until_it_is_decided(here, clock_at):
    observed(here, clock_at)
    pass_time(clock_at, "2026-07-13 09:00")

    lead(here, "观察期满决定", {"decided_on": "2026-07-13", "reason": "观察期内仍未服务"}, "revoke")

    (proposed,) = sanctions(here, "observation_revocation")
    assert (proposed.status, proposed.clause) == ("proposed", "HBI-18.2")
    assert [one["what"] for one in proposed.evidence] == [
        "2024 年度评价等次为 C", "2025 年度评价等次为 C", "观察期内仍未服务",
    ]
    assert (status(here), len(open_tasks(name="观察期满决定"))) == ("observed", 1)


def test_hbi_18_2_a_notice_may_be_proposed_at_any_time_while_it_lasts(here, clock_at):
    observed(here, clock_at)
    with db.reading() as session:
        who, title = here.who(session, "clerk@province"), here.title(session).public_id
    case = begin(who, title, "observed_circular")

    complete(open_tasks(case)[0], who, {"reason": "未按要求整改"})

    assert [one.status for one in sanctions(here, "observation_circular")] == ["proposed"]
    assert status(here) == "observed"


def test_hbi_18_2_no_notice_of_an_observation_that_was_lifted_meanwhile(here, clock_at):
    observed(here, clock_at)
    with db.reading() as session:
        who, title = here.who(session, "clerk@province"), here.title(session)
    case = begin(who, title.public_id, "observed_circular")
    acting.event(title, "observation_lifted", clock.today().isoformat())

    with pytest.raises(Refused, match="不在观察期内") as refused:
        complete(open_tasks(case)[0], who, {"reason": "未按要求整改"})

    assert refused.value.clause == "HBI-18.2"
    assert sanctions(here, "observation_circular") == []


def test_hbi_18_2_a_third_lowest_grade_while_it_is_observed_opens_no_second_observation(here, clock_at):
    observed(here, clock_at)
    pass_time(clock_at, "2027-01-11 09:00")

    grade(here, "C")

    assert open_tasks(name=OBSERVED) == []
    with db.reading() as session:
        assert len(session.scalars(select(Case).where(Case.diagram == "observation")).all()) == 1
