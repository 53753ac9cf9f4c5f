"""What must hold of the data at every moment: `banjian check`.

Each check is a question that reads and never mends. It is run after every injected fault of the test suite, after a
restore, and by the operators at night. A breach names the rows, so that a person can look at them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from app import clock, engine, workdays
from app.audit import queries as audit
from app.audit.models import AuditEntry
from app.batches import checking as recommendations
from app.calendars import queries as calendars
from app.calendars.models import CalendarEdition
from app.cases import carrying, deadlines
from app.cases.clock_models import ClockStop
from app.cases.models import ActRow, Answer, Case, Catch, Deadline, Message, Task, Timer
from app.cases.move_models import CalendarMove
from app.cases.operations import OWN_SIDE
from app.config import Config
from app.documents import queries as documents
from app.outbox.models import Letter
from app.people.models import Person
from app.programmes import queries as programmes
from app.programmes.models import Release
from app.programmes.operations import fingerprint
from app.publications.models import Objection, Publication, PublicationEntry
from app.publications.operations import CLEARED, RESULTS, seal
from app.reminders import checking as reminders
from app.reminders import queries as ladder_queries
from app.titles import bans, changing, expiry, standing
from app.titles.models import Ban, LifeDue, Title, TitleEvent

STEP_VERBS = ("open_case", "complete_task", "fire_timer", "deliver_message", "withdraw_case", "supersede_case")
LATE = timedelta(hours=1)
CHUNK = 500


@dataclass(frozen=True)
class Breach:
    """One thing that doesn't hold: the invariant's id, where, and what was found."""

    invariant: str
    where: str
    words: str


@dataclass(frozen=True)
class Report:
    """What was looked at and what doesn't hold; `warnings` need a person's eye and are no breach."""

    looked_at: dict[str, int]
    breaches: list[Breach]
    warnings: list[Breach]

    def as_json(self) -> dict:
        return {
            "looked_at": self.looked_at,
            "breaches": [vars(b) for b in self.breaches],
            "warnings": [vars(b) for b in self.warnings],
        }

    def as_text(self) -> str:
        lines = [f"已检查：{'，'.join(f'{name} {n}' for name, n in self.looked_at.items())}"]
        lines += [f"注意 {w.invariant} {w.where}：{w.words}" for w in self.warnings]
        lines += [f"不一致 {b.invariant} {b.where}：{b.words}" for b in self.breaches]
        lines.append("数据一致。" if not self.breaches else f"发现 {len(self.breaches)} 处不一致。")
        return "\n".join(lines)


def check(session: Session, config: Config, *, closed_since: datetime | None = None) -> Report:
    """Look at everything. A million rows take minutes: run it beside the office's work, not in a request.

    With `closed_since`, for who looks again and again: not at the documents of cases that had been closed before that
    instant, nor along the chains of the trail.
    """
    breaches: list[Breach] = []
    for invariant in INVARIANTS:
        if invariant is rows_follow_the_documents:
            breaches += rows_follow_the_documents(session, closed_since=closed_since)
        else:
            breaches += invariant(session)
    if closed_since is None:
        breaches += [Breach("I7", f"{b.chain} 第 {b.seq} 条", b.what) for b in audit.verify(session)]
    breaches += [Breach("I9", b.where, b.words) for b in documents.verify(session, config.files_dir)]
    tables = {"办件": Case, "待办": Task, "计时": Timer, "留痕": AuditEntry, "文件": documents.Document}
    looked_at = {name: session.scalar(select(func.count()).select_from(model)) or 0 for name, model in tables.items()}
    return Report(looked_at, breaches, list(_warnings(session)))


def rows_follow_the_documents(session: Session, *, closed_since: datetime | None = None) -> Iterator[Breach]:
    """I1, I2, I13, I15: each document loads on its release, and waits exactly where open rows say so."""
    last, again = 0, closed_since is not None
    looked_at = or_(Case.closed_at.is_(None), Case.closed_at >= closed_since) if again else true()
    cases = select(Case).where(looked_at).order_by(Case.id).limit(CHUNK)
    while chunk := session.scalars(cases.where(Case.id > last)).all():
        last = chunk[-1].id
        ids = [case.id for case in chunk]
        rows = {
            "待办": _open_ids(session, Task, "open", ids),
            "计时": _open_ids(session, Timer, "waiting", ids),
            "等待消息": _open_ids(session, Catch, "waiting", ids),
        }
        for case in chunk:
            yield from _compare(session, case, rows)
        session.expunge_all()


def _compare(session: Session, case: Case, rows: dict[str, set[tuple[int, str]]]) -> Iterator[Breach]:
    where = f"办件 {case.number}"
    try:
        programme = programmes.programme(session, case.release_id)
        state = engine.state(programme.specification(case.diagram), case.document)
    except (engine.EngineError, LookupError, ValueError) as error:
        yield Breach("I13", where, f"流程状态无法读取：{error}")
        return
    live = {
        "待办": {t.id for t in state.tasks},
        "计时": {t.id for t in state.timers},
        "等待消息": {c.id for c in state.catches},
    }
    for name, expected in live.items():
        found = {engine_id for case_id, engine_id in rows[name] if case_id == case.id}
        if found != expected:
            yield Breach("I2" if name == "计时" else "I1", where,
                         f"{name}的登记与流程状态不符：缺 {sorted(expected - found)}，多 {sorted(found - expected)}")
    if state.calls:
        yield Breach("I1", where, "有自动环节停在中途")
    if state.finished != (case.status == "done"):
        yield Breach("I1", where, f"办件状态为 {case.status}，流程{'已' if state.finished else '未'}结束")


def _open_ids(session: Session, model, status: str, case_ids: list[int]) -> set[tuple[int, str]]:
    rows = session.execute(
        select(model.case_id, model.engine_id).where(model.status == status, model.case_id.in_(case_ids))
    )
    return set(rows.all())


def steps_are_audited(session: Session) -> Iterator[Breach]:
    """I6, I8: a case's revision is the number of its steps, and each step has its audit entry."""
    counted = dict(
        session.execute(
            select(AuditEntry.chain, func.count()).where(AuditEntry.verb.in_(STEP_VERBS)).group_by(AuditEntry.chain)
        ).all()
    )
    for case_id, number, revision in session.execute(select(Case.id, Case.number, Case.revision)):
        if counted.get(f"case:{case_id}", 0) != revision:
            yield Breach("I6", f"办件 {number}", f"版本 {revision}，留痕 {counted.get(f'case:{case_id}', 0)} 步")


