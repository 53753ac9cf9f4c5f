"""The recognition document of a decision: its list, its numbers, and how it is filed with the cases."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock, db, letters
from app.cases.models import Act, ActRow, Case
from app.documents import storage
from app.documents.models import Document
from app.errors import Refused
from app.notices import operations, queries
from app.programmes import package
from app.programmes.models import Release
from tests import factories, living, sample
from tests.sample import decision


@pytest.fixture
def decided(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path):
    """An act over two applications, one carried out and one still waiting: (act's id, who confirmed it)."""
    clock_at("2026-10-12 09:00")
    storage.open_folder(tmp_path)
    letter = (living.PROCESSES / living.PROVINCE / "letters" / "recognition_document.docx").read_bytes()
    files = sample.files() | {"letters/recognition_document.docx": letter}
    with db.transaction() as session:
        world = factories.world(session)
        release = Release(
            programme=sample.KEY, number=1, name="示例", fingerprint=package.fingerprint(files),
            files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
        )
        session.add(release)
        session.flush()
        call = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        lead = world.identity(session, "lead@city")
        act = Act(
            public_id=db.public_id(), kind="decision", release_id=release.id, programme=sample.KEY,
            diagram="application", element="announce", title="关于认定服务机构的通知",
            answers=decision(date(2026, 10, 12)), person_id=lead.person_id, unit_id=lead.unit_id,
            confirmed_at=clock.now(),
        )
        session.add(act)
        session.flush()
        for login, status in (("applicant@institution", "done"), ("applicant@other_institution", "waiting")):
            case = sample.apply(session, call, by=world.identity(session, login))
            session.add(ActRow(act_id=act.id, case_id=case.id, task_id=sample.open_task(session, case.id).id,
                               revision=case.revision, status=status))
        session.flush()
    return act.id, lead


def settle(act_id: int, status: str) -> None:
    with db.transaction() as session:
        row = session.scalars(select(ActRow).where(ActRow.act_id == act_id, ActRow.status == "waiting")).one()
        row.status = status


def test_there_is_none_while_rows_are_carried_out(decided):
    with db.reading() as session, pytest.raises(Refused, match="还有 1 件正在办理"):
        operations.act_document(session, session.get_one(Act, decided[0]))


def test_it_lists_the_units_whose_rows_were_not_refused(decided):
    settle(decided[0], "refused")

    with db.reading() as session:
        blocks = letters.read(operations.act_document(session, session.get_one(Act, decided[0])))

    listed = next(block for block in blocks if isinstance(block, letters.Table))
    names = [row[1][0].text for row in listed.rows]
    said = [block.text for block in blocks if isinstance(block, letters.Paragraph)]
    assert names == ["单位名称", "顺平创业服务有限公司"]
    assert {"保工信〔2026〕8 号", "关于认定服务机构的通知", "2026年10月12日"} <= set(said)


def test_it_is_filed_once_with_each_case_and_stays_as_it_was(decided):
    act_id, lead = decided
    settle(act_id, "done")

    for _ in range(2):
        with db.transaction() as session:
            operations.file_act_document(session, session.get_one(Act, act_id), by=lead)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == session.scalar(
            select(func.count()).select_from(Case)) == 2
        paper, content = queries.act_paper(session, session.get_one(Act, act_id))
        assert content == operations.act_document(session, session.get_one(Act, act_id))
        assert paper.name == "关于认定服务机构的通知.docx"


def test_an_act_of_another_kind_has_none(decided):
    settle(decided[0], "done")
    with db.transaction() as session:
        session.get_one(Act, decided[0]).kind = "publication"

    with db.reading() as session, pytest.raises(Refused, match="没有认定文件"):
        operations.act_document(session, session.get_one(Act, decided[0]))
