"""The clock of a simulation: what falls due happens at its instant, people act twice a day, each month is checked.

Everything goes through the verbs of the pages and through the worker. What somebody does is decided by a lot of its
own, made of the seed and of whose which task it is: what else happens that day doesn't change it.
"""

import heapq
import io
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app import chance, clock, db, invariants, stories, worker
from app.cases import acts, by_hand, corrections, prefilling, queries
from app.cases import operations as cases
from app.cases.models import Case, Task
from app.config import Config
from app.documents import operations as documents
from app.documents import storage
from app.errors import BanjianError, Gone, Invalid, NotFound, Refused
from app.formschema import Field, Form
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender, Sender
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.simulating import filling
from app.simulating.applying import Applying
from app.simulating.counting import Year, counted
from app.simulating.enterprises import Enterprises
from app.simulating.policies import Begins, Plan, Policy, SimulationFails, by_share, plan, value_of
from app.simulating.settling import Inhabitants, Institution, keep_experts, settle
from app.titles import by_hand as titles
from app.titles import standing
from app.titles.models import Title

_HOURS = (time(10), time(15))
"""When people act: what one has done in the morning another can take up in the afternoon."""
_ROWS = 100
_POST_DAYS = 5
_About = aliased(Case)
_TASK = (
    Task.id, Task.public_id, Task.element, Task.name, Task.actor, Task.unit_id, Task.role, Task.claimed_by,
    Task.opened_at, Task.ends_at, Task.case_id, Case.number, Case.diagram, Case.release_id, Case.revision,
    func.coalesce(
        Case.applicant_id, select(_About.applicant_id).where(_About.id == Case.about_id).scalar_subquery()
    ).label("applicant_id"),
)
"""A task and whose case it is: the applicant's, or that of the applicant whom the case is about."""


@dataclass(frozen=True)
class Progress:
    """How it stands at the end of a month. `open` are the tasks that wait for somebody."""

    month: str
    standing: int
    cases: int
    open: int
    checked: int


