"""异议和更正: anybody objects to an entry and follows it; the authority reads what came, and corrects lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.documents import operations as documents
from app.errors import Gone, Invalid, NotFound, Refused, TooMany
from app.people import signing_in
from app.publications import corrections, queries
from app.publications import objections as verbs
from app.web import access, forms, security
from app.web.forms import Field

objections = Blueprint("objections", __name__)

NAME = Field("name", "姓名或单位名称", en="Name", maxlength=50)
CONTACT = Field("contact", "联系方式", en="Contact", maxlength=100, help="电话或电子邮箱，用于核实情况和答复，不公开")
TEXT = Field("text", "异议的事实和理由", en="What is wrong", kind="textarea", maxlength=verbs.MOST_TEXT,
             help=f"哪一项不符合条件、您怎样得知，{verbs.MOST_TEXT} 字以内")
TEXTS = corrections.TEXTS
REASON, TITLE = "reason", "title"
MAY_READ = access.roles("clerk", "lead", kinds=("department",))
MAY_CORRECT = access.roles("lead", kinds=("department",))
STATUS_WORDS = {
    "open": ("blue", "正在核查"), "upheld": ("green", "异议成立"), "rejected": ("", "异议不成立"),
    "tip": ("", "作为线索留存"),
}


@objections.get("/publications/<public_id>/entries/<position>/objection")
@access.rule(access.public)
def new(public_id: str, position: str) -> str:
    """The form of an objection to one entry."""
    return _form_page(public_id, _number(position), {}, {})


@objections.post("/publications/<public_id>/entries/<position>/objection")
@access.rule(access.public)
def file(public_id: str, position: str) -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Take an objection in; its objector gets the link to follow it. The instant at which the request came counts."""
    received_at, status, headers = clock.now(), 422, {}
    fields = tuple(field.optional() for field in (NAME, CONTACT, TEXT))
    try:
        typed = forms.read(fields, request.form)
        with db.reading() as session:
            _see_that_it_may_come(session, public_id, _number(position))
        papers = _papers()
        with db.transaction() as session:
            taken = verbs.file(
                session, public_id, _number(position), name=typed["name"], contact=typed["contact"],
                text=typed["text"], papers=papers, address=security.address(), received_at=received_at,
            )
        return redirect(url_for(".follow", secret=taken.secret, new="1"), 303)
    except Invalid as error:
        errors: Mapping[str, Sequence[str]] = error.fields
    except TooMany as error:
        errors, status, headers = {"": [error.message]}, 429, {"Retry-After": str(error.wait_seconds)}
    page = _form_page(public_id, _number(position), forms.typed_values(fields, request.form), errors)
    return page, status, headers


@objections.get("/objections/<secret>")
@access.rule(access.public)
def follow(secret: str) -> str:
    """How one's own objection stands, by the link that only its objector has."""
    with db.reading() as session:
        found = queries.objection_by_secret(session, secret)
        decided = found.Objection.status in verbs.OUTCOMES
        reply = str(queries.finding(session, found.Objection.case_id).get("reply", "")) if decided else ""
        papers = queries.papers(session, [found.Objection.id]).get(found.Objection.id, [])
    return render_template(
        "objections/follow.html", found=found, objection=found.Objection, reply=reply, papers=papers,
        words=STATUS_WORDS[found.Objection.status], fresh=request.args.get("new") == "1",
        link=url_for(".follow", secret=secret, _external=True),
    )


@objections.get("/publications/<public_id>/objections")
@access.rule(MAY_READ)
def index(public_id: str) -> str:
    """What came in against a publication of the own unit: objections with their cases, and tips."""
    with db.reading() as session:
        publication, rows = queries.objections_of(session, g.identity, public_id)
        papers = queries.papers(session, [row.Objection.id for row in rows])
    return render_template(
        "objections/index.html", publication=publication, rows=rows, papers=papers, words=STATUS_WORDS,
    )


@objections.get("/publications/<public_id>/correction")
@access.rule(MAY_CORRECT)
def correction(public_id: str) -> str:
    """Which entries of a list are wrong, and how they should read."""
    return _correction_page(public_id, {}, {})


@objections.post("/publications/<public_id>/correction")
@access.rule(MAY_CORRECT)
def correct(public_id: str) -> Response | tuple[str, int]:
    """Publish the correction."""
    try:
        with db.transaction() as session:
            publication = corrections.correct(session, public_id, _wanted(), by=g.identity)
        flash("更正已生效，原公示页保留并注明更正内容。", "success")
        return redirect(url_for("public.publication", public_id=publication.public_id), 303)
    except Invalid as error:
        return _correction_page(public_id, request.form, error.fields), 422
    except (Gone, Refused) as error:
        shown = _correction_page(public_id, request.form, {"": [error.message]})
        return shown, 409 if isinstance(error, Gone) else 422


