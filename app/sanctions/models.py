"""处理: what is proposed against a title, how it was decided, and stays of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json

STAYS = {"reconsideration": "复议", "litigation": "诉讼"}
ANNULLERS = {**STAYS, "own": "自行撤销"}
"""Who annulled a sanction: the reviewing authority, a court, or the authority that had imposed it."""
STATUSES = {
    "proposed": "办理中", "imposed": "已处理", "annulled": "处理被撤销", "dropped": "不予处理",
    "superseded": "随称号终止",
}


class Sanction(Base):
    """A proposed or decided sanction: `key` is that of the release's `sanctions`. Nothing of it takes effect before an
    authorised person decides it in its case.

    `cause` names what it was proposed for, so that the same thing is proposed once ("quarterly:2026-09-15",
    "case:812"); `evidence` is a list of {"what", "on", "case"}: which report, on which date, in which case (its number
    or public id, "" for none); a paper that was uploaded with a proposal stands there by its public id ("document")
    with these empty.
    `effective_on` is the day from which the decision counts; it stays where the sanction was annulled.
    """

    __tablename__ = "sanction"
    __table_args__ = (
        UniqueConstraint("title_id", "key", "cause"),
        CheckConstraint("status IN ('proposed', 'imposed', 'annulled', 'dropped', 'superseded')", name="status"),
        CheckConstraint("(status IN ('imposed', 'annulled')) = (effective_on IS NOT NULL)", name="imposed_on_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    title_id: Mapped[int | None] = mapped_column(ForeignKey("title.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    key: Mapped[str]
    cause: Mapped[str]
    ground: Mapped[str] = mapped_column(default="")
    clause: Mapped[str]
    evidence: Mapped[Any] = mapped_column(Json, default=list)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), unique=True)
    from_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str] = mapped_column(default="proposed")
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    effective_on: Mapped[date | None]
    ban_id: Mapped[int | None] = mapped_column(ForeignKey("ban.id"))


class RecommenderHold(Base):
    """暂停或取消推荐: who may not recommend in a programme, because of a sanction of a title or (`sanction_id` NULL) by
    a decision about the unit itself.

    `unit_id` is the department or association that may not recommend, `region_code` the division whose department it is
    ("" for an association; the division may have none in the register). `others`: nor may anybody else from there.
    `year` is that of the calls that it closes, from its first day to its last; NULL: it holds on its days, in whatever
    call. `ends_on` NULL: without end. `held` are the stretches in which a stay of the sanction held it, as in
    app.titles.models.Ban.
    """

    __tablename__ = "recommender_hold"
    __table_args__ = (
        CheckConstraint("effect IN ('suspended', 'cancelled')", name="effect"),
        CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="ends_after_start"),
        CheckConstraint("year IS NULL OR ends_on IS NOT NULL", name="year_has_an_end"),
        Index("ix_recommender_hold_programme", "programme", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    region_code: Mapped[str] = mapped_column(default="")
    others: Mapped[bool] = mapped_column(default=False)
    effect: Mapped[str]
    sanction_id: Mapped[int | None] = mapped_column(ForeignKey("sanction.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    clause: Mapped[str]
    decision: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    held: Mapped[Any] = mapped_column(Json, default=list)
    recorded_at: Mapped[datetime]


class SanctionStay(Base):
    """停止执行: a review (复议) or lawsuit (诉讼) with its document holds a sanction until it is lifted, for a reason
    and with a document again. `since` is the day from which it holds; one runs at a time."""

    __tablename__ = "sanction_stay"
    __table_args__ = (
        CheckConstraint("kind IN ('reconsideration', 'litigation')", name="kind"),
        CheckConstraint("(lifted_at IS NULL) = (lift_reason = '')", name="lifted_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    sanction_id: Mapped[int] = mapped_column(ForeignKey("sanction.id"), index=True)
    kind: Mapped[str]
    document: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    since: Mapped[date]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lift_reason: Mapped[str] = mapped_column(default="")
    lift_document: Mapped[str] = mapped_column(default="")
    lift_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


class SanctionAnnulment(Base):
    """撤销处理: a review, a court or the authority itself did away with an imposed sanction, as if it had never been.

    `document` is the number of the document that did, `document_id` that document.
    """

    __tablename__ = "sanction_annulment"
    __table_args__ = (CheckConstraint("kind IN ('reconsideration', 'litigation', 'own')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sanction_id: Mapped[int] = mapped_column(ForeignKey("sanction.id"), unique=True)
    kind: Mapped[str]
    document: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    reason: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
