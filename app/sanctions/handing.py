"""移交: titles go to another recommending unit, by a decision that names it: all that a unit has when it may not
recommend any more, or a single one.

Nothing goes back by itself when a hold ends: that takes another decision. Source: NAT-20.3.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.batches import recommending as rules
from app.cases import queries as cases
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.letters.template import Value
from app.notices import wording
from app.notices.recipients import Recipient
from app.outbox import operations as outbox
from app.people import queries as people
from app.people.models import Unit
from app.sanctions import holding, recommenders
from app.sanctions.models import RecommenderHold
from app.titles import changing, recommending, standing
from app.titles.models import Title, TitleEvent

HANDED_OVER, NONE = "handed_over", "none"
SHOWN = 5
FIELDS = {
    "推荐单位": "办件的推荐单位",
    "接手单位": "称号移交给哪个推荐单位",
    "推荐资格": "对推荐资格的决定，如 暂停推荐，自 2026-07-16 起至 2027-06-30 止",
    "移交数": "移交的称号数",
    "移交说明": "移交了哪些称号、给谁的一句话；没有称号的写明没有",
    "移交称号.序号": "移交称号的序号",
    "移交称号.编号": "移交称号的编号",
    "移交称号.单位名称": "移交称号的称号单位",
    "移交称号.有效期": "移交称号的有效期止",
}
"""What letters of a handover may say, with its help."""
SUBJECT = "称号的推荐单位变更"
BODY = """{holder}：

