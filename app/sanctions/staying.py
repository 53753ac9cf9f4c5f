"""停止执行: a review or a lawsuit holds a sanction, with its document, until it is lifted; or does away with it.

While a stay runs the decision can't be taken; a decision that has taken effect is held, and its ban with it.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import steps
from app.cases.models import Case
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.sanctions import deciding, recommenders
from app.sanctions.models import ANNULLERS, STAYS, Sanction, SanctionAnnulment, SanctionStay
from app.titles import bans, changing
from app.titles.models import Ban, TitleEvent

LONGEST_DOCUMENT, LONGEST_REASON = 100, 500


def enter_stay(
    session: Session, sanction_public_id: str, *, by: Identity, kind: str, document: str, since: date | None,
    document_id: int | None = None,
) -> SanctionStay:
    """登记停止执行: `document` is the number of the court's or the reviewing authority's document, `since` the day from
    which it holds the sanction. `document_id` is that document, uploaded before.

    Raises NotFound, NotAllowed for anybody but the authority that decides, Invalid by field, Gone where one runs
    already, Refused for a sanction that was dropped, annulled, or died with its title.
    """
    sanction = _locked(session, sanction_public_id, by)
    if sanction.status not in ("proposed", "imposed"):
        said = "已经撤销" if sanction.status == "annulled" else "没有作出"
        raise Refused(f"本处理{said}，无须停止执行。", clause=sanction.clause)
    running = deciding.running_stay(session, sanction.id)
    if running is not None:
        who = people.person_name(session, running.person_id)
        at = clock.local(running.recorded_at)
        said = f"{who}已于 {at:%Y-%m-%d %H:%M} 登记停止执行（{running.document}），恢复执行后才能再次登记。"
        raise Gone(said, who=who, at=running.recorded_at)
    wrong: dict[str, list[str]] = {}
    if kind not in STAYS:
        wrong["kind"] = [f"请选择：{'、'.join(STAYS.values())}。"]
    if not document.strip():
        wrong["document"] = ["请填写停止执行的文书名称和文号。"]
    elif len(document.strip()) > LONGEST_DOCUMENT:
        wrong["document"] = [f"文号超过 {LONGEST_DOCUMENT} 字，请缩短。"]
    if since is None:
        wrong["since"] = ["请填写停止执行的日期，例如 2026-11-20。"]
    elif since > clock.today():
        wrong["since"] = ["日期不能晚于今天，请改正。"]
    if wrong:
        raise Invalid(wrong)
    assert since is not None
    stay = SanctionStay(
        public_id=db.public_id(), sanction_id=sanction.id, kind=kind, document=document.strip(),
        document_id=document_id, since=since, person_id=by.person_id, recorded_at=clock.now(), lifted_at=None,
        lifted_by=None,
    )
    session.add(stay)
    session.flush()
    _hold(session, sanction, stay, by)
    _record(session, sanction, "enter_stay", by, kind=STAYS[kind], document=stay.document, since=since.isoformat())
    return stay


def lift_stay(
    session: Session, sanction_public_id: str, *, by: Identity, reason: str, document: str,
    document_id: int | None = None,
) -> SanctionStay:
    """恢复执行: the stay is over, for a reason and with a document; what it held goes on from today.

    Raises NotFound, NotAllowed, Invalid by field, Gone where nothing stays the sanction any more.
    """
    sanction = _locked(session, sanction_public_id, by)
    stay = deciding.running_stay(session, sanction.id)
    if stay is None:
        raise Gone("本处理现在没有停止执行。")
    wrong = _reason_and_document(
        reason, document, "请写明恢复执行的理由。", "请填写恢复执行所依据的文书名称和文号。"
    )
    if wrong:
        raise Invalid(wrong)
    stay.lifted_at, stay.lifted_by, stay.lift_reason = clock.now(), by.person_id, reason.strip()
    stay.lift_document, stay.lift_document_id = document.strip(), document_id
    session.flush()
    _resume(session, sanction, stay, by)
    _record(session, sanction, "lift_stay", by, reason=stay.lift_reason, document=stay.lift_document)
    return stay


def annul(
    session: Session, sanction_public_id: str, *, by: Identity, kind: str, document: str, reason: str,
    document_id: int | None = None,
) -> SanctionAnnulment:
    """撤销处理: a review, a court or the authority itself (`kind`, of ANNULLERS) does away with an imposed sanction by
    a document. The title stands as if it had never been, its ban and what it did to who recommends never ran, and a
    stay that runs is over. What ended with the title (open cases, reports of that time) isn't opened again.

    Raises NotFound, NotAllowed for anybody but a lead of the authority that decides, Invalid by field, Gone where it
    was annulled already, Refused for a sanction that wasn't imposed.
    """
    sanction = _locked(session, sanction_public_id, by)
    if not by.has("lead"):
        raise NotAllowed("撤销处理由作出决定的机关的审核岗登记。")
    if sanction.status == "annulled":
        raise Gone("本处理已经撤销。")
    if sanction.status != "imposed":
        raise Refused("本处理没有作出，不必撤销；不予处理的在办件中决定。", clause=sanction.clause)
    wrong: dict[str, list[str]] = {}
    if kind not in ANNULLERS:
        wrong["kind"] = [f"请选择：{'、'.join(ANNULLERS.values())}。"]
    wrong |= _reason_and_document(reason, document, "请写明撤销处理的理由。", "请填写撤销处理的文书名称和文号。")
    if wrong:
        raise Invalid(wrong)
    made = SanctionAnnulment(
        sanction_id=sanction.id, kind=kind, document=document.strip(), document_id=document_id, reason=reason.strip(),
        person_id=by.person_id, recorded_at=clock.now(),
    )
    session.add(made)
    event = _effect(session, sanction)
    sanction.status = "annulled"
    stay = deciding.running_stay(session, sanction.id)
    if stay is not None:
        stay.lifted_at, stay.lifted_by, stay.lift_reason = made.recorded_at, by.person_id, made.reason
        stay.lift_document, stay.lift_document_id = made.document, document_id
    session.flush()
    if event is not None:
        changing.record(
            session, changing.locked(session, event.title_id), "annulled", case_id=sanction.case_id or event.case_id,
            clause=event.clause, effective_on=event.effective_on, decision=made.document, reason=made.reason,
            document_id=document_id, supersedes=event.seq, person_id=by.person_id,
        )
    if sanction.ban_id is not None:
        bans.annul(session, session.get_one(Ban, sanction.ban_id), reason=made.reason, case_id=sanction.case_id,
                   person_id=by.person_id)
    if (row := recommenders.of_sanction(session, sanction.id)) is not None:
        recommenders.annul(session, row, reason=made.document, person_id=by.person_id)
    _record(session, sanction, "annul_sanction", by, kind=ANNULLERS[kind], document=made.document, reason=made.reason)
    return made


def may_stay(session: Session, sanction: Sanction, by: Identity) -> bool:
    """Whether somebody may enter and lift stays: clerks and leads of the authority that decides."""
    authority = programmes.programme(session, sanction.release_id).authority
    return by.unit_kind == "department" and by.has("clerk", "lead") and authority.is_unit(by)


def see_that_it_may(session: Session, sanction_public_id: str, by: Identity) -> Sanction:
    """The sanction, where somebody may enter stays of it. Raises NotFound, NotAllowed."""
    sanction = session.scalar(select(Sanction).where(Sanction.public_id == sanction_public_id))
    if sanction is None or sanction.case_id is None:
        raise NotFound()
    case = session.get_one(Case, sanction.case_id)
    if not people.sees(by, case, applicant_id=case.applicant_id):
        raise NotFound()
    if not may_stay(session, sanction, by):
        raise NotAllowed("停止执行和恢复执行由作出决定的机关登记。")
    return sanction


def _reason_and_document(reason: str, document: str, no_reason: str, no_document: str) -> dict[str, list[str]]:
    """What is wrong with them, by field."""
    wrong: dict[str, list[str]] = {}
    if not reason.strip():
        wrong["reason"] = [no_reason]
    elif len(reason.strip()) > LONGEST_REASON:
        wrong["reason"] = [f"理由超过 {LONGEST_REASON} 字，请缩短。"]
    if not document.strip():
        wrong["document"] = [no_document]
    elif len(document.strip()) > LONGEST_DOCUMENT:
        wrong["document"] = [f"文号超过 {LONGEST_DOCUMENT} 字，请缩短。"]
    return wrong


def _locked(session: Session, public_id: str, by: Identity) -> Sanction:
    """The sanction, its case, title and row locked in this order."""
    found = see_that_it_may(session, public_id, by)
    assert found.case_id is not None
    steps.lock(session, found.case_id)
    if found.title_id is not None:
        changing.locked(session, found.title_id)
    return session.scalars(
        select(Sanction).where(Sanction.id == found.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _hold(session: Session, sanction: Sanction, stay: SanctionStay, by: Identity) -> None:
    """What has taken effect is held from the day of the stay on: the title stands again as if it hadn't."""
    event = _effect(session, sanction)
    if event is not None:
        changing.record(
            session, changing.locked(session, event.title_id), "stayed", case_id=event.case_id, clause=event.clause,
            effective_on=max(stay.since, event.effective_on), decision=stay.document, reason=STAYS[stay.kind],
            document_id=stay.document_id, details={"seq": event.seq}, person_id=by.person_id,
        )
    if sanction.ban_id is not None:
        bans.suspend(
            session, session.get_one(Ban, sanction.ban_id), since=stay.since, reason=stay.document,
            case_id=sanction.case_id, person_id=by.person_id,
        )
    if (row := recommenders.of_sanction(session, sanction.id)) is not None:
        recommenders.suspend(session, row, since=stay.since, reason=stay.document, person_id=by.person_id)


