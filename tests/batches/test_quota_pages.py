"""Pages of quotas: figures are typed and changed, what is left is told where one recommends, the order is kept."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.batches.models import Batch, Quota, Recommendation
from app.cases.models import Case
from app.programmes import queries as programmes
from tests import sample
from tests.batches import limited
from tests.batches.limited import arrived, recommend
from tests.browsing import errors, seen, soup

TYPED = {
    "programme": sample.KEY, "name": "另一批", "opens_on": "2026-09-21", "closes_on": "2026-10-30",
    "on_county": "2026-11-30", "text": "", "quota_county": "3", "quota_direct": "",
}


@pytest.fixture(autouse=True)
def _monday(database, clock_at):
    clock_at("2026-09-21 09:00")


def rows(page, heading):
    section = page.find(id=heading).find_parent("section")
    return [{td["data-label"]: " ".join(td.get_text(" ").split()) for td in tr.select("td[data-label]")}
            for tr in section.select("tbody tr")]


def task_of(case):
    with db.reading() as session:
        return f"/tasks/{sample.open_task(session, case.id).public_id}"


def figures():
    with db.reading() as session:
        return dict(session.execute(select(Quota.group_key, Quota.number)).all())


# The authority.


def test_a_call_is_opened_with_figures_and_an_empty_one_is_no_limit(client):
    limited.call()
    client.sign_in("lead@city")
    asked = [field["name"] for field in client.page("/batches").select("input[name^=quota_]")]

    sent = client.submit("/batches", TYPED)

    assert asked == ["quota_direct", "quota_county"]
    assert sent.status_code == 303
    assert figures() == {"county": 3}


@pytest.mark.parametrize("typed", ["-1", "3.5", "三", "1000000", "999999"])
def test_what_is_no_figure_is_told_at_the_field(client, typed):
    limited.call()
    client.sign_in("lead@city")

    sent = client.submit("/batches", {**TYPED, "quota_county": typed})

    assert sent.status_code == 422
    assert "名额应为" in errors(sent)["quota_county"]
    assert soup(sent).select_one("input[name=quota_county]")["value"] == typed


def test_the_authority_sees_every_unit_also_those_that_have_recommended_nobody(client):
    found = limited.call({"county": 2})
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    recommend(found, first)
    recommend(found, arrived(found, "省属公司", provincial=True))
    recommend(found, second)
    client.sign_in("clerk@city")

    lines = rows(client.page(f"/batches/{found.public_id}"), "quotas")

    mine, other = found.world.unit("county").name, found.world.unit("sibling_county").name
    assert [line["推荐单位"] for line in lines] == [other, mine]
    assert lines[0] | {"推荐单位": ""} == {
        "推荐单位": "", "分组": "单列县", "名额": "不限", "已推荐": "0", "余": "—", "不占名额": "—", "排序": "—",
        "推荐的单位": "尚无",
    }
    assert (lines[1]["名额"], lines[1]["已推荐"], lines[1]["余"], lines[1]["不占名额"]) == ("2", "2", "0", "1")
    assert lines[1]["排序"] == "未排序"
    assert lines[1]["推荐的单位"] == "甲公司 省属公司 不占名额 乙公司"


def test_the_authority_changes_figures_with_a_reason(client):
    found = limited.call({"county": 2})
    client.sign_in("lead@city")
    where = f"/batches/{found.public_id}/quotas"

    without = client.submit(where, {"quota_county": "3", "quota_direct": "0", "quota_reason": ""})
    sent = client.submit(where, {"quota_county": "3", "quota_direct": "0", "quota_reason": "省厅增加"})

    assert errors(without) == {"quota_reason": "请写明变更名额的原因。"}
    assert soup(without).select_one("input[name=quota_direct]")["value"] == "0"
    assert sent.status_code == 303
    assert figures() == {"county": 3, "direct": 0}


def test_a_figure_below_what_is_recommended_is_refused_and_nothing_typed_is_lost(client):
    found = limited.call({"county": 2})
    recommend(found, arrived(found, "甲公司"))
    client.sign_in("lead@city")

    sent = client.submit(f"/batches/{found.public_id}/quotas",
                         {"quota_county": "0", "quota_direct": "", "quota_reason": "减少"})

    assert sent.status_code == 422
    assert "已推荐 1 家，县的名额不能改为 0 家，请写 1 或更多。（BDP-9）" in seen(sent)
    assert soup(sent).select_one("textarea[name=quota_reason]").get_text() == "减少"
    assert figures() == {"county": 2}


def test_a_call_without_quotas_shows_nothing_of_them(client):
    found = limited.call(quotas="")
    client.sign_in("lead@city")

    assert client.page("/batches").select("input[name^=quota_]") == []
    assert client.page(f"/batches/{found.public_id}").find(id="quotas") is None
    assert client.get(f"/batches/{found.public_id}/recommended").status_code == 404


# The recommending unit.


def test_what_is_left_is_told_at_the_task_in_the_inbox_and_among_the_calls(client):
    found = limited.call({"county": 3})
    for name in ("甲公司", "乙公司"):
        recommend(found, arrived(found, name))
    recommend(found, arrived(found, "省属公司", provincial=True))
    waits = arrived(found, "丙公司")
    client.sign_in("clerk@county")
    told = "名额 3，已推荐 2，余 1；另有不占名额的 1 家"

    assert told in seen(client.get(task_of(waits)))
    assert told in seen(client.get("/inbox"))
    assert "推荐的单位尚未排序" in seen(client.get("/inbox"))
    line = rows(client.page("/batches"), "recommended-in")[0]
    assert (line["批次"], line["推荐截止"], line["本单位"]) == ("2026 年度", "2026-11-30 24:00", told)


def test_a_task_says_that_no_place_is_left_and_that_an_exempt_one_needs_none(client):
    found = limited.call({"county": 0})
    plain, exempt = arrived(found, "甲公司"), arrived(found, "省属公司", provincial=True)
    client.sign_in("clerk@county")

    assert "名额已满，不能再推荐" in seen(client.get(task_of(plain)))
    page = seen(client.get(task_of(exempt)))
    assert "属于“省属单位”，不占名额" in page
    assert "名额已满" not in page


def test_tasks_of_others_say_nothing_of_the_figure(client):
    found = limited.call({"county": 1})
    case = arrived(found, "甲公司")
    recommend(found, case)
    client.sign_in("clerk@city")

    assert "余 0" not in seen(client.get(task_of(case)))
    assert "余 0" not in seen(client.get("/inbox"))


def test_the_inbox_is_silent_after_the_units_last_day_and_without_a_figure(client, clock_at):
    limited.call({"county": 1})
    client.sign_in("clerk@county")
    clock_at("2026-11-30 12:00")
    assert "名额 1，已推荐 0，余 1" in seen(client.get("/inbox"))

    clock_at("2026-12-01 12:00")

    assert "名额 1" not in seen(client.get("/inbox"))


def test_over_the_figure_the_page_says_why_and_keeps_what_was_typed(client):
    found = limited.call({"county": 1})
    recommend(found, arrived(found, "甲公司"))
    case = arrived(found, "乙公司")
    client.sign_in("clerk@county")

    sent = client.submit(task_of(case), {"opinion": "我写了很久的意见", "outcome": "recommend"})

    page = soup(sent)
    assert sent.status_code == 422
    assert "已推荐 1 家（甲公司），不能再推荐" in seen(sent)
    assert "（BDP-9）" in page.select_one("[role=alert]").get_text()
    assert page.select_one("input[name=opinion]")["value"] == "我写了很久的意见"
    assert page.select_one("input[name=outcome][checked]")["value"] == "recommend"


def test_a_unit_ranks_by_numbers_and_the_upper_tier_and_the_case_show_it(client):
    found = limited.call({"county": 2})
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    for case in (first, second):
        recommend(found, case)
    client.sign_in("lead@county")
    where = f"/batches/{found.public_id}"

    sent = client.submit(f"{where}/order", {f"rank_{first.public_id}": "2", f"rank_{second.public_id}": "1"})

    assert sent.status_code == 303
    page = client.page(f"{where}/recommended")
    assert [line["申报单位"] for line in rows(page, "own")] == ["乙公司", "甲公司"]
    client.sign_in("clerk@city")
    assert rows(client.page(where), "quotas")[1]["推荐的单位"] == "乙公司 甲公司"
    shown = seen(client.get(f"/cases/{first.public_id}"))
    assert f"{found.world.unit('county').name}，推荐排序第 2 位（共 2 家）" in shown
    assert "列为顺平县主管部门的推荐，计入名额（县 2 家）" in shown


@pytest.mark.parametrize(("typed", "said"), [
    (("1", "1"), "名次重复"), (("1", "3"), "请填写 1 到 2 的名次"), (("", "1"), "请填写 1 到 2 的名次"),
    (("0", "1"), "请填写 1 到 2 的名次"), (("x", "1"), "请填写 1 到 2 的名次"),
])
def test_places_that_are_no_order_are_told_at_the_field(client, typed, said):
    found = limited.call()
    several = [arrived(found, "甲公司"), arrived(found, "乙公司")]
    for case in several:
        recommend(found, case)
    client.sign_in("clerk@county")
    names = [f"rank_{case.public_id}" for case in several]

    sent = client.submit(f"/batches/{found.public_id}/order", dict(zip(names, typed, strict=True)))

    assert sent.status_code == 422
    assert any(said in message for message in errors(sent).values())
    with db.reading() as session:
        assert session.scalars(select(Recommendation.rank)).all() == [None, None]


def test_an_order_of_a_list_that_changed_meanwhile_is_told(client):
    found = limited.call()
    first, second = arrived(found, "甲公司"), arrived(found, "乙公司")
    recommend(found, first)
    client.sign_in("clerk@county")
    recommend(found, second)

    sent = client.submit(f"/batches/{found.public_id}/order", {f"rank_{first.public_id}": "1"})

    assert sent.status_code == 409
    assert "推荐的单位已有变化" in seen(sent)


def test_after_its_last_day_the_order_can_only_be_read(client, clock_at):
    found = limited.call()
    case = arrived(found, "甲公司")
    recommend(found, case)
    client.sign_in("clerk@county")
    clock_at("2026-12-01 09:00")
    client.sign_in("clerk@county")

    page = client.page(f"/batches/{found.public_id}/recommended")
    sent = client.submit(f"/batches/{found.public_id}/order", {f"rank_{case.public_id}": "1"})

    assert page.select("input[name^=rank_]") == []
    assert sent.status_code == 422
    assert "县级推荐截止日已过" in seen(sent)


# Who sees what.


@pytest.mark.parametrize(("login", "status"), [
    ("clerk@county", 200), ("lead@sibling_county", 200), ("clerk@city", 200), ("clerk@province", 200),
    ("clerk@ministry", 200), ("clerk@sibling_city", 404), ("clerk@association", 404), ("auditor@county", 403),
    ("applicant@institution", 403),
])
def test_the_list_is_for_the_units_that_recommend_and_the_offices_above_them(client, login, status):
    found = limited.call({"county": 2})
    recommend(found, arrived(found, "甲公司"))
    client.sign_in(login)

    shown = client.get(f"/batches/{found.public_id}/recommended")

    assert shown.status_code == status
    assert ("甲公司" in seen(shown)) == (status == 200 and "sibling" not in login)


def test_an_applicant_reads_nothing_of_the_order_on_its_case(client):
    found = limited.call({"county": 2})
    case = arrived(found, "甲公司")
    recommend(found, case)
    with db.reading() as session:
        login = session.scalars(
            select(limited.factories.Person.login)
            .where(limited.factories.Person.unit_id == session.get_one(Case, case.id).applicant_id)
        ).one()
    client.sign_in(login)

    page = seen(client.get(f"/cases/{case.public_id}"))

    assert "尚未排序" not in page
    assert "推荐排序" not in page


# Acts.


def test_an_act_shows_what_is_left_and_refuses_with_the_ticks_and_the_answers_kept(client):
    found = limited.call({"county": 1}, collective="summary")
    several = [arrived(found, "甲公司"), arrived(found, "乙公司")]
    client.sign_in("clerk@county")
    with db.reading() as session:
        release = session.scalars(select(Batch.release_id)).one()
        assert programmes.programme(session, release).batches.quotas is not None
        ticks = [f"{sample.open_task(session, case.id).public_id}:{session.get_one(Case, case.id).revision}"
                 for case in several]
    step = {"release": str(release), "diagram": "application", "element": "recommend"}
    assert "名额 1，已推荐 0，余 1" in seen(client.get("/acts/new", query_string=step))

    sent = client.submit("/acts/new", {**step, "task": ticks, "outcome": "recommend", "opinion": "同意推荐这些单位"})

    page = soup(sent)
    assert sent.status_code == 422
    assert "勾选了 2 家，超出 1 家：乙公司" in page.select_one("[role=alert]").get_text()
    assert len(page.select("input[name=task][checked]")) == 2
    assert "同意推荐这些单位" in str(page.select_one("[name=opinion]"))


def test_the_table_of_a_step_above_stands_in_the_units_order(client):
    found = limited.call()
    several = [arrived(found, name) for name in ("甲公司", "乙公司", "丙公司")]
    for case in several:
        recommend(found, case)
        sample.complete(case.id, by=found.who["clerk@city"], answers=sample.OPINION, outcome="pass")
    client.sign_in("clerk@county")
    places = zip(several, ("3", "1", "2"), strict=True)
    client.submit(f"/batches/{found.public_id}/order", {f"rank_{case.public_id}": place for case, place in places})
    client.sign_in("lead@city")
    with db.reading() as session:
        release = session.scalars(select(Batch.release_id)).one()
    step = {"release": str(release), "diagram": "application", "element": "list"}

    page = soup(client.get("/acts/new", query_string=step))
    book = load_workbook(io.BytesIO(client.get("/acts/table.xlsx", query_string=step).data))

    shown = [[tr.select_one(f"td[data-label={name}]").get_text() for name in ("序号", "推荐排序", "申报单位")]
             for tr in page.select("fieldset tbody tr")]
    assert shown == [["1", "1", "乙公司"], ["2", "2", "丙公司"], ["3", "3", "甲公司"]]
    assert [line[:3] for line in book.active.iter_rows(min_row=3, values_only=True)] == [
        (1, 1, "乙公司"), (2, 2, "丙公司"), (3, 3, "甲公司"),
    ]
