"""Titles that end soon: the shipped programme with short forms, and the steps of a renewal."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app import db
from app.cases.models import Case, Task
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import package
from app.renewals.models import Renewal
from app.titles import changing, life
from app.titles.models import LifeDue, Title, TitleRecord
from tests import living
from tests.living import Living

GRANTED = date(2024, 3, 10)
"""A Sunday. Valid to 2027-03-10; its renewal opens on 2026-12-10."""
BEFORE, OPENS, LAST_DAY = "2026-12-09 23:59:59", "2026-12-10 00:00", "2027-03-10"
FACTS = {
    "unit_name": "持证服务机构1", "credit_code": "", "contact_name": "张三", "contact_phone": "13800000000",
    "still_qualified": True, "no_violation": True, "changes_reported": True, "declared": True, "signed_by": "张三",
}
OPINION = {"verified": "true", "findings": "与报送一致", "opinion": "建议予以延续"}
DECISION = {"document_number": "冀工信企业〔2027〕8 号", "reason": "对照条件评价通过。"}


def files(*changes: tuple[str, str]) -> dict[str, bytes]:
    """The shipped programme with short forms for what is filed and decided; `changes` are pieces of programme.yaml as
    they stand there and as they shall be."""
    found = package.read_folder(living.PROCESSES / living.PROVINCE)
    text = found["programme.yaml"].decode()
    for old, new in (
        ("  also: [renewal_assessment]\n", ""), ("    services: {table: services, year: year, years: 3}\n", ""),
        *changes,
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    found["programme.yaml"] = re.sub(r"    carries: \[.*\]\n", "", text).encode()
    found["forms/renewal_assessment.json"] = _form("renewal_assessment", "said")
    found["forms/renewal_decision.json"] = _form("renewal_decision", "document_number", "reason")
    return found


def _form(name: str, *fields: str) -> bytes:
    return json.dumps({
        "$schema": "../schema.json", "type": "default", "id": name, "title": "自评", "components": [
            {"type": "textfield", "id": key, "key": key, "label": key, "validate": {"required": True}} for key in fields
        ],
    }).encode()


def titles(*changes: tuple[str, str], granted_on: date = GRANTED, count: int = 1) -> Living:
    """Titles of a day; legal time should be held between their beginning and their end."""
    return living.living(count=count, granted_on=granted_on, files=files(*changes))


def graded(at: Living, **grades: str) -> None:
    """Give the first title grades from before the register: y2024="A"."""
    with db.transaction() as session:
        title = at.title(session)
        session.add_all(
            TitleRecord(title_id=title.id, kind="grade", period=key[1:], value=value, case_id=title.case_id)
            for key, value in grades.items()
        )


def file(at: Living, *, name: str = "填报期满自评", answers: Mapping[str, Any] | None = None, holder: str = "") -> None:
    """File the self-assessment (or confirm the facts) of the first title, or of the one that a unit holds."""
    with db.reading() as session:
        who = at.holder(session, holder)
    living.complete(task(name, who), who, answers or {"said": "继续符合条件"})


def confirm(at: Living) -> None:
    """Confirm the facts of the first title's holder, as one whose renewal is exempt."""
    with db.reading() as session:
        code = session.get_one(Unit, at.title(session).holder_id).credit_code
    file(at, name="确认免评事项", answers={**FACTS, "credit_code": code})


def reviewed(at: Living) -> None:
    """The city's opinion and the authority's evaluation."""
    step(at, "市级审核", "clerk@city", OPINION, "support")
    step(at, "期满评价", "clerk@province", {"assessed": "符合各项条件", "opinion": "建议予以延续"}, "propose")


def decided(at: Living, outcome: str) -> None:
    step(at, "延续决定", "lead@province", DECISION, outcome)


def step(at: Living, name: str, login: str, answers: Mapping[str, Any], outcome: str = "") -> None:
    with db.reading() as session:
        who = at.who(session, login)
    living.complete(task(name), who, answers, outcome)


def task(name: str, who: Identity | None = None) -> Task:
    found = [one for one in living.open_tasks(name=name) if who is None or one.unit_id == who.unit_id]
    assert len(found) == 1, (name, [one.name for one in living.open_tasks()])
    return found[0]


def title(at: Living, name: str = "") -> Title:
    with db.reading() as session:
        return at.title(session, name)


def renewal(at: Living, name: str = "") -> Renewal | None:
    with db.reading() as session:
        return session.scalars(
            select(Renewal).where(Renewal.title_id == at.title(session, name).id).order_by(Renewal.id.desc())
        ).first()


def events(at: Living, name: str = "") -> list[str]:
    """What happened to a title after its beginning: "expired 2027-03-11 HBI-12"."""
    with db.reading() as session:
        return [f"{one.kind} {one.effective_on} {one.clause}"
                for one in changing.events_of(session, at.title(session, name).id)[1:]]


def outcome(at: Living) -> str:
    """How the case of the first title's renewal ended; "" while it is open."""
    with db.reading() as session:
        return session.get_one(Case, renewal(at).case_id).outcome


def waiting(at: Living) -> list[tuple[str, str]]:
    """(kind, day) of what waits in a title's life of its end."""
    kinds = ("renewal", "expire", "expiry_notice", "renewal_end")
    with db.reading() as session:
        rows = session.scalars(
            select(LifeDue).where(LifeDue.subject == life.subject_of(at.title(session)), LifeDue.status == "waiting",
                                  LifeDue.kind.in_(kinds)).order_by(LifeDue.due_at, LifeDue.kind)
        )
        return [(row.kind, living.clock.local(row.due_at).date().isoformat()) for row in rows]
