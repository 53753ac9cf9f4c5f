"""Rules of routes: none is missing, and each admits whom it says."""

import pytest
from flask import Flask

from app.people.queries import Identity
from app.web import access

BASE = {
    "person_id": 1, "public_id": "p", "login": "l", "name": "李华", "unit_id": 1, "unit_public_id": "u",
    "unit_name": "某局", "unit_kind": "department", "unit_status": "active", "tier": "county", "region_code": "130636",
    "province_code": "130000", "city_code": "130600", "county_code": "130636", "must_change_password": False,
}


def somebody(*roles, **more):
    return Identity(**(BASE | more), roles=frozenset(roles))


CLERK_OF_DEPARTMENT = access.roles("clerk", "lead", kinds=("department",))


@pytest.mark.parametrize(
    ("rule", "identity", "admitted"),
    [
        (access.public, None, True),
        (access.public, somebody(unit_status="pending"), True),
        (access.unsettled, None, False),
        (access.unsettled, somebody(must_change_password=True), True),
        (access.unsettled, somebody(unit_status="refused"), True),
        (access.signed_in, None, False),
        (access.signed_in, somebody(), True),
        (access.signed_in, somebody("clerk", must_change_password=True), False),
        (access.signed_in, somebody(unit_status="pending"), False),
        (CLERK_OF_DEPARTMENT, None, False),
        (CLERK_OF_DEPARTMENT, somebody("clerk"), True),
        (CLERK_OF_DEPARTMENT, somebody("lead", "designer"), True),
        (CLERK_OF_DEPARTMENT, somebody("designer"), False),
        (CLERK_OF_DEPARTMENT, somebody(), False),
        (CLERK_OF_DEPARTMENT, somebody("clerk", unit_kind="association"), False),
        (CLERK_OF_DEPARTMENT, somebody("clerk", must_change_password=True), False),
        (access.roles("clerk"), somebody("clerk", unit_kind="association"), True),
    ],
)
def test_a_rule_admits_whom_it_says(rule, identity, admitted):
    assert rule.admits(identity) == admitted


@pytest.mark.parametrize("names", [(), ("king",), ("clerk", "king")])
def test_a_rule_names_real_roles(names):
    with pytest.raises(ValueError, match="roles"):
        access.roles(*names)


def test_a_route_without_a_rule_stops_the_application():
    app = Flask("bare")
    app.add_url_rule("/open", "open", access.rule(access.public)(lambda: ""))
    access.see_that_every_route_has_a_rule(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(access.RuleMissing, match="forgotten"):
        access.see_that_every_route_has_a_rule(app)


def test_every_view_that_shows_a_thing_of_somebody_is_guarded_by_more_than_signing_in(app):
    """`signed_in` alone would let an institution ask for anything."""
    loose = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.arguments and access.rule_of(app, rule.endpoint) in (access.signed_in, access.unsettled)
    ]

    assert loose == ["/account/sessions/<public_id>/end"]
