"""Banjian, 办件: case work for tiered recognition programmes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Config


def create_app(config: "Config") -> "Flask":
    """The web application of one installation, with this process's database open.

    Raises access.RuleMissing where a route doesn't say who may call it.
    """
    # Imported here, so that a command or a test of a machine loads no pages.
    from flask import Flask

    from app import db
    from app import words as _words  # noqa: F401 - registers the vocabulary
    from app.documents import storage
    from app.web import access, errors, frame, security
    from app.web.acts import acts
    from app.web.admin import admin
    from app.web.auth import auth
    from app.web.batches import batches
    from app.web.calendars import calendars, keep_current
    from app.web.cases import cases
    from app.web.certificates import certificates
    from app.web.clocks import clocks
    from app.web.demonstration import demonstration
    from app.web.designer import designer
    from app.web.divisions import divisions
    from app.web.documents import documents
    from app.web.experts import experts
    from app.web.inbox import inbox
    from app.web.monitoring import monitoring
    from app.web.moves import moves
    from app.web.notices import notices
    from app.web.objections import objections
    from app.web.public import public
    from app.web.receipts import receipts
    from app.web.reckoning import deadlines
    from app.web.registration import registration
    from app.web.reminders import reminders
    from app.web.running import running
    from app.web.sheets import sheets
    from app.web.tasks import tasks

    app = Flask(__name__)
    app.config["BANJIAN"] = config
    db.open_database(config.database_url, demo=config.demo)
    storage.open_folder(config.files_dir)

    security.protect(app, config)
    keep_current(app)
    access.guard(app)
    errors.answer(app)
    frame.furnish(app)

    for blueprint in (
        auth, registration, inbox, tasks, sheets, receipts, cases, batches, acts, documents, public, objections,
        calendars, moves, running, admin, divisions, notices, certificates, experts, designer, monitoring, deadlines,
        reminders, clocks,
    ):
        app.register_blueprint(blueprint)
    if config.demo:
        app.register_blueprint(demonstration)

    access.see_that_every_route_has_a_rule(app)
    return app
