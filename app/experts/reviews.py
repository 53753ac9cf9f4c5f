"""专家评审: drawing the panel, taking its scores, closing the review.

Each expert scores in a case of his or her own, so that all can do it at once; the row of the review is locked after
that case and decides who of two was last. The reviewed case hears the result by a message: no transaction locks two
cases.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app import chance, clock
from app.audit import operations as audit
from app.cases import messages, steps
from app.cases import operations as cases
from app.cases.models import Answer, Case, Task
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.experts import drawing, queries, scoring
from app.experts.models import Expert, ExpertDraw, ExpertReview, ExpertSeat
from app.people import queries as people
from app.people.models import Person
from app.programmes import sheets
from app.programmes.queries import Programme
from app.programmes.sections import ExpertReview as Rules

DONE = "scoring_done"
"""The message with the result: expert_score ("87.50", "" where the quorum was missed), expert_count, expert_passed
(None without a pass mark or a score) and expert_vetoed."""
CANCELLED = "scoring_cancelled"
"""The message by which an expert's case hears that the reviewed case was withdrawn."""
SCORE, SHORTAGE = "expert_score", "expert_shortage"
SCORED, CONFLICT = "scored", "conflict"
REASON = "conflict_reason"
DRAWN, SHORT = "drawn", "short"


def draw(session: Session, place: Place) -> str:
    """抽取评审专家, said by the reviewed case, or again by the case of a shortage about it.

    Seats as many of the register's experts without conflict as the programme wants. Fewer do where they still make the
    quorum: the draw shows how many were wanted. With fewer than that nobody is asked yet; a case of the office opens,
    which adds experts and draws again, or goes on with what there is. Returns "drawn" or "short". Source: HBI-8.3.
    """
    programme = place.programme
    rules = _rules(programme)
    review = _locked(session, ExpertReview.shortage_case_id == place.case.id)
    if review is None:
        case = place.case
        if _locked(session, (ExpertReview.case_id == case.id) & ExpertReview.closed_at.is_(None)) is not None:
            raise Refused("此办件的专家评审正在进行，不能重复抽取。")
        review = _open_review(session, place)
    else:
        case = steps.read(session, review.case_id)
    seats = _seats(session, review)
    standing = sum(seat.status in ("open", "scored") for seat in seats)
    made, free = _draw(session, review, case, programme, seats, wanted=max(rules.experts - standing, 0), place=place)
    needed = scoring.needed(quorum=rules.quorum, drop_highest=rules.drop_highest, drop_lowest=rules.drop_lowest)
    if standing + len(free) < needed:
        _call_the_office(session, review, case, place)
        return SHORT
    review.status = "open"
    for position, one in enumerate(free[: made.wanted], start=1):
        _seat(session, review, made, one, case, place, position=position)
    _settle(session, review, place)
    return DRAWN


def record(session: Session, place: Place) -> str:
    """登记评分: what the expert of this case decided. A score is checked against the sheet; whoever stands aside (回避)
    gives a reason, and the next in the draw's order is seated instead.

    Returns the outcome. Raises Invalid by field for an item without points, or a conflict without a reason.
    """
    seat = session.scalars(select(ExpertSeat).where(ExpertSeat.case_id == place.case.id)).one()
    answered = session.execute(
        select(Answer.values, Task.outcome).join(Task, Answer.task_id == Task.id)
        .where(Answer.case_id == place.case.id).order_by(Answer.id.desc()).limit(1)
    ).one()
    review = _locked(session, ExpertReview.id == seat.review_id)
    if answered.outcome == CONFLICT:
        _stand_aside(session, review, seat, str(answered.values.get(REASON) or "").strip(), place)
    else:
        total, vetoed = points(place.programme, answered.values)
        seat.score, seat.vetoed = f"{total.quantize(scoring.HUNDREDTH)}", vetoed
        _close_seat(session, seat, "scored", place, score=seat.score)
    _settle(session, review, place)
    return answered.outcome


