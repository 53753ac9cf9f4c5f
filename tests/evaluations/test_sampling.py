"""Each quarter so many percent of the reports that came in are drawn by a recorded seed, once, and checked."""

import hashlib
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.cases.models import Case
from app.documents import operations as documents
from app.documents.operations import Received
from app.errors import Invalid
from app.evaluations import inspecting, sampling
from app.evaluations.models import Inspection, Sample
from app.programmes import package
from app.sanctions.models import Sanction
from app.titles import changing, life
from app.titles.models import LifeDue, Title
from tests import living as lives
from tests.evaluations.conftest import filed
from tests.living import Living

SEED = "5f2c"
FOUND = "签到表只有八十家。"
PAPER = Received("签到表.pdf", "application/pdf", "0" * 64, 1234)
ITEMS = [{"item": "服务企业数", "reported": "120", "actual": "80", "voucher": "签到表"}]


@pytest.fixture
def scene(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """One holder, recognised on 20 November 2025; it is that day."""
    clock_at("2025-11-20 09:00")
    return lives.living(granted_on=date(2025, 11, 20))


def samples() -> list[Sample]:
    with db.reading() as session:
        return list(session.scalars(select(Sample).order_by(Sample.period)))


def waiting() -> list[tuple[str, str, str]]:
    with db.reading() as session:
        rows = session.scalars(select(LifeDue).where(LifeDue.kind == sampling.KIND).order_by(LifeDue.due_at))
        return [(row.subject, row.key, row.status) for row in rows]


@pytest.mark.parametrize(
    ("reports", "drawn"), [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (21, 3), (100, 10)]
)
def test_hbi_17_1_ten_percent_rounded_up_and_at_least_one(reports, drawn):
    assert len(sampling.draw(SEED, range(reports), 10, 1)) == drawn


@pytest.mark.parametrize("percent", [9, 10, 11])
def test_hbi_17_1_a_percent_more_or_less_draws_otherwise(percent):
    assert len(sampling.draw(SEED, range(100), percent, 1)) == percent


@pytest.mark.parametrize(("reports", "drawn"), [(0, 0), (2, 2), (3, 3), (30, 3), (31, 4)])
def test_at_least_so_many_and_never_more_than_there_are(reports, drawn):
    assert len(sampling.draw(SEED, range(reports), 10, 3)) == drawn


def test_the_same_seed_draws_the_same_whatever_order_the_reports_are_in():
    ids = list(range(1, 200))

    drawn = sampling.draw(SEED, ids, 10, 1)

    assert drawn == sampling.draw(SEED, reversed(ids), 10, 1)
    assert drawn == sampling.draw(SEED, [*ids, *ids], 10, 1)
    assert drawn != sampling.draw("5f2d", ids, 10, 1)


def test_a_draw_is_the_same_in_every_version_of_python():
    """The ids in the order of the SHA-256 of "seed:id": a stranger with any tool comes to this."""
    assert sampling.draw("0", range(1, 11), 30, 1) == sorted(
        range(1, 11), key=lambda one: hashlib.sha256(f"0:{one}".encode()).hexdigest()
    )[:3]


def test_every_report_is_as_likely_as_another():
    """Over a thousand seeds each of twenty reports is drawn about a hundred times; a fair draw stays within 5 sigma."""
    times = dict.fromkeys(range(20), 0)
    for seed in range(1_000):
        for one in sampling.draw(str(seed), times, 10, 1):
            times[one] += 1

    assert sum(times.values()) == 2_000
    assert all(50 < count < 150 for count in times.values())


def test_hbi_17_1_the_first_title_plans_the_draw_and_each_draw_the_next(scene, clock_at):
    assert waiting() == [("programme:hebei-institution", "2025Q4", "waiting")]

    lives.pass_time(clock_at, "2026-04-01 00:00")

    assert waiting() == [
        ("programme:hebei-institution", "2025Q4", "done"), ("programme:hebei-institution", "2026Q1", "done"),
        ("programme:hebei-institution", "2026Q2", "waiting"),
    ]


def test_hbi_17_1_it_is_drawn_on_the_first_working_day_after_the_quarter(scene, clock_at):
    """1 to 3 January 2026 are holidays and the 4th is worked."""
    lives.pass_time(clock_at, "2026-01-03 23:59:59")
    assert samples() == []

    lives.pass_time(clock_at, "2026-01-04 00:00")

    assert [(sample.period, sample.population) for sample in samples()] == [("2025Q4", [])]


def test_hbi_17_1_what_was_filed_in_the_first_and_in_the_last_second_of_the_quarter_is_drawn_from(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    inside = filed(scene, "2026-01-01 00:00:00", "2026-03-31 23:59:59")
    filed(scene, "2025-12-31 23:59:59", "2026-04-01 00:00:00")

    lives.pass_time(clock_at, "2026-04-01 00:00")

    assert samples()[-1].population == inside


def test_hbi_17_1_each_drawn_report_is_checked_in_a_case_of_its_own(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, *(["2026-03-15 10:00"] * 11))

    lives.pass_time(clock_at, "2026-04-01 09:00")

    sample = samples()[-1]
    assert (len(sample.population), len(sample.drawn), sample.percent, sample.at_least) == (11, 2, 10, 1)
    assert sampling.agrees(sample)
    with db.reading() as session:
        checks = session.scalars(select(Inspection).order_by(Inspection.id)).all()
        abouts = {session.get(Case, one.case_id).about_id for one in checks}
    assert sorted(one.checked_case_id for one in checks) == sorted(sample.drawn)
    assert abouts == set(sample.drawn)
    assert {one.sample_id for one in checks} == {sample.id}
    tasks = lives.open_tasks(name="核查报送数据")
    assert [task.unit_id for task in tasks] == [scene.world.unit("city").id] * 2


def test_hbi_17_1_of_ten_reports_one_is_drawn(scene, clock_at):
    """With eleven reports two are: so one percent more or less, and one report more at least, are noticed."""
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, *(["2026-03-15 10:00"] * 10))

    lives.pass_time(clock_at, "2026-04-01 09:00")

    assert len(samples()[-1].drawn) == 1


def test_a_draw_that_was_tampered_with_is_noticed(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, *(["2026-03-15 10:00"] * 11))
    lives.pass_time(clock_at, "2026-04-01 09:00")
    sample = samples()[-1]

    sample.drawn = [one for one in sample.population if one not in sample.drawn][:2]

    assert not sampling.agrees(sample)


def test_a_quarter_is_drawn_once_although_two_workers_come(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, *(["2026-03-15 10:00"] * 11))
    clock_at("2026-04-01 09:00")
    with db.reading() as session:
        due = [row.id for row in life.due(session, 10)]

    with db.transaction() as session:
        assert [life.carry_out(session, one) for one in due] == [True]
    with db.transaction() as session:
        assert [life.carry_out(session, one) for one in due] == [False]
    lives.pass_time(clock_at, "2026-04-01 10:00")

    assert [sample.period for sample in samples()] == ["2025Q4", "2026Q1"]
    assert len(lives.open_tasks(name="核查报送数据")) == 2


def test_reports_of_a_title_that_has_ended_are_not_drawn(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, "2026-03-15 10:00")
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(
            session, title, "withdrawn", case_id=title.case_id, clause="HBI-12", effective_on=date(2026, 3, 31)
        )

    lives.pass_time(clock_at, "2026-04-01 09:00")

    assert samples()[-1].population == []


def test_a_title_that_ends_between_the_draw_and_the_check_is_not_checked(scene, clock_at):
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, "2026-03-15 10:00")
    clock_at("2026-04-01 09:00")
    with db.transaction() as session:
        assert [life.carry_out(session, row.id) for row in life.due(session, 10)] == [True]
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(
            session, title, "withdrawn", case_id=title.case_id, clause="HBI-12", effective_on=date(2026, 4, 1)
        )

    lives.pass_time(clock_at, "2026-04-01 10:00")

    assert lives.open_tasks(name="核查报送数据") == []


