"""From the word in the diagram to the box, the reading, and the periods that begin there."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from app import clock, db, letters, workdays
from app.audit.models import AuditEntry
from app.cases import steps
from app.cases.models import Case
from app.cases.words import Place
from app.documents import storage
from app.documents.models import Document
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.notices import operations, queries, recipients, wording
from app.notices.models import Delivery, Notice
from app.outbox.models import Letter
from app.programmes import queries as programmes
from tests.notices.conftest import Desk


def text_of(document: Document) -> str:
    found = []
    for block in queries.blocks(document):
        if isinstance(block, letters.Table):
            found += ["|".join("".join(p.text for p in cell) for cell in row) for row in block.rows]
        else:
            found.append(block.text)
    return "\n".join(found)


def verbs(case_id: int) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(
            select(AuditEntry.verb).where(AuditEntry.chain == f"case:{case_id}").order_by(AuditEntry.seq)
        ))


def test_the_step_writes_one_numbered_notice_with_its_document_mail_and_trail(desk: Desk):
    notice = desk.notice()

    with db.reading() as session:
        document = session.get_one(Document, notice.document_id)
        mail = session.scalars(select(Letter)).one()
    assert (notice.kind, notice.title, notice.number) == ("notice", "补正通知书", "BDP〔2026〕1号")
    assert (notice.unit_id, notice.to_unit_id) == (desk.clerk.unit_id, desk.applicant.unit_id)
    assert (notice.read_at, notice.served_at) == (None, None)
    assert (document.case_id, document.name) == (desk.case_id, "补正通知书（BDP〔2026〕1号）.docx")
    assert storage.path_of(storage.folder(), document.sha256).stat().st_size == document.size
    assert mail.to_address == "wang@example.cn"
    assert mail.subject == "补正通知书（BDP〔2026〕1号）待签收"
    assert "${site}/notices" in mail.body
    assert "serve_notice" in verbs(desk.case_id)


def test_the_notice_names_every_defect_by_the_words_of_the_form(desk: Desk):
    with db.reading() as session:
        said = text_of(session.get_one(Document, desk.notice().document_id))

    assert "1|name|与证照不一致 {{日期}}\n2|note|请补写" in said
    assert "自收到本通知之日起10个工作日内" in said
    assert "顺平创业服务有限公司：" in said
    assert "2026年9月21日" in said


def test_until_it_is_read_the_period_waits_and_nothing_falls_due(desk: Desk, clock_at: Callable[[str], None]):
    clock_at("2027-03-01 09:00")

    assert desk.deadline().status == "awaiting"
    assert desk.timer_due() is None
    assert desk.work() == 0
    assert desk.task().status == "open"


def test_the_first_reading_starts_the_period_and_later_ones_change_nothing(
    desk: Desk, clock_at: Callable[[str], None]
):
    clock_at("2026-09-25 16:30")
    first = desk.open()
    clock_at("2026-09-28 10:00")
    again = desk.open(by=desk.who["admin@institution"])

    assert (desk.deadline().status, desk.deadline().started_on) == ("running", date(2026, 9, 25))
    calendar = workdays.calendar_for("130636")
    assert calendar.working_days_between(date(2026, 9, 25), desk.deadline().last_day) == 10
    assert (again.read_at, again.read_by) == (first.read_at, desk.applicant.person_id)
    assert again.served_at == first.read_at
    assert verbs(desk.case_id).count("read_notice") == 1


def test_the_timer_runs_from_the_reading_and_tells_when_it_is_over(desk: Desk, clock_at: Callable[[str], None]):
    clock_at("2026-09-25 16:30")
    desk.open()
    ends = desk.deadline().ends_at
    assert desk.timer_due() == ends

    clock_at(f"{clock.local(ends):%Y-%m-%d %H:%M}")
    desk.work()

    with db.reading() as session:
        case = session.get_one(Case, desk.case_id)
        told = session.scalars(select(Notice).where(Notice.kind == "letter")).one()
        document = session.get_one(Document, told.document_id)
        assert (case.status, case.outcome) == ("done", "逾期未补正")
        assert (told.title, told.unit_id, document.uploaded_by) == ("逾期未补正告知书", desk.clerk.unit_id, None)
        assert "逾期没有补正。" in text_of(document)


def test_only_the_receivers_people_open_it(desk: Desk):
    for login in ("applicant@other_institution", "clerk@county", "clerk@city", "clerk@association"):
        with pytest.raises(NotFound):
            desk.open(by=desk.who[login])

    assert desk.notice().read_at is None


def test_it_can_be_read_only_after_signing_but_officials_see_it_at_once(desk: Desk):
    public_id = desk.notice().public_id
    with db.reading() as session:
        assert queries.shown(session, desk.applicant, public_id).sealed
        with pytest.raises(Refused, match="签收"):
            queries.readable(session, desk.applicant, public_id)
        for login in ("clerk@county", "lead@city", "clerk@province"):
            assert not queries.readable(session, desk.who[login], public_id).sealed
        for login in ("applicant@other_institution", "clerk@sibling_county", "clerk@sibling_city"):
            with pytest.raises(NotFound):
                queries.shown(session, desk.who[login], public_id)
    desk.open()
    with db.reading() as session:
        assert queries.readable(session, desk.applicant, public_id).reader == "顺平创业服务有限公司申报岗"


def test_the_box_shows_what_is_unread_first_and_counts_it(desk: Desk):
    with db.reading() as session:
        new, old, following = queries.box(session, desk.applicant)
        assert ([row.Notice.number for row in new], list(old), following) == (["BDP〔2026〕1号"], [], None)
        assert queries.unread(session, desk.applicant) == 1
        assert queries.unread(session, desk.who["applicant@other_institution"]) == 0
    desk.open()
    with db.reading() as session:
        new, old, _ = queries.box(session, desk.applicant)
        assert (list(new), [row.Notice.number for row in old]) == ([], ["BDP〔2026〕1号"])
        assert queries.unread(session, desk.applicant) == 0


def test_a_delivery_by_hand_starts_the_period_on_its_day(desk: Desk, clock_at: Callable[[str], None]):
    clock_at("2026-09-28 10:00")

    desk.deliver(date(2026, 9, 24), way="direct")

    assert (desk.deadline().status, desk.deadline().started_on) == ("running", date(2026, 9, 24))
    assert clock.local(desk.notice().served_at).isoformat() == "2026-09-24T00:00:00+08:00"
    with db.reading() as session:
        assert queries.issued(session, desk.clerk)[0] == []


def test_whichever_was_first_counts(desk: Desk, clock_at: Callable[[str], None]):
    clock_at("2026-09-25 16:30")
    desk.open()
    clock_at("2026-09-28 10:00")

    desk.deliver(date(2026, 9, 27))
    assert desk.deadline().started_on == date(2026, 9, 25)

    desk.deliver(date(2026, 9, 23), reason="回执上写的是 23 日")
    assert desk.deadline().started_on == date(2026, 9, 23)


def test_a_delivery_on_the_day_of_the_notice_is_never_before_it(desk: Desk):
    desk.deliver(date(2026, 9, 21), way="direct")

    notice = desk.notice()
    assert notice.served_at == notice.posted_at


def test_a_correction_keeps_the_first_entry_says_why_and_sets_the_period_anew(
    desk: Desk, clock_at: Callable[[str], None]
):
    clock_at("2026-09-28 10:00")
    desk.deliver(date(2026, 9, 23))
    before = desk.deadline().last_day
    with pytest.raises(Invalid) as caught:
        desk.deliver(date(2026, 9, 24))
    assert set(caught.value.fields) == {"reason"}

    desk.deliver(date(2026, 9, 24), way="left", reason="日期抄错")

    with db.reading() as session:
        entries = session.scalars(select(Delivery).order_by(Delivery.seq)).all()
    assert [(e.seq, e.way, e.delivered_on.day, e.reason) for e in entries] == [
        (1, "mail", 23, ""), (2, "left", 24, "日期抄错")
    ]
    assert desk.deadline().status == "running"
    assert desk.deadline().started_on == date(2026, 9, 24)
    assert desk.deadline().last_day > before
    assert desk.timer_due() == desk.deadline().ends_at == desk.task().ends_at
    assert verbs(desk.case_id)[-2:] == ["enter_delivery", "correct_delivery"]


def test_the_same_entry_twice_is_nothing_new(desk: Desk):
    desk.deliver(date(2026, 9, 21))

    with pytest.raises(Gone):
        desk.deliver(date(2026, 9, 21), reason="再点一次")


@pytest.mark.parametrize(
    ("day", "way", "field"),
    [(date(2026, 9, 22), "mail", "delivered_on"), (date(2026, 9, 20), "mail", "delivered_on"),
     (None, "mail", "delivered_on"), (date(2026, 9, 21), "pigeon", "way"), (date(2026, 9, 21), "", "way")],
)
def test_a_day_in_the_future_or_before_the_notice_and_an_unknown_way_are_refused(desk: Desk, day, way, field):
    with pytest.raises(Invalid) as caught:
        desk.deliver(day, way=way)

    assert set(caught.value.fields) == {field}
    assert desk.deadline().status == "awaiting"


def test_only_the_unit_that_issued_it_enters_a_delivery(desk: Desk):
    with pytest.raises(NotAllowed):
        desk.deliver(date(2026, 9, 21), by=desk.who["clerk@city"])
    with pytest.raises(NotFound):
        desk.deliver(date(2026, 9, 21), by=desk.who["clerk@sibling_county"])


def test_the_department_sees_what_is_not_served_yet(desk: Desk):
    with db.reading() as session:
        waiting, _ = queries.issued(session, desk.clerk)
        assert [row.Notice.number for row in waiting] == ["BDP〔2026〕1号"]
        assert queries.issued(session, desk.who["clerk@city"])[0] == []
        assert [row.Notice.number for row in queries.of_case(session, desk.applicant, desk.case_id)] == [
            "BDP〔2026〕1号"
        ]


def place(session, desk: Desk, **parameters: str) -> Place:
    case = steps.read(session, desk.case_id)
    return Place(case, programmes.programme(session, case.release_id), "again", parameters, desk.clerk.person_id,
                 clock.now())


def test_said_twice_in_one_step_it_is_one_letter(desk: Desk):
    with db.transaction() as session:
        here = place(session, desk, letter="refusal_notice")
        first, second = operations.issue_letter(session, here), operations.issue_letter(session, here)
        count = session.scalar(select(func.count()).select_from(Notice))

    assert (first, second, count) == ("BDP〔2026〕2号", "BDP〔2026〕2号", 2)


def test_a_letter_that_the_programme_lacks_and_a_receiver_that_the_case_lacks_are_refused(desk: Desk):
    with db.transaction() as session:
        with pytest.raises(Refused, match="没有文书模板"):
            operations.issue_letter(session, place(session, desk, letter="nothing"))
        with pytest.raises(Refused, match="没有“recommender”"):
            operations.issue_letter(session, place(session, desk, letter="refusal_notice", to="recommender"))
        with pytest.raises(Refused, match="没有“nobody”"):
            operations.issue_letter(session, place(session, desk, letter="refusal_notice", to="nobody"))


def test_somebody_outside_gets_a_mail_without_a_way_into_the_system(desk: Desk, monkeypatch):
    monkeypatch.setitem(
        recipients._outside, "neighbour", lambda session, place: recipients.Recipient("张三", email="z@example.cn")
    )
    with db.transaction() as session:
        operations.serve_notice(session, place(session, desk, letter="refusal_notice", to="neighbour"))
        notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
        mail = session.scalars(select(Letter).order_by(Letter.id.desc())).first()

    assert (notice.to_unit_id, notice.to_name) == (None, "张三")
    assert "site" not in mail.body
    assert mail.to_address == "z@example.cn"


def test_an_informing_letter_starts_no_period(desk: Desk):
    with db.transaction() as session:
        operations.issue_letter(session, place(session, desk, letter="refusal_notice"))

    desk.open()

    assert desk.notice().read_at is not None
    assert desk.deadline().status == "awaiting"


def test_an_older_notice_starts_no_period_of_a_newer_one(desk: Desk):
    with db.transaction() as session:
        older = session.scalars(select(Notice)).one().public_id
        operations.serve_notice(session, place(session, desk, letter="refusal_notice"))
    with db.transaction() as session:
        operations.open_notice(session, older, by=desk.applicant)

    assert desk.deadline().status == "awaiting"


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 11, 21), "二〇二六年十一月二十一日"), (date(2030, 10, 10), "二〇三〇年十月十日"),
     (date(2026, 1, 30), "二〇二六年一月三十日"), (date(2026, 12, 9), "二〇二六年十二月九日")],
)
def test_a_day_in_words(day: date, words: str):
    assert wording.day_in_words(day) == words
