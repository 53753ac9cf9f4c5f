"""Each year's call: the authority opens it, institutions that are new register and apply, others apply again, and the
public objects to a few that are listed."""

from datetime import date, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import clock, db
from app.batches import dates as days
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases.models import Case
from app.errors import Refused
from app.publications import objections
from app.publications.models import Publication, PublicationEntry
from app.simulating.policies import Calls, day_in, how_many
from app.simulating.settling import Institution, newcomer
from app.titles import bans, standing
from app.titles.models import Title

if TYPE_CHECKING:
    from app.simulating.running import Simulation

REFUSED_BY_BAN = "申报 禁申期内不予受理"
REFUSED = "申报 未予受理"
_OBJECTION_DAYS = 4


class Applying:
    """The calls of a simulation and who answers them, by the plan's `calls`."""

    def __init__(self, simulation: "Simulation", rules: Calls) -> None:
        self._run, self._rules = simulation, rules
        self._last_publication = self._objections = 0

    def begin_month(self, first: date, after: date) -> None:
        """Have the year's call opened, where its day lies in this month."""
        opens = day_in(first.year, self._rules.opens)
        if first <= opens < after:
            self._run.mean(opens, clock.day_start(first), partial(self._open, opens))

    def look(self) -> None:
        """New publications, to some entries of which somebody will object."""
        with db.reading() as session:
            rows = session.execute(
                select(
                    Publication.id, Publication.public_id, Publication.opened_at, PublicationEntry.position,
                    Case.applicant_id,
                )
                .join(PublicationEntry, PublicationEntry.publication_id == Publication.id)
                .join(Case, PublicationEntry.case_id == Case.id)
                .where(Publication.id > self._last_publication, Publication.status == "open")
                .order_by(Publication.id, PublicationEntry.position)
            ).all()
        for row in rows:
            self._last_publication = row.id
            if not self._run.alone and row.applicant_id not in self._run.people.institutions:
                continue
            lot = self._run.lot(row.applicant_id, "objection")
            if lot.random() * 100 < self._rules.objections:
                day = clock.local(row.opened_at).date() + timedelta(days=lot.randint(1, _OBJECTION_DAYS))
                self._run.mean(day, row.opened_at, partial(self._object, row))

    def _open(self, opens: date) -> None:
        programme = self._run.programme
        dates = {
            key: day_in(opens.year + (written <= self._rules.opens), written)
            for key, written in self._rules.dates.items()
        }
        closes = dates[days.applicants_key(programme)]
        try:
            with db.transaction() as session:
                batch_id = batches.open_batch(
                    session, by=self._run.authority("clerk"), programme_key=programme.key,
                    name=f"{opens.year} 年度申报", opens_on=opens, closes_on=closes, dates=dates,
                    numbers=self._rules.numbers,
                ).id
        except Refused as error:
            self._run.refuse("发布申报批次", error)
            return
        for one, lot in self._who_applies():
            day = opens + timedelta(days=lot.randrange(max((closes - opens).days * 3 // 4, 1)))
            self._run.mean(day, clock.now(), partial(self._apply, batch_id, one))

    def _who_applies(self) -> list[tuple[Institution | None, Random]]:
        """Institutions without a title that apply, None for one that is yet to register, each with its lot."""
        run, rules = self._run, self._rules
        with db.reading() as session:
            holding = set(session.scalars(
                select(Title.holder_id)
                .where(Title.programme == run.programme.key, Title.status.not_in(standing.ENDS))
            ))
            without = [one for unit_id, one in run.people.institutions.items() if unit_id not in holding]
            shares = [
                rules.banned if bans.ban_on(session, run.programme.key, one.credit_code, clock.today()) else rules.again
                for one in without
            ]
        found: list[tuple[Institution | None, Random]] = []
        for one, share in zip(without, shares, strict=True):
            lot = run.lot(one.unit_id, "applies")
            if lot.random() * 100 < share:
                found.append((one, lot))
        lot = run.lot(None, "newcomers")
        found += [(None, lot)] * how_many(lot, run.count * rules.newcomers)
        return found

    def _apply(self, batch_id: int, one: Institution | None) -> None:
        run = self._run
        if one is None:
            one = newcomer(run.people, run.plan, seed=run.seed)
        try:
            with db.transaction() as session:
                batches.apply(session, session.get_one(Batch, batch_id), by=run.people.who[one.unit_id, "applicant"])
            run.steps += 1
        except Refused as error:
            with db.reading() as session:
                banned = bans.ban_on(session, run.programme.key, one.credit_code, clock.today()) is not None
            run.happened[clock.today().year, REFUSED_BY_BAN if banned else REFUSED] += 1
            run.refuse("申报", error)

    def _object(self, row: Any) -> None:
        self._objections += 1
        number = self._objections
        try:
            with db.transaction() as session:
                objections.file(
                    session, row.public_id, row.position, name=f"异议人{number:03d}", contact=f"137{number:08d}",
                    text="该单位公示的服务场所与实际经营场所不符，请予核实。", papers=[self._run.paper()],
                    address=f"objector-{number}", received_at=clock.now(),
                )
            self._run.steps += 1
        except Refused as error:
            self._run.refuse("提出异议", error)
