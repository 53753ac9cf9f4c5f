"""更正: a clerical error in a title's record is put right by decision. What was written stays; what takes its place
says since when it counts and when it was recorded.

An event of the record gets another day, or is struck out (it never was); a fact of the title (number, name, days) is
written anew. The form's `about` and `fact` say which, see ABOUT; `right` what it should be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import queries as cases
from app.cases.words import Place
from app.errors import Invalid
from app.titles import altering, bans, changing, standing
from app.titles.altering import Said
from app.titles.models import Title, TitleEvent

ABOUT = {
    "event": "变动记录的生效日期", "strike": "误登的变动记录", "number": "称号编号", "holder_name": "持有单位名称",
    "granted_on": "认定（入库）日期", "valid_until": "有效期止", "document_number": "认定文件文号",
}
FACT = "fact"
_DAYS = ("event", "granted_on", "valid_until")
_TEXTS = ("number", "holder_name", "document_number")
LONGEST = 100


@dataclass(frozen=True)
class Proposal:
    """What shall be put right: `about` is a key of ABOUT; `event` the record's event that it touches, if any."""

    about: str
    event: TitleEvent | None
    day: date | None
    text: str
    recompute: bool


def check(session: Session, place: Place) -> str:
    """核对: hold the draft of a correction against the record; raises Invalid at what can't be. Returns what it is
    about."""
    title = altering.title_of(session, place)
    return ABOUT[_read(session, place, title, changing.events_of(session, title.id)).about]


def correct(session: Session, place: Place) -> str:
    """更正: write what the decision puts right as events of the title; both days stay, of the law and of the record.
    Returns what it was about. Raises Invalid as `check` does: the record may have moved since."""
    title, said = altering.given(session, place)
    events = changing.events_of(session, title.id)
    proposal = _read(session, place, title, events)
    if proposal.about == "strike":
        assert proposal.event is not None
        _take_the_place_of(session, place, title, said, proposal.event, "corrected", proposal.event.effective_on, {})
        bans.follow_correction(session, place, proposal.event, None, said.reason)
    elif proposal.about == "event":
        assert proposal.event is not None
        assert proposal.day is not None
        if proposal.event.kind in standing.BEGINNINGS:
            _begin_on(session, place, title, said, proposal)
        else:
            details = dict(proposal.event.details)
            _take_the_place_of(session, place, title, said, proposal.event, proposal.event.kind, proposal.day, details)
            bans.follow_correction(session, place, proposal.event, proposal.day, said.reason)
    elif proposal.about == "granted_on":
        _begin_on(session, place, title, said, proposal)
    elif proposal.about == "valid_until":
        assert proposal.day is not None
        _until(session, place, title, said, proposal.day)
    else:
        _text(session, place, title, said, proposal)
    return ABOUT[proposal.about]


def _read(session: Session, place: Place, title: Title, events: Sequence[TitleEvent]) -> Proposal:
    form = place.parameters["form"]
    answers = cases.latest_answers(session, place.case.id).get(form, {})
    about = str(answers.get("fact" if answers.get("about") == FACT else "about") or "")
    if about not in ABOUT:
        raise Invalid({"about": ["请选择要更正什么。"]})
    text = str(answers.get("right") or "").strip()
    day = _day(text) if about in _DAYS else None
    if about in _TEXTS and not 0 < len(text) <= LONGEST:
        raise Invalid({"right": [f"请填写正确的内容，不超过 {LONGEST} 字。"]})
    event = _event(answers.get("event_number"), events) if about in ("event", "strike") else None
    proposal = Proposal(about, event, day, text, bool(answers.get("recompute")))
    if about == "granted_on":
        proposal = Proposal(about, _beginning(events), day, text, proposal.recompute)
    _see_that_it_fits(session, title, proposal, events)
    return proposal


def _see_that_it_fits(
    session: Session, title: Title, proposal: Proposal, events: Sequence[TitleEvent]
) -> None:
    event, day = proposal.event, proposal.day
    if event is not None and proposal.about == "strike":
        if event.kind in standing.BEGINNINGS:
            raise Invalid({"event_number": ["授予、登记的记录不能作为误登删去；编号、日期有误的请更正该项。"]})
        if event.kind in ("corrected", "annulled"):
            raise Invalid({"event_number": ["更正记录本身不能再作误登；请再办理一次更正。"]})
    if event is not None and day is not None:
        if day == event.effective_on:
            raise Invalid({"right": ["与原来登记的日期相同。"]})
        if event.kind in standing.CHANGES_STATUS and day > clock.today():
            raise Invalid({"right": ["日期在今天以后。"]})
        if event.kind not in standing.BEGINNINGS and day < title.granted_on:
            raise Invalid({"right": [f"早于称号开始的 {title.granted_on}。"]})
        others = [one for one in standing.in_force(events) if one.seq != event.seq and one.kind != "corrected"]
        first = min((one.effective_on for one in others), default=None)
        if event.kind in standing.BEGINNINGS and first is not None and day > first:
            raise Invalid({"right": [f"晚于之后 {first} 生效的变动，请先更正那一条。"]})
    if proposal.about == "valid_until" and day is not None:
        if day == title.valid_until:
            raise Invalid({"right": ["与原来登记的日期相同。"]})
        if day < title.granted_on:
            raise Invalid({"right": [f"早于称号开始的 {title.granted_on}。"]})
    if proposal.about in _TEXTS and proposal.text == getattr(title, proposal.about):
        raise Invalid({"right": ["与原来登记的内容相同。"]})
    taken = select(Title.id).where(Title.number == proposal.text, Title.id != title.id)
    if proposal.about == "number" and session.scalar(taken) is not None:
        raise Invalid({"right": [f"编号 {proposal.text} 已是另一个称号的编号。"]})


