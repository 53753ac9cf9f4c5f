"""暂停推荐: what a sanction does to who recommends: in calls, where recommenders are offered, when one recommends."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db, worker
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases import steps
from app.cases.models import Case
from app.documents import storage
from app.errors import Refused
from app.outbox.senders import NoSender
from app.programmes import package
from app.programmes import queries as programmes
from app.sanctions import deciding, recommenders, staying
from app.sanctions.models import RecommenderHold, Sanction
from app.titles import changing
from app.titles.models import Title
from tests import living
from tests.browsing import seen

KEY = "baoding-platform"
RULE = "on_recommender: {effect: suspended, of: place, until: next_year, also_associations: yes, clause: BDP-18.2}"
PERIOD = "  inspection:\n    name: 记录检查\n"
TWO_YEARS = """  held:
    name: 暂停推荐的期限
    amount: 2
    unit: years
    starts: document
    roll: none
    clause: BDP-18.2
"""


def land(rule: str = RULE) -> living.Living:
    """The programme with one title in Shunping county, whose sanction has another effect on who recommends."""
    files = package.read_folder(living.PROCESSES / KEY)
    text = files["programme.yaml"].decode()
    assert RULE in text
    assert PERIOD in text
    text = text.replace(RULE, rule).replace(PERIOD, TWO_YEARS + PERIOD if "held" in rule else PERIOD)
    return living.living(granted_on=date(2026, 1, 20), programme=KEY, files={**files, "programme.yaml": text.encode()})


def impose(at: living.Living, *, by_association: bool = False, day: str = "2026-03-30") -> str:
    """Revoke the title for falsification without a hearing; the public id of the sanction."""
    with db.transaction() as session:
        title = changing.locked(session, at.title(session).id)
        if by_association:
            session.get_one(Case, title.case_id).recommender_id = at.world.unit("association").id
        made = deciding.proposing.propose(
            session, title, key="falsification", cause="test", evidence=[{"what": "记录不符", "on": "", "case": ""}]
        )
        case = session.get_one(Case, made.case_id).public_id
        public_id = made.public_id
    [task] = living.open_tasks(case)
    clerk, lead = who(at, "clerk@city"), who(at, "lead@city")
    living.complete(task, clerk, {"finding": "属实。", "reason": "事实清楚，证据确凿。"}, "direct")
    [task] = living.open_tasks(case)
    decision = {"reason": "事实清楚。", "document_number": "保工信〔2026〕12 号", "document_date": day}
    living.complete(task, lead, decision, "impose")
    worker.run_until_idle(NoSender())
    return public_id


def who(at: living.Living, login: str):
    with db.reading() as session:
        return at.who(session, login)


def call(at: living.Living, year: int) -> int:
    with db.transaction() as session:
        return batches.open_batch(
            session, by=at.who(session, "lead@city"), programme_key=KEY, name=f"{year} 年度",
            opens_on=date(year, 4, 1), closes_on=date(year, 4, 28),
        ).id


def apply(at: living.Living, batch: int, login: str = "applicant@institution", recommender: str = "") -> int:
    with db.transaction() as session:
        return batches.apply(
            session, session.get_one(Batch, batch), by=at.who(session, login), recommender=recommender
        ).id


def recommend(case_id: int, outcome: str = "recommend") -> None:
    with db.reading() as session:
        case = steps.read(session, case_id)
        programme = programmes.programme(session, session.get_one(Case, case_id).release_id)
        recommenders.see_that_it_may_be_recommended(session, case, programme, "recommend", outcome)


def offered(at: living.Living, batch: int) -> list[str]:
    with db.reading() as session:
        programme = programmes.latest(session, KEY)
        by = at.who(session, "applicant@institution")
        return [unit.name for unit in batches.recommenders(session, programme, by, session.get_one(Batch, batch))]


@pytest.fixture
def at(database, clock_at, tmp_path):
    storage.open_folder(tmp_path)
    clock_at("2026-03-30 09:00")
    return land


def test_bdp_18_2_the_county_of_the_place_is_closed_in_the_next_year_alone(at, clock_at):
    scene = at()
    impose(scene)
    this_year = call(scene, 2026)
    clock_at("2026-04-02 09:00")
    recommend(apply(scene, this_year))  # a call of this year isn't the next year's

    clock_at("2027-04-02 09:00")
    next_year = call(scene, 2027)
    with pytest.raises(Refused, match="2027 年度暂停推荐") as refused:
        apply(scene, next_year)
    assert refused.value.clause == "BDP-18.2"
    assert offered(scene, next_year) == []  # nor does an association open a way around it
    apply(scene, next_year, "applicant@other_institution")

    clock_at("2028-04-03 09:00")
    last = call(scene, 2028)
    assert offered(scene, last) == ["中小企业协会"]
    recommend(apply(scene, last))


def test_bdp_18_2_where_the_setting_lets_them_associations_may_still_recommend(at, clock_at):
    scene = at(RULE.replace("also_associations: yes", "also_associations: no"))
    impose(scene)
    clock_at("2027-04-02 09:00")
    batch = call(scene, 2027)

    with pytest.raises(Refused, match="由其推荐的单位"):
        apply(scene, batch)
    assert offered(scene, batch) == ["中小企业协会"]
    apply(scene, batch, recommender=scene.world.unit("association").public_id)


def test_a_stay_holds_it_and_who_applied_meanwhile_is_not_recommended_once_it_is_lifted(at, clock_at):
    scene = at()
    sanction = impose(scene)
    clock_at("2027-04-02 09:00")
    batch = call(scene, 2027)
    with db.transaction() as session:
        staying.enter_stay(session, sanction, by=scene.who(session, "clerk@city"), kind="litigation",
                           document="（2027）冀06行初1号", since=date(2027, 4, 2))
    case = apply(scene, batch)
    recommend(case)

    clock_at("2027-04-10 09:00")
    with db.transaction() as session:
        staying.lift_stay(session, sanction, by=scene.who(session, "lead@city"), reason="判决驳回诉讼请求",
                          document="（2027）冀06行初1号判决书")
    with pytest.raises(Refused, match="BDP-18.2"):
        recommend(case)
    recommend(case, "decline")
    recommend(case, "correct")


def test_a_period_holds_the_recommender_itself_from_the_decision_to_its_last_day(at, clock_at):
    scene = at("on_recommender: {effect: suspended, until: held, also_associations: yes, clause: BDP-18.2}")
    impose(scene, by_association=True)
    batch = call(scene, 2028)

    with db.reading() as session:
        [row] = session.scalars(select(RecommenderHold)).all()
        assert (row.unit_id, row.region_code, row.others) == (scene.world.unit("association").id, "", False)
        assert (row.starts_on, row.ends_on, row.year) == (date(2026, 3, 30), date(2028, 3, 30), None)
        assert not recommenders.closes(row, 2026, date(2026, 3, 29))
        assert recommenders.closes(row, 2026, date(2026, 3, 30))
        assert recommenders.closes(row, 2028, date(2028, 3, 30))
        assert not recommenders.closes(row, 2028, date(2028, 3, 31))
    clock_at("2028-03-30 09:00")
    assert offered(scene, batch) == []
    clock_at("2028-04-03 09:00")
    assert offered(scene, batch) == ["中小企业协会"]
    recommend(apply(scene, batch))  # the county was never meant


def test_a_right_that_is_cancelled_has_no_end(at, clock_at):
    scene = at("on_recommender: {effect: cancelled, also_associations: yes, clause: BDP-18.2}")
    impose(scene)  # nobody chosen: the department of the place recommended
    clock_at("2040-04-03 09:00")
    batch = call(scene, 2040)

    with pytest.raises(Refused, match="取消推荐资格"):
        apply(scene, batch)
    with db.reading() as session:
        assert session.scalars(select(RecommenderHold.ends_on)).all() == [None]
        sanction = session.scalars(select(Sanction)).one()
        assert session.scalars(select(Title.status)).one() == "revoked"
        assert sanction.status == "imposed"


def test_the_pages_say_who_may_not_recommend_and_until_when(app, client, clock_at):
    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-03-30 09:00")
    scene = land()
    sanction = impose(scene)
    client.sign_in("clerk@county")
    assert "2027 年度暂停推荐（保工信〔2026〕12 号，BDP-18.2）" in seen(client.get(f"/sanctions/{sanction}"))

    clock_at("2027-04-02 09:00")
    batch = call(scene, 2027)
    with db.reading() as session:
        address = f"/batches/{session.get_one(Batch, batch).public_id}/apply"
    client.sign_in("applicant@institution")
    words = seen(client.get(address))
    assert "所在地暂不能推荐" in words
    assert "中小企业协会" not in words
    client.sign_in("applicant@other_institution")
    assert "所在地暂不能推荐" not in seen(client.get(address))
