"""Who recommends may be held from it by a decision of its own, without a sanction of a title.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("recommender_hold") as table:
        table.alter_column("sanction_id", existing_type=KEY, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM recommender_hold WHERE sanction_id IS NULL")
    with op.batch_alter_table("recommender_hold") as table:
        table.alter_column("sanction_id", existing_type=KEY, nullable=False)
