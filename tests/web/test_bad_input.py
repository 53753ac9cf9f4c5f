"""What people, scripts and attackers send instead of what the page asks: refused in Chinese, and nothing changes.

Each table lists what is sent and what must come back; a table is told against one scene, for nothing in it may change.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock, db
from app.audit.models import AuditEntry
from app.cases.models import Case, Task
from app.documents import operations as documents
from app.programmes import package
from app.programmes.models import Release
from tests import factories, sample
from tests.browsing import Browser, errors, seen, soup
from tests.documents import files
from tests.faults.dump import SIGNING_IN, changed, dump

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
GOOD = {"name": "惠企服务平台", "count": "3", "day": "2026-03-02", "kinds": "a", "rows-0-item": "服务器"}
LISTED = {"title": "拟认定名单公示", "text": "现将拟认定名单予以公示，欢迎监督。", "contact": "市局 0312-0000000"}
CALL = {"programme": sample.KEY, "name": "2026 年度第二批", "opens_on": "2026-03-02", "closes_on": "2026-06-30"}
GUESSED = ("0", "1", "-1", "AAAAAAAAAAAA", "null", "undefined", "..", "%2e%2e", "' OR 1=1 --", "x" * 300)


@dataclass
class Scene:
    """A county's application at its first task, a sibling county's at the city's collective step, with a file."""

    client: Browser
    task: str
    case: str
    other_task: str
    other_case: str
    other_file: str
    own_file: str
    step: dict[str, str]
    row: str
    batch: str

    def by(self, login: str) -> "Scene":
        self.client.sign_in(login)
        return self

    def send(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        """Post a form with its token; pairs in a list come through in order, names twice too."""
        if isinstance(data, list):
            body = urlencode([("csrf_token", self.client.csrf_token()), *data])
            return self.client.post(path, data=body, content_type="application/x-www-form-urlencoded", **options)
        return self.client.submit(path, data, **options)


@pytest.fixture
def scene(app, client, clock_at) -> Iterator[Scene]:
    clock_at("2026-03-02 10:00")
    with db.transaction() as session:
        world = factories.world(session)
        release = _deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "lead@city"))
        ours, theirs = (
            sample.apply(session, call, by=world.identity(session, f"applicant@{place}"))
            for place in ("institution", "other_institution")
        )
        kept = [
            documents.store(
                session, io.BytesIO(files.pdf()), name=name, unit_id=case.applicant_id, field="papers",
                person_id=world.person(f"applicant@{place}").id, case_id=case.id,
                task_id=sample.open_task(session, case.id).id, files_dir=app.config["BANJIAN"].files_dir,
            ).public_id
            for case, name, place in (
                (ours, "自己的.pdf", "institution"), (theirs, "别家机密.pdf", "other_institution"),
            )
        ]
        who = {login: world.identity(session, login)
               for login in ("applicant@other_institution", "clerk@sibling_county", "clerk@city")}
        task, other_task = (sample.open_task(session, case.id).public_id for case in (ours, theirs))
    report = {**{key: GOOD[key] for key in ("name", "count", "day")}, "kinds": ["a"], "rows": [{"item": "服务器"}]}
    sample.complete(theirs.id, by=who["applicant@other_institution"], answers=report)
    sample.complete(theirs.id, by=who["clerk@sibling_county"], answers=sample.OPINION, outcome="recommend")
    sample.complete(theirs.id, by=who["clerk@city"], answers=sample.OPINION, outcome="pass")
    with db.reading() as session:
        listing = sample.open_task(session, theirs.id)
        revision = session.get_one(type(theirs), theirs.id).revision
        yield Scene(
            client=client, task=task, case=ours.public_id, other_task=other_task, other_case=theirs.public_id,
            own_file=kept[0], other_file=kept[1], row=f"{listing.public_id}:{revision}", batch=call.public_id,
            step={"release": str(release.id), "diagram": "application", "element": listing.element},
        )


