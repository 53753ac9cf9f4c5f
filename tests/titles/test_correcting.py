"""更正: a clerical error is put right by decision; what was written stays, with both days."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app import db, invariants
from app.errors import Invalid, NotAllowed, Refused
from app.titles import bans, queries
from app.titles.models import Ban, Title, TitleEvent
from tests import living
from tests.living import Living
from tests.titles import acting


@pytest.fixture
def life(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """Two titles of 20 November 2025, the first suspended from 1 March 2026, entered on the 10th; on the 20th."""
    clock_at("2026-03-10 09:00")
    made = living.living(count=2, granted_on=date(2025, 11, 20))
    acting.event(acting.title_now(made), "suspended", "2026-03-01")
    clock_at("2026-03-20 09:00")
    return made


def correct(life: Living, **answers: Any) -> None:
    """Draft, and have it decided."""
    with db.reading() as session:
        lead = life.who(session, "lead@province")
    living.complete(draft(life, **answers), lead, {"opinion": "与原件核对无误"}, "confirm")
    with db.reading() as session:
        breaches = [b for check in invariants.INVARIANTS for b in check(session)]
    assert breaches == []


def draft(life: Living, **answers: Any):
    with db.reading() as session:
        clerk = life.who(session, "clerk@province")
    case = living.begin(clerk, acting.title_now(life).public_id, "record_correction")
    task = living.open_tasks(case)[0]
    living.complete(task, clerk, {"reason": "登记时抄错", "document_number": "冀工信更〔2026〕1号", **answers})
    return living.open_tasks(case)[0]


def standing(life: Living, day: str, known_at: datetime | None = None) -> str | None:
    with db.reading() as session:
        [answer] = queries.standing_on(session, life.title(session).number, "", date.fromisoformat(day), known_at)
        return answer.status


def test_the_day_of_an_event_is_corrected_and_both_days_stay(life):
    correct(life, about="event", event_number=2, right="2026-03-08")

    assert acting.events(acting.title_now(life)) == [
        "granted 2025-11-20 active", "suspended 2026-03-01 suspended", "suspended 2026-03-08 suspended"
    ]
    assert (standing(life, "2026-03-07"), standing(life, "2026-03-08")) == ("active", "suspended")
    before = datetime(2026, 3, 15, tzinfo=UTC)
    assert standing(life, "2026-03-07", before) == "suspended"
    with db.reading() as session:
        event = session.scalars(select(TitleEvent).order_by(TitleEvent.id.desc()).limit(1)).one()
    assert (event.supersedes, event.clause, event.decision, event.reason) == (
        2, "HBI-15", "冀工信更〔2026〕1号", "登记时抄错"
    )


def test_an_event_that_never_was_is_struck_out(life):
    correct(life, about="strike", event_number=2)

    assert (acting.title_now(life).status, standing(life, "2026-03-05")) == ("active", "active")


def test_a_revocation_entered_in_error_is_struck_out_and_the_title_lives_on(life, clock_at):
    acting.event(acting.title_now(life), "revoked", "2026-03-20")
    correct(life, about="strike", event_number=3)

    assert acting.title_now(life).status == "suspended"
    living.pass_time(clock_at, "2028-11-21 00:00")
    assert acting.title_now(life).status == "expired"


@pytest.mark.parametrize(("set_by_decision", "ends_on"), [("", "2028-03-15"), ("2029-06-30", "2029-06-30")])
def test_hbi_15_a_ban_follows_the_corrected_day_of_its_revocation_and_a_length_that_was_decided_stays(
    life, set_by_decision, ends_on
):
    made = acting.ban(life, "2026-03-20", until=set_by_decision)

    correct(life, about="event", event_number=3, right="2026-03-15")

    with db.reading() as session:
        moved = session.get_one(Ban, made.id)
    found = tuple(map(str, (moved.starts_on, moved.least_until, moved.ends_on)))
    assert found == ("2026-03-15", "2028-03-15", ends_on)


def test_hbi_15_a_revocation_that_never_was_brings_no_ban(life):
    made = acting.ban(life, "2026-03-20")

    correct(life, about="strike", event_number=3)

    with db.reading() as session:
        held = session.get_one(Ban, made.id)
        assert bans.ban_on(session, held.programme, held.credit_code, date(2026, 3, 20)) is None
    assert (held.lifted_on, held.lift_reason) == (date(2026, 3, 20), "登记时抄错")


@pytest.mark.parametrize(
    ("recompute", "until"), [(False, date(2028, 11, 20)), (True, date(2028, 11, 18))]
)
def test_the_first_day_is_corrected_and_the_last_follows_only_where_asked(life, recompute, until):
    correct(life, about="fact", fact="granted_on", right="2025-11-18", recompute=recompute)

    title = acting.title_now(life)
    assert (title.granted_on, title.valid_until) == (date(2025, 11, 18), until)
    assert (standing(life, "2025-11-17"), standing(life, "2025-11-18")) == (None, "active")


@pytest.mark.parametrize(
    ("fact", "right"),
    [("number", "HBI-2025-0777"), ("document_number", "冀工信企业〔2025〕11号"), ("holder_name", "正名公司")],
)
def test_a_number_a_document_or_a_name_is_corrected_from_the_beginning(life, fact, right):
    correct(life, about="fact", fact=fact, right=right)

    title = acting.title_now(life)
    assert getattr(title, fact) == right
    assert acting.events(title)[-1] == "corrected 2025-11-20 suspended"
    with db.reading() as session:
        [answer] = queries.standing_on(session, title.number, "", date(2025, 11, 20))
    assert answer.holder_name == title.holder_name


def test_another_last_day_moves_the_expiry(life, clock_at):
    correct(life, about="fact", fact="valid_until", right="2027-11-20")
    assert acting.title_now(life).valid_until == date(2027, 11, 20)

    living.pass_time(clock_at, "2027-11-21 00:00")

    assert acting.events(acting.title_now(life))[-1] == "expired 2027-11-21 expired"


@pytest.mark.parametrize(
    ("right", "status", "last"),
    [("2028-11-25", "expired", "expired 2028-11-26 expired"),
     ("2029-11-20", "suspended", "corrected 2028-11-21 suspended")],
)
def test_an_expiry_that_followed_from_a_wrong_day_is_written_anew(life, clock_at, right, status, last):
    living.pass_time(clock_at, "2028-12-15 09:00")
    assert acting.title_now(life).status == "expired"

    correct(life, about="fact", fact="valid_until", right=right)

    title = acting.title_now(life)
    assert (title.status, acting.events(title)[-1], title.valid_until.isoformat()) == (status, last, right)


def other_number(life: Living) -> str:
    with db.reading() as session:
        numbers = session.scalars(select(Title.number).order_by(Title.id)).all()
    return numbers[1]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"about": "event", "event_number": 9, "right": "2026-03-08"}, "event_number"),
        ({"about": "event", "event_number": 2, "right": "2026-03-01"}, "right"),
        ({"about": "event", "event_number": 2, "right": "2026-03-21"}, "right"),
        ({"about": "event", "event_number": 2, "right": "2025-11-19"}, "right"),
        ({"about": "event", "event_number": 2, "right": "三月八日"}, "right"),
        ({"about": "strike", "event_number": 1}, "event_number"),
        ({"about": "fact", "fact": "granted_on", "right": "2026-03-02"}, "right"),
        ({"about": "fact", "fact": "valid_until", "right": "2025-11-19"}, "right"),
        ({"about": "fact", "fact": "valid_until", "right": "2028-11-20"}, "right"),
        ({"about": "fact", "fact": "number", "right": "OTHER"}, "right"),
    ],
)
def test_what_can_not_be_is_refused_at_its_field_and_changes_nothing(life, answers: Mapping[str, Any], field):
    before = acting.events(acting.title_now(life))
    typed = {key: other_number(life) if value == "OTHER" else value for key, value in answers.items()}

    with pytest.raises(Invalid) as invalid:
        draft(life, **typed)

    assert set(invalid.value.fields) == {field}
    assert acting.events(acting.title_now(life)) == before


def test_a_correction_that_another_has_overtaken_is_refused(life):
    first, second = (draft(life, about="event", event_number=2, right=day) for day in ("2026-03-08", "2026-03-09"))
    with db.reading() as session:
        lead = life.who(session, "lead@province")
    living.complete(first, lead, {"opinion": "同意"}, "confirm")

    with pytest.raises(Invalid) as invalid:
        living.complete(second, lead, {"opinion": "同意"}, "confirm")

    assert "可填：1、3" in invalid.value.fields["event_number"][0]


def test_nobody_but_the_authority_drafts_and_another_decides(life):
    with db.reading() as session:
        clerk, city = life.who(session, "clerk@province"), life.who(session, "clerk@city")
    with pytest.raises(NotAllowed):
        living.begin(city, acting.title_now(life).public_id, "record_correction")

    waiting = draft(life, about="event", event_number=2, right="2026-03-08")

    with pytest.raises((NotAllowed, Refused)):
        living.complete(waiting, clerk, {"opinion": "同意"}, "confirm")
