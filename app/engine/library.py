"""The part of SpiffWorkflow that runs here: a parser of a few elements, timers without a clock, calls that stop.

Found by running 3.2.0: the library drops many elements without a word, evaluates timer texts as Python, runs scripts,
delivers a message to every catch of its name, and orders branches by their height in the picture. So only the elements
listed in PARSER_CLASSES exist for it, event definitions are ours and listen to nobody, and positions are not read.
"""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    EventBasedGateway,
    ExclusiveGateway,
    IntermediateCatchEvent,
    StartEvent,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.diagram import tag
from app.engine.errors import ConditionFailed
from app.engine.meeting import Called, Embedded, Gather, Join
from app.errors import BanjianError, Invalid

Condition = Callable[[str, Mapping[str, object]], object]

# The library builds a log record of all task data for every change of state unless told not to.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Deaf(EventDefinition):
    """An event that happens only when the engine is told so for this one task."""

    def catches(self, my_task: Task, event: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Timer(Deaf):
    """A timer without a clock; `name` is the key of its period."""


class Message(Deaf):
    """A message whose scalars join the data of the run where it is caught."""

    def catch(self, my_task: Task, event: object = None) -> None:
        my_task.internal_data["payload"] = event
        super().catch(my_task)

    def update_task_data(self, my_task: Task) -> None:
        my_task.data.update(my_task.internal_data.pop("payload", None) or {})


class FirstOf(Deaf):
    """The event of an event-based gateway: the branch that was chosen."""

    def has_fired(self, my_task: Task) -> bool:
        return "chosen" in my_task.internal_data


class Choice(EventBasedGateway):
    """An event-based gateway that keeps the events of its branches by element, so that each is told by its own id."""

    def __init__(self, wf_spec: BpmnProcessSpec, name: str, event_definition: FirstOf, **kwargs: object) -> None:
        super().__init__(wf_spec, name, event_definition, **kwargs)
        self.branches: dict[str, EventDefinition] = {}

    def connect(self, child: TaskSpec) -> None:
        TaskSpec.connect(self, child)
        self.branches[child.name] = child.event_definition
        child.event_definition = NoneEventDefinition()

    def choose(self, my_task: Task, branch: str, payload: Mapping[str, object]) -> None:
        my_task.internal_data["chosen"] = branch
        my_task.internal_data["payload"] = payload

    def _run_hook(self, my_task: Task) -> bool:
        my_task.data.update(my_task.internal_data.pop("payload", None) or {})
        branch = self._wf_spec.task_specs[my_task.internal_data.pop("chosen")]
        my_task._sync_children([branch], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Call(BpmnSpecMixin):
    """A service task: the engine stops here and goes on when it is given the answer."""

    def __init__(self, wf_spec: BpmnProcessSpec, bpmn_id: str, **kwargs: object) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True


class PeriodTimers:
    """Reads a timer as the name of a period and a message by its reference; the library would evaluate the text."""

    def parse_timer_event(self, event: etree._Element) -> Timer:
        return Timer((event.findtext(tag("timeDuration")) or "").strip())

    def parse_message_event(self, message_event: etree._Element) -> Message:
        return Message(self.process_parser.parser.messages.get(message_event.get("messageRef")))


class CatchParser(PeriodTimers, IntermediateCatchEventParser):
    """An intermediate timer or message."""


class BoundaryParser(PeriodTimers, BoundaryEventParser):
    """A timer or message on the edge of an activity."""


class ChoiceParser(EventDefinitionParser):
    """An event-based gateway."""

    def create_task(self) -> Choice:
        return self._create_task(FirstOf())

    def handles_multiple_outgoing(self) -> bool:
        return True


class DiagramParser(BpmnParser):
    """Knows the elements that run here and no other."""

    PARSER_CLASSES = {
        tag("startEvent"): (StartEventParser, StartEvent),
        tag("endEvent"): (EndEventParser, EndEvent),
        tag("userTask"): (TaskParser, UserTask),
        tag("serviceTask"): (TaskParser, Call),
        tag("subProcess"): (SubWorkflowParser, Embedded),
        tag("callActivity"): (CallActivityParser, Called),
        tag("exclusiveGateway"): (ConditionalGatewayParser, ExclusiveGateway),
        tag("inclusiveGateway"): (ConditionalGatewayParser, Gather),
        tag("parallelGateway"): (GatewayParser, Join),
        tag("eventBasedGateway"): (ChoiceParser, Choice),
        tag("intermediateCatchEvent"): (CatchParser, IntermediateCatchEvent),
        tag("boundaryEvent"): (BoundaryParser, BoundaryEvent),
    }

    def _add_diagram_indexes(self, bpmn: etree._Element) -> None:
        # Without positions branches keep the order of the file; with them, moving a box would change which condition
        # is asked first.
        key = self._document_key(bpmn)
        self.document_lanes[key] = {}
        self.document_positions[key] = {}


class Conditions:
    """What the library asks to evaluate: conditions on flows, by our own evaluator, and nothing else."""

    def __init__(self, condition: Condition, names: Mapping[str, str]) -> None:
        self._condition, self._names = condition, names

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> bool:
        """True or false; anything else, or a name that has no value yet, is ConditionFailed with the gateway's name."""
        text = expression.strip()
        try:
            verdict = self._condition(text, MappingProxyType(task.data))
        except BanjianError as error:
            raise ConditionFailed(self._words(task, text, _reason(error))) from error
        if type(verdict) is not bool:
            raise ConditionFailed(self._words(task, text, "结果不是“是”或“否”。"))
        return verdict

    def _words(self, task: Task, text: str, reason: str) -> str:
        gateway = self._names.get(task.task_spec.name) or task.task_spec.name
        return f"流程图网关「{gateway}」的条件“{text}”无法判断：{reason} 办理未生效，请联系流程设计人员。"


def _reason(error: BanjianError) -> str:
    if isinstance(error, Invalid):
        return " ".join(message for messages in error.fields.values() for message in messages)
    return error.message
