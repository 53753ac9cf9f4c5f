"""Editions: who enters and who confirms, what they must hold, and what they do to dates."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import clock, db, invariants, workdays, worker
from app.audit.models import AuditEntry
from app.calendars import current, operations, queries
from app.calendars.models import CalendarEdition
from app.cli import banjian
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.outbox.senders import NoSender
from app.workdays import Book, Edition
from tests.calendars.conftest import LABOUR, NOTICE_2027, OFF_2027, days_from
from tests.factories import CITY, COUNTY, PROVINCE, SIBLING_CITY

BUILT_IN = workdays.national_calendar()


def verbs():
    entries = select(AuditEntry.verb).where(AuditEntry.chain == "system").order_by(AuditEntry.seq)
    with db.reading() as session:
        return list(session.scalars(entries))


def test_an_edition_changes_nothing_until_a_second_person_confirms_it(office, after):
    start = date(2027, 4, 22)
    assert after(start, 3) == date(2027, 4, 27)

    entered = office.propose()
    current.refresh(at_once=True)

    assert after(start, 3) == date(2027, 4, 27)
    assert workdays.book_in_use().revision == 0

    office.confirm(entered)

    assert after(start, 3) == date(2027, 4, 26)  # Sunday 25 April is worked
    assert workdays.book_in_use().revision == office.edition(entered).revision == 1
    assert verbs() == ["propose_calendar", "confirm_calendar"]


def test_a_year_is_provisional_until_its_notice_is_confirmed(office):
    period, start = workdays.Period(5, "working_days"), date(2027, 4, 26)
    assert workdays.deadline(period, start, workdays.calendar_for(CITY)).provisional

    office.in_force()

    found = workdays.deadline(period, start, workdays.calendar_for(CITY))
    assert (found.last_day, found.provisional) == (date(2027, 5, 6), False)
    assert workdays.calendar_for(CITY).source_of(date(2027, 5, 4)) == "国办发明电〔2026〕9号"


def test_expected_days_of_a_year_without_a_notice_stay_provisional(office):
    entered = office.in_force(provisional=True, document_number="")

    assert office.edition(entered).status == "provisional"
    assert workdays.calendar_for(CITY).is_working_day(date(2027, 5, 8))
    assert workdays.calendar_for(CITY).is_provisional(date(2027, 5, 8))


def test_a_year_that_is_announced_cannot_be_entered_as_provisional(office):
    off, on = BUILT_IN.notice_days(2026)

    with pytest.raises(Invalid) as refused:
        office.propose(year=2026, off=off, on=on, provisional=True)
    assert "通知尚未公布" in refused.value.fields["provisional"][0]


def test_an_amendment_inside_the_year_is_a_new_edition_that_replaces_the_first(office):
    first = office.in_force()
    amended = {**NOTICE_2027[0], date(2027, 5, 6): "劳动节"}

    second = office.in_force(off=amended, document_number="国办发明电〔2027〕1号")

    assert (office.edition(first).state, office.edition(first).status) == ("replaced", "published")
    assert (office.edition(second).state, office.edition(second).status) == ("in_force", "amended")
    assert office.edition(second).revision == office.edition(first).revision + 1
    assert not workdays.calendar_for(CITY).is_working_day(date(2027, 5, 6))


def test_nobody_confirms_what_they_entered_themselves(office):
    entered = office.propose(login="lead@province")

    with pytest.raises(Refused, match="录入人不能确认"):
        office.confirm(entered, "lead@province")
    assert office.edition(entered).state == "proposed"

    office.confirm(entered, "lead@ministry")
    assert office.edition(entered).state == "in_force"


def test_the_database_too_refuses_one_person_for_both(office):
    entered = office.propose()
    mine = office.world.person("clerk@province").id
    by_hand = (
        update(CalendarEdition).where(CalendarEdition.public_id == entered)
        .values(state="in_force", revision=1, confirmed_by=mine, confirmed_at=clock.now())
    )

    with db.current().engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(by_hand)


@pytest.mark.parametrize(
    ("login", "region", "may"),
    [
        ("clerk@ministry", "", True), ("operator@ministry", PROVINCE, True), ("operator@province", "", True),
        ("lead@province", CITY, True), ("clerk@city", "", False), ("clerk@city", CITY, True),
        ("clerk@city", COUNTY, True), ("clerk@city", SIBLING_CITY, False), ("lead@county", COUNTY, True),
        ("lead@county", CITY, False), ("admin@city", CITY, False), ("auditor@province", "", False),
        ("designer@province", "", False), ("clerk@association", COUNTY, False),
        ("applicant@institution", COUNTY, False),
    ],
)
def test_who_may_enter_for_which_region(office, login, region, may):
    off, on = ({date(2027, 8, 4): "台风停工"}, {}) if region else NOTICE_2027

    if may:
        assert office.propose(login, region_code=region, off=off, on=on)
    else:
        with pytest.raises(NotAllowed):
            office.propose(login, region_code=region, off=off, on=on)


@pytest.mark.parametrize("login", ["clerk@ministry", "operator@province", "lead@city", "admin@province"])
def test_only_a_lead_who_answers_for_the_region_confirms(office, login):
    entered = office.propose()

    with pytest.raises(NotAllowed):
        office.confirm(entered, login)


def test_one_edition_of_a_year_and_region_waits_at_a_time(office):
    entered = office.propose()

    with pytest.raises(Refused, match="等待确认"):
        office.propose("operator@province")

    office.withdraw(entered)
    assert office.propose("operator@province")


def test_a_withdrawn_edition_cannot_be_confirmed_and_says_why(office):
    entered = office.propose()
    office.withdraw(entered, reason="文号有误")

    with pytest.raises(Gone):
        office.confirm(entered)
    assert (office.edition(entered).state, office.edition(entered).reason) == ("withdrawn", "文号有误")
    assert verbs()[-1] == "withdraw_calendar"


def test_a_confirmed_edition_cannot_be_withdrawn(office):
    entered = office.in_force()

    with pytest.raises(Gone):
        office.withdraw(entered)


def without(days, *gone):
    return {day: name for day, name in days.items() if day not in gone}


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"off": {**NOTICE_2027[0], date(2028, 1, 3): "元旦"}}, "days", "2028-01-03 不在 2027 年"),
        ({"off": {**NOTICE_2027[0], date(2026, 11, 30): "元旦"}}, "days", "2026-11-30 不在 2027 年"),
        ({"on": {date(2027, 5, 2): "劳动节"}}, "days", "2027-05-02 同时列为放假和上班"),
        ({"on": {date(2027, 5, 7): "劳动节"}}, "days", "2027-05-07 列为调休上班，但本来就是工作日"),
        ({"off": {**NOTICE_2027[0], date(2027, 5, 6): ""}}, "days", "2027-05-06 没有名称"),
        ({"off": without(NOTICE_2027[0], date(2027, 10, 1))}, "days", "2027-10-01 是法定节假日，没有放假"),
        ({"off": {}, "on": {}}, "days", "2027-01-01"),
        ({"year": 2101}, "year", "年份应在 2004 至 2100 之间"),
        ({"document_number": " "}, "document_number", "请填写通知的文号"),
        ({"issued_on": date(2090, 1, 1)}, "issued_on", "晚于今天"),
        ({"region_code": CITY, "off": {date(2027, 10, 1): "停工"}, "on": {}}, "days", "全国日历中已经放假"),
        ({"region_code": CITY, "off": {}, "on": {date(2027, 10, 2): "补班"}}, "days", "是全国假期"),
        ({"region_code": CITY, "off": {date(2026, 12, 31): "停工"}, "on": {}}, "days", "不在 2027 年"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_is_saved(office, changed, field, told):
    with pytest.raises(Invalid) as refused:
        office.propose(**changed)

    assert told in " ".join(refused.value.fields[field])
    with db.reading() as session:
        assert session.scalar(select(CalendarEdition.id).limit(1)) is None
    assert verbs() == []


def test_overlapping_editions_are_refused(office):
    """A December day that the year's own edition has named can't be set again by the next year's."""
    off, on = BUILT_IN.notice_days(2026)
    office.in_force(year=2026, off={**off, date(2026, 12, 31): "停工"}, on=on)

    with pytest.raises(Invalid) as refused:
        office.propose(off={**NOTICE_2027[0], date(2026, 12, 31): "元旦"})
    assert refused.value.fields["days"] == ["2026-12-31 已由 2026 年的日历规定，两版重叠；请核对通知。"]


