"""撤销处理: a review, a court or the authority itself does away with an imposed sanction, as if it had never been."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db, invariants
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.sanctions import staying
from app.sanctions.models import SanctionAnnulment, SanctionStay
from app.titles import bans, changing
from app.titles.models import Ban, LifeDue
from tests import living
from tests.browsing import seen
from tests.sanctions.test_circular import DRAFT, SIGNED
from tests.sanctions.test_staying import enter, lift, on

DOCUMENT = "冀政复〔2026〕3 号"


def annul(scene, who="lead@province", **more):
    values = {"kind": "reconsideration", "document": DOCUMENT, "reason": "漏报期次认定有误", **more}
    with db.transaction() as session:
        return staying.annul(session, scene.sanctions()[0].public_id, by=scene.who(who), **values)


def revoked(scene):
    case = scene.propose()
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    return case


def running():
    with db.reading() as session:
        return [ban for ban in session.scalars(select(Ban)) if bans.runs_on(ban, clock.today())]


def planned(scene):
    with db.reading() as session:
        rows = session.scalars(select(LifeDue).where(LifeDue.title_id == scene.title().id, LifeDue.status == "waiting"))
        return {row.kind for row in rows}


def test_the_title_stands_as_if_the_sanction_had_never_been_and_its_ban_never_ran(scene):
    before = planned(scene)
    revoked(scene)
    scene.pass_time("2026-11-02 10:00")
    assert (scene.title().status, len(running()), planned(scene)) == ("revoked", 1, set())

    annul(scene)
    assert (scene.title().status, running()) == ("active", [])
    assert [on(scene, date(*day)) for day in ((2026, 10, 12), (2026, 11, 2))] == ["active", "active"]
    with db.reading() as session:
        [ban] = session.scalars(select(Ban))
        assert [bans.runs_on(ban, day) for day in (date(2026, 10, 12), date(2026, 11, 1))] == [False, False]
        event = changing.events_of(session, scene.title().id)[-1]
        assert (event.kind, event.clause, event.decision, event.supersedes) == ("annulled", "HBI-13.3", DOCUMENT, 2)
        assert [b for check in invariants.INVARIANTS for b in check(session)] == []
    assert planned(scene) == before  # reports, renewal and the end of its validity are awaited again
    assert scene.sanctions()[0].status == "annulled"


def test_what_a_stay_lets_stand_is_awaited_again_until_it_is_lifted(scene):
    before = planned(scene)
    revoked(scene)
    enter(scene)
    assert planned(scene) == before
    lift(scene)
    assert (scene.title().status, planned(scene)) == ("revoked", set())


def test_a_stay_of_what_did_not_end_the_title_leaves_its_renewal_as_it_was_planned(scene):
    def renewals():
        return [row for row in living.due_rows(scene.title()) if row[0] == "renewal"]

    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    scene.do(case, "clerk@province", DRAFT, "circulate")
    scene.do(case, "lead@province", SIGNED, "issue")
    before = renewals()
    assert [status for _kind, _key, status in before] == ["waiting"]
    enter(scene)
    annul(scene)
    assert renewals() == before


def test_a_stay_that_runs_is_over_with_the_annulment(scene):
    revoked(scene)
    enter(scene)
    annul(scene, kind="litigation")
    with db.reading() as session:
        [stay] = session.scalars(select(SanctionStay))
        assert (stay.lift_document, stay.lifted_at is not None) == (DOCUMENT, True)
    assert (scene.title().status, running()) == ("active", [])


def test_the_end_of_validity_that_came_meanwhile_still_ends_the_title(scene):
    revoked(scene)
    scene.pass_time("2029-06-01 09:00")
    annul(scene)
    scene.pass_time("2029-06-01 10:00")
    assert scene.title().status == "expired"


def test_a_revocation_whose_day_was_corrected_is_annulled_as_it_stands_now(scene):
    revoked(scene)
    case = living.begin(scene.who("clerk@province"), scene.title().public_id, "record_correction")
    scene.do(case, "clerk@province", {"about": "event", "event_number": 2, "right": "2026-10-11",
                                      "reason": "登记时抄错", "document_number": "冀工信更〔2026〕1号"})
    scene.do(case, "lead@province", {"opinion": "无误"}, "confirm")
    assert on(scene, date(2026, 10, 11)) == "revoked"
    annul(scene)
    assert (scene.title().status, on(scene, date(2026, 10, 11)), running()) == ("active", "active", [])


def test_only_what_was_imposed_is_annulled_and_once(scene):
    case = scene.propose()
    with pytest.raises(Refused):
        annul(scene)
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    annul(scene)
    with pytest.raises(Gone):
        annul(scene)
    with pytest.raises(Refused):
        enter(scene)
    with db.reading() as session:
        assert len(session.scalars(select(SanctionAnnulment)).all()) == 1


@pytest.mark.parametrize(("wrong", "field"), [
    ({"kind": "appeal"}, "kind"), ({"document": " "}, "document"), ({"document": "文" * 101}, "document"),
    ({"reason": ""}, "reason"), ({"reason": "因" * 501}, "reason"),
])
def test_an_annulment_says_by_whom_by_which_document_and_why(scene, wrong, field):
    revoked(scene)
    with pytest.raises(Invalid) as said:
        annul(scene, **wrong)
    assert list(said.value.fields) == [field]
    assert scene.title().status == "revoked"


@pytest.mark.parametrize(("who", "error"), [
    ("clerk@province", NotAllowed), ("lead@city", NotAllowed), ("clerk@sibling_city", NotFound),
    ("applicant@institution", NotFound),
])
def test_only_a_lead_of_the_deciding_authority_enters_it(scene, who, error):
    revoked(scene)
    with pytest.raises(error):
        annul(scene, who)


def test_the_page_offers_it_to_a_lead_keeps_what_was_typed_and_says_it_after(app, client, scene):
    from app.documents import storage

    storage.open_folder(app.config["BANJIAN"].files_dir)
    case = revoked(scene)
    address = f"/sanctions/{scene.sanctions()[0].public_id}"
    client.sign_in("clerk@province")
    assert "登记处理被撤销" not in seen(client.get(address))
    client.sign_in("lead@province")
    assert "登记处理被撤销" in seen(client.get(address))
    assert client.page(f"{address}?do=annul").select_one("form[action$='/annul'] textarea[name=reason]") is not None
    wrong = client.submit(f"{address}/annul", {"kind": "own", "document": DOCUMENT, "reason": ""})
    assert wrong.status_code == 422
    assert DOCUMENT in wrong.get_data(as_text=True)
    done = client.submit(f"{address}/annul", {"kind": "own", "document": DOCUMENT, "reason": "事实有误"})
    assert done.status_code == 303
    text = seen(client.get(address))
    assert f"自行撤销：{DOCUMENT}" in text
    assert client.page(address).select("#act-h") == []  # nothing is left to enter
    assert f"处理被撤销（自行撤销）：{DOCUMENT}" in seen(client.get(f"/cases/{case}"))
    assert "撤销（已被撤销）" in seen(client.get(f"/titles/{scene.title().public_id}"))
