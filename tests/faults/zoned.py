"""A process in a server's time zone that opens cases around midnight in Beijing, and tells what came of it as JSON.

`TZ=America/New_York python -m tests.faults.zoned '{"url": ..., "release": 1, "person": 2, "unit": 3}'`
"""

import json
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import clock, db, worker
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.cases import deadlines, operations
from app.cases.models import Deadline, Task, Timer
from app.outbox.senders import NoSender
from app.people import queries as people
from app.programmes import queries as programmes
from app.web import frame, receipts
from tests.factories import COUNTY

OPENED = ("2026-09-21T23:59:59.999999+08:00", "2026-09-22T00:00:00+08:00", "2026-09-22T07:59:59+08:00")
A_MOMENT = timedelta(microseconds=1)


def main() -> None:
    """Open a case at each instant, look at its deadline a moment before its end and at it, and print all."""
    asked = json.loads(sys.argv[1])
    db.open_database(asked["url"])
    cases = [_open(datetime.fromisoformat(instant), asked) for instant in OPENED]
    told = [_told(case_id) for case_id in cases]
    for one in told:
        one |= _around(datetime.fromisoformat(one["due_at"]), one)
    print(json.dumps({"offset": time.timezone, "cases": told}))


def _open(instant: datetime, asked: dict[str, Any]) -> int:
    with clock.held_at(instant), db.transaction() as session:
        by = people.identity_of_person(session, asked["person"], unit_id=asked["unit"])
        return operations.open_case(
            session, programme=programmes.programme(session, asked["release"]), diagram="timed", title="跨零点的办件",
            region_code=COUNTY, applicant_id=by.unit_id, by=by,
        ).id


def _told(case_id: int) -> dict[str, Any]:
    with db.reading() as session:
        task, deadline = session.execute(
            select(Task, Deadline).join(Deadline, Task.deadline_id == Deadline.id).where(Task.case_id == case_id)
        ).one()
        due_at = session.scalars(select(Timer.due_at).where(Timer.case_id == case_id)).one()
        at = task.opened_at
        return {
            "opened": [frame.day(at), str(frame.moment(at)), receipts.beijing_words(at)],
            "started_on": deadline.started_on.isoformat(), "last_day": deadline.last_day.isoformat(),
            "ends_at": clock.local(deadline.ends_at).isoformat(), "due_at": clock.local(due_at).isoformat(),
            "explanation": deadlines.explanation(deadline, COUNTY).as_text(),
        }


def _around(due_at: datetime, one: dict[str, Any]) -> dict[str, Any]:
    """A moment before a deadline's end and at it: the legal date, the light's words, and how much the worker does."""
    told = {}
    for name, instant in (("before", due_at - A_MOMENT), ("at", due_at)):
        with clock.held_at(instant):
            light = deadlines.light(
                due_at, last_day=date.fromisoformat(one["last_day"]), provisional=False, region_code=COUNTY
            )
            told[name] = [clock.today().isoformat(), light.words, worker.run_until_idle(NoSender())]
    return told


if __name__ == "__main__":
    main()
