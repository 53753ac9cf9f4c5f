"""补正 and 撤回: only what was found wrong opens, the clock stops meanwhile, and the applicant may take a case back."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, config, db, invariants
from app.cases import corrections, deadlines, operations, queries, steps
from app.cases.models import Answer, Case, Deadline, Task, Timer
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people.queries import Identity
from app.programmes import queries as programmes
from tests import sample
from tests.cases import returning
from tests.cases.conftest import Office

DEFECT = {"opinion": "名称与证照不符", "defects": [{"field": "name", "what": "与证照不一致"}]}


@pytest.fixture
def returned(office: Office, clock_at: Callable[[str], None]) -> int:
    """A case whose applicant is asked on Wednesday 2026-09-23 to correct the name; nobody has read the notice yet."""
    with db.transaction() as session:
        returning.deploy(session)
        batch = sample.open_batch(session, by=office.who["clerk@city"], name="补正批次")
    office.batch_id = batch.id
    case_id = office.apply()
    report = {"name": "服务平太", "address": "东风路 1 号"}
    sample.complete(case_id, by=office.who["applicant@institution"], answers=report)
    clock_at("2026-09-23 10:00")
    sample.complete(case_id, by=office.who["clerk@county"], answers=DEFECT, outcome="correct")
    return case_id


def serve(case_id: int) -> None:
    with db.transaction() as session:
        steps.lock(session, case_id)
        deadlines.start_served(session, steps.read(session, case_id), at=clock.now())


def open_deadline(case_id: int) -> Deadline:
    with db.reading() as session:
        task = sample.open_task(session, case_id)
        return session.get_one(Deadline, task.deadline_id)


def breaches(tmp_path) -> list[invariants.Breach]:
    with db.reading() as session:
        return invariants.check(session, config.Config(database_url="", data_dir=tmp_path, secret_key="")).breaches


def test_only_the_fields_found_wrong_can_be_changed(office: Office, returned: int):
    posted = {"name": "服务平台", "address": "别处 9 号"}

    sample.complete(returned, by=office.who["applicant@institution"], answers=posted)

    with db.reading() as session:
        latest = session.scalars(select(Answer).where(Answer.form == "report").order_by(Answer.id.desc())).first()
    assert (latest.values["name"], latest.values["address"]) == ("服务平台", "东风路 1 号")


def test_the_page_is_told_what_is_open_and_why(returned: int):
    with db.reading() as session:
        task = operations.read_task(session, sample.open_task(session, returned).public_id)
        revision = corrections.revision(session, task, programmes.programme(session, task.case_release_id))

    assert (revision.open, revision.remarks) == (frozenset({"name"}), {"name": ["与证照不一致"]})
    assert revision.values["address"] == "东风路 1 号"


def test_the_period_to_correct_begins_when_the_notice_is_served(
    office: Office, returned: int, clock_at: Callable[[str], None], tmp_path
):
    assert open_deadline(returned).status == "awaiting"
    clock_at("2026-09-24 16:00")
    serve(returned)

    found = open_deadline(returned)

    assert (found.status, found.started_on, found.last_day) == ("running", date(2026, 9, 24), date(2026, 10, 9))
    with db.reading() as session:
        assert session.scalars(select(Timer.due_at).where(Timer.deadline_id == found.id)).one() == found.ends_at
    assert breaches(tmp_path) == []


def test_an_unserved_notice_is_never_overdue(
    office: Office, returned: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2027-09-24 16:00")

    assert office.work() == 0
    with db.reading() as session:
        rows, _more = queries.inbox(session, office.who["applicant@institution"])
        assert [row.light.words for row in rows] == ["送达后起算"]
        assert queries.inbox_counts(session, office.who["applicant@institution"])["overdue"] == 0
    assert breaches(tmp_path) == []


def test_serving_twice_leaves_the_first_day(office: Office, returned: int, clock_at: Callable[[str], None]):
    serve(returned)
    clock_at("2026-09-28 09:00")
    serve(returned)

    assert open_deadline(returned).started_on == date(2026, 9, 23)


def test_without_an_answer_the_reviewer_decides(
    office: Office, returned: int, clock_at: Callable[[str], None], tmp_path
):
    serve(returned)  # Wednesday 09-23: 24, 28, 29, 30 September, 8 October
    clock_at("2026-10-09 00:00")
    office.work()

    with db.reading() as session:
        task = sample.open_task(session, returned)
        assert (task.element, session.get_one(Deadline, task.deadline_id).stops) == (
            "recheck", [["2026-09-23", "2026-10-09", "补正"]]
        )
    assert breaches(tmp_path) == []


def test_the_reviewers_clock_stands_still_while_the_applicant_corrects(
    office: Office, returned: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-28 15:00")
    sample.complete(returned, by=office.who["applicant@institution"], answers={"name": "服务平台"})

    found = open_deadline(returned)

    # Begun on Monday 21 September: the 22nd is day 1. 23 to 28 September stopped. Day 2 is the 29th, then the 30th,
    # 8, 9, 10 (worked), 12, 13, 14 and 15 October.
    assert (found.started_on, found.last_day) == (date(2026, 9, 21), date(2026, 10, 15))
    assert "补正" in deadlines.explanation(found, "130607").as_text() or found.stops
    assert breaches(tmp_path) == []


def test_a_submission_after_the_last_day_is_refused_where_the_diagram_says_so(
    office: Office, clock_at: Callable[[str], None]
):
    with db.transaction() as session:
        returning.deploy(session, apply_late="refuse")
        office.batch_id = sample.open_batch(session, by=office.who["clerk@city"], name="限时批次").id
    case_id = office.apply()
    last = open_deadline(case_id).last_day

    clock_at(f"{last} 23:59")
    with db.reading() as session:
        task = sample.open_task(session, case_id)
        prepared = operations.prepare_completion(
            session, task.public_id, identity=office.who["applicant@institution"], answers={"name": "平台"}
        )
    clock_at(f"{date.fromordinal(last.toordinal() + 1)} 00:00")
    with pytest.raises(Refused, match="已于"), db.transaction() as session:
        operations.complete(session, prepared, by=office.who["applicant@institution"])
    with pytest.raises(Refused, match="已于"):
        sample.complete(case_id, by=office.who["applicant@institution"], answers={"name": "平台"})


def withdraw(case_id: int, by: Identity, reason: str = "条件尚未成熟") -> None:
    with db.transaction() as session:
        operations.withdraw(session, session.get_one(Case, case_id).public_id, by=by, reason=reason)


def test_the_applicant_takes_a_case_back_and_nothing_of_it_waits_any_more(office: Office, returned: int, tmp_path):
    withdraw(returned, office.who["applicant@institution"])

    with db.reading() as session:
        case = session.get_one(Case, returned)
        assert (case.status, case.outcome) == ("done", "已撤回")
        assert session.scalars(select(Task.status).where(Task.case_id == returned)).all().count("open") == 0
        assert set(session.scalars(select(Timer.status).where(Timer.case_id == returned))) == {"gone"}
    assert breaches(tmp_path) == []


@pytest.mark.parametrize(
    ("login", "error"), [("clerk@county", NotAllowed), ("applicant@other_institution", NotFound)]
)
def test_nobody_else_takes_a_case_back(office: Office, returned: int, login: str, error: type):
    with pytest.raises(error):
        withdraw(returned, office.who[login])


def test_a_reason_is_asked_for_and_a_closed_case_stays_closed(office: Office, returned: int):
    with pytest.raises(Invalid):
        withdraw(returned, office.who["applicant@institution"], reason=" ")
    withdraw(returned, office.who["applicant@institution"])
    with pytest.raises(Refused):
        withdraw(returned, office.who["applicant@institution"])


def test_two_windows_dont_overwrite_each_others_draft(office: Office):
    case_id = office.apply()
    me = office.who["applicant@institution"]
    with db.reading() as session:
        public_id = sample.open_task(session, case_id).public_id
    with db.transaction() as session:
        first = operations.save_draft(session, public_id, by=me, answers={"note": "甲"}, seen=0).revision

    with pytest.raises(Gone, match="另一窗口"), db.transaction() as session:
        operations.save_draft(session, public_id, by=me, answers={"note": "乙"}, seen=0)
    with db.transaction() as session:
        again = operations.save_draft(session, public_id, by=me, answers={"note": "丙"}, seen=first, quiet=True)

    assert again.revision == first + 1
    with db.reading() as session:
        assert [entry.verb for entry in queries.story(session, case_id)].count("save_draft") == 1
