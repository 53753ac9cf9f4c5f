"""变更报备: what a change report's diagram says, from the day of the change to the decision.

A change is reported within the programme's period, counted from the day of the change. A late report is taken and
marked late. Whether the title is suspended meanwhile, and what follows where the conditions no longer hold, is the
programme's.
Source: HBI-14.1 to HBI-14.3, NAT-18.1 to NAT-18.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import deadlines
from app.cases import queries as cases
from app.cases.models import Case, Deadline
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.changes import facts, suspending
from app.changes.models import ChangeReport
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.models import Person, Unit
from app.people.queries import Identity
from app.programmes.life import ChangeRules
from app.programmes.queries import Programme
from app.sanctions import proposing
from app.titles import changing, standing, successors
from app.titles.models import Title

HOLDER, DEPARTMENT = "holder", "department"
CHANGED_ON = "changed_on"
"""The field with the day of the change, in whichever form it is written."""


def begin(session: Session, place: Place) -> str:
    """Write the row of a change report that was begun; returns who began it (holder, department).

    Several changes of one title may be under way, each with its own period, but only one of them unfiled. Raises
    Refused with its number where there is one already.
    """
    title, rules = _of_case(session, place)
    unfiled = session.scalar(
        select(Case.number).join(ChangeReport, ChangeReport.case_id == Case.id)
        .where(ChangeReport.title_id == title.id, ChangeReport.status == "open")
    )
    if unfiled is not None:
        raise Refused(
            f"称号 {title.number} 已有一份尚未报送的变更报备（{unfiled}），请在那一份中填报；"
            "报送以后又发生变化的，可以另行报备。",
            clause=rules.clause,
        )
    noted_by = HOLDER if place.case.opener_unit_id == title.holder_id else DEPARTMENT
    session.add(ChangeReport(
        public_id=db.public_id(), title_id=title.id, programme=title.programme, case_id=place.case.id,
        noted_by=noted_by, status="open",
    ))
    session.flush()
    return noted_by


def note(session: Session, place: Place) -> None:
    """登记获知的变化: an office writes what it learnt of. The period runs from the day of the change, and the title is
    suspended from it where the programme says so."""
    title, rules = _of_case(session, place)
    row, answers = _row(session, place.case.id), _latest(session, place, CHANGED_ON)
    _take_day(place.programme, rules, title, row, answers, place)
    _suspend(session, title, rules, row, place)
    _record(session, place, "note_change", row, rules)


def report(session: Session, place: Place) -> str:
    """登记报告: take what the holder reported; returns late or in_time.

    The first report decides whether it is late; a supplement mends what it says. Raises Invalid at the fields.
    """
    title, rules = _of_case(session, place)
    row, answers = _row(session, place.case.id), _latest(session, place, "before_name")
    holder = session.get_one(Unit, title.holder_id)
    written = facts.read(session, answers, holder, called=title.holder_name or holder.name)
    computed = _take_day(place.programme, rules, title, row, answers, place)
    row.facts = written.as_json()
    if row.reported_at is None:
        row.reported_at, row.status = place.at, "reported"
        row.late = clock.local(place.at).date() > computed.last_day and not computed.provisional
        _keep_deadline(session, place, rules, late=row.late)
    session.flush()
    _suspend(session, title, rules, row, place)
    _record(session, place, "report_change", row, rules, deadline="missed" if row.late else "met")
    return "late" if row.late else "in_time"


def keep(session: Session, place: Place) -> str:
    """保留称号: the register takes the new facts, from the day of the change; a title that was suspended because of it
    is restored, its last day unchanged. Returns kept. Raises Refused where the register can't take them."""
    title, rules = _of_case(session, place)
    row, answers = _row(session, place.case.id), _latest(session, place, "opinion")
    by = _identity(session, place.person_id)
    said: dict[str, Any] = {"decision": str(answers.get("document_number") or ""), "reason": answers["opinion"],
                            "at": place.at, "person_id": place.person_id}
    if row.facts:
        _follow(session, place, title, row, rules, by, said)
    row.status, row.decided_at = "kept", place.at
    row.decision, row.reason = said["decision"], said["reason"]
    session.flush()
    if row.suspended:
        suspending.lift(
            session, title, case_id=place.case.id, clause=_deciding(place.programme, rules),
            on=clock.local(place.at).date(), **said,
        )
    _record(session, place, "keep_changed_title", row, rules)
    return "kept"


