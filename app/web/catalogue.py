"""服务目录: what everybody may read of it, and the pages on which a title holder keeps its products and cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import db
from app.appointments import catalogue as verbs
from app.appointments.models import CatalogueItem
from app.documents import operations as documents
from app.documents import storage
from app.errors import Gone, Invalid, NotFound, Refused
from app.titles import queries as titles
from app.titles.models import Title
from app.web import access, forms
from app.web.appointments import _before, _line
from app.web.documents import as_attachment
from app.web.forms import Field

catalogue = Blueprint("catalogue", __name__, url_prefix="/catalogue")
services = Blueprint("services", __name__, url_prefix="/services")

HOLDER = access.roles("applicant", kinds=("institution",))
NAME = Field("name", "名称", en="Name", maxlength=verbs.LENGTHS["name"])
TEXT = Field("text", "内容", en="What it is", kind="textarea", maxlength=verbs.LENGTHS["text"],
             help="服务内容、对象和方式；案例写明为谁解决了什么问题")
CHARGE = Field("charge", "收费", en="Charge", maxlength=verbs.LENGTHS["charge"], required=False,
               help="例如 免费、每次 500 元、面议")
KIND = Field("kind", "类型", en="Kind", kind="radio", options=tuple(verbs.KINDS.items()))
AREAS = Field("fields", "服务领域", en="Fields", kind="checklist", required=False)
PICTURES = frozenset({"image/png", "image/jpeg"})


@catalogue.get("")
@access.rule(access.public)
def index() -> str:
    """Products and cases of titles that stand, to search and to filter."""
    text, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "")
    chosen, region = request.args.get("class", "").strip()[:60], request.args.get("region", "")[:6]
    if kind and kind not in verbs.KINDS:
        raise Invalid({"kind": ["筛选条件不正确，请从列表中选择。"]})
    before = _before()
    with db.reading() as session:
        rows, following = verbs.listing(
            session, text=text, kind=kind, service_class=chosen, region=region, before=before
        )
        classes, cities = verbs.choices(session)
    kept = {"q": text, "kind": kind, "class": chosen, "region": region}
    return render_template(
        "catalogue/index.html", rows=rows, text=text, kind=kind, chosen=chosen, region=region, words=verbs.KINDS,
        kinds=[("", "全部"), *verbs.KINDS.items()], classes=[("", "全部"), *((one, one) for one in classes)],
        cities=[("", "全部"), *cities], first_url=url_for(".index", **kept) if before else "",
        next_url=url_for(".index", **kept, before=following) if following else "",
    )


@catalogue.get("/<public_id>")
@access.rule(access.public)
def show(public_id: str) -> str:
    """One product or case."""
    with db.reading() as session:
        row = verbs.item(session, public_id)
    return render_template(
        "catalogue/show.html", row=row, item=row.CatalogueItem, title=row.Title, words=verbs.KINDS,
        is_picture=row.media_type in PICTURES,
    )


@catalogue.get("/<public_id>/paper")
@access.rule(access.public)
def paper(public_id: str) -> Response:
    """The picture or document of an item that is shown."""
    with db.reading() as session:
        row = verbs.item(session, public_id)
    path = storage.path_of(current_app.config["BANJIAN"].files_dir, row.sha256) if row.sha256 else None
    if path is None or not path.is_file():
        raise NotFound()
    if row.media_type in PICTURES:
        response = send_file(path, mimetype=row.media_type, conditional=True, etag=row.sha256)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    return as_attachment(row.paper, row.media_type, row.sha256, path)


@catalogue.get("/of/<public_id>")
@access.rule(access.public)
def holder(public_id: str) -> str:
    """What one title holder shows."""
    with db.reading() as session:
        row, _events = titles.title(session, public_id)
        stands = session.scalar(select(Title.id).where(Title.id == row.id, verbs.stands())) is not None
        items = verbs.items_of(session, row.id) if stands else []
    return render_template("catalogue/holder.html", title=row, items=items, stands=stands, words=verbs.KINDS)


@services.get("")
@access.rule(HOLDER)
def index_own() -> str:
    """The own titles with what they show, and what was withdrawn."""
    with db.reading() as session:
        own = [
            (title, verbs.items_of(session, title.id, withdrawn=True))
            for title, _programme in verbs.titles_of(session, g.identity)
        ]
    return render_template("catalogue/own.html", own=own, words=verbs.KINDS)


@services.get("/new/<title_id>")
@access.rule(HOLDER)
def new(title_id: str) -> str:
    """The form of a new item of a title."""
    return _form_page(title_id, None, {"kind": "product"}, {})


@services.post("/new/<title_id>")
@access.rule(HOLDER)
def publish(title_id: str) -> Response | tuple[str, int]:
    """Show a new item."""
    try:
        draft = _typed(title_id)
        with db.transaction() as session:
            made = verbs.publish(session, title_id, draft, by=g.identity)
        flash(f"“{made.name}”已发布。", "success")
        return redirect(url_for(".index_own"), 303)
    except Invalid as error:
        return _form_page(title_id, None, _again(), error.fields), 422
    except Refused as error:
        return _form_page(title_id, None, _again(), {"": [error.message]}), 409


@services.get("/<public_id>")
@access.rule(HOLDER)
def edit(public_id: str) -> str:
    """The form of an item of one's own."""
    with db.reading() as session:
        item = verbs.own(session, public_id, g.identity)
        title_id = _title_of(session, item)
    values = {key: getattr(item, key) for key in ("kind", "name", "text", "charge")}
    return _form_page(title_id, item, values, {})


