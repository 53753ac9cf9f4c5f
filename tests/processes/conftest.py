"""Tests of one story stand together: it is told once, and told on for each change."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests of test_stories by their story, those without one last; the others stay where they are."""
    places = [place for place, item in enumerate(items) if item.path == Path(__file__).parent / "test_stories.py"]
    ordered = sorted((items[place] for place in places), key=_story)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def _story(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("path", "~")) if callspec else "~"
