"""The items of a title's life, and the stretches in which it stood one way. Pure: dates in, dates out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.titles import standing

TRACKS = ("event", "report", "grade", "sanction", "inspection", "change", "appointment", "note", "coming")
"""What items are about, in the order in which those of one day stand."""


@dataclass(frozen=True)
class Item:
    """Something in a title's life on a day. `words` say it in one sentence; `state` is what became of it, by a key of
    its track ("done", "missed", "A"). `recorded_on` is None where it was recorded on the day itself.

    `through` is the last day of what lasts. `ahead` is still to come. `public`: anybody may read it. `document` and
    `case` are public ids, "" where there is none to show; `circular` is that of the circular's public page.
    """

    on: date
    track: str
    words: str
    state: str = ""
    clause: str = ""
    decision: str = ""
    reason: str = ""
    recorded_on: date | None = None
    through: date | None = None
    ahead: bool = False
    public: bool = False
    document: str = ""
    case: str = ""
    circular: str = ""


@dataclass(frozen=True)
class Stretch:
    """The days from `since` to `until` (None: still) on which a title had one status."""

    since: date
    until: date | None
    status: str


def ordered(items: Iterable[Item]) -> list[Item]:
    """The items by day; those of one day by what they are about. What is to come stands after what was."""
    return sorted(items, key=lambda item: (item.ahead, item.on, TRACKS.index(item.track)))


def seen_by_public(items: Iterable[Item]) -> list[Item]:
    """What anybody may read, without the reasons, which may name people."""
    return [
        Item(item.on, item.track, item.words, item.state, item.clause, item.decision, through=item.through,
             recorded_on=item.recorded_on, ahead=item.ahead, public=True, circular=item.circular)
        for item in items if item.public
    ]


def stretches(events: Sequence[standing.Event], *, valid_until: date | None, today: date) -> list[Stretch]:
    """How the title stood from its beginning to today, one stretch after the other, by what is known now."""
    days = sorted({event.effective_on for event in events if event.effective_on <= today})
    found: list[Stretch] = []
    for day in days:
        state = standing.fold(events, on=day, valid_until=valid_until)
        if state is None or (found and found[-1].status == state.status):
            continue
        if found:
            found[-1] = Stretch(found[-1].since, day - timedelta(days=1), found[-1].status)
        found.append(Stretch(day, None, state.status))
    return found
