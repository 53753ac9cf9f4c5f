"""`drawing.layout`: what people will look at, and what it leaves alone."""

import re
from pathlib import Path

import pytest

from app import drawing, engine
from tests.drawing.samples import diagram

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "processes").glob("**/*.bpmn"))
DRAWN = [ROOT / "tests" / "engine" / f"{name}.bpmn" for name in ("application", "subprocess", "rounds", "race")]

PICTURE = re.compile(rb"\s*<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>\s*", re.DOTALL)


@pytest.mark.parametrize("seed", range(24))
def test_a_layout_of_a_random_diagram_has_no_faults_but_crossings_that_no_row_order_spares(seed):
    made = drawing.layout(diagram(seed))

    found = drawing.faults(made)

    assert [fault.words for fault in found if fault.rule != "crossing"] == []
    assert len(found) <= 2


@pytest.mark.parametrize("seed", range(12))
def test_a_layout_in_one_lane_has_no_faults_at_all(seed):
    assert [fault.words for fault in drawing.faults(drawing.layout(diagram(seed, size=3, lanes=1)))] == []


@pytest.mark.parametrize("seed", [3, 14, 15])
def test_a_layout_of_a_layout_is_the_same(seed):
    once = drawing.layout(diagram(seed))

    assert drawing.layout(once) == once


HAND_LAID = ("common/report.bpmn", "national-platform/report.bpmn", "baoding-platform/yearly_summary.bpmn")
"""Laid out by themselves two flows of these cross; the files as shipped, laid by hand, have no fault (test_faults)."""


@pytest.mark.parametrize("path", [path for path in SHIPPED if path.stat().st_size < 20_000],
                         ids=lambda path: f"{path.parent.name}/{path.name}")
def test_all_but_the_picture_stays_byte_for_byte(path):
    before = path.read_bytes()

    after = drawing.layout(before)

    assert PICTURE.split(before) == PICTURE.split(after)
    crossings = [fault.words for fault in drawing.faults(after)]
    assert len(crossings) == (1 if f"{path.parent.name}/{path.name}" in HAND_LAID else 0)


def test_comments_line_ends_and_order_stay_where_there_was_no_picture():
    before = diagram(1).replace(b"\n", b"\r\n")

    after = drawing.layout(before)

    head = before[:before.rindex(b"</bpmn:definitions>")]
    assert after.startswith(head)
    assert after.endswith(b"</bpmn:definitions>\r\n")
    assert b"\n" not in after.replace(b"\r\n", b"")


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_the_engine_reads_the_same_afterwards(path):
    before = path.read_bytes()
    after = drawing.layout(before)

    def told(data: bytes) -> list[tuple]:
        scopes = engine.parse({"a": data}).values()
        return [(node.id, node.kind, node.lane, [flow.target for flow in node.outgoing], node.properties)
                for scope in scopes for node in scope.nodes.values()]

    assert told(after) == told(before)
    assert {problem.rule for problem in engine.check({"a": after})} <= {
        problem.rule for problem in engine.check({"a": before})}


def test_ids_and_colours_of_shapes_stay():
    before = (ROOT / "processes/common/publication.bpmn").read_bytes().replace(
        b'id="close_shape"', b'id="close_shape" color:background-color="#fff"').replace(
        b"<bpmn:definitions", b'<bpmn:definitions xmlns:color="urn:c"', 1)

    after = drawing.layout(before)

    assert b'id="close_shape" bpmnElement="close" color:background-color="#fff"' in after
    assert after.count(b'id="to_close_edge"') == 1


def test_lanes_are_bands_in_their_order_inside_of_the_pool():
    made = drawing.layout(diagram(5, size=8, lanes=4)).decode()

    boxes = [[float(number) for number in re.search(
        rf'bpmnElement="{name}".*?x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', made, re.DOTALL).groups()]
        for name in ("pool", "lane0", "lane1", "lane2", "lane3")]
    pool, *lanes = boxes

    assert [lane[1] for lane in lanes] == [pool[1] + sum(other[3] for other in lanes[:place]) for place in range(4)]
    assert sum(lane[3] for lane in lanes) == pool[3]
    assert {(lane[0], lane[2]) for lane in lanes} == {(pool[0] + 30, pool[2] - 30)}


@pytest.mark.parametrize("content", [
    b"", b"<a>", b"<a/>", "图".encode("utf-16"), b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b" " * 3_000_000,
])
def test_what_is_not_a_diagram_is_refused_in_words(content):
    for verb in (drawing.layout, drawing.faults, drawing.svg):
        with pytest.raises(drawing.Invalid) as refused:
            verb(content)
        assert refused.value.fields[""]


def test_what_has_no_place_in_a_picture_is_refused_by_name():
    strange = diagram(1).replace(b"</bpmn:process>", b'<bpmn:dataObjectReference id="paper"/></bpmn:process>')

    with pytest.raises(drawing.Invalid, match="填写") as refused:
        drawing.layout(strange)
    assert "「paper」" in refused.value.fields[""][0]
