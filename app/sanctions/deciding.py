"""处理 decided: what was proposed by hand is taken down, a decision takes effect on the title or is dropped, and what
still waits dies with its title.

Lock order: the case, then the title, then the sanction's row.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Answer, Task
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.models import Person, RoleGrant, Unit
from app.programmes.life import CIRCULAR, SanctionRule
from app.programmes.queries import Programme
from app.sanctions import proposing, recommenders
from app.sanctions.models import STAYS, Sanction, SanctionStay
from app.titles import bans, changing, recommending, standing
from app.titles.models import Title, TitleEvent

EFFECTS = MappingProxyType({
    "suspend": "suspended", "observe": "observed", "revoke": "revoked", "cancel": "cancelled", "remove": "removed",
    "circular": "circulated",
})
"""What a sanction does to its title: the rule's effect -> the kind of event; `none` has none."""
SOURCES = "sanctions"
BAN_UNTIL = "ban_until"
"""The field of the decision's form that sets a longer ban."""
HEARING, NO_HEARING = "hearing", "no_hearing"
Hearer = Callable[[Session, Place, Title, Sanction], None]

_hearers: list[Hearer] = []


def take_proposal(session: Session, place: Place) -> str:
    """The word take_proposal: the sanction that is heard in this case; one proposed by hand is taken down from the
    form. Returns "hearing" or "no_hearing": whether the programme lets the holder state its case.

    Raises Invalid at the form's fields for a sanction that this tier may not propose, and for one whose document is
    missing. Source: HBI-15, D19.
    """
    sanction = proposing.of_case(session, place.case.id)
    if sanction is None:
        sanction = _by_hand(session, place)
    rule = proposing.rule_of(place.programme, sanction)
    return HEARING if rule.hearing is not None else NO_HEARING


def propose_from(session: Session, place: Place) -> str:
    """The word propose_sanction: what a case found about its title is proposed, the step's opinion as evidence. Returns
    proposed. Raises Invalid at the field for a sanction that needs a document: that one is proposed by itself."""
    form, _, field = place.parameters["sanction"].partition(".")
    said = cases.latest_answers(session, place.case.id).get(form, {})
    key = str(said.get(field) or "")
    rule = place.programme.life.sanctions.get(key)
    if place.case.title_id is None or rule is None:
        raise Invalid({field: ["请选择要提出的处理。"]})
    if rule.document_required:
        raise Invalid({field: [f"“{rule.name}”须附生效的文书（{rule.clause}），请在称号页上另行提出。"]})
    title = changing.locked(session, place.case.title_id)
    proposing.propose(
        session, title, key=key, cause=f"case:{place.case.id}", from_case_id=place.case.id, at=place.at,
        evidence=[{"what": str(said.get("opinion") or place.case.title), "on": clock.local(place.at).date().isoformat(),
                   "case": place.case.number}],
    )
    _record(session, place, "propose_sanction", rule, reason=rule.ground)
    return "proposed"


def impose(session: Session, place: Place) -> str:
    """The word impose_sanction: the decision takes effect on the title from the day of its document, with the ban that
    the sanction brings. Returns the kind of effect.

    Raises Invalid at `document_date` for a day before the decision was due to be taken, and at `ban_until` for a ban
    that is shorter than the rule's or that it doesn't allow; Refused while a stay runs, where the title has ended, and
    where who decides had proposed or examined it while another could decide. Source: HBI-13.3, HBI-14.3, HBI-15, D8.
    """
    title, sanction, rule = _at_hand(session, place)
    _see_that_nothing_stays(session, sanction)
    _see_that_another_decides(session, place, sanction)
    said, opened_on = _decision(session, place.case.id)
    decided_on = date.fromisoformat(str(said["document_date"]))
    _see_that_the_day_fits(decided_on, opened_on, title)
    longer = said.get("ban_until")
    longer_until = date.fromisoformat(str(longer)) if longer else None
    if rule.ban is None and longer_until is not None:
        raise Invalid({BAN_UNTIL: ["这项处理没有禁申期，请删去此项。"]})
    ban = bans.impose(
        session, place, title, rule.ban, decided_on, longer_until, decision=str(said["document_number"]),
        field=BAN_UNTIL,
    ) if rule.ban is not None else None
    circular = rule.effect == CIRCULAR
    if rule.effect in EFFECTS:
        changing.record(
            session, title, EFFECTS[rule.effect], case_id=place.case.id, clause=rule.clause, effective_on=decided_on,
            decision=str(said["document_number"]), reason=str(said.get("reason") or sanction.ground),
            details={"sanction": rule.key, "name": rule.name} | ({"public": rule.public} if circular else {}),
            person_id=place.person_id, at=place.at,
        )
    sanction.status, sanction.effective_on, sanction.decided_at = "imposed", decided_on, place.at
    sanction.decision, sanction.reason = str(said["document_number"]), str(said.get("reason") or "")
    sanction.ban_id = ban.id if ban else None
    session.flush()
    recommenders.hold(session, place, title, sanction, rule, decided_on)
    _record(session, place, "impose_sanction", rule, decision=sanction.decision, effective_on=decided_on.isoformat(),
            banned_until=ban.ends_on.isoformat() if ban else "")
    return rule.effect


