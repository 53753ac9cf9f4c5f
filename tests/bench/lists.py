"""A list of 500: published, objected to and decided, each in one collective act.

Run alone: `python -m tests.bench.lists`.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import clock, create_app, db, worker
from app.cases.models import Act, ActRow, Case, Task
from app.programmes import package
from app.programmes.models import Release
from app.publications.models import Objection, Publication, PublicationEntry
from tests import sample
from tests.bench.others import NoMail
from tests.bench.scene import APPLICANT, CITY, STEPS, Scene, copies, lay_out
from tests.bench.stores import Postgresql, Sqlite, opened
from tests.bench.table import Row, Table
from tests.browsing import Browser
from tests.conftest import test_config
from tests.publications import conftest as publishing

ENTRIES, CLICK_SECONDS, PAGE_MS = 500, 2.0, 300.0
LEAD = "lead@city"


def measure(scenes: list[Scene], folder: Path, *, quick: bool) -> Table:
    """The clicks that confirm acts over all entries, the worker that carries them out, and the public page."""
    count = 100 if quick else ENTRIES
    found: dict[str, dict[str, list[float]]] = {}
    for scene in scenes:
        url = scene.copy("lists")
        with opened(url):
            for label, spent in _run(url, folder / f"lists-{scene.store.kind}", scene, count).items():
                found.setdefault(label, {})[scene.store.kind] = spent
    goals = {"confirming click": CLICK_SECONDS, "page": PAGE_MS}
    rows = [
        Row(label, "ms" if "page" in label else "s", by,
            next((goal for word, goal in goals.items() if word in label), None))
        for label, by in found.items()
    ]
    return Table(f"a list of {count} entries", "", rows)


def _run(url: str, folder: Path, scene: Scene, count: int) -> dict[str, list[float]]:
    app = create_app(test_config(url, folder))
    app.test_client_class = Browser
    lead, anybody = app.test_client(), app.test_client()
    lead.sign_in(LEAD)
    ids = _standing_at_the_list(scene, count)
    spent: dict[str, list[float]] = {}
    preview = f"/acts/new?release={_release_of(ids[0])}&diagram=application&element=list"
    spent["preview page of the list"] = _ms(lambda: lead.get(preview))
    spent["publish: confirming click"] = _click(lead, ids, "list", sample.LIST)
    spent["publish: worker"] = _work(count)
    path = f"/publications/{_publication()}"
    spent["public page"] = _ms(lambda: anybody.get(path))
    for position in (1, 2):
        said = {"name": "王芳", "contact": "13900139000", "text": "办公场地已退租。"}
        answer = anybody.submit(f"{path}/entries/{position}/objection", said)
        if answer.status_code != 303:
            raise RuntimeError(answer.get_data(as_text=True)[:2000])
    _find(scene, "upheld", "rejected")
    with clock.held_at(clock.now() + timedelta(days=30)):
        spent["closing and telling all: worker"] = [_seconds(_idle)]
        passed = _waiting_at("announce")
        if len(passed) != count - 1:
            raise RuntimeError(f"{len(passed)} of {count} passed the publication, {count - 1} should")
        spent["decide: confirming click"] = _click(lead, passed, "announce", sample.decision(clock.today()))
        spent["decide: worker"] = _work(count - 1)
        acts = f"/acts/{_last_act()}"
        spent["progress page"] = _ms(lambda: lead.get(acts))
    return spent


def _standing_at_the_list(scene: Scene, count: int) -> list[int]:
    """Applications of a programme that takes objections, at the step 列入公示."""
    files = publishing.files()
    with db.transaction() as session:
        session.add(Release(
            programme=sample.KEY, number=2, name="示例认定项目", fingerprint=package.fingerprint(files),
            files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
        ))
    with db.transaction() as session:
        batch = sample.open_batch(session, by=scene.people[CITY], name="名单测算")
        case_id = sample.apply(session, batch, by=scene.people[APPLICANT]).id
    for login, answers, outcome in STEPS:
        sample.complete(case_id, by=scene.people[login], answers=answers, outcome=outcome)
    return [case_id, *copies(case_id, count - 1)]


def _click(browser: Browser, case_ids: list[int], element: str, answers: dict[str, str]) -> list[float]:
    """Seconds of the one POST that confirms an act over all cases."""
    with db.reading() as session:
        rows = session.execute(
            select(Task.public_id, Case.revision)
            .join(Case, Task.case_id == Case.id)
            .where(Task.case_id.in_(case_ids), Task.status == "open")
        ).all()
    form: dict[str, Any] = {
        "release": str(_release_of(case_ids[0])), "diagram": "application", "element": element,
        "task": [f"{public_id}:{revision}" for public_id, revision in rows], **answers,
    }
    token = browser.csrf_token()
    begun = time.perf_counter()
    answer = browser.post("/acts/new", data={"csrf_token": token, **form})
    spent = time.perf_counter() - begun
    if answer.status_code != 303:
        raise RuntimeError(f"{answer.status_code}: {answer.get_data(as_text=True)[:2000]}")
    return [spent]


def _work(count: int) -> list[float]:
    spent = _seconds(_idle)
    with db.reading() as session:
        act_id = session.scalar(select(Act.id).order_by(Act.id.desc()).limit(1))
        done = session.scalars(select(ActRow.id).where(ActRow.act_id == act_id, ActRow.status == "done")).all()
    if len(done) != count:
        raise RuntimeError(f"{len(done)} of {count} rows were carried out")
    return [spent]


def _find(scene: Scene, *outcomes: str) -> None:
    with db.reading() as session:
        cases = session.scalars(select(Objection.case_id).order_by(Objection.id)).all()
    said = {"finding": "已实地核查。", "clause": "办法第七条", "reply": "感谢反映。"}
    for case_id, outcome in zip(cases, outcomes, strict=True):
        sample.complete(case_id, by=scene.people[CITY], answers=said, outcome=outcome)


def _waiting_at(element: str) -> list[int]:
    with db.reading() as session:
        return list(session.scalars(
            select(Task.case_id)
            .join(PublicationEntry, PublicationEntry.case_id == Task.case_id)
            .where(Task.element == element, Task.status == "open")
        ))


def _idle() -> None:
    while worker.run_once(NoMail()):
        pass


def _seconds(do: Callable[[], None]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _ms(get: Callable[[], Any], times: int = 10) -> list[float]:
    found = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        answer = get()
        found.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True)[:2000])
    return found[1:]


def _release_of(case_id: int) -> int:
    with db.reading() as session:
        return session.scalar(select(Case.release_id).where(Case.id == case_id))


def _publication() -> str:
    with db.reading() as session:
        return session.scalar(select(Publication.public_id))


def _last_act() -> str:
    with db.reading() as session:
        return session.scalar(select(Act.public_id).order_by(Act.id.desc()).limit(1))


def main() -> None:
    """Measure on both databases and print."""
    postgresql = Postgresql()
    with tempfile.TemporaryDirectory(prefix="banjian-bench-") as folder:
        try:
            scenes = [lay_out(store) for store in (Sqlite(Path(folder)), postgresql)]
            print(measure(scenes, Path(folder), quick=False).as_text())
        finally:
            postgresql.close()


if __name__ == "__main__":
    main()
