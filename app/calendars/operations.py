"""Putting an edition in force."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.calendars import queries
from app.calendars.models import CalendarEdition
from app.errors import Gone, Refused
from app.people.queries import Identity


def confirm(session: Session, edition: CalendarEdition, *, by: Identity) -> int:
    """A second person puts a proposed edition in force; the one that held its place is replaced. Returns its revision.

    Raises Gone where it isn't proposed any more, Refused for the person who entered it.
    """
    audit.lock(session, "calendar")
    session.refresh(edition, with_for_update=True)
    if edition.state != "proposed":
        raise Gone("此版工作日历已由他人处理，请刷新页面。")
    if edition.entered_by == by.person_id:
        raise Refused("录入和确认须由两人办理，请由另一位同志确认。")
    place = CalendarEdition.year == edition.year, CalendarEdition.region_code == edition.region_code
    before = session.scalars(select(CalendarEdition).where(*place, CalendarEdition.state == "in_force")).one_or_none()
    revision = queries.next_revision(session)
    if before is not None:
        before.state = "replaced"
        session.flush()
    edition.state, edition.revision = "in_force", revision
    edition.confirmed_by, edition.confirmed_at = by.person_id, clock.now()
    session.flush()
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="confirm_calendar", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"edition": edition.public_id, "year": edition.year, "region": edition.region_code,
                 "number": edition.document_number, "revision": revision},
    )
    return revision
