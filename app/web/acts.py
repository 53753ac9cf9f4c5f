"""批量办理: choosing cases at a collective step, seeing what will happen, confirming once, watching it done."""

import io
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import acts as verbs
from app.cases import deadlines, words
from app.errors import Gone, Invalid, NotFound, Refused
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.web import access, act_tables, posted, quota_lines

acts = Blueprint("acts", __name__, url_prefix="/acts")


@acts.get("")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def index() -> str:
    """The collective steps that wait for the person's unit."""
    with db.reading() as session:
        choices = verbs.choices(session, g.identity)
        recent = verbs.recent(session, g.identity)
    return render_template("acts/index.html", choices=choices, recent=recent, kinds=words.act_kinds())


@acts.get("/new")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def new() -> str:
    """The preview: which cases under the programme's columns, the document's form, and which outcome."""
    text, pick = request.args.get("q", "").strip()[:100], request.args.get("pick", "all")
    with db.reading() as session:
        page = _page(session, g.identity, *_step(request.args), text=text)
    return render_template(
        "acts/new.html", **page, values=page["form"].to_html_values({}), errors={}, outcome="",
        chosen=set() if pick == "none" else None,
    )


@acts.get("/table")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def table() -> str:
    """The table of the step as a page to print."""
    with db.reading() as session:
        page = _page(session, g.identity, *_step(request.args), text=request.args.get("q", "").strip()[:100])
    return render_template("acts/table.html", **page, day=clock.today())


@acts.get("/table.xlsx")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def sheet() -> Response:
    """The table of the step as xlsx."""
    with db.reading() as session:
        page = _page(session, g.identity, *_step(request.args), text=request.args.get("q", "").strip()[:100])
    shown = page["table"]
    lines = [row for _candidate, row in shown.rows]
    if any(total is not None for total in shown.totals):
        lines.append(["合计" if n == 0 else total for n, total in enumerate(shown.totals)])
    return _xlsx(
        page["title"], [_heading(column) for column in shown.columns], lines,
        [column.width for column in shown.columns],
    )


@acts.post("/new")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def confirm() -> Response | tuple[str, int]:
    """Confirm the act over the ticked rows; with errors at the fields where something is missing."""
    release_id, diagram, element = _step(request.form)
    seen = [_seen(value) for value in request.form.getlist("task")]
    answers, outcome = posted.answers(OWN_FIELDS), request.form.get("outcome", "")
    try:
        with db.transaction() as session:
            programme = programmes.programme(session, release_id)
            properties = verbs.collective(programme, diagram, element)
            form = programme.form(properties["form"])
            posted.see_that_a_page_sent_it(OWN_FIELDS, repeated=("task",))
            act = verbs.confirm(
                session, by=g.identity, release_id=release_id, diagram=diagram, element=element,
                answers=form.from_html(answers), seen=seen, outcome=outcome,
            )
    except (Invalid, Gone, Refused) as error:
        with db.reading() as session:
            page = _page(session, g.identity, release_id, diagram, element)
        gone = {"": [error.message]} if isinstance(error, Gone) else {}
        fields = error.fields if isinstance(error, Invalid) else gone
        values = form.to_html_values(form.from_html(answers, blank_rows=True))
        chosen = {public_id for public_id, _revision in seen}
        shown = render_template(
            "acts/new.html", **page, values=values, errors=fields, chosen=chosen, outcome=outcome,
            refused=error if isinstance(error, Refused) else None,
        )
        return shown, 409 if isinstance(error, Gone) else 422
    flash("批文已确认生效，系统正在逐件办理。", "success")
    return redirect(url_for(".show", public_id=act.public_id), 303)


