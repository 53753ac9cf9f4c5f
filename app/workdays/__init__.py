"""Working days and periods: when something ends, and why.

A machine: it takes dates and gives dates, and knows no "now", no database and no person. Ask `deadline` for a last
day, `explain` for the way to it, a `Calendar` for working days. The only importer of workalendar and chinesecalendar.
"""

from app.workdays.calendars import FIRST_DAY, LAST_DAY, Calendar, calendar_for, national_calendar
from app.workdays.counting import Deadline, deadline
from app.workdays.explaining import Explanation, Step, explain
from app.workdays.periods import ROLLS, UNITS, Period
from app.workdays.remaining import left

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "ROLLS",
    "UNITS",
    "Calendar",
    "Deadline",
    "Explanation",
    "Period",
    "Step",
    "calendar_for",
    "deadline",
    "explain",
    "left",
    "national_calendar",
]
