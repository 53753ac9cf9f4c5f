"""How a title stands on a day: the fold of its events. Pure; dates in, words out.

An event has two dates: the day from which it counts in law, and the instant at which it was recorded. `fold` takes the
events by the former, and may be asked what was known at an instant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Protocol

KINDS: Mapping[str, str] = MappingProxyType({
    "granted": "授予", "imported": "登记（此前已认定）", "entered": "直接入库",
    "suspended": "暂停", "restored": "恢复",
    "observed": "列入观察", "observation_lifted": "解除观察",
    "evaluation_opened": "期满评价中", "renewed": "延续", "extended": "延长", "confirmed": "复核确认",
    "expired": "到期", "revoked": "撤销", "cancelled": "取消", "removed": "移出", "withdrawn": "自愿退出",
    "circulated": "通报", "stayed": "停止执行", "stay_lifted": "恢复执行",
    "annulled": "处理被撤销", "changed": "信息变更", "corrected": "更正", "moved": "转入新版规则",
    "handed_over": "移交推荐单位",
})
"""Kinds of events, in words."""

STATUSES: Mapping[str, str] = MappingProxyType({
    "active": "有效", "entered": "有效（直接入库）", "suspended": "暂停", "observed": "观察期",
    "under_evaluation": "已到期，评价中", "expired": "已到期", "revoked": "已撤销", "cancelled": "已取消",
    "removed": "已移出", "withdrawn": "已退出",
})
"""Statuses, in words."""

BEGINNINGS = frozenset({"granted", "imported", "entered"})
ENDS = frozenset({"expired", "revoked", "cancelled", "removed", "withdrawn"})
"""Kinds of events that end a title, and the statuses of one that has ended."""
STANDS = frozenset({"active", "entered", "observed"})
"""Statuses in which a title may be used."""

CHANGES_STATUS = BEGINNINGS | ENDS | {"suspended", "restored", "observed", "observation_lifted", "evaluation_opened"}
"""Kinds of events that change the status on the day from which they count; a renewal moves the last day beforehand."""

UNTIL_THE_LAST_DAY = frozenset({"active", "entered", "suspended", "observed"})
"""Statuses that end with the last day, whether the end has been recorded yet or not."""


def shown(status: str, valid_until: date | None, today: date) -> str:
    """The status to show of a title of which `status` was recorded last: once its last day has passed it has expired,
    also before the worker has written that down."""
    over = valid_until is not None and valid_until < today
    return "expired" if over and status in UNTIL_THE_LAST_DAY else status


_BEGINS_MARK = {"suspended": "suspended", "observed": "observed", "evaluation_opened": "under_evaluation"}
_ENDS_MARK = {"restored": "suspended", "observation_lifted": "observed", "renewed": "under_evaluation"}
_FIRST = ("under_evaluation", "suspended", "observed")
"""Of marks that hold together, the one that the register shows."""


class Event(Protocol):
    """What the fold reads of an event: see app.titles.models.TitleEvent."""

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    details: Mapping[str, Any]
    supersedes: int | None


@dataclass(frozen=True)
class State:
    """A title on a day. `marks` are the conditions that hold at once; `ended_by` is the seq of the event that ended it,
    None while it hasn't ended; `by` that of the event which brought the status. `holder_name` is None where no event
    names it, `recommender` where no event hands the title over; `begun_on` is the day from which the title counts."""

    status: str
    valid_until: date | None
    holder_name: str | None
    marks: frozenset[str]
    ended_by: int | None
    by: int = 1
    begun_on: date = date.min
    recommender: int | None = None

    @property
    def stands(self) -> bool:
        """Whether the title may be used."""
        return self.status in STANDS

    def over(self, on: date) -> bool:
        """Whether the last day has passed by `on` without anything that says what became of the title."""
        evaluated = "under_evaluation" in self.marks
        return self.ended_by is None and not evaluated and self.valid_until is not None and on > self.valid_until


def fold(
    events: Iterable[Event], *, on: date, valid_until: date | None = None, known_at: datetime | None = None
) -> State | None:
    """How the title stands on a day by the events that had been recorded at `known_at` (None: all); None before its
    beginning. `valid_until` is the last day with which it began.

    The order is that of `effective_on`, then of recording. An event that another supersedes isn't read; one that ends
    the title, or suspends it, isn't either while it is stayed. An expiry that a renewal follows is taken back by it.
    """
    known = [event for event in events if known_at is None or event.recorded_at <= known_at]
    counted = in_force(known, on=on)
    beginning = next((event for event in counted if event.kind in BEGINNINGS), None)
    if beginning is None:
        return None
    stayed = _stayed(counted, _origins(known))
    base, until, name, recommender = beginning, valid_until, None, None
    marks: dict[str, Event] = {}
    ends: list[Event] = []
    for event in counted:
        if event.seq in stayed:
            continue
        if event.kind in ENDS:
            ends.append(event)
        if event.kind == "renewed":
            ends, base = [end for end in ends if end.kind != "expired"], event
        if event.kind in _BEGINS_MARK:
            marks.setdefault(_BEGINS_MARK[event.kind], event)
        if ended_mark := _ENDS_MARK.get(event.kind):
            base = event if marks.pop(ended_mark, None) is not None else base
        if "valid_until" in event.details:
            written = event.details["valid_until"]
            until = date.fromisoformat(written) if written else None
        name = event.details.get("holder_name", name)
        recommender = event.details.get("recommender", recommender)
    status, by = "entered" if beginning.kind == "entered" else "active", base
    shown = next((mark for mark in _FIRST if mark in marks), None)
    if ends:
        status, by = ends[0].kind, ends[0]
    elif shown is not None:
        status, by = shown, marks[shown]
    ended_by = ends[0].seq if ends else None
    return State(status, until, name, frozenset(marks), ended_by, by.seq, beginning.effective_on, recommender)


def in_force(events: Iterable[Event], *, on: date = date.max) -> list[Event]:
    """The events that count on a day, none that another takes the place of, in the order in which they count."""
    known = list(events)
    replaced = {event.supersedes for event in known if event.supersedes is not None}
    return sorted(
        (event for event in known if event.effective_on <= on and event.seq not in replaced),
        key=lambda event: (event.effective_on, event.seq),
    )


def kept_from_the_public(events: Iterable[Event]) -> frozenset[int]:
    """The seqs of events that nobody outside reads: a circular that its programme doesn't make public, and whatever
    corrects, holds or annuls it."""
    known = list(events)
    origins = _origins(known)
    kept = {origins[event.seq] for event in known if event.details.get("public") is False}
    named = {event.seq: event.details.get("seq", event.seq) for event in known}
    return frozenset(seq for seq, about in named.items() if origins.get(about, about) in kept)


def _origins(events: Iterable[Event]) -> Mapping[int, int]:
    """seq -> seq of the event whose place it has in the end taken: a stay names the one that it was written for."""
    before = {event.seq: event.supersedes for event in events}
    found = {}
    for seq in before:
        origin = seq
        while (earlier := before.get(origin)) is not None and earlier < origin:
            origin = earlier
        found[seq] = origin
    return found


def _stayed(counted: Iterable[Event], origins: Mapping[int, int]) -> set[int]:
    """The seqs of events that are stayed at the end of those that count."""
    stayed: set[int] = set()
    for event in counted:
        named = event.details.get("seq")
        if event.kind == "stayed":
            stayed.add(origins.get(named, named))
        elif event.kind == "stay_lifted":
            stayed.discard(origins.get(named, named))
    return {seq for seq, origin in origins.items() if origin in stayed}
