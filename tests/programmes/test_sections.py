"""Dates of calls, experts, service, recommenders, direct entry, classes: read as data, refused where they don't fit."""

from datetime import date
from decimal import Decimal

import pytest

from app import workdays
from app.errors import Refused
from app.programmes.programme import Programme
from app.programmes.settings import Ground
from tests.programmes.package_files import LETTER, rules, sample

SETTINGS = "programme.yaml"
BATCHES = "  one_application: yes\n"
MORE = BATCHES + """  dates: [applicants, county, {key: paper, name: 纸质材料, tier: city, channel: paper, copies: 2}]
  late_entry: yes
  summary: summary
"""
PERIOD = """  county_review:
    name: 县级测评推荐
    amount: county
    unit: batch_date
    roll: next
    clause: BDP-14
"""
OLD_PERIOD = """  county_review:
    name: 县级测评推荐
    amount: 10
    unit: working_days
    starts: arrival
    ours: yes
"""
SECTIONS = """
expert_review:
  experts: 5
  quorum: 3
  drop_highest: 1
  drop_lowest: 1
  pass_mark: 60
  conflicts: [same_unit, declared]
  sheet: scoring
  period: listing
  clause: BDP-12
service:
  ways: [box, manual]
  box_counts_from: read
  deemed: filling
  ours: yes
direct_entry:
  titles: {higher: 上级称号}
  confirmed_by: authority
  ends: with_original
  obligations: yes
  renewable: no
  while_banned: refused
  clause: BDP-5
recommenders:
  one_recommender: yes
  kinds:
    department: {name: 主管部门, unit_kind: department, matched_by: region, tier: county}
    association: {name: 行业协会, unit_kind: association, matched_by: membership, clause: BDP-21}
  self_recommendation: {handled_by: department}
"""
TITLE = """title:
  certificate: certificate
  classes:
    legal: application_report.unit_kind
    function:
      name: 类别
      field: city_review.functions_met
      proposed_from: application_report.functions
      proposes: {information: all, training: some}
"""
TABLES = "tables: {summary: {name: 汇总表, columns: [{key: number, heading: 序号, from: number}]}}"
SCORING = "sheets: {scoring: {name: 评分表, total: 100, items: [{key: all, name: 总评, most: 100}]}}"


def extended(*changes: tuple[str, str]) -> dict[str, bytes]:
    """The shipped package with all these sections, and some texts of its settings changed."""
    settings = sample()[SETTINGS].decode()
    for old, new in (
        (BATCHES, MORE), (OLD_PERIOD, PERIOD), ("title:\n", TITLE),
        ("found_by: county, name", "found_by: recommender, name"), ("\n# 原文没有说明", f"{SECTIONS}\n# 原文没有说明"),
        *changes,
    ):
        assert old in settings, old
        settings = settings.replace(old, new, 1)
    return {**sample(), SETTINGS: settings.encode(), "tables.yaml": TABLES.encode(), "scoring.yaml": SCORING.encode(),
            "letters/certificate.docx": LETTER}


@pytest.fixture(scope="module")
def programme() -> Programme:
    return Programme(extended())


def test_sections_that_fit_have_no_problem():
    assert rules(extended()) == set()


def test_the_call_names_a_day_for_each_tier(programme):
    dates = programme.batches.dates

    assert [(day.key, day.name, day.relation, day.channel, day.copies) for day in dates.values()] == [
        ("applicants", "申报单位截止日", "applicant", "online", 0),
        ("county", "县级主管部门截止日", "county", "online", 0),
        ("paper", "纸质材料", "city", "paper", 2),
    ]
    assert programme.batches.late_entry
    assert programme.batches.quotas is None


def test_a_period_that_the_call_dates_is_a_fixed_date_of_that_very_day(programme):
    period, start = programme.periods["county_review"].on({"county": "2026-06-13"})

    ends = workdays.deadline(period, start, workdays.calendar_for("130600"))
    assert (period.text, start) == ("06-13 fixed_date", date(2026, 6, 13))
    assert (ends.nominal_day, ends.last_day) == (date(2026, 6, 13), date(2026, 6, 15))


def test_the_last_day_of_february_is_a_day_that_a_call_may_name(programme):
    period, start = programme.periods["county_review"].on({"county": "2028-02-29"})

    assert workdays.deadline(period, start, workdays.calendar_for("130600")).last_day == date(2028, 2, 29)


def test_a_period_that_does_not_roll_ends_on_the_day_itself():
    files = extended(("    unit: batch_date\n    roll: next", "    unit: batch_date\n    roll: none"))

    period, start = Programme(files).periods["county_review"].on({"county": "2026-06-13"})

    assert workdays.deadline(period, start, workdays.calendar_for("130600")).last_day == date(2026, 6, 13)


@pytest.mark.parametrize("dates", [{}, {"city": "2026-06-13"}, {"county": ""}, {"county": "13 June"}])
def test_a_day_that_the_call_does_not_name_is_refused_with_what_to_do(programme, dates):
    with pytest.raises(Refused, match="县级测评推荐.*补正") as caught:
        programme.periods["county_review"].on(dates)

    assert caught.value.clause == "BDP-14"


def test_only_a_period_that_the_call_dates_has_no_length_of_its_own(programme):
    assert [key for key, rule in programme.periods.items() if rule.period is None] == ["county_review"]
    with pytest.raises(KeyError):
        programme.periods["publication"].on({"county": "2026-06-13"})


