"""Which editions of the calendar are in force: the State Council's years, and what regions add to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from app.errors import Invalid
from app.workdays.calendars import REGION_CODE, Calendar, Draft, national_calendar

_NOTHING: Mapping[date, str] = MappingProxyType({})


@dataclass(frozen=True)
class Edition:
    """One year as announced. `off` and `on` name the days that aren't worked and the rest days that are, each with its
    reason; `source` is the document, such as "国办发明电〔2025〕7号".

    A national edition (`regions` None) is the whole year: what was held of the year before is forgotten. A regional one
    adds days of its own to what the region inherits, for exactly the division codes in `regions`. A `provisional` one
    is what is expected before the notice: its days are used, and the year stays provisional.
    """

    year: int
    off: Mapping[date, str]
    on: Mapping[date, str] = field(default_factory=lambda: _NOTHING)
    source: str = ""
    regions: frozenset[str] | None = None
    provisional: bool = False


class Book:
    """The editions in force, as calendars. Never changed: a confirmed edition makes a new book.

    `revision` rises with every confirmed edition and tells whether a stored date was computed with this book; 0 is
    what this program brings along. Regional editions are applied in the order given: the wider region first.
    """

    def __init__(self, editions: Sequence[Edition] = (), *, revision: int = 0) -> None:
        """Raises Invalid for an edition whose days contradict each other or lie outside its year."""
        self.revision = revision
        self.national = _with_years([found for found in editions if found.regions is None])
        self._regional = [found for found in editions if found.regions is not None]
        self._calendars: dict[str, Calendar] = {}

    def calendar_for(self, region_code: str) -> Calendar:
        """The calendar of a region: the national one with the editions of the regions it lies in.

        `region_code` is a code of GB/T 2260 (6 digits) or its statistical form (9 or 12); raises Invalid for another
        text. The national calendar is `national`.
        """
        if region_code not in self._calendars:
            self._calendars[region_code] = self._made(region_code)
        return self._calendars[region_code]

    def _made(self, region_code: str) -> Calendar:
        if not REGION_CODE.fullmatch(region_code):
            raise Invalid({"region": [f"行政区划代码“{region_code}”应为 6、9 或 12 位数字。"]})
        # The tree of divisions has six digits; the statistical form adds a town or a village to them.
        own = [edition for edition in self._regional if region_code[:6] in edition.regions]
        if not own:
            return self.national.in_region(region_code)
        draft = Draft(self.national)
        for edition in own:
            worked = {day: f"{name.removesuffix('调休')}调休" for day, name in edition.on.items()}
            draft.add_days(edition.off, worked, source=edition.source)
        return draft.calendar().in_region(region_code)

    def days_in(self, region_code: str) -> tuple[int, ...]:
        """Which of this book's regional editions hold in a region, by their place: regions of which this is the same
        have the same days."""
        return tuple(place for place, edition in enumerate(self._regional) if region_code[:6] in edition.regions)


def _with_years(editions: Sequence[Edition]) -> Calendar:
    """The national calendar with the years of these editions; the very one that the program brings along for none."""
    if not editions:
        return national_calendar()
    draft = Draft(national_calendar())
    for edition in sorted(editions, key=lambda found: found.year):
        draft.enter_notice(
            edition.year, edition.off, edition.on, source=edition.source, provisional=edition.provisional
        )
    return draft.calendar()


_in_use = Book()


def use(book: Book) -> None:
    """Compute with this book from now on, in this process."""
    global _in_use
    _in_use = book


def book_in_use() -> Book:
    """The book with which this process computes now."""
    return _in_use


def calendar_for(region_code: str) -> Calendar:
    """The calendar of a region in the book in use: see `Book.calendar_for`."""
    return _in_use.calendar_for(region_code)
