"""A programme with a titled institution, and sanctions against it on their way."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import db, worker
from app.documents import storage
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.sanctions import proposing
from app.sanctions.models import Sanction
from app.titles import changing
from app.titles.models import Title, TitleEvent
from tests import factories, living

GRANTED = date(2026, 1, 20)
MISSES = [
    {"what": "2026 年第一季度情况报告", "on": "2026-03-16", "case": ""},
    {"what": "2026 年第二季度情况报告", "on": "2026-06-15", "case": ""},
    {"what": "2026 年第三季度情况报告", "on": "2026-09-15", "case": ""},
]
OPINION = {"finding": "逐期核对，属实。"}


@dataclass
class Scene:
    """The programme with its titles, and the verbs that the tests share."""

    land: living.Living
    clock_at: Any

    def who(self, login: str) -> Any:
        with db.reading() as session:
            return self.land.who(session, login)

    def holder(self, name: str = "") -> Any:
        with db.reading() as session:
            return self.land.holder(session, name)

    def holder_login(self) -> str:
        """The login of somebody of the first holder."""
        with db.reading() as session:
            return self.land._applicant(session, self.land.title(session).holder_id).login

    def title(self, name: str = "") -> Title:
        with db.reading() as session:
            return self.land.title(session, name)

    def propose(self, key: str = "reporting_revocation", cause: str = "quarterly:2026-09-15", name: str = "") -> str:
        """A sanction as the system proposes it; the public id of its case."""
        with db.transaction() as session:
            title = changing.locked(session, self.land.title(session, name).id)
            made = proposing.propose(session, title, key=key, cause=cause, evidence=MISSES)
            assert made is not None
            return session.get_one(proposing.Case, made.case_id).public_id

    def sanctions(self) -> list[Sanction]:
        with db.reading() as session:
            return list(session.scalars(select(Sanction).order_by(Sanction.id)))

    def events(self) -> list[TitleEvent]:
        """The first title's events, in order."""
        with db.reading() as session:
            return list(changing.events_of(session, self.land.title(session).id))

    def do(self, case: str, who: str | Any, answers: dict | None = None, outcome: str = "") -> None:
        """Complete the one open task of a case."""
        [task] = living.open_tasks(case)
        by = self.who(who) if isinstance(who, str) else who
        living.complete(task, by, answers, outcome)

    def names(self, case: str) -> list[str]:
        return [task.name for task in living.open_tasks(case)]

    def read_notice(self, letter: str = "prior_notice") -> None:
        """The holder opens the latest letter of a key in its box: from then on it is served."""
        with db.transaction() as session:
            notice = session.scalars(
                select(Notice).where(Notice.letter == letter).order_by(Notice.id.desc()).limit(1)
            ).one()
            by = factories.identity(session, self.land._applicant(session, notice.to_unit_id))
            notices.open_notice(session, notice.public_id, by=by)
        worker.run_until_idle(NoSender())

    def decided(self, case: str, day: str, outcome: str = "impose", **more: Any) -> None:
        self.do(case, "lead@province", {
            "reason": "事实清楚，申辩意见不予采纳。", "document_number": "冀工信企业〔2026〕9 号",
            "document_date": day, **more,
        }, outcome)

    def to_decision(self, case: str) -> None:
        """Examine and hear: the holder waives its statement."""
        self.do(case, "clerk@province", OPINION, "proceed")
        self.read_notice()
        self.do(case, self.holder(), {}, "waive")

    def pass_time(self, wall_time: str) -> None:
        living.pass_time(self.clock_at, wall_time)

    def begin(self, who: str, name: str = "") -> str:
        return living.begin(self.who(who), self.title(name).public_id, "sanction")


@pytest.fixture
def scene(database, clock_at, tmp_path):
    storage.open_folder(tmp_path)
    clock_at("2026-10-12 09:00")
    return Scene(living.living(granted_on=GRANTED, count=2), clock_at)
