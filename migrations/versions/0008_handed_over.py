"""A title may be handed over to another recommending unit.

Revision ID: 0008
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("title") as table:
        table.add_column(sa.Column("recommender_id", KEY, nullable=True))
        table.create_foreign_key("fk_title_recommender_id_unit", "unit", ["recommender_id"], ["id"])
    op.create_index("ix_title_recommender_id", "title", ["recommender_id"])
    op.create_index("ix_case_file_recommender_id", "case_file", ["recommender_id"])


def downgrade() -> None:
    op.drop_index("ix_case_file_recommender_id", "case_file")
    op.execute("DELETE FROM title_event WHERE kind = 'handed_over'")
    op.drop_index("ix_title_recommender_id", "title")
    with op.batch_alter_table("title") as table:
        table.drop_constraint("fk_title_recommender_id_unit", type_="foreignkey")
        table.drop_column("recommender_id")
