"""The tables of the first house, and the refusal to change the trail.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from app.audit import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", KEY, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("legal_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_entry")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_real_at", ["real_at"], unique=False)

    op.create_table(
        "audit_root",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("chains", KEY, nullable=False),
        sa.Column("entries", KEY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_root")),
        sa.UniqueConstraint("day", name=op.f("uq_audit_root_day")),
    )
    op.create_table(
        "clock_offset",
        sa.Column("id", KEY, nullable=False),
        sa.Column("seconds", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "letter",
        sa.Column("id", KEY, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'muted', 'failed')", name=op.f("ck_letter_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(
            "ix_letter_waiting",
            ["retry_at"],
            unique=False,
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "region",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("city_code", sa.Text(), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=True),
        sa.CheckConstraint("tier IN ('province', 'city', 'county')", name=op.f("ck_region_tier")),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_parent_code_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("root_id", KEY, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["audit_root.id"], name=op.f("fk_audit_head_root_id_audit_root")),
        sa.PrimaryKeyConstraint("root_id", "chain", name=op.f("pk_audit_head")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("set_up_by_id", KEY, nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'department') = (tier IS NOT NULL)", name=op.f("ck_unit_tier_of_departments")),
        sa.CheckConstraint(
            "kind <> 'institution' OR credit_code IS NOT NULL", name=op.f("ck_unit_credit_code_of_institutions")
        ),
        sa.CheckConstraint("kind IN ('department', 'institution', 'association')", name=op.f("ck_unit_kind")),
        sa.CheckConstraint("status IN ('pending', 'active', 'refused', 'disabled')", name=op.f("ck_unit_status")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_unit_region_code_region")),
        sa.ForeignKeyConstraint(["set_up_by_id"], ["unit.id"], name=op.f("fk_unit_set_up_by_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_unit_credit_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_unit_public_id")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_set_up_by_id"), ["set_up_by_id"], unique=False)
        batch_op.create_index("ix_unit_tier_region", ["tier", "region_code"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck_person_status")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_person_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "calendar_edition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("year", KEY, nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", KEY, nullable=True),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_by", KEY, nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", KEY, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(revision IS NULL) = (state IN ('proposed', 'withdrawn'))",
            name=op.f("ck_calendar_edition_revision_when_confirmed"),
        ),
        sa.CheckConstraint(
            "origin IN ('paste', 'hand', 'csv', 'chinesecalendar')", name=op.f("ck_calendar_edition_origin")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'replaced', 'withdrawn')", name=op.f("ck_calendar_edition_state")
        ),
        sa.CheckConstraint(
            "status IN ('provisional', 'published', 'amended')", name=op.f("ck_calendar_edition_status")
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (revision IS NULL)", name=op.f("ck_calendar_edition_confirmed_with_revision")
        ),
        sa.CheckConstraint("confirmed_by <> entered_by", name=op.f("ck_calendar_edition_confirmed_by_another")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_calendar_edition_confirmed_by_person")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_calendar_edition_entered_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edition")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calendar_edition_public_id")),
        sa.UniqueConstraint("revision", name=op.f("uq_calendar_edition_revision")),
    )
    with op.batch_alter_table("calendar_edition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_calendar_edition_in_force",
            ["year", "region_code"],
            unique=True,
            postgresql_where=sa.text("state = 'in_force'"),
            sqlite_where=sa.text("state = 'in_force'"),
        )
        batch_op.create_index(
            "ix_calendar_edition_waiting",
            ["year", "region_code"],
            unique=True,
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )
        batch_op.create_index("ix_calendar_edition_year", ["year", "region_code"], unique=False)

    op.create_table(
        "calendar_move",
        sa.Column("id", KEY, nullable=False),
        sa.Column("edition_id", KEY, nullable=False),
        sa.Column("deadline_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("stops", sa.Text(), nullable=False),
        sa.Column("old_last_day", sa.Date(), nullable=False),
        sa.Column("new_last_day", sa.Date(), nullable=False),
        sa.Column("lawful_day", sa.Date(), nullable=False),
        sa.Column("old_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("new_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_provisional", sa.Boolean(), nullable=False),
        sa.Column("new_provisional", sa.Boolean(), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decision_text", sa.Text(), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(decision = '') = (decided_at IS NULL)", name=op.f("ck_calendar_move_decided_when_decided")
        ),
        sa.CheckConstraint(
            "decision = '' OR kind = 'taken_effect'", name=op.f("ck_calendar_move_only_effects_are_decided")
        ),
        sa.CheckConstraint("decision IN ('', 'upheld', 'otherwise')", name=op.f("ck_calendar_move_decision")),
        sa.CheckConstraint(
            "effect IN ('becomes_overdue', 'no_longer_overdue', 'later', 'earlier', 'mark')",
            name=op.f("ck_calendar_move_effect"),
        ),
        sa.CheckConstraint(
            "kind <> 'kept' OR new_ends_at >= old_ends_at", name=op.f("ck_calendar_move_kept_is_never_shorter")
        ),
        sa.CheckConstraint("kind IN ('moves', 'kept', 'taken_effect')", name=op.f("ck_calendar_move_kind")),
        sa.CheckConstraint("reason IN ('', 'announced', 'told')", name=op.f("ck_calendar_move_reason")),
        sa.CheckConstraint("state IN ('listed', 'superseded')", name=op.f("ck_calendar_move_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_calendar_move_decided_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_move")),
    )
    with op.batch_alter_table("calendar_move", schema=None) as batch_op:
        batch_op.create_index("ix_calendar_move_case", ["case_id"], unique=False)
        batch_op.create_index("ix_calendar_move_edition", ["edition_id", "deadline_id"], unique=False)

    op.create_table(
        "expert",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("keeper_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused')", name=op.f("ck_expert_status")),
        sa.ForeignKeyConstraint(["keeper_id"], ["unit.id"], name=op.f("fk_expert_keeper_id_unit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_expert_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert")),
        sa.UniqueConstraint("keeper_id", "person_id", name=op.f("uq_expert_keeper_id_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_expert_public_id")),
    )
    with op.batch_alter_table("expert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_person_id"), ["person_id"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_one_time_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_one_time_code_code_hash")),
    )
    op.create_table(
        "release",
        sa.Column("id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(["deployed_by"], ["person.id"], name=op.f("fk_release_deployed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("programme", "fingerprint", name=op.f("uq_release_programme_fingerprint")),
        sa.UniqueConstraint("programme", "number", name=op.f("uq_release_programme_number")),
    )
    op.create_table(
        "role_grant",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_role_grant")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id_hash", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id_person")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_in_public_id")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("year", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.Column("changes", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_batch_opens_before_it_closes")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_batch_release_id_release")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_batch_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("programme", "year", "name", name=op.f("uq_batch_programme_year_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_batch_public_id")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("edition_id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["calendar_edition.id"], name=op.f("fk_calendar_day_edition_id_calendar_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_preview",
        sa.Column("edition_id", KEY, nullable=False),
        sa.Column("base", KEY, nullable=False),
        sa.Column("made_by", KEY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", KEY, nullable=False),
        sa.Column("count", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("revision", KEY, nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", KEY, nullable=True),
        sa.Column("told_after", KEY, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(applied_at IS NULL) = (revision IS NULL)", name=op.f("ck_calendar_preview_applied_with_revision")
        ),
        sa.CheckConstraint(
            "told_at IS NULL OR applied_at IS NOT NULL", name=op.f("ck_calendar_preview_told_after_applied")
        ),
        sa.ForeignKeyConstraint(["applied_by"], ["person.id"], name=op.f("fk_calendar_preview_applied_by_person")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["calendar_edition.id"], name=op.f("fk_calendar_preview_edition_id_calendar_edition")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_calendar_preview_made_by_person")),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_calendar_preview")),
    )
    with op.batch_alter_table("calendar_preview", schema=None) as batch_op:
        batch_op.create_index(
            "ix_calendar_preview_untold",
            ["edition_id"],
            unique=False,
            postgresql_where=sa.text("told_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL"),
        )

    op.create_table(
        "case_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("diagram", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("applicant_id", KEY, nullable=True),
        sa.Column("opener_unit_id", KEY, nullable=False),
        sa.Column("recommender_id", KEY, nullable=True),
        sa.Column("about_id", KEY, nullable=True),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("city_code", sa.Text(), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_case_file_closed_when_done")),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_case_file_status")),
        sa.ForeignKeyConstraint(["about_id"], ["case_file.id"], name=op.f("fk_case_file_about_id_case_file")),
        sa.ForeignKeyConstraint(["applicant_id"], ["unit.id"], name=op.f("fk_case_file_applicant_id_unit")),
        sa.ForeignKeyConstraint(["opener_unit_id"], ["unit.id"], name=op.f("fk_case_file_opener_unit_id_unit")),
        sa.ForeignKeyConstraint(["recommender_id"], ["unit.id"], name=op.f("fk_case_file_recommender_id_unit")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_case_file_region_code_region")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_case_file_release_id_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_file_public_id")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_applicant_id"), ["applicant_id"], unique=False)
        batch_op.create_index("ix_case_file_city_opened", ["city_code", "opened_at"], unique=False)
        batch_op.create_index("ix_case_file_county_opened", ["county_code", "opened_at"], unique=False)
        batch_op.create_index("ix_case_file_province_opened", ["province_code", "opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_release_id"), ["release_id"], unique=False)

    op.create_table(
        "expert_relation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("expert_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(unit_id IS NULL) <> (region_code IS NULL)", name=op.f("ck_expert_relation_unit_or_region")
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_relation_expert_id_expert")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_expert_relation_region_code_region")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_expert_relation_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_relation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_expert_relation_public_id")),
    )
    with op.batch_alter_table("expert_relation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_expert_relation_standing",
            ["expert_id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "proposal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("base_id", KEY, nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", KEY, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_id", KEY, nullable=True),
        sa.CheckConstraint(
            "(status = 'deployed') = (release_id IS NOT NULL)", name=op.f("ck_proposal_deployed_as_release")
        ),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_proposal_closed_when_done")),
        sa.CheckConstraint("status <> 'deployed' OR closed_by <> proposed_by", name=op.f("ck_proposal_second_person")),
        sa.CheckConstraint("status IN ('open', 'deployed', 'withdrawn')", name=op.f("ck_proposal_status")),
        sa.ForeignKeyConstraint(["base_id"], ["release.id"], name=op.f("fk_proposal_base_id_release")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_proposal_closed_by_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_proposal_proposed_by_person")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_proposal_release_id_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposal_public_id")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_programme"), ["programme"], unique=False)

    op.create_table(
        "act",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("diagram", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("result_case_id", KEY, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_act_person_id_person")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_act_release_id_release")),
        sa.ForeignKeyConstraint(["result_case_id"], ["case_file.id"], name=op.f("fk_act_result_case_id_case_file")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_act_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sa.UniqueConstraint("public_id", name=op.f("uq_act_public_id")),
    )
    with op.batch_alter_table("act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_act_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("applicant_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["unit.id"], name=op.f("fk_application_applicant_id_unit")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_application_batch_id_batch")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_application_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("batch_id", "applicant_id", name=op.f("uq_application_batch_id_applicant_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_application_case_id")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_applicant_id"), ["applicant_id"], unique=False)

    op.create_table(
        "catch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'taken', 'gone')", name=op.f("ck_catch_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_catch_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catch")),
        sa.UniqueConstraint("case_id", "engine_id", name=op.f("uq_catch_case_id_engine_id")),
    )
    with op.batch_alter_table("catch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catch_case_id"), ["case_id"], unique=False)

    op.create_table(
        "deadline",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar", KEY, nullable=False),
        sa.Column("stops", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('awaiting', 'running', 'stopped', 'met', 'missed', 'void')", name=op.f("ck_deadline_status")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_deadline_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadline_calendar",
            ["calendar"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_deadline_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_deadline_remind",
            ["remind_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'running'"),
            sqlite_where=sa.text("status = 'running'"),
        )
        batch_op.create_index(
            "ix_deadline_running",
            ["ends_at"],
            unique=False,
            postgresql_where=sa.text("status = 'running'"),
            sqlite_where=sa.text("status = 'running'"),
        )

    op.create_table(
        "expert_review",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("diagram", sa.Text(), nullable=False),
        sa.Column("shortage_diagram", sa.Text(), nullable=False),
        sa.Column("shortage_case_id", KEY, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("fewer", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("count", KEY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)",
            name=op.f("ck_expert_review_closed_when_closed"),
        ),
        sa.CheckConstraint("status IN ('open', 'short', 'closed', 'cancelled')", name=op.f("ck_expert_review_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_expert_review_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["shortage_case_id"], ["case_file.id"], name=op.f("fk_expert_review_shortage_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_expert_review_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_review")),
    )
    with op.batch_alter_table("expert_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_review_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expert_review_shortage_case_id"), ["shortage_case_id"], unique=False)
        batch_op.create_index(
            "uq_expert_review_running",
            ["case_id"],
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "late_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("applicant_id", KEY, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["unit.id"], name=op.f("fk_late_entry_applicant_id_unit")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_late_entry_batch_id_batch")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_late_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_entry")),
    )
    with op.batch_alter_table("late_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_late_entry_applicant_id"), ["applicant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_late_entry_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("to_case_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'delivered') = (delivered_at IS NOT NULL)", name=op.f("ck_message_delivered_when_delivered")
        ),
        sa.CheckConstraint("status IN ('waiting', 'delivered', 'void')", name=op.f("ck_message_status")),
        sa.ForeignKeyConstraint(["to_case_id"], ["case_file.id"], name=op.f("fk_message_to_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("sender", "name", "key", name=op.f("uq_message_sender_name_key")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_waiting",
            ["to_case_id", "name"],
            unique=False,
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "title",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder_id", KEY, nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("basis IN ('granted', 'imported', 'entered')", name=op.f("ck_title_basis")),
        sa.CheckConstraint("status IN ('active')", name=op.f("ck_title_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_title_case_id_case_file")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_title_holder_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title")),
        sa.UniqueConstraint("number", name=op.f("uq_title_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_title_public_id")),
    )
    with op.batch_alter_table("title", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_title_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_title_granted",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("basis = 'granted'"),
            postgresql_where=sa.text("basis = 'granted'"),
        )
        batch_op.create_index(batch_op.f("ix_title_holder_id"), ["holder_id"], unique=False)

    op.create_table(
        "trial",
        sa.Column("id", KEY, nullable=False),
        sa.Column("proposal_id", KEY, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('passed', 'failed')) = (ended_at IS NOT NULL)", name=op.f("ck_trial_ended_when_told")
        ),
        sa.CheckConstraint("status IN ('waiting', 'running', 'passed', 'failed')", name=op.f("ck_trial_status")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_trial_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint("proposal_id", "path", name=op.f("uq_trial_proposal_id_path")),
    )
    op.create_table(
        "act_paper",
        sa.Column("act_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_act_paper_act_id_act")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_act_paper_person_id_person")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_act_paper")),
    )
    op.create_table(
        "expert_draw",
        sa.Column("id", KEY, nullable=False),
        sa.Column("review_id", KEY, nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("wanted", KEY, nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["expert_review.id"], name=op.f("fk_expert_draw_review_id_expert_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_draw")),
    )
    with op.batch_alter_table("expert_draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_draw_review_id"), ["review_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("deadline_id", KEY, nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("last_day_before", sa.Date(), nullable=True),
        sa.Column("last_day_after", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status = 'approved') = (last_day_after IS NOT NULL)", name=op.f("ck_extension_moved_when_approved")
        ),
        sa.CheckConstraint("(status = 'asked') = (decided_at IS NULL)", name=op.f("ck_extension_decided_when_decided")),
        sa.CheckConstraint("status IN ('asked', 'approved', 'refused')", name=op.f("ck_extension_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_extension_amount")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name=op.f("ck_extension_nobody_approves_the_own")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_extension_asked_by_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_extension_case_id_case_file")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_extension_deadline_id_deadline")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_extension_decided_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_extension_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
        sa.UniqueConstraint("public_id", name=op.f("uq_extension_public_id")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(
            "ix_extension_asked",
            ["deadline_id"],
            unique=True,
            postgresql_where=sa.text("status = 'asked'"),
            sqlite_where=sa.text("status = 'asked'"),
        )
        batch_op.create_index(batch_op.f("ix_extension_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_deadline_id"), ["deadline_id"], unique=False)
        batch_op.create_index("ix_extension_desk", ["unit_id", "role", "status"], unique=False)

    op.create_table(
        "publication",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("act_id", KEY, nullable=True),
        sa.Column("corrects_id", KEY, nullable=True),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("list_hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_publication_closed_when_closed")
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_publication_status")),
        sa.CheckConstraint(
            "act_id IS NOT NULL OR corrects_id IS NOT NULL", name=op.f("ck_publication_from_an_act_or_a_correction")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_publication_act_id_act")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_publication_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["publication.id"], name=op.f("fk_publication_corrects_id_publication")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_publication_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("act_id", name=op.f("uq_publication_act_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_publication_case_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_publication_public_id")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_corrects_id"), ["corrects_id"], unique=False)

    op.create_table(
        "reminder_ladder",
        sa.Column("deadline_id", KEY, autoincrement=False, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("stopped_at IS NULL OR reason <> ''", name=op.f("ck_reminder_ladder_stopped_with_a_reason")),
        sa.CheckConstraint(
            "(stopped_at IS NULL) = (stopped_by IS NULL)", name=op.f("ck_reminder_ladder_stopped_by_somebody")
        ),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_reminder_ladder_deadline_id_deadline")),
        sa.ForeignKeyConstraint(["stopped_by"], ["person.id"], name=op.f("fk_reminder_ladder_stopped_by_person")),
        sa.PrimaryKeyConstraint("deadline_id", name=op.f("pk_reminder_ladder")),
    )
    op.create_table(
        "task",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("misplaced", sa.Boolean(), nullable=False),
        sa.Column("deadline_id", KEY, nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", KEY, nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", KEY, nullable=True),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_task_closed_when_done")),
        sa.CheckConstraint("status <> 'done' OR closed_by IS NOT NULL", name=op.f("ck_task_done_by_somebody")),
        sa.CheckConstraint("status IN ('open', 'done', 'cancelled')", name=op.f("ck_task_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_task_case_id_case_file")),
        sa.ForeignKeyConstraint(["claimed_by"], ["person.id"], name=op.f("fk_task_claimed_by_person")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_task_closed_by_person")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_task_deadline_id_deadline")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("case_id", "engine_id", name=op.f("uq_task_case_id_engine_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_task_public_id")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_task_inbox",
            ["unit_id", "role", "ends_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'open'"),
            sqlite_where=sa.text("status = 'open'"),
        )
        batch_op.create_index(
            "ix_task_mine",
            ["claimed_by"],
            unique=False,
            postgresql_where=sa.text("status = 'open'"),
            sqlite_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "timer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("deadline_id", KEY, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'fired') = (fired_at IS NOT NULL)", name=op.f("ck_timer_fired_when_fired")),
        sa.CheckConstraint("status IN ('waiting', 'fired', 'gone')", name=op.f("ck_timer_status")),
        sa.CheckConstraint("fired_at >= due_at", name=op.f("ck_timer_never_early")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_timer_case_id_case_file")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_timer_deadline_id_deadline")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("case_id", "engine_id", name=op.f("uq_timer_case_id_engine_id")),
    )
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_timer_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_timer_due",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "title_event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title_id", KEY, nullable=False),
        sa.Column("seq", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_title_event_case_id_case_file")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_title_event_title_id_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title_event")),
        sa.UniqueConstraint("title_id", "seq", name=op.f("uq_title_event_title_id_seq")),
    )
    with op.batch_alter_table("title_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_title_event_title_id"), ["title_id"], unique=False)

    op.create_table(
        "title_record",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.CheckConstraint("kind IN ('grade', 'miss')", name=op.f("ck_title_record_kind")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_title_record_case_id_case_file")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_title_record_title_id_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title_record")),
        sa.UniqueConstraint("title_id", "kind", "period", name=op.f("uq_title_record_title_id_kind_period")),
    )
    with op.batch_alter_table("title_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_title_record_title_id"), ["title_id"], unique=False)

    op.create_table(
        "act_row",
        sa.Column("id", KEY, nullable=False),
        sa.Column("act_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'done', 'refused')", name=op.f("ck_act_row_status")),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_act_row_act_id_act")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_act_row_case_id_case_file")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_act_row_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_row")),
        sa.UniqueConstraint("act_id", "case_id", name=op.f("uq_act_row_act_id_case_id")),
    )
    with op.batch_alter_table("act_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_act_row_act_id"), ["act_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_act_row_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_act_row_waiting",
            ["id"],
            unique=False,
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "answer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_answer_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_answer_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_answer_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("task_id", name=op.f("uq_answer_task_id")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_case_id"), ["case_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("task_id", KEY, nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by", KEY, nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_document_case_id_case_file")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_document_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_document_unit_id_unit")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["person.id"], name=op.f("fk_document_uploaded_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_public_id")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_task_id"), ["task_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "draft",
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_draft_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "expert_seat",
        sa.Column("id", KEY, nullable=False),
        sa.Column("review_id", KEY, nullable=False),
        sa.Column("draw_id", KEY, nullable=False),
        sa.Column("expert_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("instead_of_id", KEY, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Text(), nullable=False),
        sa.Column("vetoed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_expert_seat_closed_when_done")),
        sa.CheckConstraint("(status = 'scored') = (score <> '')", name=op.f("ck_expert_seat_score_when_scored")),
        sa.CheckConstraint("dropped IN ('', 'highest', 'lowest')", name=op.f("ck_expert_seat_dropped")),
        sa.CheckConstraint(
            "status IN ('open', 'scored', 'declined', 'missed', 'cancelled')", name=op.f("ck_expert_seat_status")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_expert_seat_case_id_case_file")),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draw.id"], name=op.f("fk_expert_seat_draw_id_expert_draw")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_seat_expert_id_expert")),
        sa.ForeignKeyConstraint(
            ["instead_of_id"], ["expert_seat.id"], name=op.f("fk_expert_seat_instead_of_id_expert_seat")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["expert_review.id"], name=op.f("fk_expert_seat_review_id_expert_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_seat")),
        sa.UniqueConstraint("case_id", name=op.f("uq_expert_seat_case_id")),
        sa.UniqueConstraint("review_id", "expert_id", name=op.f("uq_expert_seat_review_id_expert_id")),
    )
    with op.batch_alter_table("expert_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_seat_expert_id"), ["expert_id"], unique=False)

    op.create_table(
        "publication_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("region_name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('listed', 'held', 'cleared', 'upheld', 'withdrawn', 'moved', 'removed')",
            name=op.f("ck_publication_entry_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_publication_entry_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_publication_entry_publication_id_publication")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_entry")),
        sa.UniqueConstraint("publication_id", "case_id", name=op.f("uq_publication_entry_publication_id_case_id")),
    )
    with op.batch_alter_table("publication_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_entry_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_publication_entry_publication_id"), ["publication_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("deadline_id", KEY, nullable=False),
        sa.Column("rung", KEY, nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("receivers", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('urge', 'supervise', 'circulate')", name=op.f("ck_reminder_level")),
        sa.CheckConstraint("status IN ('fired', 'collapsed', 'held')", name=op.f("ck_reminder_status")),
        sa.CheckConstraint("(rung IS NULL) = (person_id IS NOT NULL)", name=op.f("ck_reminder_by_hand_of_somebody")),
        sa.CheckConstraint("fired_at >= due_at", name=op.f("ck_reminder_never_early")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_reminder_case_id_case_file")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_reminder_deadline_id_deadline")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_reminder_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("deadline_id", "rung", "due_at", name=op.f("uq_reminder_deadline_id_rung_due_at")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_reminder_circulated",
            ["task_id"],
            unique=False,
            postgresql_where=sa.text("level = 'circulate' AND status <> 'collapsed'"),
            sqlite_where=sa.text("level = 'circulate' AND status <> 'collapsed'"),
        )
        batch_op.create_index(batch_op.f("ix_reminder_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "uq_reminder_by_hand",
            ["task_id", "day"],
            unique=True,
            postgresql_where=sa.text("rung IS NULL"),
            sqlite_where=sa.text("rung IS NULL"),
        )

    op.create_table(
        "clock_stop",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("deadline_id", KEY, nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("began_by", KEY, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", KEY, nullable=True),
        sa.Column("end_note", sa.Text(), nullable=False),
        sa.CheckConstraint("how <> 'hand' OR began_by IS NOT NULL", name=op.f("ck_clock_stop_set_by_somebody")),
        sa.CheckConstraint("how IN ('hand', 'diagram', 'continued')", name=op.f("ck_clock_stop_how")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_on IS NULL)", name=op.f("ck_clock_stop_ended_on_a_day")),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_clock_stop_never_backwards")),
        sa.ForeignKeyConstraint(["began_by"], ["person.id"], name=op.f("fk_clock_stop_began_by_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_clock_stop_case_id_case_file")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_clock_stop_deadline_id_deadline")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_clock_stop_document_id_document")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_clock_stop_ended_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_stop")),
        sa.UniqueConstraint("public_id", name=op.f("uq_clock_stop_public_id")),
    )
    with op.batch_alter_table("clock_stop", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_stop_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clock_stop_deadline_id"), ["deadline_id"], unique=False)
        batch_op.create_index(
            "ix_clock_stop_lasts",
            ["deadline_id", "ground", "cause"],
            unique=True,
            postgresql_where=sa.text("ended_on IS NULL"),
            sqlite_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("to_unit_id", KEY, nullable=True),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", KEY, nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('notice', 'letter')", name=op.f("ck_notice_kind")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name=op.f("ck_notice_read_by_somebody")),
        sa.CheckConstraint("served_at >= posted_at", name=op.f("ck_notice_not_served_before_it_was_written")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_notice_case_id_case_file")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_notice_document_id_document")),
        sa.ForeignKeyConstraint(["read_by"], ["person.id"], name=op.f("fk_notice_read_by_person")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_notice_to_unit_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "case_id", "revision", "element", "letter", name=op.f("uq_notice_case_id_revision_element_letter")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_notice_to", ["to_unit_id", "id"], unique=False)
        batch_op.create_index(
            "ix_notice_unread",
            ["to_unit_id"],
            unique=False,
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        )
        batch_op.create_index(
            "ix_notice_unserved",
            ["unit_id", "id"],
            unique=False,
            postgresql_where=sa.text("served_at IS NULL"),
            sqlite_where=sa.text("served_at IS NULL"),
        )

    op.create_table(
        "objection",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'tip') = (case_id IS NULL)", name=op.f("ck_objection_tips_have_no_case")),
        sa.CheckConstraint(
            "(status IN ('upheld', 'rejected')) = (decided_at IS NOT NULL)",
            name=op.f("ck_objection_decided_when_decided"),
        ),
        sa.CheckConstraint("status IN ('open', 'upheld', 'rejected', 'tip')", name=op.f("ck_objection_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_objection_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["publication_entry.id"], name=op.f("fk_objection_entry_id_publication_entry")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_objection_publication_id_publication")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("case_id", name=op.f("uq_objection_case_id")),
        sa.UniqueConstraint("number", name=op.f("uq_objection_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_objection_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_objection_secret_hash")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index("ix_objection_publication", ["publication_id", "id"], unique=False)

    op.create_table(
        "reminder_copy",
        sa.Column("id", KEY, nullable=False),
        sa.Column("reminder_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("letter_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_reminder_copy_letter_id_letter")),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name=op.f("fk_reminder_copy_reminder_id_reminder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_copy")),
    )
    with op.batch_alter_table("reminder_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_copy_reminder_id"), ["reminder_id"], unique=False)
        batch_op.create_index(
            "ix_reminder_copy_unsent",
            ["address"],
            unique=False,
            postgresql_where=sa.text("letter_id IS NULL AND address <> ''"),
            sqlite_where=sa.text("letter_id IS NULL AND address <> ''"),
        )

    op.create_table(
        "delivery",
        sa.Column("id", KEY, nullable=False),
        sa.Column("notice_id", KEY, nullable=False),
        sa.Column("seq", KEY, nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("receipt_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(seq = 1) = (reason = '')", name=op.f("ck_delivery_corrections_say_why")),
        sa.CheckConstraint("way IN ('direct', 'mail', 'left', 'public', 'email')", name=op.f("ck_delivery_way")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id_notice")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id_person")),
        sa.ForeignKeyConstraint(["receipt_id"], ["document.id"], name=op.f("fk_delivery_receipt_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_delivery_notice_id_seq")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_notice_id"), ["notice_id"], unique=False)

    op.create_table(
        "objection_paper",
        sa.Column("objection_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_objection_paper_document_id_document")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_objection_paper_objection_id_objection")
        ),
        sa.PrimaryKeyConstraint("objection_id", "document_id", name=op.f("pk_objection_paper")),
    )
    triggers.create(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    op.drop_table("objection_paper")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_notice_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("reminder_copy", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reminder_copy_unsent",
            postgresql_where=sa.text("letter_id IS NULL AND address <> ''"),
            sqlite_where=sa.text("letter_id IS NULL AND address <> ''"),
        )
        batch_op.drop_index(batch_op.f("ix_reminder_copy_reminder_id"))

    op.drop_table("reminder_copy")
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index("ix_objection_publication")
        batch_op.drop_index(batch_op.f("ix_objection_entry_id"))

    op.drop_table("objection")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_unserved",
            postgresql_where=sa.text("served_at IS NULL"),
            sqlite_where=sa.text("served_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_notice_unread", postgresql_where=sa.text("read_at IS NULL"), sqlite_where=sa.text("read_at IS NULL")
        )
        batch_op.drop_index("ix_notice_to")
        batch_op.drop_index(batch_op.f("ix_notice_case_id"))

    op.drop_table("notice")
    with op.batch_alter_table("clock_stop", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_clock_stop_lasts",
            postgresql_where=sa.text("ended_on IS NULL"),
            sqlite_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_clock_stop_deadline_id"))
        batch_op.drop_index(batch_op.f("ix_clock_stop_case_id"))

    op.drop_table("clock_stop")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reminder_by_hand", postgresql_where=sa.text("rung IS NULL"), sqlite_where=sa.text("rung IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_reminder_task_id"))
        batch_op.drop_index(
            "ix_reminder_circulated",
            postgresql_where=sa.text("level = 'circulate' AND status <> 'collapsed'"),
            sqlite_where=sa.text("level = 'circulate' AND status <> 'collapsed'"),
        )
        batch_op.drop_index(batch_op.f("ix_reminder_case_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("publication_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_entry_publication_id"))
        batch_op.drop_index(batch_op.f("ix_publication_entry_case_id"))

    op.drop_table("publication_entry")
    with op.batch_alter_table("expert_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expert_seat_expert_id"))

    op.drop_table("expert_seat")
    op.drop_table("draft")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_unit_id"))
        batch_op.drop_index(batch_op.f("ix_document_task_id"))
        batch_op.drop_index(batch_op.f("ix_document_sha256"))
        batch_op.drop_index(batch_op.f("ix_document_case_id"))

    op.drop_table("document")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_case_id"))

    op.drop_table("answer")
    with op.batch_alter_table("act_row", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_act_row_waiting",
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_act_row_case_id"))
        batch_op.drop_index(batch_op.f("ix_act_row_act_id"))

    op.drop_table("act_row")
    with op.batch_alter_table("title_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_title_record_title_id"))

    op.drop_table("title_record")
    with op.batch_alter_table("title_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_title_event_title_id"))

    op.drop_table("title_event")
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_timer_due", postgresql_where=sa.text("status = 'waiting'"), sqlite_where=sa.text("status = 'waiting'")
        )
        batch_op.drop_index(batch_op.f("ix_timer_case_id"))

    op.drop_table("timer")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_mine", postgresql_where=sa.text("status = 'open'"), sqlite_where=sa.text("status = 'open'")
        )
        batch_op.drop_index(
            "ix_task_inbox", postgresql_where=sa.text("status = 'open'"), sqlite_where=sa.text("status = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_task_case_id"))

    op.drop_table("task")
    op.drop_table("reminder_ladder")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_corrects_id"))

    op.drop_table("publication")
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.drop_index("ix_extension_desk")
        batch_op.drop_index(batch_op.f("ix_extension_deadline_id"))
        batch_op.drop_index(batch_op.f("ix_extension_case_id"))
        batch_op.drop_index(
            "ix_extension_asked", postgresql_where=sa.text("status = 'asked'"), sqlite_where=sa.text("status = 'asked'")
        )

    op.drop_table("extension")
    with op.batch_alter_table("expert_draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expert_draw_review_id"))

    op.drop_table("expert_draw")
    op.drop_table("act_paper")
    op.drop_table("trial")
    with op.batch_alter_table("title", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_title_holder_id"))
        batch_op.drop_index(
            "ix_title_granted", sqlite_where=sa.text("basis = 'granted'"), postgresql_where=sa.text("basis = 'granted'")
        )
        batch_op.drop_index(batch_op.f("ix_title_case_id"))

    op.drop_table("title")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_message_waiting",
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.drop_table("message")
    with op.batch_alter_table("late_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_late_entry_batch_id"))
        batch_op.drop_index(batch_op.f("ix_late_entry_applicant_id"))

    op.drop_table("late_entry")
    with op.batch_alter_table("expert_review", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_expert_review_running",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_expert_review_shortage_case_id"))
        batch_op.drop_index(batch_op.f("ix_expert_review_case_id"))

    op.drop_table("expert_review")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deadline_running",
            postgresql_where=sa.text("status = 'running'"),
            sqlite_where=sa.text("status = 'running'"),
        )
        batch_op.drop_index(
            "ix_deadline_remind",
            postgresql_where=sa.text("status = 'running'"),
            sqlite_where=sa.text("status = 'running'"),
        )
        batch_op.drop_index(batch_op.f("ix_deadline_case_id"))
        batch_op.drop_index(
            "ix_deadline_calendar",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("deadline")
    with op.batch_alter_table("catch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catch_case_id"))

    op.drop_table("catch")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_applicant_id"))

    op.drop_table("application")
    with op.batch_alter_table("act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_act_unit_id"))

    op.drop_table("act")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_programme"))

    op.drop_table("proposal")
    with op.batch_alter_table("expert_relation", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_expert_relation_standing",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("expert_relation")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_release_id"))
        batch_op.drop_index("ix_case_file_province_opened")
        batch_op.drop_index("ix_case_file_county_opened")
        batch_op.drop_index("ix_case_file_city_opened")
        batch_op.drop_index(batch_op.f("ix_case_file_applicant_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_about_id"))

    op.drop_table("case_file")
    with op.batch_alter_table("calendar_preview", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_calendar_preview_untold",
            postgresql_where=sa.text("told_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL"),
        )

    op.drop_table("calendar_preview")
    op.drop_table("calendar_day")
    op.drop_table("batch")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    op.drop_table("role_grant")
    op.drop_table("release")
    op.drop_table("one_time_code")
    with op.batch_alter_table("expert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expert_person_id"))

    op.drop_table("expert")
    with op.batch_alter_table("calendar_move", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_move_edition")
        batch_op.drop_index("ix_calendar_move_case")

    op.drop_table("calendar_move")
    with op.batch_alter_table("calendar_edition", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_edition_year")
        batch_op.drop_index(
            "ix_calendar_edition_waiting",
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index(
            "ix_calendar_edition_in_force",
            postgresql_where=sa.text("state = 'in_force'"),
            sqlite_where=sa.text("state = 'in_force'"),
        )

    op.drop_table("calendar_edition")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_unit_id"))

    op.drop_table("person")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_tier_region")
        batch_op.drop_index(batch_op.f("ix_unit_set_up_by_id"))
        batch_op.drop_index(batch_op.f("ix_unit_region_code"))

    op.drop_table("unit")
    op.drop_table("audit_head")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_code"))

    op.drop_table("region")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_letter_waiting",
            postgresql_where=sa.text("status = 'waiting'"),
            sqlite_where=sa.text("status = 'waiting'"),
        )

    op.drop_table("letter")
    op.drop_table("counter")
    op.drop_table("clock_offset")
    op.drop_table("audit_root")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_real_at")

    op.drop_table("audit_entry")
    op.drop_table("attempt")
