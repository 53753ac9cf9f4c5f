"""BDP-17: reviews follow their call: its dates bind them, and they are over with their title."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db, worker
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases.models import Case, Deadline
from app.errors import Refused
from app.outbox.senders import NoSender
from app.renewals import reviewing
from app.renewals.models import Review
from app.titles import changing, standing
from tests import living

KEY = "baoding-platform"


@pytest.fixture
def at(database, clock_at):
    clock_at("2029-03-01 09:00")
    return living.living(granted_on=date(2026, 12, 31), programme=KEY)


def call(at, *, opens: date, closes: date, name: str = "年度申报") -> int:
    with db.transaction() as session:
        made = batches.open_batch(
            session, by=at.who(session, "lead@city"), programme_key=KEY, name=name, opens_on=opens, closes_on=closes,
        ).id
    worker.run_until_idle(NoSender())
    return made


def reviews() -> list[tuple[str, int]]:
    with db.reading() as session:
        return [tuple(row) for row in session.execute(
            select(Review.status, Batch.year).join(Batch, Review.batch_id == Batch.id).order_by(Review.id)
        )]


def test_bdp_17_the_third_call_counts_by_its_year_and_a_second_of_the_year_opens_no_second_review(at):
    call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))
    assert reviews() == [("open", 2029)]

    call(at, opens=date(2029, 3, 2), closes=date(2029, 4, 30), name="第二批")
    assert reviews() == [("open", 2029)]


def test_bdp_17_no_review_in_the_second_call(at, clock_at):
    clock_at("2028-11-01 09:00")
    call(at, opens=date(2028, 11, 1), closes=date(2028, 11, 30))

    assert reviews() == []


def test_a_call_whose_last_day_is_put_off_puts_off_its_reviews(at):
    batch = call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 29))
    with db.transaction() as session:
        batches.change_dates(
            session, session.get_one(Batch, batch), by=at.who(session, "lead@city"),
            dates={"applicants": date(2029, 4, 12)}, reason="系统维护",
        )
    worker.run_until_idle(NoSender())

    with db.reading() as session:
        case = session.scalars(select(Review.case_id)).one()
        found = session.scalars(
            select(Deadline.last_day).where(Deadline.case_id == case, Deadline.period == "review_filing")
        ).all()
    assert found == [date(2029, 4, 12)]


def test_a_title_that_ends_takes_its_review_with_it(at):
    call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))
    with db.transaction() as session:
        title = changing.locked(session, at.title(session).id)
        changing.record(session, title, "revoked", case_id=title.case_id, clause="BDP-18.2",
                        effective_on=date(2029, 3, 1))
    worker.run_until_idle(NoSender())

    assert reviews() == [("void", 2029)]
    with db.reading() as session:
        case = session.get_one(Case, session.scalars(select(Review.case_id)).one())
        assert (case.status, at.title(session).status) == ("done", "revoked")
        assert at.title(session).status in standing.ENDS


def test_a_holder_does_not_apply_anew_beside_its_review(at):
    batch = call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))

    with db.transaction() as session, pytest.raises(Refused, match="随批次复核") as refused:
        batches.apply(session, session.get_one(Batch, batch), by=at.holder(session))
    assert refused.value.clause == "BDP-17"


def test_the_next_review_is_three_years_after_the_year_of_the_call_that_confirmed(at):
    batch = call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))
    with db.transaction() as session:
        title = at.title(session)
        assert reviewing.next_year_of(session, changing.programme_of(session, title), title) == 2029
        review = session.scalars(select(Review).where(Review.batch_id == batch)).one()
        review.status, review.decided_on = "confirmed", date(2030, 1, 5)  # a decision that took until the next year

    with db.reading() as session:
        title = at.title(session)
        assert reviewing.next_year_of(session, changing.programme_of(session, title), title) == 2032


def test_bdp_17_what_nobody_filed_is_listed_for_the_authority_and_the_title_stands(at, client, clock_at):
    call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))
    client.sign_in("clerk@city")
    assert rows(client, "/ends?year=2029") == ["待提交"]

    living.pass_time(clock_at, "2029-04-02 09:00")

    client.sign_in("clerk@city")
    assert rows(client, "/ends?year=2029") == ["没有申报，待决定"]
    assert rows(client, "/ends?year=2029&state=not_filed") == ["没有申报，待决定"]
    assert rows(client, "/ends?year=2029&state=filed") == rows(client, "/ends?year=2030") == []
    with db.reading() as session:
        assert at.title(session).status == "active"
        [task] = living.open_tasks_in(session, session.scalars(select(Review.case_id)).one())
        assert task.name == "未申报的处理"
    book = load_workbook(io.BytesIO(client.get("/ends/export.xlsx?year=2029").data))
    assert [row[0].value for row in book["随批次复核"].iter_rows(min_row=2)] == ["没有申报，待决定"]


def test_a_department_elsewhere_sees_no_review_and_the_holder_its_own(at, client):
    call(at, opens=date(2029, 3, 1), closes=date(2029, 3, 30))
    client.sign_in("clerk@sibling_county")
    assert rows(client, "/ends?year=2029") == []
    with db.reading() as session:
        login = at._applicant(session, at.title(session).holder_id).login
    client.sign_in(login)
    assert rows(client, "/ends?year=2029") == ["待提交"]


def rows(client, path: str) -> list[str]:
    """How far each review on the page is, in order."""
    found = client.page(path).select("section[aria-labelledby=reviews-h] td[data-label=复核]")
    return [cell.get_text(strip=True) for cell in found]
