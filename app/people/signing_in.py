"""Signing in. What is slow (the hash) happens between two short transactions: `look`, the password, `finish`.

Whether an account exists shows neither in the words nor in the time: unknown names are counted, locked, hashed and put
on record like known ones.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.errors import NotAllowed, TooMany
from app.people import attempts, queries, reach, sessions
from app.people.models import Person, Unit
from app.people.queries import Identity

PASSWORD_DAYS = 90
"""After so many days officials set a new password. Source: GB/T 22239 8.1.4.1 a; ASVS 5.0 6.2.10 advises against it."""


@dataclass(frozen=True)
class Account:
    """What is to be compared with the password typed; `person_id` is None where nobody has this login."""

    login: str
    address: str
    person_id: int | None
    password_hash: str


def look(session: Session, *, login: str, address: str) -> Account:
    """Find the account of a login. Raises TooMany while the login or the address is locked."""
    _see_that_it_is_open(session, login, address)
    person = queries.person_by_login(session, login)
    if person is None:
        return Account(login, address, None, "")
    return Account(login, address, person.id, person.password_hash)


def finish(
    session: Session, account: Account, *, good: bool, password_days: int = PASSWORD_DAYS, verb: str = "sign_in"
) -> Person | None:
    """Let the person in, or count the failure and return None. `verb` is what the trail says that the password was for.

    Every try is counted first and forgotten when it was good: the count is one row, so guesses sent side by side queue
    there and get no further than one after the other. Raises TooMany, and NotAllowed for somebody with the right
    password whose account or unit is disabled.
    """
    _see_that_it_is_open(session, account.login, account.address)
    if attempts.fail(session, attempts.account_key(account.login), most=attempts.PER_ACCOUNT) > attempts.PER_ACCOUNT:
        raise TooMany(wait_seconds=int(attempts.WINDOW.total_seconds()))
    person = _locked(session, account.person_id) if good and account.person_id is not None else None
    if person is None or person.password_hash != account.password_hash:
        _refuse(session, account, verb)
        return None
    unit = session.get_one(Unit, person.unit_id)
    if person.status == "disabled" or unit.status == "disabled":
        raise NotAllowed("该账号或所在单位已停用。请联系本单位或上级单位的管理员。")
    if _is_old(person, unit, password_days):
        person.must_change_password = True
    attempts.forget(session, attempts.account_key(account.login))
    _record(session, verb, unit, person, address=account.address)
    session.flush()
    return person


def sign_out(session: Session, by: Identity, session_id: str) -> None:
    """End the session with which somebody is signed in."""
    sessions.end(session, session_id)
    reach.record(session, "sign_out", by, session.get_one(Unit, by.unit_id))


def fail_at(session: Session, address: str) -> None:
    """Count a wrong one-time code against the address that it came from."""
    attempts.fail(session, attempts.address_key(address), most=attempts.PER_ADDRESS)


def see_that_address_is_open(session: Session, address: str, *, what: str = "address") -> None:
    """Raise TooMany while an address is locked."""
    seconds = attempts.seconds_left(session, attempts.address_key(address, what=what))
    if seconds:
        raise TooMany(_pause("来自该网络地址的尝试次数过多", seconds), wait_seconds=seconds)


def _see_that_it_is_open(session: Session, login: str, address: str) -> None:
    seconds = attempts.seconds_left(session, attempts.account_key(login))
    if seconds:
        message = _pause("登录名或密码连续多次不正确，已暂停登录", seconds) + "也可以请单位管理员解除。"
        raise TooMany(message, wait_seconds=seconds)
    see_that_address_is_open(session, address)


def _pause(what: str, seconds: int) -> str:
    return f"{what}，请在 {-(-seconds // 60)} 分钟后再试。"


def _locked(session: Session, person_id: int) -> Person:
    return session.scalars(
        select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _is_old(person: Person, unit: Unit, password_days: int) -> bool:
    if not password_days or unit.kind == "institution":
        return False
    return person.password_set_at <= clock.real() - timedelta(days=password_days)


def _refuse(session: Session, account: Account, verb: str) -> None:
    person = session.get(Person, account.person_id) if account.person_id is not None else None
    unit = session.get_one(Unit, person.unit_id) if person else None
    _record(session, f"{verb}_failed", unit, person, address=account.address)
    attempts.fail(session, attempts.address_key(account.address), most=attempts.PER_ADDRESS)


def _record(session: Session, verb: str, unit: Unit | None, person: Person | None, **details: str) -> None:
    audit.record(
        session,
        chain=f"unit:{unit.id}" if unit else "system",
        verb=verb,
        person_id=person.id if person else None,
        person_name=person.name if person else "",
        unit_name=unit.name if unit else "",
        details=details,
    )
