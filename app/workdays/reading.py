"""A pasted holiday notice, read: days off and made-up days, and every sentence that couldn't be read.

Knows the wording of the State Council's notices from 2014 on, of their amendments, and of regions' own notices. A
machine: it saves nothing and asks nobody. See `wording` for a single sentence.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from app.workdays import wording
from app.workdays.calendars import HOLIDAY, Calendar, national_calendar
from app.workdays.notices import FIRST_YEAR, LAST_YEAR, statutory_days
from app.workdays.wording import Place, Said

LONGEST = 20_000
ANOTHER_KIND = "这段文字不是放假通知：没有读出放假或上班的日期。请粘贴通知全文。"
_FESTIVALS = frozenset({"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"})
_MOST_NAMED = 5

_NUMBER = re.compile(r"(?<![(《])((?:[\u4e00-\u9fff]{2,12}))[〔\[【(]([0-9]{4})[〕\]】)]第?([0-9]{1,4})号")
_TITLE = re.compile(
    r"(?:[\u4e00-\u9fff]{0,30})关于(?P<about>[^《》:。,]{0,80}?(?:放假|假期|节假日|假日|停工)[^《》:。,]{0,20})的?通知"
)
_YEAR = re.compile(r"([0-9]{4})年")
_ISSUED = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_SIGNATURE = re.compile(r"^[\u4e00-\u9fff]{0,30}?[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日(?:印发|发布)?$")
_SIGNED = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,20}(?:国务院|政府|办公厅|办公室|委员会|厅|局|指挥部))$|^国务院(?:办公厅)?$"
)
_HEAD_DATE = re.compile(r"(?:成文|发布|印发|公布)日期:?[0-9]{4}[年-][0-9]{1,2}[月-][0-9]{1,2}日?")
_PREAMBLE = re.compile(
    r"(?:现将|现就|就).*(?:通知如下|安排如下|如下)[。.:]?$|^[^0-9]*(?:放假|调休)[^0-9]*(?:安排|通知)?如下[。.:]?$"
)
_CLOSING = re.compile(
    r"(?:假日|假期|放假|节日|节)期间,.*(?:值班|妥善|安全)|(?:假期|放假)调整落实工作|特此通知|全文如下[:。]?$"
)
_TITLE_NAME = re.compile(
    r"(?:调整|延长|变更|增加)?(?:[0-9]{4}年)?(?P<name>.*?)(?:节假日|放假|调休|假期|假日|(?P<closed>停工))"
)
_ORDINARY_TITLE = "部分节假日"
_AMENDS = re.compile(r"调整|延长|变更|增加")


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the sentence in which ("" for the notice as a whole)."""

    message: str
    sentence: str = ""

    def __str__(self) -> str:
        return f"{self.message}（“{self.sentence}”）" if self.sentence else self.message


@dataclass
class Reading:
    """What was read out of a text. Nothing may be saved of it while there are `faults`.

    `holidays` and `working_days` name each day with its holiday. `whole`: the notice arranges the whole year; otherwise
    it changes or adds to what is in force, `replaces` then names the holidays whose days of before no longer hold.
    `warnings` are to be looked at: a statutory holiday that isn't there, numbers of days that don't add up. `issued_on`
    is the date at the end.
    """

    year: int | None = None
    title: str = ""
    document_number: str = ""
    issued_on: date | None = None
    whole: bool = True
    holidays: dict[date, str] = field(default_factory=dict)
    working_days: dict[date, str] = field(default_factory=dict)
    replaces: set[str] = field(default_factory=set)
    sentences: list[Said] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def unread(self) -> list[str]:
        """The sentences that couldn't be read, as written."""
        return [said.text for said in self.sentences if said.kind == "unread"]

    @property
    def encouraged(self) -> list[str]:
        """The sentences that wish for rest without giving a day off."""
        return [said.text for said in self.sentences if said.kind == "encouraged"]

    def as_json(self) -> dict[str, object]:
        """Year, holidays and working days as ISO dates in their order, and the unread sentences."""
        return {
            "year": self.year,
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "working_days": [day.isoformat() for day in sorted(self.working_days)],
            "unread": self.unread,
        }

    def merged(self, calendar: Calendar) -> tuple[dict[date, str], dict[date, str]]:
        """The year's days off and made-up days with this notice: its own, or those of `calendar` as it changes them."""
        assert self.year is not None
        if self.whole:
            return dict(self.holidays), dict(self.working_days)
        return amended(calendar.notice_days(self.year), self.holidays, self.working_days, self.replaces)


