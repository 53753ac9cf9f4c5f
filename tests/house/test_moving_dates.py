"""No legal date is moved outside app/workdays. Whoever moves a date elsewhere says here why it is none."""

import ast
from pathlib import Path

import pytest

from tests.house import moving_dates

ROOT = Path(__file__).parent.parent.parent
APP = ROOT / "app"
WORKDAYS, CLOCK = APP / "workdays", APP / "clock.py"
REAL = "the machine's time: a pause, a session, a lock-out"
STORY = "dates of a story or the demonstration, which are typed and not computed"
SIMULATED = "the day on which somebody of a simulation acts"
ALLOWED = {
    "batches/queries.py:<module>": "how long the longest rest is: a bound for a search, and no date comes of it",
    "batches/queries.py:open_calls": "searches calls generously; which of them are open app.workdays says",
    "batches/queries.py:is_over": "how long a provisional last day may still move",
    "calendars/current.py:<module>": REAL,
    "cases/deadlines.py:last_day_of": "the day that an exclusive end belongs to: a microsecond, and no day",
    "cases/deadlines.py:rung_at": "the hour of the day at which a reminder goes out; its day comes from app.workdays",
    "cases/queries.py:waiting_messages": "how long a message may wait before it is shown as stuck",
    "db.py:_take_clock": "the clock's own offset",
    "demo.py:dated": STORY,
    "documents/storage.py:is_old": REAL,
    "evaluations/gathering.py:_asked": "where the year ends whose appointments are counted",
    "evaluations/rounds.py:latest_grant": "the first day after the year, from which app.workdays counts back",
    "evaluations/rounds.py:opens_on": "the day of the year after it that the programme names",
    "invariants.py:<module>": "from when on a check calls something late",
    "invariants.py:_warnings": "from when on a check calls something late",
    "obligations/reporting.py:<module>": "how often it is seen whether a calendar is in force",
    "obligations/reporting.py:settle": "when it looks again",
    "obligations/platforms.py:_reports": "how far a list looks back",
    "outbox/operations.py:<module>": REAL,
    "outbox/operations.py:_claimed": REAL,
    "outbox/operations.py:settle": REAL,
    "outbox/senders.py:<module>": REAL,
    "outbox/senders.py:_rest": REAL,
    "people/attempts.py:<module>": REAL,
    "people/attempts.py:fail": REAL,
    "people/codes.py:<module>": REAL,
    "people/queries.py:<module>": REAL,
    "people/queries.py:ask_identity": REAL,
    "people/sessions.py:<module>": REAL,
    "people/sessions.py:live": REAL,
    "people/sessions.py:start": REAL,
    "people/sessions.py:sweep": REAL,
    "people/signing_in.py:_is_old": REAL,
    "programmes/proposals.py:<module>": REAL,
    "reminders/operations.py:<module>": REAL,
    "reminders/operations.py:write_down": REAL,
    "rules/coverage.py:_days": "the days beside the bounds of a decision table, to look for gaps",
    "simulating/policies.py:value_of": SIMULATED,
    "simulating/beside.py:_month_after": SIMULATED,
    "simulating/beside.py:_in_a_year": SIMULATED,
    "simulating/beside.py:_plan_of": SIMULATED,
    "simulating/applying.py:_open": SIMULATED,
    "simulating/applying.py:look": SIMULATED,
    "simulating/enterprises.py:_book": SIMULATED,
    "simulating/enterprises.py:begin_month": SIMULATED,
    "simulating/running.py:begin_month": SIMULATED,
    "simulating/running.py:_mean_to_do": SIMULATED,
    "simulating/running.py:_mean_to_open": SIMULATED,
    "simulating/running.py:_month_ends": SIMULATED,
    "simulating/running.py:mean": SIMULATED,
    "simulating/running.py:months": SIMULATED,
    "simulating/running.py:_row": SIMULATED,
    "lives/items.py:stretches": "where on a drawn line one status ends and the next begins",
    "lives/queries.py:on_day": "what was known at the end of a day, not a period",
    "lives/watching.py:<module>": "how far a list looks back and ahead",
    "lives/watching.py:_of": "how far a list looks back and ahead",
    "stories/telling.py:_instant": STORY,
    "web/life_line.py:_years": "where on a drawn line a year stands",
    "web/life_line.py:x": "where on a drawn line a day stands",
    "web/analysis.py:<module>": "how many days the last month of a choice has",
    "web/clock_lines.py:place": "where on a drawn line a day stands",
    "web/demonstration.py:<module>": STORY,
    "web/demonstration.py:_span": STORY,
    "web/demonstration.py:banner": STORY,
    "web/security.py:_settings": REAL,
    "web/year_grid.py:<module>": "how many days a drawn month has",
    "worker.py:<module>": REAL,
    "worker.py:_write_down": REAL,
}


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    """Every module but those that may move dates."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(APP.rglob("*.py"))
        if "node_modules" not in path.parts and WORKDAYS not in path.parents and path != CLOCK
    }


def test_nothing_outside_workdays_moves_a_date_but_what_is_named_here(trees):
    kept = moving_dates.spans(trees)

    seen = {
        f"{path.relative_to(APP)}:{place}" for path, tree in trees.items()
        for place, _line, _what in moving_dates.found(tree, kept)
    }

    assert seen - set(ALLOWED) == set(), "move it into app/workdays, or say why it is no legal date"
    assert set(ALLOWED) - seen == set(), "not there any more"


@pytest.mark.parametrize("code", [
    "from datetime import timedelta\ndef f(d):\n    return d + timedelta(days=5)",
    "from datetime import timedelta as td\ndef f(d):\n    return d + td(5)",
    "import datetime\ndef f(d):\n    return d - datetime.timedelta(weeks=1)",
    "import datetime as dt\nPAUSE = dt.timedelta(1)",
    "def f(row):\n    row.ends_at += PAUSE",
    "from app.batches import queries\ndef f(d):\n    return queries.PAUSE + d",
    "from dateutil.relativedelta import relativedelta",
    "import dateutil.rrule",
    "from calendar import monthrange",
    "import numpy as np",
    "def f(d):\n    return type(d).fromordinal(d.toordinal() + 5)",
    "def f(d):\n    return d.replace(day=d.day + 5)",
    "def f(d, parts):\n    return d.replace(**parts)",
    "from datetime import date\ndef f(d):\n    return date(d.year, d.month, d.day + 1)",
    "import datetime\ndef f(d):\n    return datetime.date(d.year + 3, d.month, d.day)",
    "from datetime import date as day\ndef f(d):\n    return day(d.year + 3, d.month, d.day)",
    "from app import clock\ndef f(d, n):\n    return clock.day_start(d + n)",
    "def f(instant):\n    return instant.timestamp() + 86_400",
    "from sqlalchemy import func\ndef f(column):\n    return func.date(column, '+5 days')",
    "from sqlalchemy import func\ndef f(column):\n    return column + func.make_interval(0, 0, 0, 5)",
    "from sqlalchemy import text\ndef f():\n    return text(\"ends_at + interval '5 days'\")",
    "from sqlalchemy import text\ndef f():\n    return text(\"UPDATE d SET last_day = last_day + '5 days'::interval\")",
    "from sqlalchemy import text\ndef f():\n    return text(\"date(last_day, '+5 days')\")",
])
def test_the_rule_is_not_fooled(code):
    assert list(moving_dates.found(ast.parse(code), {"PAUSE"}))


@pytest.mark.parametrize("code", [
    "from datetime import date\ndef f(a, b):\n    return (a - b).days, date.fromisoformat('2026-01-01')",
    "def f(text):\n    return text.replace('a', 'b')",
    "from app import clock, workdays\ndef f(d):\n    return clock.day_start(d), workdays.deadline(5, d, None)",
    "from datetime import date\ndef f(y, m, d):\n    return date(y, m, d)",
    "def f():\n    return 'in the interval between two dates'",
])
def test_the_rule_lets_alone_what_moves_nothing(code):
    assert list(moving_dates.found(ast.parse(code), {"PAUSE"})) == []


def test_a_span_is_known_by_its_name_in_every_module(trees):
    assert {"LONGEST_REST", "IDLE", "LATE"} <= moving_dates.spans(trees)
