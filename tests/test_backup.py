"""Backup and restore: whole while others write, equal afterwards, muted, and refused where anything is wrong."""

import gzip
import io
import os
import re
import tarfile
import threading
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, func, make_url, select, text

from app import db
from app.audit import operations as audit
from app.audit import queries as trail
from app.backup import backup, dumps, restore
from app.cli_backup import backup as backup_command
from app.cli_backup import restore as restore_command
from app.config import Config
from app.documents import operations as documents
from app.documents import queries as papers
from app.documents import storage
from app.documents.models import Document
from app.errors import Refused
from app.outbox import operations as outbox
from app.outbox import queries as letters
from app.people import sessions
from app.people.models import SignIn
from tests import factories
from tests.documents import files


@pytest.fixture
def source(database, tmp_path):
    """An installation with a few records of each kind."""
    config = Config(database_url=database.engine.url.render_as_string(hide_password=False), data_dir=tmp_path / "old",
                    secret_key="k" * 48)
    with db.transaction() as session:
        unit = factories.institution(session)
        person = factories.person(session, unit, "applicant", login="applicant")
        sessions.start(session, person_id=person.id)
    for number, content in enumerate((files.pdf(), files.jpg(), files.ofd())):
        add(config, person, content, ("a.pdf", "b.jpg", "c.ofd")[number])
    with db.transaction() as session:
        audit.make_root(session, date(2026, 3, 1))
    return config


def add(config, person, content, name):
    """One change with everything: a file, its row, an entry, a letter."""
    received = documents.receive(io.BytesIO(content), name=name, files_dir=config.files_dir)
    with db.transaction() as session:
        documents.register(session, received, unit_id=person.unit_id, person_id=person.id)
        outbox.post(session, to="a@b.cn", subject=name, body="")


@pytest.fixture
def target(source, tmp_path):
    """An empty installation of the same kind; what was restored into it is closed and dropped at the end."""
    url = make_url(source.database_url)
    data_dir = tmp_path / "new"
    if url.get_backend_name() == "sqlite":
        yield replace(source, database_url=f"sqlite:///{data_dir / 'banjian.sqlite3'}", data_dir=data_dir)
        db.current().close()
        return
    name = f"banjian_test_restore_{os.getpid()}"
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    restored_url = url.set(database=name).render_as_string(hide_password=False)
    yield replace(source, database_url=restored_url, data_dir=data_dir)
    db.current().close()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def archive(source, tmp_path):
    made = backup(source, tmp_path / "backup.tar.gz")
    return made.path


def files_of(config):
    """The paths of all files below an installation's folder of files."""
    return {path.relative_to(config.files_dir) for path in config.files_dir.rglob("*") if path.is_file()}


def state(config):
    with db.reading() as session:
        assert trail.verify(session) == []
        assert papers.verify(session, config.files_dir) == []
        return trail.heads(session), session.scalars(select(Document.sha256).order_by(Document.id)).all()


def test_what_is_restored_is_what_was_put_away(source, target, archive):
    before, before_files = state(source), files_of(source)

    restored = restore(target, archive)

    after = state(target)
    assert after[1] == before[1]
    assert files_of(target) == before_files
    assert after[0].pop("system") != before[0].pop("system", None)
    assert after[0] == before[0]
    assert restored.manifest.facts.counts["document"] == 3
    assert not [path for path in target.data_dir.iterdir() if path.name.startswith(".banjian")]


def test_a_restore_is_in_the_trail(target, archive):
    restored = restore(target, archive)

    with db.reading() as session:
        entry = trail.story(session, "system")[0]
    assert entry.verb == "restore_backup"
    assert entry.details["heads"] == restored.manifest.facts.heads
    assert entry.details["letters_muted"] == restored.muted == 3


def test_mail_is_muted_until_a_person_lets_it_go(target, archive):
    restore(target, archive)

    with db.transaction() as session:
        assert letters.counts(session) == letters.Counts(muted=3)
        assert outbox.due(session, 10) == []
        assert outbox.release_muted(session) == 3
    with db.reading() as session:
        assert len(outbox.due(session, 10)) == 3


def test_nobody_is_signed_in_after_a_restore(target, archive):
    restore(target, archive)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignIn).where(SignIn.ended_at.is_(None))) == 0
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1


