"""What carries the clauses of the national platforms beyond their stories: forms, register, notes, trail, copies."""

import io
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.batches import operations as batches
from app.batches import recommending
from app.batches.models import Batch
from app.cases import by_hand
from app.cases.models import Case, Task
from app.cli_programme import programme as command
from app.documents import storage
from app.errors import Invalid, NotFound
from app.obligations.models import Duty
from app.people import queries as people
from app.people.models import Unit
from app.programmes import operations as deploying
from app.programmes import package
from app.programmes.programme import Programme
from app.programmes.queries import latest
from app.reminders import operations as reminders
from app.sanctions import recommenders
from app.sanctions.models import RecommenderHold
from app.titles import changing
from app.titles.models import TitleEvent
from app.vocabulary import known
from tests import factories, living
from tests.browsing import errors, seen
from tests.processes.test_national_criteria import APPLICATION, PROGRAMME

ROOT = Path(__file__).parents[2]
KEY = "national-platform"
REVIEW = {
    "methods": ["documents"], "reviewed_on": "2026-09-01", "reviewers": "评审专家组", "platform_kind": "comprehensive",
    "narrative_length": "within", "opinion": "符合各项条件。",
}
REPORT = {
    "policy_online": "1200", "policy_offline": "70", "consulting_offline": "30", "training_attendances": "200",
    "technology_offline": "0", "reporter": "甄真", "reporter_phone": "13803120001", "declared": True,
    "practice": "把政策服务送进园区，当场解答。",
    "activities": [{"activity": "政策宣讲", "held_on": "2026-06-16", "activity_channel": "activity", "firms": "40"}],
}


def refused(form: str, answers: dict[str, Any]) -> set[str]:
    """The fields at which a form refuses answers."""
    try:
        PROGRAMME.form(form).load(answers)
    except Invalid as wrong:
        return {path.split(".")[0] for path in wrong.fields}
    return set()


@pytest.fixture
def scene(app, clock_at: Callable[[str], None]) -> living.Living:
    """Two platforms of 12 June 2026 in Shunping county; it is 1 July 2026."""
    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-07-01 09:00")
    return living.living(count=2, granted_on=date(2026, 6, 12), programme=KEY)


def who(scene: living.Living, login: str):
    with db.reading() as session:
        return scene.who(session, login)


def first(scene: living.Living) -> str:
    return next(iter(scene.titles.values()))


def recommended_by_association(scene: living.Living) -> None:
    """The first platform is one that the association recommended."""
    with db.transaction() as session:
        case = session.get_one(Case, scene.title(session).case_id)
        case.recommender_id = scene.world.unit("association").id


def revoke(scene: living.Living) -> None:
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(session, title, "revoked", case_id=title.case_id, clause="NAT-22",
                        effective_on=date(2026, 7, 1), decision="工信部企业函〔2026〕90 号", reason="弄虚作假")


@pytest.mark.parametrize(("region", "office"), [("659001", "新疆生产建设兵团"), ("650102", "新疆维吾尔自治区")])
def test_nat_3_the_corps_recommends_in_its_cities_and_the_region_in_its_own(scene, region, office):
    with db.transaction() as session:
        offices = {
            name: factories.department(session, tier="province", region_code=code, name=name).id
            for name, code in (("新疆生产建设兵团", "660000"), ("新疆维吾尔自治区", "650000"))
        }
        for unit in offices.values():
            factories.person(session, session.get_one(Unit, unit), "clerk")
        programme = latest(session, KEY)
        tier = programme.tier_of("recommender")
        assert people.resolve_unit(session, tier=tier, region_code=region, role="clerk")[0] == offices[office]
        fitting = [
            name for name, unit in offices.items()
            if recommending.may_recommend_in(session, programme, session.get_one(Unit, unit), region)
        ]
    assert fitting == [office]


