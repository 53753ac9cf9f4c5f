"""推荐的平台 and 服务情况分析: what a recommender of any kind, and the authority, read of their platforms."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.documents import storage
from app.errors import NotFound, Refused
from app.obligations import analysis, platforms
from app.obligations.models import Duty
from app.outbox.models import Letter
from app.people.models import Unit
from app.programmes import checks, package
from app.programmes import queries as programmes
from app.titles import changing, recommending
from app.vocabulary import known
from tests import living
from tests.browsing import seen

KEY = "national-platform"
FIRST, SECOND, THIRD = "持证服务机构1", "持证服务机构2", "持证服务机构3"


@pytest.fixture
def scene(app, clock_at: Callable[[str], None]) -> living.Living:
    """Three platforms of 12 June 2026 in Shunping county; the association recommended the first."""
    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-07-01 09:00")
    made = living.living(count=3, granted_on=date(2026, 6, 12), programme=KEY)
    with db.transaction() as session:
        case = session.get_one(Case, made.title(session, FIRST).case_id)
        case.recommender_id = made.world.unit("association").id
    return made


def shown(scene: living.Living, place: str) -> dict[str, platforms.Platform]:
    with db.reading() as session:
        unit = session.get_one(Unit, scene.world.unit(place).id)
        return {
            one.title.holder_name: one
            for programme in platforms.watched(session, unit) for one in platforms.platforms(session, programme, unit)
        }


def urge(scene: living.Living, name: str, login: str) -> None:
    with db.transaction() as session:
        platforms.urge(session, scene.titles[name], by=scene.who(session, login))


def report(scene: living.Living, name: str, period: str, **said: str) -> None:
    """File the report of a period and find it in order."""
    with db.reading() as session:
        duty = session.scalars(
            select(Duty).where(Duty.title_id == scene.title(session, name).id, Duty.period == period)
        ).one()
        [task] = living.open_tasks_in(session, duty.case_id)
        holder = scene.holder(session, name)
    answers = {
        "policy_online": "1200", "policy_offline": "70", "consulting_offline": "30", "training_attendances": "200",
        "technology_offline": "0", "reporter": "甄真", "reporter_phone": "13803120001", "declared": True, **said,
    }
    living.complete(task, holder, answers)
    with db.reading() as session:
        [check] = living.open_tasks_in(session, duty.case_id)
        unit = session.get_one(Unit, check.unit_id).kind
        clerk = scene.who(session, "clerk@association" if unit == "association" else "clerk@province")
    living.complete(check, clerk, {"opinion": "数据属实。"}, "accept")


def sums(scene: living.Living, place: str, by: str, **chosen) -> dict[str, list[Decimal]]:
    with db.reading() as session:
        programme = programmes.latest(session, KEY)
        [rule] = analysis.obligations(programme)
        found = analysis.analysis(
            session, programme, rule, session.get_one(Unit, scene.world.unit(place).id), by=by,
            **{"since": date(2026, 1, 1), "until": date(2026, 12, 31), **chosen},
        )
    return {line.name: list(line.sums) for line in (*found.lines, found.total)}


def test_nat_20_3_a_recommender_of_any_kind_sees_its_own_platforms_and_the_authority_all(scene):
    assert set(shown(scene, "association")) == {FIRST}
    assert set(shown(scene, "province")) == {SECOND, THIRD}
    assert set(shown(scene, "ministry")) == {FIRST, SECOND, THIRD}
    assert shown(scene, "city") == shown(scene, "county") == {}
    assert {one.recommender for one in shown(scene, "ministry").values()} == {"中小企业协会", "河北省主管部门"}


def test_nat_20_3_late_and_missing_months_are_listed_and_what_can_still_be_filed(scene, clock_at):
    living.pass_time(clock_at, "2026-08-11 09:00")
    found = shown(scene, "association")[FIRST]
    assert [one.period for one in found.missed] == ["2026-08-10"]
    assert [(one.period, one.late) for one in found.due] == [("2026-08-10", True)]

    report(scene, FIRST, "2026-08-10")
    found = shown(scene, "association")[FIRST]
    assert ([one.period for one in found.missed], [one.period for one in found.late]) == ([], ["2026-08-10"])
    assert found.due == []


def test_nat_20_3_a_holder_is_urged_once_a_day_on_record_and_by_mail(scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    urge(scene, FIRST, "clerk@association")

    with pytest.raises(Refused, match="今天已经督促过"):
        urge(scene, FIRST, "lead@association")
    with pytest.raises(Refused, match="今天已经督促过"):
        urge(scene, FIRST, "clerk@ministry")
    living.pass_time(clock_at, "2026-08-05 09:30")
    with db.reading() as session:
        entries = session.scalars(select(AuditEntry.verb).where(
            AuditEntry.verb.in_(("urge_platform", "urge_task"))).order_by(AuditEntry.verb)).all()
        mail = [body for body in session.scalars(select(Letter.body)) if "催办意见" in body]
    assert entries == ["urge_platform", "urge_task"]
    assert ["请尽快填报：服务中小企业情况月报 2026-08-10 期" in body for body in mail] == [True]
    living.pass_time(clock_at, "2026-08-06 00:00")
    urge(scene, FIRST, "lead@association")


def test_nat_20_3_nobody_urges_where_nothing_is_to_be_filed_nor_another_units_platform(scene, clock_at):
    with pytest.raises(Refused, match="没有可以填报的报送"):
        urge(scene, FIRST, "clerk@association")
    living.pass_time(clock_at, "2026-08-05 09:00")
    for login in ("clerk@association", "clerk@city"):
        with pytest.raises(NotFound):
            urge(scene, SECOND, login)
    with pytest.raises(NotFound):
        urge(scene, FIRST, "clerk@province")
    urge(scene, SECOND, "clerk@province")


def test_nat_20_3_the_page_lists_the_platforms_and_its_button_urges(client, scene, clock_at):
    living.pass_time(clock_at, "2026-08-11 09:00")
    client.sign_in("clerk@association")
    words = seen(client.get("/platforms"))
    assert (FIRST in words, SECOND in words, "2026-08-10" in words) == (True, False, True)

    sent = client.submit(f"/platforms/{scene.titles[FIRST]}/urge", {"programme": KEY})
    assert sent.status_code == 303
    assert "今天已督促" in seen(client.get("/platforms"))
    assert client.submit(f"/platforms/{scene.titles[SECOND]}/urge", {}).status_code == 404
    book = load_workbook(io.BytesIO(client.get("/platforms/export.xlsx?show=lags").data))
    assert [row[0] for row in book["平台"].iter_rows(min_row=2, values_only=True)] == [FIRST]
    client.sign_in("auditor@ministry")
    assert "督促</button>" not in client.get("/platforms").text
    client.sign_in("applicant@institution")
    assert client.get("/platforms").status_code == 403


def test_nat_20_0_the_figures_are_added_up_by_month_platform_recommender_and_function(scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    report(scene, FIRST, "2026-08-10")
    report(scene, SECOND, "2026-08-10", policy_online="300")
    living.pass_time(clock_at, "2026-09-08 09:00")
    report(scene, SECOND, "2026-09-10", policy_online="5")

    assert sums(scene, "ministry", "month") == {
        "2026-07": [1500, 140, 60, 400, 0], "2026-08": [5, 70, 30, 200, 0], "合计": [1505, 210, 90, 600, 0],
    }
    assert sums(scene, "ministry", "recommender", function="policy") == {
        "中小企业协会": [1200, 70], "河北省主管部门": [305, 140], "合计": [1505, 210],
    }
    assert sums(scene, "province", "platform", function="training")["合计"] == [400]
    assert sums(scene, "association", "month", function="training") == {"2026-07": [200], "合计": [200]}
    by_function = sums(scene, "ministry", "function", function="consulting")
    assert by_function["咨询服务：线下服务中小企业"] == [90]
    assert sums(scene, "city", "month") == {"合计": [0, 0, 0, 0, 0]}


def test_nat_20_0_only_reports_found_in_order_count_and_only_of_the_months_asked_for(scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    with db.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.title_id == scene.title(session).id)).one()
        [task] = living.open_tasks_in(session, duty.case_id)
    assert sums(scene, "ministry", "month")["合计"] == [0, 0, 0, 0, 0]
    report(scene, FIRST, "2026-08-10")

    assert task.case_id == duty.case_id
    assert sums(scene, "ministry", "month", until=date(2026, 7, 30))["合计"] == [0, 0, 0, 0, 0]
    assert sums(scene, "ministry", "month", since=date(2026, 7, 31), until=date(2026, 7, 31))["合计"][0] == 1200


def test_nat_20_0_a_report_counts_for_who_answered_on_its_last_day(scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    report(scene, FIRST, "2026-08-10")
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        recommending.hand_over(
            session, title, session.get_one(Unit, scene.world.unit("province").id), case_id=title.case_id,
            clause="NAT-20.3", decision="x", reason="", effective_on=date(2026, 8, 1), person_id=None,
            at=changing.clock.now(),
        )
    living.pass_time(clock_at, "2026-09-08 09:00")
    report(scene, FIRST, "2026-09-10")

    assert sums(scene, "province", "recommender", function="training") == {
        "中小企业协会": [200], "河北省主管部门": [200], "合计": [400],
    }
    assert sums(scene, "association", "month", function="training") == {"合计": [0]}


def test_nat_20_0_the_page_and_its_workbook_say_the_same(client, scene, clock_at):
    living.pass_time(clock_at, "2026-08-05 09:00")
    report(scene, FIRST, "2026-08-10")
    client.sign_in("lead@association")

    words = seen(client.get("/figures?by=platform&since=2026-07&until=2026-07"))
    assert f"{FIRST}（" in words
    assert "1,200" in words
    assert "没有核对通过的报送" in seen(client.get("/figures?since=2026-08&until=2026-08"))
    assert client.get("/figures?since=zzz").status_code == 422
    book = load_workbook(io.BytesIO(client.get("/figures/export.xlsx?since=2026-07&until=2026-07").data))
    assert book.sheetnames == ["按月份", "按平台", "按推荐单位", "按职能"]
    assert [row[0] for row in book["按推荐单位"].iter_rows(min_row=2, values_only=True)] == ["中小企业协会", "合计"]
    client.sign_in("applicant@institution")
    assert client.get("/figures").status_code == 403


@pytest.mark.parametrize(("fields", "said"), [
    ("[policy_online, nothing]", "没有字段“nothing”"), ("[reporter]", "不是可以相加的数字"),
    ("[policy_online, consulting_offline]", "列在几项职能中"),
])
def test_what_is_added_up_are_numbers_of_the_form_each_once(fields, said):
    files = package.read_folder(living.PROCESSES / KEY)
    text = files["programme.yaml"].decode()
    assert "fields: [policy_online, policy_offline]" in text
    text = text.replace("fields: [policy_online, policy_offline]", f"fields: {fields}")

    found = checks.check({**files, "programme.yaml": text.encode()}, **known())
    assert any(said in one.words and one.severity == "error" for one in found)
