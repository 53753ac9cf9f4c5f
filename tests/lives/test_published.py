"""BDP-18.1: where a programme publishes the results of inspections, anybody reads them in a title's life."""

from datetime import date

import pytest

from app import db
from app.lives import queries as lives
from app.programmes import package
from tests import living

KEY = "baoding-platform"
LINE = "  publishes: {inspections: BDP-18.1}\n"


def public_lines(clock_at, *, published: bool) -> list[str]:
    """What the public reads of an inspection that found faults."""
    clock_at("2026-03-09 09:00")
    files = package.read_folder(living.PROCESSES / KEY)
    text = files["programme.yaml"].decode()
    assert LINE in text
    clauses = files["clauses.yaml"].decode()
    if not published:
        text, clauses = text.replace(LINE, ""), clauses.replace(", title.publishes.inspections", "")
    files |= {"programme.yaml": text.encode(), "clauses.yaml": clauses.encode()}
    at = living.living(granted_on=date(2026, 1, 20), programme=KEY, files=files)
    with db.reading() as session:
        clerk, title = at.who(session, "clerk@county"), at.title(session).public_id
    case = living.begin(clerk, title, "inspection")
    [task] = living.open_tasks(case)
    living.complete(task, clerk, {
        "inspected_on": "2026-03-09", "inspectors": [{"person": "路遥", "unit": "县局"}], "finding": "服务记录不全。",
        "to_mend": "补全记录。",
    }, "failed")
    with db.reading() as session:
        seen = lives.life(session, title, None)
        return [f"{item.words} {item.clause} {item.reason}" for item in seen.items if item.track == "inspection"]


@pytest.mark.parametrize(("published", "expected"), [(True, ["现场检查：发现问题 BDP-18.1 "]), (False, [])])
def test_the_public_reads_the_result_without_the_finding(database, clock_at, published, expected):
    assert public_lines(clock_at, published=published) == expected