def test_a_backup_made_while_others_write_is_one_instant(source, target, tmp_path):
    """Every change writes a row, a file, an entry and a letter: all or none of each is in the archive."""
    with db.reading() as session:
        person = session.scalars(select(factories.Person)).one()
    stop, written = threading.Event(), []

    def write():
        number = 0
        while not stop.is_set() and number < 400:
            number += 1
            add(source, person, files.png((number, 7)), f"{number}.png")
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 3:
        stop.wait(0.01)
    began = len(written)
    made = backup(source, tmp_path / "while-writing.tar.gz")
    ended = len(written)
    stop.set()
    writer.join()

    restore(target, made.path)

    heads, digests = state(target)
    in_archive = len(digests) - 3
    assert began <= in_archive <= ended + 1
    assert heads[f"unit:{person.unit_id}"][0] == len(digests)
    with db.reading() as session:
        assert letters.counts(session).muted == len(digests)
    assert len(files_of(target)) == len(set(digests))


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(archive):
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir() if path.is_file()] == ["backup.tar.gz"]
    assert not [path for path in archive.parent.iterdir() if path.name.startswith(".banjian")]


def test_the_hash_that_is_told_is_the_archives(source, tmp_path):
    made = backup(source, tmp_path / "b.tar.gz")

    with made.path.open("rb") as file:
        assert storage.digest_of(file) == (made.sha256, made.size)


