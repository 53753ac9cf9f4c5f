"""What the stories of the Hebei library can't say themselves: settings on both sides, tables, and each number."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock, db, stories
from app.cases.models import Answer, Case
from app.cases.monitoring import Place
from app.errors import Refused, Repeated
from app.lives import watching
from app.obligations.models import Duty
from app.people.models import Unit
from app.programmes import operations, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from app.renewals import applying
from app.titles import changing, expiry, standing
from app.titles.models import LifeDue, Title
from app.web import act_tables, errors
from tests import living, sample

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

LIBRARY = "hebei-library"
FOLDER = Path(__file__).parent.parent.parent / "processes" / LIBRARY
PROGRAMME = Programme(package.read_folder(FOLDER))
SETTINGS = read_yaml((FOLDER / "programme.yaml").read_bytes())
MISSES = """- {in_a_row: 2, sanction: reporting_circular, clause: HBL-10.2}
      - {in_a_row: 3, sanction: reporting_removal, clause: HBL-10.2}"""


def tell(name: str, folder: Path, *, files: Mapping[str, bytes] | None = None) -> stories.Telling:
    """Tell a story on the programme as it is shipped or as `files` have it."""
    with db.transaction() as session:
        programme = operations.deploy(
            session, files or package.read_folder(FOLDER), person_id=None, **sample.vocabulary()
        ).programme
    written = read_yaml((FOLDER / "examples" / f"{name}.yaml").read_bytes())
    telling = stories.Telling(written, files_dir=folder, programme=programme)
    telling.run()
    return telling


def written(old: str, new: str) -> dict[str, bytes]:
    """The programme's files with one passage of programme.yaml written otherwise."""
    files = package.read_folder(FOLDER)
    text = files["programme.yaml"].decode()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return {**files, "programme.yaml": text.replace(old, new).encode()}


def lasting(period: str, more: int) -> dict[str, bytes]:
    """The programme's files with one period so much longer or shorter."""
    amount = int(SETTINGS["periods"][period]["amount"])
    files = package.read_folder(FOLDER)
    text, changed = re.subn(
        rf"(\n  {period}:\n(?:    .*\n)*?    amount: ){amount}\n", rf"\g<1>{amount + more}\n",
        files["programme.yaml"].decode(),
    )
    assert changed == 1
    return {**files, "programme.yaml": text.encode()}


class TestNumbers:
    """A number of the programme that is written otherwise makes a story fail."""

    @pytest.mark.parametrize("more", [1, -1])
    @pytest.mark.parametrize(
        ("name", "period", "said"),
        [
            ("removal", "removal_ban", "不能定为更早的|却办成了"),
            ("removal", "statement", "期限“statement”的截止日：应为 2024-01-24"),
            ("evaluation", "removal_meeting", "期限“removal_meeting”的截止日：应为"),
            ("evaluation", "evaluation_checking", "期限“evaluation_checking”的截止日：应为"),
            ("evaluation", "grade_confirming", "期限“grade_confirming”的截止日：应为"),
            ("evaluation", "grade_appeal", "mulan|grade_appeal"),
            ("appointments", "appointment_urging", "期限“appointment_urging”的截止日：应为 2026-05-15"),
        ],
    )
    def test_an_amount_that_is_one_more_or_less_is_noticed(self, database, tmp_path, name, period, said, more):
        with pytest.raises(stories.StoryFails, match=said):
            tell(name, tmp_path, files=lasting(period, more))

    @pytest.mark.parametrize(
        ("name", "old", "new", "said"),
        [
            ("quarterly_reports", "in_a_row: 2, sanction", "in_a_row: 1, sanction", "对“liaohe”的处理"),
            ("quarterly_reports", MISSES, MISSES.replace("3", "2").replace("2, sanction: reporting_c", "1, sanction: "
             "reporting_c"), "对“liaohe”的处理"),
            ("quarterly_reports", "in_a_row: 3, sanction", "in_a_row: 4, sanction", "对“liaohe”的处理"),
            ("quarterly_reports", '"03-15", "06', '"03-16", "06', "2026-03-15 的报送"),
            ("quarterly_reports", '"06-15", "09', '"06-14", "09', "2026-06-15 的报送"),
            ("quarterly_reports", '"09-15", "12', '"09-16", "12', "2026-09-15 的报送"),
            ("quarterly_reports", '"12-15"]', '"12-14"]', "2025-12-15 的报送"),
            ("evaluation", "in_a_row: 1, effect", "in_a_row: 2, effect", "对“guangming”的处理"),
            ("first_batch", "channel: paper, copies: 3", "channel: paper, copies: 2", "却办成了"),
            ("first_batch", "channel: paper, copies: 3", "channel: paper, copies: 4", "不足 4 份"),
        ],
    )
    def test_how_many_and_when_is_noticed(self, database, tmp_path, name, old, new, said):
        with pytest.raises(stories.StoryFails, match=said):
            tell(name, tmp_path, files=written(old, new))

    def test_hbl_n1_the_day_for_paper_rolls_as_the_programme_says(self, database, tmp_path):
        """15 June 2025 is a Sunday: without the roll paper that came on the 16th is late."""
        old = "    amount: paper\n    unit: batch_date\n    starts: arrival\n    roll: next"
        with pytest.raises(stories.StoryFails, match="纸质材料截止日 2025-06-15"):
            tell("first_batch", tmp_path, files=written(old, old.replace("next", "none")))