def close(session: Session, place: Place) -> str:
    """结束评分: said when an expert's period is over (the seat counts as 未评), or by the office that goes on with the
    experts there are. Returns "missed" or "settled"."""
    seat = session.scalars(select(ExpertSeat).where(ExpertSeat.case_id == place.case.id)).one_or_none()
    if seat is not None:
        review = _locked(session, ExpertReview.id == seat.review_id)
        if seat.status == "open":
            _close_seat(session, seat, "missed", place)
            _settle(session, review, place)
        return "missed"
    review = _locked(session, ExpertReview.shortage_case_id == place.case.id)
    if review is None:
        raise Refused("此办件没有对应的专家评审，不能结束评分。")
    if review.status == "short":
        review.status, review.fewer = "open", True
        _record(session, place, "go_on_with_fewer")
        _settle(session, review, place)
    return "settled"


def cancel(session: Session, case: CaseRow, _reason: str) -> None:
    """The reviewed case was withdrawn: its review ends, and each expert's and the office's case hears of it."""
    review = _locked(session, (ExpertReview.case_id == case.id) & ExpertReview.closed_at.is_(None))
    if review is None:
        return
    now = clock.now()
    review.status, review.closed_at = "cancelled", now
    told = [seat for seat in _seats(session, review) if seat.status == "open"]
    for seat in told:
        seat.status, seat.closed_at = "cancelled", now
    session.flush()
    cases_told = {seat.case_id for seat in told} | ({review.shortage_case_id} - {None})
    messages.post(
        session, [{"to_case_id": to, "key": f"{review.id}:{to}"} for to in sorted(cases_told)],
        name=CANCELLED, sender=f"case:{case.id}", effective_at=now,
    )


def actor(connection: Connection, case: CaseRow, _programme: Programme, _role: str) -> tuple[int, int | None]:
    """Who scores in a case: the drawn person alone. Raises Refused for a case that no draw opened."""
    row = connection.execute(
        select(Person.unit_id, Person.id)
        .join(Expert, Expert.person_id == Person.id)
        .join(ExpertSeat, ExpertSeat.expert_id == Expert.id)
        .where(ExpertSeat.case_id == case.id)
    ).one_or_none()
    if row is None:
        raise Refused("此办件没有抽取评审专家；评审打分由“抽取专家”环节建立。")
    return row.unit_id, row.id


def _rules(programme: Programme) -> Rules:
    rules = programme.settings.expert_review
    if rules is None:
        raise Refused("此认定项目没有设置专家评审；请在 programme.yaml 中填写 expert_review。")
    return rules


def _open_review(session: Session, place: Place) -> ExpertReview:
    authority = place.programme.authority
    unit_id, _ = people.resolve_unit(
        session, tier=authority.tier, region_code=place.case.region_code, role="clerk", body=authority.body
    )
    review = ExpertReview(
        case_id=place.case.id, unit_id=unit_id, status="open", opened_at=place.at,
        diagram=_rules(place.programme).diagram or SCORE,
        shortage_diagram=place.parameters.get("shortage", SHORTAGE),
    )
    session.add(review)
    session.flush()
    return review


def _draw(
    session: Session, review: ExpertReview, case: CaseRow, programme: Programme, seats: Sequence[ExpertSeat], *,
    wanted: int, place: Place,
) -> tuple[ExpertDraw, list[drawing.Candidate]]:
    """Make a draw and record it: seed, candidates in order, exclusions with reasons."""
    seed = chance.seed()
    free, out = _split(session, review, case, programme, seats, seed=seed)
    made = ExpertDraw(
        review_id=review.id, seed=seed, wanted=wanted, candidates=[_named(one) for one in free],
        excluded=[{**_named(one), "reason": reason} for one, reason in out], drawn_at=place.at,
    )
    session.add(made)
    session.flush()
    _record(session, place, "draw_experts", seed=seed, wanted=wanted, candidates=len(free), excluded=len(out))
    return made, free