def test_what_has_come_to_overlap_since_is_refused_at_the_confirmation(office):
    waits = office.propose(off={**NOTICE_2027[0], date(2026, 12, 31): "元旦"})
    off, on = BUILT_IN.notice_days(2026)
    office.confirm(office.propose(year=2026, off={**off, date(2026, 12, 31): "停工"}, on=on))

    with pytest.raises(Invalid):
        office.confirm(waits)
    assert office.edition(waits).state == "proposed"


def test_an_amendment_of_a_year_keeps_what_the_next_notice_says_of_its_december(office):
    """30 December 2018 is off and 29 December 2018 is worked by the notice for 2019."""
    off, on = BUILT_IN.notice_days(2018)
    assert date(2018, 12, 30) not in off

    office.in_force(year=2018, off={**off, date(2018, 8, 1): "停工"}, on=on)

    calendar = workdays.calendar_for(CITY)
    assert not calendar.is_working_day(date(2018, 12, 31))
    assert calendar.is_working_day(date(2018, 12, 29))
    assert calendar.changed_days(BUILT_IN) == [date(2018, 8, 1)]


def test_a_region_inherits_the_country_and_those_in_it_inherit_the_region(office, after):
    office.in_force(region_code=CITY, off={date(2026, 8, 4): "台风停工"}, on={date(2026, 8, 8): "台风补班"},
                    year=2026, document_number="市防指令第3号")

    start = date(2026, 8, 3)
    assert after(start, 1, CITY) == after(start, 1, COUNTY) == after(start, 1, f"{COUNTY}000000") == date(2026, 8, 5)
    assert after(start, 1, SIBLING_CITY) == after(start, 1, PROVINCE) == date(2026, 8, 4)
    assert workdays.calendar_for(COUNTY).why(date(2026, 8, 8)) == ("make_up", "台风补班调休")
    assert workdays.calendar_for(COUNTY).source_of(date(2026, 8, 4)) == "市防指令第3号"
    assert workdays.calendar_for(COUNTY).source_of(date(2026, 10, 1)) == "国办发明电〔2025〕7号"


