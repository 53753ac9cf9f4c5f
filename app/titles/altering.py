"""What a diagram may do with the title of its case: suspend and restore, end, extend, change, move it.

Each word takes clause, day, decision and reason as written ("HBI-14.2") or from a field ("form.field"), and refuses
what the title's status doesn't allow.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import queries as cases
from app.cases.words import Place
from app.errors import Refused
from app.people import operations as people
from app.people import queries as identities
from app.people.models import Person, Unit
from app.programmes import queries as programmes
from app.titles import bans, changing, expiry, standing
from app.titles.models import Title, TitleEvent

GIVEN = {
    "clause": "依据的条款，或“表单.字段”；不写为授予称号的条款",
    "effective": "生效日期所在的“表单.字段”，不写为办理当日",
    "decision": "文号所在的“表单.字段”",
    "reason": "理由所在的“表单.字段”",
}
ENDINGS = ("revoked", "cancelled", "removed", "withdrawn", "expired")
PATH = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*")
"""A parameter that names a field: "form.field"."""


@dataclass(frozen=True)
class Said:
    """What a word was given, read: see GIVEN."""

    clause: str
    effective: date
    decision: str
    reason: str


def suspend(session: Session, place: Place) -> str:
    """暂停: from a day on, also one that is past, no earlier than the title's first."""
    return _mark(session, place, "suspended", lambda state: "suspended" not in state.marks, "已经暂停")


def restore(session: Session, place: Place) -> str:
    """恢复: within the validity that the title has; its last day doesn't move."""
    return _mark(session, place, "restored", lambda state: "suspended" in state.marks, "没有暂停")


def end(session: Session, place: Place) -> str:
    """终止: `kind` says how, as written or from a field."""
    title, said = given(session, place)
    kind = value(session, place, "kind")
    if kind not in ENDINGS:
        raise Refused(f"“{kind}”不是称号终止的方式。", clause=said.clause)
    write(session, place, title, kind, said)
    return title.status


def extend(session: Session, place: Place) -> str:
    """延长: by a period from the old last day on. A renewal at the end is app.renewals'. Source: HBI-12."""
    title, said = given(session, place)
    if title.valid_until is None:
        raise Refused(f"称号 {title.number} 没有期限，不必延长。", clause=said.clause)
    period = place.programme.periods[place.parameters["period"]].period
    assert period is not None
    until = workdays.deadline(period, title.valid_until, workdays.calendar_for(place.case.region_code)).last_day
    write(session, place, title, "extended", said, changing.moved_until(title, until))
    return until.isoformat()


def change(session: Session, place: Place) -> str:
    """变更: the holder's new name and other facts, from the fields that the parameters name; empty ones change
    nothing. The institution itself is renamed too, as by a change report: its account, later letters and certificates
    bear the new name. Source: HBI-14.2."""
    title, said = given(session, place)
    answers = cases.latest_answers(session, place.case.id)
    facts = _facts(place, answers)
    details: dict[str, Any] = {"facts": facts} if facts else {}
    name = value(session, place, "name").strip()
    if name and name != title.holder_name:
        details |= {"holder_name": name, "holder_name_before": title.holder_name}
    if not details:
        raise Refused("没有需要变更登记的内容。", clause=said.clause)
    if "holder_name" in details:
        _rename(session, place, title, name)
    write(session, place, title, "changed", said, details)
    return title.holder_name


def move(session: Session, place: Place) -> str:
    """转入新版规则: from the decision on the title runs under the newest release of its programme; open cases stay
    where they are. Returns the number of that release. Source: NAT-30."""
    title, said = given(session, place)
    before, newest = changing.programme_of(session, title), programmes.latest(session, title.programme)
    numbers = {row.id: row.number for row in programmes.releases(session)}
    number = numbers[newest.release_id]
    if newest.release_id == title.release_id:
        raise Refused(f"称号 {title.number} 已适用现行的第 {number} 版规则。", clause=said.clause)
    title.release_id = newest.release_id
    session.flush()
    write(session, place, title, "moved", said, {"release_before": numbers[before.release_id], "release": number})
    return str(number)


def follow_original(session: Session, place: Place) -> str:
    """随原称号: the other title on whose strength this one was entered ended, or was extended: its last day becomes
    this one's. Where that day is past the title has expired from the day after it. Source: HBI-10."""
    title, said = given(session, place)
    see_that_it_follows(session, place, title)
    said = replace(said, clause=expiry.clause_of_the_end(changing.programme_of(session, title), title))
    ended_on = date.fromisoformat(value(session, place, "ended_on"))
    if ended_on < clock.today():
        changing.record(
            session, title, "expired", case_id=place.case.id, clause=said.clause,
            effective_on=max(workdays.day_after(ended_on), title.granted_on), decision=said.decision,
            reason=said.reason, details=changing.moved_until(title, ended_on), person_id=place.person_id, at=place.at,
        )
        return title.status
    kind = "changed" if title.valid_until is None or ended_on < title.valid_until else "extended"
    details = {**changing.moved_until(title, ended_on), "facts": {"原称号有效期止": ended_on.isoformat()}}
    write(session, place, title, kind, said, details)
    return title.status


