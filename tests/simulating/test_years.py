"""Years in a minute: a simulation goes through the real verbs, obeys its seed, stops at a breach."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

import orjson
import pytest
from sqlalchemy import func, select

from app import chance, clock, db, invariants, migrating
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.cases.models import Case, Task
from app.config import Config
from app.errors import Invalid
from app.formschema import read_form
from app.people import regions
from app.programmes import checks, package
from app.programmes import operations as programmes
from app.simulating import Simulation, SimulationFails, Year, filling, running, table
from app.simulating.policies import Plan, Policy, by_share, how_many, value_of
from app.titles.models import Title
from app.vocabulary import known

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
PROGRAMME = "hebei-institution"


@pytest.fixture
def simulate(tmp_path) -> Iterator:
    """simulate(years=.., institutions=.., seed=..): a run in a database of its own."""
    opened = []

    def run(
        *, years: int, institutions: int, seed: int, change=lambda plan: plan, programme: str = PROGRAMME
    ) -> tuple[Simulation, list[Year]]:
        folder = tmp_path / f"run{len(opened)}"
        folder.mkdir()
        opened.append(db.open_database(f"sqlite:///{folder}/years.sqlite3"))
        migrating.upgrade(opened[-1].engine)
        with db.transaction() as session:
            regions.load(session)
            programmes.deploy(session, package.read_folder(PROCESSES / programme), person_id=None, **known())
        config = Config(database_url="", data_dir=folder, secret_key="k" * 48)
        made = Simulation(
            programme, years=years, institutions=institutions, seed=seed, config=config, plan_of=change
        )
        return made, made.run()

    yield run
    for one in opened:
        one.close()


def test_20_institutions_over_3_years_in_under_a_minute(simulate):
    # The processor's time: what else the machine does meanwhile isn't the simulation's.
    begun = time.process_time()

    run, years = simulate(years=3, institutions=20, seed=1)

    assert time.process_time() - begun < 60
    assert [year.year for year in years] == [2022, 2023, 2024]
    with db.reading() as session:
        titles, holders = session.execute(select(func.count(), func.count(func.distinct(Title.holder_id)))).one()
        assert titles == 20 + summed(years, "称号 授予")
        assert holders > 20
        assert session.scalar(select(func.count()).where(Task.status == "done")) < run.steps
    assert summed(years, "申报 收到") >= summed(years, "结果 已认定") >= 1
    assert summed(years, "预约 收到") >= summed(years, "预约 按期答复") >= 20


def test_the_same_seed_does_the_same(simulate):
    def alike(plan: Plan) -> Plan:
        return replace(plan, calls=replace(plan.calls, newcomers=60, objections=50))

    first, years = simulate(years=1, institutions=5, seed=7, change=alike)
    found = lived()
    again, same_years = simulate(years=1, institutions=5, seed=7, change=alike)

    assert summed(years, "申报 收到") >= 3
    assert (years, first.steps) == (same_years, again.steps)
    assert found == lived()


def lived() -> list[tuple]:
    """Every case, task and title in the database that was opened last: what, whose, when, by which result."""
    with db.reading() as session:
        cases = session.execute(
            select(Case.number, Case.public_id, Case.title, Case.outcome, Case.opened_at).order_by(Case.id)
        )
        tasks = session.execute(select(Task.public_id, Task.outcome, Task.closed_at, Task.closed_by).order_by(Task.id))
        titles = session.execute(select(Title.number, Title.holder_name, Title.status).order_by(Title.id))
        return [*map(tuple, cases), *map(tuple, tasks), *map(tuple, titles)]


def summed(years: list[Year], what: str) -> int:
    """A figure over all years."""
    return sum(year.figures.get(what, 0) for year in years)


@pytest.mark.parametrize("programme", ["baoding-platform", "hebei-library", "hubei-selected", "national-platform"])
def test_every_programme_opens_its_call_and_grants(simulate, programme):
    def many_apply(plan: Plan) -> Plan:
        return replace(plan, counties=2, calls=replace(plan.calls, newcomers=200, objections=40))

    run, years = simulate(years=1, institutions=3, seed=5, change=many_apply, programme=programme)

    assert summed(years, "申报 收到") == 6
    assert summed(years, "称号 授予") >= 3
    assert run.refusals == {}


def test_who_reports_nothing_is_revoked_banned_and_refused_and_who_answers_nobody_is_overdue(simulate):
    def idle(plan: Plan) -> Plan:
        nothing = Policy(actor="holder/applicant", done=0)
        calls = replace(plan.calls, newcomers=0, again=0, banned=100)
        books = replace(plan.books, a_year=2400, cancelled=0, rated=100)
        return replace(plan, tasks=(nothing, *plan.tasks), calls=calls, books=books)

    run, years = simulate(years=2, institutions=2, seed=2, change=idle)

    assert summed(years, "称号 撤销") == summed(years, "禁申") >= 1
    assert summed(years, "申报 禁申期内不予受理") == summed(years, "禁申")
    assert summed(years, "申报 收到") == summed(years, "预约 按期答复") == summed(years, "预约 企业已评价") == 0
    assert summed(years, "预约 收到") >= summed(years, "预约 超期") >= 5
    assert run.refusals == {"申报：HBI-13.3": summed(years, "禁申")}


def test_it_stops_at_a_breach_and_says_where(simulate, monkeypatch):
    breach = invariants.Breach("I1", "办件 HBI-1", "没有对应的待办")
    report = invariants.Report({}, [breach], [])
    monkeypatch.setattr(invariants, "check", lambda session, config, **how: report)

    with pytest.raises(SimulationFails, match="2022-01 月末检查发现 1 处不一致，第一处 I1 办件 HBI-1"):
        simulate(years=1, institutions=2, seed=1)


def test_who_does_nothing_leaves_the_task_open(simulate):
    def nobody(plan: Plan) -> Plan:
        nothing = (Policy(actor="holder/applicant", done=0), Policy(actor="authority/lead", done=0))
        return replace(plan, tasks=(*nothing, *plan.tasks))

    run, _years = simulate(years=1, institutions=2, seed=1, change=nobody)

    with db.reading() as session:
        done = session.scalars(select(Task.actor).where(Task.status == "done")).all()
        assert "holder/applicant" not in done
        assert session.scalar(select(func.count()).select_from(Case)) >= 1
    assert run.refusals == {}


@pytest.mark.parametrize(
    ("written", "lowest", "highest"), [({"between": [3, 5]}, 3, 5), (4, 4, 4), ({"years_ago": 2}, 2024, 2024)]
)
def test_an_answer_lies_within_what_is_written(written, lowest, highest):
    found = {value_of(written, Random(n), date(2026, 1, 5)) for n in range(50)}

    assert (min(found), max(found)) == (lowest, highest)


def test_a_day_is_counted_from_the_day_of_acting():
    today = date(2026, 3, 10)
    found = [date.fromisoformat(value_of({"days": [-2, 0]}, Random(n), today)) for n in range(50)]

    assert {(today - day).days for day in found} == {0, 1, 2}


def test_a_table_has_so_many_rows_each_with_its_number():
    each = {"person": "服务人员{n}", "age": {"between": [30, 30]}}

    found = value_of({"rows": 3, "each": each}, Random(1), clock.today())

    assert found == [{"person": f"服务人员{n}", "age": 30} for n in (1, 2, 3)]


def test_what_is_over_a_whole_one_counts_by_lot():
    found = {how_many(Random(n), 250) for n in range(50)}

    assert found == {2, 3}
    assert {how_many(Random(n), 300) for n in range(50)} == {3}


def test_the_first_policy_that_fits_counts():
    silent = Policy(actor="holder/applicant", only="silent", done=1)
    all_others = Policy(actor="holder/applicant", done=2)
    plan = Plan(date(2026, 1, 5), 1, {"silent": 1}, entering=None, tasks=(silent, all_others))  # type: ignore[arg-type]
    asked = {"diagram": "report", "task": "报送", "actor": "holder/applicant"}

    assert plan.policy(**asked, character="silent").done == 1
    assert plan.policy(**asked, character="careful").done == 2
    assert plan.policy(**{**asked, "actor": "city/clerk"}, character="silent").done == 100


def test_a_share_of_nothing_is_never_drawn():
    assert {by_share(Random(n), {"pass": 100, "fail": 0}) for n in range(200)} == {"pass"}


@pytest.mark.parametrize("path", sorted((PROCESSES.parent / "forms").glob("*/*.json")), ids=lambda path: path.stem)
def test_any_form_is_filled_by_its_own_rules(path):
    form = read_form(path.read_bytes())
    needed, numbers = {outcome for field in form.asked for outcome in field.needed_for} | {""}, count(1)

    for outcome in needed:
        found = filling.answers(
            form, given={}, outcome=outcome, today=clock.today(),
            upload=lambda field: f"file{next(numbers)}",
        )
        try:
            loaded = form.load(found)
        except Invalid as error:
            pytest.fail(f"{path.name} {outcome}: {error.fields}")
        # What is chosen out of a programme's own settings has no options before a programme is known.
        missing = form.missing_for(outcome, loaded)
        assert [field.key for field in missing.values() if field.kind != "select" or field.options] == []


SCORES = {
    "type": "default", "id": "score", "title": "评分", "components": [
        {"type": "number", "id": "a", "key": "a", "label": "甲", "validate": {"min": 0, "max": 20}},
        {"type": "textfield", "id": "b", "key": "b", "label": "乙", "validate": {"required": True, "maxLength": 40}},
        {"type": "textfield", "id": "c", "key": "c", "label": "丙", "validate": {"required": True, "maxLength": 40}},
    ],
}


def test_numbers_get_their_share_of_the_most_where_points_are_given():
    form = read_form(orjson.dumps(SCORES))
    how = {"given": {}, "outcome": "", "today": clock.today(), "upload": lambda field: ""}

    assert filling.answers(form, **how, points=lambda: 75)["a"] == 15
    assert "a" not in filling.answers(form, **how)


def test_a_correction_answers_anew_what_is_open_and_leaves_the_rest():
    form = read_form(orjson.dumps(SCORES))

    found = filling.answers(
        form, given={"a": 7, "b": "原来", "c": "原来"}, outcome="", today=clock.today(), upload=lambda field: "",
        again={"a", "b"},
    )

    assert found["a"] == 7
    assert found["b"] not in ("", "原来")
    assert found["c"] == "原来"


def test_held_chance_follows_its_seed_and_is_let_go_afterwards():
    def some() -> tuple[str, str, float]:
        return chance.public_id(), chance.seed(), chance.turn()

    with chance.held("1"):
        first = some()
    with chance.held("1"):
        again = some()

    assert first == again
    assert some() != first
    assert len(chance.public_id()) == 12
    assert len(chance.seed()) == 32


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('county: "05-10", ', "", ("calls.dates", "missing-call-date")),
        ('county: "05-10"', 'country: "05-10"', ("calls.dates.country", "unknown-call-date")),
        ("silent: [1, 3]}", "}", ("books.satisfaction", "missing-satisfaction")),
        ("silent: [1, 3]}", "silent: [1, 3], quiet: [1, 2]}", ("books.satisfaction.quiet", "unknown-character")),
        ('opens: "03-01"', 'opens: "03-31"', ("calls.opens", "schema")),
    ],
)
def test_a_plan_that_names_what_the_programme_lacks_is_found(old, new, wrong):
    files = package.read_folder(PROCESSES / PROGRAMME)
    text = files[package.SIMULATION].decode()
    assert old in text

    found = checks.check({**files, package.SIMULATION: text.replace(old, new).encode()}, **known())

    assert wrong in [(one.place, one.rule) for one in found if one.severity == checks.ERROR]


def test_services_are_booked_only_where_the_programme_takes_appointments():
    files = package.read_folder(PROCESSES / "baoding-platform")
    text = files[package.SIMULATION].decode()
    books = "books: {a_year: 100, satisfaction: {careful: [4, 5], busy: [2, 5], silent: [1, 3]}}\n"

    found = checks.check({**files, package.SIMULATION: (text + books).encode()}, **known())

    assert [(one.place, one.rule) for one in found if one.severity == checks.ERROR] == [("books", "books-nothing")]


def test_the_table_has_a_row_for_each_thing_and_a_sum():
    years = [Year(2026, {"年末在册称号": 20, "报送 漏报": 2}), Year(2027, {"年末在册称号": 18, "报送 漏报": 1})]

    assert table(years) == [
        ["", "2026", "2027", "合计"], ["年末在册称号", "20", "18", ""], ["报送 漏报", "2", "1", "3"],
    ]


def test_months_are_whole_and_follow_each_other():
    found = list(running.months(date(2026, 11, 5), 1))

    assert found[:3] == [
        (date(2026, 11, 5), date(2026, 12, 1)), (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2027, 2, 1)),
    ]
    assert len(found) == 12