def on_drop(hear: Hearer) -> Hearer:
    """Register f(session, place, title, sanction): it is told of each sanction that isn't imposed, the title locked."""
    _hearers.append(hear)
    return hear


def drop(session: Session, place: Place) -> str:
    """The word drop_sanction: nothing is done against the title, for a reason. What was held back until this decision
    goes on. Raises Refused where it was decided."""
    title, sanction, rule = _at_hand(session, place)
    _see_that_another_decides(session, place, sanction)
    said, _opened_on = _decision(session, place.case.id)
    sanction.status, sanction.decided_at, sanction.reason = "dropped", place.at, str(said.get("reason") or "")
    session.flush()
    _record(session, place, "drop_sanction", rule, reason=sanction.reason)
    for hear in _hearers:
        hear(session, place, title, sanction)
    return "dropped"


@changing.on_change
def die_with_the_title(session: Session, title: Title, event: TitleEvent) -> None:
    """What is still proposed against a title that has ended comes to nothing; its case hears of it by a message."""
    if title.status not in standing.ENDS:
        return
    session.execute(
        update(Sanction)
        .where(Sanction.title_id == title.id, Sanction.status == "proposed", Sanction.case_id != event.case_id)
        .values(status="superseded", decided_at=clock.now(),
                reason=f"称号{standing.STATUSES[title.status]}（{event.decision or event.clause}）")
        .execution_options(synchronize_session=False)
    )


def choices_for(programme: Programme, unit: Unit, *, recommends: bool = False) -> dict[str, SanctionRule]:
    """The sanctions that a unit may propose by hand, by key, in the programme's order. `recommends`: it recommended the
    title's holder."""
    return {
        key: rule for key, rule in programme.life.sanctions.items()
        if any(recommends if relation == recommending.RECOMMENDER else _is(programme, relation, unit)
               for relation in rule.opened_by)
    }


def running_stay(session: Session, sanction_id: int) -> SanctionStay | None:
    """The stay that holds a sanction now."""
    return session.scalars(
        select(SanctionStay).where(SanctionStay.sanction_id == sanction_id, SanctionStay.lifted_at.is_(None))
        .order_by(SanctionStay.id).limit(1)
    ).one_or_none()


def _by_hand(session: Session, place: Place) -> Sanction:
    case, programme = place.case, place.programme
    title = session.get_one(Title, case.title_id)
    said = _decision(session, case.id)[0]
    unit = session.get_one(Unit, case.opener_unit_id)
    offered = choices_for(programme, unit, recommends=recommending.recommender_of(session, programme, title) == unit.id)
    rule = offered.get(str(said.get("sanction") or ""))
    if rule is None:
        may = "、".join(one.name for one in offered.values()) or "（无）"
        raise Invalid({"sanction": [f"本级不能提出这项处理。可以提出：{may}。"]})
    if rule.document_required and not said.get("evidence_files"):
        raise Invalid({"evidence_files": [f"“{rule.name}”须附生效的文书（{rule.clause}）。"]})
    papers = [str(paper) for paper in said.get("evidence_files") or ()]
    sanction = Sanction(
        public_id=db.public_id(), programme=programme.key, release_id=programme.release_id, title_id=title.id,
        unit_id=title.holder_id, key=rule.key, cause=f"case:{case.id}", ground=str(said["ground"]), clause=rule.clause,
        evidence=[
            *({"what": str(row["what"]), "on": str(row["found_on"]), "case": ""} for row in said["evidence"]),
            *({"what": "", "on": "", "case": "", "document": paper} for paper in papers),
        ],
        case_id=case.id, from_case_id=None, proposed_at=place.at, proposed_by=place.person_id,
    )
    session.add(sanction)
    session.flush()
    _record(session, place, "propose_sanction", rule, reason=sanction.ground)
    return sanction


