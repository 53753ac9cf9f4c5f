"""Years in a minute: a simulation goes through the real verbs, obeys its seed, stops at a breach."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from app import clock, db, invariants, migrating
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.cases.models import Case, Task
from app.config import Config
from app.errors import Invalid
from app.formschema import read_form
from app.people import regions
from app.programmes import operations as programmes
from app.programmes import package
from app.simulating import Simulation, SimulationFails, Year, filling, running, table
from app.simulating.policies import Plan, Policy, by_share, value_of
from app.titles.models import Title
from app.vocabulary import known

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
PROGRAMME = "hebei-institution"


@pytest.fixture
def simulate(tmp_path) -> Iterator:
    """simulate(years=.., institutions=.., seed=..): a run in a database of its own."""
    opened = []

    def run(*, years: int, institutions: int, seed: int, change=lambda plan: plan) -> tuple[Simulation, list[Year]]:
        folder = tmp_path / f"run{len(opened)}"
        folder.mkdir()
        opened.append(db.open_database(f"sqlite:///{folder}/years.sqlite3"))
        migrating.upgrade(opened[-1].engine)
        with db.transaction() as session:
            regions.load(session)
            programmes.deploy(session, package.read_folder(PROCESSES / PROGRAMME), person_id=None, **known())
        config = Config(database_url="", data_dir=folder, secret_key="k" * 48)
        made = Simulation(
            PROGRAMME, years=years, institutions=institutions, seed=seed, config=config, plan_of=change
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
        assert session.scalar(select(func.count()).select_from(Title)) == 20
        assert session.scalar(select(func.count()).where(Task.status == "done")) == run.steps


def test_the_same_seed_does_the_same(simulate):
    first = simulate(years=1, institutions=5, seed=7)
    again = simulate(years=1, institutions=5, seed=7)

    assert first[1] == again[1]
    assert first[0].steps == again[0].steps


def test_it_stops_at_a_breach_and_says_where(simulate, monkeypatch):
    breach = invariants.Breach("I1", "办件 HBI-1", "没有对应的待办")
    report = invariants.Report({}, [breach], [])
    monkeypatch.setattr(invariants, "check", lambda session, config, **how: report)

    with pytest.raises(SimulationFails, match="2022-01 月末检查发现 1 处不一致，第一处 I1 办件 HBI-1"):
        simulate(years=1, institutions=2, seed=1)


def test_who_does_nothing_leaves_the_task_open(simulate):
    nothing = (Policy(actor="holder/applicant", done=0, late=0), Policy(actor="authority/lead", done=0, late=0))

    run, _years = simulate(years=1, institutions=2, seed=1, change=lambda plan: replace(plan, tasks=nothing))

    with db.reading() as session:
        done = session.scalars(select(Task.actor).where(Task.status == "done")).all()
        assert "holder/applicant" not in done
        assert session.scalar(select(func.count()).select_from(Case)) >= 1
    assert run.refusals == {}


@pytest.mark.parametrize(("written", "lowest", "highest"), [({"between": [3, 5]}, 3, 5), (4, 4, 4)])
def test_an_answer_lies_within_what_is_written(written, lowest, highest):
    found = {value_of(written, Random(n), date(2026, 1, 5)) for n in range(50)}

    assert (min(found), max(found)) == (lowest, highest)


def test_a_day_is_counted_from_the_day_of_acting():
    today = date(2026, 3, 10)
    found = [date.fromisoformat(value_of({"days": [-2, 0]}, Random(n), today)) for n in range(50)]

    assert {(today - day).days for day in found} == {0, 1, 2}


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