def propose(session: Session, place: Place) -> str:
    """不再符合条件: propose the programme's sanction with the change as its evidence; the title stays as it is until
    that is decided. Returns proposed."""
    title, rules = _of_case(session, place)
    row, answers = _row(session, place.case.id), _latest(session, place, "opinion")
    row.status, row.decided_at, row.reason = "not_passed", place.at, str(answers["opinion"])
    row.decision = str(answers.get("document_number") or "")
    session.flush()
    kind = rules.kinds.get(row.kind, row.kind)
    proposing.propose(
        session, title, key=rules.not_passed, cause=f"case:{place.case.id}", from_case_id=place.case.id, at=place.at,
        evidence=[
            {"what": f"{kind}：{_in_words(row)}", "on": _iso(row.changed_on), "case": place.case.number},
            {"what": f"核实和决定：{row.reason}", "on": clock.local(place.at).date().isoformat(),
             "case": place.case.number},
        ],
    )
    _record(session, place, "propose_for_change", row, rules)
    return "proposed"


def withdrawn(session: Session, case: CaseRow, _reason: str) -> None:
    """A change report that is taken back, or whose title has ended. Raises Refused for one that suspends a title that
    stands: the office decides about it then."""
    row = session.scalar(select(ChangeReport).where(ChangeReport.case_id == case.id))
    if row is None or row.status not in ("open", "reported"):
        return
    status = session.execute(select(Title.status).where(Title.id == row.title_id)).scalar_one()
    if row.suspended and status not in standing.ENDS:
        raise Refused("称号已因此项变化暂停，不能自行撤回；请在核实时说明情况，由部门决定。")
    row.status = "withdrawn"
    session.flush()


@dataclass(frozen=True)
class Computed:
    """The last day for reporting a change, and whether it may still move."""

    last_day: date
    provisional: bool


def due(programme: Programme, rules: ChangeRules, changed_on: date, region_code: str) -> Computed:
    """The last day for reporting a change of that day, by the programme's period."""
    period, start = programme.periods[rules.period].for_case({}, changed_on)
    found = workdays.deadline(period, start, workdays.calendar_for(region_code))
    return Computed(found.last_day, found.provisional)


def _take_day(
    programme: Programme, rules: ChangeRules, title: Title, row: ChangeReport, answers: Mapping[str, Any], place: Place
) -> Computed:
    """Write kind and day of the change, and the last day for reporting it. Raises Invalid at the fields."""
    changed_on, today = date.fromisoformat(str(answers[CHANGED_ON])), clock.local(place.at).date()
    wrong = {}
    if changed_on > today:
        wrong[CHANGED_ON] = ["变化尚未发生，不能填今天以后的日期。"]
    elif changed_on < title.granted_on:
        wrong[CHANGED_ON] = [f"早于称号的授予日（{title.granted_on}）。授予以前的变化不属于变更报备。"]
    if answers["kind"] not in rules.kinds:
        wrong["kind"] = [f"请选择：{'、'.join(rules.kinds.values())}。"]
    if wrong:
        raise Invalid(wrong)
    found = due(programme, rules, changed_on, place.case.region_code)
    row.kind, row.changed_on = answers["kind"], changed_on
    row.due_on, row.provisional = found.last_day, found.provisional
    return found


def _keep_deadline(session: Session, place: Place, rules: ChangeRules, *, late: bool) -> None:
    """The period as the case's deadline, met or missed: where the report's own task had another one."""
    rule = place.programme.periods[rules.period]
    known = session.scalars(
        select(Deadline).where(Deadline.case_id == place.case.id, Deadline.period == rule.key)
        .order_by(Deadline.id.desc()).limit(1)
    ).first()
    started = date.fromisoformat(str(_latest(session, place, "before_name")[CHANGED_ON]))
    if known is not None and known.started_on == started:
        return
    deadlines.set_deadline(session, case=place.case, rule=rule, starts_at=place.at)
    session.execute(
        update(Deadline)
        .where(Deadline.case_id == place.case.id, Deadline.period == rule.key, Deadline.started_on == started,
               Deadline.closed_at.is_(None))
        .values(status="missed" if late else "met", closed_at=place.at)
        .execution_options(synchronize_session=False)
    )


