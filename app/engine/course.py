"""What a run has passed, for pictures: the elements that are done and the flows that led on; and what of a diagram lies
before some of its elements."""

from collections.abc import Collection
from functools import lru_cache

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.document import workflows
from app.engine.specification import Specification


def passed(spec: Specification, top: BpmnWorkflow) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the elements that were completed at least once, and of the flows that the run went along.

    Called processes are included. A task that was interrupted isn't done, but the flow to it was taken. Two flows drawn
    between the same two elements can't be told apart; both count.
    """
    done: set[str] = set()
    taken: set[str] = set()
    for workflow in workflows(top):
        for task in workflow.tasks.values():
            element = task.task_spec.bpmn_id
            if element is None or task._state < TaskState.WAITING:
                continue
            if task._state == TaskState.COMPLETED:
                done.add(element)
            taken.update(spec.flows.get((_came_from(task), element), ()))
    return frozenset(done), frozenset(taken)


def _came_from(task: Task) -> str | None:
    """The drawn element before a task; the library puts some of its own in between."""
    above = task.parent
    while above is not None and above.task_spec.bpmn_id is None:
        above = above.parent
    return above.task_spec.bpmn_id if above is not None else None


@lru_cache(maxsize=256)
def before(spec: Specification, elements: frozenset[str]) -> frozenset[str]:
    """Ids of what can be reached from the start without coming to any of `elements`, called processes included; those
    themselves aren't among them, nor the events on their edges."""
    edges = {element.id for element in spec.elements.values() if element.attached_to in elements}
    found, _ends = _reached(spec, spec.process, elements | edges, frozenset())
    return frozenset(found)


def _reached(
    spec: Specification, process: BpmnProcessSpec, barred: Collection[str], inside: frozenset[str]
) -> tuple[set[str], bool]:
    """The elements of a process that are reached without passing the barred ones, and whether its end is. `inside` are
    the processes that are being walked already."""
    found: set[str] = set()
    walked: set[str] = set()
    waiting = [process.start]
    while waiting:
        here = waiting.pop()
        if here.name in walked or here.bpmn_id in barred:
            continue
        walked.add(here.name)
        found |= {here.bpmn_id} if here.bpmn_id else set()
        called = spec.called.get(getattr(here, "spec", None) or "")
        if called is not None and called.name not in inside:
            inner, goes_on = _reached(spec, called, barred, inside | {called.name})
            found |= inner
            if not goes_on:
                continue
        waiting += here.outputs
    return found, process.end.name in walked
