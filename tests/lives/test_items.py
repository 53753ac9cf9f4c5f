"""A title's life as a list: the order of its items, what the public doesn't see, the stretches of its status."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from app.lives.items import Item, Stretch, ordered, seen_by_public, stretches


@dataclass(frozen=True)
class Event:
    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    details: dict[str, Any] = field(default_factory=dict)
    supersedes: int | None = None


def test_items_stand_by_day_and_what_is_to_come_stands_last():
    coming = Item(date(2026, 1, 1), "coming", "到期", ahead=True)
    grade, event = Item(date(2026, 3, 1), "grade", "A"), Item(date(2026, 3, 1), "event", "通报")
    first = Item(date(2025, 3, 1), "report", "报送")

    assert ordered([coming, grade, event, first]) == [first, event, grade, coming]


def test_the_public_reads_no_reason_no_case_and_nothing_internal():
    item = Item(date(2026, 3, 1), "event", "通报", clause="HBI-13.2", reason="某某", document="d", case="c",
                public=True)

    shown = seen_by_public([item, Item(date(2026, 3, 2), "report", "漏报")])

    assert [(one.words, one.clause, one.reason, one.document, one.case) for one in shown] == [
        ("通报", "HBI-13.2", "", "", "")
    ]


def test_each_status_is_one_stretch_up_to_the_day_before_the_next():
    events = [Event(1, "granted", date(2024, 6, 1)), Event(2, "circulated", date(2025, 1, 1)),
              Event(3, "observed", date(2026, 2, 1)), Event(4, "observation_lifted", date(2026, 8, 1))]

    found = stretches(events, valid_until=date(2027, 6, 1), today=date(2026, 11, 20))

    assert found == [
        Stretch(date(2024, 6, 1), date(2026, 1, 31), "active"),
        Stretch(date(2026, 2, 1), date(2026, 7, 31), "observed"), Stretch(date(2026, 8, 1), None, "active"),
    ]


def test_what_takes_effect_tomorrow_is_no_stretch_yet():
    events = [Event(1, "granted", date(2024, 6, 1)), Event(2, "revoked", date(2026, 11, 21))]

    found = stretches(events, valid_until=None, today=date(2026, 11, 20))

    assert found == [Stretch(date(2024, 6, 1), None, "active")]
