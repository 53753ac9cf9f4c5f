"""公示: a case over many entries, and what the public says against them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Publication(Base):
    """A list shown to the public from `opened_at` until its case's timer ends it. `list_hash` seals what was shown.

    `corrects_id` is the publication of which this one corrects some entries (更正), `correction` what was wrong there;
    `act_id` the act whose rows it lists, None where it lists only entries of the one that it corrects, and where a
    single case, `source_case_id`, publishes an opinion.
    """

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        CheckConstraint(
            "act_id IS NOT NULL OR corrects_id IS NOT NULL OR source_case_id IS NOT NULL",
            name="from_an_act_a_correction_or_a_case",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"), unique=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id"), index=True)
    source_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    correction: Mapped[str] = mapped_column(default="")
    programme: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    status: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    list_hash: Mapped[str]


class PublicationEntry(Base):
    """One institution on the list: only what the public may read, as it stood when the list was confirmed.

    It is listed until the period ends (cleared), or held by an objection until that is decided (listed or cleared
    again, or upheld). A correction moves it to another publication, or removes it; withdrawn is one whose application
    was. `reason` tells the public why.
    """

    __tablename__ = "publication_entry"
    __table_args__ = (
        UniqueConstraint("publication_id", "case_id"),
        CheckConstraint(
            "status IN ('listed', 'held', 'cleared', 'upheld', 'withdrawn', 'moved', 'removed')", name="status"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    credit_code: Mapped[str]
    region_name: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="listed")
    reason: Mapped[str] = mapped_column(default="")


class Objection(Base):
    """异议: what somebody of the public says against an entry. A tip (线索) is one that the rules of the programme
    don't take as an objection: it opens no case and holds nothing.

    Who said it stays here, and in the letter that answers it; no list shows it. `secret_hash` is the SHA-256 of the
    link by which the objector follows it. `publication_id` is where it was received; its entry may have moved since.
    """

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'upheld', 'rejected', 'tip')", name="status"),
        CheckConstraint("(status = 'tip') = (case_id IS NULL)", name="tips_have_no_case"),
        CheckConstraint("(status IN ('upheld', 'rejected')) = (decided_at IS NOT NULL)", name="decided_when_decided"),
        Index("ix_objection_publication", "publication_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("publication_entry.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), unique=True)
    name: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    received_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    decided_at: Mapped[datetime | None]


class ObjectionPaper(Base):
    """A file that came with an objection or tip."""

    __tablename__ = "objection_paper"

    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
