"""流程设计: programmes and their releases to look at; changes, uploaded, checked, tried, compared, deployed by two."""

import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import db
from app.errors import BanjianError, Invalid, NotFound, Refused
from app.people import queries as people
from app.programmes import differences, labels, operations, package, proposals, queries, uploading
from app.programmes.checks import Problem
from app.programmes.models import Release
from app.programmes.programme import Programme
from app.programmes.reading import Unreadable, read_yaml
from app.vocabulary import known
from app.web import access, pictures, trials

designer = Blueprint("designer", __name__, url_prefix="/designer")

READERS = access.roles("designer", "lead", kinds=("department",))
DESIGNERS = access.roles("designer", kinds=("department",))
MOST_UPLOADED = package.MAX_PACKAGE_BYTES
SECTIONS = (
    ("programme.yaml", "programme", "设置"), ("materials.yaml", "materials", "材料清单"),
    ("tables.yaml", "tables", "汇总表"), ("scoring.yaml", "scoring", "评分表"), ("clauses.yaml", "clauses", "条款"),
)
WORDS = {"open": "待部署", "deployed": "已部署", "withdrawn": "已撤回"}
_MEDIA = {"bpmn": "application/xml", "dmn": "application/xml", "json": "application/json", "yaml": "text/plain",
          "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@designer.get("")
@access.rule(READERS)
def index() -> str:
    """Programmes with their releases, and proposals in sight."""
    with db.reading() as session:
        rows = queries.releases(session)
        authorities = {one.key: one for one in queries.all_latest(session)}
        changes = proposals.listed(session, g.identity)
    programmes = [
        SimpleNamespace(latest=row, authority=authorities[row.programme].authority.name,
                        source=authorities[row.programme].settings.source,
                        releases=[other for other in rows if other.programme == row.programme])
        for row in rows if row.latest
    ]
    return render_template("designer/index.html", programmes=programmes, changes=changes, words=WORDS)


@designer.get("/programmes/<key>/<number>")
@access.rule(READERS)
def show(key: str, number: str) -> str:
    """One release: its diagrams, tables, forms, lists, letters and clauses; for designers the upload of a change."""
    return _release_page(key, number)


@designer.get("/programmes/<key>/<number>/forms/<form>")
@access.rule(READERS)
def form(key: str, number: str, form: str) -> str:
    """A form as its readers will see it; nothing can be filled in."""
    with db.reading() as session:
        release, programme = _release(session, key, number)
    if f"forms/{form}.json" not in programme.files:
        raise NotFound()
    found = programme.form(form)
    return render_template("designer/form.html", release=release, programme=programme, form=found,
                           values=found.to_html_values(found.defaults()))


@designer.get("/programmes/<key>/<number>/files/<path:path>")
@access.rule(READERS)
def file(key: str, number: str, path: str) -> Response:
    """A file of a release, byte for byte."""
    with db.reading() as session:
        _found, programme = _release(session, key, number)
    return _attachment(proposals.file_of(programme.files, path), path)


@designer.post("/programmes/<key>/proposals")
@access.rule(DESIGNERS)
def propose(key: str) -> AnyResponse | tuple[str, int]:
    """Upload changed files against the latest release."""
    with db.reading() as session:
        base = proposals.see_that_it_may_be_changed(session, g.identity, key)
    number = _posted_base()
    try:
        with db.reading() as session:
            _see_that_base_is_meant(session, base, number)
        removed = request.form.getlist("remove")
        uploads = _uploads()
        changed = uploading.take(uploads) if uploads or not removed else {}
        made = proposals.put_together(base, changed, removed, known=known())
        with db.transaction() as session:
            proposal = proposals.propose(session, made, by=g.identity, note=request.form.get("note", ""))
    except (Invalid, Refused) as error:
        fields = error.fields if isinstance(error, Invalid) else {"files": [error.message]}
        with db.reading() as session:
            latest = _number_of(session, base.release_id)
        return _release_page(key, str(latest), errors=fields, typed=request.form), 422
    trials.start(proposal.id)
    return redirect(url_for(".proposal", public_id=proposal.public_id), 303)


@designer.get("/proposals/<public_id>")
@access.rule(READERS)
def proposal(public_id: str) -> str:
    """A proposal: what it changes, what the check says, how its stories end, and who may deploy it."""
    return _proposal_page(public_id)


@designer.get("/proposals/<public_id>/files/<path:path>")
@access.rule(READERS)
def proposed_file(public_id: str, path: str) -> Response:
    """A file of a proposal, byte for byte."""
    with db.reading() as session:
        found = proposals.shown(session, g.identity, public_id)
    return _attachment(proposals.file_of(found.files, path), path)


@designer.post("/proposals/<public_id>/deploy")
@access.rule(READERS)
def deploy(public_id: str) -> AnyResponse | tuple[str, int]:
    """The second person's confirmation."""
    try:
        with db.transaction() as session:
            release = proposals.deploy(session, public_id, by=g.identity, known=known())
    except operations.NotDeployable as error:
        return _proposal_page(public_id, message=error.message), 422
    except Refused as error:
        return _proposal_page(public_id, message=error.message), 422
    flash(f"已部署为第 {release.number} 版。新的申报批次按此版办理，正在办理的办件仍按原来的版本。", "success")
    return redirect(url_for(".show", key=release.programme, number=release.number), 303)


@designer.post("/proposals/<public_id>/withdraw")
@access.rule(DESIGNERS)
def withdraw(public_id: str) -> AnyResponse:
    """Take a proposal back."""
    with db.transaction() as session:
        proposals.withdraw(session, public_id, by=g.identity)
    flash("已撤回这项修改，现行版本没有变化。", "success")
    return redirect(url_for(".proposal", public_id=public_id), 303)


@designer.post("/proposals/<public_id>/stories")
@access.rule(DESIGNERS)
def retry(public_id: str) -> AnyResponse | tuple[str, int]:
    """Let stories be told again."""
    try:
        with db.transaction() as session:
            found = proposals.retry_trials(session, public_id, by=g.identity)
    except Refused as error:
        return _proposal_page(public_id, message=error.message), 422
    trials.start(found.id)
    return redirect(url_for(".proposal", public_id=public_id), 303)


def _release_page(
    key: str, number: str, *, errors: Mapping[str, Sequence[str]] | None = None, typed: Any = None
) -> str:
    with db.reading() as session:
        release, programme = _release(session, key, number)
        latest = queries.latest(session, key)
        others = [row for row in queries.releases(session) if row.programme == key]
        may_propose = g.identity.has("designer") and proposals.in_sight(session, g.identity, latest)
        by = people.person_name(session, release.deployed_by) if release.deployed_by else "命令行"
    return render_template(
        "designer/show.html", release=release, programme=programme, others=others, deployed_by=by,
        is_latest=latest.release_id == release.id, latest=others[0], may_propose=may_propose,
        view=_view(programme.files), errors=errors or {}, typed=typed or {},
        removed=typed.getlist("remove") if typed else [], removable=_removable(programme.files),
    )


def _proposal_page(public_id: str, *, message: str = "") -> str:
    with db.reading() as session:
        found = proposals.shown(session, g.identity, public_id)
        programme = queries.programme(session, found.base.id)
        may_confirm = proposals.may_confirm(session, g.identity, programme)
    numbered = list(enumerate(found.problems, start=1))
    drawn = [_diagram(path, data, numbered) for path, data in package.of_kind(found.files, "diagram").items()]
    touched = {change.file for change in found.changes} | {problem.file for problem in found.problems}
    areas = [(area, [one for one in found.changes if one.area == area]) for area in differences.AREAS]
    shown_on = {badge for one in drawn for badge in one.numbers}
    return render_template(
        "designer/proposal.html", found=found, proposal=found.proposal, programme=programme, words=WORDS,
        numbered=numbered, shown_on=shown_on, diagrams=[one for one in drawn if one.path in touched],
        areas=[(area, changes) for area, changes in areas if changes], may_confirm=may_confirm, message=message,
        is_mine=found.proposal.proposed_by == g.identity.person_id, is_lost=proposals.is_lost,
        may_design=g.identity.has("designer"),
    )


def _release(session: Session, key: str, number: str) -> tuple[Release, Programme]:
    if not _NUMBER.fullmatch(number):
        raise NotFound()
    found = session.scalars(
        select(Release).where(Release.programme == key, Release.number == int(number))
    ).one_or_none()
    if found is None:
        raise NotFound("没有这个版本。")
    return found, queries.programme(session, found.id)


def _number_of(session: Session, release_id: int) -> int:
    return session.scalars(select(Release.number).where(Release.id == release_id)).one()


def _posted_base() -> str:
    return request.form.get("base", "")


def _see_that_base_is_meant(session: Session, base: Programme, number: str) -> None:
    """The page was made from a release: what somebody looked at must still be the latest."""
    if number != str(_number_of(session, base.release_id)):
        raise Refused("您打开页面之后又有新版本部署。请核对本页显示的现行版本，在它的基础上修改后重新上传。")


def _uploads() -> list[tuple[str, bytes]]:
    """The files of the request, as many bytes of each as may count and one more."""
    found, room = [], MOST_UPLOADED
    for upload in request.files.getlist("files"):
        if upload.filename:
            data = upload.stream.read(room + 1)
            room -= len(data)
            if room < 0:
                most = MOST_UPLOADED // 1024 // 1024
                raise Invalid({"files": [f"上传的文件合计超过 {most} MB，请只上传有改动的文件。"]})
            found.append((upload.filename, data))
    return found


def _removable(files: package.Files) -> list[str]:
    return [path for path in sorted(files) if path != package.SETTINGS]


def _view(files: package.Files) -> Any:
    """A package's parts, ready to be read."""
    programme = Programme(files)
    return SimpleNamespace(
        diagrams=[_diagram(path, data, ()) for path, data in package.of_kind(files, "diagram").items()],
        tables=[_table(programme, path) for path in package.of_kind(files, "table")],
        forms=[_form(programme, path) for path in package.of_kind(files, "form")],
        sections=[
            SimpleNamespace(path=path, name=name, groups=_groups(files[path], schema))
            for path, schema, name in SECTIONS if path in files
        ],
        periods=list(programme.settings.periods.values()),
        period_words={key: _period_words(programme, key) for key in programme.settings.periods},
        letters=[(path, package.name_of(path), len(data)) for path, data in package.of_kind(files, "letter").items()],
        stories=[(path, _story_name(data, path)) for path, data in package.of_kind(files, "example").items()],
    )


def _diagram(path: str, data: bytes, numbered: Sequence[tuple[int, Problem]]) -> Any:
    """A diagram with what is wrong in it: `numbers` are those that found a place in the picture."""
    key = package.name_of(path)
    found: dict[str, list[pictures.Badge]] = {}
    for number, problem in numbered:
        if problem.file == path and problem.place:
            said = f"{problem.words}{problem.remedy}"
            found.setdefault(problem.place, []).append(pictures.Badge(number, problem.severity, said))
    picture = pictures.drawn(data, found, prefix=key)
    ids = picture.ids if picture else frozenset()
    marks = [
        {"id": place, "state": "overdue" if any(b.severity == "error" for b in badges) else "current",
         "badge": "、".join(str(badge.number) for badge in badges) + f" · {pictures.short(badges[0].said)}"}
        for place, badges in found.items() if place in ids
    ]
    numbers = {badge.number for place, badges in found.items() if place in ids for badge in badges}
    xml = data.decode("utf-8", "replace")
    name = (picture.name if picture else "") or key
    return SimpleNamespace(path=path, key=key, name=name, picture=picture, marks=marks, xml=xml, numbers=numbers)


def _table(programme: Programme, path: str) -> Any:
    key = package.name_of(path)
    try:
        table = programme.table(key)
    except BanjianError as error:
        return SimpleNamespace(path=path, name=key, said=error.message, heads=[], rows=[])
    outputs = [name for name in table.output_names if name != "label"]
    heads = [*(["条件"] if "label" in table.output_names else []), *(column.said for column in table.columns),
             *(_OUTPUTS.get(name, name) for name in outputs)]
    rows = [
        [*([row.outputs.get("label") or ""] if "label" in table.output_names else []),
         *("不限" if test.text in ("", "-") else _TRUTH.get(test.text, test.text) for test in row.tests),
         *(row.figure.text if name == "figure" and row.figure else labels.words(row.outputs.get(name) or "")
           for name in outputs)]
        for row in table.rows
    ]
    said = "条件表：逐行判断，每行都给出结论" if table.kind == "criteria" else "评级表：只有一行符合，由它得出结论"
    return SimpleNamespace(path=path, name=table.name, said=said, heads=heads, rows=rows)


_OUTPUTS = {"figure": "指标", "clause": "条款", "unit": "单位", "weight": "分量", "group": "分组"}
_TRUTH = {"true": "是", "false": "否"}


def _form(programme: Programme, path: str) -> Any:
    key = package.name_of(path)
    try:
        found = programme.form(key)
    except BanjianError as error:
        return SimpleNamespace(path=path, key=key, title=key, count=0, required=0, clause="", said=error.message)
    return SimpleNamespace(
        path=path, key=key, title=found.title or key, count=len(found.asked), clause=found.clause, said="",
        required=sum(field.required for field in found.asked),
    )


def _groups(data: bytes, schema: str) -> list[tuple[str, list[labels.Line]]]:
    """The settings of a file under their first heading; periods have a table of their own."""
    try:
        found = labels.lines(read_yaml(data), schema)
    except Unreadable as error:
        return [("", [labels.Line("", "无法读取", error.message)])]
    groups: dict[str, list[labels.Line]] = {}
    for line in found:
        first, _, rest = line.label.partition(labels.STEP)
        if schema == "clauses":
            first, _, rest = rest.partition(labels.STEP)
        if schema == "programme" and line.path.startswith("periods."):
            continue
        groups.setdefault(first, []).append(line._replace(label=rest or first))
    return list(groups.items())


def _period_words(programme: Programme, key: str) -> str:
    rule = programme.settings.periods[key]
    return f"批次写明的日期“{rule.date_key}”" if rule.period is None else rule.period.words


def _story_name(data: bytes, path: str) -> str:
    try:
        return labels.name_of(package.name_of(path), read_yaml(data))
    except Unreadable:
        return package.name_of(path)


def _attachment(content: bytes, path: str) -> Response:
    name = path.rpartition("/")[2]
    response = Response(content, mimetype=_MEDIA.get(name.rpartition(".")[2], "application/octet-stream"))
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
