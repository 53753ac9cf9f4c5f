"""How many each unit may recommend in a call, whom it recommends, and in which order.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "quota",
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_quota_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_quota_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "group_key", name=op.f("pk_quota")),
    )
    op.create_table(
        "recommendation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("rank", KEY, nullable=True),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("recommended_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("ended_as", sa.Text(), nullable=False),
        sa.CheckConstraint("ended_as IN ('', 'withdrawn', 'returned')", name=op.f("ck_recommendation_ended_as")),
        sa.CheckConstraint(
            "(ended_as = '') = (ended_at IS NULL)", name=op.f("ck_recommendation_ended_when_ended")
        ),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_recommendation_ranks_from_one")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_recommendation_batch_id_batch")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_recommendation_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recommendation_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_recommendation_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_recommendation_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
    )
    op.create_index(
        "ix_recommendation_stands", "recommendation", ["case_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"), sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_recommendation_unit", "recommendation", ["batch_id", "unit_id"])
    op.create_index(op.f("ix_recommendation_case_id"), "recommendation", ["case_id"])


def downgrade() -> None:
    op.drop_table("recommendation")
    op.drop_table("quota")
