"""Every route with everybody: nobody signed in, each role in each kind of place, against things in a county and a city.

What must come out is read off the route's own rule and off who has the thing in sight; see matrix_objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask

from app import create_app, db
from app.people import regions
from app.people.roles import ROLES
from app.web import access
from tests import factories, reopening
from tests.browsing import Browser
from tests.conftest import MEMORY, make_schema, test_config
from tests.web import matrix_objects

DEPARTMENTS = ("county", "sibling_county", "city", "sibling_city", "province", "ministry")
LOGINS = [
    *(f"{role.key}@{place}" for place in DEPARTMENTS for role in ROLES.values() if "department" in role.kinds),
    *(f"{role}@{place}" for place in ("institution", "other_institution") for role in ("applicant", "admin", "expert")),
    *(f"{role}@association" for role in ("clerk", "lead", "admin", "expert")),
]


@dataclass(frozen=True)
class Matrix:
    """The app on a database of its own, and the things in it: (key, place) -> Thing."""

    app: Flask
    url: str
    world: factories.World
    things: dict[tuple[str, str], matrix_objects.Thing]


@pytest.fixture(scope="module")
def _matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with TemporaryDirectory(prefix="banjian_test_matrix_", dir=MEMORY) as lies:
        yield _made(tmp_path_factory.mktemp("matrix"), f"sqlite:///{lies}/matrix.sqlite3")
        db.current().close()


def _made(folder: Path, url: str) -> Matrix:
    make_schema(url)
    config = test_config(url, folder)
    app = create_app(config)
    app.test_client_class = Browser
    with db.transaction() as tx:
        regions.load(tx)
        world = factories.world(tx)
        things = {
            (key, name): build(matrix_objects.Place(tx, world, name, config.files_dir))
            for name in ("county", "city")
            for key, build in matrix_objects.THINGS.items()
        }
    return Matrix(app, url, world, things)


@pytest.fixture
def matrix(_matrix: Matrix) -> Matrix:
    reopening.reopen(_matrix.url)
    return _matrix


@pytest.mark.parametrize("place", ["county", "city"])
@pytest.mark.parametrize("login", LOGINS)
def test_everybody_gets_exactly_what_the_rules_say(matrix, login, place):
    client, wrong = matrix.app.test_client(), []
    with db.reading() as session:
        identity = matrix.world.identity(session, login)

    client.sign_in(login)

    for rule, method in _calls(matrix.app):
        path, things = _path(matrix, rule, place)
        declared = access.rule_of(matrix.app, rule.endpoint)
        admitted, in_sight = declared.admits(identity), all(thing.in_sight(identity) for thing in things)
        in_sight = in_sight and rule.endpoint not in matrix_objects.NAMED_OTHERWISE
        status = (client.get(path) if method == "GET" else client.submit(path)).status_code
        if rule.endpoint == "auth.sign_out":
            client.sign_in(login)
        if not _fits(status, admitted, in_sight, public=declared.who == "public"):
            wrong.append(f"{method} {rule.rule}: {status}, {admitted=}, {in_sight=}")

    assert not wrong, "\n".join(wrong)


def test_somebody_who_is_not_signed_in_is_led_to_the_sign_in_page(matrix):
    client, wrong = matrix.app.test_client(), []

    for rule, method in _calls(matrix.app):
        path, _ = _path(matrix, rule, "county")
        public = access.rule_of(matrix.app, rule.endpoint).who == "public"
        response = client.get(path) if method == "GET" else client.submit(path)
        led = response.status_code == 302 and response.location.startswith("/sign-in?next=")
        if public:
            fits = response.status_code < 500 and not led
        else:
            fits = led if method == "GET" else response.status_code == 401
        if not fits:
            wrong.append(f"{method} {rule.rule}: {response.status_code} {response.location or ''}")

    assert not wrong, "\n".join(wrong)


def test_a_fragment_for_nobody_is_401(matrix):
    client = matrix.app.test_client()

    for rule, method in _calls(matrix.app):
        if method == "GET" and access.rule_of(matrix.app, rule.endpoint).who != "public":
            path, _ = _path(matrix, rule, "county")
            assert client.get(path, headers={"HX-Request": "true"}).status_code == 401, rule.rule


def test_a_post_without_a_token_is_400_everywhere(matrix):
    client = matrix.app.test_client()
    client.sign_in("clerk@county")

    for rule, method in _calls(matrix.app):
        if method == "POST":
            path, _ = _path(matrix, rule, "county")
            assert client.post(path).status_code == 400, rule.rule


def test_no_get_writes(matrix):
    """Pages only ask: what a link, a prefetch or an image can call changes nothing."""
    client = matrix.app.test_client()
    client.sign_in("admin@county")
    before = _fingerprint()

    for rule, method in _calls(matrix.app):
        if method == "GET":
            for place in ("county", "city"):
                client.get(_path(matrix, rule, place)[0])

    assert _fingerprint() == before


def _fits(status, admitted, in_sight, *, public):
    if status >= 500:
        return False
    if public:
        return True
    if not admitted:
        return status == 403
    return (status == 404) == (not in_sight)


def _calls(app):
    return [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule)
        for method in ("GET", "POST")
        if method in (rule.methods or ()) and rule.endpoint != "static"
    ]


def _path(matrix, rule, place):
    things = {}
    for argument in sorted(rule.arguments):
        blueprint = rule.endpoint.partition(".")[0]
        keys = [f"{rule.endpoint}.{argument}", f"{blueprint}.{argument}"]
        found = next((matrix.things[key, place] for key in keys if (key, place) in matrix.things), None)
        if found is None:
            pytest.fail(f"{rule.rule}: add a builder for {keys[1]!r} to THINGS in tests/web/matrix_objects.py")
        things[argument] = found
    path = matrix.app.url_map.bind("localhost").build(
        rule.endpoint, {name: thing.value for name, thing in things.items()}, method=min(rule.methods)
    )
    return path, list(things.values())


def _fingerprint():
    with db.current().engine.connect() as connection:
        found = [
            tuple(connection.exec_driver_sql(f'SELECT count(*), max(rowid) FROM "{name}"').one())
            for name in ("person", "role_grant", "case_file", "task", "message", "one_time_code", "unit")
        ]
        entries = connection.exec_driver_sql("SELECT count(*) FROM audit_entry").scalar_one()
    return found, entries