def checked(scene: Living, clock_at: Callable[[str], None], outcome: str, *, evidence: bool = True) -> None:
    """The one report of the quarter is drawn and checked by the city."""
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, "2026-03-15 10:00")
    lives.pass_time(clock_at, "2026-04-01 09:00")
    task = lives.open_tasks(name="核查报送数据")[0]
    with db.transaction() as session:
        city = scene.who(session, "clerk@city")
        paper = documents.register(
            session, PAPER, unit_id=city.unit_id, person_id=city.person_id, case_id=task.case_id, task_id=task.id,
            field="evidence",
        ).public_id
    said = {"inspected_on": "2026-04-01", "inspector": "李明、赵敏", "items": ITEMS, "finding": FOUND}
    lives.complete(task, city, said | ({"evidence": [paper]} if evidence else {}), outcome)


def decided(scene: Living, outcome: str, **answers: str) -> None:
    with db.reading() as session:
        office = scene.who(session, "clerk@province")
    lives.complete(lives.open_tasks(name="研究处理")[0], office, {"reason": "与凭证相差四十家。", **answers}, outcome)


def inspection() -> Inspection:
    with db.reading() as session:
        return session.scalars(select(Inspection)).one()


def test_hbi_17_1_data_that_are_true_end_the_check(scene, clock_at):
    checked(scene, clock_at, "passed", evidence=False)

    found = inspection()
    assert (found.passed, found.inspected_on, found.finding) == (True, date(2026, 4, 1), FOUND)
    assert lives.open_tasks(name="研究处理") == []