class Simulation:
    """One run over the process's database, which is migrated and empty; the programme is deployed.

    `alone`: all tasks and letters are theirs; otherwise those of their institutions, and other people live beside them.
    `tell` hears of each month. `check_every` months the invariants are looked at, at the end of each year wholly.
    """

    def __init__(
        self, programme: str, *, years: int, institutions: int, seed: int, config: Config,
        tell: Callable[[Progress], None] = lambda progress: None, check_every: int = 1, alone: bool = True,
        plan_of: Callable[[Plan], Plan] = lambda plan: plan,
    ) -> None:
        with db.reading() as session:
            self.programme: Programme = programmes.latest(session, programme)
        self.plan, self.seed, self.years, self.count = plan_of(plan(self.programme)), seed, years, institutions
        self.alone = alone
        self._config, self._tell, self._check_every = config, tell, check_every
        self.steps, self.refusals, self.unstaffed = 0, Counter[str](), 0
        self.standing: dict[int, int] = {}
        self._sender, self._paper = NoSender(), None
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order, self._last_task, self._last_notice = itertools.count(), 0, 0
        self._acts: dict[tuple[int, str, str, int, str], list[Any]] = defaultdict(list)
        self._seen: Counter[tuple[int, str, str]] = Counter()
        self._sittings: dict[tuple[int, str, str, int, str], date] = {}
        self.happened: Counter[tuple[int, str]] = Counter()
        self._calls = Applying(self, self.plan.calls) if self.plan.calls else None
        self._books = Enterprises(self, self.plan.books) if self.plan.books else None

    def run(self) -> list[Year]:
        """Live through the years; returns what happened in each. Raises SimulationFails where it can't go on, where the
        worker couldn't carry out something, and at the first breach of an invariant."""
        storage.open_folder(self._config.files_dir)
        begins = self.plan.begins
        with chance.held(f"{self.seed}"):
            with clock.held_at(_at(begins, time(9))):
                people = settle(self.programme, self.plan, institutions=self.count, seed=self.seed)
                self.move_in(people)
                keep_experts(self.programme, people, by=self.authority("clerk"))
            for place, (first, after) in enumerate(months(begins, self.years), start=1):
                with clock.held_at(_at(first, time(0))):
                    self.begin_month(first, after)
                live([self], _at(after, time(0)), self._sender)
                with clock.held_at(_at(after, time(0))):
                    last = place % 12 == 0
                    self._month_ends(first, checks=last or place % self._check_every == 0, wholly=last)
        return counted(self.programme, self.standing, self.happened)

    def move_in(self, people: Inhabitants) -> None:
        """Put the titles of the people's institutions on the register, now; look at what that brings."""
        self.people = people
        self._enter_titles()
        self.look()

    # -- time ------------------------------------------------------------------------------------------------------

    def next_act(self) -> datetime | None:
        """The instant at which somebody means to do something next."""
        return self._agenda[0][0] if self._agenda else None

    def act(self, instant: datetime) -> bool:
        """Everything that people mean to do at an instant or before it; False where nobody did anything."""
        acted = False
        while self._agenda and self._agenda[0][0] <= instant:
            heapq.heappop(self._agenda)[2]()
            acted = True
        groups, self._acts = self._acts, defaultdict(list)
        for (release_id, diagram, element, unit_id, outcome), tasks in groups.items():
            self._confirm(release_id, diagram, element, unit_id, outcome, tasks)
        return acted

    def mean(self, day: date, since: datetime, do: Callable[[], None]) -> None:
        """Somebody means to do something on a day, at the first hour of it that lies after `since`."""
        hours = [_at(one, hour) for one in (day, date.fromordinal(day.toordinal() + 1)) for hour in _HOURS]
        heapq.heappush(self._agenda, (next(at for at in hours if at > since), next(self._order), do))

    def _month_ends(self, first: date, *, checks: bool, wholly: bool) -> None:
        """Look at the invariants: of the cases at those that moved since the month before, once a year at all."""
        stories.see_that_nothing_failed()
        checked = 0
        if checks:
            with db.snapshot() as session:
                earlier = date.fromordinal(first.toordinal() - 31 * self._check_every)
                report = invariants.check(
                    session, self._config, closed_since=None if wholly else _at(earlier, time(0))
                )
            if report.breaches:
                breach = report.breaches[0]
                said = f"{first:%Y-%m} 月末检查发现 {len(report.breaches)} 处不一致，第一处 {breach.invariant} "
                raise SimulationFails(f"{said}{breach.where}：{breach.words}")
            checked = sum(report.looked_at.values())
        with db.reading() as session:
            stands = session.scalar(select(func.count()).where(Title.status.not_in(standing.ENDS))) or 0
            opened = session.scalar(select(func.count()).select_from(Case)) or 0
            waits = session.scalar(select(func.count()).where(Task.status == "open")) or 0
        self.standing[first.year] = stands
        self._tell(Progress(f"{first:%Y-%m}", stands, opened, waits, checked))

    # -- what people see and mean to do ----------------------------------------------------------------------------

    def look(self) -> None:
        """New tasks and new letters, of which everybody decides at once when to take them up."""
        with db.reading() as session:
            tasks = session.execute(
                select(*_TASK).join(Case, Task.case_id == Case.id)
                .where(Task.id > self._last_task, Task.status == "open").order_by(Task.id)
            ).all()
            letters = session.execute(
                select(Notice.id, Notice.public_id, Notice.unit_id, Notice.to_unit_id, Notice.letter, Notice.posted_at)
                .where(Notice.id > self._last_notice, Notice.kind == "notice").order_by(Notice.id)
            ).all()
        if self._calls is not None:
            self._calls.look()
        for task in tasks:
            self._last_task = task.id
            if self.alone or task.applicant_id in self.people.institutions:
                self._mean_to_do(task)
        for letter in letters:
            self._last_notice = letter.id
            if self.alone or letter.to_unit_id in self.people.institutions:
                self._mean_to_open(letter)

    def lot(self, unit_id: int | None, *what: str) -> Random:
        """The lot of somebody's next doing of a kind."""
        key = (self.people.number(unit_id), *what)
        self._seen[key] += 1  # type: ignore[index]
        return Random(f"{self.seed}:{key}:{self._seen[key]}")  # type: ignore[index]

    def _mean_to_do(self, task: Any) -> None:
        character = self.people.character(task.applicant_id)
        policy = self.plan.policy(diagram=task.diagram, task=task.name, actor=task.actor, character=character)
        lot = self.lot(task.applicant_id, task.diagram, task.element)
        opened, last = _day(task.opened_at), _day(task.ends_at - timedelta(microseconds=1))
        if lot.random() * 100 < policy.done:
            least, most = policy.after or (0, min(max((last - opened).days, 0), 20))
            day = opened + timedelta(days=lot.randint(least, max(least, most)))
        elif lot.random() * 100 < policy.late:
            day = max(last, opened) + timedelta(days=lot.randint(1, 30))
        else:
            return
        outcomes = self.programme_of(task).outcomes(task.diagram, task.element)
        shares = {key: share for key, share in policy.outcomes.items() if key in outcomes}
        outcome = by_share(lot, shares) if shares else next(iter(outcomes), "")
        element = self.programme_of(task).specification(task.diagram).elements[task.element]
        if element.properties.get("collective"):
            day = self._sitting((task.release_id, task.diagram, task.element, task.unit_id, outcome), day, opened)
        self.mean(day, task.opened_at, partial(self._complete, task, outcome, policy, lot))

    def _sitting(self, of: tuple[int, str, str, int, str], day: date, opened: date) -> date:
        """The day on which an office decides what one document decides: what arrives until then comes along."""
        if self._sittings.get(of, date.min) < opened:
            self._sittings[of] = day
        return self._sittings[of]

    def _mean_to_open(self, letter: Any) -> None:
        lot, posted = self.lot(letter.to_unit_id, "letter", letter.letter), _day(letter.posted_at)
        receiver = letter.to_unit_id and self._somebody(letter.to_unit_id)
        if receiver and lot.random() * 100 < self.plan.letters:
            day = posted + timedelta(days=lot.randint(0, self.plan.within))
            self.mean(day, letter.posted_at, partial(self._open_letter, letter))
        else:
            day = posted + timedelta(days=self.plan.within + _POST_DAYS)
            self.mean(day, letter.posted_at, partial(self._deliver, letter))

    def begin_month(self, first: date, after: date) -> None:
        """What is begun this month without a task that asks for it: the year's call, services that are booked, and
        cases about titles, by lot over those that stand."""
        if self._calls is not None:
            self._calls.begin_month(first, after)
        if self._books is not None:
            self._books.begin_month(first, after)
        rows = self.titles_in_force() if self.plan.begun else []
        for one in self.plan.begun:
            for row in rows:
                lot = self.lot(row.holder_id, "begins", one.diagram)
                if lot.random() * 1200 < one.a_year:
                    day = first + timedelta(days=lot.randrange((after - first).days))
                    self.mean(day, _at(first, time(0)), partial(self._begin, one, row))

    def titles_in_force(self) -> Sequence[Any]:
        """The programme's titles that stand and whose holder lives here, in their order."""
        with db.reading() as session:
            rows = session.execute(
                select(Title.public_id, Title.holder_id, Region.province_code, Region.city_code, Region.county_code)
                .join(Unit, Unit.id == Title.holder_id).join(Region, Region.code == Unit.region_code)
                .where(Title.programme == self.programme.key, Title.status.in_(standing.STANDS)).order_by(Title.id)
            ).all()
        return [row for row in rows if row.holder_id in self.people.institutions]

    # -- what people do --------------------------------------------------------------------------------------------

    def programme_of(self, task: Any) -> Programme:
        """The release of a task's case."""
        if task.release_id == self.programme.release_id:
            return self.programme
        with db.reading() as session:
            return programmes.programme(session, task.release_id)

    def _complete(self, task: Any, outcome: str, policy: Policy, lot: Random) -> None:
        identity = self._acting(task)
        if identity is None or task.claimed_by not in (None, identity.person_id):
            self.unstaffed += 1
            return
        element = self.programme_of(task).specification(task.diagram).elements[task.element]
        if element.properties.get("collective"):
            self._acts[task.release_id, task.diagram, task.element, task.unit_id, outcome].append(task)
            return
        with self._trying(task):
            with db.reading() as session:
                row = cases.read_task(session, task.public_id)
            if row.status != "open":
                return
            answers = self._answers(task, row, element, outcome, policy, lot)
            with db.reading() as session:
                prepared = cases.prepare_completion(
                    session, task.public_id, identity=identity, answers=answers, outcome=outcome, task=row
                )
            with db.transaction() as session:
                cases.complete(session, prepared, by=identity)
            self.steps += 1

    def _confirm(
        self, release_id: int, diagram: str, element: str, unit_id: int, outcome: str, tasks: list[Any]
    ) -> None:
        """A collective act over what was put aside for it at this instant."""
        identity = self.people.who[unit_id, tasks[0].role]
        lot = self.lot(None, diagram, element)
        policy = self.plan.policy(diagram=diagram, task=tasks[0].name, actor=tasks[0].actor, character="")
        found = self.programme_of(tasks[0]).specification(diagram).elements[element]
        with db.reading() as session:
            row = cases.read_task(session, tasks[0].public_id)
        answers = self._answers(tasks[0], row, found, outcome, policy, lot)
        with self._trying(tasks[0]), db.transaction() as session:
            wanted = [task.public_id for task in tasks]
            seen = session.execute(
                select(Task.public_id, Case.revision).join(Case, Task.case_id == Case.id)
                .where(Task.public_id.in_(wanted), Task.status == "open").order_by(Task.id)
            ).all()
            if seen:
                acts.confirm(
                    session, by=identity, release_id=release_id, diagram=diagram, element=element, outcome=outcome,
                    answers=answers, seen=[(row.public_id, row.revision) for row in seen],
                )
                self.steps += len(seen)

    def _acting(self, task: Any) -> Identity | None:
        """Who does a task: the expert to whom it was given, or whoever has its role in its unit."""
        return self.people.experts.get(task.claimed_by) or self.people.who.get((task.unit_id, task.role))

    def _answers(
        self, task: Any, row: Any, element: Any, outcome: str, policy: Policy, lot: Random
    ) -> dict[str, Any]:
        """What is filled in at a task; `row` is the task as the operations read it."""
        form: Form = self.programme_of(task).form(element.properties["form"])
        with db.reading() as session:
            revised = corrections.revision(session, row, self.programme_of(task))
        if revised is not None and revised.open is not None:
            return filling.answers(
                form, given=revised.values, outcome=outcome, today=clock.today(), upload=partial(self._upload, task),
                again=revised.open,
            )
        given = {key: value_of(value, lot, clock.today()) for key, value in policy.answers.items() if key in form.keys}
        given |= self._given_rows(task, form, given)
        return filling.answers(
            form, given={**self._known(task, form, element.properties["form"]), **given}, outcome=outcome,
            today=clock.today(), upload=partial(self._upload, task),
            points=partial(lot.randint, *policy.points) if policy.points else None,
        )

    def _given_rows(self, task: Any, form: Form, given: Mapping[str, Any]) -> dict[str, Any]:
        """Tables whose rows another form of the case gives: each row, with the plan's first one for what is asked."""
        tables = [field for field in form.asked if field.given_rows]
        if not tables:
            return {}
        with db.reading() as session:
            there = queries.latest_answers(session, task.case_id)
        found = {}
        for field in tables:
            source, _, key = field.carries.partition(".")
            asked = next(iter(given.get(field.key) or ()), {})
            found[field.key] = [{**row, **asked} for row in there.get(source, {}).get(key) or ()]
        return found

    def _known(self, task: Any, form: Form, key: str) -> dict[str, Any]:
        """What the form starts with: what the house knows of the institution, and of the case, and a document's number
        where the authority signs."""
        institution = self.people.institutions.get(task.unit_id)
        said = institution.told if institution else {}
        known = {field.key: said[field.prefill] for field in form.asked if field.prefill in said}
        if self.plan.signs and filling.NUMBER in form.keys and task.actor.startswith("authority/"):
            known[filling.NUMBER] = self.plan.signs.format(year=clock.today().year, day=f"{clock.today():%m%d}")
        with db.reading() as session:
            return {**known, **prefilling.values(session, task.case_id, key)}

    def paper(self) -> documents.Received:
        """The page that every file is, taken in once."""
        if self._paper is None:
            self._paper = documents.receive(io.BytesIO(_page()), name="page.pdf", files_dir=self._config.files_dir)
        return self._paper

    def _upload(self, task: Any, field: Field) -> str:
        identity = self._acting(task)
        assert identity is not None
        with db.transaction() as session:
            return documents.register(
                session, replace(self.paper(), name=f"{field.label[:20]}.pdf".replace("/", "")),
                unit_id=identity.unit_id, person_id=identity.person_id, case_id=task.case_id, task_id=task.id,
                field=field.key,
            ).public_id

    def _open_letter(self, letter: Any) -> None:
        with db.transaction() as session:
            notices.open_notice(session, letter.public_id, by=self._somebody(letter.to_unit_id))

    def _deliver(self, letter: Any) -> None:
        with db.transaction() as session:
            notices.enter_delivery(
                session, letter.public_id, by=self._somebody(letter.unit_id), way="mail", delivered_on=clock.today()
            )

    def _somebody(self, unit_id: int) -> Any:
        found = (self.people.who.get((unit_id, role)) for role in ("applicant", "clerk"))
        return next((one for one in found if one is not None), None)

    def _begin(self, one: Begins, row: Any) -> None:
        relation, role = one.by.split("/")
        unit_id = row.holder_id
        if relation == "authority":
            unit_id = self.authority(role).unit_id
        elif relation != "holder":
            tier = self.programme.tier_of(relation)
            unit_id = self.people.departments.get((tier, getattr(row, f"{tier}_code", "") or ""), 0)
        identity = self.people.who.get((unit_id, role))
        if identity is None:
            self.unstaffed += 1
            return
        try:
            with db.transaction() as session:
                titles.begin(session, identity, title_public_id=row.public_id, diagram=one.diagram)
            self.steps += 1
        except (Refused, Gone) as error:
            self.refuse(f"发起 {one.diagram}", error)

    def refuse(self, what: str, error: BanjianError) -> None:
        """Keep in mind that something was refused, by which clause."""
        self.refusals[f"{what}：{getattr(error, 'clause', '') or error.message}"] += 1

    def _trying(self, task: Any) -> "_Trying":
        return _Trying(self, task)

    # -- the beginning ---------------------------------------------------------------------------------------------

    def _enter_titles(self) -> None:
        """The titles that stand at the beginning come in as such titles do: by cases with a table."""
        relation, role = self.plan.entering.by.split("/")
        if relation != "authority":
            raise SimulationFails("enters.by 应为认定机关的岗位，例如 authority/clerk。")
        by = self.authority(role)
        holders = list(self.people.institutions.values())
        for start in range(0, len(holders), _ROWS):
            with db.transaction() as session:
                case = by_hand.begin(session, by, programme_key=self.programme.key,
                                     diagram=self.plan.entering.diagram)
            self._finish(case.id, holders[start : start + _ROWS])

    def authority(self, role: str) -> Identity:
        """Whoever has a role at the programme's authority."""
        authority = self.programme.settings.authority
        return self.people.who[self.people.departments[authority.tier, authority.region], role]

    def _finish(self, case_id: int, holders: list[Institution]) -> None:
        """Complete every task of a case of entry: the first with the table, the others with their first outcome."""
        key, _, table = self.plan.entering.table.partition(".")
        while True:
            with db.reading() as session:
                task = session.execute(
                    select(*_TASK).join(Case, Task.case_id == Case.id)
                    .where(Task.case_id == case_id, Task.status == "open").order_by(Task.id).limit(1)
                ).first()
            if task is None:
                return
            element = self.programme.specification(task.diagram).elements[task.element]
            given: dict[str, Any] = {}
            if element.properties["form"] == key:
                field = self.programme.form(key).field(table)
                assert field is not None
                given[table] = [self._row(field, one) for one in holders]
            outcome = next(iter(self.programme.outcomes(task.diagram, task.element)), "")
            before = self.steps
            self._complete(task, outcome, Policy(answers=given), Random(f"{self.seed}:entering"))
            if self.steps == before:
                raise SimulationFails(f"登记称号的环节“{task.name}”没有办成：{'；'.join(self.refusals)}")
            worker.run_until_idle(self._sender)

    def _row(self, table: Field, one: Institution) -> dict[str, Any]:
        lot = Random(f"{self.seed}:grant:{one.number}")
        first, last = self.plan.entering.granted
        granted = first + timedelta(days=lot.randint(0, (last - first).days))
        cells = {
            "name": one.name, "credit_code": one.credit_code, "region": one.region_code,
            "granted_on": granted.isoformat(),
            **{key: value_of(value, lot, granted) for key, value in self.plan.entering.row.items()},
        }
        return filling.row(table, cells, today=clock.today(), upload=lambda field: "")