贵单位的称号“{name}”（编号 {number}）自 {day} 起由{to}作为推荐单位跟踪管理（{decision}），此前为{before}。
称号的效力、有效期和各项期限不变；今后的报送、变更报备和整改，由{to}办理。
"""


def hand_over(session: Session, place: Place) -> str:
    """The word hand_over_titles: the title of the case, or else all running titles of the case's recommender, go to the
    unit that the form names, from the day of the decision on. Returns handed_over, or none where it has no titles.

    Raises Invalid at the unit's field for one that can't take them, and at `document_date` for a day that can't be.
    Source: NAT-20.3.
    """
    form, _, field = place.parameters["unit"].partition(".")
    said = cases.latest_answers(session, place.case.id)
    name = str(said.get(form, {}).get(field) or "").strip()
    titles = _titles(session, place)
    if not titles and not name:
        return NONE
    to = _successor(session, place, titles, name, field)
    decision = said.get(place.parameters["form"], {})
    day = _day(session, place, decision, titles)
    for title in titles:
        recommending.hand_over(
            session, title, to, case_id=place.case.id, clause=_clause(place), effective_on=day,
            decision=str(decision["document_number"]), reason=str(decision.get("reason") or ""),
            person_id=place.person_id, at=place.at,
        )
    if not titles:
        return NONE
    before = _before(session, place)
    _tell_holders(session, titles, to, before, day, str(decision["document_number"]))
    audit.record(
        session, chain=f"case:{place.case.id}", verb="hand_over_titles", person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"count": len(titles), "from": before, "to": to.name, "effective_on": day.isoformat(),
                 "decision": str(decision["document_number"]), "clause": _clause(place)},
        legal_at=place.at,
    )
    return HANDED_OVER


def successor(session: Session, place: Place) -> Recipient:
    """Who took titles over in a case, for its letters. Raises Refused where nobody did."""
    event = _event(session, place.case.id)
    if event is None:
        raise Refused("本办件没有移交称号，没有接手单位。请让流程设计人员改正 to 参数。")
    unit = session.get_one(Unit, event.details["recommender"])
    return Recipient(unit.name, unit.id, unit.contact_email)


def letter_fields(session: Session, place: Place) -> Mapping[str, Value]:
    """The fields of a letter of a case that holds a recommender or hands titles over; nothing for any other case."""
    hold = session.scalars(select(RecommenderHold).where(
        RecommenderHold.case_id == place.case.id, RecommenderHold.sanction_id.is_(None)
    )).one_or_none()
    event = _event(session, place.case.id)
    if hold is None and event is None:
        return {}
    titles = session.scalars(
        select(Title).join(TitleEvent, TitleEvent.title_id == Title.id)
        .where(TitleEvent.case_id == place.case.id, TitleEvent.kind == changing.HANDED_OVER).order_by(Title.number)
    ).all()
    to = str(event.details["recommender_name"]) if event is not None else ""
    listed = "、".join(f"{one.holder_name}（{one.number}）" for one in titles)
    return {
        "推荐单位": str(event.details["recommender_before_name"]) if event is not None else recommenders.name_of(
            session, hold
        ),
        "接手单位": to,
        "推荐资格": f"{recommenders.EFFECTS[hold.effect]}，自 {hold.starts_on} 起"
                    f"{f'至 {hold.ends_on} 止' if hold.ends_on else ''}" if hold is not None else "",
        "移交数": str(len(titles)),
        "移交说明": f"你单位跟踪管理的{len(titles)}个称号同日移交{to}：{listed}。推荐资格恢复以后，称号不自动移回。"
                    if titles else "你单位没有跟踪管理的有效称号。",
        "移交称号": [
            {"编号": one.number, "单位名称": one.holder_name,
             "有效期": wording.day(one.valid_until) if one.valid_until else "未设期限"} for one in titles
        ],
    }


def _titles(session: Session, place: Place) -> list[Title]:
    """The titles to hand over, each locked, in the order of their ids."""
    if place.case.title_id is not None:
        return [changing.locked(session, place.case.title_id)]
    unit = session.get_one(Unit, place.case.recommender_id)
    ids = [title.id for title in recommending.running_of(session, place.programme, unit)]
    locked = [changing.locked(session, title_id) for title_id in ids]
    return [title for title in locked if title.status not in standing.ENDS]


def _successor(session: Session, place: Place, titles: Sequence[Title], name: str, field: str) -> Unit:
    """The unit that takes the titles: one that recommends in the programme and at each holder's place, that isn't held
    itself, and neither the unit that has them nor a holder. Source: HUB-21, NAT-20.3."""
    if not name:
        raise Invalid({field: [f"该单位还有 {len(titles)} 个有效称号，请填写接手的推荐单位全称。"]})
    unit = rules.who_may(session, place.programme, name)
    if unit is None:
        raise Invalid({field: [f"“{name}”不是本项目的推荐单位，请填写单位全称。"]})
    if place.case.title_id is None and unit.id == place.case.recommender_id:
        raise Invalid({field: ["接手的不能是本单位，请填写另一个推荐单位。"]})
    if (held := recommenders.held_now(session, place.programme.key, unit.id)) is not None:
        raise Invalid({field: [recommenders.said(session, held)]})
    holders = {title.id: session.get_one(Unit, title.holder_id) for title in titles}
    for title in titles:
        if recommending.recommender_of(session, place.programme, title) == unit.id:
            raise Invalid({field: [f"称号 {title.number} 现在就由{unit.name}跟踪管理，请填写另一个推荐单位。"]})
        holder = holders[title.id]
        if unit.id == holder.id or (unit.organisation_code and unit.organisation_code == holder.credit_code):
            raise Invalid({field: [f"{unit.name}就是称号 {title.number} 的称号单位，不能作为自己的推荐单位。"]})
    places = {holder.region_code for holder in holders.values() if holder.region_code}
    reached = {code for code in places if rules.may_recommend_in(session, place.programme, unit, code)}
    unfit = [title.number for title in titles if holders[title.id].region_code not in reached | {None}]
    if unfit:
        listed = "、".join(unfit[:SHOWN]) + ("等" if len(unfit) > SHOWN else "")
        raise Invalid({field: [
            f"{unit.name}不能推荐 {len(unfit)} 个称号所在地的单位（{listed}）。"
            "请填写能推荐的单位，或者先在称号页逐个移交这些称号。"
        ]})
    return unit


def _day(session: Session, place: Place, decision: Mapping[str, Any], titles: Sequence[Title]) -> date:
    """The day of the decision: not before the step began, nor after today, nor before a handover that there was."""
    day = date.fromisoformat(str(decision["document_date"]))
    since = holding.opened_on(session, place.case.id)
    if not since <= day <= clock.today():
        raise Invalid({"document_date": [f"决定日期不能早于本环节开始的 {since}，也不能晚于今天，请改正。"]})
    before = session.scalars(
        select(TitleEvent.effective_on).where(
            TitleEvent.title_id.in_([title.id for title in titles]), TitleEvent.kind == changing.HANDED_OVER,
            TitleEvent.effective_on > day,
        ).order_by(TitleEvent.effective_on.desc()).limit(1)
    ).one_or_none()
    if before is not None:
        raise Invalid({"document_date": [f"决定日期早于已经登记的移交（{before}），请改正。"]})
    return day


def _tell_holders(
    session: Session, titles: Sequence[Title], to: Unit, before: str, day: date, decision: str
) -> None:
    letters = []
    for title in titles:
        holder = session.get_one(Unit, title.holder_id)
        if holder.contact_email:
            said = BODY.format(holder=holder.name, name=title.name, number=title.number, day=day, to=to.name,
                               decision=decision, before=before)
            letters.append((holder.contact_email, SUBJECT, said))
    outbox.post_many(session, letters)


def _before(session: Session, place: Place) -> str:
    event = _event(session, place.case.id)
    return str(event.details["recommender_before_name"]) if event is not None else ""


def _event(session: Session, case_id: int) -> TitleEvent | None:
    """The last handover of a case."""
    return session.scalars(
        select(TitleEvent).where(TitleEvent.case_id == case_id, TitleEvent.kind == changing.HANDED_OVER)
        .order_by(TitleEvent.id.desc()).limit(1)
    ).one_or_none()


def _clause(place: Place) -> str:
    """The clause under which people open such cases."""
    return place.programme.settings.opened_by_hand[place.case.diagram].clause