@pytest.mark.parametrize(("granted", "periods"), [
    ("2025-11-15", ["2025-12-15"]), ("2025-11-16", ["2026-03-15"]),
])
def test_d23_the_first_report_is_the_one_due_thirty_days_after_the_entry(database, clock_at, granted, periods):
    clock_at(f"{granted} 09:00")
    living.living(granted_on=date.fromisoformat(granted), programme=LIBRARY)
    living.pass_time(clock_at, "2026-03-02 09:00")

    with db.reading() as session:
        assert sorted(session.scalars(select(Duty.period)))[:1] == periods


class TestEntriesWithoutAnEnd:
    """HBL-8.5: an entry has no period of validity, and nothing is given out for it."""

    def test_hbl_8_5_nothing_waits_for_the_end_of_an_entry(self, database, clock_at):
        clock_at("2025-10-10 09:00")
        land = living.living(granted_on=date(2025, 10, 10), programme=LIBRARY)

        with db.reading() as session:
            title = land.title(session)
            subject = f"title:{title.id}"
            waiting = set(session.scalars(select(LifeDue.kind).where(LifeDue.subject == subject)))
            long_after = standing.fold(
                changing.events_of(session, title.id), on=date(2099, 12, 31), valid_until=title.valid_until
            )
        assert title.valid_until is None
        assert not {kind for kind in waiting if kind == expiry.EXPIRE or kind.startswith("renewal")}
        assert long_after is not None
        assert (long_after.status, long_after.valid_until) == ("active", None)

    def test_hbl_8_5_no_certificate_and_no_document_is_written(self, database):
        assert (PROGRAMME.title.certificate, PROGRAMME.title.document_number) == (None, None)
        assert not [path for path in PROGRAMME.files if "certificate" in path or "recognition_document" in path]

    def test_hbl_8_5_who_is_in_the_library_does_not_apply_again(self, database, clock_at):
        clock_at("2026-02-10 09:00")
        land = living.living(granted_on=date(2025, 10, 10), programme=LIBRARY)

        with db.reading() as session, pytest.raises(Refused, match="不能重复申报") as refused:
            applying.see_that_no_title_stands(session, PROGRAMME, land.title(session).holder_id)
        assert refused.value.clause == "HBL-8.5"

    def test_hbl_17_the_rules_have_no_end(self, database):
        assert (SETTINGS["programme"]["status"], SETTINGS["programme"]["effective"]["until"]) == ("in_force", None)


def test_hbl_12_2_only_the_removals_at_once_bring_a_ban(database):
    """Changes, evaluations and reports that were missed name none: who is removed by them may apply at once."""
    rules = PROGRAMME.life.sanctions

    assert {key for key, rule in rules.items() if rule.ban} == {"dishonesty", "falsified", "exaggerated"}
    assert {rule.effect for rule in rules.values()} == {"circular", "remove"}
    assert {key for key, rule in rules.items() if rule.clause == "HBL-12.2"} == {
        "dishonesty", "falsified", "exaggerated"}


@pytest.mark.parametrize(("score", "grade"), [("60", "合格"), ("59.99", "不合格"), ("0", "不合格"), ("100", "合格")])
def test_hbl_12_1_from_sixty_points_on_an_entry_is_kept(database, score, grade):
    assert PROGRAMME.table("grade").grade({"score": Decimal(score)})["grade"] == grade


