"""F3: kill -9 of the postmaster three times while officials work. The application answers 503, never shows the program,
and goes on by itself when the database is back; server and worker are the real commands and are never restarted."""

import os
import random
import socket
import subprocess
import sys
import time

import pytest
from sqlalchemy import func, select

from app import db
from app.cases.models import ActRow, Case, Draft
from app.publications.models import Publication
from tests.conftest import REQUIRE_ALL
from tests.faults.cluster import Cluster, programs
from tests.faults.crowd import Crowd, judge, rows_of_preview
from tests.faults.lives import ROOT, Visitor, wait_until
from tests.races import office as offices
from tests.races.racing import SEED

pytestmark = pytest.mark.fault

BANJIAN = (sys.executable, "-m", "app.cli")
KILLS = 3
TASKS, LISTS = 110, 30
BACK_SECONDS = 30.0


@pytest.fixture
def cluster():
    folder = programs()
    if folder is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("no programs of a PostgreSQL server on this machine")
    made = Cluster(folder)
    yield made
    made.close()


@pytest.fixture
def installed(cluster, tmp_path):
    """The environment of an installation on the cluster, migrated; this process reads its database, too."""
    env = os.environ | {
        "DATABASE_URL": cluster.url, "BANJIAN_DATA": str(tmp_path), "SECRET_KEY": "k" * 48, "BANJIAN_DEMO": "0",
        "BANJIAN_SECURE_COOKIES": "0",
    }
    subprocess.run([*BANJIAN, "migrate"], check=True, cwd=ROOT, env=env, capture_output=True)
    db.open_database(cluster.url)
    yield env
    db.current().close()


@pytest.fixture
def commands(installed, tmp_path):
    """`banjian serve` and `banjian worker`: their port, log and environment, and a question whether both live."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("wb") as out:
        running = [
            subprocess.Popen([*BANJIAN, *command], cwd=ROOT, env=installed, stdout=out, stderr=out)
            for command in (("serve", "--port", str(port)), ("worker",))
        ]
    yield port, log, installed, lambda: [process.poll() for process in running] == [None, None]
    for process in running:
        process.terminate()
    assert [process.wait(timeout=30) for process in running] == [0, 0]


def test_a_database_killed_three_times_is_an_outage_and_no_loss(cluster, commands, told):
    port, log, env, both_live = commands
    office = offices.furnish()
    tasks = offices.open_tasks(offices.open_cases(office, "timed", TASKS))
    lists = rows_of_preview(offices.open_at_listing(office, LISTS))
    stranger = Visitor("", lambda: port)
    wait_until(lambda: stranger.get("/sign-in").status == 200)
    clerks, leads = (
        [Visitor(login, lambda: port).sign_in() for login in logins]
        for logins in (("clerk@county", "second@county"), ("lead@city", "second@city"))
    )
    crowd = Crowd(clerks=clerks, leads=leads, tasks=tasks, lists=lists, seed=SEED)
    choose, outages, back = random.Random(SEED), [], []

    crowd.start()
    for _ in range(KILLS):
        time.sleep(choose.uniform(0.3, 0.9))
        cluster.kill()
        time.sleep(choose.uniform(0.1, 0.3))
        during = stranger.get("/publications")
        outages.append(during)
        restart = cluster.start()
        back.append(restart + wait_until(lambda: stranger.get("/publications").status == 200, seconds=BACK_SECONDS))
    still_at_work = crowd.busy
    crowd.finish()
    db.current().engine.dispose()  # this process's own connections died as well
    wait_until(lambda: _count(ActRow, ActRow.status == "waiting") == 0)

    found, meanings = judge(crowd), crowd.meanings()
    busy = sum(one.heard.status == 503 for one in crowd.history)
    told(f"PostgreSQL killed under load           kills {KILLS}, asked {len(crowd.history)}, acknowledged "
         f"{meanings['ok']}, answered 503 {busy}, unknown {meanings['unknown']}, lost {len(found.lost)}, double "
         f"{len(found.double)}; back {max(back):.1f} s after the restart began (seed {SEED})")
    assert still_at_work, "the officials were done before the last kill: give them more to do"
    assert found.clean, found
    assert busy, "nobody noticed: the kills hit nothing"
    assert max(back) < BACK_SECONDS
    assert {(answer.status, bool(answer.retry_after)) for answer in outages} == {(503, True)}
    assert both_live()
    assert "Traceback" not in log.read_text()
    assert _count(Case, Case.diagram == "timed", Case.status == "done") == TASKS
    assert _count(Publication) == _count(ActRow, ActRow.status == "done") == LISTS
    assert _count(Draft) == 0
    assert subprocess.run([*BANJIAN, "check"], cwd=ROOT, env=env, capture_output=True).returncode == 0


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
