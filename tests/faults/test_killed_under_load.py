"""F1 and F2 at random moments: officials work, and server or worker is killed from outside again and again."""

import random
import time

import pytest
from sqlalchemy import func, select

from app import db
from app.cases.models import ActRow, Case, Draft, Task
from app.publications.models import Publication
from tests.faults.crowd import Crowd, judge, rows_of_preview
from tests.faults.lives import wait_until
from tests.races import office as offices
from tests.races.racing import SEED

pytestmark = pytest.mark.fault

KILLS = 12
TASKS, LISTS = 120, 30


def test_servers_and_workers_killed_at_random_lose_nothing_and_do_nothing_twice(house, office, told):
    tasks = offices.open_tasks(offices.open_cases(office, "timed", TASKS))
    lists = rows_of_preview(offices.open_at_listing(office, LISTS))
    house.serve()
    crowd = Crowd(
        clerks=[house.visitor(login) for login in ("clerk@county", "second@county")],
        leads=[house.visitor(login) for login in ("lead@city", "second@city")], tasks=tasks, lists=lists, seed=SEED,
    )
    choose = random.Random(SEED)
    worker = house.work_on()

    crowd.start()
    for _ in range(KILLS):
        time.sleep(choose.uniform(0.05, 0.6))
        if choose.random() < 0.6:
            house.server.kill()
            house.serve()
        else:
            worker.kill()
            worker = house.work_on()
    still_at_work = crowd.busy
    crowd.finish()
    wait_until(lambda: _count(ActRow, ActRow.status == "waiting") == 0)
    worker.kill()

    found = judge(crowd)
    meanings = crowd.meanings()
    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"killed under load           {kind:<10} kills {house.kills}, asked {len(crowd.history)}, acknowledged "
         f"{meanings['ok']}, refused {meanings['fail']}, unknown {meanings['unknown']}, lost {len(found.lost)}, "
         f"double {len(found.double)} (seed {SEED})")
    assert still_at_work, "the officials were done before the last kill: give them more to do"
    assert found.clean, found
    assert meanings["unknown"], "no request was ever cut: the kills hit nothing"
    assert _count(Case, Case.diagram == "timed", Case.status == "done") == TASKS
    assert _count(Publication) == _count(ActRow, ActRow.status == "done") == LISTS
    assert _count(Draft) == 0
    assert _count(Task, Task.element == "list", Task.status == "open") == 0
    offices.see_that_all_holds()


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