def told(response: TestResponse, statuses: tuple[int, ...]) -> str:
    """What is wrong with an answer; empty: it is one of the statuses, in Chinese, and shows nothing of the program."""
    text = seen(response)
    if response.status_code not in statuses:
        return f"{response.status_code} instead of {statuses}: {text[:200]}"
    if not any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return f"no Chinese: {text[:200]}"
    return "shows a trace" if "Traceback" in text or "sqlalchemy" in text.lower() else ""


def said_at(response: TestResponse, field: str) -> str:
    """The message that stands at a field of a page."""
    found = soup(response).find(id=f"f-{field}-error")
    return found.get_text(" ", strip=True) if found else errors(response).get(field, "")


class Watch:
    """Sees answer by answer that each is refused as it should be, and at the end that nothing has changed.

    Every change leaves an entry in a trail, so that the row at fault is known; the whole database is compared once.
    """

    def __init__(self) -> None:
        self.before, self.entries, self.found = dump(but=SIGNING_IN), entries(), list[str]()

    def see(self, name: str, response: TestResponse, statuses: tuple[int, ...], field: str = "") -> None:
        """One answer: its status, Chinese words, and the message at its field, if it has one."""
        wrong = [told(response, statuses)]
        if field and response.status_code == 422 and not said_at(response, field):
            wrong.append(f"no message at {field}: {seen(response)[:300]}")
        if (now := entries()) != self.entries:
            wrong.append("changed something")
            self.entries = now
        self.found += [f"{name[:60]}: {said}" for said in wrong if said]

    def end(self) -> None:
        """Fail with all that was wrong."""
        moved = changed(self.before, dump(but=SIGNING_IN))
        assert not self.found, "\n" + "\n".join(self.found)
        assert not moved


