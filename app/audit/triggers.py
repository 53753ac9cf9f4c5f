"""The database's own refusal to change the trail: statements for migrations, run once per table after it is made.

They stop the application and everybody who works through it; the owner of the database can drop them, and that is
what the hash chains and the roots given outside are for.
"""

from sqlalchemy import Connection

TABLES = ("audit_entry", "audit_root", "audit_head")

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' refused';
END
$$
"""

CREATE: dict[str, tuple[str, ...]] = {
    "postgresql": (
        _POSTGRESQL_FUNCTION,
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
            for table in TABLES
        ),
    ),
    "sqlite": tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
}

DROP: dict[str, tuple[str, ...]] = {
    "postgresql": (
        *(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in TABLES),
        "DROP FUNCTION IF EXISTS audit_is_append_only()",
    ),
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in TABLES for verb in ("update", "delete")
    ),
}


def create(connection: Connection) -> None:
    """Put the triggers on the audit tables, which exist."""
    for statement in CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take the triggers off: for the way down of a migration."""
    for statement in DROP[connection.dialect.name]:
        connection.exec_driver_sql(statement)
