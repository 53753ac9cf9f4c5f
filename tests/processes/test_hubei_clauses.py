"""What the stories of Hubei's selected institutions leave open: each clause on both sides of what carries it."""

import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.cases.models import Task
from app.errors import Invalid
from app.programmes import checks
from app.programmes.programme import Programme
from app.titles.models import Title
from app.vocabulary import known
from tests.browsing import seen
from tests.processes import shortened

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEY = "hubei-selected"
PROGRAMME = shortened.programme(KEY)
ASSOCIATION = shortened.story(KEY, "association")
OWN = shortened.story(KEY, "own_application")
APPLICATION = ASSOCIATION["answers"]["application"]
COMPREHENSIVE = {
    "applicant_kind": "comprehensive", "comprehensive_type": "association", "not_for_profit": True,
    "comprehensive_said": "熟悉政策，组织资源，开展公益服务。",
}
CLASSES = ["information", "digital", "technology", "startup", "talent", "finance", "market", "consulting", "law"]
CENTRE = "湖北省中小企业服务中心"


@pytest.fixture
def wrong(clock_at):
    """The fields at which the application of the story is refused where some of its answers are others."""
    clock_at("2026-04-28 10:00")

    def found(**changes: Any) -> set[str]:
        try:
            PROGRAMME.form("application").load(shortened.filed(KEY, "application", APPLICATION, **changes))
        except Invalid as refused:
            return set(refused.fields)
        return set()

    return found


def title_of(name: str) -> Title:
    with db.reading() as session:
        return session.scalars(select(Title).where(Title.holder_name == name)).one()


def test_hub_3_the_register_keeps_what_became_of_a_title(database, client, clock_at, tmp_path):
    """Recognised and later revoked: both stand there, and only who still holds it is among those that stand."""
    written = shortened.story(KEY, "exits")
    shortened.tell(KEY, written, written["steps"], tmp_path)
    clock_at("2027-03-01 09:00")
    with db.reading() as session:
        statuses = dict(session.execute(select(Title.number, Title.status)).all())
        [revoked] = session.scalars(select(Title).where(Title.status == "revoked"))
    gone = {number for number, status in statuses.items() if status in ("revoked", "cancelled")}

    words = seen(client.get(f"/titles/{revoked.public_id}"))

    assert revoked.granted_on.isoformat() in words
    assert "撤销" in words
    assert "HUB-15.2" in words
    standing = seen(client.get("/titles?status=standing"))
    assert gone
    assert {number for number in statuses if number in standing} == set(statuses) - gone


def test_hub_6_a_comprehensive_institution_says_its_functions_and_a_professional_one_is_not_asked(database, wrong):
    assert wrong(**COMPREHENSIVE) == set()
    assert wrong(**{**COMPREHENSIVE, "comprehensive_said": ""}) == {"comprehensive_said"}
    assert "comprehensive_said" not in APPLICATION
    assert wrong() == set()


def test_hub_6_without_its_functions_a_comprehensive_institution_does_not_pass(database, tmp_path):
    """The last step of the story is the pass with all of them ticked; the one before lacks the functions."""
    at = shortened.find(OWN, does="中心评审", **{"for": "xiehui_self"})
    passes = OWN["steps"][at]
    all_but = [one for one in OWN["answers"]["review"]["conditions_met"] if one != "functions"]
    lacks = {**passes, "answers": {**passes["answers"], "conditions_met": all_but}, "refused": "功能要求"}
    del lacks["expect"]

    shortened.tell(KEY, OWN, [*OWN["steps"][:at], lacks, passes], tmp_path)


def test_hub_7_a_professional_institution_has_one_class_at_least_and_a_comprehensive_one_none(database, wrong):
    assert wrong(classes=["law"], law_said="法律咨询。") == set()
    assert wrong(classes=[]) == {"classes"}
    assert wrong(classes=["law", "other"], law_said="法律咨询。") == {"classes"}
    assert wrong(**COMPREHENSIVE, classes=[]) == set()
    assert [option.value for option in PROGRAMME.form("application").field("classes").options] == CLASSES


@pytest.mark.parametrize("chosen", CLASSES)
def test_hub_7_each_class_that_is_chosen_is_described_and_no_other(database, wrong, chosen):
    nothing = {f"{one}_said": "" for one in CLASSES}

    assert wrong(classes=[chosen], **nothing) == {f"{chosen}_said"}
    assert wrong(classes=[chosen], **{**nothing, f"{chosen}_said": "有专人办理。"}) == set()


def test_hub_8_the_strengths_are_said_by_the_applicant(database, wrong):
    """That the centre must have found them for a pass is told by the story `association`."""
    assert wrong(features="线上平台与线下驻点结合。") == set()
    assert wrong(features="") == {"features"}


def test_hub_11_a_missing_required_item_blocks_by_its_name(database, tmp_path):
    """Each but the one that the system writes and the one that is optional; with all of them it is filed."""
    at = shortened.find(ASSOCIATION, does="填报申请")
    filed = ASSOCIATION["steps"][at]
    names = {
        "m2_licence": "法人证书或营业执照副本", "m3_premises": "固定经营服务场所证明", "m4_services": "开展服务的证明",
        "m5_declaration": "材料真实性声明", "m6_credit": "注明来源的征信材料",
    }
    listed = PROGRAMME.materials["application"].items
    assert {item.field for item in listed if item.required == "always" and not item.generated} == set(names)
    assert "m5_others" not in APPLICATION

    shortened.tell(KEY, ASSOCIATION, [
        *ASSOCIATION["steps"][:at], *(shortened.without(filed, field, name) for field, name in names.items()), filed,
    ], tmp_path)


