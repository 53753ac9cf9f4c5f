"""How a last day is written. One place, so that a provisional one never goes out without its mark."""

from datetime import date

MARK = "（暂定）"
"""Stands behind a date whose year has no notice yet."""


def last_day_words(day: date, provisional: bool, end_of_day: str = "") -> str:
    """A last day wherever one is written: 2026-10-10, 2026-10-10 24:00, 2027-01-11 24:00（暂定）."""
    return f"{day.isoformat()}{' ' if end_of_day else ''}{end_of_day}{MARK if provisional else ''}"