class TestCorrections:
    """HBL-O1, D20: filed once, corrected where the programme lets it be."""

    def test_hbl_o1_without_corrections_nobody_returns_an_application(self, database, tmp_path):
        files = written("  corrections: yes\n", "  corrections: no\n")

        assert list(Programme(files).outcomes("application", "county_review")) == ["pass", "refuse"]
        with pytest.raises(stories.StoryFails, match="请选择办理结果：初审通过、不予通过"):
            tell("objections", tmp_path, files=files)

    def test_hbl_o1_with_corrections_each_tier_may_return_it_once(self, database):
        for tier in ("county", "city"):
            assert "correct" in PROGRAMME.outcomes("application", f"{tier}_review")
            assert "correct" not in PROGRAMME.outcomes("application", f"{tier}_recheck")

    def test_hbl_o1_a_correction_is_the_same_application(self, database, tmp_path):
        telling = tell("objections", tmp_path)

        with db.reading() as session:
            cases = session.scalars(
                select(Case).where(Case.applicant_id == telling.units["guangming"], Case.diagram == "application")
            ).all()
            first, last = session.scalars(
                select(Answer).where(Answer.case_id == cases[0].id, Answer.form == "application").order_by(Answer.id)
            )
            before, after = first.values, last.values
        assert len(cases) == 1
        assert {key for key in {**before, **after} if before.get(key) != after.get(key)} == {"m9_cases"}

    def test_hbl_o1_a_deleted_draft_counts_where_the_programme_says_so(self, database, tmp_path):
        with pytest.raises(stories.StoryFails, match="只能申报一次.*HBL-O1"):
            tell("first_batch", tmp_path, files=written("  drafts_count: no ", "  drafts_count: yes "))

    def test_hbl_o1_a_second_application_is_answered_as_a_conflict(self, database):
        assert issubclass(Repeated, Refused)
        assert errors.ANSWERS[Repeated].status == 409


class TestForms:
    """HBL-F1 and HBL-F2: the fields and the columns of the annexes."""

    @pytest.mark.parametrize(("count", "warned"), [(400, False), (401, True)])
    def test_hbl_f1_more_than_four_hundred_characters_warn(self, database, count, warned):
        found = PROGRAMME.form("application").warnings({"activities": "字" * count})

        assert ("activities" in found) is warned

    def test_hbl_f2_the_summary_has_the_columns_of_annex_4_and_the_figures_of_the_application(
        self, database, tmp_path
    ):
        telling = tell("objections", tmp_path)

        with db.reading() as session:
            rows = session.execute(
                select(
                    Case.public_id.label("case_public_id"), Case.number, Case.title, Case.region_code,
                    Unit.name.label("applicant"),
                ).join(Unit, Case.applicant_id == Unit.id)
                .where(Case.applicant_id == telling.units["liaohe"], Case.diagram == "application")
            ).all()
            table = act_tables.shown(session, PROGRAMME, rows, element="summary", kind="summary")
        [(_case, row)] = table.rows
        assert [f"{column.heading}{f'（{column.unit}）' if column.unit else ''}" for column in table.columns] == [
            "序号", "单位名称", "机构类型", "成立时间", "上年度服务收入（万元）", "服务资产（万元）", "服务人员（人）",
            "主要服务方向", "联系人", "联系电话",
        ]
        assert table.seal
        assert [str(cell) for cell in row] == [
            "1", "平泉辽河源企业服务有限公司", "企业", "2020-05-12", "260", "120", "2", "数字化赋能、融资促进",
            "慕容晓", "13803110051",
        ]


def test_hbl_14_and_15_an_entry_is_a_preferred_supplier_and_its_support_is_noted(database):
    assert dict(PROGRAMME.title.privileges) == {"优先备选供应商": "HBL-14"}
    assert dict(PROGRAMME.title.notes) == {"support": "HBL-15"}


def test_hbl_16_the_city_sees_what_its_institutions_missed(database, clock_at, tmp_path):
    """After the story one of two has been removed. The other missed the reports of June and December; of the removed
    one June counts, its December lies more than a year back."""
    tell("quarterly_reports", tmp_path)
    clock_at("2026-12-16 09:00")

    with db.reading() as session:
        [county] = watching.by_region(session, Place("130800", "承德市", "city", "county"))
        [held] = session.scalars(select(Title).where(Title.status == "active"))
    assert held.holder_name == "平泉光明检测服务有限公司"
    assert (county.code, county.numbers["standing"], county.numbers["missed"]) == ("130881", 1, 3)
    assert clock.today() == date(2026, 12, 16)
