"""Which roles fit together, and in which kind of unit."""

import pytest

from app.errors import Invalid
from app.people import roles


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        ((), "department"),
        (("clerk", "lead", "designer"), "department"),
        (("admin",), "department"),
        (("auditor",), "department"),
        (("operator",), "department"),
        (("clerk", "lead"), "association"),
        (("applicant", "admin"), "institution"),
    ],
)
def test_these_may_be_held_together(held, kind):
    roles.see_that_they_fit(held, kind=kind)


@pytest.mark.parametrize(
    "held",
    [
        ("admin", "auditor"), ("admin", "operator"), ("auditor", "operator"), ("admin", "clerk"), ("admin", "lead"),
        ("operator", "clerk"), ("auditor", "lead"), ("auditor", "designer"), ("admin", "operator", "auditor"),
    ],
)
def test_the_three_offices_are_three_people_and_decide_no_cases(held):
    with pytest.raises(Invalid) as refused:
        roles.see_that_they_fit(held, kind="department")

    assert "分设" in refused.value.fields["roles"][0]


@pytest.mark.parametrize(
    ("held", "kind"),
    [(("applicant",), "department"), (("clerk",), "institution"), (("auditor",), "association"),
     (("king",), "department")],
)
def test_a_role_that_a_kind_of_unit_does_not_have_is_refused(held, kind):
    with pytest.raises(Invalid) as refused:
        roles.see_that_they_fit(held, kind=kind)

    assert "没有这些岗位" in refused.value.fields["roles"][0]


def test_every_role_has_both_names():
    assert all(role.zh and role.en and role.kinds for role in roles.ROLES.values())
