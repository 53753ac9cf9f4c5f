"""Titles that came into the register before their lives were kept."""

from datetime import date

from sqlalchemy import delete

from app import db
from app.titles import changing
from app.titles.models import LifeDue
from tests import living


def test_what_is_to_come_falls_due_once_for_a_title_that_nothing_waits_for(database, clock_at):
    clock_at("2026-01-05 09:00")
    scene = living.living(granted_on=date(2026, 1, 5))
    with db.reading() as session:
        title = scene.title(session)
    planned = living.due_rows(title)
    with db.transaction() as session:
        session.execute(delete(LifeDue))

    with db.transaction() as session:
        assert changing.take_up(session) == 1
    with db.transaction() as session:
        assert changing.take_up(session) == 0

    assert planned
    assert living.due_rows(title) == planned


def test_a_title_that_has_ended_is_not_taken_up(database, clock_at):
    clock_at("2026-01-05 09:00")
    scene = living.living(granted_on=date(2026, 1, 5))
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(
            session, title, "revoked", case_id=title.case_id, clause="HBI-15", effective_on=date(2026, 1, 5),
        )
        session.execute(delete(LifeDue))

    with db.transaction() as session:
        assert changing.take_up(session) == 0
