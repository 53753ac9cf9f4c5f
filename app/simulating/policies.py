"""What people of a simulation do: the programme's `simulation.yaml`, read, and the lots that decide within it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from app.errors import BanjianError
from app.programmes import package
from app.programmes.period_rules import nothing
from app.programmes.queries import Programme
from app.programmes.reading import read_yaml

FILE = package.SIMULATION


class SimulationFails(BanjianError):
    """模拟无法继续。

    The message says on which day, in which case and at which step, and what the programme or the plan lacks.
    """


@dataclass(frozen=True)
class Policy:
    """How a task is answered. It fits by `diagram`, `task` (name), `actor` and the institution's character (`only`), as
    far as they are written; the first that fits counts.

    `done` is the share in per cent that is done in time, `late` the share of the others that is done after the last
    day. `after` are the least and most days from the opening, or none: by lot up to the last day. `outcomes` maps
    outcomes to shares; none: the first of the step. `points` are the least and the most per cent of its maximum that
    each number of the form gets for which there are no `answers`; none: the least that the form takes.
    """

    diagram: str = ""
    task: str = ""
    actor: str = ""
    only: str = ""
    done: int = 100
    late: int = 0
    after: tuple[int, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=nothing)
    answers: Mapping[str, Any] = field(default_factory=nothing)
    points: tuple[int, ...] = ()

    def fits(self, *, diagram: str, task: str, actor: str, character: str) -> bool:
        """Whether it is about such a task."""
        found = (diagram, task, actor, character)
        wanted = (self.diagram, self.task, self.actor, self.only)
        return all(want in ("", have) for want, have in zip(wanted, found, strict=True))


@dataclass(frozen=True)
class Begins:
    """A kind of case about a title that somebody begins by hand: `by` the actor, in so many per cent of the titles that
    stand, each year."""

    diagram: str
    by: str
    a_year: int


@dataclass(frozen=True)
class Entering:
    """How titles come into the register at the beginning: by a case of `diagram` that the actor `by` begins, with the
    table at `table` ("form.field"), granted on days by lot within `granted`. `row` are answers of its columns."""

    diagram: str
    by: str
    table: str
    granted: tuple[date, date]
    row: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True)
class Calls:
    """The call of each year: opened on `opens` with the programme's last days `dates` by key, all "month-day".

    `newcomers` for a hundred institutions of the beginning register and apply in it; of those whose title ended or who
    never had one `again` per cent apply, of those under a ban `banned`. `objections` per cent of the entries of a
    publication meet one. `numbers` is how many each unit may recommend, by the programme's groups.
    """

    opens: str
    dates: Mapping[str, str]
    newcomers: int
    again: int = 0
    banned: int = 0
    objections: int = 0
    numbers: Mapping[str, int] = field(default_factory=nothing)


@dataclass(frozen=True)
class Books:
    """Services that enterprises book: `a_year` for a hundred titles. `cancelled` per cent they take back, `rated` per
    cent of all they say how satisfied they were: from the least to the most by the holder's character. `offers` is what
    each holder shows in its catalogue, one or two of them by lot: {kind, name, text, charge}."""

    a_year: int
    satisfaction: Mapping[str, tuple[int, int]]
    rated: int = 0
    cancelled: int = 0
    offers: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Plan:
    """The whole file. `counties` is how many divisions the institutions lie in; `characters` are the shares of
    institutions of a kind, in per cent; `letters` the share of letters that are opened in the box within `within` days,
    all others are delivered by hand after that. `signs` is the pattern of the authority's document numbers, with {year}
    and {day}; "": a made-up one."""

    begins: date
    counties: int
    characters: Mapping[str, int]
    entering: Entering
    tasks: Sequence[Policy] = ()
    begun: Sequence[Begins] = ()
    calls: Calls | None = None
    books: Books | None = None
    letters: int = 100
    within: int = 5
    signs: str = ""
    used: set[int] = field(default_factory=set)

    def policy(self, *, diagram: str, task: str, actor: str, character: str) -> Policy:
        """The policy for a task; one that does it in time, with the first outcome, where none is written."""
        for place, one in enumerate(self.tasks):
            if one.fits(diagram=diagram, task=task, actor=actor, character=character):
                self.used.add(place)
                return one
        return Policy()


def plan(programme: Programme) -> Plan:
    """The plan that a programme's release carries. Raises SimulationFails where it has none."""
    if FILE not in programme.files:
        raise SimulationFails(f"认定项目 {programme.key} 没有 {FILE}，不能模拟。请参照其他项目写一份。")
    written = read_yaml(programme.files[FILE])
    entering = written["enters"]
    granted = tuple(date.fromisoformat(day) for day in entering["granted"])
    return Plan(
        begins=date.fromisoformat(written["begins"]), counties=written["counties"], characters=written["characters"],
        entering=Entering(**{**entering, "granted": granted}),
        tasks=tuple(
            Policy(**{**one, "after": tuple(one.get("after", ())), "points": tuple(one.get("points", ()))})
            for one in written.get("tasks", ())
        ),
        begun=tuple(Begins(**one) for one in written.get("begins_about", ())),
        calls=Calls(**written["calls"]) if "calls" in written else None,
        books=Books(**written["books"]) if "books" in written else None,
        signs=written.get("signs", ""), **written.get("letters", {}),
    )


def by_share(lot: Random, shares: Mapping[str, int]) -> str:
    """One of the keys, by its share."""
    return lot.choices(list(shares), weights=list(shares.values()))[0]


def how_many(lot: Random, hundredths: float) -> int:
    """A number of so many hundredths: what is over a whole one counts as one by lot, by its share."""
    whole, rest = divmod(hundredths, 100)
    return int(whole) + (lot.random() * 100 < rest)


def day_in(year: int, written: str) -> date:
    """The day "month-day" of a year."""
    return date.fromisoformat(f"{year}-{written}")


def value_of(written: Any, lot: Random, today: date) -> Any:
    """An answer as a plan writes it: {one_of: [...]}, {between: [1, 9]} and {days: [-30, 0]} (from today) are decided
    by lot, lists and tables inside as well; {years_ago: 1} is a year, {rows: 8, each: {...}} a table of so many rows
    in whose texts "{n}" is the row's number; "{year}" in a text is the year. Anything else is the answer itself."""
    if isinstance(written, Mapping):
        if "one_of" in written:
            return lot.choice(written["one_of"])
        if "between" in written:
            return lot.randint(*written["between"])
        if "days" in written:
            return (today + timedelta(days=lot.randint(*written["days"]))).isoformat()
        if "years_ago" in written:
            return today.year - written["years_ago"]
        if "each" in written:
            rows = (value_of(written["each"], lot, today) for _ in range(written["rows"]))
            return [_numbered(row, number) for number, row in enumerate(rows, start=1)]
        return {key: value_of(inner, lot, today) for key, inner in written.items()}
    if isinstance(written, Sequence) and not isinstance(written, str):
        return [value_of(inner, lot, today) for inner in written]
    return written.replace("{year}", f"{today.year}") if isinstance(written, str) else written


def _numbered(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {key: value.replace("{n}", f"{number}") if isinstance(value, str) else value for key, value in row.items()}
