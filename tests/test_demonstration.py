"""The demonstration as it is shipped: its story comes true on awkward days, and leaves something at each stage."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, or_, select

from app import clock, db, demo, invariants
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.appointments.models import CatalogueItem
from app.audit.models import AuditEntry
from app.batches.models import Batch
from app.cases.models import Case, Deadline, Task
from app.config import Config
from app.experts.models import Expert, ExpertReview, ExpertSeat
from app.notices.models import Notice
from app.people.models import Unit
from app.people.roles import ROLES
from app.programmes.reading import read_yaml
from app.publications.models import Publication, PublicationEntry
from app.titles.models import Title

STORY = read_yaml(demo.DATA.read_bytes())
PROVINCIAL = "hebei-institution"
AT_WORK = {
    "xingong": ["填报申请"],
    "jiheng": ["按县级意见补正"],
    "rongxin": ["按县级意见补正"],
    "jinding": ["县级初审"],
    "huinong": ["市级初审"],
    "yiyao": ["报送推荐汇总表"],
    "guojiao": ["报送推荐汇总表"],
    "gucheng": ["评审打分"] * 3,
    "zhongtai": ["省级审核"],
    "gutai": ["省级审核"],
    "yongxing": ["实地抽查"],
    "hanmu": ["列入公示"],
    "tiyu": ["核查异议"],
    "lianhang": [],
    "changshan": [],
}


@pytest.fixture(scope="module", params=["2026-10-08", "2026-12-05"], ids=["after a holiday", "calls close next year"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """The demonstration, loaded on a day."""
    folder = tmp_path_factory.mktemp("demonstration")
    config = Config(f"sqlite:///{folder / 'demo.sqlite3'}", folder, "k" * 48, demo=True)
    real = datetime.fromisoformat(f"{request.param} 09:45").replace(tzinfo=UTC)
    with pytest.MonkeyPatch.context() as patched, clock.held_at(real):
        patched.setattr(clock, "real", lambda: real)
        demo.load(config, lambda line: None)
        yield config
        db.current().close()


def unit_id(session, key: str) -> int:
    return session.scalars(select(Unit.id).where(Unit.name == STORY["units"][key]["name"])).one()


def application(session, key: str) -> Case:
    return session.scalars(
        select(Case).where(
            Case.applicant_id == unit_id(session, key), Case.about_id.is_(None), Case.title_id.is_(None)
        )
    ).one()


def test_an_application_to_the_province_stands_at_each_stage(loaded):
    found = {}
    with db.reading() as session:
        for key in AT_WORK:
            case = application(session, key)
            found[key] = list(session.scalars(
                select(Task.name).join(Case, Task.case_id == Case.id)
                .where(or_(Case.id == case.id, Case.about_id == case.id), Task.status == "open")
            ))
    assert found == AT_WORK


def test_the_calls_of_both_programmes_still_run(loaded):
    with db.reading() as session:
        last_days = dict(session.execute(select(Batch.programme, Batch.closes_on)).all())
    assert min(last_days.pop(key) for key in (PROVINCIAL, "baoding-platform")) > clock.today()
    assert set(last_days) == {"hebei-library", "hubei-selected", "national-platform"}
    assert max(last_days.values()) < clock.today(), "in the neighbours' calls the applications are under review"


def test_titles_stand_in_every_state_that_people_ask_about(loaded):
    with db.reading() as session:
        statuses = set(session.scalars(select(Title.status).distinct()))
        kinds = set(session.scalars(select(Case.diagram).distinct()))
        items = session.scalar(select(func.count()).select_from(CatalogueItem))
    assert {"active", "expired"} < statuses
    assert statuses & {"cancelled", "removed", "revoked"}, "somebody lost a title"
    assert {"report", "renewal", "appointment", "change_report", "inspection", "sanction", "circular"} <= kinds
    assert items


def test_one_correction_runs_and_the_other_waits_for_its_notice_to_be_read(loaded):
    with db.reading() as session:
        found = {
            key: session.scalars(
                select(Deadline.status).where(Deadline.case_id == application(session, key).id,
                                              Deadline.period == "county_correction")
            ).first()
            for key in ("jiheng", "rongxin")
        }
        letters = session.scalars(select(Notice.letter).where(Notice.to_unit_id == unit_id(session, "jiheng"))).all()
    assert found["jiheng"] == "awaiting"
    assert found["rongxin"] != "awaiting"
    assert list(letters) == ["correction_notice"]


def test_two_of_five_experts_have_scored_and_the_other_reviews_are_added_up(loaded):
    with db.reading() as session:
        seats = session.scalars(
            select(ExpertSeat.score).join(ExpertReview, ExpertSeat.review_id == ExpertReview.id)
            .where(ExpertReview.case_id == application(session, "gucheng").id)
        ).all()
        scores = set(session.scalars(select(ExpertReview.score)))
        register = session.scalar(select(func.count()).select_from(Expert))
    assert len(seats) == 5
    assert sorted(seats)[:3] == ["", "", ""]
    assert "" not in sorted(seats)[3:]
    assert scores == {"", "81.17"}
    assert register == 7


def test_the_latest_provincial_list_is_open_and_an_objection_holds_one_entry(loaded):
    with db.reading() as session:
        publication = session.scalars(
            select(Publication).where(Publication.programme == PROVINCIAL).order_by(Publication.id.desc()).limit(1)
        ).one()
        entries = dict(session.execute(
            select(PublicationEntry.name, PublicationEntry.status)
            .where(PublicationEntry.publication_id == publication.id)
        ).all())
        assert publication.status == "open"
    assert entries == {STORY["units"]["tiyu"]["name"]: "held", STORY["units"]["lianhang"]["name"]: "listed"}


def test_titles_are_granted_and_entered_and_a_direct_entry_awaits_its_confirmation(loaded):
    with db.reading() as session:
        bases = Counter(session.scalars(
            select(Title.basis).join(Case, Case.id == Title.case_id)
            .where(Title.programme == PROVINCIAL, Case.opened_at > clock.real() - timedelta(days=100))
        ))
        waiting = session.scalars(
            select(Case.diagram).join(Task, Task.case_id == Case.id)
            .where(Task.name == "复核名单", Task.status == "open")
        ).all()
    assert bases == {"granted": 1, "imported": 3}
    assert list(waiting) == ["direct_entry"]


def test_every_invariant_holds_of_what_the_story_leaves(loaded):
    with db.reading() as session:
        assert not invariants.check(session, loaded).breaches


def test_loading_again_adds_nothing(loaded):
    def entries() -> int | None:
        with db.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditEntry))

    before = entries()
    demo.load(loaded, lambda line: None)
    assert entries() == before


def test_an_account_is_listed_for_each_role_tier_and_city_and_all_exist(loaded):
    listed = {login for login, _password, _who in demo.accounts(loaded)}
    assert len(listed) == len(demo.accounts(loaded))
    places = Counter()
    held = set()
    for unit in STORY["units"].values():
        for person in unit["people"]:
            if person["login"] in listed:
                held.update(person["roles"])
                places[unit.get("tier", unit["kind"]), tuple(person["roles"]), unit["region"][:4]] += 1
    assert held == set(ROLES)
    assert set(places.values()) == {1}
    assert sum(places.values()) == len(listed)


def test_days_in_answers_count_from_today():
    today = datetime(2026, 12, 31, 23, 30, tzinfo=clock.SHANGHAI)
    assert demo.dated({"rows": [{"until": "T+1", "from": "T-365", "said": "T+1 后"}]}, today) == {
        "rows": [{"until": "2027-01-01", "from": "2025-12-31", "said": "T+1 后"}]
    }
    assert demo.dated("T+0", today - timedelta(hours=24)) == "2026-12-30"


def test_nobody_is_listed_where_nothing_was_loaded(tmp_path: Path):
    assert demo.accounts(Config("sqlite://", tmp_path, "k" * 48)) == []
