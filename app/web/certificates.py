"""证书: the page of a title's certificate for its holder, its print, and the public page that verifies a number."""

import contextlib
from datetime import date

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import clock, db
from app.certificates import queries
from app.errors import Invalid, TooMany, Unavailable
from app.letters import certificate as drawing
from app.people import attempts
from app.web import access, security

certificates = Blueprint("certificates", __name__)

MOST_LOOKUPS = 240
"""Look-ups of one address within 15 minutes: a hall of people behind one router, but nobody who tries all numbers."""
READERS = access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer")


@certificates.get("/titles/<public_id>/certificate")
@access.rule(READERS)
def show(public_id: str) -> str:
    """The certificate as a page to look at and to print."""
    found = _found(public_id)
    return render_template(
        "certificates/show.html", shown=found, certificate=found.certificate,
        code=Markup(drawing.code_svg(found.certificate.url)),  # noqa: S704 - drawn by ourselves out of modules
    )


@certificates.get("/titles/<public_id>/certificate.pdf")
@access.rule(READERS)
def print_out(public_id: str) -> Response:
    """The certificate as PDF."""
    found = _found(public_id)
    response = Response(drawing.pdf(found.certificate), mimetype="application/pdf")
    name = "".join(letter for letter in found.number if letter.isascii() and (letter.isalnum() or letter in "-_"))
    response.headers["Content-Disposition"] = f"attachment; filename=certificate-{name or 'title'}.pdf"
    return response


@certificates.get("/verify")
@access.rule(access.public)
def ask() -> Response | str:
    """The page that asks for a number; with one it leads to the answer."""
    number = request.args.get("number", "").strip()
    if number:
        kept = {"on": on} if (on := request.args.get("on", "").strip()) else {}
        return redirect(url_for(".verify", number=number[: queries.LONGEST_NUMBER], **kept))
    return render_template("certificates/verify.html", number="", found=[], on=clock.today(), asked=False)


@certificates.get("/verify/<path:number>")
@access.rule(access.public)
def verify(number: str) -> str | tuple[str, int]:
    """Whether the title of a number, or those of an institution by its credit code, hold on a day (`on`, default
    today)."""
    on = _day(request.args.get("on", ""))
    _count(security.address())
    with db.reading() as session:
        found = queries.standings(session, number.strip(), on=on)
    page = render_template(
        "certificates/verify.html", number=number[: queries.LONGEST_NUMBER], found=found, on=on, asked=True,
        later=on > clock.today(),
    )
    return page if found else (page, 404)


def _found(public_id: str) -> queries.Shown:
    with db.reading() as session:
        return queries.shown(session, g.identity, public_id, site_url=current_app.config["BANJIAN"].site_url)


def _day(text: str) -> date:
    if not text.strip():
        return clock.today()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({"on": ["查询日期不正确，请写成 2026-11-20 的样子。"]}) from None


def _count(address: str) -> None:
    """Count a look-up of an address. Raises TooMany; a database that can't be written keeps nobody from an answer."""
    key = attempts.address_key(address, what="verify")
    with db.reading() as session:
        left = attempts.seconds_left(session, key)
    if left:
        raise TooMany("查验过于频繁，请稍后再试。", wait_seconds=left)
    with contextlib.suppress(Unavailable), db.transaction() as session:
        attempts.fail(session, key, most=MOST_LOOKUPS)
