"""From application to title, and what must be refused on the way."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select, update

from app import clock, config, db, invariants
from app.audit.models import AuditEntry
from app.cases import acts, operations, queries
from app.cases.models import ActRow, Answer, Case, Deadline, Draft, Message, Task, Timer
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.publications.models import Publication, PublicationEntry
from app.titles.models import Title, TitleEvent
from tests import sample
from tests.cases.conftest import Office


def breaches(tmp_path) -> list[invariants.Breach]:
    settings = config.Config(database_url="", data_dir=tmp_path, secret_key="")
    with db.reading() as session:
        return invariants.check(session, settings).breaches


def case_of(case_id: int) -> Case:
    with db.reading() as session:
        return session.get_one(Case, case_id)


def test_an_application_becomes_a_title_after_seven_working_days(
    office: Office, clock_at: Callable[[str], None], tmp_path
):
    case_id = office.reviewed()

    clock_at("2026-09-23 10:00")
    office.publish(case_id)
    office.work()
    clock_at("2026-10-10 23:59")
    assert office.work() == 0
    clock_at("2026-10-11 00:00")
    office.work()
    clock_at("2026-10-12 09:00")
    office.announce(case_id, day=date(2026, 10, 12))
    office.work()

    with db.reading() as session:
        title = session.scalars(select(Title)).one()
        publication = session.scalars(select(Publication)).one()
        assert (title.number, title.granted_on, title.valid_until) == ("BDP-2026-0001", date(2026, 10, 12), None)
        assert clock.local(publication.closed_at).isoformat() == "2026-10-11T00:00:00+08:00"
        assert session.scalars(select(TitleEvent.kind)).all() == ["granted"]
    assert (case_of(case_id).status, case_of(case_id).outcome) == ("done", "已认定")
    assert breaches(tmp_path) == []


def test_the_review_goes_to_the_county_and_the_city_of_the_applicant(office: Office):
    case_id = office.apply("applicant@other_institution")
    office.fill(case_id, "applicant@other_institution")

    with db.reading() as session:
        task = sample.open_task(session, case_id)

        assert (task.name, task.role, task.misplaced) == ("县级测评推荐", "clerk", False)
        assert task.unit_id == office.who["clerk@sibling_county"].unit_id


@pytest.mark.parametrize(
    ("step", "outcome", "end"), [("recommend", "decline", "不予推荐"), ("review", "fail", "未通过评审")]
)
def test_a_refusal_ends_the_case_under_its_own_name(office: Office, step: str, outcome: str, end: str):
    case_id = office.apply()
    office.fill(case_id)
    if step == "review":
        office.recommend(case_id)

    getattr(office, step)(case_id, outcome=outcome)

    assert (case_of(case_id).status, case_of(case_id).outcome) == ("done", end)


def test_another_countys_clerk_does_not_find_the_task(office: Office):
    case_id = office.apply()
    office.fill(case_id)

    with pytest.raises(NotFound):
        office.recommend(case_id, clerk="clerk@sibling_county")


def test_somebody_above_sees_the_task_but_may_not_do_it(office: Office):
    case_id = office.apply()
    office.fill(case_id)

    with pytest.raises(NotAllowed):
        office.recommend(case_id, clerk="clerk@city")


def test_missing_and_unknown_answers_are_named_and_nothing_changes(office: Office):
    case_id = office.apply()

    with pytest.raises(Invalid) as caught:
        sample.complete(case_id, by=office.who["applicant@institution"], answers={"nam": "x"})

    assert set(caught.value.fields) == {"name", "nam"}
    assert case_of(case_id).revision == 1


@pytest.mark.parametrize("outcome", ["", "approve", "decline; DROP TABLE task"])
def test_an_outcome_must_be_one_that_the_step_offers(office: Office, outcome: str):
    case_id = office.apply()
    office.fill(case_id)

    with pytest.raises(Invalid) as caught:
        office.recommend(case_id, outcome=outcome)

    assert "outcome" in caught.value.fields


def test_a_collective_step_is_not_done_one_by_one(office: Office):
    case_id = office.reviewed()

    with pytest.raises(Refused, match="批量"):
        sample.complete(case_id, by=office.who["lead@city"], answers=sample.LIST)


def test_who_comes_second_is_told_who_was_first_and_when(office: Office):
    case_id = office.apply()
    office.fill(case_id)
    with db.reading() as session:
        task = sample.open_task(session, case_id)
        late = operations.prepare_completion(
            session, task.public_id, identity=office.who["clerk@county"], answers=sample.OPINION, outcome="recommend"
        )
    office.recommend(case_id)

    with pytest.raises(Gone) as caught, db.transaction() as session:
        operations.complete(session, late, by=office.who["clerk@county"])

    assert caught.value.who == "顺平县主管部门经办岗"
    assert "2026-09-21 09:00" in caught.value.message


def test_a_claimed_task_is_its_claimers_until_it_is_released(office: Office):
    case_id = office.apply()
    office.fill(case_id)
    with db.reading() as session:
        public_id = sample.open_task(session, case_id).public_id
    clerk = office.who["clerk@county"]
    other = type(clerk)(**{**vars(clerk), "person_id": office.who["lead@county"].person_id, "name": "另一人"})

    with db.transaction() as session:
        operations.claim(session, public_id, by=other)
    with pytest.raises(Gone, match="签收"):
        office.recommend(case_id)
    with db.transaction() as session:
        operations.release(session, public_id, by=other)

    office.recommend(case_id)
    assert case_of(case_id).revision == 3


def test_a_draft_is_kept_and_gone_with_the_completion(office: Office):
    case_id = office.apply()
    with db.reading() as session:
        public_id = sample.open_task(session, case_id).public_id
    with db.transaction() as session:
        operations.save_draft(session, public_id, by=office.who["applicant@institution"], answers={"note": "未完"})
    with db.reading() as session:
        assert session.scalars(select(Draft)).one().values == {"note": "未完"}

    office.fill(case_id)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
        assert session.scalars(select(Answer)).one().values == {"name": "服务平台"}


def test_a_step_done_after_its_last_day_is_recorded_as_missed(office: Office, clock_at: Callable[[str], None]):
    case_id = office.apply()
    with db.reading() as session:
        ends_at = sample.open_task(session, case_id).ends_at
    assert clock.local(ends_at).isoformat() == "2026-10-20T00:00:00+08:00"

    clock_at("2026-10-20 00:00")
    office.fill(case_id)

    with db.reading() as session:
        assert session.scalars(select(Deadline.status).where(Deadline.period == "filling")).one() == "missed"


def test_a_step_done_in_the_last_minute_is_in_time(office: Office, clock_at: Callable[[str], None]):
    case_id = office.apply()

    clock_at("2026-10-19 23:59")
    office.fill(case_id)

    with db.reading() as session:
        assert session.scalars(select(Deadline.status).where(Deadline.period == "filling")).one() == "met"


def test_every_step_has_one_entry_in_a_chain_without_gaps(office: Office):
    case_id = office.reviewed()

    with db.reading() as session:
        chain = session.execute(
            select(AuditEntry.seq, AuditEntry.verb)
            .where(AuditEntry.chain == f"case:{case_id}")
            .order_by(AuditEntry.seq)
        ).all()

    assert [tuple(row) for row in chain] == [
        (1, "open_case"), (2, "complete_task"), (3, "complete_task"), (4, "complete_task"),
    ]


def test_a_row_whose_case_changed_after_the_preview_is_refused_and_the_others_go_on(
    office: Office, clock_at: Callable[[str], None]
):
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    office.publish(ours, theirs)
    with db.transaction() as session:
        # Somebody else moved the case after the act was confirmed and before the worker came.
        session.execute(update(Case).where(Case.id == theirs).values(revision=Case.revision + 1))

    office.work()

    with db.reading() as session:
        rows = dict(session.execute(select(ActRow.case_id, ActRow.status)).all())
        entries = dict(session.execute(select(PublicationEntry.case_id, PublicationEntry.status)).all())
        assert rows == {ours: "done", theirs: "refused"}
        assert entries == {ours: "listed", theirs: "withdrawn"}
    clock_at("2026-10-09 00:00")
    office.work()
    with db.reading() as session:
        told = session.scalars(select(Message.to_case_id).where(Message.name == "publication_cleared")).all()
        assert told == [ours]


def test_an_act_names_the_case_that_is_no_longer_open(office: Office):
    case_id = office.reviewed()
    office.publish(case_id)
    office.work()

    with db.reading() as session:
        task = session.scalars(select(Task).where(Task.case_id == case_id, Task.name == "列入公示")).one()
        case = session.get_one(Case, case_id)
    with pytest.raises(Gone, match="已被办理"), db.transaction() as session:
        acts.confirm(
            session, by=office.who["lead@city"], release_id=case.release_id, diagram="application",
            element=task.element, answers=sample.LIST, seen=[(task.public_id, case.revision)],
        )


def test_what_a_late_worker_does_is_dated_at_its_due_instant(office: Office, clock_at: Callable[[str], None]):
    case_id = office.reviewed()
    office.publish(case_id)
    office.work()

    clock_at("2026-10-20 15:30")
    office.work()

    with db.reading() as session:
        timer = session.scalars(select(Timer)).one()
        publication = session.scalars(select(Publication)).one()
        assert publication.closed_at == timer.due_at
        assert clock.local(timer.fired_at).isoformat() == "2026-10-20T15:30:00+08:00"
        # The city can know of it only now: its own period starts today.
        announcing = session.scalars(select(Deadline).where(Deadline.period == "announcing")).one()
        assert announcing.started_on == date(2026, 10, 20)


@pytest.mark.parametrize(("day", "stands"), [(date(2026, 10, 8), False), (date(2026, 10, 9), True)])
def test_the_document_is_dated_after_the_publications_last_day(
    office: Office, clock_at: Callable[[str], None], day: date, stands: bool
):
    case_id = office.reviewed()
    office.publish(case_id)  # on 2026-09-21; its seventh working day is 2026-10-08
    office.work()
    clock_at("2026-10-12 09:00")
    office.work()

    if stands:
        office.announce(case_id, day=day)
        return
    with pytest.raises(Invalid) as caught:
        office.announce(case_id, day=day)

    assert "2026-10-09" in caught.value.fields["issued_on"][0]


def test_going_back_in_time_fires_nothing_twice(office: Office, clock_at: Callable[[str], None]):
    office.publish(office.reviewed())
    office.work()
    clock_at("2026-10-20 15:30")
    office.work()

    clock_at("2026-09-22 09:00")

    assert office.work() == 0


def test_an_institution_applies_once_in_a_call(office: Office):
    office.apply()

    with pytest.raises(Refused, match="只能申报一次") as caught:
        office.apply()

    assert caught.value.clause == "BDP-14"


@pytest.mark.parametrize("day", ["2027-09-22 00:00"])
def test_nobody_applies_after_the_last_day_of_a_call(office: Office, clock_at: Callable[[str], None], day: str):
    clock_at("2027-09-21 23:59")
    office.apply()
    clock_at(day)

    with pytest.raises(Refused, match="截止"):
        office.apply("applicant@other_institution")


def test_the_inbox_shows_the_most_urgent_first_and_only_ones_own(office: Office, clock_at: Callable[[str], None]):
    first = office.apply()
    office.fill(first)
    clock_at("2026-09-22 09:00")
    second = office.apply("applicant@other_institution")
    office.fill(second, "applicant@other_institution")
    office.recommend(first)
    office.recommend(second, "clerk@sibling_county")

    with db.reading() as session:
        page, following = queries.inbox(session, office.who["clerk@city"])
        county, _ = queries.inbox(session, office.who["clerk@county"])

    assert [row.number for row in page] == ["BDP202600001", "BDP202600002"]
    assert following is None
    assert county == []


@pytest.mark.parametrize(
    ("now", "level", "words"),
    [
        ("2026-10-12 09:00", "green", "剩余 5 个工作日"), ("2026-10-14 09:00", "green", "剩余 3 个工作日"),
        ("2026-10-15 09:00", "yellow", "剩余 2 个工作日"), ("2026-10-19 23:59", "yellow", "今日到期"),
        ("2026-10-20 00:00", "red", "超期 1 个工作日"), ("2026-10-21 09:00", "red", "超期 2 个工作日"),
    ],
)
def test_the_light_counts_working_days(
    office: Office, clock_at: Callable[[str], None], now: str, level: str, words: str
):
    office.apply()

    clock_at(now)
    with db.reading() as session:
        row = queries.inbox(session, office.who["applicant@institution"])[0][0]

    assert (row.light.level, row.light.words) == (level, words)


def test_nobody_holding_the_role_the_task_opens_at_the_unit_above_with_a_mark(office: Office):
    case_id = office.apply()
    with db.transaction() as session:
        session.execute(
            db.Base.metadata.tables["role_grant"].delete().where(
                db.Base.metadata.tables["role_grant"].c.person_id == office.who["clerk@county"].person_id
            )
        )

    office.fill(case_id)

    with db.reading() as session:
        task = session.scalars(select(Task).where(Task.name == "县级测评推荐")).one()
        assert (task.unit_id, task.misplaced) == (office.who["clerk@city"].unit_id, True)
