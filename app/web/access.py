"""Who may call a route. Every route declares it; the application doesn't start with one that doesn't.

    @blueprint.get("/tasks/<public_id>")
    @access.rule(access.roles("clerk", "lead", kinds=("department",)))
    def show(public_id): ...

The rule says which people may come to the page at all (else 403, or the way to the sign-in page). Whether the thing
asked for lies within their division is a question for the queries: what is out of scope isn't found (404).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.errors import NotAllowed, SignInNeeded
from app.people.queries import Identity
from app.people.roles import ROLES

View = TypeVar("View", bound=Callable[..., Any])


class RuleMissing(RuntimeError):
    """A route doesn't say who may call it; put @access.rule(...) right above its function."""


@dataclass(frozen=True)
class Rule:
    """Who may call a route: `public` anybody; `unsettled` whoever is signed in, even before the first password is
    changed or the unit confirmed; `signed_in` everybody after that; `roles` only holders of one of the roles.

    `kinds` are the kinds of unit admitted; empty: all.
    """

    who: str
    roles: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def admits(self, identity: Identity | None) -> bool:
        """Whether somebody (None: nobody signed in) may call the route."""
        if self.who == "public":
            return True
        if identity is None:
            return False
        if self.who == "unsettled":
            return True
        if self.kinds and identity.unit_kind not in self.kinds:
            return False
        settled = identity.unit_status == "active" and not identity.must_change_password
        return settled and (self.who == "signed_in" or identity.has(*self.roles))


public = Rule("public")
signed_in = Rule("signed_in")
unsettled = Rule("unsettled")


def roles(*names: str, kinds: Collection[str] = ()) -> Rule:
    """Holders of one of the roles, in one of the kinds of unit."""
    unknown = set(names) - set(ROLES)
    if unknown or not names:
        raise ValueError(f"no such roles: {unknown or 'none given'}")
    return Rule("roles", frozenset(names), frozenset(kinds))


def rule(who: Rule) -> Callable[[View], View]:
    """Declare who may call a view; stands between the route and the function."""

    def declare(view: View) -> View:
        view.access_rule = who  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The rule of a route, by its endpoint."""
    return getattr(app.view_functions.get(endpoint), "access_rule", None)


def allowed(endpoint: str) -> bool:
    """Whether a route exists and who asks now may call it: for links that lead nowhere otherwise."""
    found = rule_of(current_app, endpoint)
    return found is not None and found.admits(g.get("identity"))


def guard(app: Flask) -> None:
    """Check each request against its route's rule."""
    app.before_request(_check)
    app.add_template_global(allowed, "allowed")


def see_that_every_route_has_a_rule(app: Flask) -> None:
    """Raise RuleMissing where a route lacks a rule. Built files are public."""
    rule(public)(app.view_functions["static"])
    bare = sorted({r.endpoint for r in app.url_map.iter_rules() if rule_of(app, r.endpoint) is None})
    if bare:
        raise RuleMissing(f"{', '.join(bare)}: {RuleMissing.__doc__}")


def _check() -> Response | None:
    if request.url_rule is None:
        return None
    declared = rule_of(current_app, request.endpoint or "")
    if declared is None:
        raise NotAllowed()
    if declared.admits(g.identity):
        return None
    if g.identity is None:
        raise SignInNeeded()
    return _settle(g.identity)


def _settle(identity: Identity) -> Response | None:
    """Lead people to what they must do first; refuse the others."""
    looking = request.method in ("GET", "HEAD")
    if identity.must_change_password:
        if looking:
            return redirect(url_for("auth.password"))
        raise NotAllowed("请先设置新密码，再办理其他事项。")
    if identity.unit_status != "active":
        if looking:
            return redirect(url_for("registration.state"))
        raise NotAllowed("本单位的注册尚未确认，暂时不能办理；请在“注册状态”页查看进度。")
    raise NotAllowed()
