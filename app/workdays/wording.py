"""One sentence of a holiday notice: which days it sets free and which it has worked. Knows no calendar.

A sentence is read whole or not at all: one word that isn't understood and none of its days counts, for a notice that is
half understood is worse than one that is typed in by hand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from lunardate import LunarDate

_ONE_DAY = timedelta(days=1)
LONGEST_DAYS = 31

_DATE = re.compile(
    r"(?:(?P<year>[0-9]{4})年)?(?:(?P<month>[0-9]{1,2})月)?(?P<day>[0-9]{1,2})[日号](?:\((?P<beside>[^()]*)\))?"
)
DAY = re.compile(r"[0-9]{1,2}[日号]")
TOUCHES = re.compile(r"[0-9]{1,2}[日号]|[假休班]|停工")
"""A sentence without any of this can't change a day."""
_TO = re.compile(r"(?:起|开始)?(?:至|到|[-~—–―]+)")
_AND = re.compile(r"、|,(?=[0-9])|以及|和|及|与(?=[0-9])")
_OFF = (
    r"放假调休|调休放假|休假调休|放假公休|放假|补休|补假|调休|休息|休假|"
    r"停工(?:、?停业|、?停产|、?停课|、?停市|、?停运)*"
)
_ON = r"调休上班|补班|上班"
_VERB = re.compile(
    r",?(?:期间)?,?(?:止)?(?P<since>起|开始)?,?(?:全国|全区|全省|全市|全县|全州|各单位|全体公民)*"
    r"(?:恢复)?(?:统一|照常|正常|均|都|为|共)*"
    rf"(?:(?P<on>{_ON})|(?P<off>{_OFF}))(?!的|安排|期间|办法|时间)"
)
_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九十", 1)}
_TOTAL = re.compile(
    r",?(?:一共|共计|合计|总共|连休|共|计)?(?:放假|休息)?([0-9]{1,2}|[一二三四五六七八九十])天(?:假期|长假)?"
)
_WEEKEND = re.compile(r",?(?:与|和|同)周末(?:公休日)?(?:连休|相连|连在一起)")
_FILLER = re.compile(
    r"[,;。.!、:]+|其中|此外|另外|不再调休|不调休|无调休|无需调休|"
    r"(?:特|现)?作?(?:如下)?(?:放假)?(?:调休|放假|假期)(?:安排|时间|日期)?"
    r"(?:如下|为|是)?:"
)
_PURPOSE = re.compile(r"为[^,:。]*,|经[^,:。]*(?:批准|同意|研究决定),|根据[^,:。]*,|特作如下调休:")
_FROM = re.compile(r"从|自|于|为|是|即")

_NAME = r"(?:元旦|春节|清明节?|(?:国际)?劳动节|五一|端午节?|中秋节?|国庆节?)"
_NUMBERING = (
    r"(?:\(?[一二三四五六七八九十]+\)?[、.,:]|\([一二三四五六七八九十]+\)|[0-9]{1,2}[、.)](?![0-9])|[—\-–―·•*]+)"
)
_HEADING = re.compile(
    rf"^{_NUMBERING}?(?:[0-9]{{4}}年)?"
    r"(?P<name>[^:,;。0-9()]{1,20}(?:[0-9]+周年[^:,;。0-9()]{0,10})?):"
)
_ENUMERATION = re.compile(rf"^{_NUMBERING}")
_OPENING = re.compile(
    rf"^(?P<name>{_NAME}(?:[、和]{_NAME})*)(?:假期|长假|放假)?(?:调休)?(?:安排|时间|日期)?(?:为|是|:)?(?=[从自于]?[0-9])"
)
_ADJUSTED = re.compile(
    rf"(?:将|把)?(?:[0-9]{{4}}年)?(?P<name>{_NAME}(?:[、和]{_NAME})*)(?:假期|放假|假日)*(?:调休)?"
    r"(?:安排|时间|日期)?(?:调整|变更|改)为:?"
)
_EXTENDED = re.compile(
    rf"(?:延长(?:[0-9]{{4}}年)?(?P<name>{_NAME})(?:假期|放假|假日)*(?:时间)?|"
    rf"(?:将|把)?(?:[0-9]{{4}}年)?(?P<other>{_NAME})(?:假期|放假|假日)*(?:时间)?延长)(?:至|到)"
)
_SHORT = {
    "清明": "清明节", "端午": "端午节", "中秋": "中秋节", "国庆": "国庆节", "五一": "劳动节", "国际劳动节": "劳动节",
}
_ENCOURAGED = re.compile(r"鼓励|提倡|倡导|建议")

_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天])")
_WEEKDAYS = {sign: number for number, sign in enumerate("一二三四五六日")} | {"天": 6}
_LUNAR_MONTHS = {sign: number for number, sign in enumerate("正二三四五六七八九十冬腊", 1)} | {"十一": 11, "十二": 12}
_LUNAR_DAY = re.compile(
    r"(?:农历)?(正|冬|腊|十[一二]|[二三四五六七八九十])月((?:初|十|廿|二十|三十)[一二三四五六七八九十]?)"
)


