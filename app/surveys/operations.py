"""Drawing the clients whom a recommender asks, and holding the record of the answers against the draw.

The draw's order covers the whole list. The record must be of the first clients in that order: one who wasn't reached is
noted and the next takes the place, so that nobody chooses whom to ask. Source: NAT-10, NAT-F2.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import chance, db
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.evaluations import sampling
from app.evaluations.models import Sample
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.programmes.sections import ClientSample

KIND = "clients"
"""The kind of a Sample of clients; its period is the number of the application's case."""


def draw(session: Session, place: Place) -> int:
    """随机抽取回访企业: draw from the application's list, once; returns how many. Seed, list and draw are kept.

    Raises Refused where the programme asks no clients, or the list is too short.
    """
    rule = _rule(place.programme)
    if (known := _sample(session, place.programme.key, place.case.number)) is not None:
        return len(known.drawn)
    names = _names(cases.latest_answers(session, place.case.id), rule.population)
    if len(names) < rule.at_least:
        raise Refused(f"服务名单只有 {len(names)} 家企业，不足以抽取 {rule.at_least} 家回访。", clause=rule.clause)
    seed = chance.seed()
    sample = Sample(
        public_id=db.public_id(), programme=place.programme.key, kind=KIND, period=place.case.number, seed=seed,
        population=names, drawn=order(seed, names)[:rule.at_least], percent=0, at_least=rule.at_least,
        drawn_at=place.at,
    )
    session.add(sample)
    session.flush()
    audit.record(
        session, chain=f"case:{place.case.id}", verb="draw_clients", person_id=None, person_name="系统", unit_name="",
        details={"population": len(names), "drawn": len(sample.drawn), "seed": seed, "clause": rule.clause},
        legal_at=place.at,
    )
    return len(sample.drawn)


def check(session: Session, place: Place) -> int:
    """核对回访企业: see that the record is of the clients who were drawn; returns how many were reached.

    Raises Invalid at the record's table: for a client out of turn, and where too few were reached.
    """
    rule = _rule(place.programme)
    sample = _sample(session, place.programme.key, place.case.number)
    if sample is None:
        raise Refused("尚未抽取回访企业。", clause=rule.clause)
    form, table, column = rule.record.split(".")
    rows = cases.latest_answers(session, place.case.id).get(form, {}).get(table) or []
    wanted = order(sample.seed, sample.population)
    asked = [str(row.get(column) or "").strip() for row in rows]
    due = wanted[: max(len(asked), sample.at_least)]
    if strange := [name for name in asked if name not in due]:
        missing = [name for name in due if name not in asked]
        raise Invalid({table: [f"“{strange[0]}”不在应回访的次序中；请回访{'、'.join(missing)}。"]})
    reached = sum(not rule.reached_by or row.get(rule.reached_by) != rule.not_reached for row in rows)
    if reached < sample.at_least:
        missing = [name for name in wanted if name not in asked][: sample.at_least - reached]
        raise Invalid({table: [
            f"应回访至少 {sample.at_least} 家，已联系到 {reached} 家；请按抽取的次序增加回访{'、'.join(missing)}。"
        ]})
    return reached


def order(seed: str, names: list[str]) -> list[str]:
    """All names of a list in the order in which a seed draws them."""
    return sampling.draw(seed, names, 100, 0)


def starting(session: Session, case: Case, form: str) -> Mapping[str, Any]:
    """The record's table starts with the clients who were drawn, a row each."""
    programme = programmes.programme(session, case.release_id)
    rule = programme.settings.recommenders.sample if programme.settings.recommenders else None
    if rule is None or rule.record.partition(".")[0] != form:
        return {}
    sample = _sample(session, programme.key, case.number)
    _, table, column = rule.record.split(".")
    return {table: [{column: name} for name in sample.drawn]} if sample is not None else {}


def _names(answers: Mapping[str, Any], path: str) -> list[str]:
    form, table, column = path.split(".")
    rows = answers.get(form, {}).get(table) or []
    return sorted({str(row.get(column) or "").strip() for row in rows} - {""})


def _rule(programme: Programme) -> ClientSample:
    found = programme.settings.recommenders.sample if programme.settings.recommenders else None
    if found is None:
        raise Refused("本项目没有规定推荐以前回访企业（recommenders.sample）。")
    return found


def _sample(session: Session, programme: str, number: str) -> Sample | None:
    return session.scalar(
        select(Sample).where(Sample.programme == programme, Sample.kind == KIND, Sample.period == number)
    )
