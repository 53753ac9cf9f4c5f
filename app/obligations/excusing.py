"""豁免: a miss for which there was a good reason (an outage, force majeure) neither counts nor breaks a run."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.cases import steps
from app.cases.models import Case
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.obligations import consequences
from app.obligations.models import Duty
from app.obligations.reporting import duty_of
from app.people import queries as people
from app.people.models import Region
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import changing, recommending
from app.titles.models import Title

ROLE = "lead"
LEAST, LONGEST = 6, 500
MAY = ("missed", "late")


def excuse(session: Session, duty_id: str, *, by: Identity, reason: str) -> None:
    """准予免计: mark a miss as excused, with the reason. What was proposed on the run is told; who decides it sees it.

    Raises NotFound out of one's division, NotAllowed for anybody but the lead whom the programme names, Invalid without
    a reason, Refused for a report that isn't a miss, Gone where somebody has just excused it. Source: D10.
    """
    row = seen(session, duty_id, by)
    programme = programmes.programme(session, row.release_id)
    if not may_excuse(session, programme, row, by):
        raise NotAllowed("漏报的免计由项目规定的主管部门审核岗决定。")
    said = reason.strip()
    if not LEAST <= len(said) <= LONGEST:
        wanted = f"请写明免计的理由和依据，{LEAST} 至 {LONGEST} 个字，例如：平台停机，有公告为证。"
        raise Invalid({"reason": [wanted]})
    steps.lock(session, row.case_id)
    changing.locked(session, row.title_id)
    duty = duty_of(session, row.case_id)
    if duty.status == "excused":
        raise Gone("此期漏报已经准予免计。", at=duty.excused_at)
    if duty.status not in MAY:
        raise Refused("此期报送没有记为漏报，不需要免计。")
    rule = programme.life.obligations[duty.obligation]
    duty.status, duty.excuse, duty.excused_by, duty.excused_at = "excused", said, by.person_id, clock.now()
    session.flush()
    audit.record(
        session, chain=f"case:{row.case_id}", verb="excuse_miss", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"obligation": rule.name, "period": duty.period, "opinion": said, "clause": rule.clause},
    )
    consequences.follow(
        session, programme, duty, case_id=row.case_id, reason=f"{rule.name} {duty.period} 期已准予免计（{said}）。"
    )


def seen(session: Session, duty_id: str, by: Identity) -> Any:
    """A duty with what its page asks, in the person's sight. Raises NotFound."""
    row = session.execute(
        select(
            Duty.public_id, Duty.id, Duty.title_id, Duty.case_id, Duty.status, Duty.obligation, Duty.period,
            Case.release_id, Case.region_code, Case.applicant_id, Case.recommender_id, Region.province_code,
            Region.city_code, Region.county_code,
        )
        .join(Case, Duty.case_id == Case.id).join(Region, Case.region_code == Region.code)
        .where(Duty.public_id == duty_id)
    ).one_or_none()
    if row is None or not (
        people.sees(by, row, applicant_id=row.applicant_id, recommender_id=row.recommender_id)
        or _answers(session, row, by)
    ):
        raise NotFound()
    return row


def may_excuse(session: Session, programme: Programme, row: Any, by: Identity) -> bool:
    """Whether somebody may excuse a miss: the lead of the unit that the obligation names (`excused_by`), else of the
    authority; where the place has no such unit, of the one above. For the recommender it is the unit that answers for
    the title now. Source: D10."""
    if by.unit_kind == "institution" or not by.has(ROLE):
        return False
    rule = programme.life.obligations.get(row.obligation)
    if rule is None:
        return False
    if not rule.excused_by:
        return by.unit_id == changing.authority_unit(session, programme).id
    if rule.excused_by == recommending.RECOMMENDER:
        return _answers(session, row, by)
    tier = programme.tier_of(rule.excused_by) or programme.authority.tier
    body = programme.authority.body
    return by.unit_id == people.resolve_unit(session, tier=tier, region_code=row.region_code, role=ROLE, body=body)[0]


def _answers(session: Session, row: Any, by: Identity) -> bool:
    """Whether somebody's unit answers for the title of a report as its recommender."""
    if by.unit_kind == "institution":
        return False
    title = session.get_one(Title, row.title_id)
    return recommending.recommender_of(session, changing.programme_of(session, title), title) == by.unit_id
