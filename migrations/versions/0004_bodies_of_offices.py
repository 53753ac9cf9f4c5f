"""What sort of office a department is, and of which organisation.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("body", "organisation_code")


def upgrade() -> None:
    for name in COLUMNS:
        op.execute(f"ALTER TABLE unit ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE unit DROP COLUMN {name}")
