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
    ("称号管理", "Titles", "titles"),
    ("注册审核", "Registrations", "registration.index"),
    ("会员名录", "Members", "members.index"),
    ("监测", "Monitoring", "monitoring.index"),
    ("工作日历", "Calendar", "calendars.index"),
    ("流程设计", "Designer", "designer.index"),
    ("单位与人员", "Units and people", "admin.index"),
    ("行政区划", "Divisions", "divisions.index"),
    ("运行", "Running", "running.index"),
    ("留痕", "Trail", "trail.index"),
    ("公示", "Publications", "public.publication_list"),
    ("通报", "Circulars", "public.circular_list"),
    ("认定名录", "Register", "public.title_list"),
    ("服务目录", "Catalogue", "catalogue.index"),
    ("典型做法", "Good practice", "practices.index"),
    ("证书查验", "Verify", "certificates.ask"),
    ("期限计算", "Deadlines", "deadlines.index"),
)
LIFE = (
    ("报送情况", "Reports", "obligations.index"),
    ("推荐的平台", "Platforms", "platforms.index"),
    ("服务情况分析", "Figures", "analysis.index"),
    ("年度评价", "Evaluations", "evaluations.index"),
    ("变更报备", "Changes", "changes.index"),
    ("到期和延续", "Ends and renewals", "renewals.index"),
    ("处理", "Sanctions", "sanctions.index"),
    ("抽查", "Samples", "samples.index"),
    ("服务预约", "Appointments", "appointments.index"),
    ("产品和案例", "Our services", "services.index_own"),
)
"""What happens in the life of titles. Who has several of these places finds them under one entry of the frame, and on
each of them a line that leads to the others."""
TITLES = "titles"
FEW = 3
LOOKED_UP = frozenset({"calendars.index", "deadlines.index", "certificates.ask", "catalogue.index",
                       "public.circular_list", "practices.index"})
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
    places, of_titles = _places()
    return {
        "site_name": current_app.config["BANJIAN"].site_name,
        "nav": [
            (zh, en, url_for(endpoint), current, _unread() if endpoint == "notices.index" else 0)
            for zh, en, endpoint, current in places if identity is None or endpoint not in LOOKED_UP
        ],
        "of_titles": of_titles,
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


def _places() -> tuple[list[tuple[str, str, str, bool]], list[tuple[str, str, str, bool]]]:
    """Where one can go: (zh, en, endpoint, whether one is there). And, on a place of LIFE where they share one entry,
    these: (zh, en, address, whether one is there)."""
    life = [(zh, en, endpoint) for zh, en, endpoint in LIFE if access.allowed(endpoint)]
    here = any(_is_current(endpoint) for _zh, _en, endpoint in life)
    places: list[tuple[str, str, str, bool]] = []
    for zh, en, endpoint in NAV:
        if endpoint != TITLES:
            places += [(zh, en, endpoint, _is_current(endpoint))] if access.allowed(endpoint) else []
        elif len(life) > FEW:
            places.append((zh, en, life[0][2], here))
        else:
            places += [(*place, _is_current(place[2])) for place in life]
    shared = [(zh, en, url_for(endpoint), _is_current(endpoint)) for zh, en, endpoint in life]
    return places, shared if here and len(life) > FEW else []


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
