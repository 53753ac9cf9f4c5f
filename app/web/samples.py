"""抽查: the samples that were drawn, what they were drawn from, and drawing them again."""

from flask import Blueprint, g, render_template, request

from app import db
from app.evaluations import sampling
from app.web import access

samples = Blueprint("samples", __name__, url_prefix="/samples")
READERS = access.roles("clerk", "lead", "auditor", kinds=("department",))


@samples.get("")
@access.rule(READERS)
def index() -> str:
    """The samples of the programmes that reach the department, newest first."""
    with db.reading() as session:
        rows = sampling.listing(session, g.identity)
    return render_template("samples/index.html", rows=rows)


@samples.get("/<public_id>")
@access.rule(READERS)
def show(public_id: str) -> str:
    """One sample: population, seed, what was drawn and what was found; with `again` it is drawn once more."""
    with db.reading() as session:
        found = sampling.found(session, g.identity, public_id)
        checks, hidden = sampling.checks_of(session, g.identity, found.sample)
    again = request.args.get("again") == "1"
    drawn = sampling.draw(
        found.sample.seed, found.sample.population, found.sample.percent, found.sample.at_least
    ) if again else []
    return render_template(
        "samples/show.html", sample=found.sample, programme=found.programme, checks=checks, hidden=hidden, again=again,
        drawn=drawn, agrees=again and drawn == list(found.sample.drawn),
    )
