"""Lives of the real server and worker, and the people at the other end who remember what they were told."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app import db
from tests.factories import PASSWORD

ROOT = Path(__file__).parent.parent.parent
KILLED = -signal.SIGKILL
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Nursery:
    """The process that forks lives (tests.faults.child). `log` is where all of them write."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "lives.log"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child", str(self.log)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End; whoever still lives is killed."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@dataclass
class House:
    """An installation: its database, the legal time at which a life begins, and the server that lives now."""

    nursery: Nursery
    url: str
    at: datetime
    kills: int = 0
    server: "Life | None" = None

    def serve(self) -> "Life":
        """Let a server live, in the place of the one that died."""
        self.server = self._life(do="serve")
        return self.server

    def port(self) -> int:
        """Where the server lives now."""
        return self.server.port if self.server else 0

    def visitor(self, login: str) -> "Visitor":
        """Somebody who has signed in."""
        return Visitor(login, self.port).sign_in()

    def work(self, kill: str = "") -> bool:
        """A worker's life until nothing is due; False where it was killed at its point."""
        return self._life(do="work", kill=kill).end()

    def work_on(self) -> "Life":
        """A worker's life that goes on until somebody kills it."""
        return self._life(do="loop")

    def _life(self, **order: Any) -> "Life":
        born = self.nursery.ask(
            url=self.url, data_dir=str(self.nursery.folder), at=self.at.isoformat(), **order
        )
        return Life(self, born["pid"], born["port"])


@dataclass
class Life:
    """One process of the house."""

    house: House
    pid: int
    port: int

    def kill(self) -> None:
        """kill -9, from outside."""
        os.kill(self.pid, signal.SIGKILL)
        assert not self.end()

    def end(self) -> bool:
        """Wait for its end: True where it went by itself, False where it was killed. Anything else is a mistake."""
        code = self.house.nursery.ask(do="wait", pid=self.pid)["code"]
        assert code in (0, KILLED), self.house.nursery.log.read_text()[-3_000:]
        self.house.kills += code == KILLED
        return code == 0


@dataclass(frozen=True)
class Answer:
    """What came back from a form: the status, None where the connection broke before an answer was there."""

    status: int | None
    text: str = ""
    retry_after: str = ""

    @property
    def meaning(self) -> str:
        """ok: it stands. fail: it was not done. unknown: either. A page may say itself that it doesn't know."""
        if self.status is None or db.MAY_STAND in self.text:
            return "unknown"
        return "ok" if self.status == 303 else "fail"


@dataclass
class Visitor:
    """Somebody with a browser: cookies, and a token for forms. `port` says where the server lives now."""

    login: str
    port: Callable[[], int]
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    token: str = ""

    def sign_in(self) -> "Visitor":
        """Through the page, as people do."""
        self.get("/sign-in")
        answer = self.post("/sign-in", login=self.login, password=PASSWORD)
        assert answer.status == 303, answer
        assert self.get("/account").status == 200
        return self

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, "", {})

    def post(self, path: str, kill: str = "", **fields: Any) -> Answer:
        """Post a form; `kill` is the point at which the server dies of it."""
        body = urlencode({"csrf_token": self.token, **fields}, doseq=True)
        headers = {"Content-Type": "application/x-www-form-urlencoded", **({"X-Kill": kill} if kill else {})}
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        sent = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=30)
        try:
            connection.request(method, path, body.encode(), {**headers, "Cookie": sent})
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return Answer(None)
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        if found := TOKEN.search(text):
            self.token = found[1]
        return Answer(response.status, text, response.headers.get("Retry-After", ""))


def wait_until(true: Callable[[], bool], *, seconds: float = 60.0) -> float:
    """Look again and again until `true()` is; returns the seconds that it took. Fails where it never is."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "never came true"
        time.sleep(0.02)
    return time.monotonic() - began
