"""The rounds of a programme's yearly evaluation: which titles are evaluated, and when.

A round is a row of LifeDue: "programme:KEY", "evaluation_round", year. It plans the evaluation of each title that
qualifies; each of those opens its case. Source: HBI-17.2.
"""

from datetime import date

from sqlalchemy import String, cast, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.cases.models import Case
from app.evaluations.models import Grade
from app.programmes import queries as programmes
from app.programmes.life import EvaluationRules
from app.programmes.queries import Programme
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent, TitleRecord

ROUND, EVALUATE = "evaluation_round", "evaluate"


def rules_of(programme: Programme) -> EvaluationRules | None:
    """The yearly evaluation of a programme; None where it has none."""
    rules = programme.life.evaluation
    return rules if rules is not None and rules.every == "year" and rules.opens else None


def opens_on(rules: EvaluationRules, year: int) -> date:
    """The day on which the round about a year opens: in the year after it."""
    month, day = rules.opens.split("-")
    return date(year + 1, int(month), int(day))


def plan_round(session: Session, title: Title, event: TitleEvent) -> None:
    """The first title of a programme begins its rounds: the one about the year in which it came into the register is
    planned; each plans the next. A round that is planned already stays as it is."""
    if event.kind not in standing.BEGINNINGS:
        return
    rules = rules_of(changing.programme_of(session, title))
    if rules is None:
        return
    year = max(event.effective_on.year, clock.today().year)
    planned = select(LifeDue.id).where(
        LifeDue.subject == f"programme:{title.programme}", LifeDue.kind == ROUND, LifeDue.key == str(year)
    )
    if session.scalar(planned.limit(1)) is None:
        _plan(session, title.programme, rules, year)


def open_round(session: Session, row: LifeDue) -> None:
    """The round about a year: plans the evaluation of each title that stands and was held for the least number of days
    of the year, in one statement; then plans the next round."""
    programme, year = programmes.latest(session, row.programme), int(row.key)
    rules = rules_of(programme)
    if rules is None:
        return
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    names = ("subject", "title_id", "programme", "kind", "key", "due_at", "payload", "status", "attempts", "error")
    columns = {column.key: column for column in LifeDue.__table__.columns}
    chosen = select(
        literal("title:").concat(cast(Title.id, String)), Title.id, Title.programme, literal(EVALUATE),
        literal(str(year)), literal(row.due_at, columns["due_at"].type), literal({}, columns["payload"].type),
        literal("waiting"), *(literal(columns[name].default.arg) for name in names[8:]),
    ).where(
        Title.programme == row.programme, Title.status.not_in(standing.ENDS),
        Title.granted_on <= latest_grant(rules, year, programme.authority.region),
    )
    connection.execute(insert(LifeDue).from_select(names, chosen).on_conflict_do_nothing())
    _plan(session, row.programme, rules, year + 1)


def evaluate(session: Session, row: LifeDue) -> None:
    """Open the evaluation of one title for one year, unless it has ended since or has a grade of that year."""
    title, year = changing.locked(session, row.title_id), int(row.key)
    programme = changing.programme_of(session, title)
    rules = rules_of(programme)
    if rules is None or title.status in standing.ENDS or _is_graded(session, title.id, year):
        return

    def write(case: Case) -> None:
        session.add(Grade(
            public_id=db.public_id(), title_id=title.id, programme=title.programme, year=year, case_id=case.id,
            recorded_at=clock.now(), decided_on=None,
        ))
        session.flush()

    case = changing.open_about(
        session, title, diagram=rules.diagram, name=f"{year} 年度评价", at=row.due_at, before_start=write,
        values={"year": year},
    )
    row.case_id = case.id


def latest_grant(rules: EvaluationRules, year: int, region: str) -> date:
    """The last day on which a title may have been granted that was held for the least number of days of a year, that
    day and 31 December counted: so many days before the next year begins."""
    least = workdays.Period(max(rules.least_days, 1), "days", roll="none", before=True)
    return workdays.deadline(least, date(year + 1, 1, 1), workdays.calendar_for(region)).last_day


def _plan(session: Session, programme: str, rules: EvaluationRules, year: int) -> None:
    life.plan(session, subject=f"programme:{programme}", programme=programme, kind=ROUND, key=str(year),
              on=opens_on(rules, year))


def _is_graded(session: Session, title_id: int, year: int) -> bool:
    recorded = select(TitleRecord.id).where(
        TitleRecord.title_id == title_id, TitleRecord.kind == "grade", TitleRecord.period == str(year)
    )
    known = select(Grade.id).where(Grade.title_id == title_id, Grade.year == year)
    return session.scalar(recorded.limit(1)) is not None or session.scalar(known.limit(1)) is not None
