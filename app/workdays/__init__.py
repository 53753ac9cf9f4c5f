"""Working days and periods: when something ends, and why.

A machine: it takes dates and gives dates, and knows no "now", no database and no person. Ask `deadline` for a last
day, `explain` for the way to it, a `Calendar` for working days. The only importer of workalendar and chinesecalendar.
"""

from app.workdays.books import Book, Edition, book_in_use, calendar_for, use
from app.workdays.calendars import FIRST_DAY, LAST_DAY, Calendar, national_calendar
from app.workdays.counting import Deadline, day_after, deadline
from app.workdays.drawing import Drawing, draw
from app.workdays.explaining import Explanation, Step, as_recorded, explain
from app.workdays.marks import MARK, last_day_words
from app.workdays.notices import announced_days, announced_years, built_in_notice, statutory_days
from app.workdays.periods import ROLLS, UNITS, Period
from app.workdays.remaining import left
from app.workdays.stretches import Stretch, stretch_named, stretch_of

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "MARK",
    "ROLLS",
    "UNITS",
    "Book",
    "Calendar",
    "Deadline",
    "Drawing",
    "Edition",
    "Explanation",
    "Period",
    "Step",
    "Stretch",
    "announced_days",
    "announced_years",
    "as_recorded",
    "book_in_use",
    "built_in_notice",
    "calendar_for",
    "day_after",
    "deadline",
    "draw",
    "explain",
    "last_day_words",
    "left",
    "national_calendar",
    "statutory_days",
    "stretch_named",
    "stretch_of",
    "use",
]