def _is(programme: Programme, relation: str, unit: Unit) -> bool:
    """Whether a department acts under a relation."""
    if relation == "authority":
        return programme.authority.is_unit(unit)
    at_tier = relation in programme.settings.actors and programme.tier_of(relation) == unit.tier
    return at_tier and unit.body == programme.authority.body


def _at_hand(session: Session, place: Place) -> tuple[Title, Sanction, SanctionRule]:
    """The title, locked, and the sanction of the case, locked after it."""
    if place.case.title_id is None:
        raise Refused("本办件没有称号，不能作出处理决定。")
    title = changing.locked(session, place.case.title_id)
    sanction = proposing.of_case(session, place.case.id)
    if sanction is None:
        raise Refused("本办件没有处理建议，不能作出决定。")
    _see_that_it_waits(sanction)
    return title, sanction, proposing.rule_of(place.programme, sanction)


def _see_that_it_waits(sanction: Sanction) -> None:
    if sanction.status != "proposed":
        said = {"imposed": "已作出", "annulled": "作出后已被撤销", "dropped": "已决定不予处理",
                "superseded": "已随称号终止"}[sanction.status]
        raise Refused(f"本处理{said}，不能再作决定。", clause=sanction.clause)


def _see_that_nothing_stays(session: Session, sanction: Sanction) -> None:
    stay = running_stay(session, sanction.id)
    if stay is not None:
        said = f"本处理因{STAYS[stay.kind]}停止执行（{stay.document}，{stay.since} 起），停止期间不能作出决定。"
        raise Refused(said, clause=sanction.clause)


def _see_that_another_decides(session: Session, place: Place, sanction: Sanction) -> None:
    """Who proposed or examined a sanction doesn't decide it where the unit has somebody else who could."""
    done = session.execute(
        select(Task.id, Task.closed_by, Task.unit_id, Task.role)
        .where(Task.case_id == place.case.id, Task.status == "done").order_by(Task.id.desc())
    ).all()
    if place.person_id is None or not done:
        return
    before = {task.closed_by for task in done[1:]} | {sanction.proposed_by}
    if place.person_id not in before or done[0].role != "lead":
        return
    others = session.scalar(
        select(Person.id).join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.unit_id == done[0].unit_id, RoleGrant.role == done[0].role, Person.status == "active",
               Person.id != place.person_id).limit(1)
    )
    if others is not None:
        raise Refused("提出或审查本处理的人不能作出决定，请由本机关其他审核岗办理。")


def _see_that_the_day_fits(decided_on: date, opened_on: date, title: Title) -> None:
    if decided_on > clock.today():
        raise Invalid({"document_date": ["决定日期不能晚于今天，请改正。"]})
    if decided_on < opened_on:
        said = f"决定日期不能早于本环节开始的 {opened_on}：审查和陈述申辩结束后才能作出决定。"
        raise Invalid({"document_date": [said]})
    if decided_on < title.granted_on:
        raise Invalid({"document_date": [f"决定日期早于称号的授予日期 {title.granted_on}，请改正。"]})


def _decision(session: Session, case_id: int) -> tuple[Mapping[str, Any], date]:
    """What the step that was just done says, and the day (Beijing) on which it had come to be done."""
    row = session.execute(
        select(Answer.values.label("said"), Task.opened_at).join(Task, Answer.task_id == Task.id)
        .where(Answer.case_id == case_id).order_by(Answer.id.desc()).limit(1)
    ).one()
    return row.said, clock.local(row.opened_at).date()


def _record(session: Session, place: Place, verb: str, rule: SanctionRule, **details: str) -> None:
    who = people.person_name(session, place.person_id) if place.person_id else "系统"
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id, person_name=who, unit_name="",
        details={"sanction": rule.name, "clause": rule.clause, **details}, legal_at=place.at,
    )
