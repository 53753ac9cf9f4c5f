"""Was it recognised on that day? By number, by credit code, and as known at an instant; also on the public page."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from app import clock, db
from app.people.models import Unit
from app.titles import queries
from tests import living
from tests.browsing import Browser, seen
from tests.living import Living
from tests.titles import acting


@pytest.fixture
def life(app: Flask, clock_at: Callable[[str], None]) -> Living:
    """A title of 20 November 2025; on 2 June 2026 it was suspended from 1 March, and revoked on 10 July."""
    clock_at("2025-11-20 09:00")
    made = living.living(granted_on=date(2025, 11, 20))
    title = acting.title_now(made)
    clock_at("2026-06-02 09:00")
    acting.event(title, "suspended", "2026-03-01", decision=acting.DECISION)
    clock_at("2026-07-10 09:00")
    acting.event(title, "revoked", "2026-07-10")
    return made


def code(life: Living) -> str:
    with db.reading() as session:
        return session.get_one(Unit, life.title(session).holder_id).credit_code


@pytest.mark.parametrize(
    ("day", "status", "since", "said"),
    [
        ("2025-11-19", None, None, "当日尚未认定"),
        ("2025-11-20", "active", "2025-11-20", ""),
        ("2026-02-28", "active", "2025-11-20", ""),
        ("2026-03-01", "suspended", "2026-03-01",
         "自 2026-03-01 起暂停（HBI-15，冀工信企业〔2026〕9号），2026-06-02 登记"),
        ("2026-07-09", "suspended", "2026-03-01", "2026-06-02 登记"),
        ("2026-07-10", "revoked", "2026-07-10", "自 2026-07-10 起已撤销（HBI-15）"),
        ("2040-01-01", "revoked", "2026-07-10", "自 2026-07-10 起已撤销"),
    ],
)
def test_by_number_and_by_credit_code(life, day, status, since, said):
    number = acting.title_now(life).number
    for asked in (number, code(life), code(life).lower(), f" {number} "):
        with db.reading() as session:
            [answer] = queries.standing_on(session, asked, "", date.fromisoformat(day))
            assert answer.status == status
            assert (answer.since and answer.since.isoformat()) == since
            assert said in answer.said
            assert answer.stands is (status == "active")


def test_by_what_was_known_on_an_earlier_day(life):
    number = acting.title_now(life).number
    with db.reading() as session:
        known = [
            queries.standing_on(session, number, "", date(2026, 3, 1), instant)[0].status
            for instant in (clock.day_start(date(2026, 6, 2)), clock.day_start(date(2026, 6, 3)))
        ]
    assert known == ["active", "suspended"]


def test_of_another_programme_there_is_nothing(life):
    with db.reading() as session:
        assert queries.standing_on(session, code(life), "baoding-platform", clock.today()) == []
        assert len(queries.standing_on(session, code(life), living.PROVINCE, clock.today())) == 1
        assert queries.standing_on(session, "NOBODY-1", "", clock.today()) == []
        assert queries.standing_on(session, "", "", clock.today()) == []


def test_the_public_page_says_it_for_any_day_by_credit_code(life, client: Browser):
    page = seen(client.get(f"/verify/{code(life)}?on=2026-03-01"))

    for words in ("2026-03-01 当日无效", "自 2026-03-01 起暂停", "2026-06-02 登记", "登记日期 2026-06-02"):
        assert words in page
    assert "2026-02-28 当日有效" in seen(client.get(f"/verify/{code(life)}?on=2026-02-28"))
    assert client.get(f"/verify/{code(life)}?on=2026-02-28").status_code == 200


def test_the_certificate_of_a_title_that_does_not_stand_says_so(life, client: Browser):
    client.sign_in("clerk@province")

    page = seen(client.get(f"/titles/{acting.title_now(life).public_id}/certificate"))

    assert "不在有效状态" in page


def test_an_event_of_the_next_day_changes_no_earlier_one(life):
    number = acting.title_now(life).number
    with db.reading() as session:
        for day in (date(2026, 7, 9), date(2026, 2, 28)):
            one = queries.standing_on(session, number, "", day)[0].status
            assert queries.standing_on(session, number, "", day + timedelta(days=1))[0].status != one
