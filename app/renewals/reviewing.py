"""复核: titles without an end are reviewed every so many years, with the yearly call.

A call that is opened lets a review fall due on its first day for each title whose turn it is; the worker opens the
cases. A title whose turn comes while a call is open (it came into the register meanwhile) joins that call. No review
ends a title: what isn't filed waits for a decision, what isn't passed is proposed as a sanction.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.words import Place
from app.errors import Refused
from app.people.models import Unit
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.renewals.models import Review
from app.renewals.opening import BATCH_REVIEW
from app.sanctions import proposing
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent

REVIEW = "batch_review"
"""The kind of due row by which a review opens."""
UNDECIDED = ("open", "not_filed", "filed")


@batches.on_open
def plan_reviews(session: Session, batch: Batch) -> None:
    """Let the reviews of a call fall due on its first day. Source: BDP-17."""
    rules = programmes.programme(session, batch.release_id).life.renewal
    if rules is None or rules.kind != BATCH_REVIEW:
        return
    titles = session.scalars(
        select(Title).where(Title.programme == batch.programme, Title.status.not_in(standing.ENDS)).order_by(Title.id)
    ).all()
    for title in titles:
        _plan(session, title, batch)


@changing.on_change
def hear(session: Session, title: Title, event: TitleEvent) -> None:
    """A title that came in while a call is open is reviewed with it where its turn has come; the review of one that
    ended is over."""
    if title.status in standing.ENDS:
        for review in session.scalars(
            select(Review).where(Review.title_id == title.id, Review.status.in_(UNDECIDED))
        ):
            review.status, review.decided_on = "void", clock.today()
            review.reason = f"称号{standing.KINDS[event.kind]}（{event.clause}）"
        session.flush()
        return
    rules = changing.programme_of(session, title).life.renewal
    if event.kind not in standing.BEGINNINGS or rules is None or rules.kind != BATCH_REVIEW:
        return
    today = clock.today()
    for batch in session.scalars(
        select(Batch).where(Batch.programme == title.programme, Batch.closes_on >= today).order_by(Batch.id)
    ):
        _plan(session, title, batch)


@life.handler(REVIEW)
def open_review(session: Session, row: LifeDue) -> None:
    """Open the review of a title in a call, once; not beside one that is undecided still."""
    title = changing.locked(session, row.title_id)
    batch = session.get_one(Batch, row.payload["batch_id"])
    programme = changing.programme_of(session, title)
    rules = programme.life.renewal
    if title.status in standing.ENDS or rules is None or rules.kind != BATCH_REVIEW:
        return
    before = select(Review.id).where(
        Review.title_id == title.id, Review.status.in_(UNDECIDED) | (Review.batch_id == batch.id)
    )
    if session.scalar(before.limit(1)) is not None or not _is_due(session, programme, title, batch):
        return
    made = Review(
        public_id=db.public_id(), title_id=title.id, programme=title.programme, batch_id=batch.id, case_id=0,
    )

    def tie(case: Case) -> None:
        made.case_id = case.id
        session.add(made)
        session.flush()

    case = changing.open_about(
        session, title, diagram=rules.diagram, name=f"{batch.year} 年复核", before_start=tie, at=row.due_at,
        dates=batch.dates,
    )
    row.case_id = case.id
    session.flush()


@batches.also_in
def cases_in(session: Session, batch_id: int) -> Sequence[int]:
    """The reviews in a call that may still be filed: its dates bind them too."""
    return session.scalars(
        select(Review.case_id).where(Review.batch_id == batch_id, Review.status == "open").order_by(Review.case_id)
    ).all()


def next_year_of(session: Session, programme: Programme, title: Title) -> int:
    """The year of the call with which a title is reviewed next: the period after its recognition, or after the year of
    the call in which it was confirmed last. Source: BDP-17."""
    confirmed = session.scalar(
        select(Batch.opens_on).join(Review, Review.batch_id == Batch.id)
        .where(Review.title_id == title.id, Review.status == "confirmed").order_by(Batch.year.desc()).limit(1)
    )
    period = programme.periods[programme.life.renewal.review_after].period
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id))
    start: date = confirmed or title.granted_on
    return workdays.deadline(
        period, start, workdays.calendar_for(region or programme.authority.region)
    ).last_day.year


def record_filed(session: Session, place: Place) -> str:
    """The word record_review_filed. Raises Refused for a review that is decided."""
    review, _title = _of(session, place)
    if review.status not in ("open", "not_filed"):
        raise Refused("本次复核已经提交或办结，不能再提交。", clause=place.programme.life.renewal.clause)
    review.status, review.filed_at = "filed", place.at
    session.flush()
    return "filed"


def record_missed(session: Session, place: Place) -> str:
    """The word record_review_missed: the call closed before anything was filed; the title stays as it is."""
    review, _title = _of(session, place)
    if review.status == "open":
        review.status = "not_filed"
        session.flush()
        _tell(session, place, "miss_review", clause=place.programme.life.renewal.clause)
    return review.status


def confirm(session: Session, place: Place) -> str:
    """The word confirm_title: the title is confirmed by the decision of the step; returns the year of the next review.
    Source: BDP-17."""
    review, title = _decidable(session, place)
    _take_decision(session, place, review)
    review.status = "confirmed"
    session.flush()
    clause = place.programme.life.renewal.clause
    changing.record(
        session, title, "confirmed", case_id=place.case.id, clause=clause, effective_on=review.decided_on,
        decision=review.decision, reason=review.reason, person_id=place.person_id, at=place.at,
    )
    return str(next_year_of(session, place.programme, title))


def propose(session: Session, place: Place) -> str:
    """The word propose_after_review: the title isn't confirmed, and the sanction of `title.renewal.not_passed` is
    proposed; it is heard and decided in its own case. Returns the sanction's key."""
    review, title = _decidable(session, place)
    not_filed = review.status == "not_filed"
    _take_decision(session, place, review)
    review.status = "failed"
    session.flush()
    batch = session.get_one(Batch, review.batch_id)
    key = place.programme.life.renewal.not_passed
    what = f"{batch.year} 年复核{'没有申报' if not_filed else '不合格'}"
    made = proposing.propose(
        session, title, key=key, cause=f"review:{review.id}", from_case_id=place.case.id, at=place.at,
        evidence=[{"what": f"{what}：{review.reason}" if review.reason else what,
                   "on": (review.decided_on or clock.today()).isoformat(), "case": place.case.number}],
    )
    _tell(session, place, "propose_after_review", sanction=key, clause=place.programme.life.renewal.clause)
    return made.key if made is not None else ""


