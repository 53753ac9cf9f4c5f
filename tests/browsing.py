"""A browser for tests: signs in, sends forms with their token, and reads pages."""

import secrets
from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import db
from app.people import sessions
from app.people.models import Person


class Browser(FlaskClient):
    """Flask's test client; `submit` is a form posted with its CSRF token, `page` the parsed answer of a GET."""

    def sign_in(self, login: str) -> None:
        """Be signed in as a person, without going through the page."""
        with db.transaction() as tx:
            person_id = tx.scalars(select(Person.id).where(Person.login == login)).one()
            session_id = sessions.start(tx, person_id=person_id)
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["sid"] = session_id

    def submit(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST a form with a good CSRF token."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, **options)

    def csrf_token(self) -> str:
        """A token that fits this browser's cookie."""
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", secrets.token_hex(20))
        with self.application.test_request_context() as context:
            context.session["csrf_token"] = raw
            return generate_csrf()

    def page(self, path: str, *, status: int = 200) -> BeautifulSoup:
        """The page at a path, parsed."""
        response = self.get(path)
        assert response.status_code == status, f"{path}: {response.status_code}\n{seen(response)[:600]}"
        return soup(response)


def soup(response: TestResponse) -> BeautifulSoup:
    """A response's page, parsed."""
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def seen(response: TestResponse) -> str:
    """The text that somebody sees, with spaces collapsed."""
    return " ".join(soup(response).get_text(" ").split())


def errors(response: TestResponse) -> dict[str, str]:
    """The messages at the fields of a form, by the field's name."""
    page = soup(response)
    found = {}
    for control in page.select("[aria-invalid=true]"):
        ids = (control.get("aria-describedby") or "").split()
        messages = [page.find(id=i) for i in ids if i.endswith("-error")]
        found[control.get("name", "")] = " ".join(m.get_text(" ", strip=True) for m in messages if m)
    return found
