"""条款和落实: anybody reads what a clause says, and comes there from wherever a clause is named."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from app import db
from app.programmes import operations, package
from app.web import clauses
from tests import factories, sample

FOLDER = Path(__file__).parents[2] / "processes" / "hebei-institution"
PAGE = "/programmes/hebei-institution/clauses"

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def deployed(client, database):
    """A visitor of a house with one programme, in which people may sign in."""
    with db.transaction() as session:
        factories.world(session)
        operations.deploy(session, package.read_folder(FOLDER), person_id=None, **sample.vocabulary())
    return client


def soup(html):
    return BeautifulSoup(html, "html.parser")


def row_of(page, clause):
    return page.select_one(f"tr[id='{clause}']")


def test_a_visitor_reads_each_clause_with_what_carries_and_proves_it(deployed):
    page = deployed.page(PAGE)

    row = row_of(page, "HBI-8.4")
    assert "拟认定名单在省级网站公示规定的工作日" in row.get_text()
    assert "期限：公示" in row.get_text()
    assert "从正定县到认定" in row.get_text()
    assert not row.select("a[href*='/designer/']"), "a visitor is led nowhere where he may not go"
    assert not page.select(".notice-warning"), "nothing is missing"


def test_a_designer_comes_to_the_form_and_the_diagram_that_carry_it(deployed):
    deployed.sign_in("designer@province")

    links = [a["href"] for a in row_of(deployed.page(PAGE), "HBI-6.4").select("a")]

    assert "/designer/programmes/hebei-institution/1/forms/application" in links
    for link in links:
        assert deployed.get(link).status_code == 200, link


@pytest.mark.parametrize(
    ("clause", "at"), [("HBI-13.1", "HBI-13.1"), ("HBI-13", "HBI-13.1"), ("HBI-F1", "HBI-F1")]
)
def test_a_clause_is_found_by_its_id_and_an_article_by_its_first_part(deployed, clause, at):
    answer = deployed.get(f"/clauses/{clause}")

    assert (answer.status_code, answer.location) == (302, f"{PAGE}#{at}")


@pytest.mark.parametrize("clause", ["HBI-99", "XYZ-1", "x", "HBI-13.1'"])
def test_a_clause_that_nobody_has_is_not_found(deployed, clause):
    assert deployed.get(f"/clauses/{clause}").status_code == 404


def test_a_programme_that_is_not_deployed_has_no_clauses(deployed):
    assert deployed.get("/programmes/nowhere/clauses").status_code == 404


def test_what_is_missing_stands_on_top(client, database):
    files = package.read_folder(FOLDER)
    told = files["clauses.yaml"].decode().replace(
        "carried_by: [appointments.catalogue]", "later: 服务目录", 1
    )
    with db.transaction() as session:
        factories.world(session)
        operations.deploy(
            session, {**files, "clauses.yaml": told.encode()}, person_id=None, **sample.vocabulary()
        )

    page = client.page(PAGE)

    assert "HBI-16.1：尚未落实、没有写明由什么落实" in page.select_one(".notice-warning").get_text()
    assert "服务目录" in row_of(page, "HBI-16.1").get_text()


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("HBI-8.4", ["/clauses/HBI-8.4"]),
        ("依据HBI-8.2a、BDP-F1。", ["/clauses/HBI-8.2a", "/clauses/BDP-F1"]),
        ("HBI-2026-0001", []),
        ("HBI-2026", []),
        ("办法没有规定", []),
        (None, []),
    ],
)
def test_a_clause_in_a_text_is_a_link_and_a_number_is_none(app, text, links):
    with app.test_request_context():
        shown = soup(str(clauses.cited(text)))

    assert [a["href"] for a in shown.select("a")] == links
    assert shown.get_text() == (text or "")


def test_what_is_not_a_clause_is_escaped(app):
    with app.test_request_context():
        assert clauses.cited("<b>HBI-4</b>") == (
            '&lt;b&gt;<a class="clause-link" href="/clauses/HBI-4">HBI-4</a>&lt;/b&gt;'
        )


def test_the_page_that_says_no_leads_to_its_clause(deployed):
    with deployed.application.test_request_context():
        shown = soup(deployed.application.jinja_env.get_template("errors/_error.html").render(
            title="不能办理", clause="HBI-13.1"
        ))

    assert shown.select_one("a.clause-link")["href"] == "/clauses/HBI-13.1"
