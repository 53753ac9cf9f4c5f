"""One telling of a story: its people set up, its steps done in order, what it expects compared with what is."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import and_, func, or_, select

from app import clock, db, workdays, worker
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases import acts, deadlines, operations, prefilling
from app.cases.models import Case, Deadline, Task, Timer
from app.documents import operations as documents
from app.documents import storage
from app.errors import BanjianError
from app.outbox.senders import NoSender, Sender
from app.people import operations as people
from app.people import passwords, registration
from app.people import queries as directory
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.publications.models import Publication, PublicationEntry
from app.stories import clock_verbs, expectations, verbs
from app.stories.errors import StoryFails, same
from app.titles import life
from app.titles.models import LifeDue, Title

_YEAR = re.compile(r"year-(\d)")
_RELATIVE = re.compile(r"T([+-]\d{1,4}) (\d{2}:\d{2})")


@dataclass
class Telling:
    """One run of a story over the process's database.

    `story` is the file's content. `tell` gets a line for each thing that happens. `today` is the day that relative days
    ("T-12 09:30") count from. `password` is given to every person. `reported` is the year in which the last call
    closes; `page` the one-page PDF that every file of the story is, taken in once; `begun` the case begun last by hand,
    `booked` the code of the appointment made last. `meanwhile` passes time for others who live beside the story.
    """

    story: Mapping[str, Any]
    files_dir: Path
    programme: str
    password: str = "Story-Teller-2026"  # noqa: S105 - of people who exist in a story alone
    sender: Sender = field(default_factory=NoSender)
    tell: Callable[[str], None] = lambda line: None
    today: datetime = field(default_factory=clock.real)
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, tuple[int, int]] = field(default_factory=dict)
    reported: int | None = None
    page: documents.Received | None = None
    begun: int | None = None
    booked: str = ""
    meanwhile: Callable[[datetime], None] | None = None

    def run(self) -> None:
        """Set up the people, then do every step in order. Raises StoryFails."""
        self.begin()
        for number in range(len(self.story["steps"])):
            self.do_step(number)

    def begin(self) -> datetime:
        """Set up the people; returns the instant at which the story begins."""
        storage.open_folder(self.files_dir)
        begins = self._instant(self.story["begins"])
        with clock.held_at(begins):
            self._set_up_people()
        return begins

    def do_step(self, number: int) -> None:
        """Do one step, counted from 0, and compare what it expects. Raises StoryFails."""
        step = self.story["steps"][number]
        try:
            self._do(step)
        except StoryFails as error:
            raise StoryFails(f"{self.story['name']}，第 {number + 1} 步（{step.get('on')}）：{error}") from None

    def pass_time_until(self, instant: datetime) -> None:
        """Let everything happen that falls due until an instant, each at its own instant."""
        if self.meanwhile is not None:
            self.meanwhile(instant)
        while (due := next_due(instant)) is not None:
            with clock.held_at(due):
                worker.run_until_idle(self.sender)
                self.tell(f"{_wall(due)}　期限届满，后台自动办理")
        with clock.held_at(instant):
            worker.run_until_idle(self.sender)
        see_that_nothing_failed()

    def _do(self, step: Mapping[str, Any]) -> None:
        at = self._instant(step["on"])
        self.pass_time_until(at)
        with clock.held_at(at):
            expected = step.get("refused")
            try:
                self._act(step, at)
            except BanjianError as error:
                fields = getattr(error, "fields", {})
                at_fields = "；".join(f"{path} {'、'.join(messages)}" for path, messages in fields.items())
                said = " ".join(part for part in (error.message, getattr(error, "clause", ""), at_fields) if part)
                if expected is None or expected not in said:
                    raise StoryFails(f"未能办理：{said}") from error
                self.tell(f"{_wall(at)}　{step.get('by', '')}　被拒绝：{error.message}")
            else:
                if expected is not None:
                    raise StoryFails(f"应当被拒绝（{expected}），却办成了")
            worker.run_until_idle(self.sender)
            for what, wanted in step.get("expect", {}).items():
                _EXPECTATIONS[what](self, wanted)

    def _act(self, step: Mapping[str, Any], at: datetime) -> None:
        for verb, do in _VERBS.items():
            if verb in step:
                self.tell(f"{_wall(at)}　{step.get('by') or '公众'}　{do(self, step)}")

    def _instant(self, written: str) -> datetime:
        """`2026-09-28 10:00` in Beijing, or `T-12 10:00`: twelve days before today."""
        relative = _RELATIVE.fullmatch(written)
        if relative is None:
            return datetime.fromisoformat(written).replace(tzinfo=clock.SHANGHAI)
        day = clock.local(self.today).date() + timedelta(days=int(relative[1]))
        hours, minutes = relative[2].split(":")
        return clock.day_start(day) + timedelta(hours=int(hours), minutes=int(minutes))

    def day(self, written: str) -> date:
        return clock.local(self._instant(f"{written} 00:00")).date()

    def _set_up_people(self) -> None:
        hashed = passwords.hashed(self.password)
        first: Identity | None = None
        for key, unit in self.story["units"].items():
            if first is None:
                first = self._set_up_first(key, unit, hashed)
            elif unit["kind"] == "institution":
                self._register(key, unit, hashed, by=first)
            else:
                self._create_unit(key, unit, by=first)
            self._create_people(key, unit, hashed, by=first)

    def _set_up_first(self, key: str, unit: Mapping[str, Any], hashed: str) -> Identity:
        admin = next(p for p in unit["people"] if "admin" in p["roles"])
        with db.transaction() as session:
            code = people.first_administrator_code(session)
            made = people.set_up(
                session, code, tier=unit["tier"], region_code=unit.get("region", ""), unit={"name": unit["name"]},
                person={"login": admin["login"], "name": admin["name"]}, password_hash=hashed,
            )
            self.units[key] = made.unit_id
            self.people[admin["name"]] = (made.id, made.unit_id)
            return directory.identity_of_person(session, made.id, unit_id=made.unit_id)

    def _create_unit(self, key: str, unit: Mapping[str, Any], *, by: Identity) -> None:
        with db.transaction() as session:
            made = people.create_unit(
                session, by=by, kind=unit.get("body", unit["kind"]), tier=unit.get("tier", ""),
                region_code=unit.get("region", ""),
                values={"name": unit["name"], "organisation_code": unit.get("organisation_code", "")},
            )
            self.units[key] = made.id

    def _register(self, key: str, unit: Mapping[str, Any], hashed: str, *, by: Identity) -> None:
        person = unit["people"][0]
        with db.transaction() as session:
            made = registration.register(
                session, credit_code=unit["credit_code"], region_code=unit["region"],
                unit={"name": unit["name"], "address": unit.get("address", ""),
                      "contact_name": person["name"], "contact_phone": unit.get("phone", "0312-0000000"),
                      "contact_email": unit.get("email", "")},
                person={"login": person["login"], "name": person["name"]}, password_hash=hashed, address=f"story-{key}",
            )
            self.units[key], self.people[person["name"]] = made.unit_id, (made.id, made.unit_id)
            registered = session.get_one(Unit, made.unit_id).public_id
        if unit.get("confirmed", True):
            with db.transaction() as session:
                registration.confirm(session, registered, by=by)

    def _create_people(self, key: str, unit: Mapping[str, Any], hashed: str, *, by: Identity) -> None:
        for person in unit["people"]:
            if person["name"] in self.people:
                continue
            with db.transaction() as session:
                made, code = people.create_person(
                    session, session.get_one(Unit, self.units[key]).public_id, by=by, login=person["login"],
                    values={"name": person["name"], "email": person.get("email", "")},
                    held=person["roles"],
                )
                people.set_password(session, made, password_hash=hashed, code=code)
                self.people[person["name"]] = (made.id, made.unit_id)

    def identity(self, session: Any, name: str) -> Identity:
        if name not in self.people:
            raise StoryFails(f"故事中没有叫“{name}”的人")
        person_id, unit_id = self.people[name]
        return directory.identity_of_person(session, person_id, unit_id=unit_id)

    def application(self, session: Any, unit: str) -> Case:
        """The latest case of a unit; of "begun" the one that was begun last by hand."""
        if unit == "begun" and self.begun is not None:
            return session.get_one(Case, self.begun)
        if unit not in self.units:
            raise StoryFails(f"故事中没有单位“{unit}”")
        case = session.scalar(
            select(Case)
            .where(or_(
                Case.applicant_id == self.units[unit],
                and_(Case.applicant_id.is_(None), Case.recommender_id == self.units[unit]),  # what it reports itself
            ))
            .order_by(Case.id.desc()).limit(1)
        )
        if case is None:
            raise StoryFails(f"“{unit}”还没有办件")
        return case

    def _open_call(self, step: Mapping[str, Any]) -> str:
        call = step["opens_call"]
        self.reported = self.day(call["until"]).year
        with db.transaction() as session:
            batches.open_batch(
                session, by=self.identity(session, step["by"]), name=call["name"],
                programme_key=call.get("programme", self.programme),
                opens_on=self.day(call["from"]), closes_on=self.day(call["until"]),
                dates={key: self.day(day) for key, day in call.get("dates", {}).items()},
                entitled=[session.get_one(Unit, self.units[key]).public_id for key in call.get("entitled", ())],
                numbers=call.get("quotas"),
            )
        return f"发布申报批次“{call['name']}”"

    def _apply(self, step: Mapping[str, Any]) -> str:
        with db.transaction() as session:
            batch = session.scalars(select(Batch).where(Batch.name == step["applies_in"])).one()
            chosen = step.get("recommended_by", "")
            recommender = session.get_one(Unit, self.units[chosen]).public_id if chosen else ""
            case = batches.apply(session, batch, by=self.identity(session, step["by"]), recommender=recommender)
            return f"申报，办件号 {case.number}"

    def _complete(self, step: Mapping[str, Any]) -> str:
        with db.reading() as session:
            identity = self.identity(session, step["by"])
            task = self._open_task(session, step["for"], step["does"], identity)
        answers = self._with_rows(task, self._answers(step))
        answers = self._with_files(task, answers, identity)
        with db.reading() as session:
            prepared = operations.prepare_completion(
                session, task.public_id, identity=identity, answers=answers, outcome=step.get("outcome", "")
            )
        with db.transaction() as session:
            operations.complete(session, prepared, by=identity)
        outcome = prepared.programme.outcomes(prepared.case.diagram, task.element).get(prepared.outcome, "")
        whose = prepared.case.title if step["for"] == "begun" else self.story["units"][step["for"]]["name"]
        return f"办结“{step['does']}”{'：' + outcome if outcome else ''}（{whose}）"

    def _confirm(self, step: Mapping[str, Any]) -> str:
        with db.transaction() as session:
            identity = self.identity(session, step["by"])
            tasks = [self._open_task(session, unit, step["confirms"], identity) for unit in step["for"]]
            cases = [session.get_one(Case, task.case_id) for task in tasks]
            act = acts.confirm(
                session, by=identity, release_id=cases[0].release_id, diagram=cases[0].diagram,
                element=tasks[0].element, answers=self._answers(step),
                seen=[(task.public_id, case.revision) for task, case in zip(tasks, cases, strict=True)],
                outcome=step.get("outcome", ""),
            )
        return f"确认批文“{act.title}”，{len(tasks)} 件"

    def _open_task(self, session: Any, unit: str, name: str, by: Identity) -> Task:
        """The open task of a name in a unit's case, or in a case about one of them (an objection, a score)."""
        case = self.application(session, unit)
        own = select(Case.id).where(Case.applicant_id == case.applicant_id)
        about = or_(Case.id == case.id, Case.id.in_(own), Case.about_id.in_(own), Case.about_id == case.id)
        task = session.scalar(
            select(Task).join(Case, Task.case_id == Case.id)
            .where(about, Task.name == name, Task.status == "open",
                   or_(Task.claimed_by.is_(None), Task.claimed_by == by.person_id))
            .order_by(Task.id).limit(1)
        )
        if task is None:
            now = session.scalars(
                select(Task.name).join(Case, Task.case_id == Case.id).where(about, Task.status == "open")
            ).all()
            raise StoryFails(f"“{unit}”没有待办“{name}”，现有：{'、'.join(now) or '无'}")
        return task

    def _answers(self, step: Mapping[str, Any]) -> dict[str, Any]:
        shared = self.story.get("answers", {}).get(step.get("answers_of", ""), {})
        answers = {**shared, **step.get("answers", {})}
        return _dated(answers, year=self.reported or clock.today().year)

    def _with_rows(self, task: Task, answers: dict[str, Any]) -> dict[str, Any]:
        """Tables that a story writes in short: {rows: 100, each: {column: "企业{n}"}} for so many alike, {prefilled:
        {column: value}} for the rows that the form starts with, each with these columns added."""
        found = dict(answers)
        for key, value in answers.items():
            if isinstance(value, Mapping) and "each" in value:
                found[key] = [
                    {column: str(said).replace("{n}", str(number)) for column, said in value["each"].items()}
                    for number in range(1, int(value["rows"]) + 1)
                ]
            elif isinstance(value, Mapping) and "prefilled" in value:
                with db.reading() as session:
                    known = prefilling.values(session, task.case_id, self._form_key(session, task)).get(key, [])
                found[key] = [{**row, **value["prefilled"]} for row in known]
        return found

    def _form_key(self, session: Any, task: Task) -> str:
        case = session.get_one(Case, task.case_id)
        programme = programmes.programme(session, case.release_id)
        return programme.specification(case.diagram).elements[task.element].properties["form"]

    def _with_files(self, task: Task, answers: dict[str, Any], identity: Identity) -> dict[str, Any]:
        """Upload a one-page PDF for each file name that the answers give."""
        with db.reading() as session:
            case = session.get_one(Case, task.case_id)
            form = programmes.programme(session, case.release_id).form(self._form_key(session, task))
        found = dict(answers)
        for asked in form.asked:
            names = answers.get(asked.key)
            if asked.kind == "filepicker" and names:
                found[asked.key] = [self._upload(name, asked.key, task, identity) for name in names]
        return found

    def paper(self) -> documents.Received:
        """The one-page PDF that every file of the story is."""
        if self.page is None:
            self.page = documents.receive(io.BytesIO(_page()), name="page.pdf", files_dir=self.files_dir)
        return self.page

    def _upload(self, name: str, key: str, task: Task, identity: Identity) -> str:
        with db.transaction() as session:
            return documents.register(
                session, replace(self.paper(), name=name), unit_id=identity.unit_id, person_id=identity.person_id,
                case_id=task.case_id, task_id=task.id, field=key,
            ).public_id

    def _expect_open(self, wanted: Mapping[str, Sequence[str]]) -> None:
        with db.reading() as session:
            for unit, names in wanted.items():
                case = self.application(session, unit)
                whose = Case.id == case.id if case.applicant_id is None else Case.applicant_id == case.applicant_id
                found = sorted(
                    session.scalars(
                        select(Task.name).join(Case, Task.case_id == Case.id).where(whose, Task.status == "open")
                    )
                )
                same(f"“{unit}”的待办", found, sorted(names))

    def _expect_ended(self, wanted: Mapping[str, str]) -> None:
        with db.reading() as session:
            for unit, outcome in wanted.items():
                case = self.application(session, unit)
                if case.title_id is not None:  # of what happens in a title's life, the last that ended so
                    case = session.scalar(
                        select(Case).where(Case.applicant_id == case.applicant_id, Case.outcome == outcome)
                        .order_by(Case.closed_at.desc(), Case.id.desc()).limit(1)
                    ) or case
                same(f"“{unit}”的办件状态", (case.status, case.outcome), ("done", outcome))

    def _expect_deadlines(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        with db.reading() as session:
            for want in wanted:
                case = self.application(session, want["of"]) if "of" in want else _publication_case(session)
                whose = Case.id == case.id if case.applicant_id is None else Case.applicant_id == case.applicant_id
                found = session.scalars(
                    select(Deadline).join(Case, Deadline.case_id == Case.id)
                    .where(whose, Deadline.period == want["period"])
                    .order_by(Deadline.id.desc()).limit(1)
                ).first()
                if found is None:
                    raise StoryFails(f"没有期限“{want['period']}”")
                if want.get("stopped"):
                    clock_verbs.see_that_it_stands_still(session, found.case_id, want["period"])
                    continue
                if want["last_day"] is None:
                    same(f"期限“{want['period']}”的状态", found.status, "awaiting")
                    continue
                same(f"期限“{want['period']}”的状态", found.status in deadlines.STILL, False)
                same(f"期限“{want['period']}”的截止日", found.last_day.isoformat(), str(want["last_day"]))
                same(f"期限“{want['period']}”是否暂定", found.provisional, want.get("provisional", False))

    def _expect_publication(self, wanted: Mapping[str, Any]) -> None:
        with db.reading() as session:
            case = _publication_case(session)
            publication = session.scalars(select(Publication).where(Publication.case_id == case.id)).one()
            same("公示状态", publication.status, wanted["status"])
            if "closed_at" in wanted:
                same("公示结束", _wall(publication.closed_at), str(wanted["closed_at"]))
            for unit, status in wanted.get("entries", {}).items():
                entry = session.scalars(
                    select(PublicationEntry)
                    .join(Case, PublicationEntry.case_id == Case.id)
                    .where(PublicationEntry.publication_id == publication.id, Case.applicant_id == self.units[unit])
                ).first()
                same(f"“{unit}”在名单中", entry.status if entry else None, status)

    def _expect_titles(self, wanted: Mapping[str, Mapping[str, Any] | None]) -> None:
        with db.reading() as session:
            for unit, want in wanted.items():
                title = session.scalar(
                    select(Title).where(Title.holder_id == self.units[unit]).order_by(Title.id.desc()).limit(1)
                )
                if want is None or title is None:
                    same(f"“{unit}”的称号", None if title is None else title.number, want)
                    continue
                for key, value in want.items():
                    found = getattr(title, key)
                    same(f"“{unit}”称号的 {key}", None if found is None else str(found), None if value is None else
                          str(value))


_VERBS: dict[str, Callable[[Telling, Mapping[str, Any]], str]] = {
    "opens_call": Telling._open_call,
    "applies_in": Telling._apply,
    "does": Telling._complete,
    "confirms": Telling._confirm,
    "changes_dates": verbs.change_dates,
    "changes_quotas": verbs.change_quotas,
    "ranks": verbs.rank,
    "admits_late": verbs.admit_late,
    "signs_for": verbs.sign_for,
    "delivers": verbs.deliver,
    "objects_to": verbs.object_to,
    "withdraws": verbs.withdraw,
    "begins": verbs.begin,
    "begins_about": verbs.begin_about,
    "books": verbs.book,
    "rates": verbs.rate_booking,
    "cancels_booking": verbs.cancel_booking,
    "keeps_expert": verbs.keep_expert,
    "stays": verbs.enter_stay,
    "lifts_stay": verbs.lift_stay,
    "annuls": verbs.annul,
    "stops_clock": clock_verbs.stop_clock,
    "resumes_clock": clock_verbs.resume_clock,
    "asks_extension": clock_verbs.ask_extension,
    "decides_extension": clock_verbs.decide_extension,
}
_EXPECTATIONS: dict[str, Callable[[Telling, Any], None]] = {
    "open": Telling._expect_open,
    "ended": Telling._expect_ended,
    "deadlines": Telling._expect_deadlines,
    "publication": Telling._expect_publication,
    "titles": Telling._expect_titles,
    "letters": expectations.letters,
    "about": expectations.about,
    "score": expectations.score,
    "standing": expectations.standing_on,
    "events": expectations.events,
    "banned": expectations.banned,
    "duties": expectations.duties,
    "sanctions": expectations.sanctions,
    "circulars": expectations.circulars,
    "grades": expectations.grades,
    "changes": expectations.changes,
    "appointments": expectations.appointments,
    "samples": expectations.samples,
    "quotas": expectations.quotas,
    "ranked": expectations.ranked,
    "prefilled": expectations.prefilled,
}


def next_due(until: datetime) -> datetime | None:
    """The earliest instant, not after `until`, at which a timer or something in a title's life waits to be carried out.
    What failed and is tried again later isn't waited for."""
    with db.reading() as session:
        timer = session.scalar(
            select(func.min(Timer.due_at))
            .where(Timer.status == "waiting", Timer.due_at <= until, Timer.retry_at.is_(None))
        )
        found = [due for due in (timer, life.next_due(session, until=until)) if due is not None]
    return min(found, default=None)


def see_that_nothing_failed() -> None:
    """Raise StoryFails where the worker could not carry out what was due."""
    with db.reading() as session:
        failed = [
            error for model in (Timer, LifeDue)
            for error in session.scalars(select(model.error).where(model.status == "waiting", model.attempts > 0))
        ]
    if failed:
        raise StoryFails(f"后台未能办理：{failed[0]}")


def timeline() -> list[str]:
    """Every case's trail and every deadline with its explanation, as lines for the terminal."""
    lines = []
    with db.reading() as session:
        for case in session.scalars(select(Case).order_by(Case.id)):
            lines.append(f"■ {case.number}　{case.title}　{'办理中' if case.status == 'open' else case.outcome}")
            found = session.execute(
                select(Deadline, func.coalesce(Task.name, "")).outerjoin(Task, Task.deadline_id == Deadline.id)
                .where(Deadline.case_id == case.id).order_by(Deadline.id)
            )
            programme = programmes.programme(session, case.release_id)
            for deadline, task in found:
                explained = deadlines.explanation(deadline, case.region_code)
                end = explained.deadline.period.end_of_day
                until = workdays.last_day_words(deadline.last_day, deadline.provisional, end)
                lines.append(f"  · {task or programme.periods[deadline.period].name}　截止 {until}")
                lines += [f"      {line}" for line in explained.as_text().splitlines()]
            for title in session.scalars(select(Title).where(Title.case_id == case.id)):
                lines.append(f"  ★ {title.name}　{title.number}　{title.granted_on} 起")
    return lines


def _dated(value: Any, *, year: int) -> Any:
    """`today` becomes the day of the step, `year-1` the year before `year`: a demonstration doesn't grow old.

    `year` is that in which the call closes, of which applications report the years before.
    """
    if isinstance(value, Mapping):
        return {key: _dated(inner, year=year) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, year=year) for inner in value]
    if value == "today":
        return clock.today().isoformat()
    if isinstance(value, str) and (back := _YEAR.fullmatch(value)):
        return str(year - int(back[1]))
    return value


def _publication_case(session: Any) -> Case:
    found = session.scalars(
        select(Case).join(Publication, Publication.case_id == Case.id).order_by(Publication.id.desc()).limit(1)
    ).first()
    if found is None:
        raise StoryFails("还没有公示")
    return found


def _wall(instant: datetime) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}"


def _page() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(out)
    return out.getvalue()

