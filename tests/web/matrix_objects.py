"""The things that the access matrix asks for: one builder for each argument of a route.

An argument is looked up as "blueprint.view.argument", then as "blueprint.argument". A builder makes the thing in a
place of the small world (its county or its city) and says who has it in sight; whoever hasn't must get 404. Add one
when a route brings an argument.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.appointments.models import Appointment
from app.batches import operations as batches
from app.calendars import operations as calendars
from app.calendars import queries as editions
from app.cases import operations as cases
from app.cases.clock_models import Extension
from app.cases.models import Act, Case
from app.documents import operations as documents
from app.documents.models import Document
from app.evaluations.models import Grade
from app.experts.models import Expert, ExpertRelation
from app.notices.models import Notice
from app.obligations.models import Duty
from app.people import sessions
from app.people.models import SignIn, Unit
from app.people.queries import Identity
from app.programmes import package
from app.programmes import queries as programmes
from app.programmes.models import Proposal, Release
from app.publications.models import Publication
from app.publications.operations import seal
from app.titles.models import Successor, Title
from tests import factories, sample
from tests.batches import limited
from tests.documents import files
from tests.factories import World
from tests.letters.making import docx, text

Sight = Callable[[Identity], bool]


@dataclass(frozen=True)
class Thing:
    """An argument's value, and who has it in sight."""

    value: str
    in_sight: Sight


@dataclass(frozen=True)
class Place:
    """Where a thing is made: "county" or "city" of the world; `files_dir` takes uploaded bytes."""

    session: Session
    world: World
    name: str
    files_dir: Path

    @property
    def unit(self) -> Unit:
        return self.world.unit(self.name)


def unit_below(place: Place) -> Thing:
    """An institution of the place: in reach of the departments over it, and of its own people (who aren't asked)."""
    made = factories.institution(place.session, region_code=place.unit.region_code)
    return Thing(made.public_id, _over(place.unit))


def registration(place: Place) -> Thing:
    """An institution of the place that waits for its confirmation."""
    made = factories.institution(place.session, region_code=place.unit.region_code, status="pending")
    factories.person(place.session, made, "applicant", "admin")
    return Thing(made.public_id, _over(place.unit))


def person(place: Place) -> Thing:
    """Somebody of the place's department: in reach of that department and of higher ones."""
    made = factories.person(place.session, place.unit, "clerk")
    home, over = place.unit, _over(place.unit)
    return Thing(made.public_id, lambda who: who.unit_id == home.id or (who.tier != home.tier and over(who)))


def session_of_somebody_else(place: Place) -> Thing:
    """A session that is neither one's own nor that of the person in the address."""
    who = factories.person(place.session, place.unit, "clerk")
    sessions.start(place.session, person_id=who.id)
    row = place.session.scalars(select(SignIn).where(SignIn.person_id == who.id)).one()
    return Thing(row.public_id, lambda who: False)


def case(place: Place) -> Thing:
    """An application of the place: in sight of the departments over it and of the institution."""
    made = _case(place)
    return Thing(made.public_id, _case_sight(place, made))


def task(place: Place) -> Thing:
    """The application's first task, which is the institution's; who sees the case may know that it's there."""
    made = _case(place)
    return Thing(sample.open_task(place.session, made.id).public_id, _case_sight(place, made))


def sanction(place: Place) -> Thing:
    """A sanction, for who sees its case; the sample programme knows none to show."""
    return Thing(_case(place).public_id, lambda who: False)


def reviewed(place: Place) -> Thing:
    """The experts' review of a case, which is the business of the office that holds it; the sample has none to show."""
    return Thing(_case(place).public_id, lambda who: False)


def expert(place: Place) -> Thing:
    """An expert in the register that the place's department keeps."""
    return Thing(_expert(place).public_id, lambda who: who.unit_id == place.unit.id)


