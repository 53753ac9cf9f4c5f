"""Institutions that live in a database beside a story's people: titles of several programmes in different states, and
what their holders and departments do about them while the story's time passes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app import clock
from app.config import Config
from app.outbox.senders import Sender
from app.people.queries import Identity
from app.simulating.policies import Plan
from app.simulating.running import Simulation, live
from app.simulating.settling import Names, settle

APART = 1000
"""How far the numbers of one programme's institutions lie from the next one's."""


class Neighbours:
    """The institutions of `written`: a list of {programme, institutions, counties, granted: [days ago, days ago]}.

    A programme with `call`: {opens, dates, newcomers, numbers} has a call of its own, on days before (-) or after
    today; so many per hundred institutions apply in it. Without one, calls are the story's.

    `names` are settling.Names as data. They move in when this is made; from then on `pass_until` moves time for all.
    """

    def __init__(
        self, written: Sequence[Mapping[str, Any]], *, names: Mapping[str, Any], admin: Identity, password: str,
        config: Config, sender: Sender, tell: Callable[[str], None],
    ) -> None:
        self._sender, self._month = sender, _month_after(clock.today())
        self._all: list[Simulation] = []
        called = Names(**{key: tuple(value) if isinstance(value, list) else value for key, value in names.items()})
        for place, one in enumerate(written):
            made = Simulation(
                one["programme"], years=0, institutions=one["institutions"], seed=place + 1, config=config, alone=False,
                plan_of=_plan_of(one, clock.today(), clock.local(clock.real()).date()),
            )
            made.move_in(settle(
                made.programme, made.plan, institutions=made.count, seed=made.seed, admin=admin, password=password,
                names=called, first=(place + 1) * APART + 1,
            ))
            tell(f"名录　{made.programme.name}：{made.count} 个称号")
            self._all.append(made)
        for one in self._all:
            one.begin_month(clock.today(), self._month)

    def pass_until(self, instant: datetime) -> None:
        """Let everything happen until an instant, the institutions' own doing too."""
        while (turn := clock.day_start(self._month)) <= instant:
            live(self._all, turn, self._sender)
            first, self._month = self._month, _month_after(self._month)
            with clock.held_at(turn):
                for one in self._all:
                    one.begin_month(first, self._month)
        live(self._all, instant, self._sender)


def _plan_of(written: Mapping[str, Any], begins: date, today: date) -> Callable[[Plan], Plan]:
    first, last = (begins - timedelta(days=days) for days in written["granted"])
    call = written.get("call")

    def plan_of(plan: Plan) -> Plan:
        calls = None
        if call is not None and plan.calls is not None:
            calls = replace(
                plan.calls, opens=_in_a_year(today, call["opens"]), newcomers=call["newcomers"],
                numbers=call.get("numbers", {}),
                dates={key: _in_a_year(today, days) for key, days in call["dates"].items()},
            )
        entering = replace(plan.entering, granted=(first, last))
        return replace(plan, counties=written["counties"], entering=entering, calls=calls)

    return plan_of


def _in_a_year(today: date, days: int) -> str:
    """The month and day so many days from today; a call has no day after the 28th."""
    day = today + timedelta(days=days)
    return f"{day:%m}-{min(day.day, 28):02d}"


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