def test_nat_4_platforms_come_and_go_and_what_was_stays_on_the_register(client, scene):
    revoke(scene)

    words = seen(client.get("/titles?status=standing"))
    assert "持证服务机构2" in words
    assert "持证服务机构1" not in words
    assert "持证服务机构1" in seen(client.get("/titles?status=revoked"))
    with db.reading() as session:
        kinds = session.scalars(
            select(TitleEvent.kind).where(TitleEvent.title_id == scene.title(session).id).order_by(TitleEvent.id)
        ).all()
    assert kinds == ["granted", "revoked"]
    assert "2026-06-30 当日有效" in seen(client.get(f"/titles/{first(scene)}?on=2026-06-30"))
    assert "2026-07-01 当日无效" in seen(client.get(f"/titles/{first(scene)}?on=2026-07-01"))


def test_nat_8_the_applicant_ticks_its_strengths_from_a_list():
    assert "strengths" in refused("application", {key: one for key, one in APPLICATION.items() if key != "strengths"})
    assert "strengths" in refused("application", {**APPLICATION, "strengths": []})
    assert "strengths" in refused("application", {**APPLICATION, "strengths": ["cheap"]})
    assert "strengths" not in refused("application", APPLICATION)


def test_nat_8_the_review_says_whether_the_strengths_were_found():
    [field] = [one for one in PROGRAMME.form("ministry_review").asked if one.key == "conditions_met"]
    assert [one.label for one in field.options if one.value == "NAT-8"] == ["特色优势"]
    assert "conditions_met" not in refused("ministry_review", {**REVIEW, "conditions_met": ["NAT-8"]})
    assert "conditions_met" in refused("ministry_review", {**REVIEW, "conditions_met": ["NAT-99"]})


def test_nat_15_an_auditor_sees_everything_is_on_record_and_changes_nothing(client, scene):
    revoke(scene)
    client.sign_in("auditor@ministry")
    page = client.page(f"/titles/{first(scene)}")

    assert "弄虚作假" in page.get_text()
    assert page.select("main form[method=post]") == []
    typed = {"kind": "funds", "noted_on": "2026-06-20", "text": "专项资金"}
    assert client.submit(f"/titles/{first(scene)}/notes", typed).status_code == 403
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "read_title")).one()
    assert entry.person_name == scene.world.person("auditor@ministry").name


def test_nat_16_anybody_finds_a_platform_in_the_register_by_name_or_number(client, scene):
    with db.reading() as session:
        number = scene.title(session, "持证服务机构2").number

    for text in ("服务机构2", number):
        words = seen(client.get("/titles", query_string={"q": text}))
        assert ("持证服务机构2" in words, "持证服务机构1" in words) == (True, False)
    assert "持证服务机构1" not in seen(client.get("/titles?region=130100"))
    assert "持证服务机构1" in seen(client.get("/titles?region=130600"))


@pytest.mark.parametrize("login", ["clerk@county", "clerk@city", "clerk@province", "clerk@ministry"])
def test_nat_19_and_24_departments_of_every_tier_note_support_and_tasks(client, scene, login):
    client.sign_in(login)

    for kind, text in (("project", "承担一起益企任务"), ("funds", "专项资金 20 万元")):
        sent = client.submit(f"/titles/{first(scene)}/notes", {"kind": kind, "noted_on": "2026-06-20", "text": text})
        assert sent.status_code == 303
        assert text in seen(client.get(f"/titles/{first(scene)}"))
    client.sign_in("clerk@sibling_city")
    sent = client.submit(f"/titles/{first(scene)}/notes", {"kind": "funds", "noted_on": "2026-06-20", "text": "x"})
    assert sent.status_code == 404


def test_nat_25_the_ministry_alone_flags_an_outstanding_platform_and_the_register_shows_it(client, scene):
    typed = {"kind": "outstanding", "noted_on": "2026-07-01", "text": "服务成效突出，做法值得推广"}
    client.sign_in("clerk@province")
    assert client.submit(f"/titles/{first(scene)}/notes", typed).status_code == 403

    client.sign_in("clerk@ministry")
    assert client.submit(f"/titles/{first(scene)}/notes", typed).status_code == 303
    assert "已标为优秀" in errors(client.submit(f"/titles/{first(scene)}/notes", typed))["kind"]
    words = seen(client.get("/titles?outstanding=1"))
    assert ("持证服务机构1" in words, "持证服务机构2" in words) == (True, False)