def see_that_it_follows(session: Session, place: Place, title: Title | None = None) -> str:
    """核对: raise Refused for a title that follows no other, or whose last day is that day already."""
    title = title or given(session, place)[0]
    programme = changing.programme_of(session, title)
    entry = programme.settings.direct_entry
    clause = entry.clause if entry is not None else ""
    if title.basis != "entered" or entry is None or entry.ends != "with_original":
        raise Refused(f"称号 {title.number} 不是依其他称号入库的，不随其他称号终止。", clause=clause)
    ended_on = value(session, place, "ended_on")
    if title.valid_until is not None and ended_on == title.valid_until.isoformat():
        raise Refused(f"称号 {title.number} 的有效期本来就到 {ended_on}。", clause=clause)
    return title.number


def lift_ban(session: Session, place: Place) -> int:
    """解除禁申: every ban that came of the title and hasn't ended; returns how many. Raises Refused where there is
    none."""
    title, said = given(session, place)
    today, found = clock.today(), bans.of_title(session, title.id)
    running = [ban for ban in found if ban.lifted_on is None and ban.ends_on >= today]
    if not running:
        raise Refused(f"称号 {title.number} 没有未届满的禁申期。", clause=said.clause)
    for ban in running:
        bans.lift(session, place, ban, lifted_on=said.effective, reason=said.reason)
    return len(running)


def title_of(session: Session, place: Place) -> Title:
    """The title of the case, its row locked. Raises Refused for a case of none."""
    if place.case.title_id is None:
        raise Refused("此办件不涉及已登记的称号。")
    return changing.locked(session, place.case.title_id)


def given(session: Session, place: Place) -> tuple[Title, Said]:
    """The locked title and what the word was given."""
    title = title_of(session, place)
    written = value(session, place, "effective")
    effective = date.fromisoformat(written) if written else clock.local(place.at).date()
    if effective < title.granted_on:
        clause = value(session, place, "clause")
        raise Refused(f"生效日期 {effective} 早于称号开始的 {title.granted_on}。", clause=clause)
    clause = value(session, place, "clause") or place.programme.title.clause
    return title, Said(clause, effective, value(session, place, "decision"), value(session, place, "reason"))


def value(session: Session, place: Place, parameter: str) -> str:
    """A parameter of a word: the field that it names ("form.field", "" where that isn't answered), else as written."""
    written = place.parameters.get(parameter, "")
    if not PATH.fullmatch(written):
        return written
    form, _, field = written.partition(".")
    found = cases.latest_answers(session, place.case.id).get(form, {}).get(field)
    return "" if found is None else str(found)


def write(
    session: Session, place: Place, title: Title, kind: str, said: Said, details: Mapping[str, Any] | None = None
) -> TitleEvent:
    """Record an event as a word was told to."""
    return changing.record(
        session, title, kind, case_id=place.case.id, clause=said.clause, effective_on=said.effective,
        decision=said.decision, reason=said.reason, details=details, person_id=place.person_id, at=place.at,
    )


def _rename(session: Session, place: Place, title: Title, name: str) -> None:
    """The institution's own row follows its title."""
    unit = session.get_one(Unit, title.holder_id)
    by = None
    if place.person_id is not None:
        by = identities.identity_of_person(
            session, place.person_id, unit_id=session.get_one(Person, place.person_id).unit_id
        )
    people.follow_change(
        session, unit.id, by=by, values={"name": name, "credit_code": unit.credit_code or ""},
        reason=standing.KINDS["changed"], case=place.case.number,
    )


def _mark(
    session: Session, place: Place, kind: str, allows: Callable[[standing.State], bool], otherwise: str
) -> str:
    title, said = given(session, place)
    if title.status not in standing.ENDS and not allows(changing.as_recorded(session, title)):
        raise Refused(f"称号 {title.number} {otherwise}，不能办理“{standing.KINDS[kind]}”。", clause=said.clause)
    write(session, place, title, kind, said)
    return title.status


def _facts(place: Place, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Label -> words of the fields that `facts` names and that were answered."""
    found = {}
    for path in (part.strip() for part in place.parameters.get("facts", "").split(",") if part.strip()):
        form, _, key = path.partition(".")
        answer, field = answers.get(form, {}).get(key), place.programme.form(form).field(key)
        if field is not None and answer not in (None, "", []):
            found[field.label] = str(field.label_of(answer))
    return found
