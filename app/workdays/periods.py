"""A period as a programme sets it: how much of what, and how it is counted."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from app.errors import Invalid

WORKING_DAYS, DAYS, MONTHS, YEARS = "working_days", "days", "months", "years"
FIXED_DATE, DAY_OF_NEXT_MONTH = "fixed_date", "day_of_next_month"
UNITS = (WORKING_DAYS, DAYS, MONTHS, YEARS, FIXED_DATE, DAY_OF_NEXT_MONTH)
ROLLS = ("next", "none")
MIDNIGHT = "24:00"

_LENGTHS = {WORKING_DAYS: "{} 个工作日", DAYS: "{} 日", MONTHS: "{} 个月", YEARS: "{} 年"}
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,100}")
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_CLOCK_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Period:
    """How long something may take, without the day on which it starts.

    `amount`: how many units, 1 or more; for `day_of_next_month` the day (1-31, cut to the month's last day); for
        `fixed_date` always 1, the date stands in `month_day` as "MM-DD" ("02-29" is 28 February in a common year).
    `first_day_counts`: the start day is day one. It says nothing about the two units that name a date, nor about
        counting back, where the last day is never counted; there it has no effect.
    `roll`: "next" moves a last day that is a rest day to the next working day (counting back: to the one before);
        "none" leaves it, as for the validity of titles and for bans.
    `before`: count back from the start day. A `fixed_date` is then the last one on or before it;
        `day_of_next_month` can't count back.
    `end_of_day`: "24:00", or "HH:MM" where something is delivered at a counter that closes then.
    `not_after`: "2026-09-15": the period is cut where it would end later, such as at the last day of those who decide.
        That day rolls as the period does. It is passed over where the period couldn't begin by then, or stands still.
    `clause`: the programme's clause, for the explanation only.
    `extension`: how many more units the period was extended by (延期), 0 or more; counted as if `amount` had been that
        much longer from the start, so that it doesn't matter whether a stop or the extension came first. A date, and
        what counts back, can't be extended.

    Raises Invalid, by the name of each field that is wrong.
    Source: 民法典 Art. 200-204.
    """

    amount: int
    unit: str
    first_day_counts: bool = False
    roll: str = "next"
    before: bool = False
    month_day: str = ""
    end_of_day: str = MIDNIGHT
    clause: str = ""
    not_after: str = ""
    extension: int = 0

    def __post_init__(self) -> None:
        faults = {
            "unit": _fault_of_unit(self.unit),
            "amount": _fault_of_amount(self.amount, self.unit),
            "month_day": _fault_of_month_day(self.month_day, self.unit),
            "first_day_counts": _fault_of_flag(self.first_day_counts, "首日是否计入"),
            "roll": _fault_of_roll(self.roll),
            "before": _fault_of_before(self.before, self.unit),
            "end_of_day": _fault_of_end(self.end_of_day),
            "not_after": _fault_of_not_after(self.not_after, self.before),
            "extension": _fault_of_extension(self.extension, self.unit, self.before),
        }
        if any(faults.values()):
            raise Invalid({field: [message] for field, message in faults.items() if message})

    @classmethod
    def of(cls, amount: int | str, unit: str, **settings: Any) -> Self:
        """The period whose amount is written as in a file: a whole number, or "MM-DD" where the unit is fixed_date."""
        if unit == FIXED_DATE:
            return cls(1, unit, month_day=str(amount), **settings)
        # Text that is no number is left as it is, so that the period names this fault along with all others.
        written = isinstance(amount, str) and _WHOLE_NUMBER.fullmatch(amount)
        return cls(int(amount) if written else amount, unit, **settings)  # type: ignore[arg-type]

    @classmethod
    def parse(cls, text: str, **settings: Any) -> Self:
        """The period written as "5 working_days", "6 months", "10 day_of_next_month" or "09-15 fixed_date"."""
        words = text.split()
        if len(words) != 2:
            raise Invalid({"period": [f"期限“{text}”应为“数量 单位”，如“5 working_days”或“09-15 fixed_date”。"]})
        return cls.of(words[0], words[1], **settings)

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """The period that `as_json` wrote; settings left out have their defaults. Raises Invalid by name."""
        known = {field.name for field in fields(cls)}
        faults = {name: [f"期限没有“{name}”这一项；请删去。"] for name in settings.keys() - known}
        faults |= {name: ["期限缺少这一项；请补上。"] for name in ("amount", "unit") if name not in settings}
        if faults:
            raise Invalid(faults)
        return cls(**settings)

    def as_json(self) -> dict[str, Any]:
        """Every setting by its name, ready for JSON."""
        return asdict(self)

    @property
    def length(self) -> int:
        """How many units are counted: the amount and what it was extended by."""
        return self.amount + self.extension

    @property
    def text(self) -> str:
        """The short form that `parse` reads."""
        return f"{self.month_day if self.unit == FIXED_DATE else self.amount} {self.unit}"

    @property
    def words(self) -> str:
        """The period in Chinese, as an official would say it."""
        if self.unit == FIXED_DATE:
            month, day = self.month_and_day
            return f"{'此前最近的' if self.before else '截至'} {month} 月 {day} 日"
        if self.unit == DAY_OF_NEXT_MONTH:
            return f"次月 {self.amount} 日"
        length = _LENGTHS[self.unit].format(self.amount)
        if self.extension:
            return f"{length}，延长 {_LENGTHS[self.unit].format(self.extension)}"
        return f"提前 {length}" if self.before else length

    @property
    def month_and_day(self) -> tuple[int, int]:
        return int(self.month_day[:2]), int(self.month_day[3:])

    @property
    def names_a_date(self) -> bool:
        """The period isn't a length but a date: no day of it is counted."""
        return self.unit in (FIXED_DATE, DAY_OF_NEXT_MONTH)


def _fault_of_unit(unit: str) -> str:
    return "" if unit in UNITS else f"单位“{unit}”不认识；可用的单位：{'、'.join(UNITS)}。"


def _fault_of_amount(amount: int, unit: str) -> str:
    # True is an int in Python; a tick box is no amount.
    if not isinstance(amount, int) or isinstance(amount, bool):
        return f"数量“{amount}”不是整数；请写 1 以上的整数，如 5。"
    if amount <= 0:
        return f"数量为 {amount}；期限的数量应为 1 以上的整数。"
    if unit == DAY_OF_NEXT_MONTH and amount > 31:
        return f"次月没有 {amount} 日；请写 1 至 31。"
    if unit == FIXED_DATE and amount != 1:
        return "固定日期的数量只能为 1；日期写在 month_day 中。"
    return ""


def _fault_of_month_day(month_day: str, unit: str) -> str:
    if unit != FIXED_DATE:
        return f"单位“{unit}”不用 month_day；只有 fixed_date 才写日期。" if month_day else ""
    if not isinstance(month_day, str) or not _MONTH_DAY.fullmatch(month_day):
        return f"固定日期“{month_day}”应写作“月-日”，各两位，如 09-15。"
    month, day = int(month_day[:2]), int(month_day[3:])
    if not 1 <= month <= 12 or not 1 <= day <= _LONGEST_MONTHS.get(month, 31):
        return f"没有 {month} 月 {day} 日这一天；请改正固定日期。"
    return ""


def _fault_of_flag(value: bool, name: str) -> str:
    return "" if isinstance(value, bool) else f"{name}只能为是或否。"


def _fault_of_roll(roll: str) -> str:
    return "" if roll in ROLLS else f"遇休息日的处理“{roll}”不认识；请用 next（顺延）或 none（不顺延）。"


def _fault_of_before(before: bool, unit: str) -> str:
    if before is True and unit == DAY_OF_NEXT_MONTH:
        return "“次月某日”不能倒推；请改用固定日期、日、月、年或工作日。"
    return _fault_of_flag(before, "是否倒推")


def _fault_of_not_after(not_after: str, before: bool) -> str:
    if not_after == "":
        return ""
    if before is True:
        return "倒推的期限没有“最迟”；请删去 not_after。"
    try:
        date.fromisoformat(not_after)
    except (TypeError, ValueError):
        return f"最迟日期“{not_after}”应写作“年-月-日”，如 2026-09-15。"
    return ""


def _fault_of_extension(extension: int, unit: str, before: bool) -> str:
    if not isinstance(extension, int) or isinstance(extension, bool) or extension < 0:
        return f"延长的数量“{extension}”应为 0 以上的整数。"
    if extension and (before or unit in (FIXED_DATE, DAY_OF_NEXT_MONTH)):
        return "写明日期的期限和倒推的期限不能延长。"
    return ""


def _fault_of_end(end_of_day: str) -> str:
    if end_of_day == MIDNIGHT:
        return ""
    if not isinstance(end_of_day, str) or not _CLOCK_TIME.fullmatch(end_of_day) or end_of_day == "00:00":
        return f"当日截止时间“{end_of_day}”应写作“时:分”，如 17:30；至当日结束写 24:00。"
    return ""
