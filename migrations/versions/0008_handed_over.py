"""Titles handed over, published cases and opinions, members of associations; the Corps is a division.

Revision ID: 0008
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CORPS, XINJIANG = "660000", "650000"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("title") as table:
        table.add_column(sa.Column("recommender_id", KEY, nullable=True))
        table.create_foreign_key("fk_title_recommender_id_unit", "unit", ["recommender_id"], ["id"])
    op.create_index("ix_title_recommender_id", "title", ["recommender_id"])
    op.create_index("ix_case_file_recommender_id", "case_file", ["recommender_id"])
    with op.batch_alter_table("publication") as table:
        table.add_column(sa.Column("source_case_id", KEY, nullable=True))
        table.create_foreign_key("fk_publication_source_case_id_case_file", "case_file", ["source_case_id"], ["id"])
        table.drop_constraint(op.f("ck_publication_from_an_act_or_a_correction"), type_="check")
        table.create_check_constraint(
            op.f("ck_publication_from_an_act_a_correction_or_a_case"),
            "act_id IS NOT NULL OR corrects_id IS NOT NULL OR source_case_id IS NOT NULL",
        )
    # A register that has its divisions already: a new one is filled from app/people/divisions.yaml.
    op.execute(
        "INSERT INTO region (code, name, tier, parent_code, province_code, city_code, county_code) "  # noqa: S608
        f"SELECT '{CORPS}', '新疆生产建设兵团', 'province', NULL, '{CORPS}', NULL, NULL "
        f"WHERE EXISTS (SELECT 1 FROM region WHERE code = '{XINJIANG}') "
        f"AND NOT EXISTS (SELECT 1 FROM region WHERE code = '{CORPS}')"
    )
    _put_cities(under=CORPS, before=XINJIANG)
    op.create_table(
        "published_case",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("title_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", KEY, nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawal_reason = '')", name=op.f("ck_published_case_withdrawn_with_reason")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_published_case_person_id_person")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_published_case_title_id_title")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_published_case_unit_id_unit")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_published_case_withdrawn_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_published_case_public_id")),
    )
    op.create_index("ix_published_case_title_id", "published_case", ["title_id"])
    op.create_table(
        "association_member",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("association_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "left_on IS NULL OR joined_on <= left_on", name=op.f("ck_association_member_left_after_joining")
        ),
        sa.ForeignKeyConstraint(
            ["association_id"], ["unit.id"], name=op.f("fk_association_member_association_id_unit")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_association_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_association_member")),
        sa.UniqueConstraint("public_id", name=op.f("uq_association_member_public_id")),
    )
    op.create_index("ix_association_member_code", "association_member", ["association_id", "credit_code"])


def _put_cities(*, under: str, before: str) -> None:
    """The cities of the Corps' divisions, where they still lie where the list put them."""
    op.execute(
        f"UPDATE region SET parent_code = '{under}', province_code = '{under}' "  # noqa: S608
        f"WHERE code LIKE '6590__' AND parent_code = '{before}'"
    )


def downgrade() -> None:
    op.drop_table("association_member")
    op.execute(
        "DELETE FROM publication_entry WHERE publication_id IN "
        "(SELECT id FROM publication WHERE source_case_id IS NOT NULL)"
    )
    op.execute("DELETE FROM publication WHERE source_case_id IS NOT NULL")
    with op.batch_alter_table("publication") as table:
        table.drop_constraint(op.f("ck_publication_from_an_act_a_correction_or_a_case"), type_="check")
        table.create_check_constraint(
            op.f("ck_publication_from_an_act_or_a_correction"), "act_id IS NOT NULL OR corrects_id IS NOT NULL"
        )
        table.drop_constraint("fk_publication_source_case_id_case_file", type_="foreignkey")
        table.drop_column("source_case_id")
    op.drop_table("published_case")
    _put_cities(under=XINJIANG, before=CORPS)
    op.drop_index("ix_case_file_recommender_id", "case_file")
    op.execute("DELETE FROM title_event WHERE kind = 'handed_over'")
    op.drop_index("ix_title_recommender_id", "title")
    with op.batch_alter_table("title") as table:
        table.drop_constraint("fk_title_recommender_id_unit", type_="foreignkey")
        table.drop_column("recommender_id")
