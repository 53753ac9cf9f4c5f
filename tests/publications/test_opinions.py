"""NAT-18.3: the recommender's opinion on a change is published for anybody to read and to object to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app import db
from app.cases.models import Case, Task
from app.documents import storage
from app.errors import Refused
from app.people.models import Person
from app.people.queries import identity_of_person
from app.publications import corrections
from app.publications.models import Publication, PublicationEntry
from tests import living
from tests.browsing import seen
from tests.processes import shortened

KEY = "national-platform"
STORY = shortened.story(KEY, "change")
pytestmark = pytest.mark.usefixtures("database")
TEXT = "平台重组，经审核不再符合条件。"


@pytest.fixture(autouse=True)
def files(tmp_path):
    storage.open_folder(tmp_path)


def told(until: str, tmp_path: Path) -> None:
    """The story up to (not with) the step that does so."""
    at = next(n for n, step in enumerate(STORY["steps"]) if until in str(step))
    shortened.tell(KEY, STORY, STORY["steps"][:at], tmp_path)


def who(name: str):
    with db.reading() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        return identity_of_person(session, person.id, unit_id=person.unit_id)


def last() -> Publication:
    with db.reading() as session:
        return session.scalars(select(Publication).order_by(Publication.id.desc()).limit(1)).one()


def open_steps(case_id: int) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Task.name).where(Task.case_id == case_id, Task.status == "open")))


def source() -> int:
    with db.reading() as session:
        return session.scalars(select(PublicationEntry.case_id).order_by(PublicationEntry.id.desc()).limit(1)).one()


def test_nat_18_3_anybody_reads_the_opinion_with_who_published_it_and_until_when(
    client, clock_at: Callable[[str], None], tmp_path
):
    told("NAT-12.2", tmp_path)
    clock_at("2025-10-15 09:00")

    assert "重大调整审核意见：天津和平企业服务有限公司" in seen(client.get("/publications"))
    words = seen(client.get(f"/publications/{last().public_id}"))
    for said in (TEXT, "天津和平企业服务有限公司", "天津市工业和信息化局", "2025-10-23"):
        assert said in words
    assert open_steps(source()) == []


def test_nat_18_3_where_an_objection_is_upheld_the_recommender_examines_again(
    clock_at: Callable[[str], None], tmp_path
):
    told("补充的人员没有劳动合同", tmp_path)
    clock_at("2025-10-16 10:00")
    case = source()
    [task] = living.open_tasks(name="核查异议")
    found = {"finding": "八人已经补足。", "clause": "NAT-12.2", "reply": "经核查，异议成立。"}
    living.complete(task, who("方舟"), found, "upheld")

    assert open_steps(case) == ["核实变化"]
    [task] = [one for one in living.open_tasks(name="核实变化") if one.case_id == case]
    with db.reading() as session:
        clerk = who("津门")
        verified = {**STORY["answers"]["verified"], "checked_on": "2025-10-16"}
        assert session.get_one(Case, case).status == "open"
    living.complete(task, clerk, verified, "qualified")
    [task] = [one for one in living.open_tasks(name="公示审核意见") if one.case_id == case]
    before = last().id
    living.complete(task, clerk, {"published_text": "重新审核，仍符合条件。"})
    assert last().id > before
    assert last().text == "重新审核，仍符合条件。"


def test_a_published_opinion_has_no_list_to_correct(clock_at: Callable[[str], None], tmp_path):
    told("NAT-12.2", tmp_path)
    clock_at("2025-10-15 09:00")

    with db.reading() as session:
        assert corrections.left_out(session, last(), who("津门")) == []
    wanted = corrections.Correction(
        title="更正", reason="写错了", changed={1: {"name": "甲"}}, removed=frozenset(), added=()
    )
    with pytest.raises(Refused, match="没有名单可以更正"), db.transaction() as session:
        corrections.correct(session, last().public_id, wanted, by=who("津门"))
