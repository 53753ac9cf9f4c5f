"""送达: the box of letters, signing for one, what a department sent and isn't served yet, and acts' documents."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import db, letters
from app.cases import acts as verbs
from app.documents import operations as documents
from app.documents.formats import FORMATS
from app.errors import Gone, Invalid
from app.notices import operations, queries
from app.notices.models import WAYS
from app.web import access

notices = Blueprint("notices", __name__)

RECEIVERS = access.roles("applicant", "admin", "clerk", "lead", kinds=("institution", "association"))
ISSUERS = access.roles("clerk", "lead", kinds=("department",))
READERS = access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer")


@notices.get("/notices")
@access.rule(RECEIVERS)
def index() -> str:
    """The unit's box: what nobody has opened first."""
    before = _before()
    with db.reading() as session:
        new, old, following = queries.box(session, g.identity, before=before)
    return render_template(
        "notices/index.html", new=new, old=old, first_url=url_for(".index") if before else "",
        next_url=url_for(".index", before=following) if following else "",
    )


@notices.get("/notices/issued")
@access.rule(ISSUERS)
def issued() -> str:
    """What the own department sent: the notices that aren't served yet, or everything."""
    everything, before = request.args.get("show") == "all", _before()
    with db.reading() as session:
        rows, following = queries.issued(session, g.identity, waiting=not everything, before=before)
    kept = {"show": "all"} if everything else {}
    return render_template(
        "notices/issued.html", rows=rows, everything=everything, first_url=url_for(".issued", **kept) if before else "",
        next_url=url_for(".issued", before=following, **kept) if following else "",
    )


@notices.get("/notices/<public_id>")
@access.rule(READERS)
def show(public_id: str) -> str:
    """One letter: sealed until its receiver signs, else its text, and for officials how it was served."""
    return _page(public_id)


@notices.post("/notices/<public_id>/open")
@access.rule(RECEIVERS)
def sign(public_id: str) -> AnyResponse:
    """查看并签收: the first time counts as read."""
    with db.transaction() as session:
        operations.open_notice(session, public_id, by=g.identity)
    return redirect(url_for(".show", public_id=public_id), 303)


@notices.get("/notices/<public_id>/letter.docx")
@access.rule(READERS)
def docx(public_id: str) -> Response:
    """The letter as it was written."""
    with db.reading() as session:
        document = queries.readable(session, g.identity, public_id).document
        content = queries.content(document)
    return attachment(content, document.name, document.media_type)


@notices.get("/notices/<public_id>/letter.pdf")
@access.rule(READERS)
def pdf(public_id: str) -> Response:
    """The letter for printing."""
    with db.reading() as session:
        document = queries.readable(session, g.identity, public_id).document
        content = queries.content(document)
    name = Path(document.name).stem
    return attachment(letters.pdf(content, title=name), f"{name}.pdf", "application/pdf")


@notices.post("/notices/<public_id>/deliveries")
@access.rule(ISSUERS)
def deliver(public_id: str) -> AnyResponse | tuple[str, int]:
    """Enter how and when a letter reached its receiver, with a receipt where there is one."""
    way, reason = request.form.get("way", ""), request.form.get("reason", "").strip()
    delivered_on, file = _day(request.form.get("delivered_on", "")), request.files.get("receipt")
    said = {"way": way, "delivered_on": delivered_on, "reason": reason}
    try:
        with db.reading() as session:
            operations.see_that_delivery_fits(session, public_id, by=g.identity, **said)
        receipt_id = _receipt(file) if file and file.filename else None
        with db.transaction() as session:
            operations.enter_delivery(session, public_id, by=g.identity, receipt_id=receipt_id, **said)
    except (Invalid, Gone) as error:
        errors = error.fields if isinstance(error, Invalid) else {"": [error.message]}
        return _page(public_id, errors=errors, typed=request.form), 409 if isinstance(error, Gone) else 422
    flash("送达已登记，由送达起算的期限已相应开始。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@notices.get("/acts/<act_id>/document.docx")
@access.rule(ISSUERS)
def act_docx(act_id: str) -> Response:
    """The recognition document of a decision as Word file."""
    content, name = _act_document(act_id)
    return attachment(content, name, FORMATS["docx"].media_type)


@notices.get("/acts/<act_id>/document.pdf")
@access.rule(ISSUERS)
def act_pdf(act_id: str) -> Response:
    """The recognition document of a decision for printing."""
    content, name = _act_document(act_id)
    stem = Path(name).stem
    return attachment(letters.pdf(content, title=stem), f"{stem}.pdf", "application/pdf")


@notices.post("/acts/<act_id>/document")
@access.rule(ISSUERS)
def file_act(act_id: str) -> AnyResponse:
    """存入办件: keep the recognition document with each case of the decision."""
    with db.transaction() as session:
        operations.file_act_document(session, verbs.act_of(session, g.identity, act_id), by=g.identity)
    flash("认定文件已存入批文所列的各办件。", "success")
    return redirect(url_for("acts.show", public_id=act_id), 303)


def _page(public_id: str, *, errors: Any = None, typed: Any = None) -> str:
    with db.reading() as session:
        shown = queries.shown(session, g.identity, public_id)
        blocks = [] if shown.sealed else queries.blocks(shown.document)
        deliveries = [] if shown.sealed else queries.deliveries(session, shown.notice.id)
    may_deliver = shown.ours and shown.notice.kind == "notice" and access.allowed("notices.deliver")
    return render_template(
        "notices/show.html", shown=shown, letter=shown.notice, blocks=blocks, deliveries=deliveries, ways=WAYS,
        may_deliver=may_deliver, may_sign=access.allowed("notices.sign"), errors=errors or {}, typed=typed or {},
        is_table=lambda block: isinstance(block, letters.Table),
    )


def _act_document(act_id: str) -> tuple[bytes, str]:
    with db.reading() as session:
        act = verbs.act_of(session, g.identity, act_id)
        filed = queries.act_paper(session, act)
        if filed is not None:
            return filed[1], filed[0].name
        return operations.act_document(session, act), operations.file_name(f"{act.title}.docx")


def _receipt(file: Any) -> int:
    """A receipt in a transaction of its own: the unit's trail is locked there, a case's is in the next."""
    received = documents.receive(
        file.stream, name=file.filename or "", field="receipt", files_dir=current_app.config["BANJIAN"].files_dir
    )
    with db.transaction() as session:
        return documents.register(
            session, received, unit_id=g.identity.unit_id, person_id=g.identity.person_id, field="receipt"
        ).id


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Bytes to be saved under a name, never shown as a page of ours."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
