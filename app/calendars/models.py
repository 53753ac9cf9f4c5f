"""Editions of the calendar: a year of the whole country, or the days that a region adds to it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CalendarEdition(Base):
    """One announced year of the country (`region_code` empty) or of a region, as one person entered it.

    Proposed until a second person confirms it; then it is in force (its `revision` is set) until a later edition of the
    same year and region replaces it. `status` says what the edition is in law: `provisional` (entered ahead of the
    notice), `published` (the notice) or `amended` (a change of it). `origin` is how the days came in: `paste` (`text`
    is the notice as pasted), `hand`, `csv`, or `chinesecalendar`: those the program itself enters and confirms, and
    `entered_by` and `confirmed_by` are empty. `reason` is why an edition was withdrawn.
    """

    __tablename__ = "calendar_edition"
    __table_args__ = (
        CheckConstraint("status IN ('provisional', 'published', 'amended')", name="status"),
        CheckConstraint("state IN ('proposed', 'in_force', 'replaced', 'withdrawn')", name="state"),
        CheckConstraint("(revision IS NULL) = (state IN ('proposed', 'withdrawn'))", name="revision_when_confirmed"),
        CheckConstraint("(confirmed_at IS NULL) = (revision IS NULL)", name="confirmed_with_revision"),
        CheckConstraint("confirmed_by <> entered_by", name="confirmed_by_another"),
        CheckConstraint("origin IN ('paste', 'hand', 'csv', 'chinesecalendar')", name="origin"),
        Index("ix_calendar_edition_year", "year", "region_code"),
        Index(
            "ix_calendar_edition_waiting", "year", "region_code", unique=True,
            postgresql_where=text("state = 'proposed'"), sqlite_where=text("state = 'proposed'"),
        ),
        Index(
            "ix_calendar_edition_in_force", "year", "region_code", unique=True,
            postgresql_where=text("state = 'in_force'"), sqlite_where=text("state = 'in_force'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    region_code: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    state: Mapped[str] = mapped_column(default="proposed")
    revision: Mapped[int | None] = mapped_column(unique=True)
    document_number: Mapped[str] = mapped_column(default="")
    issued_on: Mapped[date | None]
    origin: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


class CalendarDay(Base):
    """A day of an edition that isn't as its weekday says: a holiday or closure (not worked), or a rest day that is
    worked. `name` says why, `sentence` is where the notice says so."""

    __tablename__ = "calendar_day"

    edition_id: Mapped[int] = mapped_column(ForeignKey("calendar_edition.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    worked: Mapped[bool]
    name: Mapped[str]
    sentence: Mapped[str] = mapped_column(default="")
