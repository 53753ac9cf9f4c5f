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
    from app.web.analysis import analysis
    from app.web.appointments import appointments
    from app.web.auth import auth
    from app.web.batches import batches
    from app.web.calendars import calendars, keep_current
    from app.web.cases import cases
    from app.web.catalogue import catalogue, services
    from app.web.certificates import certificates
    from app.web.changes import changes
    from app.web.clauses import clauses
    from app.web.clauses import link as link_clauses
    from app.web.clocks import clocks
    from app.web.demonstration import demonstration
    from app.web.designer import designer
    from app.web.divisions import divisions
    from app.web.documents import documents
    from app.web.evaluations import evaluations
    from app.web.experts import experts
    from app.web.inbox import inbox
    from app.web.members import members
    from app.web.monitoring import monitoring
    from app.web.moves import moves
    from app.web.notices import notices
    from app.web.objections import objections
    from app.web.obligations import obligations
    from app.web.platforms import platforms
    from app.web.practices import practices
    from app.web.public import public
    from app.web.receipts import receipts
    from app.web.reckoning import deadlines
    from app.web.registers import registers
    from app.web.registration import registration
    from app.web.reminders import reminders
    from app.web.renewals import renewals
    from app.web.running import running
    from app.web.samples import samples
    from app.web.sanctions import sanctions
    from app.web.sheets import sheets
    from app.web.successors import successors
    from app.web.tasks import tasks
    from app.web.titles_life import titles_life

    app = Flask(__name__)
    app.config["BANJIAN"] = config
    db.open_database(config.database_url, demo=config.demo)
    storage.open_folder(config.files_dir)

    security.protect(app, config)
    keep_current(app)
    access.guard(app)
    errors.answer(app)
    frame.furnish(app)
    link_clauses(app)

    for blueprint in (
        auth, registration, inbox, tasks, sheets, receipts, cases, batches, acts, documents, public, objections,
        calendars, moves, running, admin, divisions, notices, certificates, experts, designer, monitoring, deadlines,
        reminders, clocks, sanctions, successors, obligations, changes, evaluations, renewals, appointments, catalogue,
        services, samples, titles_life, registers, clauses, platforms, analysis, practices,
        members,
    ):
        app.register_blueprint(blueprint)
    if config.demo:
        app.register_blueprint(demonstration)

    access.see_that_every_route_has_a_rule(app)
    return app
