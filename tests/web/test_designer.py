"""The designer's pages: releases to look at, and a change on its whole way to a second person's click."""

import io
import re
import time

import pytest

from app import db, vocabulary
from app.people.roles import ROLES
from app.programmes import operations, package, proposals
from app.web import designer, trials
from tests import factories
from tests.browsing import errors, seen, soup
from tests.programmes.package_files import sample, with_text

HERE = "/designer/programmes/baoding-platform"
STORIES = list(package.of_kind(sample(), "example"))
KEPT = "examples/refusals.yaml"
RENAMED = with_text("programme.yaml", "name: 公示期\n", "name: 名单公示期\n")["programme.yaml"]


@pytest.fixture
def world(database):
    """The sample programme, deployed with one story alone: each takes seconds to tell."""
    with db.transaction() as session:
        world = factories.world(session)
        factories.person(session, world.unit("city"), "designer", login="second@city")
        files = {path: data for path, data in sample().items() if path not in STORIES or path == KEPT}
        operations.deploy(session, files, person_id=None, **vocabulary.known())
    return world


def upload(client, *files, base="1", note="按会议意见调整。", **more):
    data = {"base": base, "note": note, "files": [(io.BytesIO(data), name) for name, data in files], **more}
    return client.submit(f"{HERE}/proposals", data)


def wait(public_id):
    """Until every story of a proposal has ended."""
    for _ in range(600):
        with db.reading() as session:
            by = factories.identity(session, _person(session, "designer@city"))
            found = proposals.shown(session, by, public_id)
        if not found.is_being_told:
            return found
        time.sleep(0.1)
    raise AssertionError("the stories never ended")


def _person(session, login):
    from app.people import queries

    return queries.person_by_login(session, login)


def test_a_release_shows_diagrams_tables_forms_periods_and_files(client, world):
    client.sign_in("designer@county")

    page = client.page(f"{HERE}/1")

    assert page.select_one("#diagrams ~ article svg[role=img]")
    assert not page.select("svg style, svg [class]")
    heads = [th.get_text() for th in page.select("#tables ~ .list th")]
    assert heads == ["条件", "服务功能", "要求", "指标", "单位", "条款"]
    assert "资产总额 不限 >= 150 total_assets_wan 万元 BDP-7.1" in " ".join(page.get_text(" ").split())
    assert "公示期 7 个工作日 不计入 顺延" in " ".join(page.get_text(" ").split())
    assert not page.select("form[action*=proposals]")


def test_a_form_is_shown_and_cannot_be_filled_in(client, world):
    client.sign_in("lead@city")

    page = client.page(f"{HERE}/1/forms/city_review")

    assert page.select_one("fieldset[disabled] textarea")
    assert not page.select("main form")
    assert client.get(f"{HERE}/1/forms/nothing").status_code == 404


@pytest.mark.parametrize("path", ["programme.yaml", "forms/city_review.json", "application.bpmn"])
def test_a_file_is_saved_byte_for_byte_and_never_shown_as_a_page(client, world, path):
    client.sign_in("designer@city")

    response = client.get(f"{HERE}/1/files/{path}")

    assert response.data == sample()[path]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["2", "0", "x", "01", "1/files/../programme.yaml", "1/files/nothing.yaml"])
def test_what_is_not_there_is_not_found(client, world, path):
    client.sign_in("designer@city")

    assert client.get(f"{HERE}/{path}").status_code == 404


def test_a_change_goes_all_the_way_with_two_people(client, world):
    client.sign_in("designer@city")
    response = upload(client, ("programme.yaml", RENAMED))
    assert response.status_code == 303
    address = response.location
    told = wait(address.rpartition("/")[2])
    assert [(trial.status, trial.said) for trial in told.trials] == [("passed", "")]

    own = client.get(address)
    assert "“名称”由 公示期 改为 名单公示期（BDP-12）" in seen(own)
    assert "部署须由第二个人确认" in seen(own)
    assert client.submit(f"{address}/deploy").status_code == 403

    client.sign_in("second@city")
    assert soup(client.get(address)).select_one("form[action$=deploy]")
    done = client.submit(f"{address}/deploy")
    assert done.location == f"{HERE}/2"
    assert "已部署为第 2 版" in seen(client.get(done.location))
    assert client.submit(f"{address}/deploy").status_code == 409


