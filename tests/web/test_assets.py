"""The pages find the built front end, and say what to do where there is none."""

import json
from pathlib import Path

import pytest
from flask import Flask

from app.web.assets import Asset, AssetsMissing, asset

MANIFEST = {
    "src/main.js": {"file": "assets/main-A1.js", "css": ["assets/main-B2.css", "assets/more-C3.css"], "isEntry": True},
    "src/diagram.js": {"file": "assets/diagram-D4.js", "isEntry": True},
}


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    """An application whose static folder is ours, with no build in it."""
    return Flask("site", static_folder=str(tmp_path / "static"), static_url_path="/static")


def build(site: Flask, text: str) -> Path:
    """Put a manifest where the build puts it."""
    manifest = Path(str(site.static_folder)) / "dist" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(text, encoding="utf-8")
    return manifest


def test_an_entry_has_the_urls_of_its_script_and_its_styles_in_order(site):
    build(site, json.dumps(MANIFEST))

    with site.test_request_context():
        found = asset("main")

    assert found == Asset(
        "/static/dist/assets/main-A1.js",
        ("/static/dist/assets/main-B2.css", "/static/dist/assets/more-C3.css"),
    )


def test_an_entry_without_styles_has_none(site):
    build(site, json.dumps(MANIFEST))

    with site.test_request_context():
        assert asset("diagram").styles == ()


def test_the_urls_follow_the_prefix_under_which_the_site_is_served(site):
    build(site, json.dumps(MANIFEST))

    with site.test_request_context(base_url="https://example.gov.cn/banjian"):
        assert asset("diagram").script == "/banjian/static/dist/assets/diagram-D4.js"


def test_a_missing_build_says_which_command_makes_it(site):
    with site.test_request_context(), pytest.raises(AssetsMissing, match="尚未构建.*make assets"):
        asset("main")


def test_a_damaged_manifest_says_so(site):
    build(site, '{"src/main.js": ')

    with site.test_request_context(), pytest.raises(AssetsMissing, match="已损坏.*make assets"):
        asset("main")


def test_an_unknown_entry_is_named(site):
    build(site, json.dumps(MANIFEST))

    with site.test_request_context(), pytest.raises(AssetsMissing, match="没有入口 desgner.*make assets"):
        asset("desgner")


def test_the_manifest_is_read_once(site):
    manifest = build(site, json.dumps(MANIFEST))
    with site.test_request_context():
        before = asset("main")
        manifest.unlink()

        after = asset("main")

    assert after == before
