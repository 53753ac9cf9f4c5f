"""Letting people in: counting, locking, and saying the same whether somebody exists."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, db
from app.audit.models import AuditEntry
from app.errors import NotAllowed, TooMany
from app.people import attempts, signing_in
from app.people.models import Attempt, Person
from tests import factories

ADDRESS = "203.0.113.7"


@pytest.fixture
def lihua(session):
    return factories.person(session, factories.department(session), "clerk", login="lihua", name="李华")


def try_once(session, *, login="lihua", good=False, address=ADDRESS, **more):
    account = signing_in.look(session, login=login, address=address)
    return signing_in.finish(session, account, good=good, **more)


@pytest.mark.parametrize("login", ["lihua", " LiHua ", "ＬＩＨＵＡ"])
def test_the_login_is_read_without_regard_to_case_and_width(session, lihua, login):
    assert try_once(session, login=login, good=True) is lihua


@pytest.mark.parametrize("login", ["lihua", "nobody"])
@pytest.mark.parametrize(("failures", "locked"), [(4, False), (5, True), (6, True)])
def test_five_failures_lock_an_account_that_exists_and_one_that_does_not(session, lihua, login, failures, locked):
    for _ in range(min(failures, 5)):
        assert try_once(session, login=login) is None

    if locked:
        with pytest.raises(TooMany) as refused:
            try_once(session, login=login, good=True)
        assert 0 < refused.value.wait_seconds <= 15 * 60
    else:
        assert (try_once(session, login=login, good=True) is lihua) == (login == "lihua")


def test_the_right_password_clears_the_count(session, lihua):
    for _ in range(4):
        try_once(session)
    try_once(session, good=True)

    for _ in range(4):
        assert try_once(session) is None
    assert try_once(session, good=True) is lihua


@pytest.mark.parametrize(("minutes", "locked"), [(14.99, True), (15, False), (15.01, False)])
def test_a_lock_lasts_fifteen_minutes(session, lihua, monkeypatch, minutes, locked):
    for _ in range(5):
        try_once(session)
    later = clock.real() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "real", lambda: later)

    if locked:
        with pytest.raises(TooMany):
            try_once(session, good=True)
    else:
        assert try_once(session, good=True) is lihua


def test_failures_far_apart_do_not_lock(session, lihua, monkeypatch):
    start = clock.real()
    for number in range(8):
        monkeypatch.setattr(clock, "real", lambda n=number: start + timedelta(minutes=8 * n))
        assert try_once(session) is None


def test_an_address_is_locked_after_thirty_failures_over_many_accounts(session, lihua):
    for number in range(29):
        try_once(session, login=f"guess{number}")
    assert try_once(session, good=True) is lihua

    try_once(session, login="guess29")
    with pytest.raises(TooMany, match="网络地址"):
        try_once(session, good=True)
    assert try_once(session, good=True, address="203.0.113.8") is lihua


def test_an_administrator_unlocks(session, lihua):
    for _ in range(5):
        try_once(session)

    assert attempts.forget(session, attempts.account_key("LIHUA"))
    assert try_once(session, good=True) is lihua


def test_no_login_that_somebody_typed_is_kept_in_the_clear(session, lihua):
    try_once(session, login="My-Secret-Passw0rd")

    assert not [key for key in session.scalars(select(Attempt.key)) if "secret" in key.lower()]


def test_every_try_is_on_the_trail_with_its_address(session, lihua):
    try_once(session)
    try_once(session, good=True)
    try_once(session, login="nobody")

    entries = session.execute(select(AuditEntry.chain, AuditEntry.verb, AuditEntry.person_name, AuditEntry.details))
    assert sorted((e.chain.split(":")[0], e.verb, e.person_name, e.details["address"]) for e in entries) == [
        ("system", "sign_in_failed", "", ADDRESS),
        ("unit", "sign_in", "李华", ADDRESS),
        ("unit", "sign_in_failed", "李华", ADDRESS),
    ]


@pytest.mark.parametrize("what", ["person", "unit"])
def test_somebody_disabled_learns_it_only_with_the_right_password(session, lihua, what):
    unit = session.get(type(factories.department(session, name="另一单位")), lihua.unit_id)
    (lihua if what == "person" else unit).status = "disabled"
    session.flush()

    assert try_once(session) is None
    with pytest.raises(NotAllowed, match="停用"):
        try_once(session, good=True)


def test_a_password_changed_meanwhile_lets_nobody_in_with_the_old_one(session, lihua):
    account = signing_in.look(session, login="lihua", address=ADDRESS)
    lihua.password_hash = "$another"
    session.flush()

    assert signing_in.finish(session, account, good=True) is None


@pytest.mark.parametrize(("days", "old"), [(89, False), (90, True), (91, True)])
def test_officials_set_a_new_password_after_ninety_days(session, lihua, days, old):
    lihua.password_set_at = clock.real() - timedelta(days=days)
    session.flush()

    assert try_once(session, good=True).must_change_password == old


def test_ninety_days_are_a_setting_and_do_not_concern_institutions(session, lihua):
    applicant = factories.person(session, factories.institution(session), "applicant", login="shenbao")
    for person in (lihua, applicant):
        person.password_set_at = clock.real() - timedelta(days=400)
    session.flush()

    assert not try_once(session, login="shenbao", good=True).must_change_password
    assert not try_once(session, good=True, password_days=0).must_change_password


def test_guesses_sent_side_by_side_get_no_further_than_five(database):
    with db.transaction() as tx:
        factories.person(tx, factories.department(tx), "clerk", login="lihua")
    with db.reading() as session:
        accounts = [signing_in.look(session, login="lihua", address=f"203.0.113.{n}") for n in range(12)]
    compared, refused = [], []

    def guess(account, *, good):
        try:
            with db.transaction() as tx:
                compared.append(signing_in.finish(tx, account, good=good))
        except TooMany:
            refused.append(account)

    threads = [threading.Thread(target=guess, args=(a,), kwargs={"good": False}) for a in accounts[:-1]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    guess(accounts[-1], good=True)

    assert (len(compared), len(refused)) == (5, 7)
    with db.reading() as session:
        assert session.scalars(select(Person.must_change_password)).all() == [False]