@acts.get("/<public_id>")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def show(public_id: str) -> str:
    """An act with its progress and an outcome a row."""
    only = request.args.get("only", "")
    with db.reading() as session:
        act = verbs.act_of(session, g.identity, public_id)
        counts = verbs.progress(session, act.id)
        rows = [row for row in verbs.rows_of(session, act.id, limit=verbs.MOST_ROWS) if not only or row.status == only]
        programme = programmes.programme(session, act.release_id)
    form = programme.form(programme.specification(act.diagram).elements[act.element].properties["form"])
    return render_template(
        "acts/show.html", act=act, counts=counts, rows=rows[:MOST_SHOWN], hidden=max(len(rows) - MOST_SHOWN, 0),
        form=form, values=act.answers, kind=words.kind_of_act(act.kind), total=sum(counts.values()), only=only,
        outcome=programme.outcomes(act.diagram, act.element).get(act.outcome, ""), states=STATES,
    )


@acts.get("/<public_id>/outcomes.xlsx")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def outcomes(public_id: str) -> Response:
    """What became of each row, as xlsx."""
    with db.reading() as session:
        act = verbs.act_of(session, g.identity, public_id)
        rows = verbs.rows_of(session, act.id, limit=verbs.MOST_ROWS)
    lines = [
        [n, row.number, row.title, STATES[row.status][1], row.reason,
         f"{clock.local(row.done_at):%Y-%m-%d %H:%M}" if row.done_at else ""]
        for n, row in enumerate(rows, start=1)
    ]
    headings = ("序号", "办件号", "事项", "结果", "说明", "办理时间")
    return _xlsx(f"{act.title} 办理结果", headings, lines, (6, 18, 50, 10, 40, 18))


OWN_FIELDS = frozenset({"csrf_token", "release", "diagram", "element", "task", "outcome"})
MOST_SHOWN = 500
STATES = {"waiting": ("blue", "办理中"), "done": ("green", "已办"), "refused": ("red", "未办成")}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _step(source: Any) -> tuple[int, str, str]:
    release, diagram, element = (source.get(name, "") for name in ("release", "diagram", "element"))
    if not (release.isascii() and release.isdigit()) or len(release) > 18:
        raise NotFound()
    return int(release), diagram[:100], element[:100]


def _seen(value: str) -> tuple[str, int]:
    public_id, _, revision = value.partition(":")
    if not (revision.isascii() and revision.isdigit()) or len(value) > 60:
        raise Invalid({"task": ["勾选的办件不正确，请刷新列表后重新勾选。"]})
    return public_id, int(revision)


def _page(
    session: Any, identity: Identity, release_id: int, diagram: str, element: str, *, text: str = ""
) -> dict[str, Any]:
    try:
        programme = programmes.programme(session, release_id)
        properties = verbs.collective(programme, diagram, element)
    except (Refused, LookupError):
        raise NotFound() from None
    waiting = verbs.preview(session, identity, release_id=release_id, diagram=diagram, element=element)
    candidates = [c for c in waiting if not text or text in c.applicant or text in c.number or text in c.title]
    kind = words.kind_of_act(properties["collective"])
    found = act_tables.shown(session, programme, candidates, element=element, kind=kind.name)
    rows = [
        SimpleNamespace(
            task=candidate, cells=cells,
            light=deadlines.light(
                candidate.ends_at, last_day=candidate.last_day, provisional=candidate.provisional,
                region_code=candidate.region_code, awaiting=candidate.awaiting, stopped=candidate.stopped,
            ),
        )
        for candidate, cells in found.rows
    ]
    step = programme.specification(diagram).elements[element]
    return {
        "rows": rows, "table": found, "waiting": len(waiting), "text": text, "programme": programme,
        "form": programme.form(properties["form"]), "release_id": release_id, "diagram": diagram, "element": step,
        "properties": properties, "kind": kind, "title": f"{programme.name} {found.name or step.name}",
        "outcomes": programme.outcomes(diagram, element), "heading": _heading,
        "quotas": quota_lines.at_act(session, programme, element, [c.case_public_id for c in waiting]),
    }


def _heading(column: Any) -> str:
    return f"{column.heading}（{column.unit}）" if column.unit else column.heading


def _xlsx(title: str, headings: Any, rows: Any, widths: Any) -> Response:
    data = io.BytesIO(act_tables.xlsx(title, headings, rows, widths))
    response = send_file(data, mimetype=XLSX, max_age=0)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title[:80], safe='')}.xlsx"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
