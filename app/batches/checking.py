"""What must hold of recommendations at every moment: they are what the steps of their cases say and fit the figures."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app import engine
from app.audit.models import AuditEntry
from app.batches import shares
from app.batches.models import Application, Batch, Quota, Recommendation
from app.batches.shares import APPLICATION, STANDS
from app.cases.models import Case, Task
from app.programmes.queries import Programme
from app.programmes.sections import Quotas

ENDED = ("withdraw_case", "supersede_case")


def recommendations(session: Session) -> Iterator[tuple[str, str]]:
    """(where, what is wrong): an application stands recommended where its last recommendation wasn't followed by a
    return or a withdrawal, and nowhere else; no unit has more places than its figure."""
    for batch in session.scalars(select(Batch).order_by(Batch.id)):
        programme, rule = shares.rule_of(session, batch)
        if rule is not None:
            yield from _steps(session, programme, rule, batch)
            yield from _figures(session, programme, rule, batch)


def _steps(session: Session, programme: Programme, rule: Quotas, batch: Batch) -> Iterator[tuple[str, str]]:
    ahead = engine.before(programme.specification(APPLICATION), rule.tasks) | rule.tasks
    rows = session.execute(
        select(Task.id, Task.element, Task.status, Task.outcome, Task.case_id, Case.number)
        .join(Case, Task.case_id == Case.id).join(Application, Application.case_id == Case.id)
        .where(Application.batch_id == batch.id, Task.element.in_(sorted(ahead))).order_by(Task.id)
    )
    tasks: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        tasks.setdefault((row.case_id, row.number), []).append(row)
    chains = {f"case:{case_id}": case_id for case_id, _number in tasks}
    gone = {
        chains[chain] for chain in session.scalars(
            select(AuditEntry.chain).where(AuditEntry.verb.in_(ENDED), AuditEntry.chain.in_(chains))
        )
    }
    stands = dict(session.execute(
        select(Recommendation.case_id, Recommendation.task_id).where(Recommendation.batch_id == batch.id, STANDS)
    ).all())
    for (case_id, number), several in tasks.items():
        meant = None if case_id in gone else _recommended_by(rule, several)
        if stands.get(case_id) != meant:
            said = "没有登记为推荐" if meant is not None else "仍登记为推荐"
            yield f"办件 {number}", f"按办理的环节{'应为推荐' if meant is not None else '不是推荐'}，{said}"


def _recommended_by(rule: Quotas, tasks: Sequence[Row]) -> int | None:
    """The task that is the standing recommendation: of those at or before it, the one that opened last."""
    last = tasks[-1]
    return last.id if last.status == "done" and rule.recommends(last.element, last.outcome) else None


def _figures(session: Session, programme: Programme, rule: Quotas, batch: Batch) -> Iterator[tuple[str, str]]:
    figures = dict(session.execute(select(Quota.group_key, Quota.number).where(Quota.batch_id == batch.id)).all())
    for (unit_id, key, _choice), count in shares.places_taken(session, programme, rule, batch.id).items():
        if count > figures.get(key, count):
            yield f"批次 {batch.name}", f"单位 {unit_id} 已推荐 {count} 家，名额（{key}）为 {figures[key]} 家"
