"""The vocabulary: what a service task of a diagram may say, and which messages and acts a domain package answers to.

Domain packages register their words at start (their `words.py`); the heart calls them inside the transaction of the
step that reached them. A word gets the session and the place where it was said, and returns a scalar or None, which
the engine keeps under the word's name.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from app.cases.models import Act, ActRow, Case, Message
    from app.cases.steps import CaseRow
    from app.people.queries import Identity
    from app.programmes.queries import Programme

Scalar = str | int | bool | None


@dataclass(frozen=True)
class Place:
    """Where a word is said: the case, its programme, the diagram's element, who moved the case (None: a timer or a
    message), and the legal instant at which the step takes effect."""

    case: "CaseRow"
    programme: "Programme"
    element: str
    parameters: Mapping[str, str]
    person_id: int | None
    at: datetime


@dataclass(frozen=True)
class Done:
    """A task that a person has just completed: its case, its programme, its id and element, with which outcome, for
    which unit, and the legal instant."""

    case: "CaseRow"
    programme: "Programme"
    task_id: int
    element: str
    outcome: str
    by: "Identity"
    at: datetime


@dataclass(frozen=True)
class Word:
    """One word of the vocabulary, with what the documentation says of it."""

    name: str
    zh: str
    en: str
    parameters: Mapping[str, str]
    perform: Callable[[Session, Place], Scalar]


@dataclass(frozen=True)
class ActKind:
    """A kind of collective act. `confirm` runs once, in the transaction that confirms the act and gives it its effect;
    `refuse` runs in the transaction of a row that could not be carried out."""

    name: str
    zh: str
    confirm: Callable[[Session, "Act", list["ActRow"], "Identity"], None] = lambda session, act, rows, by: None
    refuse: Callable[[Session, "Act", "ActRow"], None] = lambda session, act, row: None


Found = tuple[int, int | None]
"""Who acts: a unit, and the one person of it whose task it is, or None for whoever holds the role there."""

_words: dict[str, Word] = {}
_actors: dict[str, Callable[[Session, "CaseRow", "Programme", str], Found]] = {}
_guards: list[Callable[[Session, "CaseRow"], None]] = []
_steps: list[Callable[[Session, "CaseRow", "Programme", str, str], None]] = []
_completed: list[Callable[[Session, "Done"], None]] = []
_arrivals: list[Callable[[Session, "CaseRow", "Programme", Collection[str], datetime], None]] = []
_confirmations: list[Callable[[Session, "Act", Sequence["ActRow"]], None]] = []
_openers: dict[str, list[Callable[[Session, "Case", "Programme"], None]]] = {}
_mourners: list[Callable[[Session, "CaseRow", str], None]] = []
_receivers: dict[str, Callable[[Session, "Message"], None]] = {}
_act_kinds: dict[str, ActKind] = {}


def word(name: str, *, zh: str, en: str, parameters: Mapping[str, str] | None = None) -> Callable:
    """Register a function as the word `name`; `parameters` maps each parameter to its help."""

    def register(perform: Callable[[Session, Place], Scalar]) -> Callable[[Session, Place], Scalar]:
        _words[name] = Word(name, zh, en, parameters or {}, perform)
        return perform

    return register


def receiver(name: str) -> Callable:
    """Register a function that takes messages of this name for cases whose diagram doesn't wait for them."""

    def register(receive: Callable[[Session, "Message"], None]) -> Callable[[Session, "Message"], None]:
        _receivers[name] = receive
        return receive

    return register


def actor(relation: str) -> Callable:
    """Register a function that finds who acts under a relation: f(session, case, programme, role) -> Found."""

    def register(find: Callable[[Session, "CaseRow", "Programme", str], Found]) -> Callable:
        _actors[relation] = find
        return find

    return register


def find_actor(relation: str) -> Callable[[Session, "CaseRow", "Programme", str], Found] | None:
    """The registered function for a relation; None for the relations that the heart knows itself."""
    return _actors.get(relation)


def on_withdrawn(hear: Callable[[Session, "CaseRow", str], None]) -> Callable[[Session, "CaseRow", str], None]:
    """Register a function that hears of each case that its applicant withdraws, or that what happened elsewhere ends;
    with the reason as it is told."""
    _mourners.append(hear)
    return hear


def tell_withdrawn(session: Session, case: "CaseRow", reason: str) -> None:
    """Tell the domain packages that a case was withdrawn, or ended from elsewhere, in its transaction: they write
    messages, no other case."""
    for hear in _mourners:
        hear(session, case, reason)