@services.post("/<public_id>")
@access.rule(HOLDER)
def change(public_id: str) -> Response | tuple[str, int]:
    """Change an item."""
    with db.reading() as session:
        item = verbs.own(session, public_id, g.identity)
        title_id = _title_of(session, item)
    try:
        version = request.form.get("version", "")
        draft = _typed(title_id)
        with db.transaction() as session:
            verbs.change(
                session, public_id, draft, by=g.identity, version=int(version) if version.isdecimal() else 0
            )
        flash(f"“{draft.name}”已更新。", "success")
        return redirect(url_for(".index_own"), 303)
    except Invalid as error:
        return _form_page(title_id, item, _again(), error.fields), 422
    except (Gone, Refused) as error:
        return _form_page(title_id, item, _again(), {"": [error.message]}), 409


@services.post("/<public_id>/withdraw")
@access.rule(HOLDER)
def withdraw(public_id: str) -> Response | tuple[str, int]:
    """Show an item no longer."""
    try:
        with db.transaction() as session:
            item = verbs.withdraw(session, public_id, by=g.identity, reason=_line(request.form.get("reason", "")))
        flash(f"“{item.name}”已撤下。", "success")
    except Invalid as error:
        flash(" ".join(message for messages in error.fields.values() for message in messages), "danger")
    return redirect(url_for(".index_own"), 303)


def _typed(title_id: str) -> verbs.Draft:
    """What was filled in, with the file that came along. Raises Invalid."""
    typed = request.form.copy()
    for key in ("version", "drop_paper"):
        typed.pop(key, None)
    values = forms.read(_fields(title_id), typed)
    found = request.files.get("paper")
    received = None
    if found is not None and found.filename:
        files_dir = current_app.config["BANJIAN"].files_dir
        received = documents.receive(found.stream, name=found.filename, field="paper", files_dir=files_dir)
    return verbs.Draft(
        kind=values["kind"], name=values["name"], text=values["text"], fields=values["fields"],
        charge=values["charge"], paper=received, drop_paper=bool(request.form.get("drop_paper")),
    )


def _again() -> dict[str, Any]:
    return {**{key: request.form.get(key, "") for key in ("kind", "name", "text", "charge")},
            "fields": request.form.getlist("fields")}


def _fields(title_id: str) -> tuple[Field, ...]:
    with db.reading() as session:
        found = {title.public_id: programme for title, programme in verbs.titles_of(session, g.identity)}
    if title_id not in found:
        raise NotFound()
    areas = AREAS.offering(tuple(verbs.fields_of(found[title_id]).items()))
    return (KIND, NAME, *([areas] if areas.options else []), CHARGE, TEXT)


def _form_page(
    title_id: str, item: CatalogueItem | None, values: dict[str, Any], errors: Mapping[str, Sequence[str]]
) -> str:
    fields = _fields(title_id)
    if item is not None and "fields" not in values:
        words = {label: key for field in fields if field.key == "fields" for key, label in field.options}
        values["fields"] = [words[label] for label in item.fields if label in words]
    return render_template(
        "catalogue/form.html", item=item, form=fields, values=values, errors=errors,
        labels={**forms.labels(fields), "paper": "图片或文件"}, title_id=title_id,
    )


def _title_of(session: Any, item: CatalogueItem) -> str:
    return session.scalar(select(Title.public_id).where(Title.id == item.title_id)) or ""
