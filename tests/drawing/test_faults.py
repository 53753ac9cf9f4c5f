"""`drawing.faults`: each kind of fault is found where it is made, and shipped diagrams have none."""

from pathlib import Path

import pytest

from app import drawing

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "processes/common/publication.bpmn").read_bytes()
SHIPPED = sorted((ROOT / "processes").glob("**/*.bpmn"))


def moved(element: str, old: str, new: str) -> bytes:
    """The good diagram with one number or name changed behind the first mention of an element in the picture."""
    text = drawing.layout(GOOD).decode()
    at = text.index(f'bpmnElement="{element}"')
    assert old in text[at:]
    return (text[:at] + text[at:].replace(old, new, 1)).encode()


def box(element: str) -> str:
    text = drawing.layout(GOOD).decode()
    at = text.index(f'bpmnElement="{element}"')
    begin = text.index("<dc:Bounds", at)
    return text[begin:text.index("/>", begin) + 2]


def label(element: str) -> str:
    text = drawing.layout(GOOD).decode()
    at = text.index("<bpmndi:BPMNLabel>", text.index(f'bpmnElement="{element}"'))
    begin = text.index("<dc:Bounds", at)
    return text[begin:text.index("/>", begin) + 2]


def rules(data: bytes) -> set[str]:
    return {fault.rule for fault in drawing.faults(data)}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_diagrams_have_no_faults(path):
    assert [fault.words for fault in drawing.faults(path.read_bytes())] == []


def test_a_shape_on_another_is_an_overlap_in_words_with_both_ids():
    found = [fault for fault in drawing.faults(moved("running", box("running"), box("opened")))
             if fault.rule == "overlap"]

    assert [fault.elements for fault in found] == [("opened", "running")]
    assert found[0].words == "「公示开始」（opened）与「公示期」（running）重叠。"


def test_a_shape_below_its_lane_is_outside():
    below = '<dc:Bounds x="430" y="300" width="110" height="80" />'

    assert "outside-lane" in rules(moved("close", box("close"), below))


def test_a_lane_beside_its_pool_is_outside():
    assert "outside-pool" in rules(moved("lane_authority", box("lane_authority"),
                                         '<dc:Bounds x="90" y="100" width="9" height="120" />'))


def test_a_line_through_a_shape_is_told():
    text = drawing.layout(GOOD).decode()
    at = text.index('bpmnElement="to_running"')
    first = text.index("<di:waypoint", at)
    last = text.index("</bpmndi:BPMNEdge>", at)
    far = '<di:waypoint x="294" y="160" /><di:waypoint x="560" y="160" /><di:waypoint x="560" y="160" />'

    found = rules((text[:first] + far + text[last:]).encode())

    assert {"through-shape", "loose-end"} <= found


def test_lines_that_cross_are_told_once():
    crossing = PAIR.format(first='<di:waypoint x="50" y="50"/><di:waypoint x="250" y="250"/>',
                           second='<di:waypoint x="50" y="250"/><di:waypoint x="250" y="50"/>').encode()
    beside = PAIR.format(first='<di:waypoint x="50" y="50"/><di:waypoint x="250" y="50"/>',
                         second='<di:waypoint x="50" y="250"/><di:waypoint x="250" y="250"/>').encode()

    assert [fault.elements for fault in drawing.faults(crossing) if fault.rule == "crossing"] == [("ac", "bd")]
    assert "crossing" not in rules(beside)


def test_a_label_on_a_shape_a_line_and_another_label_is_told():
    on_shape = '<dc:Bounds x="440" y="130" width="52" height="16" />'
    on_line = '<dc:Bounds x="296" y="152" width="46" height="16" />'

    assert "label-on-shape" in rules(moved("opened", label("opened"), on_shape))
    assert "label-on-edge" in rules(moved("opened", label("opened"), on_line))
    assert "label-on-label" in rules(moved("opened", label("opened"), label("running")))


def test_a_label_without_room_is_cut():
    narrow = '<dc:Bounds x="250" y="182" width="20" height="16" />'

    assert "label-cut" in rules(moved("opened", label("opened"), narrow))
    assert "label-cut" in rules(drawing.layout(GOOD).replace("结束公示".encode(), "结束公示并逐项核对".encode() * 5))


def test_a_missing_shape_and_a_missing_line_are_told():
    text = drawing.layout(GOOD).decode()
    without = text.replace('bpmnElement="closed"', 'bpmnElement="nobody"').replace(
        'bpmnElement="to_closed"', 'bpmnElement="nothing"')

    assert {"no-shape", "no-edge"} <= rules(without.encode())


def test_a_step_to_the_left_is_a_fault_unless_it_returns():
    assert "leftward" in rules(moved("closed", box("closed"), '<dc:Bounds x="200" y="142" width="36" height="36" />'))


PAIR = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI"><bpmn:process id="p">
<bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c"/><bpmn:userTask id="d"/>
<bpmn:sequenceFlow id="ac" sourceRef="a" targetRef="c"/><bpmn:sequenceFlow id="bd" sourceRef="b" targetRef="d"/>
</bpmn:process><bpmndi:BPMNDiagram id="x"><bpmndi:BPMNPlane id="y" bpmnElement="p">
<bpmndi:BPMNEdge id="e1" bpmnElement="ac">{first}</bpmndi:BPMNEdge>
<bpmndi:BPMNEdge id="e2" bpmnElement="bd">{second}</bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"""