def timers_fire_once_and_never_early(session: Session) -> Iterator[Breach]:
    """I3: nothing fired before its instant; each fired timer has exactly one entry in its case's trail."""
    early = session.scalars(select(Timer).where(Timer.status == "fired", Timer.fired_at < Timer.due_at))
    yield from (Breach("I3", f"计时 {t.id}", "早于到期时间执行") for t in early)
    fired = Counter(session.scalars(select(Timer.case_id).where(Timer.status == "fired")))
    told = dict(
        session.execute(
            select(AuditEntry.chain, func.count()).where(AuditEntry.verb == "fire_timer").group_by(AuditEntry.chain)
        ).all()
    )
    for case_id in fired.keys() | {int(chain.removeprefix("case:")) for chain in told}:
        if fired[case_id] != told.get(f"case:{case_id}", 0):
            recorded = told.get(f"case:{case_id}", 0)
            yield Breach("I3", f"办件 id {case_id}", f"计时执行 {fired[case_id]} 次，留痕 {recorded} 次")


def tasks_are_done_once(session: Session) -> Iterator[Breach]:
    """I5: a done task has one answer by the person who closed it; nothing else has one."""
    rows = session.execute(
        select(Task.public_id, Task.status, Task.closed_by, Answer.person_id)
        .outerjoin(Answer, Answer.task_id == Task.id)
        .where(or_((Task.status == "done") & (Answer.id.is_(None) | (Answer.person_id != Task.closed_by)),
                   (Task.status != "done") & Answer.id.is_not(None)))
    )
    yield from (Breach("I5", f"待办 {row.public_id}", f"状态 {row.status} 与填报内容不符") for row in rows)