def _resume(session: Session, sanction: Sanction, stay: SanctionStay, by: Identity) -> None:
    event = _effect(session, sanction)
    if event is not None:
        changing.record(
            session, changing.locked(session, event.title_id), "stay_lifted", case_id=event.case_id,
            clause=event.clause, effective_on=clock.today(), decision=stay.lift_document, reason=stay.lift_reason,
            document_id=stay.lift_document_id, details={"seq": event.seq}, person_id=by.person_id,
        )
    if sanction.ban_id is not None and sanction.status == "imposed":
        bans.resume(
            session, session.get_one(Ban, sanction.ban_id), until=clock.today(), reason=stay.lift_reason,
            case_id=sanction.case_id, person_id=by.person_id,
        )
    if (row := recommenders.of_sanction(session, sanction.id)) is not None:
        recommenders.resume(session, row, until=clock.today(), reason=stay.lift_reason, person_id=by.person_id)


def _effect(session: Session, sanction: Sanction) -> TitleEvent | None:
    """The event by which an imposed sanction took effect on its title, as it was corrected since; None where it has had
    none, or where it was struck out."""
    if sanction.status != "imposed" or sanction.title_id is None:
        return None
    effects = tuple(deciding.EFFECTS.values())
    events = changing.events_of(session, sanction.title_id)
    found = next((event for event in events if event.case_id == sanction.case_id and event.kind in effects), None)
    while found is not None:
        later = next((event for event in events if event.supersedes == found.seq), None)
        if later is None:
            return found if found.kind in effects else None
        found = later
    return None


def _record(session: Session, sanction: Sanction, verb: str, by: Identity, **details: str) -> None:
    audit.record(
        session, chain=f"case:{sanction.case_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"clause": sanction.clause, **details},
    )
