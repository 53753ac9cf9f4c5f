"""处理: the sanctions in a department's sight, the page of one, 停止执行 with its document, and what annulled one."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import db
from app.documents import operations as documents
from app.errors import Gone, Invalid, Refused
from app.programmes import queries as programmes
from app.sanctions import queries, staying
from app.sanctions.models import ANNULLERS, STATUSES, STAYS
from app.titles import standing
from app.web import access, forms
from app.web.forms import Field

sanctions = Blueprint("sanctions", __name__, url_prefix="/sanctions")

MAY_READ = access.roles("clerk", "lead", "auditor", kinds=("department",))
MAY_STAY = access.roles("clerk", "lead", kinds=("department",))
PAPER = "paper"
KIND = Field("kind", "原因", kind="radio", en="Why", options=tuple(STAYS.items()))
DOCUMENT = Field("document", "文书名称和文号", en="Document", maxlength=staying.LONGEST_DOCUMENT,
                 help="例如“行政复议停止执行决定书（×政复〔2026〕3 号）”")
SINCE = Field("since", "停止执行的日期", en="Since", maxlength=10, help="写作 2026-11-20，不晚于今天")
REASON = Field("reason", "恢复执行的理由", kind="textarea", en="Why it goes on", maxlength=staying.LONGEST_REASON)
ENTER, LIFT = (KIND, DOCUMENT, SINCE), (REASON, DOCUMENT)
ANNUL = (
    Field("kind", "由谁撤销", kind="radio", en="By", options=tuple(ANNULLERS.items())),
    Field("document", "文书名称和文号", en="Document", maxlength=staying.LONGEST_DOCUMENT,
          help="例如“行政复议决定书（×政复〔2026〕3 号）”、生效的判决书"),
    Field("reason", "撤销的理由", kind="textarea", en="Why", maxlength=staying.LONGEST_REASON),
)
FORMS = {"stay": ENTER, "lift": LIFT, "annul": ANNUL}
STATUS_TAGS = {"proposed": "blue", "imposed": "red", "annulled": "", "dropped": "", "superseded": ""}


@sanctions.get("")
@access.rule(MAY_READ)
def index() -> str:
    """Sanctions in sight, newest first; by programme, kind, status and division."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("programme", "key", "status", "region", "q")}
    with db.reading() as session:
        known = programmes.all_latest(session)
        kinds = {(p.key, key): rule.name for p in known for key, rule in p.life.sanctions.items()}
        rows, following = queries.sanctions(
            session, g.identity, programme=asked["programme"], key=asked["key"], status=asked["status"],
            region=asked["region"], text=asked["q"], before=_before(),
        )
        names = queries.names(session, [row.Sanction for row in rows])
        places = queries.places(session, g.identity)
    kept = {name: value for name, value in asked.items() if value}
    return render_template(
        "sanctions/index.html", rows=rows, names=names, asked=asked, statuses=STATUSES, tags=STATUS_TAGS,
        programmes=[(p.key, p.name) for p in known if p.life.sanctions],
        kinds=[(key, name) for (programme, key), name in kinds.items() if asked["programme"] in ("", programme)],
        regions=places, first_url=url_for(".index", **kept) if request.args.get("before") else "",
        next_url=url_for(".index", **kept, before=following) if following else "",
    )


@sanctions.get("/<public_id>")
@access.rule(MAY_READ)
def show(public_id: str) -> str:
    """One sanction: its ground and evidence, the decision, the ban and how it came about, and its stays."""
    return _page(public_id)


@sanctions.post("/<public_id>/stay")
@access.rule(MAY_STAY)
def stay(public_id: str) -> Response | tuple[str, int]:
    """Enter a stay."""
    return _done(public_id, "stay", ENTER, "已登记停止执行。")


@sanctions.post("/<public_id>/lift")
@access.rule(MAY_STAY)
def lift(public_id: str) -> Response | tuple[str, int]:
    """Lift the stay that runs."""
    return _done(public_id, "lift", LIFT, "已恢复执行。")


@sanctions.post("/<public_id>/annul")
@access.rule(MAY_STAY)
def annul(public_id: str) -> Response | tuple[str, int]:
    """Enter that the sanction was annulled."""
    return _done(public_id, "annul", ANNUL, "已登记处理被撤销，称号恢复到未作处理时的状态。")


def _done(public_id: str, do: str, fields: Sequence[Field], said: str) -> Response | tuple[str, int]:
    """Do what a form of the page asks for; what was typed comes back with the errors."""
    with db.reading() as session:
        staying.see_that_it_may(session, public_id, g.identity)
    try:
        typed = forms.read(fields, request.form)
        paper = _paper()
        with db.transaction() as session:
            _say(session, public_id, do, typed, paper)
    except Invalid as error:
        return _page(public_id, do=do, errors=error.fields), 422
    except (Gone, Refused) as error:
        status = 409 if isinstance(error, Gone) else 422
        return _page(public_id, do=do, errors={"": [error.message]}), status
    flash(said, "success")
    return redirect(url_for(".show", public_id=public_id), 303)


def _say(session: Session, public_id: str, do: str, typed: Mapping[str, Any], paper: int | None) -> None:
    if do == "stay":
        staying.enter_stay(
            session, public_id, by=g.identity, kind=typed["kind"], document=typed["document"],
            since=_day(typed["since"]), document_id=paper,
        )
    elif do == "annul":
        staying.annul(
            session, public_id, by=g.identity, kind=typed["kind"], document=typed["document"], reason=typed["reason"],
            document_id=paper,
        )
    else:
        staying.lift_stay(
            session, public_id, by=g.identity, reason=typed["reason"], document=typed["document"], document_id=paper,
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"since": ["请填写日期，例如 2026-11-20。"]}) from None


def _before() -> int | None:
    text = request.args.get("before", "")
    if text and (not (text.isascii() and text.isdigit()) or len(text) > 18):
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text) if text else None


def _paper() -> int | None:
    """The id of the document that came with the form, kept before the verb; None where none came."""
    file = request.files.get(PAPER)
    if file is None or not file.filename:
        return None
    files_dir = current_app.config["BANJIAN"].files_dir
    received = documents.receive(file.stream, name=file.filename, field=PAPER, files_dir=files_dir)
    with db.transaction() as session:
        return documents.register(
            session, received, unit_id=g.identity.unit_id, person_id=g.identity.person_id, field="stay"
        ).id


def _page(public_id: str, *, do: str = "", errors: Mapping[str, Sequence[str]] | None = None) -> str:
    with db.reading() as session:
        shown = queries.sanction(session, g.identity, public_id)
        who, papers = queries.people_of(session, shown), queries.papers_of(session, shown)
        may_stay = staying.may_stay(session, shown.row, g.identity)
    fields = FORMS.get(do, ())
    return render_template(
        "sanctions/show.html", sanction=shown, who=who, papers=papers, statuses=STATUSES, tags=STATUS_TAGS, kinds=STAYS,
        title_statuses=standing.STATUSES, may_stay=may_stay and shown.row.status in ("proposed", "imposed"),
        may_annul=may_stay and shown.row.status == "imposed" and g.identity.has("lead"), kinds_annulled=ANNULLERS,
        enter=ENTER, lift=LIFT, annul=ANNUL, do=do or request.args.get("do", ""), errors=errors or {},
        values=forms.typed_values(fields, request.form), labels={**forms.labels(fields), PAPER: "文书"},
    )