def _suspend(session: Session, title: Title, rules: ChangeRules, row: ChangeReport, place: Place) -> None:
    if not rules.suspends:
        return
    row.suspended = True
    session.flush()
    suspending.suspend(
        session, title, case_id=place.case.id, clause=rules.clause, on=row.changed_on, at=place.at,
        reason=f"{rules.kinds.get(row.kind, row.kind)}，自变化之日起暂停", person_id=place.person_id,
    )


def _follow(
    session: Session, place: Place, title: Title, row: ChangeReport, rules: ChangeRules, by: Identity,
    said: Mapping[str, Any],
) -> None:
    """The register after an accepted change: the institution, the title's holder, the successors."""
    before = session.get_one(Unit, title.holder_id)
    was = (title.holder_name or before.name, before.credit_code or "")
    holder = facts.put_into_register(
        session, place.programme, title, row.facts, kind=rules.kinds.get(row.kind, row.kind),
        clause=_deciding(place.programme, rules), by=by,
        case_number=place.case.number,
    )
    now = (holder.name, holder.credit_code or "")
    if was[1] != now[1]:
        successors.follow_change(
            session, by=by, before=(was[1], was[0]), after=(now[1], now[0]), kind=row.kind, changed_on=row.changed_on,
            evidence=f"变更报备 {place.case.number}", case_id=place.case.id,
        )
    if holder.id != title.holder_id:
        title.holder_id = holder.id
        session.flush()
    details: dict[str, Any] = {"facts": row.facts, "kind": row.kind}
    if now[0] != was[0]:
        details |= {"holder_name": now[0], "holder_name_before": was[0]}
    changing.record(
        session, title, "changed", case_id=place.case.id, clause=_deciding(place.programme, rules),
        effective_on=row.changed_on, details=details, **said,
    )


def _deciding(programme: Programme, rules: ChangeRules) -> str:
    """The clause by which a change is verified and decided: that of the sanction for one that doesn't pass."""
    return programme.life.sanctions[rules.not_passed].clause


def _of_case(session: Session, place: Place) -> tuple[Title, ChangeRules]:
    rules = place.programme.life.changes
    if rules is None or place.case.title_id is None:
        raise Refused("本项目没有规定变更报备，或者本办件与称号无关。")
    return changing.locked(session, place.case.title_id), rules


def _row(session: Session, case_id: int) -> ChangeReport:
    return session.scalars(
        select(ChangeReport).where(ChangeReport.case_id == case_id).with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _latest(session: Session, place: Place, field: str) -> Mapping[str, Any]:
    """The case's last answers that say something in a field. Raises Refused where none does."""
    found = [values for values in cases.all_answers(session, place.case.id) if values.get(field) is not None]
    if not found:
        raise Refused(f"流程图“{place.case.diagram}”在这一步之前没有填写“{field}”。")
    return found[-1]


def _identity(session: Session, person_id: int | None) -> Identity:
    if person_id is None:
        raise Refused("此项须由经办人办理，不能自动进行。")
    return people.identity_of_person(session, person_id, unit_id=session.get_one(Person, person_id).unit_id)


def _in_words(row: ChangeReport) -> str:
    after, before = row.facts.get("after", {}), row.facts.get("before", {})
    said = [f"{facts.FACTS[key]}由“{before.get(key, '')}”变为“{value}”" for key, value in after.items()]
    if successor := row.facts.get("successor"):
        said.append(f"由{successor['name']}（{successor['credit_code']}）承继")
    return "，".join(said) or "未报告"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _record(
    session: Session, place: Place, verb: str, row: ChangeReport, rules: ChangeRules, **details: Any
) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"kind": rules.kinds.get(row.kind, row.kind), "changed_on": _iso(row.changed_on),
                 "due_on": _day(row), "late": row.late, "clause": rules.clause, "opinion": row.reason, **details},
        legal_at=place.at,
    )


def _day(row: ChangeReport) -> str:
    return workdays.last_day_words(row.due_on, row.provisional) if row.due_on else ""
