"""What a view will ask in any case, sent to the database together with who is asking: one way there instead of two.

    @tasks.post("/<public_id>")
    @access.rule(MAY)
    @ahead.asks(operations.ask_task)
    def act(public_id): ...

The question is a lookup by the address's own parts and shows nothing by itself: whether the person may see what it
found is decided afterwards, as ever. It is asked for people who are signed in alone.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request
from sqlalchemy.orm import Session

from app import db

View = TypeVar("View", bound=Callable[..., Any])
Question = Callable[..., db.Answer]


def asks(question: Question) -> Callable[[View], View]:
    """Declare what a view asks; `question` takes the session and the address's parts by name."""

    def declare(view: View) -> View:
        view.asks_ahead = question  # type: ignore[attr-defined]
        return view

    return declare


def send(session: Session) -> db.Answer | None:
    """Send off what the view of this request asks; None where it declares nothing. Nobody waits yet."""
    question = getattr(current_app.view_functions.get(request.endpoint or ""), "asks_ahead", None)
    return question(session, **request.view_args) if question is not None else None


def keep(answer: db.Answer | None) -> None:
    """Keep the rows for the view, for `taken`."""
    if answer is not None:
        g.asked_ahead = answer.rows()


def taken() -> list[Any] | None:
    """The rows that were asked for ahead; None where nothing was. Once only: who asks again wants what is so now."""
    return g.pop("asked_ahead", None)
