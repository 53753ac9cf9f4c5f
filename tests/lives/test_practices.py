"""典型做法: what a holder wrote, chosen by the authority, read by anybody, withdrawn with a reason."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.documents import storage
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.lives import practices
from app.obligations.models import Duty
from app.titles import changing, showcase
from app.titles.models import PublishedCase
from tests import living
from tests.browsing import errors, seen

KEY, FIRST = "national-platform", "持证服务机构1"
SAID = {"name": "把政策送进园区", "text": "每月一次现场解答，当场办结。", "source": "2026-08-10 期月报"}


@pytest.fixture
def scene(app, clock_at: Callable[[str], None]) -> living.Living:
    """A platform of 12 June 2026; it is 1 July."""
    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-07-01 09:00")
    return living.living(granted_on=date(2026, 6, 12), programme=KEY)


def publish(scene: living.Living, login: str = "clerk@ministry", **said: str) -> str:
    with db.transaction() as session:
        by = scene.who(session, login)
        return showcase.publish(session, scene.titles[FIRST], by=by, said={**SAID, **said}).public_id


def revoke(scene: living.Living) -> None:
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(session, title, "revoked", case_id=title.case_id, clause="NAT-22",
                        effective_on=date(2026, 7, 1), decision="x", reason="弄虚作假")


def test_nat_25_the_authority_publishes_a_case_and_anybody_reads_it_with_who_and_when(client, scene):
    case = publish(scene)

    assert SAID["name"] in seen(client.get("/practices"))
    words = seen(client.get(f"/practices/{case}"))
    for said in (*SAID.values(), "国家主管部门", "2026-07-01", FIRST):
        assert said in words
    assert SAID["name"] in seen(client.get(f"/titles/{scene.titles[FIRST]}"))
    assert SAID["name"] in seen(client.get("/practices?q=现场解答"))
    assert SAID["name"] not in seen(client.get("/practices?q=没有的词"))
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "publish_case")).one()
    assert entry.details["clause"] == "NAT-25"


@pytest.mark.parametrize("login", ["clerk@province", "auditor@ministry", "clerk@association"])
def test_nat_25_nobody_but_the_authority_publishes(scene, login):
    with pytest.raises(NotAllowed):
        publish(scene, login)


def test_nat_25_a_case_without_name_or_text_or_too_long_is_refused(scene):
    for field, text in (("name", " "), ("text", ""), ("name", "长" * 81), ("text", "长" * 5_001)):
        with pytest.raises(Invalid) as wrong:
            publish(scene, **{field: text})
        assert list(wrong.value.fields) == [field]
    publish(scene, name="长" * 80, text="长" * 5_000)


def test_nat_25_what_is_withdrawn_is_read_no_longer_and_stays_with_its_reason(client, scene):
    case = publish(scene)
    with pytest.raises(Invalid), db.transaction() as session:
        showcase.withdraw(session, case, by=scene.who(session, "clerk@ministry"), reason=" ")
    with pytest.raises(NotFound), db.transaction() as session:
        showcase.withdraw(session, case, by=scene.who(session, "clerk@province"), reason="不实")

    client.sign_in("lead@ministry")
    assert client.submit(f"/practices/{case}/withdraw", {"reason": ""}).status_code == 422
    assert client.submit(f"/practices/{case}/withdraw", {"reason": "情况有变化"}).status_code == 303
    assert "情况有变化" in seen(client.get(f"/practices/{case}"))
    with pytest.raises(Gone), db.transaction() as session:
        showcase.withdraw(session, case, by=scene.who(session, "lead@ministry"), reason="再撤一次")
    client.sign_in("clerk@province")
    assert client.get(f"/practices/{case}").status_code == 404
    assert SAID["name"] not in seen(client.get("/practices"))
    with db.reading() as session:
        assert session.scalars(select(PublishedCase.withdrawal_reason)).all() == ["情况有变化"]


def test_nat_25_cases_of_a_title_that_does_not_stand_are_neither_shown_nor_published(client, scene):
    case = publish(scene)
    revoke(scene)

    assert client.get(f"/practices/{case}").status_code == 404
    assert SAID["name"] not in seen(client.get("/practices"))
    with pytest.raises(Refused, match="已撤销"):
        publish(scene)


def test_nat_20_0_the_authority_chooses_among_what_accepted_reports_say_of_good_practice(client, scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    with db.reading() as session:
        duty = session.scalars(select(Duty)).one()
        [task] = living.open_tasks_in(session, duty.case_id)
        holder = scene.holder(session)
    living.complete(task, holder, {
        "policy_online": "1", "policy_offline": "1", "consulting_offline": "1", "training_attendances": "1",
        "technology_offline": "0", "reporter": "甄真", "reporter_phone": "13803120001", "declared": True,
        "practice": "把政策服务送进园区，当场解答。",
    })
    with db.reading() as session:
        assert practices.of_title(session, scene.title(session)) == []
        [check] = living.open_tasks_in(session, duty.case_id)
        clerk = scene.who(session, "clerk@province")
    living.complete(check, clerk, {"opinion": "数据属实。"}, "accept")

    with db.reading() as session:
        [found] = practices.of_title(session, scene.title(session))
    assert (found.source, found.text) == ("服务中小企业情况月报 2026-08-10 期", "把政策服务送进园区，当场解答。")
    client.sign_in("clerk@ministry")
    form = f"/practices/new/{scene.titles[FIRST]}"
    page = client.page(f"{form}?from={found.key}")
    assert page.select_one("textarea[name=text]").get_text() == found.text
    assert "name" in errors(client.submit(form, {"name": "", "text": found.text}))
    assert client.submit(form, {"name": "送政策", "text": found.text}).status_code == 303
    assert "送政策" in seen(client.get("/practices"))
    client.sign_in("clerk@province")
    assert client.get(form).status_code == 403
