"""A division's numbers: open, due soon and overdue by the divisions below and by step, and exactly the rows behind."""

from datetime import timedelta

import pytest

from app import clock, db
from app.cases import deadlines, monitoring
from app.cases.models import Deadline
from app.cases.monitoring import Chosen
from app.errors import NotFound
from tests import sample

PROVINCE, CITY, COUNTY, SIBLING_COUNTY = "130000", "130600", "130636", "130628"


@pytest.fixture
def work(office):
    """Two open tasks: the county's overdue by two working days, the sibling county's due today."""
    made = {"late": office.apply(), "today": office.apply("applicant@other_institution")}
    _set_last_day(made["late"], clock.today() - timedelta(days=3))
    _set_last_day(made["today"], clock.today())
    return made


def _set_last_day(case_id, day, *, awaiting=False):
    with db.transaction() as session:
        task = sample.open_task(session, case_id)
        deadline = session.get_one(Deadline, task.deadline_id)
        deadline.last_day, deadline.ends_at = day, clock.day_start(day + timedelta(days=1))
        deadline.status = "awaiting" if awaiting else "running"
        task.ends_at = deadline.ends_at


def counts(office, login, code=""):
    with db.reading() as session:
        who = office.who[login]
        here = monitoring.place(session, who, code)
        return {one.name: (one.open, one.soon, one.overdue)
                for one in monitoring.by_region(session, who, here)}


def steps(office, login, code=""):
    with db.reading() as session:
        who = office.who[login]
        here = monitoring.place(session, who, code)
        return [(one.key, one.open, one.soon, one.overdue) for one in monitoring.by_step(session, who, here)]


def rows(office, login, code="", **chosen):
    with db.reading() as session:
        who = office.who[login]
        here = monitoring.place(session, who, code)
        return monitoring.rows(session, who, Chosen(here, **chosen))[0]


def test_a_province_is_counted_by_city_a_city_by_county(office, work):
    assert counts(office, "lead@ministry") == {"河北省": (2, 1, 1)}
    assert counts(office, "lead@province") == {"保定市": (2, 1, 1)}
    assert counts(office, "lead@city") == {"顺平县": (1, 0, 1), "高阳县": (1, 1, 0)}
    assert counts(office, "lead@province", COUNTY) == {"顺平县": (1, 0, 1)}


def test_nobody_counts_beyond_the_own_division(office, work):
    assert counts(office, "lead@county") == {"顺平县": (1, 0, 1)}
    assert counts(office, "lead@sibling_city") == {}
    with db.reading() as session:
        for login, code in (("lead@county", SIBLING_COUNTY), ("lead@county", CITY), ("lead@sibling_city", CITY),
                            ("lead@city", "999999"), ("clerk@association", "")):
            with pytest.raises(NotFound):
                monitoring.place(session, office.who[login], code)


def test_steps_are_counted_by_programme_and_name(office, work):
    ((key, *numbers),) = steps(office, "lead@city")

    assert key[0] == "baoding-platform"
    assert numbers == [2, 1, 1]


@pytest.mark.parametrize("days", range(-8, 12))
def test_the_lights_counted_are_those_of_the_inbox(office, days):
    case_id = office.apply()
    _set_last_day(case_id, clock.today() + timedelta(days=days))

    (row,) = rows(office, "lead@city")

    assert [row.id] == [one.id for one in rows(office, "lead@city", light=row.light.level)]
    for other in {"red", "yellow", "green"} - {row.light.level}:
        assert rows(office, "lead@city", light=other) == []


@pytest.mark.parametrize("day", ["2026-09-24", "2026-09-25", "2026-09-30", "2026-10-03", "2026-02-14"])
def test_due_soon_reaches_over_holidays(clock_at, day):
    clock_at(f"{day} 10:00")
    last = deadlines.last_day_of(monitoring.soon_until())

    def level(which):
        return deadlines.light(
            clock.day_start(which + timedelta(days=1)), last_day=which, provisional=False, region_code=CITY
        ).level

    assert (level(last), level(last + timedelta(days=1))) == ("yellow", "green")


def test_a_period_that_waits_for_service_is_neither_late_nor_due(office):
    case_id = office.apply()
    _set_last_day(case_id, clock.today() - timedelta(days=9), awaiting=True)

    assert counts(office, "lead@city") == {"顺平县": (1, 0, 0)}
    (row,) = rows(office, "lead@city", light="green")
    assert (row.light.words, row.days_over) == ("送达后起算", 0)


def test_rows_tell_who_has_it_since_when_and_how_late(office, work):
    first, second = rows(office, "lead@province")

    assert (first.region, first.unit, first.claimed_by) == ("顺平县", "顺平创业服务有限公司", "")
    assert (first.last_day, first.days_over) == (clock.today() - timedelta(days=3), 2)  # the Sunday between was worked
    assert (second.region, second.light.level, second.days_over) == ("高阳县", "yellow", 0)
    assert rows(office, "lead@province", code=CITY, step=first.step, programme=first.programme) == [first, second]
    assert rows(office, "lead@province", step="没有这一步") == []
    assert rows(office, "lead@province", own=True) == []


def test_rows_come_in_pages_that_neither_lose_nor_repeat_one(office, work):
    with db.reading() as session:
        who = office.who["lead@city"]
        chosen = Chosen(monitoring.place(session, who, ""))
        page, following = monitoring.rows(session, who, chosen, limit=1)
        rest, end = monitoring.rows(session, who, chosen, after=following, limit=1)

    assert len({*(row.id for row in page), *(row.id for row in rest)}) == 2
    assert end is None


def test_each_answer_is_one_statement_however_many_rows(office, work, statements):
    with db.reading() as session:
        who = office.who["lead@province"]
        here = monitoring.place(session, who, "")
        for ask in (lambda: monitoring.by_region(session, who, here), lambda: monitoring.by_step(session, who, here),
                    lambda: monitoring.rows(session, who, Chosen(here))):
            with statements() as seen:
                assert ask()
            assert len(seen) == 1
