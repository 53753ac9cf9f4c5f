"""单位沿革: who may enter one, what is refused at its field, and the page."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.errors import Invalid, NotAllowed, NotFound
from app.titles import bans, successors
from app.titles.models import Successor
from tests import factories, sample
from tests.browsing import Browser, errors, seen

OLD, NEW = factories.credit_code(9_000_001), factories.credit_code(9_000_002)


@pytest.fixture
def world(app: Flask, clock_at: Callable[[str], None]) -> factories.World:
    """The small world with the city's programme; Monday 21 September 2026."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        made = factories.world(session)
        sample.deploy(session)
    return made


def enter(world: factories.World, login: str = "clerk@city", **changes: object) -> Successor:
    given = {"before_code": OLD, "before_name": "老名称公司", "after_code": NEW, "after_name": "新名称公司",
             "kind": "renamed", "changed_on": date(2026, 9, 1), "evidence": "登记机关变更通知书", **changes}
    with db.transaction() as session:
        return successors.enter_successor(session, by=world.identity(session, login), **given)


def test_an_authority_enters_one_with_evidence_and_the_trail_keeps_it(world):
    made = enter(world, before_code=OLD.lower())

    assert (made.before_code, made.evidence) == (OLD, "登记机关变更通知书")
    with db.reading() as session:
        assert bans.followers(session, OLD) == {NEW}
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "enter_successor")).one()
    assert NEW in entry.details["after"]


@pytest.mark.parametrize("login", ["clerk@county", "clerk@province", "auditor@city", "applicant@institution"])
def test_nobody_else_may(world, login):
    with pytest.raises(NotAllowed):
        enter(world, login)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"before_code": OLD[:-1] + ("0" if OLD[-1] != "0" else "1")}, "before_code"), ({"after_code": OLD}, "after_code"),
     ({"changed_on": date(2026, 9, 22)}, "changed_on"), ({"evidence": " "}, "evidence"), ({"kind": "sold"}, "kind"),
     ({"after_name": ""}, "after_name"), ({"evidence": "据" * 501}, "evidence")],
)
def test_what_can_not_be_is_refused_at_its_field(world, changes, field):
    with pytest.raises(Invalid) as invalid:
        enter(world, **changes)
    assert list(invalid.value.fields) == [field]


def test_neither_twice_nor_round_in_a_ring(world):
    third = factories.credit_code(9_000_003)
    enter(world)
    enter(world, before_code=NEW, after_code=third)
    with pytest.raises(Invalid, match="填写的内容有误"):
        enter(world)
    for before in (NEW, third):
        with pytest.raises(Invalid) as invalid:
            enter(world, before_code=before, after_code=OLD)
        assert "互为后继" in invalid.value.fields["after_code"][0]


def test_an_entry_made_in_error_is_taken_back_with_a_reason_and_may_be_entered_again(world):
    made = enter(world)
    with db.transaction() as session:
        by = world.identity(session, "lead@city")
        with pytest.raises(Invalid):
            successors.remove_successor(session, made.public_id, by=by, reason=" ")
        successors.remove_successor(session, made.public_id, by=by, reason="两家同名")
        with pytest.raises(NotFound):
            successors.remove_successor(session, made.public_id, by=by, reason="再次")

    with db.reading() as session:
        assert bans.followers(session, OLD) == set()
    assert enter(world).removed_at is None


def test_the_page_lists_and_takes_entries_and_keeps_what_was_typed(world, client: Browser):
    client.sign_in("clerk@city")
    typed = {"before_code": OLD, "before_name": "老名称公司", "after_code": NEW, "after_name": "新名称公司",
             "kind": "merged", "changed_on": "2026-02-30", "evidence": "合并协议"}

    answer = client.submit("/titles/successors", typed)

    assert answer.status_code == 422
    assert "changed_on" in errors(answer)
    assert "合并协议" in answer.get_data(as_text=True)
    assert client.submit("/titles/successors", {**typed, "changed_on": "2026-02-28"}).status_code == 303
    page = client.get("/titles/successors?q=新名称")
    assert "老名称公司" in seen(page)
    assert "合并" in seen(page)


def test_other_departments_read_it_without_the_form(world, client: Browser):
    enter(world)
    client.sign_in("auditor@county")

    page = client.page("/titles/successors")

    assert "老名称公司" in page.get_text()
    assert page.select_one("form.card-form") is None
    assert client.submit("/titles/successors", {}).status_code == 403


def test_taking_back_needs_a_reason_on_the_page(world, client: Browser):
    made = enter(world)
    client.sign_in("lead@city")
    path = f"/titles/successors/{made.public_id}/remove"

    assert client.submit(path, {"reason": ""}).status_code == 422
    assert client.submit(path, {"reason": "两家同名"}).status_code == 303
    assert "已撤销" in seen(client.get("/titles/successors"))
