"""Where branches meet, and what a process within a process hands back: our own rule in place of the library's."""

from collections.abc import Mapping

from SpiffWorkflow.bpmn.specs.defaults import (
    CallActivity,
    EndEvent,
    InclusiveGateway,
    ParallelGateway,
    SubWorkflowTask,
)
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.errors import ConditionFailed


class Meeting:
    """Branches that meet at a gateway, each bringing what it changed since they parted.

    The library counts what arrived in an earlier round of a loop, so that a gateway opens too soon, and lets the last
    branch to arrive overwrite the others, also with values that it only inherited, so that an older value undoes a
    newer one. Where two branches changed the same name, the last to arrive wins here too.

    `tails` are the events that don't interrupt on whose paths this gateway lies. In a loop they may happen again while
    an earlier path still runs; branches meet only those of their own path.
    """

    tails: frozenset[str] = frozenset()

    def _arrived(self, my_task: Task) -> list[Task]:
        """The tasks, one a branch, that came to this gateway since it last opened, `my_task` included."""
        path = self._path(my_task)
        return [task for task in my_task.workflow.tasks.values()
                if task.task_spec is self and task.parent.state == TaskState.COMPLETED
                and not task.internal_data.get("met") and self._path(task) is path]

    def _path(self, task: Task) -> Task | None:
        above = task.parent if self.tails else None
        while above is not None and above.task_spec.name not in self.tails:
            above = above.parent
        return above

    def _update_hook(self, my_task: Task) -> bool:
        opens = self._check_threshold_unstructured(my_task)
        for other in self._arrived(my_task):
            if other is not my_task and other.state == TaskState.WAITING:
                other.cancel()
        if opens:
            my_task._inherit_data()
        else:
            my_task._set_state(TaskState.WAITING)
        return opens

    def _run_hook(self, my_task: Task) -> bool:
        if len(self._inputs) > 1:
            arrived = self._arrived(my_task)
            my_task.data = _together(_parting(arrived), arrived)
            for task in arrived:
                task.internal_data["met"] = True
        return True


class Join(Meeting, ParallelGateway):
    """A parallel gateway: opens when a branch has come over every flow."""

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        return {task.parent.task_spec.name for task in self._arrived(my_task)} >= set(self._inputs)


class Gather(Meeting, InclusiveGateway):
    """An inclusive gateway. Where it gathers, `split` names the gateway at which its branches parted."""

    split: str | None = None

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        """Whether nothing is under way any more between the pair. The library guesses from what might still come."""
        if self.split is None:
            return True
        waiting = list(my_task.find_ancestor(self.split).children)
        while waiting:
            task = waiting.pop()
            if task.task_spec is not self:
                if task.has_state(TaskState.DEFINITE_MASK):
                    return False
                waiting.extend(task.children)
        return True

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            gateway = self.bpmn_name or self.bpmn_id
            raise ConditionFailed(f"流程图网关「{gateway}」没有一条路径的条件满足，也没有默认路径。办理未生效。")
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Inner:
    """A process within a process hands back what its branches changed, under the same rule."""

    def update_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        ends = [task for task in subworkflow.tasks.values()
                if isinstance(task.task_spec, EndEvent) and task.state == TaskState.COMPLETED]
        my_task.data = _together(subworkflow.task_tree.data, ends)


class Embedded(Inner, SubWorkflowTask):
    """An embedded sub-process."""


class Called(Inner, CallActivity):
    """A call activity."""


def _parting(tasks: list[Task]) -> dict[str, object]:
    """The values where the branches that lead to `tasks` parted: those of their nearest common ancestor."""
    common = None
    for task in tasks:
        line = []
        above = task.parent
        while above is not None:
            line.append(above)
            above = above.parent
        if common is None:
            common = line
        else:
            shared = set(map(id, line))
            common = [above for above in common if id(above) in shared]
    return common[0].data if common else {}


def _together(before: Mapping[str, object], arrived: list[Task]) -> dict[str, object]:
    values = dict(before)
    for task in sorted(arrived, key=lambda task: task.last_state_change):
        brought = task.data if isinstance(task.task_spec, EndEvent) else task.parent.data
        values.update((name, value) for name, value in brought.items() if not _same(before.get(name, before), value))
    return values


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other