def guard(see: Callable[[Session, "CaseRow"], None]) -> Callable[[Session, "CaseRow"], None]:
    """Register a function that raises Refused where a case of a title (`title_id`) can't go on by a person's hand. It
    is asked under the case's lock, before anything of the step is written."""
    _guards.append(see)
    return see


def see_that_it_may_go_on(session: Session, case: "CaseRow") -> None:
    """Ask every guard about a case of a title; a case of none isn't asked about."""
    if case.title_id is not None:
        for see in _guards:
            see(session, case)


def before_completing(see: Callable[[Session, "CaseRow", "Programme", str, str], None]) -> Callable:
    """Register f(session, case, programme, element, outcome): it raises Refused where a person may not complete a task
    with an outcome now. It is asked under the case's lock, of any case."""
    _steps.append(see)
    return see


def see_that_it_may_be_completed(
    session: Session, case: "CaseRow", programme: "Programme", element: str, outcome: str
) -> None:
    """Ask everybody who watches what people complete."""
    for see in _steps:
        see(session, case, programme, element, outcome)


def on_completed(hear: Callable[[Session, Done], None]) -> Callable[[Session, Done], None]:
    """Register a function that hears of each task that a person completes, under the case's lock, when its answers and
    all that followed are written; where it raises Refused, nothing of it stays."""
    _completed.append(hear)
    return hear


def tell_completed(session: Session, done: Done) -> None:
    """Tell the domain packages that a person completed a task."""
    for hear in _completed:
        hear(session, done)


def on_arrival(hear: Callable[[Session, "CaseRow", "Programme", Collection[str], datetime], None]) -> Callable:
    """Register f(session, case, programme, elements, at): it hears where a case arrives with each step, by the elements
    of the tasks that opened."""
    _arrivals.append(hear)
    return hear


def tell_arrival(
    session: Session, case: "CaseRow", programme: "Programme", elements: Collection[str], at: datetime
) -> None:
    """Tell the domain packages which tasks of a case opened."""
    for hear in _arrivals:
        hear(session, case, programme, elements, at)


def before_confirming(see: Callable[[Session, "Act", Sequence["ActRow"]], None]) -> Callable:
    """Register f(session, act, rows): it raises Refused where an act may not be confirmed over these rows, which are
    written already. Asked of any kind of act."""
    _confirmations.append(see)
    return see


def see_that_it_may_be_confirmed(session: Session, act: "Act", rows: Sequence["ActRow"]) -> None:
    """Ask everybody who watches what acts decide."""
    for see in _confirmations:
        see(session, act, rows)


def on_open(diagram: str) -> Callable:
    """Register f(session, case, programme): it writes the row that the words of this diagram's cases need, before the
    diagram says its first word, however the case was opened."""

    def register(write: Callable[[Session, "Case", "Programme"], None]) -> Callable:
        _openers.setdefault(diagram, []).append(write)
        return write

    return register


def tell_opened(session: Session, case: "Case", programme: "Programme") -> None:
    """Let the domain packages write what a new case of this diagram needs."""
    for write in _openers.get(case.diagram, ()):
        write(session, case, programme)


def act_kind(kind: ActKind) -> None:
    """Register a kind of collective act under its name."""
    _act_kinds[kind.name] = kind


def perform(session: Session, place: Place, name: str) -> Scalar:
    """Say a word. Raises KeyError for a word that no domain package registered: the checker refuses such diagrams."""
    return _words[name].perform(session, place)


def receiver_names() -> tuple[str, ...]:
    """Names of the messages that domain packages take themselves."""
    return tuple(_receivers)


def receive(session: Session, message: "Message") -> None:
    """Hand a message to the domain package that takes its name."""
    _receivers[message.name](session, message)


def kind_of_act(name: str) -> ActKind:
    """The kind of collective act of this name."""
    return _act_kinds[name]


def vocabulary() -> Mapping[str, Word]:
    """All registered words by name, in alphabetical order."""
    return dict(sorted(_words.items()))


def act_kinds() -> Mapping[str, ActKind]:
    """All kinds of collective acts by name, in alphabetical order."""
    return dict(sorted(_act_kinds.items()))


def parameters_by_word() -> Mapping[str, frozenset[str]]:
    """What the checker needs: the parameters that each word takes."""
    return {name: frozenset(word.parameters) for name, word in _words.items()}
