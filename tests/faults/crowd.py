"""Officials at work while things break: each remembers what was asked and what came back, and a judge compares.

An official who hears nothing, or that the system is busy, tries again with other words, so that each try can be told
from the others in the database.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app import db
from app.cases.models import Act, ActRow, Answer, Case, Task
from app.people.models import Person
from tests import sample
from tests.faults.lives import Answer as Heard
from tests.faults.lives import Visitor

ALLOWED = frozenset({303, 409, 503, None})
TRACES = ("Traceback", "sqlalchemy", "psycopg", "sqlite3", "OperationalError")
PAUSE = 0.03


@dataclass(frozen=True)
class Try:
    """One request: who asked what of which task, in which words, and what was heard."""

    login: str
    verb: str
    task: str
    words: str
    heard: Heard


@dataclass
class Crowd:
    """Clerks who complete `tasks`, all of them fighting for each, and leads who confirm `lists` (rows of a preview)."""

    clerks: Sequence[Visitor]
    leads: Sequence[Visitor]
    tasks: Sequence[str]
    lists: Sequence[tuple[str, int, int]]
    seed: int
    history: list[Try] = field(default_factory=list)
    _mistakes: list[BaseException] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        work: list[tuple[Visitor, Callable[[Visitor, str], None], list]] = [
            *((clerk, self._settle_task, list(self.tasks)) for clerk in self.clerks),
            *((lead, self._settle_list, list(self.lists)) for lead in self.leads),
        ]
        for number, (visitor, settle, things) in enumerate(work):
            random.Random(self.seed + number).shuffle(things)
            self._threads.append(threading.Thread(target=self._run, args=(visitor, settle, things), daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def finish(self, seconds: float = 180.0) -> None:
        """Wait until everybody has heard the end of everything."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        assert not self.busy, "somebody never came to an end"
        if self._mistakes:
            raise self._mistakes[0]

    def meanings(self) -> Counter[str]:
        """How many tries ended how."""
        return Counter(one.heard.meaning for one in self.history)

    def _run(self, visitor: Visitor, settle: Callable, things: list) -> None:
        try:
            for thing in things:
                settle(visitor, thing)
                time.sleep(PAUSE)
        except BaseException as mistake:
            self._mistakes.append(mistake)

    def _settle_task(self, visitor: Visitor, task: str) -> None:
        self._try(visitor, "draft", task, lambda words: visitor.post(f"/tasks/{task}", opinion=words, _do="draft"))
        self._until_settled(
            visitor, "complete", task, lambda words: visitor.post(f"/tasks/{task}", opinion=words, _do="complete")
        )

    def _settle_list(self, visitor: Visitor, row: tuple[str, int, int]) -> None:
        task, revision, release = row
        self._until_settled(visitor, "confirm", task, lambda words: visitor.post(
            "/acts/new", release=release, diagram="application", element="list", task=f"{task}:{revision}",
            **{**sample.LIST, "title": words},
        ))

    def _until_settled(self, visitor: Visitor, verb: str, task: str, ask: Callable[[str], Heard]) -> None:
        for _ in range(500):
            heard = self._try(visitor, verb, task, ask)
            if heard.status in (303, 409):
                return
            time.sleep(PAUSE)
        raise AssertionError(f"{visitor.login} never heard the end of {verb}: {heard.status} {heard.text[-1_500:]}")

    def _try(self, visitor: Visitor, verb: str, task: str, ask: Callable[[str], Heard]) -> Heard:
        words = f"{visitor.login} 第 {len(self.history)} 次 {time.monotonic_ns()}"
        heard = ask(words)
        self.history.append(Try(visitor.login, verb, task, words, heard))
        return heard


@dataclass(frozen=True)
class Judgement:
    """What the judge found: tries that were told ok and are not there; tasks decided twice; tries that were told fail
    and are there; answers with a status or a text that nobody should see."""

    lost: list[str]
    double: list[str]
    undone: list[str]
    rude: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.double or self.undone or self.rude)


def judge(crowd: Crowd) -> Judgement:
    """Every ok present, every fail absent, unknown either way but nothing twice; no answer that shows the program."""
    found = _found()
    asked = [one for one in crowd.history if one.verb != "draft"]
    present = set(found)
    return Judgement(
        lost=[one.words for one in asked if one.heard.meaning == "ok" and (one.task, one.words) not in present],
        double=[task for task, number in Counter(task for task, _words in found).items() if number > 1],
        undone=[one.words for one in asked if one.heard.meaning == "fail" and (one.task, one.words) in present],
        rude=[f"{one.verb}: {one.heard.status} {one.heard.text[:300]}" for one in crowd.history if _is_rude(one.heard)],
    )


def _is_rude(heard: Heard) -> bool:
    shows = any(trace in heard.text for trace in TRACES)
    return heard.status not in ALLOWED or shows or (heard.status == 503 and not heard.retry_after)


def _found() -> list[tuple[str, str]]:
    """(task, words) of every completion by a clerk and of every row of an act, as often as they are there."""
    with db.reading() as session:
        completed = session.execute(
            select(Task.public_id, Answer.values, Person.login)
            .join(Answer, Answer.task_id == Task.id).join(Person, Answer.person_id == Person.id)
            .where(Task.element == "review", Task.actor == "county/clerk")
        ).all()
        confirmed = session.execute(
            select(Task.public_id, Act.title).join(ActRow, ActRow.task_id == Task.id).join(Act, ActRow.act_id == Act.id)
        ).all()
    assert all(values["opinion"].startswith(login) for _task, values, login in completed)
    return [(task, values["opinion"]) for task, values, _login in completed] + [tuple(row) for row in confirmed]


def rows_of_preview(case_ids: Sequence[int]) -> list[tuple[str, int, int]]:
    """(task, revision, release) of applications that wait for a publication, as the preview shows them."""
    with db.reading() as session:
        rows = session.execute(
            select(Task.public_id, Case.revision, Case.release_id).join(Case, Task.case_id == Case.id)
            .where(Task.case_id.in_(case_ids), Task.status == "open").order_by(Task.id)
        ).all()
    return [tuple(row) for row in rows]