def _plan(session: Session, title: Title, batch: Batch) -> None:
    programme = changing.programme_of(session, title)
    rules = programme.life.renewal
    if rules is not None and rules.kind == BATCH_REVIEW and _is_due(session, programme, title, batch):
        life.plan_for(session, title, kind=REVIEW, key=f"batch:{batch.id}", on=max(batch.opens_on, clock.today()),
                      payload={"batch_id": batch.id})


def _is_due(session: Session, programme: Programme, title: Title, batch: Batch) -> bool:
    return batch.year >= next_year_of(session, programme, title)


def _decidable(session: Session, place: Place) -> tuple[Review, Title]:
    review, title = _of(session, place)
    if title.status in standing.ENDS or review.status not in ("filed", "not_filed"):
        raise Refused("本次复核尚未提交或已经办结。", clause=place.programme.life.renewal.clause)
    return review, title


def _of(session: Session, place: Place) -> tuple[Review, Title]:
    """The review of a case and its title, both locked: the title first."""
    if place.case.title_id is None:
        raise Refused("此办件没有称号，不能办理复核。")
    title = changing.locked(session, place.case.title_id)
    review = session.scalars(
        select(Review).where(Review.case_id == place.case.id).with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if review is None:
        raise Refused("此办件不是随批次建立的复核，不能办理。")
    return review, title


def _take_decision(session: Session, place: Place, review: Review) -> None:
    """Number, day and reason of the decision, from the last answers of the form that `decision` names."""
    form = place.parameters.get("decision") or "review_decision"
    said: Mapping[str, Any] = cases.latest_answers(session, place.case.id).get(form, {})
    review.decision = str(said.get("document_number") or "")
    review.reason = str(said.get("reason") or "")
    issued_on = said.get("issued_on")
    review.decided_on = date.fromisoformat(str(issued_on)) if issued_on else clock.local(place.at).date()


def _tell(session: Session, place: Place, verb: str, **details: str) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id, person_name="系统", unit_name="",
        details=details, legal_at=place.at,
    )
