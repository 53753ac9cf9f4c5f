"""公开的通报: what anybody reads of a circular that was signed, and what became of it since."""

from datetime import date
from itertools import pairwise

import pytest

from app import db
from app.errors import NotFound
from app.sanctions import circulars, staying
from tests import living
from tests.browsing import seen
from tests.sanctions.test_circular import DRAFT, SIGNED
from tests.sanctions.test_staying import DOCUMENT

NUMBER = SIGNED["document_number"]


def signed(scene, cause="quarterly:2026-06-15", name="", **more):
    """A circular of a title, drafted and signed; the public id of its case."""
    case = scene.propose("reporting_circular", cause, name=name)
    scene.do(case, "clerk@province", DRAFT, "circulate")
    scene.do(case, "lead@province", {**SIGNED, **more}, "issue")
    return case


def listed(**asked):
    with db.reading() as session:
        return circulars.circulars(session, **asked)[0]


def shown(public_id):
    with db.reading() as session:
        return circulars.circular(session, public_id)


def annul(scene, kind="reconsideration"):
    with db.transaction() as session:
        staying.annul(session, scene.sanctions()[0].public_id, by=scene.who("lead@province"), kind=kind,
                      document="冀政复〔2026〕3 号", reason="通报所列一期已按时报送")


@pytest.fixture
def pages(app, client, scene):
    from app.documents import storage

    storage.open_folder(app.config["BANJIAN"].files_dir)
    return client


