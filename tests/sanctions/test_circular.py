"""通报: drafted by a clerk, signed by a lead, recorded on the title, sent to the holder and its city."""

import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.documents import storage
from app.documents.models import Document
from app.errors import Invalid
from app.notices.models import Notice
from app.sanctions import queries
from app.titles import changing

DRAFT = {"text": "经核查，有关单位连续两期未按规定报送服务情况。"}
SIGNED = {"document_number": "冀工信企业〔2026〕7 号", "document_date": "2026-10-12"}


def text_of(letter):
    """The text of the latest letter of a key."""
    with db.reading() as session:
        document = session.scalars(
            select(Document).join(Notice, Notice.document_id == Document.id).where(Notice.letter == letter)
            .order_by(Notice.id.desc()).limit(1)
        ).one()
    with zipfile.ZipFile(storage.path_of(storage.folder(), document.sha256)) as packed:
        return packed.read("word/document.xml").decode()


def test_hbi_13_2_the_circular_is_recorded_and_sent_to_the_holder_and_its_city(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    assert scene.names(case) == ["起草通报"]
    scene.do(case, "clerk@province", DRAFT, "circulate")
    scene.do(case, "lead@province", SIGNED, "issue")

    title = scene.title()
    assert title.status == "active"
    with db.reading() as session:
        event = changing.events_of(session, title.id)[-1]
        assert (event.kind, event.clause, event.decision) == ("circulated", "HBI-13.2", SIGNED["document_number"])
        to = session.scalars(select(Notice.to_unit_id).where(Notice.letter == "circular").order_by(Notice.id)).all()
        assert to == [title.holder_id, scene.land.world.unit("city").id]
    assert scene.sanctions()[0].effective_on == date(2026, 10, 12)
    assert scene.sanctions()[0].status == "imposed"


def test_hbi_13_2_the_draft_names_the_periods_that_were_missed(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    with db.reading() as session:
        row = scene.sanctions()[0]
        programme = changing.programme_of(session, scene.land.title(session))
        drafted = queries.draft(session, row.case_id, programme)
    for missed in ("第一季度情况报告（2026-03-16）", "第三季度情况报告（2026-09-15）", "连续两期未按规定报送"):
        assert missed in drafted
    assert scene.names(case) == ["起草通报"]


def test_the_circular_is_printed_with_its_number_evidence_and_clause(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    scene.do(case, "clerk@province", DRAFT, "circulate")
    scene.do(case, "lead@province", SIGNED, "issue")
    text = text_of("circular")
    for said in (SIGNED["document_number"], DRAFT["text"], "2026年3月16日", "2026 年第二季度情况报告",
                 "第十三条", scene.title().number, "2026年10月12日"):
        assert said in text, said
    assert "{{" not in text


@pytest.mark.parametrize(("who", "steps"), [("clerk@province", 0), ("lead@province", 1)])
def test_a_circular_is_dropped_with_a_reason_by_either(scene, who, steps):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    if steps:
        scene.do(case, "clerk@province", DRAFT, "circulate")
    with pytest.raises(Invalid) as wrong:
        scene.do(case, who, {}, "drop")
    assert list(wrong.value.fields) == ["reason"]
    scene.do(case, who, {"reason": "已获准补报。"}, "drop")
    assert [(row.status, row.reason) for row in scene.sanctions()] == [("dropped", "已获准补报。")]
    with db.reading() as session:
        assert session.scalars(select(Notice)).all() == []


def test_a_circular_that_is_signed_needs_its_number_and_day(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    scene.do(case, "clerk@province", DRAFT, "circulate")
    with pytest.raises(Invalid) as wrong:
        scene.do(case, "lead@province", {}, "issue")
    assert set(wrong.value.fields) == {"document_number", "document_date"}


class TestLetters:
    def test_hbi_13_3_the_prior_notice_says_what_on_which_evidence_and_how_long_to_answer(self, scene):
        case = scene.propose()
        scene.do(case, "clerk@province", {"finding": "属实。"}, "proceed")
        text = text_of("prior_notice")
        for said in ("连续三期未按规定报送服务情况", "2026年9月15日", "撤销称号", "自决定之日起2年内不得再次申报",
                     "5个工作日", "第十三条", scene.title().number, "持证服务机构1"):
            assert said in text, said
        assert "{{" not in text

    def test_hbi_15_the_decision_says_until_when_the_ban_runs(self, scene):
        from tests.sanctions.test_deciding import PROPOSAL

        case = scene.begin("clerk@county")
        scene.do(case, "clerk@county", PROPOSAL, "propose")
        scene.do(case, "clerk@province", {"finding": "属实。"}, "proceed")
        assert "至少2年内不得再次申报" in text_of("prior_notice")
        scene.read_notice()
        scene.do(case, scene.holder(), {}, "waive")
        scene.decided(case, "2026-10-12", ban_until="2029-10-12")
        text = text_of("sanction_decision")
        for said in ("取消称号", "至2029年10月12日（含当日）不得再次申报", "2026年10月12日", "冀工信企业〔2026〕9 号",
                     PROPOSAL["ground"], "2026年9月28日"):
            assert said in text, said
        assert "{{" not in text

    def test_hbi_14_3_a_cancellation_without_ban_says_so(self, scene):
        case = scene.propose("not_qualified", "case:1")
        scene.to_decision(case)
        scene.decided(case, "2026-10-12")
        assert "本处理不设禁申期" in text_of("sanction_decision")
