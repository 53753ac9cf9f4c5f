"""名额和推荐排序: the figures of a call, a recommendation that takes a place or gives it back, the unit's own order.

Nothing is counted but the rows of those who stand recommended, and the rows of confirmed acts that are about to make
some so. Whoever takes a place holds the call's row shared and its unit's row alone; whoever changes the figures holds
the call's row alone. So no two officials of a unit take the same place, and none is taken from under a new figure.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import clock, engine
from app.audit import operations as audit
from app.batches import queries, shares
from app.batches.models import Batch, Quota, Recommendation
from app.batches.shares import APPLICATION, STANDS, Place
from app.cases.models import Act, ActRow
from app.cases.steps import CaseRow
from app.cases.words import Done
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.programmes.sections import Quotas

MOST = 100_000
WITHDRAWN, RETURNED = "withdrawn", "returned"
NAMES_TOLD = 20


def fitting(programme: Programme, numbers: Mapping[str, int | None]) -> dict[str, int]:
    """The figures of a call, by group, those alone that limit. Raises Invalid by group for one that can't be."""
    rule = programme.batches.quotas
    known = rule.counting if rule else {}
    wrong = {key: ["本项目的批次没有这一组名额。"] for key in numbers if key not in known}
    found = {key: number for key, number in numbers.items() if number is not None}
    wrong |= {key: [f"名额应为 0 到 {MOST} 之间的整数；不限名额的留空。"] for key, number in found.items()
              if key in known and not 0 <= number <= MOST}
    if wrong:
        raise Invalid(wrong)
    return found


def write(session: Session, batch: Batch, figures: Mapping[str, int]) -> None:
    """Keep the figures of a call in place of those it had."""
    session.execute(delete(Quota).where(Quota.batch_id == batch.id))
    session.add_all(Quota(batch_id=batch.id, group_key=key, number=number) for key, number in figures.items())
    session.flush()


def written(programme: Programme, figures: Mapping[str, int]) -> list[str]:
    """Figures for the trail, in the programme's order."""
    rule = programme.batches.quotas
    return [f"{group.name} {figures.get(key, '不限')}" for key, group in rule.counting.items()]


def change(
    session: Session, batch: Batch, *, by: Identity, numbers: Mapping[str, int | None], reason: str
) -> list[str]:
    """变更名额: set the figures of a call anew, those that are named; returns the keys that changed.

    Raises Invalid by group or at `reason`, and Refused for a figure below what a unit has recommended already.
    """
    programme, rule = shares.rule_of(session, batch)
    queries.see_that_it_is_the_authority(programme, by)
    if rule is None:
        raise Refused("本项目的批次不设名额。", clause=programme.batches.clause)
    if not reason.strip():
        raise Invalid({"reason": ["请写明变更名额的原因。"]})
    given = fitting(programme, numbers)
    audit.lock(session, f"unit:{by.unit_id}")
    session.execute(select(Batch.id).where(Batch.id == batch.id).with_for_update(key_share=True))
    old = shares.numbers(session, batch.id)
    new = {key: number for key, number in {**old, **given}.items() if key not in numbers or key in given}
    changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    if not changed:
        raise Invalid({"": ["名额没有变化。"]})
    _see_that_nothing_is_taken_back(session, programme, batch, rule, {key: new[key] for key in changed if key in new})
    write(session, batch, new)
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="change_quotas", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"batch": batch.public_id, "reason": reason.strip(),
                                         "old": written(programme, old), "new": written(programme, new)},
    )
    return changed


