"""Who may recommend in a call, where the call names them; reports that recommending units owe.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "entitlement",
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_entitlement_batch_id_batch")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_entitlement_unit_id_unit")),
        sa.PrimaryKeyConstraint("batch_id", "unit_id", name=op.f("pk_entitlement")),
    )
    op.create_table(
        "unit_duty",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("covers_from", sa.Date(), nullable=False),
        sa.Column("covers_until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'done', 'missed', 'late')", name=op.f("ck_unit_duty_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_unit_duty_case_id_case_file")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_duty_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_duty")),
        sa.UniqueConstraint("case_id", name=op.f("uq_unit_duty_case_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_unit_duty_public_id")),
        sa.UniqueConstraint(
            "unit_id", "programme", "obligation", "period", name=op.f("uq_unit_duty_unit_id_programme_obligation_period")
        ),
    )


def downgrade() -> None:
    op.drop_table("unit_duty")
    op.drop_table("entitlement")
