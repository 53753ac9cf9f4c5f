"""Where bytes lie, what stays after a fault, and what is swept."""

import errno
import hashlib
import io
import os
import resource
import threading
import time

import pytest

from app import db
from app.documents import operations, queries, storage
from app.errors import Invalid, Unavailable
from tests import factories
from tests.documents import files

DAY = 24 * 3600


def receive(content, files_dir, name="a.pdf"):
    return operations.receive(io.BytesIO(content), name=name, files_dir=files_dir)


def on_disk(files_dir):
    return sorted(path for path in files_dir.rglob("*") if path.is_file())


def make_older(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def uploader(database):
    with db.transaction() as session:
        unit = factories.institution(session)
        return factories.person(session, unit, "applicant")


def register(uploader, received):
    with db.transaction() as session:
        return operations.register(session, received, unit_id=uploader.unit_id, person_id=uploader.id)


def test_bytes_lie_under_their_sha256_for_the_owner_alone(tmp_path):
    content = files.pdf()
    digest = hashlib.sha256(content).hexdigest()

    received = receive(content, tmp_path)

    [path] = on_disk(tmp_path)
    assert received.sha256 == digest
    assert path == tmp_path / digest[:2] / digest[2:] == storage.path_of(tmp_path, digest)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_same_bytes_are_stored_once(tmp_path):
    for name in ("执照.pdf", "副本.pdf"):
        receive(files.pdf(), tmp_path, name)

    assert len(on_disk(tmp_path)) == 1


def test_eight_uploads_of_the_same_bytes_at_once_are_all_kept(tmp_path):
    kept = []
    uploads = [threading.Thread(target=lambda: kept.append(receive(files.jpg(), tmp_path, "a.jpg"))) for _ in range(8)]
    for upload in uploads:
        upload.start()
    for upload in uploads:
        upload.join()

    assert len(kept) == 8
    assert len(on_disk(tmp_path)) == 1


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "a" * 63, "A" * 64, f"{'a' * 62}/b"])
def test_nothing_but_a_sha256_becomes_a_path(tmp_path, digest):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.path_of(tmp_path, digest)


