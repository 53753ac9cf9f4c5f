"""Inspections of a title by a department: what was found, and what must be mended."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.cases.models import Case
from app.errors import Invalid, NotAllowed
from app.evaluations.models import Inspection
from tests import living as lives
from tests.living import Living

SAID = {"inspected_on": "2026-03-10", "inspectors": [{"person": "李明", "unit": "市局科长"}], "finding": "场所已缩减。"}


@pytest.fixture
def scene(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """One holder; it is Tuesday 10 March 2026."""
    clock_at("2025-11-20 09:00")
    made = lives.living(granted_on=date(2025, 11, 20))
    lives.pass_time(clock_at, "2026-03-10 09:00")
    return made


def inspect(scene: Living, login: str, outcome: str, **answers: object) -> None:
    with db.reading() as session:
        who = scene.who(session, login)
    case = lives.begin(who, next(iter(scene.titles.values())), "inspection")
    lives.complete(lives.open_tasks(case)[0], who, SAID | answers, outcome)


def inspection() -> Inspection:
    with db.reading() as session:
        return session.scalars(select(Inspection)).one()


@pytest.mark.parametrize("login", ["clerk@county", "clerk@city", "clerk@province"])
def test_a_department_over_the_holder_inspects_it(scene, login):
    inspect(scene, login, "passed")

    found = inspection()
    assert (found.kind, found.passed, found.inspected_on, found.finding) == (
        "on_site", True, date(2026, 3, 10), "场所已缩减。"
    )


def test_a_failed_one_says_what_must_be_mended_and_the_holder_answers(scene):
    with pytest.raises(Invalid) as error:
        inspect(scene, "clerk@city", "failed")
    assert list(error.value.fields) == ["to_mend"]

    with db.reading() as session:
        city, holder = scene.who(session, "clerk@city"), scene.holder(session)
    task = lives.open_tasks(name="记录检查")[0]
    lives.complete(task, city, {**SAID, "to_mend": "恢复服务场所。"}, "failed")
    lives.complete(lives.open_tasks(name="反馈整改情况")[0], holder, {"mended": "已恢复。"})
    lives.complete(lives.open_tasks(name="复核整改情况")[0], city, {"opinion": "已整改。"})

    assert (inspection().passed, inspection().to_mend) == (False, "恢复服务场所。")
    with db.reading() as session:
        assert session.get(Case, inspection().case_id).outcome == "整改已复核"


@pytest.mark.parametrize("login", ["clerk@sibling_city", "lead@city"])
def test_nobody_else_begins_one(scene, login):
    with pytest.raises(NotAllowed):
        inspect(scene, login, "passed")


def test_an_inspection_is_not_dated_in_the_future(scene):
    with pytest.raises(Invalid) as error:
        inspect(scene, "clerk@city", "passed", inspected_on="2026-03-11")

    assert list(error.value.fields) == ["inspected_on"]