def _split(
    session: Session, review: ExpertReview, case: CaseRow, programme: Programme, seats: Sequence[ExpertSeat], *,
    seed: str,
) -> tuple[list[drawing.Candidate], list[tuple[drawing.Candidate, str]]]:
    if case.applicant_id is None:
        raise Refused("没有申报单位的办件不能组织专家评审。")
    region = people.region(session, case.region_code)
    matter = drawing.Matter(
        applicant_id=case.applicant_id, applicant_name=people.unit(session, case.applicant_id).name,
        divisions=drawing.Divisions(region.province_code, region.city_code, region.county_code),
        recommender_id=case.recommender_id or _county_department(session, case), tier=programme.authority.tier,
    )
    seated = {seat.expert_id for seat in seats}
    register = [one for one in queries.candidates(session, keeper_id=review.unit_id) if one.id not in seated]
    return drawing.split(register, matter, _rules(programme).conflicts, seed=seed)


def _county_department(session: Session, case: CaseRow) -> int | None:
    """Who recommends where the applicant chose nobody: the department of its county, or of the tier above it."""
    try:
        return people.resolve_unit(session, tier="county", region_code=case.region_code, role="clerk")[0]
    except Refused:
        return None


def _seat(
    session: Session, review: ExpertReview, made: ExpertDraw, one: drawing.Candidate, case: CaseRow, place: Place, *,
    position: int, instead_of: ExpertSeat | None = None,
) -> None:
    def write_seat(opened: Case) -> None:
        session.add(
            ExpertSeat(
                review_id=review.id, draw_id=made.id, expert_id=one.id, case_id=opened.id, position=position,
                instead_of_id=instead_of.id if instead_of else None, seated_at=place.at,
            )
        )
        session.flush()

    _open(session, review.diagram, f"评审打分：{case.title}", review, case, place, before_start=write_seat)


def _open(
    session: Session, diagram: str, title: str, review: ExpertReview, case: CaseRow, place: Place,
    before_start: Any = None,
) -> Case:
    """Open a case about the reviewed one, in the authority's own division: neither the applicant nor the tiers below
    see an expert's score."""
    if diagram not in place.programme.diagrams():
        raise Refused(f"认定项目没有流程图“{diagram}”；请在 programme.yaml 的 expert_review.diagram 中写明。")
    office = people.unit(session, review.unit_id)
    return cases.open_case(
        session, programme=place.programme, diagram=diagram, title=title,
        region_code=office.region_code or case.region_code, applicant_id=None, about_id=case.id,
        by=people.the_system(office), at=place.at, before_start=before_start,
    )


def _call_the_office(session: Session, review: ExpertReview, case: CaseRow, place: Place) -> None:
    """Open the office's case about the shortage, once: the one that draws again and is short again goes on waiting."""
    was_short, review.status = review.status == "short", "short"
    if not was_short:
        made = _open(session, review.shortage_diagram, f"补充评审专家：{case.title}", review, case, place)
        review.shortage_case_id = made.id
    session.flush()


def _stand_aside(
    session: Session, review: ExpertReview, seat: ExpertSeat, reason: str, place: Place
) -> None:
    if not reason:
        raise Invalid({REASON: ["申请回避的，请写明理由。"]})
    seat.reason = reason
    _close_seat(session, seat, "declined", place, reason=reason)
    if review.closed_at is not None:
        return
    case, rules = steps.read(session, review.case_id), _rules(place.programme)
    seats, made = _seats(session, review), session.get_one(ExpertDraw, seat.draw_id)
    free, _ = _split(session, review, case, place.programme, seats, seed=made.seed)
    drawn = {one["expert"]: position for position, one in enumerate(made.candidates, start=1)}
    following = next((one for one in free if one.public_id in drawn), None)
    if following is not None:
        position = drawn[following.public_id]
        _seat(session, review, made, following, case, place, position=position, instead_of=seat)
        return
    needed = scoring.needed(quorum=rules.quorum, drop_highest=rules.drop_highest, drop_lowest=rules.drop_lowest)
    if review.status == "open" and not review.fewer and sum(one.status in ("open", "scored") for one in seats) < needed:
        _call_the_office(session, review, case, place)


