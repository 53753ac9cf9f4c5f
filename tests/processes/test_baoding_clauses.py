"""What the stories of Baoding's platforms leave open: each clause on both sides of what carries it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.cases.models import Task
from app.errors import Invalid
from app.programmes import operations
from app.programmes.programme import Programme
from app.titles.models import Title
from tests import living, sample
from tests.browsing import seen
from tests.processes import shortened

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEY = "baoding-platform"
PROGRAMME = shortened.programme(KEY)
REFUSALS = shortened.story(KEY, "refusals")
REPORT = REFUSALS["answers"]["report"]
FUNCTIONS = ["information", "technology", "startup", "training", "finance"]
CITY = "保定市工业和信息化局"
PAGE = f"/programmes/{KEY}/clauses"


@pytest.fixture
def wrong(clock_at):
    """The fields at which the report of the story is refused where some of its answers are others."""
    clock_at("2026-03-17 10:00")

    def found(**changes: Any) -> set[str]:
        try:
            PROGRAMME.form("application_report").load(shortened.filed(KEY, "application_report", REPORT, **changes))
        except Invalid as refused:
            return set(refused.fields)
        return set()

    return found


@pytest.fixture
def falsified(database, tmp_path):
    """Two platforms, of which one lost its title on 30 March 2026 for falsification."""
    written = shortened.story(KEY, "falsification")
    at = next(n for n, step in enumerate(written["steps"]) if step.get("does") == "作出决定")
    shortened.tell(KEY, written, written["steps"][:at + 1], tmp_path)
    with db.reading() as session:
        return {title.status: title for title in session.scalars(select(Title))}


def test_bdp_2_only_a_legal_person_files(database, wrong):
    assert wrong(is_legal_person=True) == set()
    assert wrong(is_legal_person=False) == {"is_legal_person"}


def test_bdp_2_the_recognised_is_in_the_register_from_the_day_of_its_document(database, client, clock_at, tmp_path):
    """Nobody is before the last step of the story, the document of 13 October."""
    written = shortened.story(KEY, "golden_week")
    *before, last = written["steps"]
    assert last["confirms"] == "认定发文"
    telling = shortened.tell(KEY, written, before, tmp_path)
    clock_at("2026-10-13 09:59")
    with db.reading() as session:
        assert session.scalars(select(Title)).all() == []

    telling.story = {**written, "steps": written["steps"]}
    telling.do_step(len(before))

    clock_at("2026-10-14 09:00")
    with db.reading() as session:
        found = session.scalars(select(Title)).all()
        pages = [f"/titles/{title.public_id}" for title in found]
    assert {title.status for title in found} == {"active"}
    assert len(pages) == 2
    for page in pages:
        words = seen(client.get(f"{page}?on=2026-10-13"))
        assert "2026-10-13 当日有效" in words
        assert "2026-10-12 当日无效" in seen(client.get(f"{page}?on=2026-10-12"))
        assert "BDP-13" in words


def test_bdp_2_the_register_keeps_what_became_of_a_title(falsified, client, clock_at):
    clock_at("2026-04-01 09:00")

    revoked = seen(client.get(f"/titles/{falsified['revoked'].public_id}"))
    active = seen(client.get(f"/titles/{falsified['active'].public_id}"))

    assert "BDP-13" in revoked
    assert "BDP-18.2" in revoked
    assert "BDP-18.2" not in active


def test_bdp_6_one_function_is_enough_and_none_is_not(database, wrong):
    information = {"information_has": ["open_search", "online", "linked"], "information_offline_firms": 50,
                   "information_events": 2}

    assert wrong(functions=["information"], **information) == set()
    assert wrong(functions=[]) == {"functions"}
    assert wrong(functions=["information", "logistics"], **information) == {"functions"}
    assert [option.value for option in PROGRAMME.form("application_report").field("functions").options] == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bdp_6_only_a_function_that_is_chosen_is_asked_about(database, wrong, function):
    form = PROGRAMME.form("application_report")
    asked = {key: [field.key for field in form.asked if field.key.startswith(f"{key}_")] for key in FUNCTIONS}
    nothing = {key: None for keys in asked.values() for key in keys}

    found = wrong(**nothing, functions=[function])

    assert found
    assert found <= set(asked[function])


class TestPublicRegister:
    """BDP-15: anybody reads the list, and of each platform what is kept of it."""

    def test_bdp_15_who_holds_the_title_is_listed_for_everybody(self, falsified, client, clock_at):
        clock_at("2026-04-01 09:00")
        revoked, active = falsified["revoked"], falsified["active"]

        listed = seen(client.get("/titles?status=standing"))

        assert active.number in listed
        assert active.holder_name in listed
        assert PROGRAMME.title.name in listed
        assert revoked.number not in listed
        assert revoked.number in seen(client.get("/titles"))

    def test_bdp_15_what_is_kept_of_a_platform_is_open_and_the_evidence_is_not(self, falsified, client, clock_at):
        clock_at("2026-04-01 09:00")
        title = falsified["revoked"]

        page = client.page(f"/titles/{title.public_id}")

        words = " ".join(page.get_text(" ").split())
        for said in (title.number, title.holder_name, title.granted_on.isoformat(), title.document_number):
            assert said in words
        assert not page.select("a[href^='/documents/']")
        assert client.get("/titles/register.xlsx").status_code == 302


@pytest.mark.parametrize(("login", "inside"), [("auditor@city", True), ("auditor@sibling_city", False)])
def test_bdp_19_an_auditor_of_the_city_looks_into_everything_changes_nothing_and_is_on_record(
    client, clock_at, login, inside
):
    """That anybody objects while a list is published, and is answered, is told by the story `objections`."""
    clock_at("2026-04-01 09:00")
    made = living.living(granted_on=date(2025, 6, 20), programme=KEY)
    with db.reading() as session:
        title = made.title(session)
        case = f"/cases/{session.scalars(select(living.Case.public_id)).one()}"
    client.sign_in(login)

    page = client.page(f"/titles/{title.public_id}")

    assert page.select("main form[method=post]") == []
    assert client.get(case).status_code == (200 if inside else 404)
    assert client.submit(f"/titles/{title.public_id}/notes", {
        "kind": "funds", "noted_on": "2026-03-31", "text": "资金支持"}).status_code == 403
    with db.reading() as session:
        looks = session.scalars(select(AuditEntry).where(AuditEntry.verb == "read_title")).all()
    assert [look.details["number"] for look in looks] == ([title.number] if inside else [])


class TestInForce:
    """BDP-22: the city interprets; no end is named."""

    def facts(self, client, files) -> dict[str, str]:
        with db.transaction() as session:
            operations.deploy(session, files, person_id=None, **sample.vocabulary())
        return {row.dt.get_text(): row.dd.get_text() for row in client.page(PAGE).select("dl.facts > div")}

    def test_bdp_22_the_page_of_the_programme_says_who_interprets_it_and_that_no_end_is_named(self, client):
        facts = self.facts(client, PROGRAMME.files)

        assert facts["认定机关"] == CITY
        assert f"{CITY}反映" in facts["异议和解释"]
        assert "解释也由该局负责" in facts["异议和解释"]
        assert (facts["施行日期"], facts["终止日期"]) == ("未定", "未定")

    def test_bdp_22_an_end_that_were_named_would_be_shown(self, client):
        text = PROGRAMME.files["programme.yaml"].decode()
        assert text.count("    until: null ") == 1
        changed = text.replace("    until: null ", '    until: "2030-12-31" ')

        assert self.facts(client, {**PROGRAMME.files, "programme.yaml": changed.encode()})["终止日期"] == "2030-12-31"


class TestForms:
    """BDP-F1: the three templates were not published with the text."""

    @pytest.mark.parametrize(("form", "annex", "clauses"), [
        ("recommendation", "附件1", {"BDP-9", "BDP-10"}),
        ("application_report", "附件2", {"BDP-6", *(f"BDP-7.{n}" for n in range(1, 7)), "BDP-8", "BDP-11"}),
        ("annual_operation", "附件3", {"BDP-17"}),
    ])
    def test_bdp_f1_each_layout_is_marked_and_holds_what_its_articles_ask(self, database, form, annex, clauses):
        layout = PROGRAMME.form(form)

        assert layout.note.startswith("模板待补")
        assert annex in layout.note
        assert clauses <= {asked.clause for asked in layout.asked}
        assert not PROGRAMME.form("city_review").note.startswith("模板待补")

    def test_bdp_f1_who_fills_it_in_reads_that_the_template_is_to_be_supplied(self, client, clock_at, tmp_path):
        applied = shortened.find(REFUSALS, by="孔祥瑞", applies_in="2026 年度申报")
        shortened.tell(KEY, REFUSALS, REFUSALS["steps"][:applied + 1], tmp_path)
        clock_at("2026-03-17 10:00")
        with db.reading() as session:
            task = session.scalars(select(Task).where(Task.status == "open")).one().public_id
        client.sign_in("rongzi")

        assert "模板待补" in seen(client.get(f"/tasks/{task}"))

    def test_bdp_f1_another_form_of_the_same_name_takes_its_place(self, database):
        key = "forms/annual_operation.json"
        supplied = PROGRAMME.files[key].decode().replace("模板待补", "样式依附件3，已由主管部门提供。原为")

        form = Programme({**PROGRAMME.files, key: supplied.encode()}).form("annual_operation")

        assert form.note.startswith("样式依附件3")
        assert PROGRAMME.form("annual_operation").note.startswith("模板待补")
