"""Recommenders that a sanction suspends, reviews of titles in the yearly call, recommendations to upper programmes.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _holds()
    _reviews()
    _upward()


def downgrade() -> None:
    op.drop_table("upward_recommendation")
    op.drop_table("title_review")
    op.drop_table("recommender_hold")


def _holds() -> None:
    op.create_table(
        "recommender_hold",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("others", sa.Boolean(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("sanction_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("year", KEY, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("recorded_at", AT, nullable=False),
        sa.CheckConstraint("effect IN ('suspended', 'cancelled')", name=op.f("ck_recommender_hold_effect")),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on <= ends_on", name=op.f("ck_recommender_hold_ends_after_start")
        ),
        sa.CheckConstraint(
            "year IS NULL OR ends_on IS NOT NULL", name=op.f("ck_recommender_hold_year_has_an_end")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_recommender_hold_case_id_case_file")),
        sa.ForeignKeyConstraint(["sanction_id"], ["sanction.id"], name=op.f("fk_recommender_hold_sanction_id_sanction")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_recommender_hold_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommender_hold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recommender_hold_public_id")),
        sa.UniqueConstraint("sanction_id", name=op.f("uq_recommender_hold_sanction_id")),
    )
    op.create_index("ix_recommender_hold_programme", "recommender_hold", ["programme", "unit_id"])
    op.create_index(op.f("ix_recommender_hold_unit_id"), "recommender_hold", ["unit_id"])


def _reviews() -> None:
    op.create_table(
        "title_review",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("title_id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("filed_at", AT, nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'not_filed', 'filed', 'confirmed', 'failed', 'void')",
            name=op.f("ck_title_review_status"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_title_review_batch_id_batch")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_title_review_case_id_case_file")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_title_review_title_id_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title_review")),
        sa.UniqueConstraint("case_id", name=op.f("uq_title_review_case_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_title_review_public_id")),
        sa.UniqueConstraint("title_id", "batch_id", name=op.f("uq_title_review_title_id_batch_id")),
    )
    op.create_index(op.f("ix_title_review_title_id"), "title_review", ["title_id"])
    op.create_index(op.f("ix_title_review_batch_id"), "title_review", ["batch_id"])


def _upward() -> None:
    op.create_table(
        "upward_recommendation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("title_id", KEY, nullable=False),
        sa.Column("holder_id", KEY, nullable=False),
        sa.Column("upper", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recommended_on", sa.Date(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("recorded_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_upward_recommendation_case_id_case_file")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_upward_recommendation_holder_id_unit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_upward_recommendation_person_id_person")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_upward_recommendation_title_id_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_recommendation")),
        sa.UniqueConstraint("case_id", name=op.f("uq_upward_recommendation_case_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_upward_recommendation_public_id")),
    )
    op.create_index(op.f("ix_upward_recommendation_title_id"), "upward_recommendation", ["title_id"])
    op.create_index("ix_upward_recommendation_holder", "upward_recommendation", ["upper", "holder_id"])
