"""Alembic's environment: the same models on SQLite and PostgreSQL, one transaction a run."""

from alembic import context

from app import config, db, tables

target_metadata = tables.metadata


def run() -> None:
    """Run the migrations over the connection that the caller gives, else over the configured database."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run_on(given)
        return
    database = db.open_database(config.from_environment().database_url)
    with database.engine.begin() as connection:
        _run_on(connection)


def _plain(kind: str, item: object, _autogen: object) -> str | bool:
    """Types of our own are written as what they are in the database: a migration imports no models."""
    if kind == "type" and isinstance(item, db.Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, db.Json):
        return "sa.Text()"
    return False


def _run_on(connection) -> None:
    context.configure(
        render_item=_plain,
        connection=connection,
        target_metadata=target_metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