@dataclass
class Said:
    """What one sentence says.

    `kind`: "days", "encouraged" (a wish, no day off), "plain" (can't change a day) or "unread". `off` and `on` are the
    days in their order; `replaces` and `extends` name the holiday whose days of before are dropped or lengthened,
    `until` is the last day of the lengthened one.
    """

    text: str
    kind: str
    name: str = ""
    off: list[date] = field(default_factory=list)
    on: list[date] = field(default_factory=list)
    replaces: str = ""
    extends: str = ""
    until: date | None = None
    faults: list[str] = field(default_factory=list)


class _Unread(Exception):
    """The sentence has a word that isn't known."""


@dataclass(frozen=True)
class Place:
    """Where a sentence stands: the notice's year, the holiday of its heading ("" for none), that of the notice."""

    year: int
    heading: str = ""
    holiday: str = ""


def heading_of(sentence: str) -> str:
    """The holiday that a sentence's heading names ("二、春节：..."), "" without one."""
    found = _HEADING.match(sentence)
    return normal_name(found["name"]) if found and _is_name(found["name"]) else ""


def is_numbered(sentence: str) -> bool:
    """Whether a sentence begins a numbered item."""
    return bool(_ENUMERATION.match(sentence))


def normal_name(name: str) -> str:
    """Names of holidays in full: 清明 is 清明节, "和" becomes "、"."""
    parts = re.split(r"[、和]", re.sub("[“”\"' ]", "", name))
    return "、".join(_SHORT.get(part, part) for part in parts if part)


def read_sentence(text: str, normal: str, place: Place) -> Said:
    """Read a sentence: `text` as written, `normal` in normal form (NFKC, no spaces)."""
    if not TOUCHES.search(normal):
        return Said(text, "plain")
    heading = heading_of(normal)
    body = normal[_HEADING.match(normal).end():] if heading else _ENUMERATION.sub("", normal)  # type: ignore[union-attr]
    said = Said(text, "days", name=heading or place.heading or place.holiday)
    if _ENCOURAGED.match(body):
        said.kind = "encouraged"
        return said
    try:
        _Sentence(body, said, place.year).read()
    except _Unread:
        return Said(text, "unread")
    if not (said.off or said.on or said.until or said.faults):
        return Said(text, "unread")
    return said