def nobody_reviewed_the_own_application(session: Session) -> Iterator[Breach]:
    """I14: what a department decided was not filed by somebody of the same unit."""
    rows = session.execute(
        select(Task.public_id)
        .join(Case, Task.case_id == Case.id)
        .join(Person, Task.closed_by == Person.id)
        .where(
            Task.status == "done", Person.unit_id == Case.applicant_id,
            *(Task.actor.not_like(f"{relation}/%") for relation in sorted(OWN_SIDE)),
        )
    )
    yield from (Breach("I14", f"待办 {row.public_id}", "由申报单位自己办结") for row in rows)


def dates_are_what_their_rule_says(session: Session) -> Iterator[Breach]:
    """I18: the stored last day ends at the stored instant, and the rule computes both again, with the
    calendar's book of the revision that the deadline carries. A last day that a new calendar would have
    shortened may have been kept."""
    last, book_at = 0, cache(lambda revision: calendars.book_at(session, revision))
    chunk_of = (
        select(Deadline, Case.region_code).join(Case, Deadline.case_id == Case.id).order_by(Deadline.id).limit(CHUNK)
    )
    while chunk := session.execute(chunk_of.where(Deadline.id > last)).all():
        last = chunk[-1].Deadline.id
        ids = [deadline.id for deadline, _ in chunk]
        kept = set(session.scalars(
            select(CalendarMove.deadline_id).where(CalendarMove.deadline_id.in_(ids), CalendarMove.kind == "kept")
        ))
        for deadline, region_code in chunk:
            calendar = book_at(deadline.calendar).calendar_for(region_code)
            stops = deadlines.stops_of(deadline.stops)
            again = workdays.deadline(deadlines.period_of(deadline.rule), deadline.started_on, calendar, stops)
            if (again.last_day, again.ends_at) != (deadline.last_day, deadline.ends_at) and not (
                deadline.id in kept and again.ends_at < deadline.ends_at
            ):
                yield Breach("I18", f"期限 {deadline.id}", f"登记 {deadline.last_day}，按规则应为 {again.last_day}")
        session.expunge_all()


def calendars_are_confirmed_by_two(session: Session) -> Iterator[Breach]:
    """I19: what counts as the calendar was entered by one person and confirmed by another, or by the program itself."""
    rows = session.execute(
        select(CalendarEdition.public_id, CalendarEdition.year).where(
            CalendarEdition.revision.is_not(None), CalendarEdition.origin != "chinesecalendar",
            or_(
                CalendarEdition.entered_by.is_(None), CalendarEdition.confirmed_by.is_(None),
                CalendarEdition.entered_by == CalendarEdition.confirmed_by,
            ),
        )
    )
    yield from (Breach("I19", f"日历 {row.year} 年 {row.public_id}", "没有由另一人确认") for row in rows)


def timers_are_due_when_their_deadline_ends(session: Session) -> Iterator[Breach]:
    """I18: timers and tasks carry the end of their deadline."""
    for model, column, name in ((Timer, Timer.due_at, "计时"), (Task, Task.ends_at, "待办")):
        rows = session.execute(
            select(model.id).join(Deadline, model.deadline_id == Deadline.id).where(
                column != Deadline.ends_at, Deadline.status.not_in(deadlines.STILL), column != deadlines.NOT_YET
            )
        )
        yield from (Breach("I18", f"{name} {row.id}", "到期时间与期限不符") for row in rows)


