"""The demonstration's own doors: moving legal time, changing to another account. Not there in a real installation."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app import clock, db, workdays
from app.audit import operations as audit
from app.errors import Invalid, NotFound
from app.people import queries as people
from app.web import access, redirects, security

demonstration = Blueprint("demonstration", __name__, url_prefix="/demonstration")


@demonstration.record
def _add_banner(state: BlueprintSetupState) -> None:
    state.app.extensions["banjian.demo_banner"] = banner


MOVES = (
    ("hour", "向后 1 小时"), ("day", "向后 1 天"), ("working_day", "到下一个工作日"), ("week", "向后 7 天"),
    ("month", "向后 30 天"), ("year", "向后 365 天"),
)
_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
          "month": timedelta(days=30), "year": timedelta(days=365)}
FURTHEST_YEAR = 2090


@demonstration.get("/clock")
@access.rule(access.public)
def show() -> str:
    """Where legal time stands and who one is, and what can be done with both."""
    return render_template("demonstration/clock.html", real=clock.real(), **banner())


@demonstration.get("/styleguide")
@access.rule(access.public)
def styleguide() -> str:
    """Every component once, with sample data."""
    return render_template("styleguide.html", today=clock.today(), now=clock.now())


@demonstration.post("/clock")
@access.rule(access.public)
def move() -> Response:
    """Move legal time forward. It never goes back: what has taken effect stays."""
    by = request.form.get("by", "")
    if by not in dict(MOVES):
        raise Invalid({"by": ["请从列表中选择要移动的时间。"]})
    with db.transaction() as tx:
        before = clock.now()
        after = before + _span(by)
        if clock.local(after).year > FURTHEST_YEAR:
            raise Invalid({"by": [f"演示时间不能晚于 {FURTHEST_YEAR} 年。"]})
        db.move_clock(tx, after - clock.real())
        identity = g.identity
        audit.record(
            tx, chain="system", verb="move_clock", person_id=identity.person_id if identity else None,
            person_name=identity.name if identity else "演示用户", unit_name=identity.unit_name if identity else "",
            details={"from": before.isoformat(), "to": after.isoformat()},
        )
    clock.move(after - clock.real())
    flash(f"法定时间已移到 {clock.local(after):%Y-%m-%d %H:%M}，到期的事项会在几秒内办理。", "success")
    return redirect(redirects.back(url_for(".show")), 303)


@demonstration.post("/account")
@access.rule(access.public)
def switch() -> Response:
    """Sign in as another of the demonstration's accounts without a password."""
    login = request.form.get("account", "")
    with db.transaction() as tx:
        person = people.person_by_login(tx, login)
        if person is None or login not in dict(accounts()):
            raise NotFound("没有这个演示账号。")
        security.sign_in(tx, person)
    return redirect(url_for("public.index"), 303)


def banner() -> dict[str, Any]:
    """What the layout's banner shows."""
    ahead = clock.now() - clock.real()
    moved = f"比真实时间快 {ahead.days} 天" if ahead >= timedelta(days=1) else ""
    return {
        "now": clock.now(), "moved": moved, "moves": MOVES, "move_url": url_for("demonstration.move"),
        "accounts": accounts(), "account": _current_account(),
        "switch_url": url_for("demonstration.switch"), "page_url": url_for("demonstration.show"),
    }


def accounts() -> list[tuple[str, str]]:
    """The demonstration's accounts: login and what to show of each."""
    cached = current_app.extensions.get("banjian.demonstration.accounts")
    if cached is None:
        with db.reading() as reader:
            cached = [(row.login, f"{row.unit_name} · {row.name}") for row in people.all_people(reader, limit=100)]
        current_app.extensions["banjian.demonstration.accounts"] = cached
    return cached


def _current_account() -> str:
    if g.get("identity") is None:
        return ""
    label = f"{g.identity.unit_name} · {g.identity.name}"
    return next((login for login, shown in accounts() if shown == label), "")


def _span(by: str) -> timedelta:
    if by != "working_day":
        return _SPANS[by]
    calendar, day = workdays.book_in_use().national, clock.today() + timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return clock.day_start(day) + timedelta(hours=9) - clock.now()