def amended(
    before: tuple[dict[date, str], dict[date, str]], off: dict[date, str], on: dict[date, str], replaces: Iterable[str]
) -> tuple[dict[date, str], dict[date, str]]:
    """Days off and made-up days `before`, with the days of an amendment; those of replaced holidays are dropped."""
    gone = set(replaces)
    kept_off, kept_on = (
        {day: name for day, name in days.items() if not gone & set(name.split("、"))} for days in before
    )
    new_off = {day: name for day, name in kept_off.items() if day not in on} | off
    new_on = {day: name for day, name in kept_on.items() if day not in off} | on
    return dict(sorted(new_off.items())), dict(sorted(new_on.items()))


def read(text: str, *, calendar: Calendar | None = None, year: int | None = None) -> Reading:
    """Read a notice. `calendar` is the one in force, which an amendment changes (default: the built-in one); `year` is
    for texts that don't say theirs. Never raises: what is wrong stands in `faults`."""
    reading = Reading()
    if len(text) > LONGEST:
        reading.faults.append(Fault(f"文字有 {len(text)} 个字，超过 {LONGEST} 个；请只粘贴通知全文。"))
        return reading
    sentences = list(_sentences(text))
    _read_head(reading, sentences, year)
    if reading.year is None:
        known = any(re.search("[0-9][日号][^。]*(?:放假|上班|休|停工)", form) for _, form in sentences)
        reading.faults.append(Fault("没有读出通知所属的年份；请连同标题一起粘贴。" if known else ANOTHER_KIND))
        return reading
    _read_body(reading, sentences, calendar or national_calendar())
    if not reading.holidays and not reading.working_days and not any(said.faults for said in reading.sentences):
        reading.faults = [Fault(ANOTHER_KIND)]
        return reading
    _check(reading)
    return reading


def decoded(raw: bytes) -> str:
    """The text of a file that people made: UTF-8, GB18030, or UTF-16 with its mark. Raises UnicodeDecodeError."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    if "\x00" in text:
        raise UnicodeDecodeError("utf-8", raw, 0, 1, "not a text")
    return text


def normal(text: str) -> str:
    """Text in normal form: full-width signs as half-width ones, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence as written (spaces dropped at its ends) and in normal form; broken lines are put together."""
    for block in _blocks(text):
        for sentence in re.split(r"(?<=[。；;！!？?])", block):
            tidy = re.sub(r"[\s\u3000]+", " ", sentence).strip()
            if tidy:
                yield tidy, normal(tidy)


def _blocks(text: str) -> Iterator[str]:
    block = ""
    for line in [*text.splitlines(), ""]:
        tidy, before = normal(line), normal(block)
        begins = (
            not tidy or not before or wording.is_numbered(tidy) or before[-1] in "。;:!?." or _SIGNED.match(before)
            or _SIGNED.match(tidy) or _SIGNATURE.match(tidy) or _NUMBER.fullmatch(tidy) or _NUMBER.fullmatch(before)
            or before.endswith("通知") or re.match(r"[^:]{2,6}:", tidy) or re.match("国务院.*关于", tidy)
        )
        if begins:
            if before:
                yield block
            block = line
        else:
            block += line.strip()


def _read_head(reading: Reading, sentences: list[tuple[str, str]], year: int | None) -> None:
    """Title, number, date of issue, and the year."""
    whole = "".join(normal_form for _, normal_form in sentences)
    title = _TITLE.search(whole)
    reading.title = title[0] if title else ""
    number = _NUMBER.search(whole)
    if number:
        issuer = re.sub(r"^.*?(?:通知|字号)", "", number[1])
        reading.document_number = f"{issuer}〔{number[2]}〕{number[3]}号"
    for _, form in sentences:
        if _SIGNATURE.match(form) and not re.search(r"[假休班]", form):
            reading.issued_on = _date_of(_ISSUED.search(form))
    about = _YEAR.search(title["about"]) if title else None
    announced = re.search(r"(?:现将|现就)(?:调整|延长)?([0-9]{4})年", whole)
    # The most frequent year of the sentences that free or bind days; the date of issue is none of them.
    written = Counter(
        found for _, form in sentences if not _SIGNATURE.match(form) and re.search(r"放假|上班|休|停工", form)
        for found in re.findall(r"([0-9]{4})年[0-9]{1,2}月", form)
    )
    said = (about and about[1]) or (announced and announced[1]) or (written and written.most_common(1)[0][0]) or None
    reading.year = int(said) if said else year
    if reading.year is not None and not FIRST_YEAR <= reading.year <= LAST_YEAR:
        reading.faults.append(Fault(f"{reading.year} 年不在 {FIRST_YEAR} 至 {LAST_YEAR} 年之间。"))
        reading.year = None


def _read_body(reading: Reading, sentences: list[tuple[str, str]], calendar: Calendar) -> None:
    assert reading.year is not None
    named = _TITLE_NAME.search(reading.title.partition("关于")[2])
    holiday = wording.normal_name(named["name"]) if named and _ORDINARY_TITLE not in reading.title else ""
    if named and named["closed"]:
        holiday = f"{holiday.removesuffix('期间')}停工"
    heading = ""
    for text, form in sentences:
        if wording.is_numbered(form) or wording.heading_of(form):
            heading = wording.heading_of(form)
        said = _said(reading, text, form, Place(reading.year, heading, holiday))
        reading.sentences.append(said)
        heading = said.name if said.kind == "days" else heading
    amends_by_title = bool(_AMENDS.search(reading.title))
    festivals = {part for said in reading.sentences if said.kind == "days" for part in said.name.split("、")}
    changes = any(said.replaces or said.extends for said in reading.sentences)
    ordinary = _ORDINARY_TITLE in reading.title or len(festivals & _FESTIVALS) >= _MOST_NAMED
    reading.whole = ordinary and not amends_by_title and not changes
    if amends_by_title and "调整" in reading.title and holiday:
        reading.replaces.add(holiday)
    for said in reading.sentences:
        if said.kind == "days":
            _take(reading, said, calendar)


def _said(reading: Reading, text: str, form: str, place: Place) -> Said:
    """A sentence of the head or the end is plain once title, number and dates of issue are taken away."""
    rest = _HEAD_DATE.sub("", _NUMBER.sub("", form))
    if reading.title:
        rest = rest.replace(reading.title, "")
    if _SIGNATURE.match(rest) and not re.search(r"[假休班]", rest):
        return Said(text, "plain")
    if not wording.DAY.search(rest) and (
        not wording.TOUCHES.search(rest) or _PREAMBLE.search(rest) or _CLOSING.search(rest) or _TITLE.fullmatch(rest)
    ):
        return Said(text, "plain")
    return wording.read_sentence(text, rest, place)


def _take(reading: Reading, said: Said, calendar: Calendar) -> None:
    """Put a sentence's days into the reading, or its faults."""
    assert reading.year is not None
    reading.faults += [Fault(f"{fault.strip()}。", said.text) for fault in said.faults]
    if said.replaces:
        reading.replaces.update(said.replaces.split("、"))
    name = said.name or "放假"
    if said.extends and said.until:
        first = _first_day(calendar, reading.year, said.extends)
        if first is None or first > said.until:
            reading.faults.append(Fault(f"日历中没有可以延长的 {reading.year} 年{said.extends}假期。", said.text))
        else:
            said.off = [date.fromordinal(n) for n in range(first.toordinal(), said.until.toordinal() + 1)] + said.off
    for day in (*said.off, *said.on):
        if not _belongs(day, reading.year, name):
            reading.faults.append(Fault(f"{day} 不在 {reading.year} 年，不属于这份通知。", said.text))
    for day in said.off:
        known = reading.holidays.get(day)
        reading.holidays[day] = name if known in (None, name) else f"{known}、{name}"
    for day in said.on:
        reading.working_days[day] = name


