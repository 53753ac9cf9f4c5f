"""Every page at a desk, on a small laptop and on a phone: nothing sticks out, nothing complains, no barrier."""

from collections.abc import Callable

import pytest

from tests.browser.site import Site, Tab

PUBLICATION = "SELECT '/publications/' || public_id FROM publication ORDER BY id {}"
PAGES: dict[str, tuple[str, str | Callable[[Site], str]]] = {
    "sign-in": ("", "/sign-in"),
    "registering": ("", "/register?province=130000"),
    "setting the first password": ("", "/set-password"),
    "publications": ("", "/publications"),
    "an open publication": ("", lambda site: site.ask(PUBLICATION.format("DESC LIMIT 1"))),
    "a closed publication": ("", lambda site: site.ask(PUBLICATION.format("LIMIT 1"))),
    "register of titles": ("", "/titles"),
    "computing a deadline": ("", "/deadlines"),
    "a computed deadline": (
        "", "/deadlines?start=2026-12-21&amount=10&unit=working_days&stops=2026-12-24+%E8%87%B3+2026-12-28"
    ),
    "register without a match": ("", "/titles?q=没有这样的单位"),
    "a title": ("", lambda site: "/titles/" + site.ask("SELECT public_id FROM title LIMIT 1")),
    "demonstration": ("", "/demonstration/clock"),
    "styleguide": ("", "/demonstration/styleguide"),
    "inbox": ("city-clerk", "/inbox"),
    "empty inbox": ("city-clerk", "/inbox?q=没有这样的单位"),
    "long form": ("rongzi", lambda site: site.task("定兴县融资服务有限公司")),
    "county's form": ("shunping-clerk", lambda site: site.task("顺平县检验检测服务有限公司")),
    "city's form": ("city-clerk", lambda site: site.task("高阳县新合技术转移有限公司")),
    "collective task": ("city-lead", lambda site: site.task("安国市中药材技术服务有限公司")),
    "cases": ("city-clerk", "/cases"),
    "a case in publication": ("city-lead", lambda site: site.case("高阳县纺织信息服务有限公司")),
    "a case that is done": ("city-lead", lambda site: site.case("保定智服科技有限公司")),
    "an overdue case": ("city-lead", lambda site: site.case("高阳县新合技术转移有限公司")),
    "a case seen by its applicant": ("rongzi", lambda site: site.case("定兴县融资服务有限公司")),
    "collective acts": ("city-lead", "/acts"),
    "a new act": ("city-lead", lambda site: "/acts/new?release=1&diagram=application&element=" + site.ask(
        "SELECT element FROM task WHERE status = 'open' AND name = '列入公示'")),
    "an act": ("city-lead", lambda site: "/acts/" + site.ask(
        "SELECT public_id FROM act WHERE programme = 'baoding-platform' ORDER BY id LIMIT 1")),
    "calls of the authority": ("city-clerk", "/batches"),
    "calls for an institution": ("qihang", "/batches"),
    "running": ("operator", "/running"),
    "registrations": ("city-clerk", "/registrations"),
    "a registration": ("city-clerk", lambda site: "/registrations/" + site.ask(
        "SELECT public_id FROM unit WHERE status = 'pending'")),
    "units": ("province-admin", "/admin/units"),
    "a unit": ("province-admin", lambda site: "/admin/units/" + site.ask(
        "SELECT public_id FROM unit WHERE name = '保定市工业和信息化局'")),
    "a new unit": ("province-admin", "/admin/units/new"),
    "a person": ("province-admin", lambda site: "/admin/people/" + site.ask(
        "SELECT public_id FROM person WHERE login = 'city-clerk'")),
    "divisions": ("operator", "/admin/divisions"),
    "own account": ("zhifu", "/account"),
    "own password": ("zhifu", "/account/password"),
}
OF_LAYOUT = ("scrollable-region-focusable", "target-size", "css-orientation-lock", "meta-viewport")
REFUSED = {
    "not found": ("", "/nothing-here", 404),
    "not allowed": ("zhifu", "/acts", 403),
    "a deadline asked for wrongly": ("", "/deadlines?start=2026-02-30&amount=x&stops=y", 422),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_and_has_no_barrier(name, site, opened):
    login, path = PAGES[name]
    path = path if isinstance(path, str) else path(site)

    see_that_it_is_sound(opened, login, path)


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_page_fits_its_screen_and_has_no_barrier(name, opened):
    login, path, status = REFUSED[name]

    see_that_it_is_sound(opened, login, path, status=status)


def test_a_form_full_of_errors_fits_its_screen_and_has_no_barrier(site, opened):
    for width in (1440, 390):
        tab = opened("rongzi", width=width)
        tab.go(site.task("定兴县融资服务有限公司"))
        tab.page.locator("[name=years-0-income_wan]").fill("许多")
        tab.expect_refusal()
        tab.page.locator(".confirm summary").click()
        tab.page.get_by_role("button", name="确认提交").click()
        tab.sees("处需要改正")

        assert tab.page.evaluate("() => document.activeElement.matches('.error-summary')")
        assert tab.too_wide() == []
        assert tab.barriers() == []


@pytest.mark.parametrize("path", ["/inbox", "/acts", "/cases"])
def test_a_page_with_english_beside_fits_its_screen(path, opened):
    see_that_it_is_sound(opened, "city-lead", f"{path}?lang=en")


def see_that_it_is_sound(opened: Callable[..., Tab], login: str, path: str, *, status: int = 200) -> None:
    """At each width: one heading, no sideways scroll, nothing that axe finds; the console is watched by `opened`."""
    tab = opened(login)
    tab.go(path, status=status)
    tab.see_diagrams()
    assert tab.page.locator("h1").count() == 1
    assert tab.too_wide() == []
    assert tab.barriers() == []
    tab.page.set_viewport_size({"width": 1366, "height": 768})
    assert tab.too_wide() == []
    assert tab.barriers(*OF_LAYOUT) == []
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.go(path, status=status)
    assert tab.too_wide() == []
    assert tab.barriers() == []