def _begin_on(session: Session, place: Place, title: Title, said: Said, proposal: Proposal) -> None:
    """The title counts from another day; its last day follows only where that is asked for, by the validity period."""
    event, day = proposal.event, proposal.day
    assert event is not None
    assert day is not None
    details: dict[str, Any] = dict(event.details)
    programme, until = changing.programme_of(session, title), title.valid_until
    if proposal.recompute and programme.title.validity and title.basis != "entered":
        period = programme.periods[programme.title.validity].period
        assert period is not None
        until = workdays.deadline(period, day, workdays.calendar_for(place.case.region_code)).last_day
    title.granted_on = day
    session.flush()
    _take_the_place_of(session, place, title, said, event, event.kind, day, details)
    if until is not None and until != title.valid_until:
        _until(session, place, title, said, until)


def _until(session: Session, place: Place, title: Title, said: Said, until: date) -> None:
    """Another last day, from the day on which the wrong one was set; an expiry that followed from the wrong one is
    written anew, or struck out where the right one hasn't come."""
    events = changing.events_of(session, title.id)
    before, counted = title.valid_until, standing.in_force(events)
    setters = [event for event in counted if "valid_until" in event.details] or [_beginning(events)]
    expired = [event for event in counted
               if event.kind == "expired" and before and event.effective_on == workdays.day_after(before)]
    _write(session, place, title, said, setters[-1].effective_on, changing.moved_until(title, until))
    for event in expired:
        if until < clock.today():
            _take_the_place_of(session, place, title, said, event, "expired", workdays.day_after(until), {})
        else:
            _take_the_place_of(session, place, title, said, event, "corrected", event.effective_on, {})


def _text(session: Session, place: Place, title: Title, said: Said, proposal: Proposal) -> None:
    """Another number, name or document: from the day on which the wrong one was set."""
    events = changing.events_of(session, title.id)
    before = getattr(title, proposal.about)
    since = _beginning(events).effective_on
    details: dict[str, Any] = {"facts": {ABOUT[proposal.about]: [before, proposal.text]}}
    if proposal.about == "holder_name":
        named = [event for event in standing.in_force(events) if "holder_name" in event.details]
        since = named[-1].effective_on if named else since
        details |= {"holder_name": proposal.text, "holder_name_before": before}
    else:
        setattr(title, proposal.about, proposal.text)
        session.flush()
    _write(session, place, title, said, since, details)


def _write(
    session: Session, place: Place, title: Title, said: Said, since: date, details: dict[str, Any]
) -> TitleEvent:
    return changing.record(
        session, title, "corrected", case_id=place.case.id, clause=said.clause, effective_on=since,
        decision=said.decision, reason=said.reason, details=details, person_id=place.person_id, at=place.at,
    )


def _take_the_place_of(
    session: Session, place: Place, title: Title, said: Said, event: TitleEvent, kind: str, day: date,
    details: dict[str, Any],
) -> TitleEvent:
    """An event in the place of another: the same of another day, or "corrected" for one that never was. The clause is
    that of the first, the decision and the reason are those of the correction."""
    return changing.record(
        session, title, kind, case_id=place.case.id, clause=event.clause, effective_on=day, decision=said.decision,
        reason=said.reason, details=details, supersedes=event.seq, person_id=place.person_id, at=place.at,
    )


def _event(number: Any, events: Sequence[TitleEvent]) -> TitleEvent:
    found = {event.seq: event for event in standing.in_force(events)}
    try:
        return found[int(number)]
    except (KeyError, TypeError, ValueError):
        known = "、".join(str(seq) for seq in sorted(found))
        raise Invalid({"event_number": [f"没有这一条变动记录，或已被更正；可填：{known}。"]}) from None


def _beginning(events: Sequence[TitleEvent]) -> TitleEvent:
    return next(event for event in standing.in_force(events) if event.kind in standing.BEGINNINGS)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid({"right": ["请填写正确的日期，写作 2026-03-01。"]}) from None
