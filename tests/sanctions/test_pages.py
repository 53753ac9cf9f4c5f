"""处理 on the pages: the list, the page of one, evidence beside the task, and a stay entered and lifted there."""

import io

import pytest
from pypdf import PdfWriter

from tests import living
from tests.browsing import seen
from tests.sanctions.conftest import OPINION


def pdf():
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(file)
    file.seek(0)
    return file


@pytest.fixture
def pages(app, client, scene):
    from app.documents import storage

    storage.open_folder(app.config["BANJIAN"].files_dir)
    return client


def address(scene):
    return f"/sanctions/{scene.sanctions()[0].public_id}"


def test_a_department_sees_the_sanctions_of_its_division_and_filters_them(pages, scene):
    scene.propose()
    scene.propose("not_qualified", "case:1", name="持证服务机构2")
    for login, count in (("clerk@county", 2), ("auditor@city", 2), ("lead@province", 2), ("clerk@sibling_city", 0)):
        pages.sign_in(login)
        assert len(pages.page("/sanctions").select("#work tbody tr")) == count
    pages.sign_in("clerk@province")
    for query, count in (("key=not_qualified", 1), ("status=proposed", 2), ("status=imposed", 0), ("status=stayed", 0),
                         ("region=130636", 2), ("region=130628", 0), ("q=持证服务机构2", 1)):
        assert len(pages.page(f"/sanctions?{query}").select("#work tbody tr")) == count, query


@pytest.mark.parametrize(("login", "status"), [("clerk@sibling_county", 404), ("clerk@county", 200), (None, 302)])
def test_a_sanction_is_found_by_who_has_its_holder_in_sight(pages, scene, login, status):
    scene.propose()
    if login:
        pages.sign_in(login)
    assert pages.get(address(scene)).status_code == status


def test_who_examines_sees_which_periods_on_which_dates_beside_the_form(pages, scene):
    case = scene.propose()
    [task] = living.open_tasks(case)
    pages.sign_in("clerk@province")
    for path in (f"/tasks/{task.public_id}", f"/cases/{case}", address(scene)):
        text = seen(pages.get(path))
        assert "2026 年第二季度情况报告 2026-06-15" in text, path
        assert "HBI-13.3" in text


def test_the_decision_shows_its_ban_and_how_it_came_about(pages, scene):
    case = scene.propose()
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    pages.sign_in("auditor@province")
    text = seen(pages.get(address(scene)))
    for said in ("已处理", "冀工信企业〔2026〕9 号", "2028-10-12 （含当日）", "期限是怎么算的"):
        assert said in text, said
    story = seen(pages.get(f"/cases/{case}"))
    assert "作出处理：因漏报撤销称号（冀工信企业〔2026〕9 号），自 2026-10-12 起；禁申期至 2028-10-12" in story


def test_the_form_of_the_decision_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(pages, scene):
    case = scene.propose()
    scene.to_decision(case)
    [task] = living.open_tasks(case)
    pages.sign_in("lead@province")
    answer = pages.submit(f"/tasks/{task.public_id}", {
        "reason": "属实。", "document_number": "冀工信企业〔2026〕9 号", "document_date": "2026-10-12",
        "ban_until": "2030-01-01", "outcome": "impose",
    })
    assert answer.status_code == 422
    text = seen(answer)
    assert "不能另行延长" in text
    assert "冀工信企业〔2026〕9 号" in answer.get_data(as_text=True)


def test_a_county_proposes_on_the_page_from_what_its_tier_may(pages, scene):
    case = scene.begin("clerk@county")
    [task] = living.open_tasks(case)
    pages.sign_in("clerk@county")
    page = pages.page(f"/tasks/{task.public_id}")
    offered = [option["value"] for option in page.select("select[name=sanction] option") if option.get("value")]
    assert offered == ["not_qualified", "dishonesty"]


def test_the_draft_of_a_circular_starts_with_the_periods(pages, scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    [task] = living.open_tasks(case)
    pages.sign_in("clerk@province")
    assert "第一季度情况报告（2026-03-16）" in pages.page(f"/tasks/{task.public_id}").select_one(
        "textarea[name=text]").get_text()


def test_a_stay_is_entered_with_its_document_and_lifted_on_the_page(pages, scene):
    case = scene.propose()
    scene.do(case, "clerk@province", OPINION, "proceed")
    pages.sign_in("clerk@province")
    wrong = pages.submit(f"{address(scene)}/stay", {"kind": "litigation", "document": "（2026）冀01行初15号",
                                                     "since": "2026-13-01"})
    assert wrong.status_code == 422
    assert "（2026）冀01行初15号" in wrong.get_data(as_text=True)

    done = pages.submit(f"{address(scene)}/stay", {
        "kind": "litigation", "document": "（2026）冀01行初15号", "since": "2026-10-12", "paper": (pdf(), "裁定书.pdf"),
    }, content_type="multipart/form-data")
    assert done.status_code == 303, seen(done)
    page = pages.page(address(scene))
    assert page.select_one("#stays-h ~ .list a[href*=documents]").get_text() == "（2026）冀01行初15号"
    assert len(pages.page("/sanctions?status=stayed").select("#work tbody tr")) == 1
    again = pages.submit(f"{address(scene)}/stay", {"kind": "litigation", "document": "x 号", "since": "2026-10-12"})
    assert again.status_code == 409

    assert pages.submit(f"{address(scene)}/lift", {"reason": "", "document": "判决书"}).status_code == 422
    assert pages.submit(f"{address(scene)}/lift", {"reason": "驳回", "document": "判决书"}).status_code == 303
    text = seen(pages.get(address(scene)))
    assert "判决书" in text
    assert "驳回" in text


@pytest.mark.parametrize("login", ["clerk@county", "lead@city"])
def test_others_are_shown_no_stay_to_enter(pages, scene, login):
    scene.propose()
    pages.sign_in(login)
    assert "登记停止执行" not in seen(pages.get(address(scene)))
    answer = pages.submit(f"{address(scene)}/stay", {"kind": "litigation", "document": "x", "since": "2026-10-12"})
    assert answer.status_code == 403


def test_the_holder_sees_its_case_with_the_evidence_and_can_not_take_it_back(pages, scene):
    case = scene.propose()
    pages.sign_in(scene.holder_login())
    text = seen(pages.get(f"/cases/{case}"))
    assert "2026 年第二季度情况报告 2026-06-15" in text
    assert "撤回" not in text
    assert pages.submit(f"/cases/{case}/withdraw", {"reason": "不同意"}).status_code == 403


def test_the_titles_page_says_each_fact_with_its_day_once_and_cites_what_is_to_come(pages, scene):
    scene.propose()
    pages.sign_in("clerk@province")
    rows = {row.select_one("td[data-label=事项]").get_text(" ", strip=True): row.select_one("td[data-label=条款]")
            for row in pages.page(f"/titles/{scene.title().public_id}").select("table.life-entries tbody tr")}
    said = next(words for words in rows if "拟处理" in words)
    assert "2026 年第二季度情况报告（2026-06-15）" in said
    cited = {words: cell.get_text(strip=True) for words, cell in rows.items()}
    assert (cited["开始期满评价"], cited["有效期届满"]) == ("HBI-12", "HBI-12")
    assert {clause for words, clause in cited.items() if words.startswith("开始报送")} == {"HBI-13.1"}
