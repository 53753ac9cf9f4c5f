"""Enterprises book services of title holders, take some of it back, and say how satisfied they were."""

from datetime import date, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from app import clock, db
from app.appointments import booking, catalogue
from app.appointments import queries as appointments
from app.errors import Refused
from app.simulating.policies import Books, how_many

if TYPE_CHECKING:
    from app.simulating.running import Simulation

_SUBJECTS = ("数字化转型咨询", "融资对接", "检验检测", "知识产权服务", "管理诊断", "人才培训", "政策辅导")
_RATED = (10, 30)
"""Least and most days from the request until the enterprise says how satisfied it was."""


class Enterprises:
    """The enterprises of a simulation, by the plan's `books`."""

    def __init__(self, simulation: "Simulation", rules: Books) -> None:
        self._run, self._rules = simulation, rules
        self._booked, self._has_shown = 0, not rules.offers

    def begin_month(self, first: date, after: date) -> None:
        """Who books whom this month, by lot over the titles that stand; in the first one they fill their catalogues."""
        rows = self._run.titles_in_force()
        if not self._has_shown:
            self._has_shown = True
            for row in rows:
                self._show(row)
        for row in rows:
            lot = self._run.lot(row.holder_id, "books")
            for _ in range(how_many(lot, self._rules.a_year / 12)):
                day = first + timedelta(days=lot.randrange((after - first).days))
                self._run.mean(day, clock.day_start(first), partial(self._book, row, lot))

    def _show(self, row: Any) -> None:
        by = self._run.people.who.get((row.holder_id, "applicant"))
        lot = self._run.lot(row.holder_id, "offers")
        for offer in lot.sample(self._rules.offers, min(lot.randint(1, 2), len(self._rules.offers))):
            if by is not None:
                with db.transaction() as session:
                    catalogue.publish(session, row.public_id, catalogue.Draft(**offer), by=by)

    def _book(self, row: Any, lot: Random) -> None:
        self._booked += 1
        number, subject = self._booked, lot.choice(_SUBJECTS)
        called = self._run.people.names.enterprises
        request = booking.Request(
            enterprise=lot.choice(called) if called else f"预约企业{number:05d}", credit_code="",
            contact_name="联系人", contact_phone=f"139{number:08d}", contact_email="", subject=subject,
            text=f"需要{subject}，请与我们联系。", wanted_on=None, consent=True,
        )
        try:
            with db.transaction() as session:
                code = booking.book(
                    session, row.public_id, request, address=f"{self._run.programme.key}-{number}",
                    received_at=clock.now(),
                ).code
        except Refused as error:
            self._run.refuse("预约服务", error)
            return
        self._run.steps += 1
        said = lot.random() * 100
        if said < self._rules.cancelled:
            self._run.mean(clock.today() + timedelta(days=lot.randint(0, 2)), clock.now(), partial(self._cancel, code))
        elif said < self._rules.cancelled + self._rules.rated:
            satisfaction = lot.randint(*self._rules.satisfaction[self._run.people.character(row.holder_id)])
            day = clock.today() + timedelta(days=lot.randint(*_RATED))
            self._run.mean(day, clock.now(), partial(self._rate, code, satisfaction))

    def _cancel(self, code: str) -> None:
        with db.transaction() as session:
            if booking.of_code(session, code).status == "open":
                booking.cancel(session, code, reason="已通过其他途径解决")

    def _rate(self, code: str, satisfaction: int) -> None:
        """What nobody has answered by now isn't rated."""
        with db.transaction() as session:
            if appointments.may_be_rated(booking.of_code(session, code)):
                booking.rate(session, code, satisfaction=satisfaction)
