"""A PostgreSQL server of one's own, which may be killed: made by initdb, on a Unix socket, not run by root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

LONGEST_START = 30.0
SETTINGS = ("listen_addresses=", "max_connections=60", "shared_buffers=32MB", "fsync=on", "log_min_messages=fatal")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server of this machine; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


class Cluster:
    """A server that runs until it is closed, with one empty database `banjian`."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder
        self._user = _somebody()
        self.home = Path(tempfile.mkdtemp(prefix="banjian-pg-"))
        if self._user:
            os.chown(self.home, self._user.pw_uid, self._user.pw_gid)
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._data), "-U", "banjian", "-A", "trust", "--no-sync", "-E", "UTF8",
                  "--locale=C")
        self.start()
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE banjian")

    @property
    def url(self) -> str:
        """The database, as DATABASE_URL."""
        return f"postgresql+psycopg://banjian@/banjian?host={self.home}"

    def start(self) -> float:
        """Start it and wait until it answers; returns the seconds that it took. The first tries may fail while
        processes of a killed server still end."""
        began = time.monotonic()
        while not self._answers():
            assert time.monotonic() - began < LONGEST_START, (self.home / "log").read_text()[-2_000:]
            if self._postmaster is None or self._postmaster.poll() is not None:
                self._postmaster = self._launch()
            time.sleep(0.05)
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9 of the postmaster, and of nothing else: its children find out by themselves."""
        self._postmaster.send_signal(signal.SIGKILL)
        self._postmaster.wait()

    def close(self) -> None:
        if self._postmaster is not None and self._postmaster.poll() is None:
            self._postmaster.send_signal(signal.SIGQUIT)
            self._postmaster.wait(timeout=30)
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-k", self.home, *settings],
                stdout=log, stderr=log, cwd=self.home, **self._as_somebody(),
            )

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self._dsn("postgres"), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _dsn(self, name: str) -> str:
        return f"host={self.home} user=banjian dbname={name}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments], check=True, capture_output=True, cwd=self.home, **self._as_somebody()
        )

    def _as_somebody(self) -> dict:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def _somebody() -> pwd.struct_passwd | None:
    """Who runs the server where this is root, who must not; None where it is somebody already."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