def take_place(session: Session, done: Done) -> None:
    """A task was completed: where that is the recommendation, it takes a place of its unit's figure, once a case.

    Raises Refused over the figure, with the clause, the figure and who stands recommended already.
    """
    rule = done.programme.batches.quotas
    if rule is None or done.case.diagram != APPLICATION or not rule.recommends(done.element, done.outcome):
        return
    batch = queries.batch_of_case(session, done.case.id)
    if batch is None or shares.recommender_of(session, done.case.id) is not None:
        return
    unit_id = shares.home(session, done.case, done.programme, rule, acting=done.by.unit_id)
    answers = shares.answers_of(session, rule, [done.case.id]).get(done.case.id, {})
    place = shares.place_of(session, done.programme, rule, unit_id, answers)
    number = _held(session, batch.id, unit_id, place)
    if number is not None:
        names = [row.applicant for row in _counted(session, done.programme, rule, batch, unit_id, place)]
        if len(names) >= number:
            raise _over(session, done.programme, rule, batch, unit_id, place, number=number, names=names)
    session.add(Recommendation(
        batch_id=batch.id, unit_id=unit_id, case_id=done.case.id, task_id=done.task_id, group_key=place.key,
        choice=place.choice, exempt=place.exempt, person_id=done.by.person_id, recommended_at=done.at,
    ))
    session.flush()
    audit.record(
        session, chain=f"case:{done.case.id}", verb="take_place", person_id=done.by.person_id, person_name=done.by.name,
        unit_name=done.by.unit_name,
        details={"unit": people.unit_name(session, unit_id), "group": place.group.name if place.group else "",
                 "exempt": place.exempt, "number": number, "clause": rule.clause},
    )


def see_that_all_fit(session: Session, act: Act, rows: Sequence[ActRow]) -> None:
    """An act is confirmed: where it recommends, all its cases fit into the figures. Raises Refused, which names those
    that don't, in the order in which they arrived."""
    programme = programmes.programme(session, act.release_id)
    rule = programme.batches.quotas
    if rule is None or act.diagram != APPLICATION or not rule.recommends(act.element, act.outcome):
        return
    for batch in _batches_of(session, rows):
        own = [found for found in shares.coming(session, programme, rule, batch.id) if found[0].act_id == act.id]
        kinds = dict.fromkeys((unit_id, place) for _row, unit_id, place in own)
        for unit_id, place in sorted(kinds, key=lambda kind: kind[0]):
            number = _held(session, batch.id, unit_id, place)
            if number is None:
                continue
            names = [row.applicant for row in _counted(session, programme, rule, batch, unit_id, place, but=act.id)]
            mine = [row.applicant for row, unit, where in own if (unit, where) == (unit_id, place)]
            if over := mine[max(number - len(names), 0):]:
                raise _over(session, programme, rule, batch, unit_id, place, number=number, names=names, over=over,
                            chosen=len(mine))


def give_back(
    session: Session, case: CaseRow, programme: Programme, elements: Collection[str], at: datetime
) -> None:
    """A case arrived somewhere: back at its recommendation or before it, it doesn't stand recommended any more."""
    rule = programme.batches.quotas
    if rule is None or case.diagram != APPLICATION:
        return
    ahead = engine.before(programme.specification(APPLICATION), rule.tasks) | rule.tasks
    if not ahead.isdisjoint(elements):
        _end(session, case, RETURNED, at)


def give_back_withdrawn(session: Session, case: CaseRow, _reason: str) -> None:
    """A case was withdrawn, or ended from elsewhere: its place is free."""
    if case.diagram == APPLICATION and programmes.programme(session, case.release_id).batches.quotas is not None:
        _end(session, case, WITHDRAWN, clock.now())


def rank(session: Session, batch: Batch, *, by: Identity, order: Sequence[str]) -> None:
    """推荐排序: put in order whom the own unit recommends in a call. `order`: public ids of all these cases, the first
    place first.

    Raises NotAllowed for who doesn't recommend in the call, Refused after the unit's last day, Gone where the unit
    recommends others by now.
    """
    programme, rule = shares.rule_of(session, batch)
    if rule is None or not by.roles & {"clerk", "lead"} or not shares.units(
        session, programme, batch, rule, only=by.unit_id
    ):
        raise NotAllowed("只有本批次推荐单位的经办岗、审核岗可以排序。")
    last = shares.last_day(programme, batch, rule)
    if last is not None and queries.is_over(last):
        raise Refused(f"“{batch.name}”的{last.name}已过，推荐排序不能再改。", clause=rule.clause)
    audit.lock(session, f"unit:{by.unit_id}")
    _lock_unit(session, by.unit_id)
    rows = {row.public_id: row for row in shares.standing(session, batch.id, unit_id=by.unit_id)}
    if set(order) != rows.keys() or len(order) != len(rows):
        raise Gone("推荐的单位已有变化，排序没有保存。请核对现在的名单，重新排序。")
    for place, public_id in enumerate(order, start=1):
        session.execute(
            update(Recommendation).where(Recommendation.case_id == rows[public_id].case_id, STANDS).values(rank=place)
        )
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="rank_recommended", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"batch": batch.public_id, "order": [rows[public_id].applicant for public_id in order][:200]},
    )


