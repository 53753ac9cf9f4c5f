"""Periods as programme.yaml sets them: what app.workdays counts, and what it can't know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from app.errors import Refused
from app.workdays import Period

BATCH_DATE = "batch_date"
"""The unit of a period whose last day the call names; `amount` is the key of that day."""


def nothing() -> Mapping[str, Any]:
    """A mapping without entries that nobody can change."""
    return MappingProxyType({})


@dataclass(frozen=True)
class Rung:
    """One reminder of a period: so many working days before its last day, or after it. `to` are the relations that are
    reminded, empty for whose task it is."""

    working_days: int
    after: bool
    to: tuple[str, ...]


@dataclass(frozen=True)
class Ground:
    """A ground on which a period stops (停表). `during` names what stops it without anybody's doing: tasks of the same
    case, or diagrams of cases about it, for as long as one of them is open; empty for one that an official sets.
    `clause` is empty for one that no text knows (`ours`)."""

    key: str
    name: str
    clause: str = ""
    during: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtensionRule:
    """延期: by how much a period may be extended at most, in its own unit, how often, who asks and who approves
    (relation/role). `asked_by` is "" for whoever has the task."""

    amount: int
    times: int
    asked_by: str
    approved_by: str
    clause: str = ""


@dataclass(frozen=True)
class PeriodRule:
    """A period of the programme. `starts` says what it starts with; `ours` marks one that no text sets (`clause` is
    empty then): it orders the work and nobody's right ends with it. `public` periods are shown to everybody.

    A period whose unit is batch_date has no `period` of its own: the call names its day under `date_key`, and `on`
    gives the period for a case. For all others `date_key` is "". `stops`: the grounds on which it may be stopped,
    by key; `extension`: None where it can't be extended. `remind`: the rungs of its ladder.
    """

    key: str
    name: str
    period: Period | None
    starts: str
    clause: str
    public: bool
    ours: bool
    date_key: str = ""
    roll: str = "next"
    end_of_day: str = "24:00"
    stops: Mapping[str, Ground] = field(default_factory=nothing)
    remind: tuple[Rung, ...] = ()
    extension: ExtensionRule | None = None

    def on(self, dates: Mapping[str, str]) -> tuple[Period, date]:
        """The period and its start for a case of a call with these `dates` (key -> "2026-04-30").

        The period is a fixed date that starts on that very day, so that app.workdays rolls and explains it as any
        other. Raises Refused where the call doesn't name the day, and KeyError for a period that isn't named by a call.
        """
        if not self.date_key:
            raise KeyError(self.key)
        written = dates.get(self.date_key, "")
        try:
            day = date.fromisoformat(written)
        except (TypeError, ValueError):
            said = f"写的是“{written}”，不是日期" if written else "没有写明"
            raise Refused(
                f"申报通知的“{self.date_key}”日期{said}，期限“{self.name}”无从计算；请先在批次中补正这个日期，再办理。",
                clause=self.clause,
            ) from None
        period = Period.of(
            f"{day:%m-%d}", "fixed_date", roll=self.roll, end_of_day=self.end_of_day, clause=self.clause
        )
        return period, day


def period_rule(key: str, written: Mapping[str, Any]) -> PeriodRule:
    """One entry of `periods`. Raises Invalid by the name of each field that is wrong."""
    clause = written.get("clause", "")
    counted = {name: written[name] for name in ("first_day_counts", "roll", "before", "end_of_day") if name in written}
    named = written["unit"] == BATCH_DATE
    return PeriodRule(
        key=key,
        name=written["name"],
        period=None if named else Period.of(written["amount"], written["unit"], clause=clause, **counted),
        starts=written.get("starts", "arrival"),
        clause=clause,
        public=written.get("public", False),
        ours=written.get("ours", False),
        date_key=written["amount"] if named else "",
        roll=written.get("roll", "next"),
        end_of_day=written.get("end_of_day", "24:00"),
        stops=MappingProxyType({stop["key"]: _ground(stop) for stop in written.get("stops", ())}),
        remind=tuple(_rung(rung) for rung in written.get("remind", ())),
        extension=_extension(written["extension"]) if "extension" in written else None,
    )


def _ground(written: Mapping[str, Any]) -> Ground:
    return Ground(written["key"], written["name"], written.get("clause", ""), tuple(written.get("during", ())))


def _extension(written: Mapping[str, Any]) -> ExtensionRule:
    return ExtensionRule(
        amount=written["amount"], times=written.get("times", 1), asked_by=written.get("asked_by", ""),
        approved_by=written["approved_by"], clause=written.get("clause", ""),
    )


def _rung(written: int | Mapping[str, Any]) -> Rung:
    if isinstance(written, int):
        return Rung(written, after=False, to=())
    after = "after" in written
    return Rung(written["after" if after else "before"], after=after, to=tuple(written.get("to", ())))
