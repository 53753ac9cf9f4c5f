"""An objection holds its entry, and only that; what is found about it decides for the entry."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from app import clock, config, db, invariants
from app.audit.models import AuditEntry
from app.cases.models import Case, Message
from app.documents.models import Document
from app.documents.operations import Received
from app.errors import Invalid, Refused, TooMany
from app.publications import objections, queries
from app.publications.models import Objection, ObjectionPaper, Publication, PublicationEntry
from tests.publications.conftest import PublishingOffice

PAPER = Received("租赁合同.pdf", "application/pdf", "0" * 64, 1234)
OVER = "2026-10-09 00:00"


def listed(office: PublishingOffice) -> tuple[int, int, Publication]:
    """Two applications on an open list: positions 1 (sibling county) and 2 (county), by the codes of their regions."""
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    act = office.publish(ours, theirs)
    office.work()
    publication = office.publication(act)
    with db.reading() as session:
        at = dict(session.execute(select(PublicationEntry.position, PublicationEntry.case_id)).all())
    return at[1], at[2], publication


def statuses() -> dict[int, str]:
    with db.reading() as session:
        return dict(session.execute(select(PublicationEntry.case_id, PublicationEntry.status)).all())


def objection(taken: objections.Taken) -> Objection:
    with db.reading() as session:
        return session.scalars(select(Objection).where(Objection.number == taken.number)).one()


def told() -> dict[int, tuple[str, str]]:
    """What each application was told: the result and the day of its effect in Beijing."""
    with db.reading() as session:
        rows = session.scalars(select(Message).where(Message.name == "publication_cleared", Message.status != "void"))
        return {
            row.to_case_id: (row.payload["publication_result"], f"{clock.local(row.effective_at):%m-%d %H:%M}")
            for row in rows
        }


def ended_as(case_id: int) -> tuple[str, str]:
    with db.reading() as session:
        case = session.get_one(Case, case_id)
        return case.status, case.outcome


def breaches(tmp_path) -> list[invariants.Breach]:
    with db.reading() as session:
        found = invariants.check(session, config.Config(database_url="", data_dir=tmp_path, secret_key="")).breaches
    return [breach for breach in found if breach.invariant != "I9"]  # the papers of these tests have no bytes


def test_an_objection_holds_its_entry_and_the_others_go_on(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    one, other, publication = listed(office)

    office.object(publication, 1)
    clock_at(OVER)
    office.work()

    assert statuses() == {one: "held", other: "cleared"}
    assert told() == {other: ("cleared", "10-09 00:00")}
    assert breaches(tmp_path) == []


def test_upheld_ends_the_application_at_once(office: PublishingOffice, clock_at: Callable[[str], None], tmp_path):
    one, other, publication = listed(office)
    taken = office.object(publication, 1)

    clock_at("2026-09-24 15:00")
    office.find(objection(taken).case_id, "upheld")
    office.work()

    assert statuses() == {one: "upheld", other: "listed"}
    assert told() == {one: ("upheld", "09-24 15:00")}
    assert ended_as(one) == ("done", "公示未通过")
    assert ended_as(objection(taken).case_id) == ("done", "异议成立")
    assert breaches(tmp_path) == []


def test_rejected_while_the_publication_is_open_lists_the_entry_again_and_it_is_cleared_with_the_others(
    office: PublishingOffice, clock_at: Callable[[str], None]
):
    one, other, publication = listed(office)
    taken = office.object(publication, 1)

    clock_at("2026-09-24 15:00")
    office.find(objection(taken).case_id, "rejected")
    assert statuses() == {one: "listed", other: "listed"}
    clock_at(OVER)
    office.work()

    assert told() == dict.fromkeys((one, other), ("cleared", "10-09 00:00"))
    assert ended_as(objection(taken).case_id) == ("done", "异议不成立")


def test_rejected_after_the_period_clears_the_entry_as_of_the_decision(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    one, other, publication = listed(office)
    taken = office.object(publication, 1)
    clock_at(OVER)
    office.work()

    clock_at("2026-10-13 10:00")
    office.find(objection(taken).case_id, "rejected")
    office.work()

    assert statuses() == {one: "cleared", other: "cleared"}
    assert told() == {one: ("cleared", "10-13 10:00"), other: ("cleared", "10-09 00:00")}
    assert breaches(tmp_path) == []


def test_rejected_after_the_period_but_before_a_late_worker_is_dated_at_the_decision(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    one, other, publication = listed(office)
    taken = office.object(publication, 1)

    clock_at("2026-10-13 10:00")
    office.find(objection(taken).case_id, "rejected")
    office.work()

    assert told() == {one: ("cleared", "10-13 10:00"), other: ("cleared", "10-09 00:00")}
    assert breaches(tmp_path) == []


@pytest.mark.parametrize(("last", "then"), [("rejected", "listed"), ("upheld", "upheld")])
def test_with_several_objections_the_entry_stays_held_until_all_are_decided(
    office: PublishingOffice, last: str, then: str
):
    one, _other, publication = listed(office)
    first, second = office.object(publication, 1), office.object(publication, 1, name="李军")

    office.find(objection(first).case_id, "rejected")
    assert statuses()[one] == "held"
    office.find(objection(second).case_id, last)

    assert statuses()[one] == then


def test_one_upheld_decides_whatever_is_found_about_the_other(office: PublishingOffice):
    one, _other, publication = listed(office)
    first, second = office.object(publication, 1), office.object(publication, 1, name="李军")

    office.find(objection(first).case_id, "upheld")
    office.find(objection(second).case_id, "rejected")
    office.work()

    assert statuses()[one] == "upheld"
    assert told()[one][0] == "upheld"


@pytest.mark.parametrize(("at", "taken"), [("2026-10-08 23:59", True), (OVER, False)])
def test_the_instant_of_receipt_decides_also_where_the_worker_is_late(
    office: PublishingOffice, clock_at: Callable[[str], None], at: str, taken: bool
):
    one, _other, publication = listed(office)
    clock_at(at)

    if taken:
        office.object(publication, 1)
        assert statuses()[one] == "held"
        return
    with pytest.raises(Refused, match="公示期已于 2026-10-09 00:00 结束") as caught:
        office.object(publication, 1)

    assert caught.value.clause == "BDP-12"
    assert statuses()[one] == "listed"


def test_without_a_name_it_is_kept_as_a_tip_that_holds_nothing(office: PublishingOffice):
    one, _other, publication = listed(office)

    taken = office.object(publication, 1, name="")

    assert (taken.status, objection(taken).case_id) == ("tip", None)
    assert statuses()[one] == "listed"
    with db.reading() as session:
        _found, rows = queries.objections_of(session, office.who["clerk@city"], publication.public_id)
        assert [row.Objection.number for row in rows] == [taken.number]


@pytest.mark.parametrize(("lacking", "field"), [({"name": ""}, "name"), ({"contact": ""}, "contact"), ({}, "evidence")])
def test_where_the_programme_keeps_no_tips_what_lacks_is_asked_for(
    strict_office: PublishingOffice, lacking: dict, field: str
):
    _one, _other, publication = listed(strict_office)
    papers = {} if field == "evidence" else {"papers": [PAPER]}

    with pytest.raises(Invalid) as caught:
        strict_office.object(publication, 1, **lacking, **papers)

    assert list(caught.value.fields) == [field]


def test_the_papers_belong_to_the_authority_and_to_the_objections_case(strict_office: PublishingOffice):
    _one, _other, publication = listed(strict_office)

    taken = strict_office.object(publication, 1, papers=[PAPER])

    with db.reading() as session:
        document = session.scalars(select(Document).join(ObjectionPaper)).one()
        assert (document.case_id, document.uploaded_by) == (objection(taken).case_id, None)
        assert document.unit_id == strict_office.who["lead@city"].unit_id


def test_who_objects_stands_in_no_trail_and_the_institution_sees_no_case(office: PublishingOffice):
    _one, _other, publication = listed(office)

    taken = office.object(publication, 1)

    case_id = objection(taken).case_id
    with db.reading() as session:
        trail = session.execute(
            select(AuditEntry.verb, AuditEntry.person_name, AuditEntry.details)
            .where(AuditEntry.chain == f"case:{case_id}")
        ).all()
        case = session.get_one(Case, case_id)
    assert [row.verb for row in trail] == ["open_case", "file_objection"]
    assert not any("王芳" in f"{row.person_name}{row.details}" or "13900139000" in f"{row.details}" for row in trail)
    assert (case.applicant_id, case.county_code) == (None, None)
    assert case.about_id == _one


def test_the_link_is_the_only_key_to_an_objection(office: PublishingOffice):
    _one, _other, publication = listed(office)
    taken = office.object(publication, 1)

    with db.reading() as session:
        assert queries.objection_by_secret(session, taken.secret).Objection.number == taken.number
        assert taken.secret not in str(session.execute(select(Objection.__table__)).all())


def test_an_address_that_files_dozens_has_to_wait(office: PublishingOffice):
    _one, _other, publication = listed(office)
    for _ in range(objections.MOST_PER_ADDRESS):
        office.object(publication, 1)

    with pytest.raises(TooMany):
        office.object(publication, 1)
    office.object(publication, 1, address="192.0.2.2")


def test_an_entry_that_was_upheld_takes_no_more_objections(office: PublishingOffice):
    _one, _other, publication = listed(office)
    office.find(objection(office.object(publication, 1)).case_id, "upheld")

    with pytest.raises(Refused, match="已不在公示名单中"):
        office.object(publication, 1)


def test_where_the_programme_holds_the_whole_list_back_all_are_cleared_with_the_decision(
    whole_list_office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    office = whole_list_office
    one, other, publication = listed(office)
    taken = office.object(publication, 1)
    clock_at(OVER)
    office.work()
    assert statuses() == {one: "held", other: "listed"}

    clock_at("2026-10-13 10:00")
    office.find(objection(taken).case_id, "upheld")

    assert told() == {one: ("upheld", "10-13 10:00"), other: ("cleared", "10-13 10:00")}
    assert breaches(tmp_path) == []


def test_a_row_refused_after_the_closing_leaves_no_word_for_a_later_publication(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    first = office.publication(office.publish(ours, theirs))
    with db.transaction() as session:
        # The worker is away. The publication ends before it comes, and one of the cases has changed meanwhile.
        session.execute(update(Case).where(Case.id == theirs).values(revision=Case.revision + 1))
    clock_at(OVER)
    office.work()
    with db.transaction() as session:
        session.execute(update(Case).where(Case.id == theirs).values(revision=Case.revision - 1))

    second = office.publication(office.publish(theirs))
    office.work()

    with db.reading() as session:
        entries = session.execute(
            select(PublicationEntry.publication_id, PublicationEntry.case_id, PublicationEntry.status)
        ).all()
        words = session.execute(
            select(Message.sender, Message.status).where(Message.to_case_id == theirs)
        ).all()
    assert {tuple(row) for row in entries} == {
        (first.id, ours, "cleared"), (first.id, theirs, "withdrawn"), (second.id, theirs, "listed"),
    }
    assert "delivered" not in {status for _sender, status in words}
    assert ended_as(theirs)[0] == "open"
    assert breaches(tmp_path) == []


def test_a_case_that_is_refused_twice_leaves_both_lists(office: PublishingOffice, clock_at: Callable[[str], None]):
    case_id = office.reviewed()
    for _ in range(2):
        office.publish(case_id)
        with db.transaction() as session:
            session.execute(update(Case).where(Case.id == case_id).values(revision=Case.revision + 1))
        office.work()
        with db.transaction() as session:
            session.execute(update(Case).where(Case.id == case_id).values(revision=Case.revision - 1))

    with db.reading() as session:
        assert session.scalars(select(PublicationEntry.status)).all() == ["withdrawn", "withdrawn"]