def ledgers_fit_their_deadlines(session: Session) -> Iterator[Breach]:
    """I19: a deadline has the closed stretches of its ledger, is stopped while one lasts, and then has no end."""
    last = 0
    chunk_of = select(Deadline).order_by(Deadline.id).limit(CHUNK)
    while chunk := session.scalars(chunk_of.where(Deadline.id > last)).all():
        last = chunk[-1].id
        rows: dict[int, list[ClockStop]] = {}
        ids = [deadline.id for deadline in chunk]
        for row in session.scalars(select(ClockStop).where(ClockStop.deadline_id.in_(ids)).order_by(ClockStop.id)):
            rows.setdefault(row.deadline_id, []).append(row)
        for deadline in chunk:
            yield from _ledger_fits(deadline, rows.get(deadline.id, []))
        session.expunge_all()
    has_end = (
        (Timer, Timer.due_at.is_not(None), "计时"), (Task, Task.ends_at != deadlines.NOT_YET, "待办"),
    )
    for model, still, name in has_end:
        waits = model.status == ("waiting" if model is Timer else "open")
        found = session.scalars(
            select(model.id).join(Deadline, model.deadline_id == Deadline.id)
            .where(waits, or_((Deadline.status == deadlines.STOPPED) & still,
                              (Deadline.status == deadlines.RUNNING) & ~still))
        )
        yield from (Breach("I19", f"{name} {found_id}", "停表或恢复后到期时间没有随之改变") for found_id in found)


def _ledger_fits(deadline: Deadline, ledger: list[ClockStop]) -> Iterator[Breach]:
    closed = carrying.stretches({name: getattr(row, name) for name in ("how", "name", "began_on", "ended_on")}
                                for row in ledger)
    where = f"期限 {deadline.id}"
    if sorted(closed) != sorted(list(stop) for stop in deadline.stops):
        yield Breach("I19", where, f"停表登记 {closed}，期限中为 {deadline.stops}")
    lasts = any(row.ended_on is None for row in ledger)
    if deadline.status in (deadlines.RUNNING, deadlines.STOPPED) and lasts != (deadline.status == deadlines.STOPPED):
        yield Breach("I19", where, f"停表{'未' if lasts else '已'}结束，期限状态为 {deadline.status}")


def publications_are_whole(session: Session) -> Iterator[Breach]:
    """I11: what is shown is what was confirmed; a closed one ended at its deadline, and each entry that ended was
    told."""
    for publication in session.scalars(select(Publication)):
        where = f"公示 {publication.title}"
        entries = session.execute(
            select(PublicationEntry.position, PublicationEntry.name, PublicationEntry.credit_code,
                   PublicationEntry.region_name, PublicationEntry.status, PublicationEntry.case_id)
            .where(PublicationEntry.publication_id == publication.id).order_by(PublicationEntry.position)
        ).all()
        if seal(publication.title, [row._asdict() for row in entries]) != publication.list_hash:
            yield Breach("I11", where, "名单与确认时不一致")
        end = session.scalar(
            select(Deadline.ends_at).join(Timer, Timer.deadline_id == Deadline.id)
            .where(Timer.case_id == publication.case_id)
        )
        if publication.status == "closed" and publication.closed_at != end:
            yield Breach("I11", where, f"结束于 {publication.closed_at}，应为 {end}")
        yield from _entries_were_told(session, publication, where)


def _entries_were_told(session: Session, publication: Publication, where: str) -> Iterator[Breach]:
    """I11: each entry that ended was told so once, the others nothing; held are those with an open objection."""
    entries = session.execute(
        select(PublicationEntry.id, PublicationEntry.position, PublicationEntry.status, PublicationEntry.case_id)
        .where(PublicationEntry.publication_id == publication.id)
    ).all()
    told = {
        (message.key, message.to_case_id): message.payload.get("publication_result")
        for message in session.scalars(
            select(Message).where(
                Message.sender == f"case:{publication.case_id}", Message.name == CLEARED, Message.status != "void"
            )
        )
    }
    expected = {(str(e.id), e.case_id): e.status for e in entries if e.status in RESULTS}
    if told != expected:
        wrong = sorted(f"{key[0]} {result}" for key, result in set(told.items()) ^ set(expected.items()))
        yield Breach("I11", where, f"名单中的结果与通知不符：{wrong[:10]}")
    objected = set(session.scalars(
        select(Objection.entry_id).where(
            Objection.entry_id.in_([e.id for e in entries]), Objection.status == "open"
        )
    ))
    for entry in entries:
        if (entry.status == "held" and entry.id not in objected) or (entry.status == "listed" and entry.id in objected):
            yield Breach("I11", where, f"第 {entry.position} 号的状态与异议不符：{entry.status}")
    standing = {entry.status for entry in entries}
    if publication.status == "closed" and "listed" in standing and "held" not in standing:
        yield Breach("I11", where, "公示已结束，名单中仍有单位在公示")