def entries() -> int:
    """How many entries the trails have."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


NEVER = [
    ("a bell", "名\x07称"), ("NUL", "名\x00称"), ("an escape", "\x1b[31m名称"), ("a C1 control", "名\x85称"),
    ("right to left", "名\u202e称"), ("a noncharacter", "名\uffff称"),
]
TYPED = [
    *((said, {"name": value}, "name") for said, value in NEVER),
    ("nothing", {"name": ""}, "name"),
    ("blanks", {"name": " \u3000 "}, "name"),
    ("one letter too many", {"name": "称" * 21}, "name"),
    ("a megabyte", {"name": "x" * 1_000_000}, "name"),
    ("two lines", {"name": "一\n二"}, "name"),
    *((f"number {said[:12]}", {"count": said}, "count")
      for said in ("NaN", "nan", "Infinity", "-inf", "1e400", "1E5", "0x10", "-1", "3.5", "1_000", "三", "9" * 17,
                   "9" * 100_000, "1,2", "true", "[]", "1;DROP TABLE case_file")),
    *((f"day {said}", {"day": said}, "day")
      for said in ("2026-02-30", "20260101", "2026-2-3", "2026/02/03", "2026-W05-1", "0000-01-01", "1899-12-31",
                   "9999-12-31", "2026-03-02T00:00", "today", "03-02-2026", "２０２６-02-03")),
    ("an unknown choice", {"kinds": "c"}, "kinds"),
    ("no choice", {"kinds": ""}, "kinds"),
    ("another case's file", {"papers": "{other_file}"}, "papers"),
    ("a guessed file", {"papers": "AAAAAAAAAAAA"}, "papers"),
    ("a path for a file", {"papers": "../../etc/passwd"}, "papers"),
    ("a cell too long", {"rows-0-item": "x" * 21}, "rows-0-item"),
    ("NUL in a cell", {"rows-0-item": "a\x00b"}, "rows-0-item"),
    ("no row", {"rows-0-item": ""}, ""),
    ("too many rows", {f"rows-{n}-item": "甲" for n in range(4)}, ""),
    ("an unknown column", {"rows-0-colour": "red"}, ""),
    ("a row that is no number", {"rows-x-item": "a"}, ""),
    ("an outcome where there is none", {"outcome": "pass"}, ""),
    *((f"named {name}", {name: "x"}, "")
      for name in ("unknown", "typename", "constructor", "prototype", "__class__", "__proto__", "__proto__[x]",
                   "name[]", "name.x", "_method", "revision", "status", "case_id", "csrf_token_", "self", "中" * 500)),
]


@SQLITE
def test_what_is_typed_wrongly_into_a_task_is_refused_at_its_field_and_changes_nothing(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for name, change, field in TYPED:
        change = {key: value.format(other_file=scene.other_file) for key, value in change.items()}
        response = scene.send(f"/tasks/{scene.task}", {**GOOD, **change})
        watch.see(name, response, (422,), field)

    watch.end()


REPEATED = [
    ("a name twice", [*GOOD.items(), ("name", "另一个")], (422,)),
    ("a number twice", [*GOOD.items(), ("count", "4")], (422,)),
    ("a cell twice", [*GOOD.items(), ("rows-0-item", "乙")], (422,)),
    ("two buttons", [*GOOD.items(), ("_do", "draft"), ("_do", "complete")], (422,)),
    ("an unknown button", [*GOOD.items(), ("_do", "delete")], (422,)),
    ("an empty button", [*GOOD.items(), ("_do", "")], (422,)),
    ("100,000 fields", [*GOOD.items(), *((f"f{n}", "") for n in range(100_000))], (400, 413, 422)),
    ("100,000 times a name", [*GOOD.items(), *(("name", "x") for _ in range(100_000))], (400, 413, 422)),
    ("5 MB", [*GOOD.items(), ("note", "x" * 5_000_000)], (413,)),
]


@SQLITE
def test_a_name_that_comes_twice_or_too_many_names_are_refused(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for name, pairs, statuses in REPEATED:
        watch.see(name, scene.send(f"/tasks/{scene.task}", pairs), statuses)

    watch.end()


@SQLITE
def test_an_outcome_that_is_missing_unknown_or_there_twice_is_refused(scene):
    scene.by("applicant@institution").send(f"/tasks/{scene.task}", GOOD)
    task = open_task_of(scene.case)
    scene.by("clerk@county")
    watch = Watch()

    for name, outcomes in (
        ("none", []), ("empty", [""]), ("unknown", ["pass"]), ("a label", ["推荐"]),
        ("the same twice", ["recommend"] * 2),
        ("both", ["recommend", "decline"]), ("both, turned", ["decline", "recommend"]), ("a list", ["['recommend']"]),
    ):
        pairs = [*sample.OPINION.items(), *(("outcome", outcome) for outcome in outcomes)]
        watch.see(name, scene.send(f"/tasks/{task}", pairs), (422,))

    watch.end()


@SQLITE
def test_a_draft_takes_what_is_half_typed_but_no_wrong_kinds_unknown_names_or_other_files(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for name, change, field in (
        ("NUL", {"name": "a\x00b"}, "name"), ("a megabyte", {"name": "x" * 1_000_000}, "name"),
        ("NaN", {"count": "NaN"}, "count"), ("1e400", {"count": "1e400"}, "count"),
        ("a day", {"day": "2026-02-30"}, "day"),
        ("another case's file", {"papers": scene.other_file}, "papers"), ("typename", {"typename": "x"}, ""),
        ("a guessed file", {"papers": "AAAAAAAAAAAA"}, "papers"), ("__class__", {"__class__": "x"}, ""),
    ):
        response = scene.send(f"/tasks/{scene.task}", {**change, "_do": "draft"})
        watch.see(name, response, (422,), field)

    watch.end()
    assert scene.send(f"/tasks/{scene.task}", {"name": "写到一半", "_do": "draft"}).status_code == 303


@SQLITE
def test_a_page_never_shows_the_name_of_another_cases_file(scene):
    scene.by("applicant@institution")
    sent = {**GOOD, "papers": scene.other_file}

    shown = [scene.send(f"/tasks/{scene.task}{end}", {**sent, **do}) for end, do in
             (("", {}), ("", {"_add": "rows"}), ("", {"_do": "draft"}), ("/check", {}))]
    shown.append(scene.client.get(f"/tasks/{scene.task}"))

    assert ["别家机密" in response.get_data(as_text=True) for response in shown] == [False] * 5


@SQLITE
def test_live_checks_answer_anything_and_change_nothing(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for name, change, _field in TYPED:
        change = {key: value.format(other_file=scene.other_file) for key, value in change.items()}
        watch.see(name, scene.send(f"/tasks/{scene.task}/check", {**GOOD, **change}), (200, 422))

    watch.end()


@SQLITE
def test_rows_are_added_and_removed_only_where_there_are_any(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for button, said in (
        ("_add", "name"), ("_add", "nothing"), ("_add", "__class__"), ("_remove", "rows.-1"),
        ("_remove", "rows.9" * 50),
        ("_remove", "rows.１"), ("_remove", "name.0"), ("_remove", "."), ("_remove", "rows." + "9" * 5000),
    ):
        response = scene.send(f"/tasks/{scene.task}", {**GOOD, button: said})
        watch.see(f"{button} {said}", response, (200, 422))

    watch.end()


def _raw(body: bytes, kind: str, *, token: bool = True) -> dict[str, Any]:
    return {"data": body, "content_type": kind, "token": token}


FORM, REST = "application/x-www-form-urlencoded", "count=3&day=2026-03-02&kinds=a&rows-0-item=x"
PARTS, PART = "multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
BODIES = [
    ("no token", _raw(urlencode(GOOD).encode(), FORM, token=False), (400,)),
    ("GBK", _raw(urlencode(GOOD, encoding="gbk").encode(), FORM), (422,)),
    ("GBK, not escaped", _raw(f"name=惠企服务&{REST}".encode("gbk"), FORM), (422,)),
    ("GBK in the name of a field", _raw(urlencode({**GOOD, "名": ""}, encoding="gbk").encode(), FORM), (422,)),
    ("half a letter", _raw(f"name=%E6%83&{REST}".encode(), FORM), (422,)),
    ("GBK beside a percent sign", _raw(f"name=100%25%B2%E2&{REST}".encode(), FORM), (422,)),
    ("a surrogate", _raw(f"name=%ED%A0%80&{REST}".encode(), FORM), (422,)),
    ("plain text", _raw(b"name=x", "text/plain"), (415,)),
    ("XML", _raw(b"<name>x</name>", "application/xml"), (415,)),
    ("no kind", _raw(b"name=x", "application/octet-stream"), (415,)),
    ("JSON", _raw(json.dumps(GOOD).encode(), "application/json"), (422,)),
    ("JSON that is none", _raw(b"{", "application/json"), (422,)),
    ("parts without a boundary", _raw(b"--x", "multipart/form-data"), (400, 422)),
    ("a part cut off", _raw(f"{PART}ab".encode(), PARTS), (400, 422)),
    ("GBK in a part", _raw(f"{PART}惠企\r\n--x--\r\n".encode("gbk"), PARTS), (422,)),
    ("rubbish", _raw(bytes(range(256)) * 20, FORM), (400, 422)),
    ("an empty body", _raw(b"", FORM), (422,)),
    ("percent signs", _raw(b"%%%&=&&%00=%00", FORM), (422,)),
]


@SQLITE
def test_a_body_of_the_wrong_kind_or_encoding_is_refused(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for path in (f"/tasks/{scene.task}", f"/acts/new?{urlencode(scene.step)}", "/batches"):
        for name, sent, statuses in BODIES:
            options = dict(sent)
            headers = {"X-CSRFToken": scene.client.csrf_token()} if options.pop("token") else {}
            response = scene.client.post(path, headers=headers, **options)
            if path.startswith("/tasks"):
                watch.see(name, response, statuses)
            else:
                watch.see(f"{path} {name}", response, (400, 403, 404, 413, 415, 422))

    watch.end()


@SQLITE
def test_a_gzipped_body_and_names_for_other_methods_are_refused_or_ignored(scene):
    scene.by("applicant@institution")
    watch, path = Watch(), f"/tasks/{scene.task}"

    watch.see("gzip", scene.send(path, GOOD, headers={"Content-Encoding": "gzip"}), (415,))
    for method in ("put", "delete", "patch"):
        watch.see(method, getattr(scene.client, method)(path, data=GOOD), (400, 405))
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        shown = scene.client.get(f"{path}?_method=POST&{urlencode(GOOD)}", headers={header: "POST"})
        watch.see(header, shown, (200,))
    for place in ("/inbox/", "/batches/", f"{path}/", f"{path}/check/", "/acts/new/"):
        watch.see(place, scene.client.get(place), (404,))
        watch.see(place, scene.send(place, GOOD), (404,))

    watch.end()


EXE = b"MZ" + b"\0" * 500
UPLOADS = [
    ("a page called PDF", "papers", "说明.pdf", b"<!DOCTYPE html><script>alert(1)</script>"),
    ("nothing", "papers", "空.pdf", b""),
    ("a program", "papers", "工具.exe", EXE),
    ("a program called PDF", "papers", "说明.pdf", EXE),
    ("a PDF called a program", "papers", "说明.exe", files.pdf()),
    ("a picture called PDF", "papers", "照片.pdf", files.png()),
    ("a PDF called a picture", "papers", "照片.jpg", files.pdf()),
    ("a page", "papers", "说明.html", b"<html>"),
    ("a drawing with a script", "papers", "图.svg", b"<svg onload='alert(1)'/>"),
    ("no ending", "papers", "说明", files.pdf()),
    ("an ending alone", "papers", ".pdf", b""),
    ("a cut off PDF", "papers", "说明.pdf", files.pdf()[:40]),
    ("NUL in the name", "papers", "说明.pdf\0.exe", files.pdf()),
    ("a file in a text field", "name", "说明.pdf", files.pdf()),
    ("a file in an unknown field", "unknown", "说明.pdf", files.pdf()),
    ("a file in a reserved field", "__class__", "说明.pdf", files.pdf()),
    ("a file in a cell", "rows-0-item", "说明.pdf", files.pdf()),
]


@SQLITE
def test_a_file_that_isnt_what_it_says_or_has_no_place_is_refused(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for do, sent in (("complete", UPLOADS), ("draft", UPLOADS[::4])):
        for name, field, called, content in sent:
            data = {**GOOD, "_do": do}
            data[field] = (io.BytesIO(content), called)
            response = scene.client.post(
                f"/tasks/{scene.task}", data={**data, "csrf_token": scene.client.csrf_token()},
                content_type="multipart/form-data",
            )
            watch.see(f"{do}: {name}", response, (422,), field if field == "papers" else "")

    watch.end()


@SQLITE
def test_a_file_for_a_task_that_is_done_is_not_taken(scene):
    scene.by("applicant@institution")
    scene.send(f"/tasks/{scene.task}", GOOD)
    watch = Watch()

    response = scene.client.post(
        f"/tasks/{scene.task}",
        data={**GOOD, "papers": (io.BytesIO(files.pdf()), "迟到.pdf"), "csrf_token": scene.client.csrf_token()},
        content_type="multipart/form-data",
    )

    watch.see("late", response, (409,))
    watch.end()


def test_ids_of_another_region_and_guessed_ones_are_not_found(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for what in (scene.other_task, *GUESSED):
        for path in (f"/tasks/{what}", f"/tasks/{what}/check", f"/tasks/{what}/claim", f"/tasks/{what}/release"):
            watch.see(f"POST {path}", scene.send(path, GOOD), (404, 405))
        watch.see(f"GET task {what}", scene.client.get(f"/tasks/{what}"), (404,))
    for where, ids in (("cases/{}", scene.other_case), ("documents/{}", scene.other_file), ("batches/{}/apply", "x")):
        for what in (ids, *GUESSED):
            path = "/" + where.format(what)
            watch.see(f"GET {path}", scene.client.get(path), (404, 405))
    for what in GUESSED:
        watch.see(f"apply {what}", scene.send(f"/batches/{what}/apply"), (404, 405))
    for path in ("/tasks/%00", "/cases/%FF", "/documents/a%00b", "/batches/%ED%A0%80/apply"):
        watch.see(path, scene.client.get(path), (404, 405, 422))

    watch.end()


@SQLITE
def test_an_official_of_another_county_or_city_finds_neither_task_nor_case_nor_file(scene):
    scene.by("applicant@institution").send(f"/tasks/{scene.task}", GOOD)
    task = open_task_of(scene.case)
    watch = Watch()

    for login in ("clerk@sibling_county", "clerk@sibling_city", "applicant@other_institution"):
        scene.by(login)
        for path in (f"/tasks/{task}", f"/tasks/{task}/claim", f"/tasks/{task}/check"):
            response = scene.send(path, {**sample.OPINION, "outcome": "recommend"})
            watch.see(f"{login} {path}", response, (404,))
        for path in (f"/cases/{scene.case}", f"/cases/{scene.case}/diagram.bpmn", f"/documents/{scene.own_file}"):
            watch.see(f"{login} {path}", scene.client.get(path), (404,))
    scene.by("lead@city")
    response = scene.send(f"/tasks/{task}", {**sample.OPINION, "outcome": "recommend"})
    watch.see("in sight, but another's", response, (403,))

    watch.end()


CALLS = [
    *((said, {"name": value}, "name") for said, value in NEVER[:5]),
    ("no name", {"name": ""}, "name"),
    ("blanks", {"name": "  "}, "name"),
    ("a long name", {"name": "名" * 101}, "name"),
    ("a megabyte", {"name": "x" * 1_000_000}, "name"),
    ("two lines", {"name": "一\n二"}, "name"),
    *((f"{key} {said}", {key: said}, key)
      for key in ("opens_on", "closes_on")
      for said in ("", "2026-02-30", "20260101", "2026-2-3", "2026-W05-1", "2026-060", "0000-00-00", "0001-01-01",
                   "9999-12-31", "NaN", "1e400", "today", "2026-03-02 00:00", "x" * 100_000)),
    ("turned round", {"opens_on": "2026-06-30", "closes_on": "2026-03-02"}, "closes_on"),
    ("over already", {"opens_on": "2026-02-01", "closes_on": "2026-03-01"}, "closes_on"),
    ("the same name again", {"name": "2026 年度"}, "name"),
    ("no programme", {"programme": ""}, ""),
    ("an unknown programme", {"programme": "__class__"}, ""),
    ("NUL for a programme", {"programme": "a\x00b"}, ""),
    *((f"named {name}", {name: "x"}, "")
      for name in ("year", "typename", "__class__", "constructor", "_method", "unit_id", "release_id")),
]


@SQLITE
def test_a_call_with_wrong_days_names_or_fields_is_not_opened(scene):
    scene.by("lead@city")
    watch = Watch()

    for name, change, field in CALLS:
        statuses = (404, 422) if "programme" in name else (422,)
        watch.see(name, scene.send("/batches", {**CALL, **change}), statuses, field)
    for key in CALL:
        pairs = [*CALL.items(), (key, "另一个")]
        watch.see(f"{key} twice", scene.send("/batches", pairs), (422,))
    for login in ("lead@county", "lead@sibling_city", "lead@province", "applicant@institution", "auditor@city"):
        watch.see(login, scene.by(login).send("/batches", CALL), (403,))

    watch.end()
    assert scene.by("lead@city").send("/batches", CALL).status_code == 303


PAGES = [
    *((f"/inbox?after={said}", (422,))
      for said in ("-1", "0-", "x-1", "1-1-1", "NaN", "1e400-1", "9" * 60 + "-1", "１-1")),
    *((f"/{where}?before={said}", (422,)) for where in ("cases", "publications", "titles")
      for said in ("-1", "NaN", "1e400", "0x1", "9" * 19, "1.5", "１")),
    *((f"/inbox?{said}", (422,)) for said in ("light=purple", "claimed=x", "light=__class__", "step=a%00b", "q=%FF")),
    ("/cases?status=deleted", (422,)),
    ("/cases?q=a%00b", (422,)),
    ("/cases?%00=1", (422,)),
    ("/inbox?after=9999999999999999999-9999999999999999999", (200, 422)),
    ("/inbox?after=0-0", (200,)),
    ("/inbox?after=4000000000000000-4611686018427387904", (200,)),
    ("/cases?before=999999999999999999", (200,)),
    ("/cases?before=0", (200,)),
    ("/cases?q=%25_%5C%27%22%3B--", (200,)),
    (f"/cases?q={'x' * 100_000}", (200, 414, 422)),
    ("/cases?q=a&q=b&status=open&status=done", (200, 422)),
]


def test_filters_and_page_keys_that_make_no_sense_are_refused(scene):
    scene.by("lead@city")
    watch = Watch()

    for path, statuses in PAGES:
        watch.see(path, scene.client.get(path), statuses)

    watch.end()


def _acts(scene: Scene) -> list[tuple[str, list[tuple[str, str]], tuple[int, ...]]]:
    step, task_id, revision = scene.step, *scene.row.split(":")
    row, listed = ("task", scene.row), [*LISTED.items()]

    def other(**changes: str) -> list[tuple[str, str]]:
        return [*{**step, **changes}.items(), row, *listed]

    def ticked(*rows: str) -> list[tuple[str, str]]:
        return [*step.items(), *(("task", said) for said in rows), *listed]

    def typed(**changes: str) -> list[tuple[str, str]]:
        return [*step.items(), row, *{**LISTED, **changes}.items()]

    return [
        *((f"release {said[:20]}", other(release=said), (404, 422))
          for said in ("", "0", "-1", "NaN", "1e400", "9" * 18, "9" * 19, "１", "x")),
        *((f"diagram {said[:20]}", other(diagram=said), (404, 422))
          for said in ("", "publication", "nothing", "__class__", "../application", "x" * 5000, "a\0b")),
        *((f"element {said[:20]}", other(element=said), (404, 422))
          for said in ("", "nothing", "__class__", "fill", "a\0b", "x" * 5000)),
        ("nothing ticked", ticked(), (422,)),
        ("ticked twice", ticked(scene.row, scene.row), (422,)),
        *((f"ticked {said[:30]}", ticked(said), (404, 409, 422))
          for said in ("", ":", "x", task_id, f"{task_id}:", f"{task_id}:-1", f"{task_id}:NaN", f"{task_id}:１",
                       f"{task_id}:{int(revision) + 1}", f"{task_id}:0", f"{task_id}:{'9' * 30}",
                       f"{task_id}:{'9' * 100}", f"AAAAAAAAAAAA:{revision}", f"{scene.task}:{revision}",
                       f"a\0b:{revision}", "x" * 100_000)),
        ("10,000 ticked", ticked(*(f"AAAAAAAAAAAA:{n}" for n in range(10_000))), (404, 409, 422)),
        *((f"no {key}", typed(**{key: ""}), (422,)) for key in LISTED),
        *((f"{said} in the title", typed(title=value * 3), (422,)) for said, value in NEVER),
        ("a megabyte", typed(title="x" * 1_000_000), (422,)),
        *((f"named {name}", typed(**{name: "x"}), (422,))
          for name in ("unknown", "typename", "__class__", "constructor", "outcome", "_method", "_do")),
        ("a title twice", [*typed(), ("title", "另一个标题")], (422,)),
        ("an element twice", [*other(), ("element", "nothing")], (404, 422)),
        ("GBK", [*step.items(), row, *{**LISTED, "title": "\ufffd\ufffd公示名单"}.items()], (422,)),
        ("100,000 fields", [*typed(), *((f"f{n}", "") for n in range(100_000))], (400, 413, 422)),
    ]


def test_an_act_with_wrong_rows_step_or_document_is_not_confirmed(scene):
    scene.by("lead@city")
    watch = Watch()

    for name, pairs, statuses in _acts(scene):
        watch.see(name, scene.send("/acts/new", pairs), statuses)
    good = [*scene.step.items(), ("task", scene.row), *LISTED.items()]
    for login in ("lead@sibling_city", "lead@county", "lead@province"):
        watch.see(login, scene.by(login).send("/acts/new", good), (403, 404, 409))
    for login in ("applicant@institution", "auditor@city"):
        watch.see(login, scene.by(login).send("/acts/new", good), (403,))
    for query in ("", "?release=x", "?release=1&diagram=nothing&element=x", f"?release={'9' * 18}", "?diagram=%00"):
        watch.see(query, scene.by("lead@city").client.get(f"/acts/new{query}"), (404, 422))

    watch.end()
    assert scene.send("/acts/new", good).status_code == 303


def test_the_same_body_twice_has_its_effect_once(scene):
    scene.by("lead@city")
    act = [*scene.step.items(), ("task", scene.row), *LISTED.items()]
    for login, path, data, statuses in (
        ("applicant@institution", f"/tasks/{scene.task}", {**GOOD, "_do": "complete"}, (409,)),
        ("lead@city", "/acts/new", act, (409,)),
        ("lead@city", "/batches", CALL, (422,)),
    ):
        first = scene.by(login).send(path, data)
        assert first.status_code == 303, f"{path}: {seen(first)[:300]}"
        watch = Watch()

        again = scene.send(path, data)

        watch.see(path, again, statuses)
    watch.end()


@SQLITE
def test_claiming_and_applying_twice_change_nothing_more(scene):
    scene.by("applicant@institution")
    scene.send(f"/tasks/{scene.task}/claim")
    watch = Watch()

    claimed = scene.send(f"/tasks/{scene.task}/claim", {"unknown": "x", "person_id": "1"})
    applied = scene.send(f"/batches/{scene.batch}/apply", {"unit_id": "1"})

    assert claimed.status_code == 303
    watch.see("apply", applied, (422,))
    watch.end()


def test_what_a_database_would_choke_on_is_refused_before_it_gets_there(scene):
    scene.by("applicant@institution")
    watch = Watch()

    for change, field in (
        ({"name": "a\x00b"}, "name"), ({"name": "x" * 1_000_000}, "name"), ({"count": "9" * 17}, "count"),
        ({"count": "1e400"}, "count"), ({"day": "2026-02-30"}, "day"), ({"papers": scene.other_file}, "papers"),
    ):
        for do in ("complete", "draft"):
            response = scene.send(f"/tasks/{scene.task}", {**GOOD, **change, "_do": do})
            watch.see(f"{do} {change}", response, (422,), field)

    watch.end()


def test_what_is_typed_well_is_taken(scene):
    scene.by("applicant@institution")

    response = scene.send(f"/tasks/{scene.task}", {**GOOD, "papers": scene.own_file})

    assert response.status_code == 303, seen(response)[:500]


def open_task_of(case_public_id: str) -> str:
    """The public id of a case's open task."""
    with db.reading() as session:
        return session.scalars(
            select(Task.public_id).join(Case, Task.case_id == Case.id)
            .where(Case.public_id == case_public_id, Task.status == "open")
        ).one()


def _deploy(session: Any) -> Release:
    """The small programme with a report that asks for one field of each kind."""
    criteria = (sample.SHIPPED / "criteria.dmn").read_bytes()
    report = json.dumps(REPORT).encode()
    found = sample.files() | {"criteria.dmn": criteria, "forms/application_report.json": report}
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="示例认定项目",
        fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def _field(kind: str, key: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    validate = {"required": required, **more.pop("validate", {})}
    label = {"dateLabel": key, "subtype": "date"} if kind == "datetime" else {"label": key}
    return {"type": kind, "id": key, "key": key, "validate": validate, **label, **more}


REPORT = {
    "type": "default", "id": "application_report", "title": "申请报告", "components": [
        _field("textfield", "name", validate={"maxLength": 20}),
        _field("number", "count", decimalDigits=0, validate={"min": 0}),
        _field("datetime", "day"),
        _field("checklist", "kinds", values=[{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]),
        _field("filepicker", "papers", required=False, multiple=True),
        {"type": "dynamiclist", "id": "rows", "path": "rows", "label": "设备", "isRepeating": True,
         "validate": {"required": True, "min": 1, "max": 3},
         "components": [_field("textfield", "item", validate={"maxLength": 20})]},
    ],
}
