"""停止执行: a review or a lawsuit holds a sanction before and after its decision, until it is lifted."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.sanctions import staying
from app.titles import bans, changing, standing
from app.titles.models import Ban

DOCUMENT = "（2026）冀01行初15号"


def enter(scene, who="clerk@province", **more):
    values = {"kind": "litigation", "document": DOCUMENT, "since": date(2026, 10, 12), **more}
    with db.transaction() as session:
        return staying.enter_stay(session, scene.sanctions()[0].public_id, by=scene.who(who), **values)


def lift(scene, who="lead@province", **more):
    values = {"reason": "判决驳回诉讼请求", "document": "（2026）冀01行初15号判决书", **more}
    with db.transaction() as session:
        return staying.lift_stay(session, scene.sanctions()[0].public_id, by=scene.who(who), **values)


def in_force():
    with db.reading() as session:
        return [ban.ends_on for ban in session.scalars(select(Ban)) if bans.runs_on(ban, clock.today())]


def on(scene, day):
    with db.reading() as session:
        title = scene.land.title(session)
        return standing.fold(changing.events_of(session, title.id), on=day, valid_until=title.valid_until).status


def test_while_a_stay_runs_the_decision_can_not_be_taken_and_its_document_is_named(scene):
    case = scene.propose()
    scene.to_decision(case)
    enter(scene)
    with pytest.raises(Refused) as refused:
        scene.decided(case, "2026-10-12")
    assert DOCUMENT in refused.value.message
    assert refused.value.clause == "HBI-13.3"
    assert (scene.title().status, in_force()) == ("active", [])

    lift(scene)
    scene.decided(case, "2026-10-12")
    assert scene.title().status == "revoked"


def test_a_stay_holds_what_was_decided_and_its_ban_and_both_go_on_when_it_is_lifted(scene):
    case = scene.propose()
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    assert (scene.title().status, in_force()) == ("revoked", [date(2028, 10, 12)])

    scene.pass_time("2026-11-02 10:00")
    enter(scene, since=date(2026, 11, 2))
    assert (scene.title().status, in_force()) == ("active", [])

    scene.pass_time("2027-03-01 10:00")
    lift(scene)
    assert (scene.title().status, in_force()) == ("revoked", [date(2028, 10, 12)])
    assert [on(scene, date(*day)) for day in ((2026, 10, 11), (2026, 10, 12), (2026, 11, 1), (2026, 11, 2),
                                              (2027, 2, 28), (2027, 3, 1))] == [
        "active", "revoked", "revoked", "active", "active", "revoked",
    ]
    with db.reading() as session:
        kinds = [(e.kind, e.decision) for e in changing.events_of(session, scene.title().id)][1:]
    assert kinds == [("revoked", "冀工信企业〔2026〕9 号"), ("stayed", DOCUMENT),
                     ("stay_lifted", "（2026）冀01行初15号判决书")]


def test_a_title_whose_validity_ends_during_a_stay_has_expired_whatever_becomes_of_the_sanction(scene):
    case = scene.propose()
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    enter(scene)
    with db.transaction() as session:
        title = changing.locked(session, scene.land.title(session).id)
        changing.record(session, title, "expired", case_id=title.case_id, clause="HBI-12",
                        effective_on=date(2026, 10, 12))
    assert scene.title().status == "expired"


@pytest.mark.parametrize(("wrong", "field"), [
    ({"kind": "appeal"}, "kind"), ({"document": " "}, "document"), ({"document": "文" * 101}, "document"),
    ({"since": None}, "since"), ({"since": date(2026, 10, 13)}, "since"),
])
def test_a_stay_says_what_by_which_document_and_since_when(scene, wrong, field):
    scene.propose()
    with pytest.raises(Invalid) as said:
        enter(scene, **wrong)
    assert list(said.value.fields) == [field]


@pytest.mark.parametrize(("wrong", "field"), [({"reason": ""}, "reason"), ({"document": ""}, "document")])
def test_lifting_needs_a_reason_and_a_document(scene, wrong, field):
    scene.propose()
    enter(scene)
    with pytest.raises(Invalid) as said:
        lift(scene, **wrong)
    assert list(said.value.fields) == [field]


def test_one_stay_runs_at_a_time_and_the_second_learns_of_the_first(scene):
    scene.propose()
    with pytest.raises(Gone):
        lift(scene)
    enter(scene)
    with pytest.raises(Gone) as gone:
        enter(scene, "lead@province")
    assert gone.value.who == scene.who("clerk@province").name
    assert DOCUMENT in gone.value.message
    lift(scene)
    enter(scene, kind="reconsideration")


@pytest.mark.parametrize(("who", "error"), [
    ("clerk@city", NotAllowed), ("clerk@county", NotAllowed), ("clerk@sibling_city", NotFound),
    ("auditor@province", NotAllowed), ("applicant@institution", NotFound),
])
def test_only_the_deciding_authority_enters_stays(scene, who, error):
    scene.propose()
    with pytest.raises(error):
        enter(scene, who)


def test_what_was_dropped_can_not_be_stayed(scene):
    case = scene.propose()
    scene.do(case, "clerk@province", {"finding": "不实。", "reason": "已补报。"}, "drop")
    with pytest.raises(Refused):
        enter(scene)