class _Sentence:
    """The reading of one sentence, from left to right."""

    def __init__(self, body: str, said: Said, year: int) -> None:
        self.body, self.said, self.year, self.at = body, said, year, 0
        self.carried_year: int | None = None
        self.carried_month: int | None = None
        self.totals: list[tuple[int, set[date]]] = []
        self.with_weekend = False

    def read(self) -> None:
        """Raises _Unread at the first word that isn't known."""
        while self._take(_PURPOSE):
            pass
        if adjusted := self._take(_ADJUSTED):
            self.said.name = self.said.replaces = normal_name(adjusted["name"])
        elif extended := self._take(_EXTENDED):
            self._extension(normal_name(extended["name"] or extended["other"]))
        elif opening := self._take(_OPENING):
            self.said.name = normal_name(opening["name"])
        while self.at < len(self.body):
            if not (self._weekend() or self._total(set(self.said.off)) or self._group() or self._take(_FILLER)):
                raise _Unread
        self._check_totals()

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.body, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def _weekend(self) -> bool:
        found = self._take(_WEEKEND)
        self.with_weekend = self.with_weekend or found is not None
        return found is not None

    def _total(self, days: set[date]) -> bool:
        if found := self._take(_TOTAL):
            number = _NUMERALS.get(found[1]) or int(found[1])
            self.totals.append((number, days))
        return found is not None

    def _group(self) -> bool:
        """Some dates and what is done on them: "2月14日（周六）、2月28日（周六）上班"."""
        started = self.at
        self._take(_FROM)
        if not _DATE.match(self.body, self.at):
            self.at = started
            return False
        days = list(self._dates())
        verb = self._take(_VERB)
        if verb is None:
            raise _Unread
        if verb["on"]:
            self._worked(days, since=bool(verb["since"]))
        else:
            if verb["since"]:
                raise _Unread  # "from then on" off, without an end
            self.said.off += [day for day in days if day not in self.said.off]
            if verb["off"] in ("补休", "补假"):
                self.said.faults += [f"{_shown(day)}补休，但当日本来就是周末" for day in days if day.weekday() >= 5]
            self._total(set(days) if len(days) == 1 else set(self.said.off))
        return True

    def _worked(self, days: list[date], *, since: bool) -> None:
        """Made-up days; "起正常上班" only tells where a holiday ends."""
        for day in days:
            if day.weekday() >= 5:
                self.said.on += [day] if day not in self.said.on else []
            elif not since:
                self.said.faults.append(f"{_shown(day)}上班，但当日是{_weekday(day)}，本来就是工作日")

    def _extension(self, name: str) -> None:
        until, beside = self._date()
        self._check_beside(until, beside, [])
        self.said.name = self.said.extends = name
        self.said.until = until

    def _dates(self) -> Iterator[date]:
        """A list of days and ranges. A day that doesn't exist or has another weekday is a fault and isn't given."""
        listed: list[date] = []
        while True:
            first, beside = self._date()
            until = first
            if self._take(_TO):
                until, later = self._date()
                if first and until and first > until and not self._year_written(first):
                    first = _moved(first, until.year - 1)
                self._check_beside(until, later, [until])
            days = self._range(first, until)
            listed += days
            self._check_beside(first, beside, listed)
            yield from days
            separator = _AND.match(self.body, self.at)
            if separator is None or not _DATE.match(self.body, separator.end()):
                return
            self.at = separator.end()

    def _year_written(self, day: date) -> bool:
        return self.carried_year == day.year

    def _date(self) -> tuple[date | None, str]:
        found = self._take(_DATE)
        if found is None:
            raise _Unread
        if found["year"]:
            self.carried_year = int(found["year"])
        if found["month"]:
            self.carried_month = int(found["month"])
        if self.carried_month is None:
            raise _Unread
        year = self.carried_year or self.year
        # New Year's days of a December lie in the year before, which notices don't always write.
        if not self.carried_year and self.carried_month == 12 and "元旦" in self.said.name:
            year -= 1
        try:
            return date(year, self.carried_month, int(found["day"])), found["beside"] or ""
        except ValueError:
            self.said.faults.append(f"没有 {year} 年 {self.carried_month} 月 {found['day']} 日这一天")
            return None, found["beside"] or ""

    def _range(self, first: date | None, until: date | None) -> list[date]:
        if first is None or until is None:
            return []
        length = (until - first).days + 1
        if not 0 < length <= LONGEST_DAYS:
            span = f"{_shown(first)}至{_shown(until)}"
            self.said.faults.append(f"{span}不成一段假期：止日早于起日，或超过 {LONGEST_DAYS} 天")
            return []
        return [first + timedelta(days=offset) for offset in range(length)]

    def _check_beside(self, day: date | None, beside: str, listed: Sequence[date]) -> None:
        """Hold what stands in brackets beside a date against it: weekday, lunar date. Another date isn't known."""
        if DAY.search(beside):
            raise _Unread
        named = [_WEEKDAYS[sign] for sign in _WEEKDAY.findall(beside)]
        if day is None:
            return
        about = list(listed[-len(named):]) if len(named) > 1 else [day]
        if len(about) != max(len(named), 1):
            raise _Unread
        self.said.faults += [
            f"{_shown(one)}写作{_weekday_name(number)}，实为{_weekday(one)}"
            for one, number in zip(about, named, strict=False) if one.weekday() != number
        ]
        if not _lunar_fits(day, beside):
            self.said.faults.append(f"{_shown(day)}与括号中的农历日期“{beside}”不符")

    def _check_totals(self) -> None:
        for number, days in self.totals:
            whole = _with_weekends(days)
            if days and number not in (len(days), len(whole)) and not self.said.faults:
                self.said.faults.append(f"写明共 {number} 天，读出 {len(days)} 天")


def _is_name(name: str) -> bool:
    """Whether what stands before a colon can be a holiday: no verb of the notice, no whole sentence."""
    other = r"放假|上班|调休|安排|通知|如下|机构|政府|日期|标题|来源|编辑|发布|字号|分类|机关|索引"
    return not re.search(other, name)


def _moved(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, 28) if (day.month, day.day) == (2, 29) else day.day)


def _with_weekends(days: set[date]) -> set[date]:
    """The days, with the weekends among and next to them: what 与周末连休 counts."""
    whole = set(days)
    for step in (_ONE_DAY, -_ONE_DAY):
        for day in days:
            beside = day + step
            while beside.weekday() >= 5:
                whole.add(beside)
                beside += step
    return whole


def _lunar_fits(day: date, beside: str) -> bool:
    """Whether the lunar date in the brackets, where one is understood, is that of the day."""
    lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
    after = day + _ONE_DAY
    if "除夕" in beside:
        next_day = LunarDate.from_solar_date(after.year, after.month, after.day)
        return (next_day.month, next_day.day) == (1, 1)
    found = _LUNAR_DAY.search(beside)
    if found is None:
        return True
    return (lunar.month, lunar.day) == (_LUNAR_MONTHS[found[1]], _lunar_number(found[2]))


def _lunar_number(written: str) -> int:
    tens = {"初": 0, "十": 10, "廿": 20, "二十": 20, "三十": 30}
    head = next(start for start in ("二十", "三十", "初", "十", "廿") if written.startswith(start))
    rest = written[len(head):]
    return tens[head] + (_NUMERALS[rest] if rest else 0)


def _shown(day: date) -> str:
    return f" {day.isoformat()} "


def _weekday(day: date) -> str:
    return _weekday_name(day.weekday())


def _weekday_name(number: int) -> str:
    return f"周{'一二三四五六日'[number]}"