def test_problems_stand_in_the_list_and_on_the_picture(client, world):
    broken = with_text("application.bpmn", 'value="city/clerk"', 'value="nobody/clerk"')["application.bpmn"]
    client.sign_in("designer@city")

    page = client.page(upload(client, ("application.bpmn", broken)).location)

    badge = page.select_one(".drawing svg a")
    row = page.select_one(badge["href"])
    assert "nobody" in badge.title.get_text()
    assert "nobody" in row.get_text()
    assert "检查发现错误，不能部署" in page.get_text()
    assert not page.select("form[action$=deploy]")


def test_a_story_that_fails_says_at_which_step(client, world):
    changed = re.sub(r"refused: [^,}\n]+", "refused: 绝不会这样说", sample()[KEPT].decode(), count=1).encode()
    client.sign_in("designer@city")

    address = upload(client, ("refusals.yaml", changed)).location
    told = wait(address.rpartition("/")[2])

    (trial,) = told.trials
    assert trial.status == "failed"
    assert trial.said.startswith("第 ")
    page = seen(client.get(address))
    assert trial.said[:20] in page
    assert "有故事没有通过，不能部署" in page
    assert client.submit(f"{address}/deploy").status_code in (403, 422)


def test_a_page_made_from_an_older_release_is_refused_and_keeps_what_was_typed(client, world):
    with db.transaction() as session:
        operations.deploy(session, {**sample(), "programme.yaml": RENAMED}, person_id=None, **vocabulary.known())
    client.sign_in("designer@city")

    response = upload(client, ("application.bpmn", b"x"), base="1", note="我的理由")

    assert response.status_code == 422
    assert "又有新版本部署" in errors(response)["files"]
    assert soup(response).select_one("#f-note").get_text() == "我的理由"
    assert soup(response).select_one("input[name=base]")["value"] == "2"


@pytest.mark.parametrize(
    ("files", "more", "field"),
    [
        ((), {}, "files"),
        ((("../x.yaml", b"x"),), {}, "files"),
        ((("run.py", b"x"),), {}, "files"),
        ((("programme.yaml", sample()["programme.yaml"]),), {}, "files"),
        ((("programme.yaml", RENAMED),), {"note": ""}, "note"),
        ((("programme.yaml", RENAMED),), {"note": "长" * 1_001}, "note"),
    ],
)
def test_an_upload_that_cannot_be_taken_says_why_at_its_field(client, world, files, more, field):
    client.sign_in("designer@city")

    response = upload(client, *files, **more)

    assert response.status_code == 422
    assert field in errors(response)


def test_a_proposal_is_withdrawn_and_stays_readable(client, world):
    client.sign_in("designer@city")
    address = upload(client, ("programme.yaml", RENAMED)).location
    wait(address.rpartition("/")[2])

    assert client.submit(f"{address}/withdraw").status_code == 303

    assert "已撤回" in seen(client.get(address))
    assert "已撤回" in seen(client.get("/designer"))


def test_who_has_no_part_in_it_is_refused(client, world):
    client.sign_in("designer@city")
    address = upload(client, ("programme.yaml", RENAMED)).location
    wait(address.rpartition("/")[2])

    for login, status in (("clerk@city", 403), ("designer@county", 404), ("lead@sibling_city", 404)):
        client.sign_in(login)
        assert client.get(address).status_code == status
    client.sign_in("lead@city")
    assert upload(client, ("programme.yaml", RENAMED)).status_code == 403


def test_a_story_is_told_far_from_the_servers_own_database(world, tmp_path, monkeypatch):
    """Nothing of the server's surroundings reaches the process: no address of a database, no secret."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("SECRET_KEY", "s" * 40)

    assert trials._told(package.pack({**sample()}), KEPT) == (True, "")


def test_every_role_that_may_read_is_a_role_of_departments():
    assert {role for role in designer.READERS.roles if "department" not in ROLES[role].kinds} == set()
