"""F7: the same thing sent twice, at the same moment. It happens once, and the other answer says so."""

from collections import Counter

import pytest
from sqlalchemy import select

from app import clock, db
from app.batches import operations as batches
from app.batches.models import Application
from app.cases.models import Act, ActRow
from app.errors import Gone
from app.publications.models import Publication, PublicationEntry
from tests import factories, sample
from tests.browsing import seen
from tests.races import office as offices
from tests.races.racing import Side, race, winners

pytestmark = pytest.mark.fault

ROUNDS = 50


def test_a_form_posted_twice_at_once_is_answered_409_the_second_time(app, office, told):
    cases = offices.open_cases(office, "timed", ROUNDS)
    tasks = offices.open_tasks(cases)
    names = {login: office[login].name for login in ("clerk@county", "second@county")}
    browsers = {login: _signed_in(app, login) for login in names}

    ends = race(*(
        Side(login, lambda n, login=login: _post(browsers[login], f"/tasks/{tasks[n]}", opinion="同意。"))
        for login in names
    ), rounds=ROUNDS)

    won = winners(ends, told=told, title="two officials post one form", sides=tuple(names))
    assert offices.steps(cases, "complete_task") == offices.answers(cases) == Counter(cases)
    for pair, winner in zip(ends, won, strict=True):
        answer = seen(pair[1 - winner].value.response)
        assert pair[1 - winner].value.response.status_code == 409
        assert list(names.values())[winner] in answer
        assert f"{clock.local(clock.now()):%Y-%m-%d %H:%M}" in answer
    offices.see_that_all_holds()


@pytest.mark.parametrize("same_person", [True, False])
def test_an_act_confirmed_twice_at_once_stands_once(office, told, same_person):
    cases = offices.open_at_listing(office, ROUNDS)
    logins = ("lead@city", "lead@city" if same_person else "second@city")

    ends = race(*(
        Side(f"copy {copy}", lambda n, login=login: sample.confirm([cases[n]], by=office[login], answers=sample.LIST))
        for copy, login in enumerate(logins, start=1)
    ), rounds=ROUNDS)

    title = f"an act confirmed twice, {'one lead' if same_person else 'two leads'}"
    won = winners(ends, told=told, title=title, sides=("copy 1", "copy 2"))
    for pair, winner in zip(ends, won, strict=True):
        error = pair[1 - winner].error
        assert isinstance(error, Gone)
        assert (error.who, error.at) == (office[logins[winner]].name, clock.now())
    with db.reading() as session:
        assert Counter(session.scalars(select(ActRow.case_id))) == Counter(cases)
        assert Counter(session.scalars(select(PublicationEntry.case_id))) == Counter(cases)
        assert [len(session.scalars(select(model.id)).all()) for model in (Act, Publication)] == [ROUNDS, ROUNDS]
    offices.see_that_all_holds()


def test_an_application_sent_twice_at_once_opens_one_case(office, told):
    with db.transaction() as session:
        batch = sample.open_batch(session, by=office["clerk@city"])
        who = [factories.person(session, factories.institution(session), "applicant") for _ in range(ROUNDS)]
        identities = [factories.identity(session, person) for person in who]

    ends = race(*(Side(f"copy {copy}", lambda n: _apply(batch, identities[n])) for copy in (1, 2)), rounds=ROUNDS)

    winners(ends, told=told, title="an application sent twice at once", sides=("copy 1", "copy 2"))
    with db.reading() as session:
        applied = session.scalars(select(Application.applicant_id)).all()
    assert Counter(applied) == Counter(identity.unit_id for identity in identities)
    assert all("申报" in end.error.message for pair in ends for end in pair if not end.won)
    offices.see_that_all_holds()


class _Answered:
    """An HTTP answer that counts as won where it is a redirect."""

    def __init__(self, response):
        self.response = response

    def __bool__(self):
        return self.response.status_code == 303


def _signed_in(app, login):
    browser = app.test_client()
    browser.sign_in(login)
    return browser, browser.csrf_token()


def _post(browser, path, **fields):
    client, token = browser
    return _Answered(client.post(path, data={"csrf_token": token, "_do": "complete", **fields}))


def _apply(batch, identity):
    with db.transaction() as session:
        return batches.apply(session, batch, by=identity)