def relation(place: Place) -> Thing:
    """A relation of another expert than the one in the address: nobody finds it there."""
    made = ExpertRelation(public_id=db.public_id(), expert_id=_expert(place).id, region_code=place.unit.region_code,
                          reason="原籍", declared_at=clock.now())
    place.session.add(made)
    place.session.flush()
    return Thing(made.public_id, lambda who: False)


def document(place: Place) -> Thing:
    """A file of an application."""
    made = _case(place)
    content = files.pdf()
    stored = documents.store(
        place.session, io.BytesIO(content), name="证明.pdf", unit_id=made.applicant_id,
        person_id=place.world.person("applicant@institution").id, task_id=None, case_id=made.id, field="",
        files_dir=place.files_dir,
    )
    return Thing(stored.public_id, _case_sight(place, made))


def batch(place: Place) -> Thing:
    """A call: every institution may know of it."""
    by = place.world.identity(place.session, "clerk@city")
    _release(place.session)
    name = f"批次 {db.next_number(place.session, 'batch')}"
    return Thing(sample.open_batch(place.session, by=by, name=name).public_id, lambda who: True)


def call_of_the_office(place: Place) -> Thing:
    """A call as the unit that opened it works on it."""
    made, home = batch(place), place.world.unit("city")
    return Thing(made.value, lambda who: who.unit_id == home.id)


def limited_call(place: Place) -> Thing:
    """A call that may limit what counties recommend: for the counties, and for the offices over them."""
    session = place.session
    written = limited.files()
    key = b"key: " + sample.KEY.encode()
    found = {**written, "programme.yaml": written["programme.yaml"].replace(key, b"key: limited", 1)}
    release = session.scalars(select(Release).where(Release.programme == "limited")).first()
    if release is None:
        release = Release(programme="limited", number=1, name="有名额的项目", fingerprint=package.fingerprint(found),
                          files=package.pack(found), deployed_at=clock.now(), deployed_by=None)
        session.add(release)
        session.flush()
    made = batches.open_batch(
        session, by=place.world.identity(session, "lead@city"), programme_key="limited",
        name=f"批次 {db.next_number(session, 'batch')}", opens_on=clock.today(), closes_on=clock.today(),
        dates={"county": clock.today()}, numbers={"county": 1},
    )
    city = place.world.unit("city")
    return Thing(made.public_id, lambda who: _over(city)(who) or (who.tier, (who.region_code or "")[:4]) == (
        "county", city.region_code[:4]))


def act(place: Place) -> Thing:
    """A collective act: the business of the unit that confirmed it."""
    made, home = _act(place), place.unit
    return Thing(made.public_id, lambda who: who.unit_id == home.id)


def _act(place: Place) -> Act:
    release = programmes.programme(place.session, _release(place.session).id)
    elements = release.specification("application").elements
    collective = next(key for key, element in elements.items() if "collective" in (element.properties or {}))
    made = Act(
        public_id=db.public_id(), kind=elements[collective].properties["collective"], release_id=release.release_id,
        programme=release.key, diagram="application", element=collective, title="公示", answers={},
        person_id=place.world.person(f"lead@{place.name}").id, unit_id=place.unit.id, confirmed_at=clock.now(),
    )
    place.session.add(made)
    place.session.flush()
    return made


def publication(place: Place) -> Thing:
    """A publication: its objections and its correction are the business of the unit that published it."""
    by = place.world.identity(place.session, f"lead@{place.name}")
    release = programmes.programme(place.session, _release(place.session).id)
    source = _act(place)
    made: list[Publication] = []

    def write(case: Case) -> None:
        row = Publication(
            public_id=db.public_id(), case_id=case.id, act_id=source.id, programme=release.key, title="公示",
            unit_id=place.unit.id, status="open", opened_at=clock.now(), list_hash=seal("公示", []),
        )
        place.session.add(row)
        place.session.flush()
        made.append(row)

    cases.open_case(
        place.session, programme=release, diagram="publication", title="公示", region_code=by.region_code,
        applicant_id=None, by=by, before_start=write,
    )
    home = place.unit
    return Thing(made[0].public_id, lambda who: who.unit_id == home.id)