def _belongs(day: date, year: int, name: str) -> bool:
    """A notice speaks of its year; only New Year's days may lie in the December before."""
    return day.year == year or ((day.year, day.month) == (year - 1, 12) and "元旦" in name)


def _first_day(calendar: Calendar, year: int, name: str) -> date | None:
    for day, (kind, named) in calendar.special_days(year).items():
        if kind == HOLIDAY and name in named.split("、"):
            return day
    return None


def _check(reading: Reading) -> None:
    """What no single sentence shows: contradictions between sentences, and what a whole year must hold."""
    by_day = {day: said.text for said in reading.sentences if said.kind == "days" for day in (*said.off, *said.on)}
    for day in sorted(reading.holidays.keys() & reading.working_days.keys()):
        reading.faults.append(Fault(f"{day} 在同一通知中既是假期（{reading.holidays[day]}）又要上班。", by_day[day]))
    if not reading.whole or reading.faults:
        return
    missing = [(day, name) for day, name in statutory_days(reading.year or 0) if not _is_off(reading, day)]
    for name, days in groupby(missing, key=lambda one: one[1]):
        listed = "、".join(day.isoformat() for day, _ in days)
        reading.warnings.append(f"法定节假日 {listed}（{name}）没有放假：通知缺了这一节，或有句子没有读出。")
    expected = len(statutory_days(reading.year or 0))
    free = sum(day.weekday() < 5 for day in reading.holidays) - len(reading.working_days)
    if not missing and free != expected:
        reading.warnings.append(
            f"工作日放假减去周末上班为 {free} 天，与法定的 {expected} 天不符；请逐日核对。"
        )


def _is_off(reading: Reading, day: date) -> bool:
    return day in reading.holidays or (day.weekday() >= 5 and day not in reading.working_days)


def _date_of(found: re.Match[str] | None) -> date | None:
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