def test_a_regions_days_outlive_a_new_notice_for_the_country(office):
    office.in_force(region_code=CITY, off={date(2027, 8, 4): "台风停工"}, on={})
    office.in_force()

    assert not workdays.calendar_for(CITY).is_working_day(date(2027, 8, 4))
    assert workdays.calendar_for(SIBLING_CITY).is_working_day(date(2027, 8, 4))


def test_the_book_with_a_proposed_edition_is_the_one_that_its_confirmation_makes(office):
    office.in_force(region_code=CITY, off={date(2027, 8, 4): "台风停工"}, on={})
    waits = office.propose()
    with db.reading() as session:
        foreseen = queries.book(session, proposed=queries.edition(session, waits).edition)

    office.confirm(waits)

    made = workdays.book_in_use()
    assert foreseen.revision == made.revision
    for region in (CITY, SIBLING_CITY):
        assert foreseen.calendar_for(region).changed_days(made.calendar_for(region)) == []


def test_entering_the_same_edition_again_changes_no_day(office):
    office.in_force()
    before = workdays.book_in_use().national

    office.in_force()

    assert workdays.book_in_use().national.changed_days(before) == []


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(workdays.announced_years())), st.booleans())
def test_entering_any_year_as_it_is_changes_no_day(year, with_neighbours):
    years = [y for y in (year - 1, year, year + 1) if y in workdays.announced_years()] if with_neighbours else [year]
    editions = [Edition(y, *workdays.announced_days(y)) for y in years]

    assert Book(editions).national.changed_days(BUILT_IN) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 364), min_size=1, max_size=12, unique=True), st.sampled_from([2024, 2026, 2027]))
def test_an_edition_there_and_back_restores_every_day(offsets, year):
    off, on = BUILT_IN.notice_days(year)
    other = {**off, **{date(year, 1, 1) + timedelta(days=offset): "停工" for offset in offsets}}
    known = BUILT_IN.with_notice(year, off, on)

    there = known.with_notice(year, other, without(on, *other))

    assert there.with_notice(year, off, on).changed_days(known) == []


def test_announced_years_are_imported_once_and_change_no_day(office):
    with db.transaction() as tx:
        years = operations.import_announced(tx)
    current.refresh(at_once=True)

    assert years == sorted(workdays.announced_years())
    assert workdays.book_in_use().revision == len(years)
    assert workdays.book_in_use().national.changed_days(BUILT_IN) == []
    with db.transaction() as tx:
        assert operations.import_announced(tx) == []
    assert verbs() == ["import_calendars"]
    with db.reading() as session:
        state = queries.year_state(session, 2020)
    assert (state.status, state.document_number) == ("amended", "国办发明电〔2019〕16号、国办发明电〔2020〕1号")


def test_a_year_that_somebody_entered_is_not_imported_over(office):
    off, on = BUILT_IN.notice_days(2026)
    entered = office.in_force(year=2026, off={**off, date(2026, 8, 4): "停工"}, on=on)

    with db.transaction() as tx:
        assert 2026 not in operations.import_announced(tx)
    assert office.edition(entered).state == "in_force"


