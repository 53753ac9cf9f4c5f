"""The page of a title: its line in time, what happened with clause and document, what somebody may begin and note."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import g, render_template, request, url_for
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import queries as cases
from app.certificates import queries as certificates
from app.errors import Invalid
from app.lives import queries as lives
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.titles import by_hand, notes, recommending, showcase, standing
from app.titles import queries as titles
from app.web import life_line

WIDE, NARROW = 1_080, 350


def page(
    public_id: str, *, errors: Mapping[str, Sequence[str]] | None = None, typed: Mapping[str, str] | None = None,
    at: str = "",
) -> str:
    """The page as the one who asks may see it. `errors` and `typed` belong to the form `at` ("note", a note's id)."""
    on, known_on = _day("on"), _day("known_on")
    with db.reading() as session:
        seen = lives.life(session, public_id, g.identity)
        title = seen.title
        unit = session.get_one(Unit, title.holder_id)
        case = cases.case_if_seen(session, g.identity, title.case_id) if g.identity is not None else None
        shown = SimpleNamespace(
            seen=seen, rows=[SimpleNamespace(**vars(item), number=n) for n, item in enumerate(seen.items)], unit=unit,
            recommender=_recommender(session, seen), practices=showcase.listing(session, title_id=title.id)[0],
            may_publish=showcase.may_publish(session, title, g.identity),
            region=session.get_one(Region, unit.region_code).name if unit.region_code else "",
            records=titles.records(session, title.id) if seen.inside else [],
            notes=notes.of_title(session, title.id) if seen.inside else [],
            outstanding=_outstanding(session, title.id),
            offers=by_hand.offers(session, title, g.identity) if g.identity is not None else [],
            kinds=[(key, notes.KINDS[key]) for key in notes.may_add(session, title, g.identity)],
            certified=g.identity is not None and certificates.is_in_sight(session, g.identity, public_id),
            answer=lives.on_day(session, title, on=on or clock.today(), known_on=known_on) if on or known_on else None,
            case_url=url_for("cases.show", public_id=case.public_id) if case else "",
        )
    if g.identity is not None and seen.inside and g.identity.has("auditor"):
        _log(g.identity, title.number)
    today = clock.today()
    lines = [
        life_line.line(seen.items, seen.stretches, valid_until=title.valid_until, today=today, width=width)
        for width in (WIDE, NARROW)
    ]
    return render_template(
        "public/title.html", title=title, shown=shown, today=today,
        status=standing.shown(title.status, title.valid_until, today), answer=shown.answer, on=on or today,
        known_on=known_on,
        wide=lines[0], narrow=lines[1], classes=_classes(title, seen.programme), statuses=standing.STATUSES,
        clauses=_clauses(seen), note_kinds=notes.KINDS, errors=errors or {}, typed=typed or {}, at=at,
        may_take_back=lambda note: g.identity is not None and note.unit_id == g.identity.unit_id
        and g.identity.has(*notes.ROLES),
    )


def _recommender(session: Session, seen: lives.Seen) -> str:
    """Who answers for the title as its recommender; "" where it has none or has ended."""
    if seen.title.status in standing.ENDS:
        return ""
    found = recommending.recommender_of(session, seen.programme, seen.title)
    return session.get_one(Unit, found).name if found is not None else ""


def _outstanding(session: Session, title_id: int) -> bool:
    return any(note.kind == notes.OUTSTANDING for note in notes.of_title(session, title_id))


def _log(identity: Identity, number: str) -> None:
    """What an auditor looked at is on record itself."""
    with db.transaction() as session:
        audit.record(
            session, chain=f"unit:{identity.unit_id}", verb="read_title", person_id=identity.person_id,
            person_name=identity.name, unit_name=identity.unit_name, details={"number": number},
        )


def _clauses(seen: lives.Seen) -> dict[str, dict[str, str]]:
    """The clauses that the items name, with what they say, in the order of the programme's list."""
    named = {item.clause for item in seen.items if item.clause}
    return {
        key: {"article": str(words.get("article", "")), "says": str(words.get("says", ""))}
        for key, words in seen.programme.clauses.items() if key in named
    }


def _classes(title: Any, programme: Programme) -> list[tuple[str, str]]:
    """The title's classes under their names, in the programme's order."""
    named = {key: rule.name for key, rule in programme.title.classes.items()}
    return [(named.get(key) or key, words) for key, words in title.classes.items()]


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: ["日期不正确，请写成 2026-11-20 的样子。"]}) from None