def edition(place: Place) -> Thing:
    """A closure of the place that waits to be confirmed: every department may know of it, as of all of the calendar."""
    region_code = place.unit.region_code
    waits = editions.waiting_for(place.session, 2027, region_code) or calendars.propose(
        place.session, by=place.world.identity(place.session, f"clerk@{place.name}"), year=2027,
        region_code=region_code, off={date(2027, 8, 4): "台风停工"}, on={}, document_number="防指令第3号",
        issued_on=None, origin="hand",
    )
    return Thing(waits.public_id, lambda who: True)


def year(place: Place) -> Thing:
    """A year of the calendar, which is public."""
    return Thing("2026", lambda who: True)


def nothing_public(place: Place) -> Thing:
    """An address of the public pages under which there is nothing."""
    return Thing("AAAAAAAAAAAA", lambda who: True)


def no_table(place: Place) -> Thing:
    """A table of the sample's first form, which has none: nobody finds it."""
    return Thing("rows", lambda who: False)


def notice(place: Place) -> Thing:
    """A letter of an application: of its receiver, its issuer, and the departments over the case."""
    made, session = _case(place), place.session
    content = docx(text("一"))
    digest = documents.storage.keep(
        io.BytesIO(content), place.files_dir, max_bytes=1_000_000, inspect=lambda path: None
    ).sha256
    paper = Document(
        public_id=db.public_id(), unit_id=place.unit.id, case_id=made.id, name="通知书.docx", media_type="x",
        size=len(content), sha256=digest, uploaded_by=None, uploaded_at=clock.now(),
    )
    session.add(paper)
    session.flush()
    letter = Notice(
        public_id=db.public_id(), number=db.public_id(), case_id=made.id, revision=1, element="x", letter="x",
        kind="notice", title="通知书", unit_id=place.unit.id, to_unit_id=made.applicant_id, to_name="某单位",
        document_id=paper.id, posted_at=clock.now(),
    )
    session.add(letter)
    session.flush()
    return Thing(letter.public_id, _case_sight(place, made))


def title(place: Place) -> Thing:
    """A title of an institution of the place: its certificate is its holder's and the departments' over it."""
    made = _case(place)
    row = Title(
        public_id=db.public_id(), number=db.public_id(), programme=sample.KEY, name="称号",
        holder_id=made.applicant_id, case_id=made.id, document_number="文〔2026〕1号", granted_on=clock.today(),
        valid_until=None, status="active",
    )
    place.session.add(row)
    place.session.flush()
    return Thing(row.public_id, _case_sight(place, made))


def successor(place: Place) -> Thing:
    """An entry of the register of successors: every department may read it, an authority take it back."""
    by = place.world.person("clerk@province")
    row = Successor(
        public_id=db.public_id(), before_code=factories.credit_code(), before_name="原单位", unit_id=by.unit_id,
        after_code=factories.credit_code(), after_name="现单位", kind="renamed", changed_on=clock.today(),
        person_id=by.id, evidence="登记机关的通知书", recorded_at=clock.now(),
    )
    place.session.add(row)
    place.session.flush()
    return Thing(row.public_id, lambda who: True)


def evaluation(place: Place) -> Thing:
    """The evaluation of an institution's title whose grade it was told."""
    made = _case(place)
    row = Title(
        public_id=db.public_id(), number=db.public_id(), programme=sample.KEY, name="称号",
        holder_id=made.applicant_id, case_id=made.id, document_number="文〔2026〕1号", granted_on=clock.today(),
        valid_until=None, status="active",
    )
    place.session.add(row)
    place.session.flush()
    grade = Grade(
        public_id=db.public_id(), title_id=row.id, programme=sample.KEY, year=2025, case_id=made.id, grade="A",
        decided_on=None, recorded_at=clock.now(),
    )
    place.session.add(grade)
    place.session.flush()
    return Thing(grade.public_id, _case_sight(place, made))


