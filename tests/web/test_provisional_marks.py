"""暂定: a last day in a year without a notice carries its mark on every page, in every workbook, mail and command."""

import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app import db, worker
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases.models import Case, Deadline, Task
from app.cli_deadline import deadline as deadline_command
from app.errors import Refused
from app.outbox.models import Letter
from app.outbox.senders import NoSender
from app.stories import telling
from tests import sample
from tests.batches.test_calls import apply as applied
from tests.batches.test_calls import call, who  # noqa: F401 - the fixture of calls with dates
from tests.browsing import Browser
from tests.publications.conftest import files, open_office

MARK = "（暂定）"


@pytest.fixture
def site(app: Flask, clock_at: Callable[[str], None], tmp_path: Path) -> SimpleNamespace:
    """It is Monday 2026-12-28, and 2027 has no notice: an application is being filled in, one waits for a publication,
    one stands in a publication; all of their periods reach into 2027."""
    office = open_office(clock_at, tmp_path, files())
    clock_at("2026-12-28 09:00")
    with db.transaction() as session:
        second = sample.open_batch(session, by=office.who["clerk@city"], name="第二批").id
    listed = office.reviewed("applicant@other_institution")
    publication = office.publication(office.publish(listed))
    office.work()
    office.batch_id = second
    waiting = office.reviewed("applicant@other_institution")
    filling = office.apply()
    with db.reading() as session:
        days = {day.isoformat() for day in session.scalars(select(Deadline.last_day).where(Deadline.provisional))}
        public = dict(session.execute(select(Case.id, Case.public_id)).all())
        task = session.scalars(select(Task.public_id).where(Task.case_id == filling)).one()
        step = session.execute(
            select(Case.release_id, Case.diagram, Task.element).join(Task, Task.case_id == Case.id)
            .where(Case.id == waiting, Task.status == "open")
        ).one()
    assert all(day > "2027" for day in days)
    assert len(days) >= 3
    return SimpleNamespace(
        days=days, filling=public[filling], waiting=public[waiting], listed=public[listed], task=task,
        publication=publication.public_id, app=app, clock_at=clock_at,
        step=f"release={step.release_id}&diagram={step.diagram}&element={step.element}",
    )


PAGES = [
    ("applicant@institution", "/inbox"),
    ("applicant@institution", "/tasks/{task}"),
    ("applicant@institution", "/cases/{filling}"),
    ("clerk@county", "/cases/{filling}"),
    ("lead@city", "/inbox"),
    ("lead@city", "/cases/{waiting}"),
    ("lead@city", "/cases/{listed}"),
    ("lead@city", "/acts/new?{step}"),
    ("lead@city", "/monitoring/tasks"),
    ("auditor@city", "/monitoring/tasks"),
    ("", "/publications"),
    ("", "/publications/{publication}"),
    ("", "/publications/{publication}/entries/1/objection"),
]


@pytest.mark.parametrize(("login", "path"), PAGES, ids=[f"{login or 'anybody'} {path}" for login, path in PAGES])
def test_a_page_marks_every_last_day_of_2027(site, login, path):
    browser: Browser = site.app.test_client()
    if login:
        browser.sign_in(login)

    page = browser.page(path.format_map(vars(site)))

    assert "暂定" in page.get_text()
    assert unmarked(page, site.days) == []


def test_what_is_overdue_is_printed_with_its_mark(site):
    site.clock_at("2027-03-01 09:00")
    browser = site.app.test_client()
    browser.sign_in("lead@city")

    page = browser.page("/monitoring?print=1")

    assert page.select("td[data-label=截止日]")
    assert all(cell.get_text().endswith(MARK) for cell in page.select("td[data-label=截止日]"))


def test_the_workbook_of_the_monitoring_marks_every_last_day(site):
    browser = site.app.test_client()
    browser.sign_in("lead@city")

    book = load_workbook(io.BytesIO(browser.get("/monitoring/export.xlsx").data))

    rows = list(book["待办明细"].values)
    days = [row[rows[0].index("截止日")] for row in rows[1:]]
    assert days
    assert all(re.fullmatch(r"2027-\d\d-\d\d（暂定）", day) for day in days)


def test_the_light_in_the_inbox_says_it_too(site):
    browser = site.app.test_client()
    browser.sign_in("applicant@institution")

    light = browser.page("/inbox").select_one(".task-list .light")

    assert light.get_text(" ", strip=True).endswith("暂定")
    assert light["title"].endswith(MARK)


def test_a_last_day_in_a_year_with_a_notice_has_no_mark(app, clock_at, tmp_path):
    office = open_office(clock_at, tmp_path, files())
    office.apply()
    browser = app.test_client()
    browser.sign_in("applicant@institution")

    assert "暂定" not in browser.page("/inbox").get_text()


