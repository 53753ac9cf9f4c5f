"""NAT-9: a ministry's call names who may recommend; nobody else is offered or taken."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from app import db
from app.batches import operations
from app.batches.models import Batch, Entitlement
from app.cases.models import Case
from app.errors import Invalid, NotAllowed
from app.people.models import Person, Unit
from app.programmes import operations as deploying
from app.programmes import package
from tests import factories, sample
from tests.browsing import errors, seen

FOLDER = Path(__file__).parent.parent.parent / "processes" / "national-platform"
KEY = "national-platform"
TYPED = {
    "programme": KEY, "name": "2026 年度申报", "opens_on": "2026-07-01", "closes_on": "2026-07-31",
    "on_recommender": "2026-08-31", "text": "",
}


@pytest.fixture
def ids(database: db.Database, clock_at: Callable[[str], None]) -> dict[str, str]:
    """Public ids of an association far away, one nearby, and of the institution's city, as if it were planned
    separately; it is 1 July 2026."""
    clock_at("2026-07-01 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        far = factories.association(session, region_code="110000", name="中国某行业协会")
        near = factories.association(session, region_code=factories.CITY, name="本市协会")
        files = package.read_folder(FOLDER)
        here = files["programme.yaml"].replace(b'"210200"', f'"{factories.CITY}"'.encode())
        deploying.deploy(session, {**files, "programme.yaml": here}, person_id=None, **sample.vocabulary())
        return {"far": far.public_id, "near": near.public_id, "city": world.unit("city").public_id,
                "province": world.unit("province").public_id, "sibling": world.unit("sibling_city").public_id}


def test_the_page_offers_who_may_be_named_and_keeps_the_choice(client, ids):
    client.sign_in("lead@ministry")
    page = client.page("/batches")
    offered = {box["value"] for box in page.select("input[name=entitled]")}
    assert {ids["far"], ids["near"], ids["city"]} <= offered
    assert ids["sibling"] not in offered, "a city that isn't planned separately"
    assert ids["province"] not in offered

    sent = client.submit("/batches", {**TYPED, "entitled": [ids["far"], ids["city"]]}, follow_redirects=True)

    assert sent.status_code == 200
    assert "中国某行业协会" in seen(sent)
    assert "本市协会" not in seen(sent)


def test_who_cant_be_named_is_refused_at_the_field_and_the_ticks_stay(client, ids):
    client.sign_in("lead@ministry")

    sent = client.submit("/batches", {**TYPED, "entitled": [ids["far"], ids["province"]]})

    assert sent.status_code == 422
    assert "entitled" in errors(sent) or "不能列为本项目的推荐单位" in seen(sent)
    with db.reading() as session:
        assert session.scalars(select(Batch)).all() == []


def test_an_institution_chooses_among_those_named_and_its_own_city_alone(client, ids):
    client.sign_in("lead@ministry")
    client.submit("/batches", {**TYPED, "entitled": [ids["far"], ids["city"]]})
    with db.reading() as session:
        batch = session.scalars(select(Batch)).one().public_id
        assert len(session.scalars(select(Entitlement)).all()) == 2
    client.sign_in("applicant@institution")
    page = client.page(f"/batches/{batch}/apply")
    assert {box["value"] for box in page.select("input[name=recommender]")} == {"", ids["far"], ids["city"]}

    refused = client.submit(f"/batches/{batch}/apply", {"recommender": ids["near"]})
    taken = client.submit(f"/batches/{batch}/apply", {"recommender": ids["far"]})

    assert refused.status_code == 422
    assert taken.status_code == 303
    with db.reading() as session:
        chosen = session.scalars(select(Case.recommender_id).where(Case.diagram == "application")).one()
        assert session.get_one(Unit, chosen).public_id == ids["far"]


@pytest.mark.parametrize("login", ["lead@province", "lead@city", "auditor@ministry"])
def test_nobody_but_the_ministry_opens_its_call(database, ids, login):
    with db.transaction() as session, pytest.raises(NotAllowed):
        operations.open_batch(
            session, by=sign_in_of(session, login), programme_key=KEY, name="申报", opens_on=date(2026, 7, 1),
            closes_on=date(2026, 7, 31), dates={"recommender": date(2026, 8, 31)},
        )


def test_an_unknown_unit_is_refused(database, ids):
    with db.transaction() as session, pytest.raises(Invalid) as error:
        operations.open_batch(
            session, by=sign_in_of(session, "lead@ministry"), programme_key=KEY, name="申报", opens_on=date(2026, 7, 1),
            closes_on=date(2026, 7, 31), dates={"recommender": date(2026, 8, 31)}, entitled=["nobody"],
        )
    assert list(error.value.fields) == ["entitled"]


def sign_in_of(session, login):
    return factories.identity(session, session.scalars(select(Person).where(Person.login == login)).one())