def test_a_backup_never_overwrites(source, archive):
    with pytest.raises(Refused, match="已存在"):
        backup(source, archive)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_file_that_is_not_there_stops_the_backup_unless_it_is_allowed(source, target, tmp_path, harm):
    path = storage.path_of(source.files_dir, state(source)[1][0])
    path.unlink()
    if harm == "changed":
        path.write_bytes(b"other")

    with pytest.raises(Refused, match="1 个附件缺失"):
        backup(source, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()

    made = backup(source, tmp_path / "b.tar.gz", allow_missing=True)
    assert len(made.manifest.missing) == 1
    restore(target, made.path)
    with db.reading() as session:
        assert [breach.words for breach in papers.verify(session, target.files_dir)] == ["登记了，但文件不存在"]


def test_a_restore_into_a_database_in_use_is_refused(source, archive):
    with pytest.raises(Refused, match="不是空的"):
        restore(source, archive)


def test_a_restore_beside_other_files_is_refused(target, archive):
    target.files_dir.mkdir(parents=True)
    (target.files_dir / "somebody's").write_text("x")

    with pytest.raises(Refused, match="附件目录"):
        restore(target, archive)
    assert not dumps.is_used(target.database_url)


def test_an_archive_that_is_not_there_is_said_so(target, tmp_path):
    with pytest.raises(Refused, match="没有找到"):
        restore(target, tmp_path / "nowhere")


def repacked(archive, change):
    """The archive anew, with `change(name, content)` giving the members to write in place of each."""
    other = archive.with_name("other.tar.gz")
    with tarfile.open(archive) as old, tarfile.open(other, "w:gz") as new:
        for member in old.getmembers():
            for name, content in change(member.name, old.extractfile(member).read()):
                info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return other


def _member(name, **values):
    info = tarfile.TarInfo(name)
    for attribute, value in values.items():
        setattr(info, attribute, value)
    return info


def _before_database(*members):
    return lambda name, content: [*(members if name == "database" else ()), (name, content)]


_HASH = "ab" * 32
_TAMPERINGS = {
    "database changed": lambda name, content: [(name, content + b"x" if name == "database" else content)],
    "file changed": lambda name, content: [(name, content + b"x" if name.startswith("files/") else content)],
    "file missing": lambda name, content: [] if name.startswith("files/") else [(name, content)],
    "file beyond": _before_database((f"files/{_HASH[:2]}/{_HASH[2:]}", b"x")),
    "manifest missing": lambda name, content: [] if name == "manifest.json" else [(name, content)],
    "manifest spoilt": lambda name, content: [(name, b"{}" if name == "manifest.json" else content)],
    "manifest not json": lambda name, content: [(name, b"\xff" if name == "manifest.json" else content)],
    "counts changed": lambda name, content: [(name, content.replace(b'"document": 3', b'"document": 2'))],
    "heads changed": lambda name, content: [(name, content.replace(b'"heads": "', b'"heads": "0'))],
    "newer program": lambda name, content: [(name, re.sub(rb'"schema": (null|".*")', b'"schema": "9999"', content))],
    "newer format": lambda name, content: [(name, content.replace(b'"format": 1', b'"format": 2'))],
    "database twice": _before_database(("database", b"x")),
    "path out of the folder": _before_database(("../../evil", b"x")),
    "path out of the files": _before_database(("files/../../evil", b"x")),
    "path from the root": _before_database(("/tmp/evil", b"x")),
    "symbolic link": _before_database((_member("files", type=tarfile.SYMTYPE, linkname="/etc"), b"")),
    "hard link": _before_database((_member(f"files/ab/{'c' * 62}", type=tarfile.LNKTYPE, linkname="/etc/passwd"), b"")),
    "device": _before_database((_member("database", type=tarfile.CHRTYPE), b"")),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # seen in the archive, before any database
@pytest.mark.parametrize("harm", _TAMPERINGS)
def test_a_changed_archive_is_refused_and_nothing_is_left(target, archive, tmp_path, harm):
    changed = repacked(archive, _TAMPERINGS[harm])
    before = {path for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(Refused):
        restore(target, changed)

    db.current().close()
    beyond = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert beyond == set()
    assert not dumps.is_used(target.database_url)


@pytest.mark.parametrize("harm", ["counts changed", "heads changed"])
def test_a_database_that_is_not_what_the_manifest_says_is_refused(target, archive, harm):
    with pytest.raises(Refused, match="恢复出的数据与清单不符"):
        restore(target, repacked(archive, _TAMPERINGS[harm]))

    assert files_of(target) == set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_an_archive_that_was_cut_off_is_refused(target, archive, share):
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(Refused, match="损坏"):
        restore(target, archive)
    assert not dumps.is_used(target.database_url)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_something_that_is_no_archive_is_refused(target, archive):
    archive.write_bytes(gzip.compress(b"hello" * 1_000))

    with pytest.raises(Refused, match="损坏"):
        restore(target, archive)


def test_a_backup_of_another_kind_of_database_is_refused(target, archive):
    other = "postgresql" if dumps.kind(target.database_url) == "sqlite" else "sqlite"
    changed = repacked(archive, lambda name, content: [
        (name, content.replace(f'"kind": "{dumps.kind(target.database_url)}"'.encode(), f'"kind": "{other}"'.encode()))
    ])

    with pytest.raises(Refused, match=f"备份来自 {other}"):
        restore(target, changed)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_missing_tool_is_named(source, target, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refused, match="pg_dump"):
        backup(source, tmp_path / "b.tar.gz")
    with pytest.raises(Refused, match="pg_restore"):
        restore(target, archive)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_reached_is_said_so(source, archive, tmp_path):
    away = replace(source, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none", data_dir=tmp_path / "away")

    with pytest.raises(Refused, match="连不上"):
        restore(away, archive)
    with pytest.raises(Refused, match="连不上"):
        backup(away, tmp_path / "b.tar.gz")


def test_the_password_is_no_argument_of_the_tools(tmp_path, monkeypatch):
    tool = tmp_path / "pg_restore"
    tool.write_text('#!/bin/sh\necho "$@" "password in environment: $PGPASSWORD" >&2\nexit 1\n')
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(Refused) as caught:
        dumps.load_postgresql("postgresql+psycopg://me:secret@host:5432/base?sslmode=require", tmp_path)

    assert "--dbname=postgresql://me@host:5432/base?sslmode=require" in caught.value.message
    assert caught.value.message.count("secret") == 1
    assert "password in environment: secret" in caught.value.message


def test_a_database_in_memory_cannot_be_put_away(source, tmp_path):
    with pytest.raises(Refused, match="内存"):
        backup(replace(source, database_url="sqlite://"), tmp_path / "b.tar.gz")


def test_what_fell_due_in_between_is_still_due(source, target, archive):
    with db.reading() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM timer WHERE status = 'waiting'").scalar()

    restore(target, archive)

    with db.reading() as session:
        after = session.connection().exec_driver_sql("SELECT count(*) FROM timer WHERE status = 'waiting'").scalar()
    assert after == before


def test_the_commands_put_away_and_bring_back(source, target, tmp_path, monkeypatch):
    def run(command, config, *arguments, **options):
        for name, value in {"DATABASE_URL": config.database_url, "BANJIAN_DATA": str(config.data_dir),
                            "SECRET_KEY": "k" * 48}.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(command, [str(tmp_path / "b.tar.gz"), *arguments], **options)

    made = run(backup_command, source)
    declined = run(restore_command, target, input="n\n")
    restored = run(restore_command, target, "--yes")

    assert made.exit_code == 0
    assert "附件 3 个" in made.output
    assert declined.exit_code == 1
    assert restored.exit_code == 0, restored.output
    assert "3 封未发邮件已静默" in restored.output