def due_report(scene: living.Living, clock_at: Callable[[str], None], wall_time: str = "2026-08-05 09:00") -> Task:
    """The first platform's task of its report due on 10 August 2026, the first that it owes."""
    living.pass_time(clock_at, wall_time)
    with db.reading() as session:
        title = scene.title(session)
        case = session.scalars(
            select(Duty.case_id).where(Duty.title_id == title.id, Duty.period == "2026-08-10")
        ).one()
        return session.scalars(select(Task).where(Task.case_id == case, Task.status == "open")).one()


def test_nat_20_0_the_ministry_follows_reports_by_platform_and_month_and_keeps_good_practice(client, scene, clock_at):
    task = due_report(scene, clock_at)
    with db.reading() as session:
        holder = scene.holder(session)
    living.complete(task, holder, {**REPORT, "activities": [{**REPORT["activities"][0], "held_on": "2026-07-16"}]})
    [check] = [one for one in living.open_tasks() if one.case_id == task.case_id]
    living.complete(check, who(scene, "clerk@province"), {"opinion": "数据属实。"}, "accept")

    client.sign_in("clerk@ministry")
    book = load_workbook(io.BytesIO(client.get("/reports/export.xlsx").data))
    heads, *rows = list(book["报送情况"].iter_rows(values_only=True))
    places = [heads.index(name) for name in ("单位", "期次", "情况")]
    found = [tuple(row[place] for place in places) for row in rows]
    with db.reading() as session:
        number = session.get_one(Case, task.case_id).public_id
    assert sorted(found) == [("持证服务机构1", "2026-08-10", "已报"), ("持证服务机构2", "2026-08-10", "待报")]
    assert "把政策服务送进园区" in seen(client.get(f"/cases/{number}"))


def test_nat_20_3_a_recommending_department_urges_its_platforms_to_report_and_it_is_on_record(scene, clock_at):
    task = due_report(scene, clock_at)

    with db.transaction() as session:
        reminders.urge(session, task.public_id, by=scene.who(session, "clerk@province"), words="请在十日以前填报。")

    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "urge_task")).one()
    assert (entry.chain, entry.details["opinion"]) == (f"case:{task.case_id}", "请在十日以前填报。")


def test_nat_20_3_an_association_urges_the_platforms_that_it_recommended_and_no_others(scene, clock_at):
    recommended_by_association(scene)
    task = due_report(scene, clock_at)
    with db.reading() as session:
        other = session.scalars(
            select(Task).where(Task.case_id.in_(
                select(Duty.case_id).where(Duty.title_id == scene.title(session, "持证服务机构2").id)
            ), Task.status == "open")
        ).one()

    with db.transaction() as session:
        reminders.urge(session, task.public_id, by=scene.who(session, "clerk@association"), words="请在十日以前填报。")
    with pytest.raises(NotFound), db.transaction() as session:
        reminders.urge(session, other.public_id, by=scene.who(session, "clerk@association"), words="请填报。")


def hold(scene: living.Living, outcome: str, **decided: str) -> None:
    """The ministry decides about the association, which waives its statement."""
    clerk, lead = who(scene, "clerk@ministry"), who(scene, "lead@ministry")
    with db.transaction() as session:
        case = by_hand.begin(session, clerk, programme_key=KEY, diagram="recommender_hold").public_id
    name = scene.world.unit("association").name
    proposal = {"recommender": name, "ground": "对推荐的平台不检查", "known_on": "2026-07-01",
                "evidence": [{"what": "没有检查记录", "found_on": "2026-06-30"}]}
    living.complete(living.open_tasks(case)[0], clerk, proposal, "propose")
    living.complete(living.open_tasks(case)[0], lead, {"opinion": "请说明情况。"}, "hear")
    living.complete(living.open_tasks(case)[0], who(scene, "clerk@association"), {}, "waive")
    answers = {"reason": "事由属实。", "document_number": "工信部企业函〔2026〕99 号", "document_date": "2026-07-01"}
    living.complete(living.open_tasks(case)[0], lead, {**answers, **decided}, outcome)


