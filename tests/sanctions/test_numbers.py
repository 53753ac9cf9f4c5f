"""Each number of the sanctions stands once, in programme.yaml: written otherwise, the dates are others."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.cases.models import Deadline
from app.documents import storage
from app.programmes import package
from app.titles.models import Ban
from tests import living
from tests.sanctions.conftest import GRANTED, OPINION, Scene
from tests.sanctions.test_deciding import PROPOSAL


def scene_with(clock_at, folder, period, amount):
    clock_at("2026-10-12 09:00")
    storage.open_folder(folder)
    files = package.read_folder(living.PROCESSES / living.PROVINCE)
    before, found, after = files["programme.yaml"].decode().partition(f"\n  {period}:\n")
    head, line, rest = after.partition("    amount: ")
    assert found
    assert line
    text = f"{before}{found}{head}{line}{amount}{rest[rest.index(chr(10)):]}"
    return Scene(living.living(granted_on=GRANTED, files={**files, "programme.yaml": text.encode()}), clock_at)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("years", "ends"), [(1, 2027), (2, 2028), (3, 2029)])
@pytest.mark.parametrize("period", ["reporting_ban", "dishonesty_ban"])
def test_hbi_13_3_and_15_a_ban_lasts_as_many_years_as_the_programme_says(
    database, clock_at, tmp_path, period, years, ends
):
    scene = scene_with(clock_at, tmp_path, period, years)
    if period == "reporting_ban":
        case = scene.propose()
    else:
        case = scene.begin("clerk@county")
        scene.do(case, "clerk@county", PROPOSAL, "propose")
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    with db.reading() as session:
        assert session.scalars(select(Ban.ends_on)).one() == date(ends, 10, 12)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("days", "last"), [(4, 16), (5, 19), (6, 20)])
def test_d19_a_statement_has_as_many_working_days_as_the_programme_says(database, clock_at, tmp_path, days, last):
    scene = scene_with(clock_at, tmp_path, "statement", days)
    scene.do(scene.propose(), "clerk@province", OPINION, "proceed")
    scene.read_notice()
    with db.reading() as session:
        found = session.scalars(select(Deadline).where(Deadline.period == "statement")).one()
    assert found.last_day == date(2026, 10, last)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_provisional_day_lets_the_case_go_on_and_sanctions_nobody(database, clock_at, tmp_path):
    """The statement's last day lies in a year whose holidays aren't announced; the decision is a person's all the
    same."""
    storage.open_folder(tmp_path)
    clock_at("2027-12-29 09:00")
    scene = Scene(living.living(granted_on=date(2026, 1, 20)), clock_at)
    case = scene.propose()
    scene.do(case, "clerk@province", OPINION, "proceed")
    scene.read_notice()
    with db.reading() as session:
        assert session.scalars(select(Deadline).where(Deadline.period == "statement")).one().provisional
    scene.pass_time("2028-06-01 09:00")
    assert scene.names(case) == ["作出决定"]
    assert (scene.title().status, scene.sanctions()[0].status) == ("active", "proposed")