def test_hbi_13_2_a_circular_is_public_from_its_signing_on_and_not_before(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    scene.do(case, "clerk@province", DRAFT, "circulate")
    assert listed() == []
    with pytest.raises(NotFound):
        shown(scene.sanctions()[0].public_id)

    scene.do(case, "lead@province", SIGNED, "issue")
    [line] = listed()
    assert (line.decision, line.signed_on, line.names, line.changed) == (
        NUMBER, date(2026, 10, 12), ["持证服务机构1"], False)
    one = shown(line.public_id)
    assert (one.text, one.rule.clause, one.named[0].facts[0]) == (
        DRAFT["text"], "HBI-13.2", ("2026 年第一季度情况报告", "2026-03-16"))


def test_a_circular_that_was_not_issued_is_never_public(scene):
    case = scene.propose("reporting_circular", "quarterly:2026-06-15")
    scene.do(case, "clerk@province", {"reason": "已获准补报。"}, "drop")
    assert listed() == []


def test_a_revocation_is_no_circular(scene):
    scene.to_decision(case := scene.propose())
    scene.decided(case, "2026-10-12")
    assert listed() == []
    with pytest.raises(NotFound):
        shown(scene.sanctions()[0].public_id)


def test_one_document_that_names_two_institutions_is_one_circular(scene):
    signed(scene)
    signed(scene, name="持证服务机构2")
    signed(scene, "quarterly:2026-09-15", document_number="冀工信企业〔2026〕8 号")
    assert [(line.decision, line.names) for line in listed()] == [
        ("冀工信企业〔2026〕8 号", ["持证服务机构1"]), (NUMBER, ["持证服务机构1", "持证服务机构2"])]
    first, second = (row.public_id for row in scene.sanctions()[:2])
    assert shown(second).public_id == shown(first).public_id
    assert [one.name for one in shown(second).named] == ["持证服务机构1", "持证服务机构2"]


@pytest.mark.parametrize(("asked", "count"), [
    ({"text": "机构2"}, 1), ({"text": "9 号"}, 1), ({"text": "无此"}, 0), ({"programme": "hebei-institution"}, 2),
    ({"programme": "other"}, 0),
])
def test_circulars_are_found_by_institution_number_and_programme(scene, asked, count):
    signed(scene)
    signed(scene, name="持证服务机构2", document_number="冀工信企业〔2026〕9 号")
    assert len(listed(**asked)) == count


def test_the_list_goes_on_page_by_page_and_shows_each_once(scene, monkeypatch):
    monkeypatch.setattr(circulars, "PAGE", 1)
    for number in range(1, 4):
        signed(scene, f"quarterly:{number}", document_number=f"{number} 号")
    found, after = [], None
    while True:
        with db.reading() as session:
            lines, after = circulars.circulars(session, after=after)
        found += lines
        if after is None:
            break
    assert [line.decision for line in found] == ["3 号", "2 号", "1 号"]
    assert all(one.signed_on >= other.signed_on for one, other in pairwise(found))


def test_a_stay_an_annulment_and_a_correction_are_said_with_the_circular(scene):
    signed(scene)
    public_id = scene.sanctions()[0].public_id
    with db.transaction() as session:
        staying.enter_stay(session, public_id, by=scene.who("clerk@province"), kind="litigation", document=DOCUMENT,
                           since=date(2026, 10, 12))
    assert shown(public_id).named[0].since == f"因诉讼停止执行，自 2026-10-12 起（{DOCUMENT}）。"
    assert listed()[0].changed
    annul(scene)
    assert shown(public_id).named[0].since == "已撤销：复议，冀政复〔2026〕3 号，2026-10-12 登记。"


@pytest.mark.parametrize(("about", "said"), [
    ({"about": "strike", "event_number": 2}, "已撤回：系误登"),
    ({"about": "event", "event_number": 2, "right": "2026-10-11"}, "已更正：日期应为 2026-10-11"),
])
def test_a_corrected_record_is_said_with_the_circular(scene, about, said):
    signed(scene)
    case = living.begin(scene.who("clerk@province"), scene.title().public_id, "record_correction")
    scene.do(case, "clerk@province", {"reason": "登记时抄错", "document_number": "冀工信更〔2026〕1号", **about})
    scene.do(case, "lead@province", {"opinion": "无误"}, "confirm")
    assert said in shown(scene.sanctions()[0].public_id).named[0].since


def test_what_the_programme_keeps_from_the_public_nobody_reads(database, clock_at, tmp_path, app, client):
    from app.documents import storage
    from app.programmes import package
    from tests.sanctions.conftest import GRANTED, Scene

    storage.open_folder(app.config["BANJIAN"].files_dir)
    clock_at("2026-10-12 09:00")
    files = package.read_folder(living.PROCESSES / living.PROVINCE)
    kept = files["programme.yaml"].replace(b"circular\n    public: yes", b"circular\n    public: no")
    assert kept != files["programme.yaml"]
    scene = Scene(living.living(granted_on=GRANTED, files={**files, "programme.yaml": kept}), clock_at)
    signed(scene)
    public_id = scene.sanctions()[0].public_id
    assert listed() == []
    for path in (f"/circulars/{public_id}", f"/circulars/{public_id}/letter.pdf"):
        assert client.get(path).status_code == 404
    with db.transaction() as session:
        staying.enter_stay(session, public_id, by=scene.who("clerk@province"), kind="litigation", document=DOCUMENT,
                           since=date(2026, 10, 12))
    annul(scene)
    for path in (f"/titles/{scene.title().public_id}", f"/verify/{scene.title().number}"):
        said = client.page(path).select_one("main").get_text()
        assert [word for word in ("通报", "停止执行", "撤销") if word in said.replace("撤销登记", "")] == [], path
    client.sign_in("clerk@province")
    assert "通报" in client.page(f"/titles/{scene.title().public_id}").select_one("main").get_text()


def test_hbi_13_2_anybody_reads_the_circular_its_letter_and_comes_to_it_from_the_title(pages, scene):
    signed(scene)
    title = pages.page(f"/titles/{scene.title().public_id}")
    link = title.select_one("a[href^='/circulars/']")["href"]
    text = seen(pages.get(link))
    for said in (NUMBER, "2026-10-12", DRAFT["text"], "持证服务机构1", "2026 年第二季度情况报告（2026-06-15）",
                 "有效"):
        assert said in text, said
    letter = pages.get(f"{link}/letter.pdf")
    assert (letter.status_code, letter.mimetype, letter.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert NUMBER in seen(pages.get("/circulars?q=机构1"))


@pytest.mark.parametrize("after", ["x", "2026-13-01.4", "2026-10-12", "2026-10-12.4x"])
def test_a_page_that_there_is_not_is_refused(pages, after):
    assert pages.get(f"/circulars?after={after}").status_code == 422


def test_an_address_that_is_no_circular_is_not_found(pages, scene):
    scene.propose()
    for public_id in ("x", scene.sanctions()[0].public_id):
        assert pages.get(f"/circulars/{public_id}").status_code == 404