def _see_that_it_may_come(session: Session, public_id: str, position: int) -> None:
    """Refuse before any file is looked into: too many from here, nothing there, or the period is over."""
    signing_in.see_that_address_is_open(session, security.address(), what="objection")
    shown, entries = queries.publication(session, public_id)
    queries.entry(entries, position)
    if shown.objections is None:
        raise Refused("公示期已经结束，或本公示不在网上受理异议。请按公示正文写明的方式提出。")


def _papers() -> list[documents.Received]:
    found = [file for file in request.files.getlist("evidence") if file.filename]
    if set(request.files) - {"evidence"}:
        raise Invalid({"": ["附件没有对应的栏目，请刷新页面后重新上传。"]})
    if len(found) > verbs.MOST_PAPERS:
        raise Invalid({"evidence": [f"最多上传 {verbs.MOST_PAPERS} 个文件，请合并后再上传。"]})
    files_dir = current_app.config["BANJIAN"].files_dir
    return [
        documents.receive(file.stream, name=file.filename or "", field="evidence", files_dir=files_dir)
        for file in found
    ]


def _form_page(
    public_id: str, position: int, values: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
) -> str:
    with db.reading() as session:
        shown, entries = queries.publication(session, public_id)
        entry = queries.entry(entries, position)
    rules = shown.objections
    asks = rules is not None and rules.otherwise != "tip"
    fields = [
        NAME if asks and rules.real_name else NAME.optional(),
        CONTACT if asks and rules.contact else CONTACT.optional(), TEXT,
    ]
    return render_template(
        "objections/new.html", shown=shown, entry=entry, rules=rules, form=fields, values=values, errors=errors,
        labels={**forms.labels(fields), "evidence": "证明材料"}, most=verbs.MOST_PAPERS,
        takes=rules is not None and entry.status in ("listed", "held"),
    )


def _correction_page(public_id: str, typed: Mapping[str, str], errors: Mapping[str, Sequence[str]]) -> str:
    with db.reading() as session:
        publication, _rows = queries.objections_of(session, g.identity, public_id)
        shown, entries = queries.publication(session, public_id)
        left_out = corrections.left_out(session, publication, g.identity)
    return render_template(
        "objections/correction.html", shown=shown, left_out=left_out, typed=typed, errors=errors,
        entries=[entry for entry in entries if entry.status in corrections.CORRECTABLE],
        added=set(typed.getlist("add")) if hasattr(typed, "getlist") else set(),
        labels={REASON: "更正说明", TITLE: "更正公示的标题"} | {
            f"{key}-{entry.position}": f"第 {entry.position} 号 {corrections.LABELS[key]}"
            for entry in entries for key in TEXTS
        },
    )


def _wanted() -> corrections.Correction:
    form = request.form
    doing = {name.removeprefix("do-"): value for name, value in form.items() if name.startswith("do-")}
    known = {"csrf_token", REASON, TITLE, "add"}
    if any(name not in known and name.partition("-")[0] not in ("do", *TEXTS) for name in form):
        raise Invalid({"": ["提交了本页没有的内容，请刷新页面后重新填写。"]})
    changed = [_number(position) for position, do in doing.items() if do == "change"]
    return corrections.Correction(
        reason=_line(form.get(REASON, "")), title=_line(form.get(TITLE, "")),
        changed={n: {key: _line(form.get(f"{key}-{n}", "")) for key in TEXTS} for n in changed},
        removed=frozenset(_number(position) for position, do in doing.items() if do == "remove"),
        added=[_seen(value) for value in form.getlist("add")],
    )


def _line(text: str) -> str:
    found = text.replace("\r\n", "\n").strip()
    if any(not character.isprintable() and character != "\n" for character in found) or "\ufffd" in found:
        raise Invalid({"": ["填写的内容含有不能识别的字符，请删去后重新填写。"]})
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise NotFound()
    return int(text)


def _seen(value: str) -> tuple[str, int]:
    public_id, _, revision = value.partition(":")
    if not (revision.isascii() and revision.isdigit()) or len(value) > 60:
        raise Invalid({"add": ["补列的单位不正确，请刷新页面后重新勾选。"]})
    return public_id, int(revision)