def duty(place: Place) -> Thing:
    """A report that the holder of a title owes: its holder's and the departments' over it."""
    made = _case(place)
    held = title(place)
    owner = place.session.scalars(select(Title).where(Title.public_id == held.value)).one()
    row = Duty(
        public_id=db.public_id(), title_id=owner.id, programme=sample.KEY, obligation="quarterly",
        period="2026-03-15", covers_from=clock.today(), covers_until=clock.today(), due_on=clock.today(),
        case_id=made.id,
    )
    place.session.add(row)
    place.session.flush()
    return Thing(row.public_id, _case_sight(place, made))


def appointment(place: Place) -> Thing:
    """An appointment with a title holder of the place: the holder's and the departments' over it."""
    held = title(place)
    row = place.session.scalars(select(Title).where(Title.public_id == held.value)).one()
    made = Appointment(
        public_id=db.public_id(), code=db.public_id(), title_id=row.id, case_id=row.case_id, enterprise="某企业",
        credit_code="", contact_name="王", contact_phone="13800000000", subject="咨询", requested_at=clock.now(),
    )
    place.session.add(made)
    place.session.flush()
    return Thing(made.public_id, held.in_sight)


def no_diagram(_place: Place) -> Thing:
    """A diagram of which nobody opens cases about a title."""
    return Thing("no_such_diagram", lambda who: False)


def nobodys(place: Place) -> Thing:
    """Something of the kind that isn't there: nobody finds it."""
    return Thing(db.public_id(), lambda who: False)


def programme(place: Place) -> Thing:
    """The sample programme, which every department may read."""
    _release(place.session)
    return Thing(sample.KEY, lambda who: True)


def programme_to_change(place: Place) -> Thing:
    """The same for whoever would change it: the business of its authority, which is the city, and of those over it."""
    _release(place.session)
    return Thing(sample.KEY, _over(place.world.unit("city")))


def named(value: str) -> Callable[[Place], Thing]:
    """A part of the sample that every release has: its number, a form, a file."""
    return lambda place: Thing(value, lambda who: True)


def proposal(place: Place) -> Thing:
    """A change proposed to the sample programme."""
    base, by = _release(place.session), place.world.person("designer@city")
    made = Proposal(
        public_id=db.public_id(), programme=base.programme, base_id=base.id, files=base.files, fingerprint="x",
        note="x", problems=[], proposed_by=by.id, proposed_at=clock.now(),
    )
    place.session.add(made)
    place.session.flush()
    return Thing(made.public_id, _over(place.world.unit("city")))


def extension(place: Place) -> Thing:
    """A request for more time, which is the business of the place's lead."""
    made = _case(place)
    first = sample.open_task(place.session, made.id)
    row = Extension(
        public_id=db.public_id(), case_id=made.id, deadline_id=first.deadline_id, amount=5, unit="working_days",
        reason="x", asked_by=place.world.person("applicant@institution").id, asked_at=clock.now(),
        unit_id=place.unit.id, role="lead",
    )
    place.session.add(row)
    place.session.flush()
    return Thing(row.public_id, lambda who: who.unit_id == place.unit.id and "lead" in who.roles)


def stop_of_another(place: Place) -> Thing:
    """A stop of another task than the one in the address: nobody finds it there."""
    return Thing(db.public_id(), lambda who: False)


