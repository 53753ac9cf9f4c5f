"""A deployed programme is a release that never changes; the same files are the same release."""

import pytest
from sqlalchemy import func, select

from app import db
from app.audit.models import AuditEntry
from app.errors import NotFound
from app.programmes import operations, package, queries
from app.programmes.models import Release
from tests.programmes.package_files import KNOWN, LETTER, sample, with_file, with_text, without

RENAMED = ("    name: 公示期\n", "    name: 名单公示期\n")


def deploy(session, files=None, **more):
    return operations.deploy(session, files or sample(), person_id=None, **{**KNOWN, **more})


def test_the_first_release_is_number_one_and_keeps_every_byte(session):
    release = deploy(session)

    assert (release.programme, release.number, release.name) == (
        "baoding-platform", 1, "保定市中小企业公共服务示范平台"
    )
    assert release.fingerprint == package.fingerprint(sample())
    session.expire_all()
    assert queries.files(session.get_one(Release, release.id)) == sample()


def test_the_same_files_are_the_same_release(session):
    first = deploy(session)

    again = deploy(session, dict(reversed(sample().items())))

    assert again.id == first.id
    assert session.scalar(select(func.count()).select_from(Release)) == 1


def test_a_change_makes_a_release_of_its_own_and_the_older_one_stays(session):
    first = deploy(session)

    second = deploy(session, with_text("programme.yaml", *RENAMED))

    assert second.number == 2
    assert queries.programme(session, first.id).periods["publication"].name == "公示期"
    assert queries.latest(session, "baoding-platform").periods["publication"].name == "名单公示期"
    assert [(row.number, row.latest) for row in queries.releases(session)] == [(2, True), (1, False)]
    assert [programme.release_id for programme in queries.all_latest(session)] == [second.id]


def test_going_back_to_older_files_finds_their_release(session):
    first = deploy(session)
    deploy(session, with_text("programme.yaml", *RENAMED))

    assert deploy(session).id == first.id


def test_a_package_with_errors_is_not_deployed_and_says_everything(session):
    files = {**with_text("programme.yaml", "amount: 7", "amount: 0"), "application.bpmn": b"no diagram"}

    with pytest.raises(operations.NotDeployable) as caught:
        deploy(session, files)

    assert {"programme.yaml", "application.bpmn"} <= set(caught.value.fields)
    assert "periods.publication.amount" in caught.value.message
    assert session.scalar(select(func.count()).select_from(Release)) == 0


def test_a_warning_does_not_keep_a_package_from_being_deployed(session):
    assert deploy(session, with_text("programme.yaml", "first_day_counts: no", "first_day_counts: yes")).number == 1


def test_deploying_leaves_its_trace(session):
    release = deploy(session, person_name="秦岚", unit_name="市局")

    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "deploy_programme")).one()
    assert (entry.chain, entry.person_name, entry.unit_name) == ("system", "秦岚", "市局")
    assert entry.details["fingerprint"] == release.fingerprint


def test_finding_the_release_again_leaves_no_trace(session):
    deploy(session)
    deploy(session)

    assert session.scalar(select(func.count()).where(AuditEntry.verb == "deploy_programme")) == 1


def test_a_programme_is_read_once_a_process(database):
    with db.transaction() as session:
        release_id = deploy(session).id

    with db.reading() as session:
        first = queries.programme(session, release_id)
    with db.reading() as session:
        assert queries.programme(session, release_id) is first


def test_a_release_that_is_rolled_back_is_not_remembered(database):
    with db.transaction() as session:
        lost = deploy(session, with_text("programme.yaml", *RENAMED)).id
        queries.programme(session, lost)
        session.rollback()

    with db.transaction() as session:
        kept = deploy(session).id
    with db.reading() as session:
        assert queries.programme(session, kept).periods["publication"].name == "公示期"


def test_only_the_programmes_asked_for_last_are_kept(database, monkeypatch):
    monkeypatch.setattr(queries, "KEPT", 1)
    with db.transaction() as session:
        ids = [deploy(session).id, deploy(session, with_text("programme.yaml", *RENAMED)).id]

    with db.reading() as session:
        first = queries.programme(session, ids[0])
        queries.programme(session, ids[1])
        assert queries.programme(session, ids[0]) is not first


def test_what_was_never_deployed_is_not_found(session):
    with pytest.raises(NotFound):
        queries.programme(session, 999)
    with pytest.raises(NotFound):
        queries.latest(session, "nothing")
    assert queries.releases(session) == []
    assert queries.all_latest(session) == []


def test_binary_files_survive(session):
    letter = LETTER

    release = deploy(session, with_file("letters/certificate.docx", letter))

    session.expire_all()
    assert queries.programme(session, release.id).files["letters/certificate.docx"] == letter


def test_a_missing_file_is_not_filled_up_from_another_release(session):
    deploy(session)

    with pytest.raises(operations.NotDeployable):
        deploy(session, without("forms/city_review.json"))
