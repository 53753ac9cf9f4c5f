"""The server that the browser talks to, and one window on it."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "app" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DIAGRAM = 'figure[data-controller="diagram"]'
STARTS_WITHIN = 60
SETTLES_WITHIN_MS = 15_000
_TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
        .slice(0, 5).map((element) => `${element.tagName}.${element.className}`)"""


@dataclass
class Site:
    """A running server of a data folder, worker thread included."""

    base: str
    data: Path
    process: subprocess.Popen[bytes]
    states: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def environment(data: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BANJIAN_", "DATABASE_URL"))}
        return {**kept, "BANJIAN_DEMO": "1", "BANJIAN_DATA": str(data)}

    @classmethod
    def start(cls, data: Path) -> "Site":
        """Serve a folder on a free port, as `banjian serve` does."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--with-worker"]
        with (data / "server.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=cls.environment(data), stdout=log, stderr=log, start_new_session=True
            )
        site = cls(f"http://127.0.0.1:{port}", data, process)
        site._wait()
        return site

    def stop(self) -> None:
        """End the server and what it started, at once: a polite end waits for the browser's idle connections."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def password(self) -> str:
        """The one password of all accounts of the demonstration."""
        return json.loads((self.data / "demonstration-accounts.json").read_text(encoding="utf-8"))["password"]

    def ask(self, query: str, *values: object) -> Any:
        """The first column of the first row that a query of the database finds."""
        with sqlite3.connect(f"file:{self.data / 'banjian.sqlite3'}?mode=ro", uri=True) as connection:
            row = connection.execute(query, values).fetchone()
        connection.close()
        assert row is not None, f"{query} {values}"
        return row[0]

    def case(self, unit: str) -> str:
        """The path of the page of an institution's case."""
        found = self.ask(
            "SELECT c.public_id FROM case_file c JOIN unit u ON c.applicant_id = u.id WHERE u.name = ?", unit
        )
        return f"/cases/{found}"

    def task(self, unit: str) -> str:
        """The path of the page of the open task of an institution's case."""
        found = self.ask(
            "SELECT t.public_id FROM task t JOIN case_file c ON t.case_id = c.id JOIN unit u ON c.applicant_id = u.id "
            "WHERE t.status = 'open' AND u.name = ?", unit
        )
        return f"/tasks/{found}"

    def _wait(self) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.base}/publications", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, (self.data / "server.log").read_text(encoding="utf-8")
                time.sleep(0.1)
        raise AssertionError("the server doesn't answer")


class Tab:
    """One window. `complaints` are errors of the console: also what the content security policy refused."""

    def __init__(
        self, chromium: Browser, site: Site, login: str, *, width: int, height: int, javascript: bool
    ) -> None:
        self.site, self.complaints, self._expected = site, [], 0
        self._context = chromium.new_context(
            base_url=site.base, viewport={"width": width, "height": height}, locale="zh-CN",
            java_script_enabled=javascript, storage_state=site.states.get(login),
        )
        self._context.set_default_timeout(SETTLES_WITHIN_MS)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        if login and login not in site.states:
            self.sign_in(login)
            site.states[login] = self._context.storage_state()

    def sign_in(self, login: str) -> None:
        """Go through the sign-in page."""
        self.page.goto("/sign-in")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码", exact=False).first.fill(self.site.password)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def go(self, path: str, *, status: int = 200) -> Response:
        """Open a path; the answer must have the status."""
        if status >= 400:
            self._expected += 1  # the browser complains of the answer itself
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return response

    def text(self) -> str:
        """What somebody reads on the page, without what is folded."""
        return " ".join(self.page.locator("main").inner_text().split())

    def sees(self, *words: str) -> None:
        """All these words stand in the page's main part, after a while at the latest."""
        for each in words:
            self.page.locator("main").get_by_text(each).locator("visible=true").first.wait_for()

    def see_diagrams(self) -> None:
        """Wait until every diagram in sight is drawn."""
        for place in range(self.page.locator(DIAGRAM).count()):
            figure = self.page.locator(DIAGRAM).nth(place)
            if not figure.evaluate("(element) => element.closest('details:not([open])') !== null"):
                figure.locator(".djs-container .djs-element").first.wait_for()

    def expect_refusal(self) -> None:
        """The next answer will have an error's status, of which the browser complains."""
        self._expected += 1

    def focused(self) -> Locator:
        """The element that has the focus."""
        return self.page.locator("*:focus")

    def tab_to(self, selector: str, *, at_most: int = 120) -> None:
        """Press the Tab key until an element that fits has the focus."""
        for _ in range(at_most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached with the keyboard")

    def too_wide(self) -> list[str]:
        """What makes the page scroll sideways: nothing, else the elements that stick out."""
        return self.page.evaluate(_TOO_WIDE)

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds on the page at WCAG 2.2 A and AA, or by some of its rules."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": LEVELS}
        found = self.page.evaluate(
            "(only) => axe.run(document, {runOnly: only, resultTypes: ['violations'], elementRef: false})", only
        )
        return [f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
                for each in found["violations"] for node in each["nodes"]]

    def close(self) -> list[str]:
        """Close the window; what it complained of and nobody expected."""
        self._context.close()
        return self.complaints[self._expected:] if self._expected <= len(self.complaints) else ["no refusal came"]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")