def points(programme: Programme, values: Mapping[str, Any]) -> tuple[Decimal, bool]:
    """The total of a filled sheet, and whether an item that is a veto got no point. Raises Invalid by field."""
    sheet, errors, total, vetoed = programme.scoring[_rules(programme).sheet], {}, Decimal(0), False
    for item in sheet.items:
        key = sheets.score_key(item)
        if values.get(key) is None:
            errors[key] = [f"请为“{item.name}”评分；与申报单位有利害关系的，请选择“申请回避”。"]
            continue
        points = Decimal(str(values[key]))
        if item.step and points % item.step:
            errors[key] = [f"“{item.name}”按 {item.step} 分一档评分。"]
        total, vetoed = total + points, vetoed or (item.veto and not points)
    if errors:
        raise Invalid(errors)
    return total, vetoed


def _close_seat(session: Session, seat: ExpertSeat, status: str, place: Place, **details: str) -> None:
    if seat.status != "open":
        raise Refused("此评审席位已经结束。")
    seat.status, seat.closed_at = status, place.at
    session.flush()
    _record(session, place, "close_seat", status=status, **details)


def _settle(session: Session, review: ExpertReview, place: Place) -> None:
    """Send the result once nobody is left to score and the office isn't looking for experts."""
    seats = _seats(session, review)
    if review.status != "open" or any(seat.status == "open" for seat in seats):
        return
    rules = _rules(place.programme)
    scored = [seat for seat in seats if seat.status == "scored"]
    review.count, review.status, review.closed_at = len(scored), "closed", place.at
    needed = scoring.needed(quorum=rules.quorum, drop_highest=rules.drop_highest, drop_lowest=rules.drop_lowest)
    if len(scored) >= needed:
        result = scoring.aggregate(
            [Decimal(seat.score) for seat in scored], drop_highest=rules.drop_highest, drop_lowest=rules.drop_lowest,
            how=place.programme.scoring[rules.sheet].aggregate,
        )
        review.score = f"{result.score}"
        for seat_at, seat in enumerate(scored):
            seat.dropped = "highest" if seat_at in result.highest else "lowest" if seat_at in result.lowest else ""
    session.flush()
    payload = {"expert_score": review.score, "expert_count": review.count} | _verdict(place.programme, review, scored)
    _record(session, place, "close_scoring", **payload)
    messages.post(
        session, [{"to_case_id": review.case_id, "key": str(review.id), "payload": payload}],
        name=DONE, sender=f"expert_review:{review.id}", effective_at=place.at,
    )


def pass_mark(programme: Programme) -> Decimal | None:
    """The mark that passes: the programme's own, else the sheet's; None without one."""
    rules = _rules(programme)
    return programme.scoring[rules.sheet].pass_at if rules.pass_mark is None else rules.pass_mark


def _verdict(programme: Programme, review: ExpertReview, scored: Sequence[ExpertSeat]) -> dict[str, bool | None]:
    mark, vetoed = pass_mark(programme), any(seat.vetoed for seat in scored)
    passed = None
    if review.score and (mark is not None or vetoed):
        passed = not vetoed and (mark is None or Decimal(review.score) >= mark)
    return {"expert_passed": passed, "expert_vetoed": vetoed}


def _locked(session: Session, which: Any) -> ExpertReview | None:
    return session.scalars(
        select(ExpertReview).where(which).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def _seats(session: Session, review: ExpertReview) -> Sequence[ExpertSeat]:
    """The seats as they are now: others may have scored since this transaction began."""
    session.flush()
    return session.scalars(
        select(ExpertSeat).where(ExpertSeat.review_id == review.id).order_by(ExpertSeat.id)
        .execution_options(populate_existing=True)
    ).all()


def _named(one: drawing.Candidate) -> dict[str, str]:
    return {"expert": one.public_id, "name": one.name, "unit": one.unit_name}


def _record(session: Session, place: Place, verb: str, **details: Any) -> None:
    """In the trail of the case that is on the move: its lock is held."""
    who = people.person_name(session, place.person_id) if place.person_id else "系统"
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id, person_name=who, unit_name="",
        details=details, legal_at=place.at,
    )