def test_hbi_17_1_data_that_are_called_untrue_need_evidence(scene, clock_at):
    with pytest.raises(Invalid) as error:
        checked(scene, clock_at, "failed", evidence=False)

    assert list(error.value.fields) == ["evidence"]
    assert inspection().passed is None


def test_hbi_17_1_a_mistake_is_corrected_without_a_sanction(scene, clock_at):
    checked(scene, clock_at, "failed")
    with pytest.raises(Invalid):
        decided(scene, "correct")

    decided(scene, "correct", corrected="服务企业数由 120 更正为 80。")

    assert inspection().passed is False
    with db.reading() as session:
        assert session.scalars(select(Sanction)).all() == []
        assert session.get(Case, inspection().case_id).outcome == "已更正"


def test_hbi_15_false_data_may_be_proposed_for_a_sanction_with_their_evidence(scene, clock_at, monkeypatch):
    """Proposed only: it is heard and decided in its own case."""
    proposed = []

    def propose(session, title, **said):
        proposed.append((title.public_id, said))
        return object()

    monkeypatch.setattr(inspecting.proposing, "propose", propose)
    checked(scene, clock_at, "failed")

    decided(scene, "propose")

    (title, said), = proposed
    assert title == next(iter(scene.titles.values()))
    assert (said["key"], said["cause"]) == ("dishonesty", f"case:{inspection().case_id}")
    assert [one["on"] for one in said["evidence"]] == ["2026-04-01", "2026-03-15"]
    assert FOUND in said["evidence"][0]["what"]
    with db.reading() as session:
        assert session.scalars(select(Title.status)).all() == ["active"]


def test_hbi_17_1_the_percentage_is_the_programmes(database, clock_at):
    """Thirty percent of eleven is four; a release with another number draws another number."""
    clock_at("2025-11-20 09:00")
    files = package.read_folder(lives.PROCESSES / lives.PROVINCE)
    written = files["programme.yaml"].replace(b"    percent: 10\n", b"    percent: 30\n")
    assert written != files["programme.yaml"]
    scene = lives.living(granted_on=date(2025, 11, 20), files={**files, "programme.yaml": written})
    lives.pass_time(clock_at, "2026-03-31 09:00")
    filed(scene, *(["2026-03-15 10:00"] * 11))

    lives.pass_time(clock_at, "2026-04-01 09:00")

    assert len(samples()[-1].drawn) == 4


def test_the_page_says_what_was_drawn_from_what_and_draws_it_again(app, scene, clock_at):
    checked(scene, clock_at, "failed")
    sample = samples()[-1]
    browser, elsewhere = app.test_client(), app.test_client()
    browser.sign_in("clerk@city")
    elsewhere.sign_in("clerk@sibling_city")

    assert sample.period in browser.page("/samples").get_text()
    page = browser.page(f"/samples/{sample.public_id}").get_text()
    assert sample.seed in page
    assert FOUND in page
    assert "抽样可以复现" in browser.page(f"/samples/{sample.public_id}?again=1").get_text()
    other = elsewhere.page(f"/samples/{sample.public_id}").get_text()
    assert FOUND not in other
    assert "另有 1 件" in other
    with db.transaction() as session:
        session.get(Sample, sample.id).seed = "f" * 32
        session.get(Sample, sample.id).population = [*sample.population, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "抽样不能复现" in browser.page(f"/samples/{sample.public_id}?again=1").get_text()
