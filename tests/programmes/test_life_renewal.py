"""title.renewal is held against the rest of the package before anything is deployed."""

import pytest

from app.programmes import checks
from app.vocabulary import known
from tests.renewals import ending


def found(*changes: tuple[str, str], without: str = "") -> list[tuple[str, str]]:
    files = ending.files(*changes)
    files.pop(without, None)
    return [(one.place, one.rule) for one in checks.check(files, **known()) if "renewal" in one.place]


def test_the_shipped_section_is_sound():
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    opens: renewal_opens\n", "    opens: sooner\n", ("title.renewal.opens", "unknown-period")),
        ("    opens: renewal_opens\n", "    opens: renewal_review\n", ("title.renewal.opens", "renewal-opens-forward")),
        ("    opens: renewal_opens\n", "    opens: null\n", ("title.renewal.window", "renewal-window-over")),
        ("    window: renewal_window\n", "", ("title.renewal.window", "renewal-without-window")),
        ("    window: renewal_window\n", "    window: visiting\n", ("title.renewal.window", "renewal-window-unused")),
        ("    window: renewal_window\n", "    window: filling\n", ("title.renewal.window", "named-by-call")),
        ("    form: renewal_assessment\n", "    form: city_review\n", ("title.renewal.form", "renewal-form-unused")),
        ("    diagram: renewal\n", "    diagram: objection\n", ("title.renewal.diagram", "renewal-word-missing")),
        ("    diagram: renewal\n", "    diagram: none_such\n", ("title.renewal.diagram", "renewal-no-diagram")),
        ("    notice_diagram: expiry_notice", "    notice_diagram: nothing",
         ("title.renewal.notice_diagram", "renewal-no-diagram")),
        ("stopped_by: [dishonesty]", "stopped_by: [theft]", ("title.renewal.exempt.stopped_by", "renewal-no-sanction")),
        ("    clause: HBI-12\n\n# 报送义务", "    carries:\n      - nothing\n    clause: HBI-12\n\n# 报送义务",
         ("title.renewal.carries", "unknown-field")),
        ("    clause: HBI-12\n\n# 报送义务",
         "    services: {table: said, year: year, years: 3, obligation: none_such}\n    clause: HBI-12\n\n# 报送义务",
         ("title.renewal.services.obligation", "renewal-no-obligation")),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(old, new, expected):
    assert expected in found((old, new))


def test_a_renewal_without_an_end_is_told():
    assert ("title.renewal.kind", "renewal-without-end") in found(("  validity: validity\n", "  validity: null\n"))


def test_titles_without_an_end_may_say_that_there_is_no_renewal():
    told = found(("  validity: validity\n", "  validity: null\n"), ("    kind: self_assessment\n", "    kind: none\n"))
    assert ("title.renewal.kind", "renewal-without-end") not in told
