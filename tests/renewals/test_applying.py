"""Who may apply while holding a title; titles that are granted before the old one ends; notices of an end."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases.models import Case
from app.errors import Refused
from app.notices.models import Notice
from app.programmes import queries as programmes
from app.renewals import applying
from app.titles import changing, operations
from app.titles.models import Title
from tests import living
from tests.living import pass_time
from tests.renewals import ending

APPLY_AGAIN = ("    kind: self_assessment\n", "    kind: apply_again\n")


def see(at, clock_at, day):
    clock_at(f"{day} 09:00")
    with db.reading() as session:
        title = at.title(session)
        applying.see_that_no_title_stands(session, programmes.latest(session, at.programme), title.holder_id)


def test_hub_15_1_one_may_apply_again_from_the_first_day_of_the_year_in_which_the_title_ends(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles(APPLY_AGAIN)

    with pytest.raises(Refused, match="2027 年起可以再次申报") as refused:
        see(at, clock_at, "2026-12-31")
    assert refused.value.clause == "HBI-12"
    see(at, clock_at, "2027-01-01")
    see(at, clock_at, "2028-01-01")


def test_hbi_12_where_titles_are_renewed_their_holder_does_not_apply_before_they_have_ended(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles()

    with pytest.raises(Refused, match="不能重复申报"):
        see(at, clock_at, "2027-03-10")
    pass_time(clock_at, "2027-03-11 09:00")
    see(at, clock_at, "2027-03-11")


def test_an_application_of_a_holder_is_refused_with_the_clause_and_opens_no_case(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles()
    dates = {key: date(2026, 12, 20) for key in ("county", "city")}
    with db.transaction() as session:
        batch = batches.open_batch(
            session, by=at.who(session, "clerk@province"), programme_key=at.programme, name="2026 年",
            opens_on=date(2026, 12, 1), closes_on=date(2026, 12, 20), dates=dates,
        ).public_id

    with pytest.raises(Refused, match="有效期至 2027-03-10"):
        _apply(at, batch)

    with db.reading() as session:
        assert session.scalars(select(Case.diagram)).all() == ["application"]


def test_d27_granted_before_the_old_one_ends_a_new_title_begins_on_the_day_after(database, clock_at):
    clock_at("2027-02-01 09:00")
    at = ending.titles(APPLY_AGAIN)
    with db.transaction() as session:
        old = at.title(session)
        place = _Place(session, old)
        assert operations._begins_on(session, place, date(2027, 2, 1)) == date(2027, 3, 11)
        assert operations._begins_on(session, place, date(2027, 3, 10)) == date(2027, 3, 11)
        assert operations._begins_on(session, place, date(2027, 3, 11)) == date(2027, 3, 11)
        assert operations._begins_on(session, place, date(2027, 3, 12)) == date(2027, 3, 12)


def test_d27_where_one_does_not_apply_again_a_title_begins_with_its_document(database, clock_at):
    clock_at("2027-02-01 09:00")
    at = ending.titles()
    with db.transaction() as session:
        assert operations._begins_on(session, _Place(session, at.title(session)), date(2027, 2, 1)) == date(2027, 2, 1)


@pytest.mark.parametrize("kind", ["apply_again", "none"])
def test_a_title_that_is_not_renewed_is_announced_to_holder_city_and_authority_and_expires(database, clock_at, kind):
    clock_at("2026-12-01 09:00")
    at = ending.titles((APPLY_AGAIN[0], f"    kind: {kind}\n"))
    assert ending.waiting(at) == [("expiry_notice", "2026-12-10"), ("expire", "2027-03-11")]
    pass_time(clock_at, "2026-12-10 00:00")

    with db.reading() as session:
        told = session.scalars(
            select(Notice.to_unit_id).where(Notice.title == "称号到期提示").order_by(Notice.id)
        ).all()
        wanted = [at.title(session).holder_id, at.world.unit("city").id, at.world.unit("province").id]
    assert told == wanted
    pass_time(clock_at, "2027-03-10 23:59:59")
    assert ending.title(at).status == "active"
    pass_time(clock_at, "2027-03-11 00:00")
    assert ending.events(at) == ["expired 2027-03-11 HBI-12"]


def test_hbi_10_an_entered_title_is_announced_and_not_renewed(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles()
    with db.transaction() as session:
        title = changing.locked(session, at.title(session).id)
        title.basis = "entered"
        changing.record(session, title, "moved", case_id=title.case_id, clause="HBI-10",
                        effective_on=date(2026, 12, 1))
    pass_time(clock_at, "2027-03-11 00:00")

    assert ending.renewal(at) is None
    with db.reading() as session:
        assert len(session.scalars(select(Notice.id).where(Notice.title == "称号到期提示")).all()) == 3
        assert session.scalars(select(Title.status)).one() == "expired"
    assert living.open_tasks() == []


def _apply(at, batch):
    with db.transaction() as session:
        found = session.scalars(select(Batch).where(Batch.public_id == batch)).one()
        batches.apply(session, found, by=at.holder(session))


class _Place:
    """Where a title is granted to the holder of another."""

    def __init__(self, session, title):
        self.programme = changing.programme_of(session, title)
        self.case = session.get_one(Case, title.case_id)


def test_bdp_17_titles_without_an_end_do_not_keep_their_holders_from_the_yearly_call(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles()
    with db.transaction() as session:
        at.title(session).valid_until = None
    with db.reading() as session:
        title = at.title(session)
        shipped = programmes.latest(session, at.programme)
        with pytest.raises(Refused, match="没有终止日期"):
            applying.see_that_no_title_stands(session, shipped, title.holder_id)
        applying.see_that_no_title_stands(session, _Unsaid(shipped), title.holder_id)


class _Unsaid:
    """A programme that doesn't say what becomes of its titles."""

    def __init__(self, programme):
        self.key, self.title, self.life = programme.key, programme.title, type("Life", (), {"renewal": None})
