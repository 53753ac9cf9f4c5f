"""Who may read a file, what its row and trail say, and how it is handed out."""

import io
from types import SimpleNamespace

import pytest

from app import clock, db
from app.audit import queries as audit
from app.cases.models import Case, Task
from app.documents import operations, queries, storage
from app.documents.models import Document
from app.errors import Invalid, NotFound
from app.people.models import Region
from app.programmes.models import Release
from tests import factories
from tests.documents import files


@pytest.fixture
def scene(database, tmp_path):
    """The small world with a case of the institution, its task, and a file uploaded for it."""
    with db.transaction() as session:
        world = factories.world(session)
        case = _case(session, world)
        task = _task(session, case, world.unit("institution"), "applicant")
        document = upload(session, world, tmp_path, case_id=case.id, task_id=task.id)
    return SimpleNamespace(world=world, case=case, task=task, document=document, files_dir=tmp_path)


def upload(session, world, files_dir, *, login="applicant@institution", content=None, name="营业执照.pdf", **links):
    person = world.person(login)
    links = {"case_id": None, "task_id": None, "field": "licence"} | links
    return operations.store(session, io.BytesIO(content or files.pdf()), name=name, unit_id=person.unit_id,
                            person_id=person.id, files_dir=files_dir, **links)


def _case(session, world):
    release = Release(programme="p", number=1, name="", fingerprint=db.public_id(), files={}, deployed_at=clock.now(),
                      deployed_by=None)
    session.add(release)
    session.flush()
    place = session.get(Region, factories.COUNTY)
    case = Case(
        public_id=db.public_id(), number=db.public_id(), release_id=release.id, programme="p", diagram="d", title="t",
        applicant_id=world.unit("institution").id, opener_unit_id=world.unit("institution").id, region_code=place.code,
        province_code=place.province_code, city_code=place.city_code, county_code=place.county_code, document=b"",
        opened_at=clock.now(), closed_at=None,
    )
    session.add(case)
    session.flush()
    return case


def _task(session, case, unit, role):
    task = Task(public_id=db.public_id(), case_id=case.id, engine_id=db.public_id(), element="e", name="n", actor=role,
                unit_id=unit.id, role=role, deadline_id=None, ends_at=clock.now(), opened_at=clock.now(),
                closed_at=None, claimed_by=None, claimed_at=None, closed_by=None)
    session.add(task)
    session.flush()
    return task


def can_read(scene, login, document=None):
    with db.reading() as session:
        identity = scene.world.identity(session, login)
        try:
            return queries.readable(session, identity, (document or scene.document).public_id) is not None
        except NotFound:
            return False


@pytest.mark.parametrize("login", [
    "applicant@institution", "admin@institution", "clerk@county", "lead@city", "clerk@province", "clerk@ministry",
])
def test_a_file_of_a_case_is_read_where_the_case_is_seen(scene, login):
    assert can_read(scene, login)


@pytest.mark.parametrize("login", [
    "applicant@other_institution", "clerk@sibling_county", "lead@sibling_city", "clerk@association",
])
def test_a_file_of_a_case_out_of_sight_is_not_found(scene, login):
    assert not can_read(scene, login)


def test_an_association_that_had_a_task_in_the_case_reads_its_files(scene):
    with db.transaction() as session:
        _task(session, scene.case, scene.world.unit("association"), "clerk")

    assert can_read(scene, "clerk@association")
    assert not can_read(scene, "admin@association")


def test_a_file_without_a_case_is_its_units_alone(scene):
    with db.transaction() as session:
        document = upload(session, scene.world, scene.files_dir)

    assert can_read(scene, "admin@institution", document)
    assert not can_read(scene, "clerk@county", document)
    assert not can_read(scene, "clerk@ministry", document)


def test_a_guessed_id_is_not_found(scene):
    assert not can_read(scene, "clerk@county", SimpleNamespace(public_id="AAAAAAAAAAAA"))
    assert not can_read(scene, "clerk@county", SimpleNamespace(public_id="' OR 1=1 --"))


