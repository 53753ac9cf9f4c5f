"""The fold of a title's events: by the day from which each counts, as known at any instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.titles import standing

GRANTED = date(2025, 11, 20)
UNTIL = date(2028, 11, 20)
FIRST = datetime(2025, 11, 20, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """An event as the fold reads it; recorded an hour after the one before unless said otherwise."""

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime = FIRST
    details: Mapping[str, Any] = field(default_factory=dict)
    supersedes: int | None = None


def record(*lines: tuple[str, str] | tuple[str, str, dict[str, Any]], **supersedes: int) -> list[Event]:
    """Events out of (kind, day, details), after the grant; `e3=2`: the third takes the place of the second."""
    made = [Event(1, "granted", GRANTED)]
    for seq, (kind, day, *details) in enumerate(lines, start=2):
        made.append(Event(seq, kind, date.fromisoformat(day), FIRST + timedelta(hours=seq), *details,
                          supersedes=supersedes.get(f"e{seq}")))
    return made


def status(events: list[Event], day: str, **known: datetime) -> str | None:
    state = standing.fold(events, on=date.fromisoformat(day), valid_until=UNTIL, **known)
    return state.status if state else None


@pytest.mark.parametrize(("day", "found"), [("2025-11-19", None), ("2025-11-20", "active")])
def test_a_title_begins_on_the_day_of_its_document(day, found):
    assert status(record(), day) == found


@pytest.mark.parametrize(
    ("day", "found"),
    [("2026-02-28", "active"), ("2026-03-01", "suspended"), ("2026-06-30", "suspended"), ("2026-07-01", "active")],
)
def test_a_suspension_recorded_late_counts_from_its_own_day(day, found):
    events = record(("suspended", "2026-03-01"), ("restored", "2026-07-01"))
    late = [replace(event, recorded_at=FIRST + timedelta(days=300)) if event.seq == 2 else event for event in events]

    assert status(late, day) == found


def test_what_was_known_before_a_late_record_is_still_told():
    events = record(("suspended", "2026-03-01"))
    recorded = events[1].recorded_at

    assert status(events, "2026-03-05", known_at=recorded - timedelta(microseconds=1)) == "active"
    assert status(events, "2026-03-05", known_at=recorded) == "suspended"


def test_a_renewal_recorded_after_the_expiry_takes_it_back():
    renewed = ("renewed", "2028-11-21", {"valid_until": "2031-11-20", "valid_until_before": "2028-11-20"})
    events = record(("expired", "2028-11-21"), renewed)

    before = standing.fold(events, on=date(2028, 11, 20), valid_until=UNTIL)
    after = standing.fold(events, on=date(2028, 11, 21), valid_until=UNTIL)

    assert (before.status, before.valid_until) == ("active", UNTIL)
    assert (after.status, after.valid_until) == ("active", date(2031, 11, 20))
    assert status(events, "2028-11-21", known_at=events[1].recorded_at) == "expired"


def test_a_renewal_does_not_bring_back_what_was_revoked():
    renewed = ("renewed", "2028-12-01", {"valid_until": "2031-11-20", "valid_until_before": "2028-11-20"})

    assert status(record(("expired", "2028-11-21"), ("revoked", "2028-11-25"), renewed), "2029-01-01") == "revoked"


@pytest.mark.parametrize(
    ("day", "found"),
    [("2026-05-09", "active"), ("2026-05-10", "revoked"), ("2026-06-14", "revoked"), ("2026-06-15", "active"),
     ("2026-08-31", "active"), ("2026-09-01", "revoked")],
)
def test_a_stay_holds_a_revocation_until_it_is_lifted(day, found):
    events = record(("revoked", "2026-05-10"), ("stayed", "2026-06-15", {"seq": 2}),
                    ("stay_lifted", "2026-09-01", {"seq": 2}))

    assert status(events, day) == found


def test_a_stay_of_a_revocation_holds_the_one_that_corrects_its_day():
    events = record(("revoked", "2026-05-10"), ("stayed", "2026-06-15", {"seq": 2}), ("revoked", "2026-05-12"), e4=2)

    days = ("2026-05-11", "2026-05-12", "2026-06-15")
    assert [status(events, day) for day in days] == ["active", "revoked", "active"]


def test_a_corrected_day_takes_the_place_of_the_wrong_one_and_both_are_known():
    events = record(("suspended", "2026-03-01"), ("suspended", "2026-04-01"), e3=2)

    assert [status(events, day) for day in ("2026-03-15", "2026-04-01")] == ["active", "suspended"]
    assert status(events, "2026-03-15", known_at=events[1].recorded_at) == "suspended"


def test_an_event_that_never_was_is_struck_out():
    assert status(record(("revoked", "2026-05-10"), ("corrected", "2026-05-10"), e3=2), "2026-06-01") == "active"


@pytest.mark.parametrize(("day", "over"), [("2028-11-20", False), ("2028-11-21", True)])
def test_hbi_12_the_last_day_counts_and_the_next_does_not(day, over):
    state = standing.fold(record(), on=date.fromisoformat(day), valid_until=UNTIL)

    assert state.over(date.fromisoformat(day)) is over


def test_under_evaluation_is_shown_before_suspension_and_that_before_observation():
    events = record(("observed", "2026-01-01"), ("suspended", "2026-02-01"), ("evaluation_opened", "2028-11-21"))

    assert [status(events, day) for day in ("2026-01-01", "2026-02-01", "2028-11-21")] == [
        "observed", "suspended", "under_evaluation"
    ]


DAYS = st.dates(min_value=GRANTED, max_value=date(2032, 1, 1))
KINDS = sorted(standing.KINDS.keys() - standing.BEGINNINGS)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Any life: a grant, then events of any kind on any day, some of them stays or corrections of earlier ones."""
    events = [Event(1, draw(st.sampled_from(sorted(standing.BEGINNINGS))), GRANTED)]
    for seq in range(2, 2 + draw(st.integers(0, 9))):
        kind, earlier = draw(st.sampled_from(KINDS)), st.integers(2, seq - 1) if seq > 2 else st.none()
        details: dict[str, Any] = {}
        if kind in ("stayed", "stay_lifted"):
            details = {"seq": draw(st.integers(1, seq - 1))}
        if kind in ("renewed", "extended"):
            details = {"valid_until": draw(DAYS).isoformat()}
        events.append(Event(seq, kind, draw(DAYS), FIRST + timedelta(hours=seq), details,
                            draw(st.one_of(st.none(), earlier))))
    return events