def titles_fold_from_their_events(session: Session) -> Iterator[Breach]:
    """I12: a title's status, last day, first day and holder's name are the fold of its events; its events are numbered
    in the order in which they were recorded, and each says what the title was after it."""
    last = 0
    while chunk := session.scalars(select(Title).where(Title.id > last).order_by(Title.id).limit(CHUNK)).all():
        last = chunk[-1].id
        events: dict[int, list[TitleEvent]] = {}
        found = select(TitleEvent).where(TitleEvent.title_id.in_([title.id for title in chunk]))
        for event in session.scalars(found.order_by(TitleEvent.title_id, TitleEvent.seq)):
            events.setdefault(event.title_id, []).append(event)
        for title in chunk:
            yield from _title_fits(title, events.get(title.id, []))
        session.expunge_all()


def _title_fits(title: Title, events: list[TitleEvent]) -> Iterator[Breach]:
    where = f"称号 {title.number}"
    state = standing.fold(events, on=date.max, valid_until=changing.began_until(title, events))
    if state is None:
        yield Breach("I12", where, "没有授予或登记的变动记录")
        return
    folded = {
        "状态": (state.status, title.status), "有效期止": (state.valid_until, title.valid_until),
        "开始日期": (state.begun_on, title.granted_on), "最近一次变动后的状态": (events[-1].status, title.status),
        "接手的推荐单位": (state.recommender, title.recommender_id),
    }
    if state.holder_name is not None:
        folded["持有单位"] = (state.holder_name, title.holder_name)
    for what, (by_events, kept) in folded.items():
        if by_events != kept:
            yield Breach("I12", where, f"{what}按变动记录为 {by_events}，登记为 {kept}")
    numbers = [event.seq for event in events]
    if numbers != list(range(1, len(events) + 1)):
        yield Breach("I12", where, f"变动记录的序号不连续：{numbers}")
    if any(later.recorded_at < earlier.recorded_at for earlier, later in pairwise(events)):
        yield Breach("I12", where, "变动记录的登记时间先后颠倒")


def lives_end_with_their_titles(session: Session) -> Iterator[Breach]:
    """I20: nothing waits in the life of a title that has ended; one with an end that stands waits for it once."""
    waits = select(LifeDue.id, LifeDue.kind, Title.number).join(Title, LifeDue.title_id == Title.id).where(
        LifeDue.status == "waiting"
    )
    for row in session.execute(waits.where(Title.status.in_(standing.ENDS))):
        yield Breach("I20", f"称号 {row.number}", f"已终止，仍有到期事项“{row.kind}”在等待")
    expiries = (
        select(func.count()).where(LifeDue.title_id == Title.id, LifeDue.kind == expiry.EXPIRE,
                                   LifeDue.status == "waiting").correlate(Title).scalar_subquery()
    )
    standing_ones = select(Title.number, expiries.label("count")).where(
        Title.valid_until >= clock.today(), Title.status.not_in(standing.ENDS), expiries != 1
    )
    for row in session.execute(standing_ones):
        yield Breach("I20", f"称号 {row.number}", f"期满应有一项在等待，现有 {row.count} 项")


