"""A title may be handed over to another recommending unit; the Corps is a division with its cities.

Revision ID: 0008
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
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
    # A register that has its divisions already: a new one is filled from app/people/divisions.yaml.
    op.execute(
        "INSERT INTO region (code, name, tier, parent_code, province_code, city_code, county_code) "  # noqa: S608
        f"SELECT '{CORPS}', '新疆生产建设兵团', 'province', NULL, '{CORPS}', NULL, NULL "
        f"WHERE EXISTS (SELECT 1 FROM region WHERE code = '{XINJIANG}') "
        f"AND NOT EXISTS (SELECT 1 FROM region WHERE code = '{CORPS}')"
    )
    _put_cities(under=CORPS, before=XINJIANG)


def _put_cities(*, under: str, before: str) -> None:
    """The cities of the Corps' divisions, where they still lie where the list put them."""
    op.execute(
        f"UPDATE region SET parent_code = '{under}', province_code = '{under}' "  # noqa: S608
        f"WHERE code LIKE '6590__' AND parent_code = '{before}'"
    )


def downgrade() -> None:
    _put_cities(under=XINJIANG, before=CORPS)
    op.drop_index("ix_case_file_recommender_id", "case_file")
    op.execute("DELETE FROM title_event WHERE kind = 'handed_over'")
    op.drop_index("ix_title_recommender_id", "title")
    with op.batch_alter_table("title") as table:
        table.drop_constraint("fk_title_recommender_id_unit", type_="foreignkey")
        table.drop_column("recommender_id")
