"""A wrong list is corrected: what changed gets a new page and a new period, the rest goes on."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import clock, db
from app.cases import messages, operations
from app.cases.models import Case, Message
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.people.models import Unit
from app.publications import corrections, queries
from app.publications.models import Publication, PublicationEntry
from app.titles import bans
from tests import factories, sample
from tests.publications.conftest import PublishingOffice
from tests.publications.test_objections import OVER, breaches, ended_as, listed, objection, statuses, told
from tests.titles import acting

NEW_NAME = "高阳科技服务（集团）有限公司"


def correct(
    office: PublishingOffice, publication: Publication, *, by: str = "lead@city", **wanted: object
) -> Publication:
    """Correct a list in a transaction of its own."""
    asked = {"reason": "原公示中该单位的名称有误，现予更正。", "title": "拟认定名单公示（更正）", "changed": {},
             "removed": frozenset(), "added": []} | wanted
    with db.transaction() as session:
        return corrections.correct(
            session, publication.public_id, corrections.Correction(**asked), by=office.who[by]
        )


def shown(publication: Publication) -> tuple[queries.Shown, list[PublicationEntry]]:
    with db.reading() as session:
        found, entries = queries.publication(session, publication.public_id)
        return found, list(entries)


def test_a_changed_entry_gets_a_full_period_of_its_own_and_the_rest_keeps_its_day(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    one, other, old = listed(office)

    clock_at("2026-09-25 09:00")
    new = correct(office, old, changed={1: {"name": NEW_NAME}})

    old_shown, old_entries = shown(old)
    new_shown, new_entries = shown(new)
    assert [(e.status, e.case_id) for e in old_entries] == [("moved", one), ("listed", other)]
    assert [(e.name, e.status, e.case_id) for e in new_entries] == [(NEW_NAME, "listed", one)]
    assert str(old_shown.last_day) == "2026-10-08"
    assert str(new_shown.last_day) == "2026-10-12"  # the seventh working day after the 25th, over 国庆
    assert new_shown.corrects.public_id == old.public_id
    assert [row.public_id for row in old_shown.corrected_by] == [new.public_id]
    clock_at(OVER)
    office.work()
    assert told() == {other: ("cleared", "10-09 00:00")}
    clock_at("2026-10-20 09:00")
    office.work()
    assert told()[one][0] == "cleared"
    assert breaches(tmp_path) == []


def test_a_removed_entry_ends_its_application_at_once(office: PublishingOffice, tmp_path):
    one, other, old = listed(office)

    same = correct(office, old, removed=frozenset({2}))
    office.work()

    assert same.id == old.id
    assert statuses() == {one: "listed", other: "removed"}
    assert told() == {other: ("removed", "09-21 09:00")}
    assert ended_as(other) == ("done", "公示未通过")
    assert breaches(tmp_path) == []


def test_an_application_that_was_left_out_joins_the_correction(office: PublishingOffice, tmp_path):
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    old = office.publication(office.publish(ours))
    office.work()
    with db.reading() as session:
        candidates = corrections.left_out(session, old, office.who["lead@city"])

    new = correct(
        office, old, changed={1: {"name": "顺平创业服务（集团）有限公司"}},
        added=[(c.task_public_id, c.revision) for c in candidates],
    )
    office.work()

    _shown, entries = shown(new)
    assert [(e.position, e.case_id, e.status) for e in entries] == [(1, theirs, "listed"), (2, ours, "listed")]
    assert new.corrects_id == old.id
    assert breaches(tmp_path) == []


def test_an_objection_goes_with_its_entry_and_still_holds_it(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    one, _other, old = listed(office)
    taken = office.object(old, 1)

    new = correct(office, old, changed={1: {"name": NEW_NAME}})
    assert [e.status for e in shown(new)[1]] == ["held"]
    office.find(objection(taken).case_id, "rejected")

    assert [e.status for e in shown(new)[1]] == ["listed"]
    assert statuses()[one] in ("moved", "listed")
    assert breaches(tmp_path) == []


def test_an_objection_against_the_new_page_is_taken_and_the_old_page_takes_none_for_it(office: PublishingOffice):
    _one, _other, old = listed(office)
    new = correct(office, old, changed={1: {"name": NEW_NAME}})

    office.object(new, 1)

    with pytest.raises(Refused, match="已不在公示名单中"):
        office.object(old, 1)


def test_what_a_closed_publication_told_and_nobody_read_is_taken_back(
    office: PublishingOffice, clock_at: Callable[[str], None]
):
    one, _other, old = listed(office)
    taken = office.object(old, 1)
    clock_at(OVER)
    office.work()

    new = correct(office, old, changed={1: {"name": NEW_NAME}})
    office.find(objection(taken).case_id, "rejected")

    assert [e.status for e in shown(new)[1]] == ["listed"]
    with db.reading() as session:
        assert session.scalars(select(Message.to_case_id).where(
            Message.name == "publication_cleared", Message.to_case_id == one
        )).all() == []


def test_an_application_that_has_gone_on_is_not_called_back(office: PublishingOffice, clock_at: Callable[[str], None]):
    _one, _other, old = listed(office)
    clock_at(OVER)
    office.work()

    with pytest.raises(Refused, match="已进入下一环节"):
        correct(office, old, changed={1: {"name": NEW_NAME}})


def test_rows_that_are_still_being_carried_out_are_waited_for(office: PublishingOffice):
    act = office.publish(office.reviewed())

    with pytest.raises(Refused, match="还在逐件办理"):
        correct(office, office.publication(act), removed=frozenset({1}))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, ""), ({"removed": frozenset({1}), "reason": " "}, "reason"),
        ({"changed": {1: {"name": " "}}}, "name-1"), ({"changed": {1: {}}}, "name-1"),
        ({"changed": {1: {"credit_code": "91130600MA000000XX"}}}, "credit_code-1"),
        ({"changed": {1: {"name": NEW_NAME}}, "removed": frozenset({1})}, ""),
        ({"changed": {1: {"name": NEW_NAME}}, "title": ""}, "title"),
    ],
)
def test_a_correction_says_what_was_wrong(office: PublishingOffice, wanted: dict, field: str):
    _one, _other, old = listed(office)

    with pytest.raises(Invalid) as caught:
        correct(office, old, **wanted)

    assert list(caught.value.fields) == [field]


def test_only_the_lead_of_the_unit_that_published_corrects(office: PublishingOffice):
    _one, _other, old = listed(office)

    with pytest.raises(NotAllowed):
        correct(office, old, by="clerk@city", removed=frozenset({1}))
    with pytest.raises(NotFound):
        correct(office, old, by="lead@province", removed=frozenset({1}))


def test_a_new_credit_code_with_a_right_check_digit_is_taken(office: PublishingOffice):
    _one, _other, old = listed(office)
    code = factories.credit_code()

    new = correct(office, old, changed={1: {"credit_code": code}})

    assert [e.credit_code for e in shown(new)[1]] == [code]


def test_a_correction_can_be_corrected(office: PublishingOffice):
    _one, _other, old = listed(office)

    new = correct(office, old, changed={1: {"name": NEW_NAME}})
    again = correct(office, new, changed={1: {"region_name": "顺平县"}})

    assert shown(again)[1][0].region_name == "顺平县"
    assert shown(new)[0].corrected_by[0].public_id == again.public_id
    with db.reading() as session:
        assert corrections.left_out(session, again, office.who["lead@city"]) == []


def test_hbi_15_an_application_that_a_ban_ends_leaves_its_list(
    office: PublishingOffice, clock_at: Callable[[str], None], tmp_path
):
    ours = office.reviewed()
    office.publish(ours)
    office.work()

    with db.transaction() as session:
        unit = session.get_one(Unit, session.get_one(Case, ours).applicant_id)
        ban = acting.write_ban(session, unit=unit, programme=sample.KEY, case_id=ours, since="2026-01-01",
                               until="2030-01-01")
        messages.post(session, [{"to_case_id": ours, "key": "1", "payload": {"ban_id": ban.id, "reason": "禁申期内"}}],
                      name=bans.IMPOSED, sender=f"ban:{ban.id}", effective_at=clock.now())
    office.work()
    clock_at(OVER)
    office.work()

    assert statuses() == {ours: "withdrawn"}
    assert told() == {}
    with db.reading() as session:
        assert session.get_one(Case, ours).outcome == "禁申期内，申报终止"


def test_a_withdrawn_application_leaves_its_list(office: PublishingOffice, clock_at: Callable[[str], None], tmp_path):
    ours = office.reviewed()
    office.publish(ours)
    office.work()

    with db.transaction() as session:
        operations.withdraw(
            session, session.get_one(Case, ours).public_id, by=office.who["applicant@institution"], reason="暂不申报"
        )
    office.work()
    clock_at(OVER)
    office.work()

    assert statuses() == {ours: "withdrawn"}
    assert told() == {}
    assert breaches(tmp_path) == []
