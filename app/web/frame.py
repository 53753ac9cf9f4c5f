"""What every page's frame shows: where one can go, who one is, which language, how days and instants are written."""

import contextlib
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup

from app import clock, db, workdays
from app.errors import Unavailable
from app.notices import queries as letters
from app.people.roles import ROLES
from app.web import access, reckoning
from app.web.assets import asset

NAV = (
    ("待办", "Inbox", "inbox.index"),
    ("办件", "Cases", "cases.index"),
    ("通知", "Notices", "notices.index"),
    ("文书送达", "Letters sent", "notices.issued"),
    ("申报批次", "Calls", "batches.index"),
    ("批量办理", "Collective acts", "acts.index"),
    ("评审专家", "Experts", "experts.index"),
    ("注册审核", "Registrations", "registration.index"),
    ("监测", "Monitoring", "monitoring.index"),
    ("工作日历", "Calendar", "calendars.index"),
    ("流程设计", "Designer", "designer.index"),
    ("单位与人员", "Units and people", "admin.index"),
    ("行政区划", "Divisions", "divisions.index"),
    ("运行", "Running", "running.index"),
    ("留痕", "Trail", "trail.index"),
    ("公示", "Publications", "public.publication_list"),
    ("认定名录", "Register", "public.title_list"),
    ("证书查验", "Verify", "certificates.ask"),
    ("期限计算", "Deadlines", "deadlines.index"),
)
LOOKED_UP = frozenset({"calendars.index", "deadlines.index", "certificates.ask"})
"""Places for looking something up: in the frame while nobody is signed in, else in the menu of the account."""


def furnish(app: Flask) -> None:
    """Give templates what the layout reads, and the filters."""
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["reckoned_at"] = reckoning.address
    app.jinja_env.filters.update(day=day, moment=moment, last_day=last_day)
    app.context_processor(_frame)


def day(value: date | datetime | None) -> str:
    """2026-11-21, in Beijing; nothing for None."""
    if value is None:
        return ""
    return (clock.local(value).date() if isinstance(value, datetime) else value).isoformat()


def last_day(value: date | None, provisional: bool, end_of_day: str = "") -> str:
    """A last day with its mark where it is provisional, as every page must write one; nothing for None."""
    return "" if value is None else workdays.last_day_words(value, provisional, end_of_day)


def moment(value: datetime | None) -> Markup | str:
    """2026-11-21 10:05 on a Beijing wall clock, with the exact instant for machines; nothing for None."""
    if value is None:
        return ""
    local = clock.local(value)
    exact, shown = local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(exact, shown)


def _frame() -> dict[str, Any]:
    identity = g.get("identity")
    person = None
    if identity is not None:
        roles = [role.zh for key, role in ROLES.items() if key in identity.roles]
        person = {"name": identity.name, "unit": identity.unit_name, "roles": roles}
    return {
        "site_name": current_app.config["BANJIAN"].site_name,
        "nav": [
            (zh, en, url_for(endpoint), _is_current(endpoint), _unread() if endpoint == "notices.index" else 0)
            for zh, en, endpoint in NAV
            if access.allowed(endpoint) and (identity is None or endpoint not in LOOKED_UP)
        ],
        "looked_up": [
            (zh, en, url_for(endpoint)) for zh, en, endpoint in NAV
            if endpoint in LOOKED_UP and access.allowed(endpoint)
        ],
        "person": person,
        "account_url": url_for("auth.account"),
        "sign_in_url": url_for("auth.sign_in"),
        "sign_out_url": url_for("auth.sign_out"),
        "home_url": "/",
        "demo": current_app.extensions.get("banjian.demo_banner", lambda: None)(),
        "lang_url": _other_language(),
    }


def _unread() -> int:
    """How many letters wait in the unit's box; a database that is away must not keep the page from being shown."""
    with contextlib.suppress(Unavailable), db.reading() as session:
        return letters.unread(session, g.identity)
    return 0


def _is_current(endpoint: str) -> bool:
    here, there = request.endpoint or "", endpoint
    return here == there or (here.partition(".")[0] == there.partition(".")[0] and not there.startswith("public."))


def _other_language() -> str:
    """The same page in the other language: a query alone, so that nothing in the address can lead elsewhere."""
    other = "zh" if g.get("lang") == "en" else "en"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return "?" + urlencode([*kept, ("lang", other)] if request.method == "GET" else [("lang", other)])
