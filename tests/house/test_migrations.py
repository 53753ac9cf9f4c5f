"""Migrations make exactly the models' tables, on both databases, up and down."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from app import db, migrating, tables
from app.audit import triggers


def test_the_migrated_database_is_what_the_models_say(empty_database: db.Database):
    migrating.upgrade(empty_database.engine)

    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    assert migrating.current(empty_database.engine) == migrating.newest()


def test_the_way_down_leaves_nothing_behind(empty_database: db.Database):
    migrating.upgrade(empty_database.engine)

    migrating.downgrade(empty_database.engine, "base")

    assert set(inspect(empty_database.engine).get_table_names()) <= {"alembic_version"}


def test_the_trail_refuses_changes_after_the_migration(empty_database: db.Database):
    migrating.upgrade(empty_database.engine)

    with empty_database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.execute(text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        else:
            names = connection.execute(
                text("SELECT event_object_table FROM information_schema.triggers")
            ).scalars()
        assert set(triggers.TABLES) <= set(names)
