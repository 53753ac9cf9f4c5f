"""Reminders that fall due at one half past eight, worked out and handed to a mail server."""

import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import bindparam, func, insert, select, update

from app import clock, db, worker
from app.cases.models import Deadline, Task
from app.outbox.models import Letter
from app.outbox.senders import SmtpSender
from app.people.models import Person
from app.programmes import package
from app.programmes.models import Release
from app.reminders.models import Reminder
from tests import factories, sample
from tests.bench.post_office import PostOffice
from tests.bench.scene import APPLICANT, CITY, Scene, copies
from tests.bench.stores import opened
from tests.bench.table import Row, Table

REMINDERS, SECONDS = 10_000, 60
LADDER = b'\nreminders: {at: "08:30", ladder: [3, 1, 0, {after: 1, level: supervise}], ours: yes}\n'


def measure_reminders(scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """One worker, from half past eight until the mail server has the last letter: once with as many people as tasks
    (a letter each), once with all tasks at one desk (one letter that lists them)."""
    count = 1_000 if quick else REMINDERS
    goal = SECONDS * count / REMINDERS
    rows = []
    for label, apart in ((f"{count:,} reminders, {count:,} people", True), (f"{count:,} reminders, one desk", False)):
        seconds: dict[str, list[float]] = {}
        for scene in scenes:
            seconds[scene.store.kind] = [_seconds(scene, count, apart=apart)]
        rows.append(Row(label, "s", seconds, goal))
    return Table("reminders due at one instant, one worker, mail included", "", rows)


def _seconds(scene: Scene, count: int, *, apart: bool) -> float:
    with opened(scene.copy("reminders")):
        case_id = _case(scene)
        ids = copies(case_id, count - 1)
        if apart:
            _one_person_a_task([case_id, *ids])
        with db.reading() as session:
            morning = session.scalars(select(Deadline.remind_at).order_by(Deadline.id.desc()).limit(1)).one()
        office = PostOffice()
        sender = SmtpSender(f"smtp://127.0.0.1:{office.port}?tls=none", "banjian@example.cn")
        with clock.held_at(morning):
            begun = time.perf_counter()
            while worker.run_once(sender):
                pass
            spent = time.perf_counter() - begun
        _see_that_all_went(count, taken=office.close(), letters=count if apart else 1, at=morning)
    return spent


def _case(scene: Scene) -> int:
    """A case at the county's desk, of a release that has a ladder."""
    files = sample.files()
    files["programme.yaml"] += LADDER
    with db.transaction() as session:
        release = Release(
            programme=sample.KEY, number=2, name="示例认定项目", fingerprint=package.fingerprint(files),
            files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
        )
        session.add(release)
        session.flush()
        batch = sample.open_batch(session, by=scene.people[CITY], name="提醒")
        case_id = sample.apply(session, batch, by=scene.people[APPLICANT]).id
    sample.complete(case_id, by=scene.people[APPLICANT], answers={"name": "甲"})
    return case_id


def _one_person_a_task(case_ids: list[int]) -> None:
    with db.transaction() as session:
        task = sample.open_task(session, case_ids[0])
        first = (session.scalar(select(func.max(Person.id))) or 0) + 1
        like = factories.person(session, factories.queries.unit(session, task.unit_id), "clerk", login="desk0")
        hashed, now = like.password_hash, clock.now()
        session.execute(insert(Person), [
            {"id": first + n, "public_id": f"desk{n}", "unit_id": task.unit_id, "login": f"desk{n}", "name": f"经办{n}",
             "phone": "", "email": f"desk{n}@example.cn", "password_hash": hashed, "must_change_password": False,
             "password_set_at": now, "status": "active", "created_at": now}
            for n in range(1, len(case_ids))
        ])
        session.execute(
            update(Task.__table__)
            .where(Task.__table__.c.case_id == bindparam("case"), Task.__table__.c.status == "open")
            .values(claimed_by=bindparam("p"), claimed_at=now),
            [{"case": case_id, "p": first + n} for n, case_id in enumerate(case_ids)],
        )


def _see_that_all_went(count: int, *, taken: int, letters: int, at: datetime) -> None:
    with db.reading() as session:
        fired = session.scalar(select(func.count()).select_from(Reminder).where(Reminder.fired_at == at))
        sent = session.scalar(select(func.count()).select_from(Letter).where(Letter.status == "sent"))
    if (fired, sent, taken) != (count, letters, letters):
        raise RuntimeError(f"{fired} reminders, {sent} letters sent, {taken} taken; expected {count} and {letters}")