def call(scene: living.Living, opens: date, closes: date) -> int:
    """A call that names the association."""
    with db.transaction() as session:
        return batches.open_batch(
            session, by=scene.who(session, "lead@ministry"), programme_key=KEY, name=f"{opens.year} 年度",
            opens_on=opens, closes_on=closes, dates={"recommender": date(opens.year, 12, 31)},
            entitled=[scene.world.unit("association").public_id],
        ).id


def offered(scene: living.Living, batch: int) -> list[str]:
    """The recommenders that a call offers an institution."""
    with db.reading() as session:
        by = scene.who(session, "applicant@institution")
        found = batches.recommenders(session, latest(session, KEY), by, session.get_one(Batch, batch))
        return [unit.name for unit in found]


def test_nat_20_3_a_suspended_unit_is_not_offered_to_its_last_day_and_is_again_the_day_after(scene, clock_at):
    hold(scene, "suspend", held_until="2027-06-30")
    with db.reading() as session:
        [row] = session.scalars(select(RecommenderHold)).all()
    assert (row.sanction_id, row.clause, row.effect) == (None, "NAT-20.3", "suspended")
    assert not recommenders.closes(row, 2026, date(2026, 6, 30))
    assert recommenders.closes(row, 2026, date(2026, 7, 1))

    clock_at("2027-06-30 09:00")
    batch = call(scene, date(2027, 6, 30), date(2027, 7, 31))
    assert offered(scene, batch) == []
    clock_at("2027-07-01 00:00")
    assert offered(scene, batch) == [scene.world.unit("association").name]


def test_nat_20_3_a_cancelled_unit_is_not_offered_years_later(scene, clock_at):
    hold(scene, "cancel")

    clock_at("2030-07-01 09:00")
    assert offered(scene, call(scene, date(2030, 7, 1), date(2030, 7, 31))) == []


def test_nat_20_3_a_proposal_that_is_dropped_leaves_the_unit_as_it_was(scene):
    hold(scene, "drop", document_number="", document_date="")

    assert offered(scene, call(scene, date(2026, 7, 1), date(2026, 7, 31))) == [scene.world.unit("association").name]


def test_nat_23_the_review_says_the_kind_and_the_register_finds_platforms_of_technology(client, scene):
    without = {key: one for key, one in REVIEW.items() if key != "platform_kind"}
    assert "platform_kind" in refused("ministry_review", without)
    assert "platform_kind" not in refused("ministry_review", REVIEW)
    clerk, lead = who(scene, "clerk@ministry"), who(scene, "lead@ministry")
    with db.transaction() as session:
        case = by_hand.begin(session, clerk, programme_key=KEY, diagram="titles_in_force").public_id
    common = {"document_number": "工信部企业函〔2024〕300 号", "granted_on": "2024-10-18", "valid_until": "2027-10-18",
              "region": "130636"}
    rows = [{**common, "name": "技术平台有限公司", "credit_code": "91130636MA0710001T", "number": "国平 1",
             "platform_kind": "technology"},
            {**common, "name": "综合平台有限公司", "credit_code": "91130628MA0710002B", "number": "国平 2",
             "platform_kind": "comprehensive"}]
    living.complete(living.open_tasks(case)[0], clerk, {"source": "历年认定文件", "titles": rows})
    living.complete(living.open_tasks(case)[0], lead, {"opinion": "已核对。"}, "confirm")

    words = seen(client.get("/titles", query_string={"class_platform_kind": "技术类"}))

    assert ("技术平台有限公司" in words, "综合平台有限公司" in words) == (True, False)


def test_nat_26_a_province_copies_the_programme_and_changes_names_and_numbers_alone(tmp_path):
    for tree in ("processes", "forms"):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("examples"))
    made = CliRunner().invoke(command, [
        "copy", str(tmp_path / "processes" / KEY), "trade-platform", "--name", "行业公共服务平台", "--code", "TRD",
        "--authority", "有关行业主管机关",
    ])
    assert made.exit_code == 0, made.output
    file = tmp_path / "processes" / "trade-platform" / "programme.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in (("    name: 公示期\n    amount: 7", "    name: 公示期\n    amount: 5"),
                     ("    name: 称号有效期\n    amount: 3", "    name: 称号有效期\n    amount: 2")):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")

    checked = CliRunner().invoke(command, ["check", str(file.parent)])

    assert "0 处错误" in checked.output
    copied = Programme(package.read_folder(file.parent))
    assert (copied.code, copied.title.name, copied.authority.name) == ("TRD", "行业公共服务平台", "有关行业主管机关")
    assert (copied.periods["publication"].period.amount, copied.periods["validity"].period.amount) == (5, 2)
    assert {kind.clause for kind in copied.settings.recommenders.kinds.values()} == {"TRD-3", "TRD-9"}


