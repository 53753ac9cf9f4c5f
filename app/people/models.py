"""Who there is: regions, units, persons with their roles, and their sessions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

TIERS = ("ministry", "province", "city", "county")


class Region(Base):
    """A division of the country (GB/T 2260); `tier` is province, city or county; a province has no parent."""

    __tablename__ = "region"
    __table_args__ = (CheckConstraint("tier IN ('province', 'city', 'county')", name="tier"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tier: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    province_code: Mapped[str]
    city_code: Mapped[str | None]
    county_code: Mapped[str | None]


class Unit(Base):
    """A department, an institution (applicant), an association or a public enterprise.

    A department has a tier and answers for its region; an institution is known by its credit code. The unit that set
    up another one (`set_up_by_id`) looks after its people even where both stand at the same tier.

    `body` says what sort of office a department is: "" a department of the government, "centre" a service centre,
    "internal" a section within one. `organisation_code` is the credit code of the organisation whose office a
    department or association is, where the same organisation may also be an institution that applies. Source: HUB-21.
    """

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("kind IN ('department', 'institution', 'association')", name="kind"),
        CheckConstraint("status IN ('pending', 'active', 'refused', 'disabled')", name="status"),
        CheckConstraint("(kind = 'department') = (tier IS NOT NULL)", name="tier_of_departments"),
        CheckConstraint("kind <> 'institution' OR credit_code IS NOT NULL", name="credit_code_of_institutions"),
        Index("ix_unit_tier_region", "tier", "region_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    tier: Mapped[str | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    body: Mapped[str] = mapped_column(default="")
    organisation_code: Mapped[str] = mapped_column(default="")
    set_up_by_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    address: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    status_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Person(Base):
    """Somebody who signs in, always for one unit. `password_hash` is empty until the first password is set."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("status IN ('active', 'disabled')", name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_set_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class RoleGrant(Base):
    """A role (岗位) that a person holds in the own unit: see app.people.roles."""

    __tablename__ = "role_grant"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class AssociationMember(Base):
    """会员: an institution, by credit code, is a member of an association from `joined_on` on, until the day before
    `left_on` (NULL: it still is). Source: HUB-9."""

    __tablename__ = "association_member"
    __table_args__ = (
        CheckConstraint("left_on IS NULL OR joined_on <= left_on", name="left_after_joining"),
        Index("ix_association_member_code", "association_id", "credit_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    association_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str]
    credit_code: Mapped[str]
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]


class SignIn(Base):
    """A session on the server: the cookie holds the random id, this row only its hash."""

    __tablename__ = "sign_in"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")


class Attempt(Base):
    """Failed sign-ins under a key ("account:..." or "address:..."), for the lockout. Real time."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class OneTimeCode(Base):
    """A code that works once: making the first administrator, setting a new password. Only its hash is kept."""

    __tablename__ = "one_time_code"
    __table_args__ = (UniqueConstraint("code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str]
    purpose: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
