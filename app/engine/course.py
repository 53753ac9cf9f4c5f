"""What a run has passed, for pictures: the elements that are done and the flows that led on."""

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
