"""Fills a form of `forms/` in the browser, as a person would: field by field, rows added by their button."""

import mimetypes
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from app.formschema import Field, Form, read_form
from app.programmes import package
from app.programmes.reading import read_yaml
from tests.browser.site import ROOT

BAODING = "baoding-platform"
STORY = read_yaml((ROOT / "processes" / "demonstration.yaml").read_bytes())


@cache
def form(key: str, programme: str = BAODING) -> Form:
    """A form of a shipped programme."""
    return read_form(_files(programme)[f"forms/{key}.json"])


def story_answers(key: str, *, year: int, today: date, **changes: Any) -> dict[str, Any]:
    """What the demonstration's story answers, in the words of a page: `year-1` is the year before the call closes."""
    return dated({**STORY["answers"][key], **changes}, year=year, today=today)


def dated(answers: Any, *, year: int, today: date) -> Any:
    """Answers of any story with `today`, `year-1` and `year-2` as one types them for a call that closes in `year`."""
    if isinstance(answers, Mapping):
        return {name: dated(inner, year=year, today=today) for name, inner in answers.items()}
    if isinstance(answers, list):
        return [dated(inner, year=year, today=today) for inner in answers]
    return {"year-1": str(year - 1), "year-2": str(year - 2), "today": today.isoformat()}.get(answers, answers)


def fill(
    page: Page, key: str, answers: Mapping[str, Any], *, paper: Path | None = None, programme: str = BAODING
) -> None:
    """Fill every field of a form that `answers` names; each file is a copy of `paper` under the name it answers."""
    for field in form(key, programme).asked:
        if field.key not in answers:
            continue
        if field.is_table:
            _fill_rows(page, field, answers[field.key])
        elif field.kind == "filepicker":
            assert paper is not None, f"{field.key} wants a file"
            upload(page, field.key, answers[field.key], paper)
        else:
            _fill_one(page, field, field.key, answers[field.key])


def upload(page: Page, name: str, names: Sequence[str], paper: Path) -> None:
    """Choose files in a field: the content of `paper`, once under each name."""
    content = paper.read_bytes()
    page.locator(f'input[type="file"][name="{name}"]').set_input_files([
        {"name": each, "mimeType": mimetypes.guess_type(each)[0] or "application/octet-stream", "buffer": content}
        for each in names
    ])


@cache
def _files(programme: str) -> Mapping[str, bytes]:
    return package.read_folder(ROOT / "processes" / programme)


def _fill_rows(page: Page, field: Field, rows: Sequence[Mapping[str, Any]]) -> None:
    listed = page.locator(f"#f-{field.key} [data-row]")
    while listed.count() < len(rows):
        before = listed.count()
        page.locator(f'button[name="_add"][value="{field.key}"]').click()
        listed.nth(before).wait_for()
    for place, row in enumerate(rows):
        for column in field.fields:
            if column.key in row:
                _fill_one(page, column, f"{field.key}-{place}-{column.key}", row[column.key])


def _fill_one(page: Page, field: Field, name: str, answer: Any) -> None:
    if field.kind in ("radio", "checklist", "checkbox"):
        chosen = answer if isinstance(answer, list) else ["true" if answer is True else answer]
        for value in chosen:
            page.locator(f'input[name="{name}"][value="{value}"]').check()
    elif field.kind == "select":
        page.locator(f'[name="{name}"]').select_option(answer)
    else:
        page.locator(f'[name="{name}"]').fill(str(answer))