def test_an_upload_is_in_the_trail_of_its_unit(scene):
    with db.reading() as session:
        [entry] = audit.story(session, f"unit:{scene.world.unit('institution').id}")

    assert (entry.verb, entry.person_name) == ("upload_document", scene.world.person("applicant@institution").name)
    assert entry.details == {
        "document": scene.document.public_id, "name": "营业执照.pdf", "size": len(files.pdf()),
        "sha256": scene.document.sha256, "task_id": scene.task.id, "case_id": scene.case.id,
    }


def test_documents_are_listed_by_case_by_task_and_by_name(scene):
    with db.transaction() as session:
        other = upload(session, scene.world, scene.files_dir, name="b.jpg", content=files.jpg(), case_id=scene.case.id)

    with db.reading() as session:
        first = scene.document.public_id
        assert [d.public_id for d in queries.of_case(session, scene.case.id)] == [first, other.public_id]
        assert [d.public_id for d in queries.of_task(session, scene.task.id)] == [first]
        assert set(queries.named(session, [first, "missing"])) == {first}
        assert queries.named(session, []) == {}


@pytest.mark.parametrize(("over", "taken"), [(0, True), (1, False)])
def test_the_files_of_a_case_come_to_200_megabytes_at_most(scene, over, taken):
    received = operations.Received("a.pdf", "application/pdf", "0" * 64, scene.document.size)
    with db.transaction() as session:
        held = session.get(Document, scene.document.id)
        held.size = operations.MAX_BYTES_OF_A_CASE - received.size + over

    def register():
        with db.transaction() as session:
            person = scene.world.person("applicant@institution")
            operations.register(session, received, unit_id=person.unit_id, person_id=person.id, case_id=scene.case.id,
                                field="licence")

    if taken:
        register()
    else:
        with pytest.raises(Invalid, match="200 MB") as caught:
            register()
        assert list(caught.value.fields) == ["licence"]


@pytest.fixture
def handed_out(app, scene):
    """The scene with its bytes where the app looks for them."""
    files_dir = app.config["BANJIAN"].files_dir
    operations.receive(io.BytesIO(files.pdf()), name="a.pdf", files_dir=files_dir)
    yield scene
    storage.path_of(files_dir, scene.document.sha256).unlink(missing_ok=True)


def test_a_file_is_handed_out_as_it_came_and_never_shown(client, handed_out):
    client.sign_in("clerk@county")

    response = client.get(f"/documents/{handed_out.document.public_id}")

    assert response.status_code == 200
    assert response.data == files.pdf()
    assert response.headers["Content-Type"] == "application/pdf"
    name = "%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7.pdf"
    assert response.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"
    response.close()


def test_a_part_of_a_file_is_handed_out(client, handed_out):
    client.sign_in("clerk@county")

    response = client.get(f"/documents/{handed_out.document.public_id}", headers={"Range": "bytes=0-4"})

    assert (response.status_code, response.data) == (206, b"%PDF-")
    response.close()


def test_a_name_with_quotes_and_marks_ends_no_header(client, app, handed_out):
    with db.transaction() as session:
        document = upload(session, handed_out.world, app.config["BANJIAN"].files_dir, name="a\"; x='b' 100%.pdf")
    client.sign_in("applicant@institution")

    response = client.get(f"/documents/{document.public_id}")

    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%3B%20x%3D%27b%27%20100%25.pdf"
    response.close()


@pytest.mark.parametrize("login", ["applicant@other_institution", "clerk@sibling_county"])
def test_a_file_out_of_sight_answers_404_like_one_that_is_not_there(client, handed_out, login):
    client.sign_in(login)

    refused = client.get(f"/documents/{handed_out.document.public_id}")
    absent = client.get("/documents/AAAAAAAAAAAA")

    assert (refused.status_code, absent.status_code) == (404, 404)


def test_nobody_reads_without_signing_in(client, handed_out):
    response = client.get(f"/documents/{handed_out.document.public_id}")

    assert response.status_code == 302
    assert "sign-in" in response.headers["Location"] or "login" in response.headers["Location"]


def test_a_file_whose_bytes_are_gone_says_whom_to_ask(client, scene):
    client.sign_in("clerk@county")

    response = client.get(f"/documents/{scene.document.public_id}")

    assert response.status_code == 404
    assert "管理员" in response.get_data(as_text=True)
