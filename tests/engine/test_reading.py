"""Files from outside: one problem each, never an exception, nothing fetched, no time lost."""

import random
import time

import pytest
from lxml import etree

from app import engine
from app.engine import reading

BPMN = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
LAUGHS = "".join(f'<!ENTITY l{depth} "{f"&l{depth - 1};" * 10}">' for depth in range(1, 10))
ATTACKS = {
    "empty-file": b"",
    "empty-file blanks": b" \n\t ",
    "not-xml garbage": bytes(range(256)) * 10,
    "not-xml zip": b"PK\x03\x04" + b"\x00" * 100,
    "not-xml text": "不是 XML".encode(),
    "not-xml cut": b"<definitions " + BPMN.encode() + b"><process id='p'>",
    "not-xml undefined entity": f"<definitions {BPMN}>&nobody;</definitions>".encode(),
    "file-too-large": f"<definitions {BPMN}>{' ' * 3_000_000}</definitions>".encode(),
    "encoding utf-16": f'<?xml version="1.0" encoding="UTF-16"?><definitions {BPMN}/>'.encode("utf-16"),
    "encoding utf-16 without mark": f"<definitions {BPMN}/>".encode("utf-16-le"),
    "encoding gbk": f'<?xml version="1.0" encoding="GBK"?><definitions {BPMN} name="办件"/>'.encode("gbk"),
    "encoding utf-7": f'<?xml version="1.0" encoding="UTF-7"?><definitions {BPMN}/>'.encode(),
    "doctype": f"<!DOCTYPE definitions><definitions {BPMN}/>".encode(),
    "doctype in utf-16": f"<!DOCTYPE a [<!ENTITY x 'y'>]><definitions {BPMN}/>".encode("utf-16"),
    "doctype laughs": f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]><definitions {BPMN}>&l9;</definitions>'.encode(),
    "doctype file": f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions {BPMN}>&x;</definitions>'
                    .encode(),
    "doctype web": f'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><definitions {BPMN}/>'.encode(),
    "doctype parameter": f'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]><definitions {BPMN}/>'.encode(),
    "doctype lower case": f"<!doctype html><definitions {BPMN}/>".encode(),
    "xinclude": f'<definitions {BPMN}><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/hostname"/>'
                "</definitions>".encode(),
    "too-deep": f"<definitions {BPMN}>{'<process>' * 41}{'</process>' * 41}</definitions>".encode(),
    "too-deep for the parser": f"<definitions {BPMN}>{'<a>' * 100_000}{'</a>' * 100_000}</definitions>".encode(),
    "too-many-elements": f"<definitions {BPMN}>{'<process/>' * 2_000}</definitions>".encode(),
    "not-bpmn": b"<html><body/></html>",
    "not-bpmn other version": b'<definitions xmlns="http://www.omg.org/spec/BPMN/2011/MODEL"/>',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_unsafe_file_is_one_problem_and_no_exception(attack):
    began = time.perf_counter()

    found = engine.check({"attack.bpmn": ATTACKS[attack]})

    assert time.perf_counter() - began < 1
    assert len(found) == 1
    expected = attack.split(" ")[0]
    if expected == "doctype" and "utf-16" in attack:
        expected = "encoding"
    assert (found[0].rule, found[0].severity, found[0].element) == (expected, "error", "")
    with pytest.raises(engine.Unreadable):
        engine.parse({"attack.bpmn": ATTACKS[attack]})
    with pytest.raises(engine.Unreadable):
        engine.load_specification({"attack.bpmn": ATTACKS[attack]}, "p", lambda text, values: True)


def test_what_an_entity_would_bring_is_not_in_any_message():
    secret = open("/etc/hostname").read().strip()  # noqa: SIM115
    for attack in ("doctype file", "doctype parameter", "xinclude"):
        (found,) = engine.check({"attack.bpmn": ATTACKS[attack]})
        assert secret not in found.words.replace("attack", "")


def test_sizes_are_accepted_up_to_their_bounds():
    def measured(count: int, blanks: int = 0) -> bytes:
        return f"<definitions {BPMN}>{'<process/>' * (count - 1)}{' ' * blanks}</definitions>".encode()

    assert reading.read(measured(2_000)) is not None
    with pytest.raises(engine.Unreadable):
        reading.read(measured(2_001))
    whole = measured(1)
    fitting = measured(1, reading.MAX_BYTES - len(whole))
    assert len(fitting) == reading.MAX_BYTES
    assert reading.read(fitting) is not None
    with pytest.raises(engine.Unreadable):
        reading.read(fitting + b" ")


def test_a_file_may_be_forty_deep_and_not_deeper():
    def nested(inner: int) -> bytes:
        return f"<definitions {BPMN}>{'<process>' * inner}{'</process>' * inner}</definitions>".encode()

    assert reading.read(nested(39)) is not None
    with pytest.raises(engine.Unreadable) as refusal:
        reading.read(nested(40))
    assert refusal.value.rule == "too-deep"


def test_a_byte_order_mark_and_comments_do_no_harm(source):
    (text,) = source("race").values()
    decorated = b"\xef\xbb\xbf" + text.replace(b"<bpmn:process", b"<!-- note --><?tool x?><bpmn:process", 1)

    assert engine.check({"race.bpmn": decorated}) == []


@pytest.mark.parametrize("seed", range(80))
def test_a_damaged_diagram_never_raises(source, seed):
    choose = random.Random(seed)  # noqa: S311, a repeatable damage
    files = source(choose.choice(["application", "caller", "inclusive", "subprocess", "race"]))
    name, text = next(iter(files.items()))
    data = damaged(text, choose)

    found = engine.check({name: data}, beside=source("recommendation"))

    if not any(problem.severity == "error" for problem in found):
        process = next(iter(engine.parse({name: data})))
        spec = engine.load_specification({**source("recommendation"), name: data}, process, lambda text, values: True)
        assert engine.start(spec, {}).outcome().document


def damaged(text: bytes, choose: random.Random) -> bytes:
    """The same diagram with a few elements or attributes gone, doubled or changed."""
    root = etree.fromstring(text)
    for _ in range(choose.choice([1, 1, 2, 5])):
        elements = [element for element in root.iter() if element is not root and "BPMNDiagram" not in str(element.tag)]
        element = choose.choice(elements)
        act = choose.randrange(5)
        if act == 0:
            element.getparent().remove(element)
        elif act == 1:
            element.addnext(etree.fromstring(etree.tostring(element)))
        elif act == 2 and element.attrib:
            del element.attrib[choose.choice(list(element.attrib))]
        elif act == 3 and element.attrib:
            element.set(choose.choice(list(element.attrib)), choose.choice(["", "x", "fill", "true", "é" * 200]))
        else:
            element.tag = f"{{{reading.BPMN}}}{choose.choice(['task', 'process', 'userTask', 'sequenceFlow', 'lane'])}"
    return etree.tostring(root)