@given(lives(), DAYS, st.randoms())
def test_the_fold_asks_the_days_not_the_order_in_which_it_gets_the_events(events, day, chance):
    shuffled = list(events)
    chance.shuffle(shuffled)

    found = standing.fold(events, on=day, valid_until=UNTIL)

    assert standing.fold(shuffled, on=day, valid_until=UNTIL) == found
    assert found is not None
    assert found.status in standing.STATUSES
    assert found.stands == (found.status in standing.STANDS)
    assert (found.ended_by is not None) == (found.status in standing.ENDS)


@given(lives(), DAYS)
def test_recorded_in_another_order_the_same_days_give_the_same_status(events, day):
    """Events of different days, none of which names another: whoever recorded first changes nothing."""
    plain = [event for event in events if event.kind not in ("stayed", "stay_lifted") and event.supersedes is None]
    by_day = {event.effective_on: event for event in plain if event.seq > 1 and event.effective_on > GRANTED}
    life = [events[0], *by_day.values()]
    backwards = [events[0], *(
        replace(event, seq=seq, recorded_at=FIRST + timedelta(hours=seq))
        for seq, event in enumerate(reversed(life[1:]), start=2)
    )]

    one, other = (standing.fold(found, on=day, valid_until=UNTIL) for found in (life, backwards))

    assert (one.status, one.valid_until, one.marks) == (other.status, other.valid_until, other.marks)


@given(lives(), DAYS)
def test_what_was_known_at_an_instant_never_changes(events, day):
    for known in events:
        then = [event for event in events if event.seq <= known.seq]
        assert standing.fold(events, on=day, valid_until=UNTIL, known_at=known.recorded_at) == standing.fold(
            then, on=day, valid_until=UNTIL
        )