@pytest.fixture
def dated(who: Any, app: Flask) -> SimpleNamespace:  # noqa: F811
    """A call whose last days lie in 2027; the applicants' is a Saturday, so it rolls. No period ends with the city's
    day: that one depends on no notice."""
    batch = call(
        who, closes_on=date(2027, 3, 6), dates={"county": date(2027, 3, 31), "city": date(2027, 4, 30)}
    )
    return SimpleNamespace(app=app, batch=batch.public_id, id=batch.id, who=who, days={
        "2027-03-08", "2027-03-31",
    })


@pytest.mark.parametrize(("login", "path"), [
    ("applicant@institution", "/batches"),
    ("applicant@institution", "/batches/{batch}/apply"),
    ("lead@city", "/batches"),
    ("lead@city", "/batches/{batch}"),
])
def test_a_call_marks_its_last_days(dated, login, path):
    browser = dated.app.test_client()
    browser.sign_in(login)

    page = browser.page(path.format_map(vars(dated)))

    assert "2027-03-08（暂定）" in page.get_text() or "2027-03-08 24:00（暂定）" in page.get_text()
    assert unmarked(page, dated.days) == []


def test_the_mail_about_changed_dates_and_the_cases_story_say_it(dated):
    case_id = applied(dated.who, dated)
    with db.transaction() as session:
        batches.change_dates(
            session, session.get_one(Batch, dated.id), by=dated.who["lead@city"], reason="系统升级",
            dates={"applicants": date(2027, 3, 13)},
        )
    worker.run_until_idle(NoSender())

    with db.reading() as session:
        public_id = session.get_one(Case, case_id).public_id
        (body,) = session.scalars(select(Letter.body))
    assert "2027-03-15（暂定）" in body
    browser = dated.app.test_client()
    browser.sign_in("lead@city")
    assert "填报 2027-03-08（暂定） → 2027-03-15（暂定）" in browser.page(f"/cases/{public_id}").get_text()


def test_nobody_is_refused_by_a_provisional_day(dated, clock_at):
    clock_at("2027-03-09 09:00")

    case_id = applied(dated.who, dated)

    sample.complete(case_id, by=dated.who["applicant@institution"], answers={"name": "平台"})
    with db.reading() as session:
        statuses = dict(session.execute(select(Deadline.period, Deadline.status)).all())
    assert statuses["filling"] == "missed"


def test_a_call_is_over_once_no_rest_could_move_its_last_day(dated, clock_at):
    clock_at("2027-04-05 09:00")
    browser = dated.app.test_client()
    browser.sign_in("applicant@institution")

    assert "2027-03-08" not in browser.page("/batches").get_text()
    with pytest.raises(Refused, match="已于 2027-03-08（暂定） 截止"):
        applied(dated.who, dated)


def test_the_terminal_marks_them(site):
    told = "\n".join(telling.timeline())
    ends = re.findall(r"截止 2027-\d\d-\d\d 24:00(（暂定）)?", told)
    answer = CliRunner().invoke(deadline_command, ["--start", "2026-12-28", "--period", "10 working_days"])

    assert set(ends) == {MARK}
    assert answer.output.splitlines()[2].endswith(f"24:00{MARK}")


def unmarked(page: BeautifulSoup, days: set[str]) -> list[str]:
    """Where a page writes one of the days without its mark: in what is read, and in titles and labels.

    Left out are the days on the way in an explanation, which are no last days, and what a call's own text says.
    """
    for step in page.select(".explained li, .told li"):
        if not step.get_text(strip=True).startswith("截止"):
            step.decompose()
    for typed in page.select("td[data-label=通知所载日期]"):
        typed.decompose()
    written = [str(text) for text in page.find_all(string=True) if text.parent.name not in ("script", "style")]
    written += [
        value for tag in page.find_all(True) for name, value in tag.attrs.items() if name in ("title", "aria-label")
    ]
    return [
        text.strip()
        for text in written
        for found in re.finditer(r"\d{4}-\d\d-\d\d", text)
        if found[0] in days and not re.match(r"( \d\d:\d\d)?（暂定）", text[found.end():])
    ]


def test_the_search_for_unmarked_days_finds_them():
    page = BeautifulSoup(
        "<p>截止 2027-01-08</p><p title='截止 2027-01-08 24:00'>2027-01-08（暂定）</p><p>2027-01-09</p>"
        "<div class=explained><li>2027-01-08 第 1 个工作日</li><li>截止 2027-01-08 24:00</li></div>",
        "html.parser",
    )

    assert unmarked(page, {"2027-01-08"}) == ["截止 2027-01-08", "截止 2027-01-08 24:00", "截止 2027-01-08 24:00"]
