"""The floor that a step is measured against: the library alone, with its own converters, on the same specification.

`make bench` compares. Nothing of the product uses this: it checks nothing, bounds nothing and tells nothing.
"""

from collections.abc import Mapping
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.specification import Specification


class WithoutSpecification(BpmnWorkflowConverter):
    """The library's converter of a run, less the specification, which is cached."""

    def to_dict(self, workflow: BpmnWorkflow) -> dict:
        plain = super(BpmnWorkflowConverter, self).to_dict(workflow)
        plain["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        return plain

    def from_dict(self, plain: dict, spec: Specification) -> BpmnWorkflow:
        workflow = BpmnWorkflow(spec.process, spec.called, script_engine=spec.engine, deserializing=True)
        workflow.tasks = self.mapping_from_dict(plain["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks[UUID(plain["root"])]
        self.set_default_attributes(workflow, plain)
        self.subprocesses_from_dict(plain["subprocesses"], workflow)
        return workflow


_SERIALIZER = BpmnWorkflowSerializer(
    BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: WithoutSpecification})
)


def floor_start(spec: Specification, values: Mapping[str, object]) -> bytes:
    """A new run at its first stops, as the library writes it. `values` hold bool, str, int and None only."""
    workflow = BpmnWorkflow(spec.process, spec.called, script_engine=spec.engine)
    workflow.task_tree.data.update(values)
    workflow.do_engine_steps()
    return floor_save(workflow)


def floor_step(spec: Specification, document: bytes, values: Mapping[str, object]) -> bytes:
    """Load, complete the first task that is ready, go on to the next stops, save."""
    workflow = floor_load(spec, document)
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.data.update(values)
    task.run()
    workflow.do_engine_steps()
    return floor_save(workflow)


def floor_load(spec: Specification, document: bytes) -> BpmnWorkflow:
    """The run that `floor_save` wrote."""
    return _SERIALIZER.from_dict(orjson.loads(document), spec=spec)


def floor_save(workflow: BpmnWorkflow) -> bytes:
    """The run by the library's converters."""
    return orjson.dumps(_SERIALIZER.to_dict(workflow))
