"""What an administrator may lay hands on, and the trail of it: shared by the verbs about units and about people."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import operations as audit
from app.errors import Gone, NotAllowed, NotFound
from app.people.models import Person, Region, Unit
from app.people.queries import Identity, unit_scope


def unit(session: Session, by: Identity, public_id: str, *roles: str) -> Unit:
    """A unit within reach, locked. Raises NotFound beyond it, NotAllowed without one of the roles (default: admin)."""
    found = session.scalars(
        select(Unit)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Unit.public_id == public_id, unit_scope(by))
        .with_for_update(of=Unit)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound()
    if not by.has(*(roles or ("admin",))):
        raise NotAllowed()
    return found


def person(session: Session, by: Identity, public_id: str) -> tuple[Person, Unit]:
    """A person of a unit within reach, and that unit, both locked. Raises NotFound, NotAllowed."""
    owner = session.scalar(
        select(Unit.public_id).join(Person, Person.unit_id == Unit.id).where(Person.public_id == public_id)
    )
    if owner is None:
        raise NotFound()
    theirs = unit(session, by, owner)
    found = session.scalars(
        select(Person)
        .where(Person.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return found, theirs


def record(session: Session, verb: str, by: Identity | None, about: Unit, **details: Any) -> None:
    """Put a verb about a unit or its people on the unit's trail; `by` None is somebody who isn't signed in."""
    audit.record(
        session,
        chain=f"unit:{about.id}",
        verb=verb,
        person_id=by.person_id if by else None,
        person_name=by.name if by else "",
        unit_name=by.unit_name if by else "",
        details={"unit": about.name, **details},
    )


def see_that_it_changes(before: object, after: object) -> None:
    """Raise Gone where somebody else has already brought about what is asked for."""
    if before == after:
        raise Gone()
