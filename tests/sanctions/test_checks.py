"""What the check of a package says about sanctions that can't work."""

import pytest

from app.programmes import checks, package
from app.vocabulary import known
from tests import living


def found(*changes):
    files = package.read_folder(living.PROCESSES / living.PROVINCE)
    text = files["programme.yaml"].decode()
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return [(p.place, p.rule, p.severity) for p in checks.check({**files, "programme.yaml": text.encode()}, **known())
            if p.rule not in ("unused-period", "unknown-carrier")]


REVOCATION = "    decided_by: authority\n    hearing: statement\n    ban: {period: reporting_ban, starts: decision"


@pytest.mark.parametrize(("before", "after", "place", "rule", "severity"), [
    ("    diagram: circular\n    clause: HBI-13.2", "    diagram: notices\n    clause: HBI-13.2",
     "sanctions.reporting_circular.diagram", "unknown-diagram", "error"),
    (REVOCATION, REVOCATION.replace("authority", "ministry"), "sanctions.reporting_revocation.decided_by",
     "unknown-actor", "error"),
    (REVOCATION, REVOCATION.replace("authority", "expert"), "sanctions.reporting_revocation.decided_by",
     "decided-by-nobody", "error"),
    (REVOCATION, REVOCATION.replace("hearing: statement", "hearing: deciding"),
     "sanctions.reporting_revocation.hearing", "hearing-undrawn", "error"),
    (REVOCATION, REVOCATION.replace("starts: decision", "starts: served"),
     "sanctions.reporting_revocation.ban.starts", "ban-from-service", "error"),
    (REVOCATION, REVOCATION.replace("reporting_ban", "deciding"), "sanctions.reporting_revocation.ban.period",
     "ban-rolls", "warning"),
    ("opened_by: [county, city, authority]", "opened_by: [county, ministry]", "sanctions.dishonesty.opened_by",
     "unknown-actor", "error"),
    ("actor: [county/clerk, city/clerk, authority/clerk], about: title", "actor: [city/clerk], about: title",
     "sanctions.dishonesty.opened_by", "opener-left-out", "error"),
    ("  statuses: [active, entered, under_evaluation, observed, expired, cancelled, revoked]",
     "  statuses: [active, expired, cancelled]", "sanctions.reporting_revocation.effect", "effect-without-status",
     "error"),
])
def test_what_a_sanction_names_must_be_there(before, after, place, rule, severity):
    assert (place, rule, severity) in found((before, after))


def test_only_a_circular_is_public():
    line = "    effect: revoke\n    decided_by: authority\n    hearing: statement\n    ban: {period: reporting_ban"
    public = line.replace("    decided_by", "    public: yes\n    decided_by")
    assert ("sanctions.reporting_revocation.public", "public-no-circular", "error") in found((line, public))
    assert found((line, public.replace("yes", "no"))) == []


def test_a_sanction_that_people_open_needs_a_case_that_they_can_open():
    line = ("  - {diagram: sanction, name: 提出处理, actor: [county/clerk, city/clerk, authority/clerk], about: title, "
            "clause: HBI-15}\n")
    assert ("sanctions.dishonesty.opened_by", "opened-by-unused", "error") in found((line, ""))


def test_other_sections_name_sanctions_that_there_are():
    line = "  not_passed: not_qualified\n  clause: HBI-14.1"
    other = line.replace("not_qualified", "no_such")
    assert ("changes.not_passed", "unknown-sanction", "error") in found((line, other))


def test_the_shipped_programme_has_nothing_wrong():
    assert found() == []