def bans_are_what_their_rule_says(session: Session) -> Iterator[Breach]:
    """I21: a ban lasts at least as long as the period of its release says, and no title of its programme and holder
    stands while one runs."""
    for ban in session.scalars(select(Ban)):
        where = f"禁申期 {ban.public_id}"
        case = session.get_one(Case, ban.case_id)
        rule = programmes.programme(session, case.release_id).periods.get(ban.period)
        if rule is None or rule.period is None:
            yield Breach("I21", where, f"版本中没有期限“{ban.period}”")
            continue
        least = workdays.deadline(rule.period, ban.starts_on, workdays.calendar_for(case.region_code)).last_day
        if least != ban.least_until:
            yield Breach("I21", where, f"按规定至少到 {least}，登记为 {ban.least_until}")
    today = clock.today()
    both = (
        select(Ban, Title.number).join(Title, (Title.holder_id == Ban.unit_id) & (Title.programme == Ban.programme))
        .where(Ban.starts_on <= today, Ban.ends_on >= today, Title.status.in_(standing.STANDS))
    )
    for row in session.execute(both):
        if bans.runs_on(row.Ban, today):
            yield Breach("I21", f"称号 {row.number}", f"持有单位的禁申期至 {row.Ban.ends_on} 止，称号仍有效")


def releases_are_unchanged(session: Session) -> Iterator[Breach]:
    """I13: a release's files still have the fingerprint under which it was deployed."""
    for release in session.scalars(select(Release)):
        if fingerprint(programmes.files(release)) != release.fingerprint:
            yield Breach("I13", f"{release.programme} 第 {release.number} 版", "文件与部署时不一致")


def reminders_come_once(session: Session) -> Iterator[Breach]:
    """I19: each rung of a ladder comes once for its day, is on the trail, and none that is to come is passed over."""
    for check_of in (reminders.told_once, reminders.belongs, reminders.comes_again_only_for_a_later_day,
                     reminders.looked_at_in_time):
        yield from (Breach("I19", where, words) for where, words in check_of(session))


def recommendations_fit(session: Session) -> Iterator[Breach]:
    """I22: who stands recommended in a call is who the steps say, and no unit has more places than its figure."""
    yield from (Breach("I22", where, words) for where, words in recommendations.recommendations(session))


INVARIANTS: tuple[Callable[[Session], Iterator[Breach]], ...] = (
    rows_follow_the_documents,
    steps_are_audited,
    timers_fire_once_and_never_early,
    tasks_are_done_once,
    nobody_reviewed_the_own_application,
    dates_are_what_their_rule_says,
    calendars_are_confirmed_by_two,
    timers_are_due_when_their_deadline_ends,
    ledgers_fit_their_deadlines,
    publications_are_whole,
    titles_fold_from_their_events,
    lives_end_with_their_titles,
    bans_are_what_their_rule_says,
    releases_are_unchanged,
    reminders_come_once,
    recommendations_fit,
)


def _warnings(session: Session) -> Iterator[Breach]:
    """I4, I16, I17: what waits longer than it should, or failed and is tried again."""
    late = session.scalar(
        select(func.count()).where(Timer.status == "waiting", Timer.due_at < clock.now() - LATE)
    )
    if late:
        yield Breach("I4", "计时", f"{late} 个已到期一小时以上仍未执行")
    for model, name in ((Timer, "计时"), (Message, "消息"), (ActRow, "批量行文"), (LifeDue, "称号的到期事项")):
        failing = session.scalar(select(func.count()).where(model.status == "waiting", model.attempts > 0))
        if failing:
            yield Breach("I16", name, f"{failing} 项执行出错，正在重试")
    unlooked = session.scalar(
        select(func.count()).where(Deadline.status == "running", Deadline.remind_at < clock.now() - LATE)
    )
    if unlooked:
        yield Breach("I4", "提醒", f"{unlooked} 个已到一小时以上仍未提醒")
    if ladders := len(ladder_queries.failing(session)):
        yield Breach("I16", "提醒", f"{ladders} 项出错，正在重试")
    unsent = session.scalar(
        select(func.count()).where(Letter.status.in_(("waiting", "failed")), Letter.created_at < clock.real() - LATE)
    )
    if unsent:
        yield Breach("I17", "邮件", f"{unsent} 封超过一小时未发出")