def test_nat_30_a_running_title_keeps_its_release_and_end_and_its_next_application_is_under_the_new(scene, clock_at):
    with db.reading() as session:
        title = scene.title(session)
    files = dict(package.read_folder(living.PROCESSES / KEY))
    settings = files["programme.yaml"].decode()
    old = "    name: 称号有效期\n    amount: 3"
    assert settings.count(old) == 1
    files["programme.yaml"] = settings.replace(old, "    name: 称号有效期\n    amount: 4").encode()
    with db.transaction() as session:
        newest = deploying.deploy(session, files, person_id=None, **known()).id

    living.pass_time(clock_at, "2029-06-01 09:00")
    with db.reading() as session:
        again = scene.title(session)
        assert (again.release_id, again.valid_until) == (title.release_id, date(2029, 6, 12))
        assert again.release_id != newest
        holder = scene.holder(session)
    with db.transaction() as session:
        batch = batches.open_batch(
            session, by=scene.who(session, "lead@ministry"), programme_key=KEY, name="2029 年度",
            opens_on=date(2029, 6, 1), closes_on=date(2029, 7, 31), dates={"recommender": date(2029, 8, 31)},
        )
        assert batches.apply(session, batch, by=holder, recommender="").release_id == newest
    living.pass_time(clock_at, "2029-06-13 00:01")
    with db.reading() as session:
        assert scene.title(session).status == "expired"


@pytest.mark.parametrize(("table", "fewer"), [("staff", 19), ("served", 99)])
def test_nat_f1_the_lists_have_at_least_their_rows(table, fewer):
    name = {"staff": "person", "served": "enterprise"}[table]
    rows = [{**APPLICATION[table][0], name: f"第{n}名"} for n in range(fewer + 1)]

    assert table in refused("application", {**APPLICATION, table: rows[:-1]})
    assert table not in refused("application", {**APPLICATION, table: rows})


@pytest.mark.parametrize("tick", ["declared", "one_recommender"])
def test_nat_f1_nothing_is_filed_without_the_declarations(tick):
    assert tick in refused("application", {**APPLICATION, tick: False})
    assert tick not in refused("application", APPLICATION)


@pytest.mark.parametrize(("functions", "shown"), [(["technology"], True), (["consulting", "training"], False)])
def test_nat_f1_the_list_of_equipment_is_for_technology_alone(functions, shown):
    hidden = PROGRAMME.form("application").hidden({**APPLICATION, "functions": functions})

    assert ("equipment" not in hidden) is shown


@pytest.mark.parametrize(("count", "warned"), [(4_999, True), (5_000, False), (10_000, False), (10_001, True)])
def test_nat_f3_a_narrative_out_of_the_range_warns_and_is_not_refused(count, warned):
    answers = {**APPLICATION, "narrative": "字" * count}

    assert ("narrative" in PROGRAMME.form("application").warnings(answers)) is warned
    assert "narrative" not in refused("application", answers)


def test_nat_f3_all_eight_heads_are_ticked_and_the_review_says_how_long_it_is():
    [heads] = [one for one in PROGRAMME.form("application").asked if one.key == "narrative_heads"]
    every = [one.value for one in heads.options]

    assert len(every) == 8
    assert "narrative_heads" in refused("application", {**APPLICATION, "narrative_heads": every[:-1]})
    assert "narrative_heads" not in refused("application", {**APPLICATION, "narrative_heads": every})
    without = {key: one for key, one in REVIEW.items() if key != "narrative_length"}
    assert "narrative_length" in refused("ministry_review", without)
    assert "narrative_length" not in refused("ministry_review", REVIEW)
