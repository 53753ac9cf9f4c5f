"""An imposed sanction may be annulled by a review, a court or the authority itself.

Revision ID: 0009
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE, AFTER = "'proposed', 'imposed', ", "'proposed', 'imposed', 'annulled', "


def upgrade() -> None:
    _checks(f"status IN ({AFTER}'dropped', 'superseded')",
            "(status IN ('imposed', 'annulled')) = (effective_on IS NOT NULL)")
    op.create_table(
        "sanction_annulment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sanction_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('reconsideration', 'litigation', 'own')", name=op.f("ck_sanction_annulment_kind")),
        sa.ForeignKeyConstraint(["sanction_id"], ["sanction.id"],
                                name=op.f("fk_sanction_annulment_sanction_id_sanction")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"],
                                name=op.f("fk_sanction_annulment_document_id_document")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sanction_annulment_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanction_annulment")),
        sa.UniqueConstraint("sanction_id", name=op.f("uq_sanction_annulment_sanction_id")),
    )


def downgrade() -> None:
    op.drop_table("sanction_annulment")
    op.execute("UPDATE sanction SET status = 'imposed' WHERE status = 'annulled'")
    _checks(f"status IN ({BEFORE}'dropped', 'superseded')", "(status = 'imposed') = (effective_on IS NOT NULL)")


def _checks(status: str, imposed: str) -> None:
    with op.batch_alter_table("sanction") as table:
        table.drop_constraint(op.f("ck_sanction_status"), type_="check")
        table.drop_constraint(op.f("ck_sanction_imposed_on_a_day"), type_="check")
        table.create_check_constraint(op.f("ck_sanction_status"), status)
        table.create_check_constraint(op.f("ck_sanction_imposed_on_a_day"), imposed)
