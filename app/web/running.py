"""运行情况: what is due and late, what failed and is tried again, which messages nobody takes, which mail is muted."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import db
from app.audit import operations as audit
from app.cases import queries
from app.outbox import operations as outbox
from app.outbox import queries as letters
from app.reminders import queries as reminders
from app.web import access

running = Blueprint("running", __name__, url_prefix="/running")


@running.get("")
@access.rule(access.roles("operator", "auditor"))
def index() -> str:
    """The operators' page."""
    with db.reading() as session:
        backlog = queries.backlog(session)
        failing = queries.failing(session)
        ladders = reminders.failing(session)
        waiting = queries.waiting_messages(session)
        mail = letters.counts(session)
        troubled = letters.troubled(session)
        held = outbox.is_held(session)
    return render_template(
        "running/index.html", backlog=backlog, failing=failing, ladders=ladders, waiting=waiting, mail=mail,
        troubled=troubled, held=held,
    )


@running.post("/mail/retry")
@access.rule(access.roles("operator"))
def retry_mail() -> Response:
    """Give letters that failed for good another chance."""
    with db.transaction() as session:
        count = outbox.retry_failed(session)
        audit.record(
            session, chain="system", verb="retry_mail", person_id=g.identity.person_id, person_name=g.identity.name,
            unit_name=g.identity.unit_name, details={"letters": count},
        )
    flash(f"已安排重新发送 {count} 封邮件；没有可用收件地址的邮件不再发送。", "success" if count else "warning")
    return redirect(url_for(".index"), 303)


@running.post("/mail/release")
@access.rule(access.roles("operator"))
def release_mail() -> Response:
    """Let muted mail go, after a restore was looked at."""
    with db.transaction() as session:
        count = outbox.release_muted(session)
        audit.record(
            session, chain="system", verb="release_mail", person_id=g.identity.person_id, person_name=g.identity.name,
            unit_name=g.identity.unit_name, details={"letters": count},
        )
    flash(f"已放行 {count} 封邮件。", "success")
    return redirect(url_for(".index"), 303)
