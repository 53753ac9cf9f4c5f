"""An enterprise's request to a title holder, and what it comes to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db
from app.appointments import booking
from app.appointments.models import Appointment
from tests import living as life
from tests.living import Living

ASKED = booking.Request(
    enterprise="保定星火机械有限公司", credit_code="", contact_name="王小明", contact_phone="13812345678",
    contact_email="", subject="数字化诊断", text="希望诊断车间的数字化水平。", wanted_on=None, consent=True,
)
ACCEPT = {"reply": "本周五上门，免费。"}


@pytest.fixture
def scene(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """One holder in Baoding, recognised on 20 November 2025; it is Wednesday 30 September 2026, 09:00: National Day
    lies ahead, and the fifth working day after it is Tuesday 13 October (Saturday the 10th is worked)."""
    clock_at("2025-11-20 09:00")
    made = life.living(granted_on=date(2025, 11, 20))
    life.pass_time(clock_at, "2026-09-30 09:00")
    return made


def book(scene: Living, *, address: str = "192.0.2.1", **changes: object) -> Appointment:
    """Ask the first title's holder for a service now."""
    with db.transaction() as session:
        title = scene.title(session)
        return booking.book(
            session, title.public_id, replace(ASKED, **changes), address=address, received_at=clock.now()
        )


def again(made: Appointment) -> Appointment:
    """The appointment as it is now."""
    with db.reading() as session:
        return session.scalars(select(Appointment).where(Appointment.id == made.id)).one()


def answer(scene: Living, outcome: str = "accept", answers: dict[str, object] | None = None) -> None:
    """The holder answers what waits longest."""
    with db.reading() as session:
        holder = scene.holder(session)
    task = life.open_tasks(name="处理服务预约")[0]
    life.complete(task, holder, ACCEPT if answers is None else answers, outcome)