def _held(session: Session, batch_id: int, unit_id: int, place: Place) -> int | None:
    """The figure under which a place is taken, once nobody else can change it or take one; None without a limit."""
    if place.group is None or place.exempt:
        return None
    session.execute(select(Batch.id).where(Batch.id == batch_id).with_for_update(read=True))
    number = shares.numbers(session, batch_id).get(place.key)
    if number is not None:
        _lock_unit(session, unit_id)
    return number


def _lock_unit(session: Session, unit_id: int) -> None:
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))


def _counted(
    session: Session, programme: Programme, rule: Quotas, batch: Batch, unit_id: int, place: Place, *, but: int = 0
) -> list[Any]:
    """Who takes a place of a figure already: those who stand recommended, and those of confirmed acts, `but` one."""
    found = [row for row in shares.standing(session, batch.id, unit_id=unit_id)
             if not row.exempt and (row.group_key, row.choice) == (place.key, place.choice)]
    return found + [row for row, unit, where in shares.coming(session, programme, rule, batch.id)
                    if row.act_id != but and (unit, where) == (unit_id, place)]


def _over(
    session: Session, programme: Programme, rule: Quotas, batch: Batch, unit_id: int, place: Place, *, number: int,
    names: Sequence[str], over: Sequence[str] = (), chosen: int = 0,
) -> Refused:
    """Why one more isn't taken: the figure, who has its places, and what to do."""
    group = place.group
    choice = shares.choice_words(programme, rule, group, place.choice) if group and place.choice else ""
    of = "、".join(part for part in (group.name if group else "", choice) if part)
    had = f"已推荐 {len(names)} 家" + (f"（{_listed(names)}）" if names else "")
    said = f"{people.unit_name(session, unit_id)}在“{batch.name}”的名额（{of}）为 {number} 家，{had}，"
    if over:
        said += f"勾选了 {chosen} 家，超出 {len(over)} 家：{_listed(over)}。请取消勾选这些单位，或重新选择后再确认。"
    else:
        said += "不能再推荐。"
    exempt = "、".join(one.name for one in rule.groups.values() if one.exempt)
    said += "已推荐的单位撤回、退回，或认定机关增加名额以后，可以再推荐" + (f"；{exempt}不占名额。" if exempt else "。")
    return Refused(said, clause=rule.clause)


def _listed(names: Sequence[str]) -> str:
    more = f" 等 {len(names)} 家" if len(names) > NAMES_TOLD else ""
    return "、".join(names[:NAMES_TOLD]) + more


def _see_that_nothing_is_taken_back(
    session: Session, programme: Programme, batch: Batch, rule: Quotas, figures: Mapping[str, int]
) -> None:
    """Raise Refused, with the figure, where a unit has recommended more than a new one allows."""
    taken = shares.places_taken(session, programme, rule, batch.id)
    for (unit_id, key, choice), count in taken.most_common():
        if count <= figures.get(key, count):
            continue
        group = rule.groups[key]
        of = f"（{shares.choice_words(programme, rule, group, choice)}）" if choice else ""
        raise Refused(
            f"{people.unit_name(session, unit_id)}已推荐{of} {count} 家，{group.name}的名额不能改为 {figures[key]} 家，"
            f"请写 {count} 或更多。", clause=rule.clause,
        )


def _batches_of(session: Session, rows: Sequence[ActRow]) -> list[Batch]:
    """The calls in which the cases of an act are applications."""
    found = {batch.id: batch for row in rows if (batch := queries.batch_of_case(session, row.case_id)) is not None}
    return [found[key] for key in sorted(found)]


def _end(session: Session, case: CaseRow, ended_as: str, at: datetime) -> None:
    ended = session.execute(
        update(Recommendation).where(Recommendation.case_id == case.id, STANDS)
        .values(ended_as=ended_as, ended_at=at).returning(Recommendation.unit_id)
    ).scalar_one_or_none()
    if ended is not None:
        audit.record(
            session, chain=f"case:{case.id}", verb="give_back_place", person_id=None, person_name="系统", unit_name="",
            details={"unit": people.unit_name(session, ended), "ended_as": ended_as}, legal_at=at,
        )