def test_experts_service_direct_entry_and_recommenders_are_data(programme):
    settings = programme.settings

    assert (settings.expert_review.pass_mark, settings.expert_review.conflicts) == (
        Decimal("60"), ("same_unit", "declared")
    )
    assert (settings.service.ways, settings.service.deemed, settings.service.email_counts_from) == (
        ("box", "manual"), "filling", "never"
    )
    assert settings.direct_entry.titles == {"higher": "上级称号"}
    assert settings.recommenders.kinds["association"].matched_by == "membership"
    assert settings.recommenders.self_handled_by == "department"


def test_a_programme_without_these_sections_has_the_usual_service_and_nothing_else():
    settings = Programme(sample()).settings

    assert (settings.expert_review, settings.direct_entry, settings.recommenders) == (None, None, None)
    assert (settings.service.ways, settings.service.box_counts_from) == (("box", "email", "manual"), "read")


def test_a_recommender_whom_the_case_does_not_name_is_the_department_of_the_lowest_tier(programme):
    assert programme.tier_of("county") == "county"


def test_classes_and_certificate_belong_to_the_title(programme):
    classes = programme.title.classes

    assert (classes["legal"].field, classes["legal"].proposes) == ("application_report.unit_kind", {})
    assert classes["function"].proposes == {"information": "all", "training": "some"}
    assert programme.title.certificate == "certificate"


def test_reminders_and_grounds_for_a_stop_are_read():
    files = extended(("    unit: batch_date\n", "    unit: batch_date\n    remind: [2, {after: 1, to: [city]}]\n"),
                     ("    amount: 7\n", "    amount: 7\n    stops: [{key: visit, name: 现场核查, clause: HBI-8}]\n"))

    periods = Programme(files).periods

    assert [(rung.working_days, rung.after, rung.to) for rung in periods["county_review"].remind] == [
        (2, False, ()), (1, True, ("city",))
    ]
    assert periods["publication"].stops == {"visit": Ground("visit", "现场核查", "HBI-8", ())}


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("dates: [applicants, county,", "dates: [applicants,", "periods.county_review.amount", "unknown-date"),
        ("    amount: 7\n", "    amount: 7\n    within: moon\n", "periods.publication.within", "unknown-date"),
        ("dates: [applicants, county,", "dates: [applicants, county, county2,", "batches.dates.2", "date-of-nobody"),
        ("tier: city, channel", "tier: province, channel", "batches.dates.2", "date-of-nobody"),
        ("key: paper", "key: county", "batches.dates", "twice"),
        ("summary: summary", "summary: other", "batches.summary", "unknown-summary"),
        ("    unit: batch_date\n", "    unit: batch_date\n    starts: served\n", "periods.county_review.starts",
         "schema"),
        ("    unit: batch_date\n", "    unit: batch_date\n    before: yes\n", "periods.county_review.before", "schema"),
        ("    amount: 7\n    unit: working_days\n    starts: published\n", "    amount: 7\n    unit: working_days\n",
         "periods.publication", "schema"),
        ("deemed: filling", "deemed: county_review", "service.deemed", "named-by-call"),
        ("deemed: filling", "deemed: filling\n  number: 第 {seq} 号", "service.number", "bad-number"),
        ("deemed: filling", "deemed: ever", "service.deemed", "unknown-period"),
        ("  box_counts_from: read\n  deemed: filling\n  ours: yes", "  box_counts_from: read", "service", "schema"),
        ("quorum: 3", "quorum: 6", "expert_review.quorum", "too-few-experts"),
        ("quorum: 3", "quorum: 2", "expert_review", "too-many-dropped"),
        ("pass_mark: 60", "pass_mark: 101", "expert_review.pass_mark", "pass-beyond-total"),
        ("sheet: scoring", "sheet: points", "expert_review.sheet", "unknown-sheet"),
        ("period: listing\n  clause", "period: scores\n  clause", "expert_review.period", "unknown-period"),
        ("same_unit", "same_school", "expert_review.conflicts.0", "schema"),
        ("confirmed_by: authority", "confirmed_by: province", "direct_entry.confirmed_by", "unknown-actor"),
        ("region, tier: county", "region, tier: province", "recommenders.kinds.department.tier",
         "tier-of-recommender"),
        ("handled_by: department", "handled_by: centre", "recommenders.self_recommendation.handled_by",
         "unknown-kind"),
        ("certificate: certificate", "certificate: diploma", "title.certificate", "unknown-letter"),
        ("legal: application_report.unit_kind", "legal: report.nature", "title.classes.legal", "unknown-form"),
        ("legal: application_report.unit_kind", "legal: application_report.nature", "title.classes.legal",
         "unknown-field"),
        ("legal: application_report.unit_kind", "legal: application_report.total_assets_wan", "title.classes.legal",
         "class-no-choice"),
        ("legal: application_report.unit_kind", "legal: application_report.functions", "title.classes.legal",
         "wrong-field"),
        ("training: some", "teaching: some", "title.classes.function.proposes", "unknown-choice"),
        ("training: some", "training: half", "title.classes.function.proposes", "unknown-choice"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(old, new, place, rule):
    assert (SETTINGS, place, rule) in rules(extended((old, new)))


def test_a_recommender_needs_to_be_told_who_may_recommend():
    start = SECTIONS.index("recommenders:")

    assert (SETTINGS, "actors.county", "missing-recommenders") in rules(extended((SECTIONS[start:], "")))


def test_a_pass_mark_stands_once():
    files = {**extended(), "scoring.yaml": SCORING.replace("total: 100", "total: 100, pass_at: 60").encode()}

    assert (SETTINGS, "expert_review.pass_mark", "pass-mark-twice") in rules(files)


def test_a_pass_mark_at_the_total_is_possible():
    assert rules(extended(("pass_mark: 60", "pass_mark: 100"))) == set()
