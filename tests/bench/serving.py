"""The real server in a process of its own, and somebody at a browser that keeps its connection."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

from tests.factories import PASSWORD

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Server:
    """`banjian serve` with one process on a database; `started_in` is the seconds until it answered."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = _free_port()
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "DATABASE_URL": url, "BANJIAN_DATA": str(folder), "SECRET_KEY": secrets.token_hex(32), "BANJIAN_DEMO": "0",
            "BANJIAN_SECURE_COOKIES": "0",
        }
        begun = time.perf_counter()
        self._log = (folder / "server.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)], cwd=ROOT, env=environment,
            stdout=self._log, stderr=subprocess.STDOUT,
        )
        self._wait_until_it_answers(begun)
        self.started_in = time.perf_counter() - begun

    def resident_mb(self) -> float:
        """Resident memory of the process that answers requests."""
        status = Path(f"/proc/{self._worker()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _worker(self) -> str:
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]

    def _wait_until_it_answers(self, begun: float) -> None:
        while time.perf_counter() - begun < START_SECONDS:
            if self._process.poll() is not None:
                break
            try:
                if Browser(self.port).get("/sign-in")[0] == 200:
                    return
            except OSError:
                time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"the server didn't start:\n{Path(self._log.name).read_text()[-3000:]}")


class Browser:
    """One person's browser: a connection that stays open, a cookie, the token of its forms."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._cookie = self._token = ""

    def sign_in(self, login: str) -> "Browser":
        """Sign in through the page, and keep the cookie and a token as they are then."""
        self._token = self._token_of("/sign-in")
        status, _ = self.post("/sign-in", {"login": login, "password": PASSWORD}, keep_cookie=True)
        if status != 303:
            raise RuntimeError(f"signing in as {login} was answered with {status}")
        self._token = self._token_of("/inbox")
        return self

    def get(self, path: str, *, keep_cookie: bool = False) -> tuple[int, bytes]:
        """Status and body."""
        return self._ask("GET", path, None, keep_cookie)

    def post(self, path: str, form: dict[str, str], *, keep_cookie: bool = False) -> tuple[int, bytes]:
        """A form with its token. What a 303 would flash on the next page isn't kept: that page is not asked for."""
        return self._ask("POST", path, urlencode({"csrf_token": self._token, **form}), keep_cookie)

    def _token_of(self, path: str) -> str:
        status, body = self.get(path, keep_cookie=True)
        found = _TOKEN.search(body.decode())
        if status != 200 or found is None:
            raise RuntimeError(f"{path}: {status}, {'no token' if status == 200 else 'no page'}")
        return found[1]

    def _ask(self, method: str, path: str, body: str | None, keep_cookie: bool) -> tuple[int, bytes]:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        if self._cookie:
            lines.append(f"Cookie: {self._cookie}")
        if body is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        sent = "\r\n".join([*lines, "", body or ""]).encode("ascii")
        try:
            status, headers, content = self._answer_to(sent)
        except ConnectionError:  # the server closes what was idle for a while
            self.close()
            status, headers, content = self._answer_to(sent)
        if keep_cookie:
            self._keep(headers)
        return status, content

    def _answer_to(self, sent: bytes) -> tuple[int, list[str], bytes]:
        """Plain reading, so that little but the server's own time is measured."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), 30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(sent)
        got = self._more(b"")
        while b"\r\n\r\n" not in got:
            got = self._more(got)
        head, _, content = got.partition(b"\r\n\r\n")
        first, *headers = head.decode("latin-1").split("\r\n")
        named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
        while len(content) < int(named["content-length"]):
            content = self._more(content)
        if named.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), headers, content

    def _more(self, got: bytes) -> bytes:
        more = self._socket.recv(262_144)
        if not more:
            raise ConnectionResetError
        return got + more

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _keep(self, headers: list[str]) -> None:
        for name, _, value in (line.partition(": ") for line in headers):
            if name.lower() == "set-cookie" and value.startswith("banjian="):
                self._cookie = value.partition(";")[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