def live(simulations: Sequence[Simulation], until: datetime, sender: Sender) -> None:
    """Let everything happen until an instant, each at its own: what falls due, and what people mean to do."""
    while True:
        due = stories.next_due(until)
        meant = [one for one in (simulation.next_act() for simulation in simulations) if one and one <= until]
        instant = min([*meant, *([due] if due is not None else [])], default=None)
        if instant is None:
            return
        with clock.held_at(instant):
            worker.run_until_idle(sender)
            acted = [simulation.act(instant) for simulation in simulations]
            if any(acted):
                worker.run_until_idle(sender)
            for simulation in simulations:
                simulation.look()


class _Trying:
    """What may come in between when people act: the task is gone, or the step is refused. Anything else that was wrong
    is the plan's or the programme's fault, and ends the simulation."""

    def __init__(self, simulation: Simulation, task: Any) -> None:
        self._simulation, self._task = simulation, task

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, _trace: Any) -> bool:
        if isinstance(error, Gone | NotFound):
            return True
        if isinstance(error, Refused):
            self._simulation.refuse(self._task.name, error)
            return True
        if isinstance(error, BanjianError):
            fields = error.fields if isinstance(error, Invalid) else {}
            at = "；".join(f"{path} {'、'.join(said)}" for path, said in fields.items())
            raise SimulationFails(
                f"{clock.today()} 办件 {self._task.number} 的“{self._task.name}”：{error.message}{at}"
            ) from error
        return False


def months(begins: date, years: int) -> Iterator[tuple[date, date]]:
    """(first day, first day after) of each month; the first one begins on the plan's day."""
    first = begins
    for _ in range(years * 12):
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        yield first, after
        first = after


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=clock.SHANGHAI)


def _day(instant: datetime) -> date:
    return clock.local(instant).date()


def _page() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(out)
    return out.getvalue()

