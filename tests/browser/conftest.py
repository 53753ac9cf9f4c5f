"""A real Chromium over a real server: the shipped demonstration, loaded once a run, served anew for each module.

CHROMIUM says where the browser is (default /usr/bin/chromium). Without one the tests are skipped; with REQUIRE_ALL=1
they fail.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.site import ROOT, Site, Tab

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; each test gets windows of its own from `opened`."""
    if not CHROMIUM.exists():
        (pytest.fail if REQUIRE_ALL else pytest.skip)(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration loaded: by whichever worker comes first, for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demonstration.done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            command = [sys.executable, "-m", "app.cli", "demo", "--load"]
            loaded = subprocess.run(command, cwd=ROOT, env=Site.environment(folder), capture_output=True, text=True)
            assert loaded.returncode == 0, loaded.stdout + loaded.stderr
            (shared / "demonstration.done").touch()
    return folder


@pytest.fixture(scope="module")
def site(chromium: Browser, demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, served for this module alone: what its tests change stays among them."""
    data = tmp_path_factory.mktemp("site") / "data"
    shutil.copytree(demonstration, data)
    served = Site.start(data)
    yield served
    served.stop()


@pytest.fixture
def opened(chromium: Browser, site: Site) -> Iterator[Callable[..., Tab]]:
    """`opened("city-clerk", width=390)`: a window of somebody who has signed in ("" for nobody).

    At the end no window may have said anything on its console that a test didn't expect.
    """
    tabs: list[Tab] = []

    def open_tab(login: str = "", *, width: int = 1440, height: int = 900, javascript: bool = True) -> Tab:
        tab = Tab(chromium, site, login, width=width, height=height, javascript=javascript)
        tabs.append(tab)
        return tab

    yield open_tab
    complaints = [complaint for tab in tabs for complaint in tab.close()]
    assert complaints == []


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A PDF to upload."""
    from pypdf import PdfWriter

    path = tmp_path / "证明材料.pdf"
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(path)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