THINGS: dict[str, Callable[[Place], Thing]] = {
    "designer.form": named("announcement"),
    "designer.key": programme,
    "designer.number": named("1"),
    "designer.path": named("programme.yaml"),
    "designer.propose.key": programme_to_change,
    "designer.public_id": proposal,
    "calendars.edition_id": edition,
    "evaluations.public_id": evaluation,
    "calendars.year": year,
    "clauses.clause": nothing_public,
    "clauses.key": programme,
    "certificates.number": nothing_public,
    "certificates.public_id": title,
    "members.public_id": nobodys,
    "moves.edition_id": edition,
    "obligations.public_id": duty,
    "notices.act_id": act,
    "notices.public_id": notice,
    "acts.public_id": act,
    "admin.person_id": person,
    "admin.session_id": session_of_somebody_else,
    "admin.unit_id": unit_below,
    "auth.public_id": session_of_somebody_else,
    "batches.public_id": batch,
    **dict.fromkeys(
        ("batches.show.public_id", "batches.change_dates.public_id", "batches.admit_late.public_id",
         "batches.change_quotas.public_id"), call_of_the_office
    ),
    **dict.fromkeys(("batches.recommended.public_id", "batches.put_in_order.public_id"), limited_call),
    "appointments.public_id": nothing_public,
    "appointments.code": nothing_public,
    "appointments.show.public_id": appointment,
    "cases.public_id": case,
    "catalogue.public_id": nothing_public,
    "services.title_id": nobodys,
    "services.public_id": nobodys,
    "samples.public_id": nobodys,
    "clocks.extension_id": extension,
    "clocks.public_id": task,
    "clocks.stop_id": stop_of_another,
    "documents.public_id": document,
    "experts.expert_id": expert,
    "experts.public_id": reviewed,
    "experts.relation_id": relation,
    "inbox.public_id": task,
    "objections.correct.public_id": publication,
    "objections.correction.public_id": publication,
    "objections.index.public_id": publication,
    "objections.position": nothing_public,
    "objections.public_id": nothing_public,
    "objections.secret": nothing_public,
    "platforms.public_id": nobodys,
    "practices.public_id": nothing_public,
    "practices.title_id": nobodys,
    "practices.withdraw.public_id": nobodys,
    "public.public_id": nothing_public,
    "registration.unit_id": registration,
    "receipts.public_id": task,
    "sanctions.public_id": sanction,
    "sheets.key": no_table,
    "sheets.public_id": task,
    "successors.public_id": successor,
    "tasks.public_id": task,
    "titles_life.diagram": no_diagram,
    "titles_life.note_id": nobodys,
    "titles_life.public_id": nobodys,
    "reminders.public_id": task,
}

NAMED_OTHERWISE = frozenset({"cases.begin", "acts.new", "acts.confirm", "acts.table", "acts.sheet"})
"""Views whose thing is named in the query or the form and not in the path: without it they find nothing."""


def _release(session: Session) -> Release:
    return session.scalars(select(Release)).first() or sample.deploy(session)


def _expert(place: Place) -> Expert:
    person = factories.person(place.session, factories.institution(place.session), "expert")
    made = Expert(public_id=db.public_id(), keeper_id=place.unit.id, person_id=person.id, entered_at=clock.now())
    place.session.add(made)
    place.session.flush()
    return made


def _case(place: Place) -> Case:
    """The county's is of the world's institution, so that somebody owns it; the city's of one without anybody else."""
    session = place.session
    if place.name == "county":
        by = place.world.identity(session, "applicant@institution")
    else:
        unit = factories.institution(session, region_code=place.unit.region_code)
        by = factories.identity(session, factories.person(session, unit, "applicant"))
    _release(session)
    call = sample.open_batch(
        session, by=place.world.identity(session, "clerk@city"), name=f"批次 {db.next_number(session, 'batch')}"
    )
    return sample.apply(session, call, by=by)


def _case_sight(place: Place, made: Case) -> Sight:
    over = _over(place.unit)
    return lambda who: who.roles != {"expert"} and (over(who) or who.unit_id == made.applicant_id)


def _over(home: Unit) -> Sight:
    """Departments in whose division the home's lies, by the codes of the small world."""
    digits = {"ministry": 0, "province": 2, "city": 4, "county": 6}

    def lies_in(who: Identity) -> bool:
        if who.unit_kind != "department":
            return False
        length = digits[who.tier]
        return home.region_code[:length] == (who.region_code or "")[:length]

    return lies_in
