"""Titles that owe reports: the shipped programme, a report's answers, and what became of each."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import db
from app.cases.models import Case, Task
from app.obligations.models import Duty
from app.programmes import package
from app.sanctions.models import Sanction
from tests import living
from tests.living import Living

REPORT = {
    "service_income_wan": "35.60", "offline_served": "24", "online_served": "60", "events": "1", "satisfaction": "97.5",
    "activities": [{
        "activity": "数字化转型培训", "held_on": "2026-02-20", "kind": "training", "direction": "digital",
        "benefit": "yes", "firms": "30",
    }],
    "staff_total": "18", "staff_full_time": "16", "staff_qualified": "12", "reporter": "甄真",
    "reporter_phone": "13803120001", "declared": True,
}
CHECK = {"activities": [{**REPORT["activities"][0], "effective": "yes"}], "opinion": ""}
PROVISIONALLY = "2027"


def files(**written: str) -> dict[str, bytes]:
    """The Hebei programme as it is shipped, with a diagram for every sanction, and lines of programme.yaml written
    otherwise: `old` -> `new` under any names, in pairs."""
    found = package.read_folder(living.PROCESSES / "hebei-institution")
    stub = Path(__file__).with_name("decided.bpmn").read_text(encoding="utf-8")
    for name in ("sanction", "circular"):
        found.setdefault(f"{name}.bpmn", stub.replace("DECIDED", name).encode())
    text = found["programme.yaml"].decode()
    for old, new in written.items():
        assert old in text, old
        text = text.replace(old, new)
    return {**found, "programme.yaml": text.encode()}


def titled(clock_at: Callable[[str], None], granted_on: str, *, count: int = 1, **written: str) -> Living:
    """A programme with titles granted on a day, at nine in the morning."""
    clock_at(f"{granted_on} 09:00")
    return living.living(count=count, granted_on=date.fromisoformat(granted_on), files=files(**written))


def duties(lived: Living, name: str = "") -> dict[str, str]:
    """Period -> status of a title, in order."""
    with db.reading() as session:
        title = lived.title(session, name)
        rows = session.execute(
            select(Duty.period, Duty.status).where(Duty.title_id == title.id).order_by(Duty.due_on)
        )
        return {row.period: row.status for row in rows}


def duty(lived: Living, period: str, name: str = "") -> Duty:
    with db.reading() as session:
        title = lived.title(session, name)
        return session.scalars(select(Duty).where(Duty.title_id == title.id, Duty.period == period)).one()


def task_of(lived: Living, period: str, name: str = "") -> Task:
    """The open task of the case of a period."""
    with db.reading() as session:
        case_id = duty(lived, period, name).case_id
        return session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open")).one()


def report(lived: Living, period: str, name: str = "", **changes: Any) -> None:
    """The holder files what its case of a period waits for."""
    with db.reading() as session:
        holder = lived.holder(session, name)
    living.complete(task_of(lived, period, name), holder, {**REPORT, **changes})


def check(lived: Living, period: str, outcome: str = "accept", answers: Mapping[str, Any] | None = None) -> None:
    """The city checks what was filed for a period."""
    with db.reading() as session:
        clerk = lived.who(session, "clerk@city")
    living.complete(task_of(lived, period), clerk, answers or CHECK, outcome)


def sanctions(lived: Living, name: str = "") -> list[tuple[str, str, str]]:
    """(key, cause, status) of what was proposed against a title, in order."""
    with db.reading() as session:
        title = lived.title(session, name)
        rows = session.scalars(select(Sanction).where(Sanction.title_id == title.id).order_by(Sanction.id))
        return [(row.key, row.cause, row.status) for row in rows]


def case_of(lived: Living, period: str, name: str = "") -> Case:
    with db.reading() as session:
        return session.get_one(Case, duty(lived, period, name).case_id)