@pytest.mark.parametrize("column", ["site", "address", "queried_on"])
def test_hub_11_each_piece_of_credit_evidence_names_its_source(database, wrong, column):
    first, *others = APPLICATION["credit_sources"]
    bare = {key: value for key, value in first.items() if key != column}

    assert wrong(credit_sources=[first]) == set()
    assert wrong(credit_sources=[bare, *others]) == {f"credit_sources.0.{column}"}


class TestLists:
    """HUB-19: whom the centre proposes to the alliance, and whom as volunteer stations."""

    @pytest.fixture
    def recognised(self, database, clock_at, tmp_path):
        """An association as a comprehensive institution and a company as a professional one."""
        both = ["xiehui_self", "chutian"]
        shortened.tell(KEY, OWN, [
            *OWN["steps"],
            {"on": "2026-05-20 09:10", "by": "章华", "does": "中心评审", "for": "chutian", "outcome": "pass",
             "answers_of": "review", "answers": {"nature": "professional"}},
            {"on": "2026-06-01 09:00", "by": "屈平", "confirms": "列入公示", "for": both,
             "answers": {key: ASSOCIATION["answers"]["list"][key] for key in ("title", "text", "contact")}},
            {"on": "2026-06-15 09:00", "by": "屈平", "confirms": "认定发文", "for": both, "answers": {
                "document_title": "关于认定严选服务机构的通知", "document_number": "鄂企服〔2026〕11 号",
                "issued_on": "2026-06-15"}},
        ], tmp_path)
        clock_at("2026-07-01 09:00")

    @pytest.mark.parametrize(("nature", "names"), [
        ("综合服务机构", ["湖北省中小企业协会（申报）"]), ("专业服务机构", ["武汉楚天企业服务有限公司"]),
        ("", ["湖北省中小企业协会（申报）", "武汉楚天企业服务有限公司"]),
    ])
    def test_hub_19_each_list_is_exported_without_the_others(self, recognised, client, nature, names):
        client.sign_in("centre-clerk")

        answer = client.get("/titles/register.xlsx", query_string={"class_nature": nature})

        head, *rows = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
        assert sorted(row[head.index("单位名称")] for row in rows) == sorted(names)

    def test_hub_19_what_the_title_is_good_for_stands_in_the_register(self, recognised, client):
        words = seen(client.get("/titles"))

        assert words.count("采购、资金、表彰的依据") == 2
        assert words.count("优先推荐联盟或志愿站") == 2

    def test_hub_19_the_centre_notes_support_and_the_holder_does_not(self, recognised, client):
        page = f"/titles/{title_of('武汉楚天企业服务有限公司').public_id}"
        typed = {"kind": "connection", "noted_on": "2026-06-30", "text": "推荐为志愿服务工作站"}
        client.sign_in("chutian")
        assert client.submit(f"{page}/notes", typed).status_code == 403
        client.sign_in("centre-clerk")

        assert client.submit(f"{page}/notes", typed).status_code == 303
        assert "推荐为志愿服务工作站" in seen(client.get(page))


def test_hub_22_the_page_of_the_programme_says_who_interprets_it(client, tmp_path):
    shortened.tell(KEY, ASSOCIATION, [], tmp_path)

    facts = {row.dt.get_text(): row.dd.get_text() for row in client.page(f"/programmes/{KEY}/clauses").select(
        "dl.facts > div")}

    assert facts["认定机关"] == CENTRE
    assert CENTRE in facts["异议和解释"]
    assert "解释也由该中心负责" in facts["异议和解释"]


class TestForms:
    """HUB-F1: the templates were not published with the text."""

    def test_hub_f1_who_fills_one_in_reads_that_a_template_is_to_be_supplied(self, client, clock_at, tmp_path):
        at = shortened.find(ASSOCIATION, does="填报申请")
        shortened.tell(KEY, ASSOCIATION, ASSOCIATION["steps"][:at], tmp_path)
        clock_at("2026-04-28 09:30")
        with db.reading() as session:
            task = session.scalars(select(Task).where(Task.status == "open")).one().public_id
        client.sign_in("chutian")

        assert "模板待补" in seen(client.get(f"/tasks/{task}"))

    @pytest.mark.parametrize(("form", "clauses"), [
        ("application", {"HUB-4", "HUB-5.1", "HUB-6", "HUB-7", "HUB-8", "HUB-11"}),
        ("recommendation", {"HUB-9", "HUB-10"}),
    ])
    def test_hub_f1_both_layouts_are_marked_and_hold_what_their_articles_ask(self, database, form, clauses):
        layout = PROGRAMME.form(form)

        assert layout.note.startswith("模板待补")
        assert clauses <= {asked.clause for asked in layout.asked}
        assert not PROGRAMME.form("centre_review").note.startswith("模板待补")

    def test_hub_f1_another_form_of_the_same_name_takes_its_place(self, database):
        files = {path: data for path, data in PROGRAMME.files.items() if not path.startswith("examples/")}
        key = "forms/recommendation.json"
        supplied = {**json.loads(files[key]), "title": "推荐表（附件1－1）", "note": "样式依原文附件。"}
        supplied["components"][1]["components"].insert(0, {
            "type": "textfield", "id": "registered_no", "key": "registered_no", "label": "推荐编号",
            "validate": {"required": True, "maxLength": 40},
        })
        changed = {**files, key: json.dumps(supplied, ensure_ascii=False).encode()}

        errors = [one for one in checks.check(changed, **known()) if one.severity == checks.ERROR]

        assert errors == []
        form = Programme(changed).form("recommendation")
        assert (form.title, form.field("registered_no").label) == ("推荐表（附件1－1）", "推荐编号")
        with pytest.raises(Invalid) as refused:
            form.load(ASSOCIATION["answers"]["first"])
        assert set(refused.value.fields) == {"registered_no"}
