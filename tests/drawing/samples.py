"""Random diagrams of blocks in lanes, without a picture."""

import random

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="all" targetNamespace="urn:t">\n'
    '  <!-- 不是图形，要留着 -->\n'
)
NAMES = ("填报申请", "县级初审并核对材料", "复核", "组织专家评审", "列入公示名单", "Review of documents", "发文")
ANSWERS = ("通过", "不予通过", "退回补正后再报", "是", "否")
LANES = ("申报单位", "县级主管部门", "市级主管部门", "省级主管部门")


class Drawing:
    """Draws blocks with one way in and one way out; each block stays in the lanes that it is given."""

    def __init__(self, seed: int, size: int, lanes: int) -> None:
        self.choose, self.left = random.Random(seed), size
        self.members: list[list[str]] = [[] for _ in range(lanes)]
        self.nodes: list[str] = []
        self.flows: list[str] = []

    def written(self) -> bytes:
        start = self.node("startEvent", 0, "开始")
        entry, leave = self.block(0, 0)
        end = self.node("endEvent", self.lane_of(leave), "结束")
        self.flow(start, entry)
        self.flow(leave, end)
        lanes = "".join(
            f'<bpmn:lane id="lane{number}" name="{LANES[number]}">'
            + "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in names) + "</bpmn:lane>"
            for number, names in enumerate(self.members)
        )
        participant = '<bpmn:participant id="pool" name="认定" processRef="p"/>'
        pool = f'<bpmn:collaboration id="c">{participant}</bpmn:collaboration>'
        inside = f'<bpmn:laneSet id="set">{lanes}</bpmn:laneSet>' + "\n".join(self.nodes + self.flows)
        return f'{HEAD}{pool}<bpmn:process id="p" name="认定">{inside}</bpmn:process>\n</bpmn:definitions>\n'.encode()

    def node(self, kind: str, lane: int, name: str = "", inner: str = "", **more: str) -> str:
        made = f"n{len(self.nodes)}"
        told = "".join(f' {key}="{value}"' for key, value in more.items())
        self.nodes.append(f'<bpmn:{kind} id="{made}" name="{name}"{told}>{inner}</bpmn:{kind}>')
        self.members[lane].append(made)
        return made

    def lane_of(self, name: str) -> int:
        return next(number for number, names in enumerate(self.members) if name in names)

    def flow(self, source: str, target: str, name: str = "") -> None:
        ends = f'sourceRef="{source}" targetRef="{target}"'
        self.flows.append(f'<bpmn:sequenceFlow id="f{len(self.flows)}" name="{name}" {ends}/>')

    def block(self, lane: int, depth: int) -> tuple[str, str]:
        self.left -= 1
        kinds = [self.task, self.wait] if self.left <= 0 or depth > 3 else [
            self.row, self.row, self.row, self.either, self.again, self.refused, self.late]
        return self.choose.choice(kinds)(lane, depth + 1)

    def task(self, lane: int, depth: int) -> tuple[str, str]:
        name = self.node(self.choose.choice(["userTask", "serviceTask"]), lane, self.choose.choice(NAMES))
        return name, name

    def wait(self, lane: int, depth: int) -> tuple[str, str]:
        name = self.node("intermediateCatchEvent", lane, "公示期满", TIMER)
        return name, name

    def row(self, lane: int, depth: int) -> tuple[str, str]:
        """One after the other; the second may be a tier further down."""
        first = self.block(lane, depth)
        further = min(self.lane_of(first[1]) + self.choose.choice([0, 0, 1]), len(self.members) - 1)
        second = self.block(further, depth)
        self.flow(first[1], second[0])
        return first[0], second[1]

    def either(self, lane: int, depth: int) -> tuple[str, str]:
        part = self.node("exclusiveGateway", lane, "结论如何")
        ways = [self.block(lane, 9) for _ in range(2)]
        meet = self.node("exclusiveGateway", lane)
        for entry, leave in ways:
            self.flow(part, entry, self.choose.choice(ANSWERS))
            self.flow(leave, meet)
        return part, meet

    def again(self, lane: int, depth: int) -> tuple[str, str]:
        meet, ask = self.node("exclusiveGateway", lane), self.node("exclusiveGateway", lane, "是否补正")
        entry, leave = self.block(lane, 9)
        self.flow(meet, entry)
        self.flow(leave, ask)
        self.flow(ask, meet, "退回补正")
        after = self.block(lane, 9)
        self.flow(ask, after[0], "通过")
        return meet, after[1]

    def refused(self, lane: int, depth: int) -> tuple[str, str]:
        task, ask = self.node("userTask", lane, "核验"), self.node("exclusiveGateway", lane, "是否属实")
        end, after = self.node("endEvent", lane, "未予认定"), self.block(lane, 9)
        self.flow(task, ask)
        self.flow(ask, end, "不属实")
        self.flow(ask, after[0], "属实")
        return task, after[1]

    def late(self, lane: int, depth: int) -> tuple[str, str]:
        host = self.node("userTask", lane, "限期办理")
        event = self.node("boundaryEvent", lane, "逾期", TIMER, attachedToRef=host, cancelActivity="false")
        urge, end = self.node("serviceTask", lane, "督办"), self.node("endEvent", lane, "已督办")
        self.flow(event, urge)
        self.flow(urge, end)
        return host, host


TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>some</bpmn:timeDuration></bpmn:timerEventDefinition>"


def diagram(seed: int, size: int = 5, lanes: int = 3) -> bytes:
    """A diagram that is the same for the same arguments."""
    return Drawing(seed, size, lanes).written()
