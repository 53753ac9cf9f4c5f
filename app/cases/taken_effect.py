"""What had taken effect before a new calendar came into force: nothing is undone, a person decides and says why."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.calendars.models import CalendarEdition
from app.cases.models import Case
from app.cases.move_models import CalendarMove, CalendarPreview
from app.errors import Gone, Invalid, Refused
from app.people import queries as people
from app.people.queries import Identity

DECISIONS = {"upheld": "维持", "otherwise": "另行处理"}
LISTED_IN_TRAIL = 20


def decide(
    session: Session, edition: CalendarEdition, *, by: Identity, decision: str, reason: str,
    ids: Collection[int] | None = None,
) -> int:
    """Write down what is to become of effects that the new calendar would have dated otherwise; returns how many rows.

    `ids` are rows of the edition's list, None all that are undecided and in the person's sight. The decision
    changes no date: what "otherwise" calls for is done by the verbs of the case. Raises Invalid by field,
    Refused before the edition is in force, Gone where none of the rows is undecided any more.
    """
    wrong = {}
    if decision not in DECISIONS:
        wrong["decision"] = ["请选择“维持”或“另行处理”。"]
    if not reason.strip():
        wrong["reason"] = ["请写明理由；理由会显示在办件的经过中。"]
    if ids is not None and not ids:
        wrong["rows"] = ["请先勾选要决定的期限。"]
    if wrong:
        raise Invalid(wrong)
    made = session.get(CalendarPreview, edition.id)
    if made is None or made.applied_at is None:
        raise Refused("此版工作日历尚未生效，已生效的期限在确认后再作决定。")
    in_sight = select(Case.id).where(people.case_scope(by, Case))
    asked = (
        update(CalendarMove)
        .where(CalendarMove.edition_id == edition.id, CalendarMove.kind == "taken_effect",
               CalendarMove.state == "listed", CalendarMove.decision == "", CalendarMove.case_id.in_(in_sight))
        .values(decision=decision, decision_text=reason.strip(), decided_by=by.person_id, decided_at=clock.now())
        .returning(CalendarMove.deadline_id)
        .execution_options(synchronize_session=False)
    )
    if ids is not None:
        asked = asked.where(CalendarMove.id.in_(ids))
    decided = sorted(session.scalars(asked))
    if not decided:
        raise Gone("这些期限已由他人作出决定，或不在您的管辖范围内；请刷新页面。")
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="decide_taken_effect", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"edition": edition.public_id, "number": edition.document_number, "decision": DECISIONS[decision],
                 "reason": reason.strip(), "count": len(decided), "deadlines": decided[:LISTED_IN_TRAIL]},
    )
    return len(decided)