def test_the_book_is_asked_for_once_a_second_and_made_anew_only_when_it_changed(office, statements, monkeypatch):
    monkeypatch.setattr(current, "PAUSE", timedelta(seconds=1))
    now = clock.real()
    monkeypatch.setattr(clock, "real", lambda: now)
    current.refresh()
    entered = office.propose()
    with db.transaction() as tx:
        operations.confirm(tx, queries.edition(tx, entered).edition, by=office.world.identity(tx, "lead@province"))

    with statements() as seen:
        current.refresh()
        assert seen == []
        assert workdays.book_in_use().revision == 0
        monkeypatch.setattr(clock, "real", lambda: now + timedelta(seconds=1))
        current.refresh()
        made, asked = workdays.book_in_use(), len(seen)
        current.refresh()
        assert len(seen) == asked
        monkeypatch.setattr(clock, "real", lambda: now + timedelta(seconds=2))
        current.refresh()

    assert made.revision == 1
    assert workdays.book_in_use() is made
    assert len([text for text in seen[asked:] if "calendar_edition" in text]) == 1


def test_a_clock_set_back_does_not_keep_the_book_old(office, monkeypatch):
    monkeypatch.setattr(current, "PAUSE", timedelta(seconds=1))
    now = clock.real()
    current.refresh()
    entered = office.propose()
    with db.transaction() as tx:
        operations.confirm(tx, queries.edition(tx, entered).edition, by=office.world.identity(tx, "lead@province"))
    monkeypatch.setattr(clock, "real", lambda: now - timedelta(hours=1))

    current.refresh()

    assert workdays.book_in_use().revision == 1


def test_a_third_of_march_holiday_of_a_region(office, after):
    """Two days for one province, with the weekend between them and none worked for them."""
    office.in_force(
        region_code=PROVINCE, year=2026, off=days_from(date(2026, 4, 17), 4, "三月三"), on={},
        document_number="办公厅通知",
    )

    assert after(date(2026, 4, 16), 1, CITY) == date(2026, 4, 21)
    assert after(date(2026, 4, 16), 1, "450000") == date(2026, 4, 17)


def test_labour_day_of_the_example_is_what_the_tests_think_it_is():
    assert set(LABOUR) - set(OFF_2027) == {date(2027, 5, 5)}


def test_the_book_of_an_earlier_revision_can_be_had_again(office):
    first = office.in_force()
    then = workdays.book_in_use()
    office.in_force(off={**NOTICE_2027[0], date(2027, 5, 6): "劳动节"}, document_number="国办发明电〔2027〕1号")
    now = workdays.book_in_use()

    with db.reading() as session:
        again = queries.book_at(session, office.edition(first).revision)
        before = queries.book_at(session, 0)
        newest = queries.book_at(session, now.revision)

    assert again.national.changed_days(then.national) == []
    assert again.national.is_working_day(date(2027, 5, 6))
    assert before.national.changed_days(BUILT_IN) == []
    assert newest.national.changed_days(now.national) == []


def test_an_edition_that_nobody_else_confirmed_is_a_breach(office, app):
    entered = office.in_force()
    config = app.config["BANJIAN"]
    with db.snapshot() as session:
        assert invariants.check(session, config).breaches == []

    with db.transaction() as tx:
        tx.execute(update(CalendarEdition).where(CalendarEdition.public_id == entered).values(entered_by=None))
    with db.snapshot() as session:
        assert [breach.invariant for breach in invariants.check(session, config).breaches] == ["I19"]


@pytest.mark.parametrize("edge", ["worker", "page"])
def test_worker_and_page_compute_with_an_edition_that_another_process_confirmed(office, client, monkeypatch, edge):
    entered = office.propose()
    with db.transaction() as tx:
        operations.confirm(tx, queries.edition(tx, entered).edition, by=office.world.identity(tx, "lead@province"))
    monkeypatch.setattr(current, "PAUSE", timedelta(0))
    assert workdays.book_in_use().revision == 0

    worker.run_once(NoSender()) if edge == "worker" else client.get("/sign-in")

    assert workdays.book_in_use().revision == 1


def test_an_installation_gets_the_announced_years_with_its_schema(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.sqlite3")
    monkeypatch.setenv("BANJIAN_DATA", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "k" * 48)

    migrated = CliRunner().invoke(banjian, ["migrate"])
    imported = CliRunner().invoke(banjian, ["holidays", "import"])

    assert (migrated.exit_code, imported.exit_code) == (0, 0), migrated.output + imported.output
    assert imported.stdout == "没有需要录入的年份。\n"
    assert workdays.book_in_use().revision == len(workdays.announced_years())
    db.current().close()
    current.forget()
