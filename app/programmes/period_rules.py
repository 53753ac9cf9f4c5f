"""Periods as programme.yaml sets them: what app.workdays counts, and what it can't know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from app.errors import Refused
from app.workdays import Period

BATCH_DATE = "batch_date"
"""The unit of a period whose last day the call or the case names; `amount` is the key of that day."""
DUE = "due"
"""The key of the day on which a report is due, as its case names it: computed from the schedule of its obligation."""


def nothing() -> Mapping[str, Any]:
    """A mapping without entries that nobody can change."""
    return MappingProxyType({})


URGE, SUPERVISE, CIRCULATE = "urge", "supervise", "circulate"
"""催办 to those whose task it is, 督办 to the superior, 通报: the list of the tasks that are overdue for long."""

LEVELS = MappingProxyType({URGE: "催办", SUPERVISE: "督办", CIRCULATE: "通报"})

MORNING = "08:30"
"""When a rung fires on its day, in Beijing, where a programme sets nothing else (`reminders.at`)."""


@dataclass(frozen=True)
class Rung:
    """One reminder of a period: so many working days before its last day (0: on the day itself), or after it.

    `level` is urge, supervise or circulate. `to` are the relations that are reminded; empty: those whose task it is,
    or with supervise the unit above. Nobody gets mail of a circulate. `at` is the time of the day ("08:30").
    """

    working_days: int
    after: bool
    to: tuple[str, ...]
    level: str = URGE
    at: str = MORNING

    @property
    def words(self) -> str:
        """The rung in Chinese: 截止前 3 个工作日催办, 截止当日催办, 逾期 1 个工作日督办."""
        when = f"{'逾期' if self.after else '截止前'} {self.working_days} 个工作日" if self.working_days else "截止当日"
        return f"{when}{LEVELS[self.level]}"


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
    by key; `extension`: None where it can't be extended. `remind`: the rungs of its ladder, the earliest first.
    `within`: the key of the call's day that the period doesn't go beyond ("" for none).
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
    within: str = ""

    def for_case(self, dates: Mapping[str, str], started_on: date) -> tuple[Period, date]:
        """The period and its start for a case that names these `dates`: a period whose day the case names is `on` it;
        one that stays `within` a day of the call is cut there, or uncut where the call doesn't name the day. A period
        that starts with a day of the title or of the case's answers ("title.valid_until", "form:changed_on") starts
        on that day where the case names it, else on `started_on`."""
        if self.period is None:
            return self.on(dates)
        if named := dates.get(self.starts, ""):
            started_on = date.fromisoformat(named)
        limit = dates.get(self.within, "")
        return (replace(self.period, not_after=limit) if limit else self.period), started_on

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


def period_rule(key: str, written: Mapping[str, Any], reminders: Mapping[str, Any] | None = None) -> PeriodRule:
    """One entry of `periods`. `reminders` is the section of that name: the ladder of periods that set none themselves.

    Raises Invalid by the name of each field that is wrong.
    """
    given = reminders or {}
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
        remind=ladder(written.get("remind", given.get("ladder", ())), at=given.get("at", MORNING)),
        extension=_extension(written["extension"]) if "extension" in written else None,
        within=written.get("within", ""),
    )


def _ground(written: Mapping[str, Any]) -> Ground:
    return Ground(written["key"], written["name"], written.get("clause", ""), tuple(written.get("during", ())))


def _extension(written: Mapping[str, Any]) -> ExtensionRule:
    return ExtensionRule(
        amount=written["amount"], times=written.get("times", 1), asked_by=written.get("asked_by", ""),
        approved_by=written["approved_by"], clause=written.get("clause", ""),
    )


def ladder(written: Sequence[int | Mapping[str, Any]], *, at: str = MORNING) -> tuple[Rung, ...]:
    """The rungs of a ladder as written, the earliest first: 3, {after: 1}, {after: 5, level: circulate}."""
    rungs = [_rung(rung, at) for rung in written]
    return tuple(sorted(rungs, key=lambda rung: rung.working_days if rung.after else -rung.working_days))


def _rung(written: int | Mapping[str, Any], at: str) -> Rung:
    if isinstance(written, int):
        return Rung(written, after=False, to=(), at=at)
    after, to = "after" in written, tuple(written.get("to", ()))
    level = written.get("level", SUPERVISE if to else URGE)
    return Rung(written["after" if after else "before"], after=after, to=to, level=level, at=at)