def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path):
    class CutOff:
        def __init__(self, content):
            self._pieces = [content[:500], None]

        def read(self, _size):
            piece = self._pieces.pop(0)
            if piece is None:
                raise ConnectionResetError
            return piece

    with pytest.raises(ConnectionResetError):
        operations.receive(CutOff(files.pdf()), name="a.pdf", files_dir=tmp_path)

    assert on_disk(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """The limit on a file's size stands in for the disk's end: the write fails in the middle in the same way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(storage.StorageFull, match="存储空间不足") as caught:
            receive(b"%PDF-" + b"\0" * 2_000_000, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert isinstance(caught.value, Unavailable)
    assert on_disk(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_only_at_the_sync_leaves_nothing_either(tmp_path, monkeypatch, number):
    def full(_descriptor):
        raise OSError(number, "full")

    (tmp_path / "incoming").mkdir()
    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(storage.StorageFull):
        receive(files.pdf(), tmp_path)

    assert on_disk(tmp_path) == []


def test_another_error_of_the_disk_is_not_called_full(tmp_path):
    (tmp_path / "incoming").write_text("a file where the folder should be")

    with pytest.raises(FileExistsError):
        receive(files.pdf(), tmp_path)


def test_a_row_that_was_rolled_back_leaves_bytes_for_a_day(tmp_path, uploader):
    def register_and_fail():
        with db.transaction() as session:
            operations.store(session, io.BytesIO(files.pdf()), name="a.pdf", unit_id=uploader.unit_id,
                             person_id=uploader.id, task_id=None, case_id=None, field="", files_dir=tmp_path)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        register_and_fail()
    with db.reading() as session:
        assert operations.sweep(session, tmp_path) == 0
        assert queries.verify(session, tmp_path) == []

    make_older(on_disk(tmp_path)[0], DAY + 5)
    with db.reading() as session:
        assert [breach.words for breach in queries.verify(session, tmp_path)] == ["没有登记，且已存放超过 24 小时"]
        assert operations.sweep(session, tmp_path) == 1
        assert queries.verify(session, tmp_path) == []


@pytest.mark.parametrize(("age", "swept"), [(DAY - 60, 0), (DAY + 60, 1)])
def test_bytes_without_a_row_are_swept_after_24_hours(tmp_path, database, age, swept):
    receive(files.pdf(), tmp_path)
    make_older(on_disk(tmp_path)[0], age)

    with db.reading() as session:
        assert operations.sweep(session, tmp_path) == swept


@pytest.mark.parametrize(("age", "swept"), [(DAY - 60, 0), (DAY + 60, 1)])
def test_what_a_killed_upload_left_is_swept_after_24_hours(tmp_path, database, age, swept):
    unfinished = tmp_path / "incoming" / "0123"
    unfinished.parent.mkdir()
    unfinished.write_bytes(b"%PDF-")
    make_older(unfinished, age)

    with db.reading() as session:
        assert operations.sweep(session, tmp_path) == swept


def test_bytes_with_a_row_are_never_swept(tmp_path, uploader):
    register(uploader, receive(files.pdf(), tmp_path))
    make_older(on_disk(tmp_path)[0], 400 * DAY)

    with db.reading() as session:
        assert operations.sweep(session, tmp_path) == 0


def test_an_old_file_that_is_uploaded_again_is_fresh(tmp_path, database):
    """Else the sweep could take it away between the upload and its row."""
    receive(files.pdf(), tmp_path)
    make_older(on_disk(tmp_path)[0], 2 * DAY)
    receive(files.pdf(), tmp_path)

    with db.reading() as session:
        assert operations.sweep(session, tmp_path) == 0
    assert len(on_disk(tmp_path)) == 1


def test_a_file_stored_anew_just_before_its_removal_stays(tmp_path):
    receive(files.pdf(), tmp_path)
    [path] = on_disk(tmp_path)

    assert not storage.remove_if_old(path)
    assert on_disk(tmp_path) == [path]


def test_the_check_names_missing_changed_and_shortened_files(tmp_path, uploader):
    contents = [files.pdf(), files.jpg(), files.png(), files.ofd()]
    whole, missing, changed, shortened = (
        register(uploader, receive(content, tmp_path, name))
        for content, name in zip(contents, ("a.pdf", "b.jpg", "c.png", "d.ofd"), strict=True)
    )
    storage.path_of(tmp_path, missing.sha256).unlink()
    path = storage.path_of(tmp_path, changed.sha256)
    path.write_bytes(bytes(reversed(path.read_bytes())))
    path = storage.path_of(tmp_path, shortened.sha256)
    path.write_bytes(path.read_bytes()[:-1])

    with db.reading() as session:
        breaches = queries.verify(session, tmp_path)

    found = {breach.where.split()[1][:12]: breach.words for breach in breaches}
    assert set(found) == {missing.public_id, changed.public_id, shortened.public_id}
    assert whole.public_id not in found
    assert "不存在" in found[missing.public_id]
    assert "已改变" in found[changed.public_id]


def test_two_rows_of_one_missing_file_are_both_named(tmp_path, uploader):
    for _ in range(2):
        document = register(uploader, receive(files.pdf(), tmp_path))
    storage.path_of(tmp_path, document.sha256).unlink()

    with db.reading() as session:
        assert len(queries.verify(session, tmp_path)) == 2


def test_a_refused_file_has_no_row(tmp_path, uploader):
    with pytest.raises(Invalid), db.transaction() as session:
        operations.store(session, io.BytesIO(b"no"), name="a.pdf", unit_id=uploader.unit_id, person_id=uploader.id,
                         task_id=None, case_id=None, field="", files_dir=tmp_path)

    with db.reading() as session:
        assert list(queries._all(session)) == []
