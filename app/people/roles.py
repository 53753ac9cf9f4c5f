"""The roles (岗位): what they are called, which kinds of unit give them, and which ones nobody may hold together."""

from collections.abc import Collection
from dataclasses import dataclass

from app.errors import Invalid


@dataclass(frozen=True)
class Role:
    """A role; `kinds` are the kinds of unit whose people may hold it."""

    key: str
    zh: str
    en: str
    kinds: frozenset[str]


def _role(key: str, zh: str, en: str, *kinds: str) -> Role:
    return Role(key, zh, en, frozenset(kinds))


ROLES = {
    role.key: role
    for role in (
        _role("clerk", "经办岗", "Clerk", "department", "association"),
        _role("lead", "审核岗", "Lead", "department", "association"),
        _role("admin", "单位管理员", "Administrator", "department", "association", "institution"),
        _role("auditor", "审计岗", "Auditor", "department"),
        _role("designer", "流程设计岗", "Process designer", "department"),
        _role("operator", "系统运维岗", "Operator", "department"),
        _role("applicant", "申报岗", "Applicant", "institution"),
        _role("expert", "评审专家", "Expert", "department", "association", "institution"),
    )
}

OFFICES = frozenset({"admin", "auditor", "operator"})
"""三员: who runs the system, who gives rights and who audits are three people, and none of them decides cases.

An institution's administrator may also apply: it decides about nobody but itself. Source: GB/T 22239 8.1.4.2 d.
"""
_WORK = frozenset({"clerk", "lead", "designer"})


def for_kind(kind: str) -> list[Role]:
    """Roles that people of a kind of unit may hold, in the order in which pages show them."""
    return [role for role in ROLES.values() if kind in role.kinds]


def see_that_they_fit(roles: Collection[str], *, kind: str) -> None:
    """Raise Invalid where a role is unknown or not for this kind of unit, or where two may not be held together."""
    strange = [key for key in roles if key not in ROLES or kind not in ROLES[key].kinds]
    if strange:
        names = "、".join(ROLES[key].zh if key in ROLES else key[:20] for key in strange)
        raise Invalid({"roles": [f"此类单位没有这些岗位：{names}。"]})
    offices = OFFICES & set(roles)
    if len(offices) > 1 or (offices and _WORK & set(roles)):
        message = "单位管理员、系统运维岗、审计岗须分设，也不能兼任经办、审核、流程设计岗；请另设人员。"
        raise Invalid({"roles": [message]})


def names(roles: Collection[str]) -> str:
    """The Chinese names of some roles, for lists and the trail."""
    return "、".join(role.zh for key, role in ROLES.items() if key in roles)
