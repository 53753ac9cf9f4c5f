"""What programme.yaml names must exist, and what it sets must make sense together."""

from collections.abc import Iterator
from typing import Any

from app.formschema import Field
from app.programmes import numbers, package
from app.programmes.checks import (
    life_appointments,
    life_changes,
    life_evaluation,
    life_obligations,
    life_renewal,
    life_sanctions,
    life_titles,
    quotas,
    reminders,
    sections,
    stops,
)
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import NEXT_YEAR
from app.programmes.period_rules import DUE
from app.programmes.sections import AFTER_PUBLICATION
from app.programmes.settings import Settings

_FILE = package.SETTINGS


def problems(seen: View) -> Iterator[Problem]:
    """Everything about programme.yaml beyond its schema."""
    settings = seen.settings
    if settings is None:
        return
    yield from _tiers(settings)
    yield from _periods(seen, settings)
    yield from _title(seen, settings)
    yield from _criteria(seen)
    yield from _questions(seen, settings)
    yield from sections.problems(seen, settings)
    yield from quotas.problems(seen, settings)
    yield from reminders.problems(seen, settings)
    yield from stops.problems(seen, settings)
    yield from life_titles.problems(seen, settings)
    yield from life_sanctions.problems(seen, settings)
    yield from life_evaluation.problems(seen, settings)
    yield from life_obligations.problems(seen, settings)
    yield from life_changes.problems(seen, settings)
    yield from life_renewal.problems(seen, settings)
    yield from life_appointments.problems(seen, settings)


def _tiers(settings: Settings) -> Iterator[Problem]:
    if settings.authority.tier not in settings.tiers:
        yield problem(_FILE, "programme.authority.tier", "tier-of-authority", tier=settings.authority.tier)
    for actor in settings.actors.values():
        if actor.tier and actor.tier not in settings.tiers:
            yield problem(_FILE, f"actors.{actor.relation}", "tier-of-actor", key=actor.relation, tier=actor.tier)


def _periods(seen: View, settings: Settings) -> Iterator[Problem]:
    named = dict(_set_periods(seen.written[_FILE]))
    for place, key in named.items():
        if key not in settings.periods:
            yield problem(_FILE, place, "unknown-period", key=key, known="、".join(settings.periods))
        elif settings.periods[key].date_key not in ("", DUE if place.startswith(_DUE_PLACES) else ""):
            yield problem(_FILE, place, "named-by-call", key=key)
    shown = settings.periods.get(settings.publication.period)
    if shown is not None and not shown.public:
        yield problem(_FILE, f"periods.{shown.key}", "not-public")
    used = set(named.values()) | set(_named_periods(seen))
    for key, rule in settings.periods.items():
        for place, named_day in (("amount", rule.date_key), ("within", rule.within)):
            if named_day and named_day not in settings.batches.dates and (place, named_day) != ("amount", DUE):
                known = "、".join(settings.batches.dates) or "（无）"
                yield problem(_FILE, f"periods.{key}.{place}", "unknown-date", key=named_day, known=known)
        if rule.period and rule.period.first_day_counts and not rule.ours:
            yield problem(_FILE, f"periods.{key}.first_day_counts", "shortened")
        if seen.all_drawn and key not in used and rule.starts != "reference_day":
            yield problem(_FILE, f"periods.{key}", "unused-period")


# Where programme.yaml names a period: the sections, and the settings in them.
_SECTIONS = ("title", "publication", "service", "expert_review", "obligations", "sanctions", "evaluation",
             "appointments", "changes", "rectification")
_DUE_PLACES = ("obligations.", "title.renewal.window")
"""Where a period may be named whose day the case names."""
_NAMES = {
    *("period", "validity", "handling", "deemed", "opens", "window", "review_after", "due", "grace", "correction"),
    *("hearing", "rectification", "appeal", "notice"),
    *("hearing", "rectification", "rating"),
    "until",
}
_DAYS = {"evaluation.opens"}
"""Settings of such a name that are a day of the year and no period."""


def _set_periods(written: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, key) of every period that a section names."""
    for section in _SECTIONS:
        yield from _periods_in(written.get(section, {}), section)


def _periods_in(value: Any, place: str) -> Iterator[tuple[str, str]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, found in inner:
        where = f"{place}.{name}"
        if name in _NAMES and where not in _DAYS:
            keys = found if isinstance(found, list) else [found]
            yield from ((where, key) for key in keys if isinstance(key, str) and (name, key) != ("until", NEXT_YEAR))
        else:
            yield from _periods_in(found, where)


def _named_periods(seen: View) -> Iterator[str]:
    for nodes in seen.nodes.values():
        for node in nodes.values():
            yield node.properties.get("period", "")
            yield node.properties.get("dated", "").partition("=")[2]
            yield node.period or ""


def _title(seen: View, settings: Settings) -> Iterator[Problem]:
    if fault := numbers.fault_of(settings.title.number):
        yield problem(_FILE, "title.number", "bad-number", reason=fault)
    title = settings.title
    if title.granted_on != AFTER_PUBLICATION:
        yield from _answer(seen, "title.granted_on", title.granted_on, kind="datetime", wanted="日期")
    if title.document_number is not None:
        yield from _answer(seen, "title.document_number", title.document_number, kind="textfield", wanted="单行文本")


def _answer(seen: View, place: str, path: str, *, kind: str, wanted: str) -> Iterator[Problem]:
    """A field that the programme's words will look for: it must be there in every answer."""
    form, _, key = path.partition(".")
    if form in seen.broken_forms:
        return
    if form not in seen.forms:
        yield problem(_FILE, place, "unknown-form", key=form)
        return
    field: Field | None = seen.forms[form].field(key)
    if field is None:
        yield problem(_FILE, place, "unknown-field", form=form, key=key)
    elif field.kind != kind or not field.required or field.conditions:
        yield problem(_FILE, place, "wrong-field", key=key, wanted=wanted)


def _criteria(seen: View) -> Iterator[Problem]:
    named = seen.written[_FILE].get("criteria")
    if named is None:
        return
    if f"forms/{named['form']}.json" not in seen.files:
        yield problem(_FILE, "criteria.form", "unknown-form", key=named["form"])
    if f"{named['table']}.dmn" not in seen.files:
        yield problem(_FILE, "criteria.table", "unknown-table", key=named["table"])
    elif named["table"] in seen.tables and seen.tables[named["table"]].kind != "criteria":
        yield problem(_FILE, "criteria.table", "not-criteria", key=named["table"])


def _questions(seen: View, settings: Settings) -> Iterator[Problem]:
    for question in settings.ask:
        if question.set and not seen.has(question.set):
            yield problem(_FILE, f"ask.{question.id}.set", "unknown-carrier", key=question.set)
