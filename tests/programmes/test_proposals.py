"""A proposal is checked and tried, deployed by a second person alone, and only on the latest release."""

import io
import stat
import zipfile

import pytest
from sqlalchemy import func, select

from app import db
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.programmes import operations, package, proposals, queries, uploading
from app.programmes.models import Release, Trial
from tests import factories
from tests.programmes.package_files import KNOWN, sample, with_text

CHANGED = {"programme.yaml": with_text("programme.yaml", "name: 公示期\n", "name: 名单公示期\n")["programme.yaml"]}
BROKEN = {"programme.yaml": with_text("programme.yaml", "amount: 7", "amount: 0")["programme.yaml"]}
STORIES = len(package.of_kind(sample(), "example"))


@pytest.fixture
def people(session):
    world = factories.world(session)
    second = factories.person(session, world.unit("city"), "designer", login="second@city")
    operations.deploy(session, sample(), person_id=None, **KNOWN)
    return {**{login: world.identity(session, login) for login in world.people},
            "second@city": factories.identity(session, second)}


def propose(session, by, changed=CHANGED, removed=()):
    base = proposals.see_that_it_may_be_changed(session, by, "baoding-platform")
    made = proposals.put_together(base, changed, removed, known=KNOWN)
    return proposals.propose(session, made, by=by, note="按会议意见调整。")


def come_true(session, proposal, *, failing=""):
    """Let every story end, as the edge writes it down."""
    while trial := proposals.next_trial(session, proposal.id):
        passed = trial.path != failing
        proposals.end_trial(session, trial.id, passed=passed, said="" if passed else "第 2 步：不对")


def test_a_proposal_keeps_all_files_of_its_base_but_the_changed_ones(session, people):
    made = propose(session, people["designer@city"], removed=["examples/refusals.yaml"])

    files = package.unpack(made.files)
    assert files["programme.yaml"] == CHANGED["programme.yaml"]
    assert set(sample()) - set(files) == {"examples/refusals.yaml"}
    assert session.scalar(select(func.count()).select_from(Trial)) == STORIES - 1
    assert session.scalar(select(func.count()).where(AuditEntry.verb == "propose_programme")) == 1


def test_the_second_person_deploys_in_one_transaction_with_the_trail(session, people):
    made = propose(session, people["designer@city"])
    come_true(session, made)

    release = proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)

    assert (release.number, made.status, made.release_id) == (2, "deployed", release.id)
    assert queries.latest(session, "baoding-platform").periods["publication"].name == "名单公示期"
    verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.seq)).all()
    assert verbs[-2:] == ["deploy_programme", "deploy_proposal"]


def test_the_lead_of_the_authority_may_be_the_second_person(session, people):
    made = propose(session, people["designer@city"])
    come_true(session, made)

    assert proposals.deploy(session, made.public_id, by=people["lead@city"], known=KNOWN).number == 2


@pytest.mark.parametrize("login", ["designer@city", "clerk@city", "lead@province"])
def test_neither_the_uploader_nor_another_role_deploys(session, people, login):
    made = propose(session, people["designer@city"])
    come_true(session, made)

    with pytest.raises(NotAllowed):
        proposals.deploy(session, made.public_id, by=people[login], known=KNOWN)
    assert session.scalar(select(func.count()).select_from(Release)) == 1


@pytest.mark.parametrize("login", ["designer@county", "lead@sibling_city", "designer@sibling_city"])
def test_departments_that_do_not_answer_for_a_programme_find_no_proposal(session, people, login):
    made = propose(session, people["designer@city"])

    with pytest.raises(NotFound):
        proposals.shown(session, people[login], made.public_id)
    assert proposals.listed(session, people[login]) == []


@pytest.mark.parametrize("login", ["designer@county", "designer@sibling_city", "lead@city"])
def test_only_designers_of_the_authority_or_over_it_propose(session, people, login):
    with pytest.raises((NotFound, NotAllowed)):
        propose(session, people[login])


def test_the_province_may_propose_for_a_city_of_its_own(session, people):
    assert propose(session, people["designer@province"]).status == "open"


def test_errors_keep_it_from_being_deployed_and_no_story_is_told(session, people):
    made = propose(session, people["designer@city"], BROKEN)

    assert proposals.next_trial(session, made.id) is None
    with pytest.raises(Refused, match="检查发现错误"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)


def test_stories_that_wait_or_fail_keep_it_from_being_deployed(session, people):
    made = propose(session, people["designer@city"])
    with pytest.raises(Refused, match="还没有全部试办完"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)

    come_true(session, made, failing="examples/refusals.yaml")
    with pytest.raises(Refused, match="没有通过"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)

    proposals.retry_trials(session, made.public_id, by=people["designer@city"])
    session.expire_all()
    come_true(session, made)
    assert proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN).number == 2


def test_a_package_without_a_story_is_not_deployed(session, people):
    made = propose(session, people["designer@city"], removed=list(package.of_kind(sample(), "example")))

    with pytest.raises(Refused, match="至少一个故事"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)


def test_a_proposal_whose_base_was_overtaken_is_refused_and_says_what_to_do(session, people):
    made = propose(session, people["designer@city"])
    come_true(session, made)
    operations.deploy(session, with_text("programme.yaml", "amount: 7", "amount: 8"), person_id=None, **KNOWN)

    with pytest.raises(Refused, match="第 2 版.*并入后重新上传"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)
    assert "第 2 版" in proposals.shown(session, people["second@city"], made.public_id).stale


def test_of_two_proposals_on_one_base_only_the_first_is_deployed(session, people):
    one = propose(session, people["designer@city"])
    other = propose(session, people["designer@city"], removed=["examples/refusals.yaml"])
    come_true(session, one)
    come_true(session, other)

    proposals.deploy(session, one.public_id, by=people["second@city"], known=KNOWN)

    with pytest.raises(Refused, match="现行版本已是第 2 版"):
        proposals.deploy(session, other.public_id, by=people["second@city"], known=KNOWN)


def test_what_was_withdrawn_or_deployed_is_over(session, people):
    made = propose(session, people["designer@city"])
    proposals.withdraw(session, made.public_id, by=people["designer@city"])

    with pytest.raises(Gone, match="已经撤回"):
        proposals.deploy(session, made.public_id, by=people["second@city"], known=KNOWN)
    with pytest.raises(Gone):
        proposals.withdraw(session, made.public_id, by=people["designer@city"])


def test_a_change_that_changes_nothing_or_makes_another_programme_is_refused(session, people):
    by = people["designer@city"]
    with pytest.raises(Invalid, match="有误") as caught:
        propose(session, by, {"programme.yaml": sample()["programme.yaml"]})
    assert "没有改动" in caught.value.fields["files"][0]

    other = with_text("programme.yaml", "key: baoding-platform", "key: another-platform")["programme.yaml"]
    with pytest.raises(Invalid) as caught:
        propose(session, by, {"programme.yaml": other})
    assert "another-platform" in caught.value.fields["files"][0]


def test_files_that_were_deployed_before_cannot_come_again(session, people):
    operations.deploy(session, {**sample(), **CHANGED}, person_id=None, **KNOWN)

    with pytest.raises(Refused, match="第 1 版完全相同"):
        propose(session, people["designer@city"], {"programme.yaml": sample()["programme.yaml"]})


def test_two_tellers_never_take_the_same_story(database, people, session):
    session.commit()
    with db.transaction() as tx:
        made = propose(tx, people["designer@city"])
    taken = []
    for _ in range(2):
        with db.transaction() as tx:
            taken.append(proposals.next_trial(tx, made.id).path)

    assert len(set(taken)) == 2


# What is uploaded.


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("application.bpmn", "application.bpmn"), ("city_review.json", "forms/city_review.json"),
        ("thanks.docx", "letters/thanks.docx"), ("year_end.yaml", "examples/year_end.yaml"),
        ("processes/some-key/programme.yaml", "programme.yaml"), ("forms/some-key/review.json", "forms/review.json"),
        ("x/letters/thanks.docx", "letters/thanks.docx"), ("x/examples/one.yaml", "examples/one.yaml"),
    ],
)
def test_an_uploaded_file_finds_its_place(name, path):
    assert uploading.take([(name, b"x")]) == {path: b"x"}
    assert uploading.take([("all.zip", zipped(**{name: b"x"}))]) == {path: b"x"}


@pytest.mark.parametrize(
    "name",
    ["../programme.yaml", "a/../../programme.yaml", "/programme.yaml", "a\\programme.yaml", "C:programme.yaml",
     "a//programme.yaml", "./programme.yaml", "a\x00.bpmn", "run.py", "Makefile", "big letters.BPMN",
     "forms/a.docx.exe"],
)
def test_a_name_that_leads_elsewhere_or_is_no_part_of_a_package_is_refused(name):
    with pytest.raises(Invalid):
        uploading.take([(name, b"x")])
    with pytest.raises(Invalid):
        uploading.placed(name)


def test_what_systems_put_into_a_zip_is_passed_over():
    data = zipped(**{"__MACOSX/._a": b"x", ".DS_Store": b"x", "application.bpmn": b"y"})

    assert uploading.take([("a.zip", data)]) == {"application.bpmn": b"y"}


def test_a_bomb_is_stopped_while_it_unfolds():
    with pytest.raises(Invalid, match="太大"):
        uploading.take([("a.zip", zipped(**{"application.bpmn": bytes(package.MAX_FILE_BYTES + 1)}))])
    many = {f"d{n}.bpmn": bytes(package.MAX_FILE_BYTES) for n in range(9)}
    with pytest.raises(Invalid, match="太大"):
        uploading.take([("a.zip", zipped(**many))])
    with pytest.raises(Invalid, match="超过"):
        uploading.take([("a.zip", zipped(**{f"d{n}.bpmn": b"" for n in range(700)}))])


def test_links_and_damaged_or_doubled_files_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("application.bpmn")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Invalid, match="链接"):
        uploading.take([("a.zip", out.getvalue())])
    with pytest.raises(Invalid, match="无法读取"):
        uploading.take([("a.zip", b"PK\x03\x04 no zip")])
    with pytest.raises(Invalid, match="两次"):
        uploading.take([("application.bpmn", b"x"), ("x/application.bpmn", b"y")])
    with pytest.raises(Invalid, match="没有选择"):
        uploading.take([])
