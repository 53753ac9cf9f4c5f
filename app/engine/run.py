"""One step of a run: load, one act after another, and the outcome to be written.

    step = engine.load(specification, document)
    step.complete(task_id, {"outcome": "pass"})
    while step.calls:
        step.answer(step.calls[0].id, {...})
    outcome = step.outcome()

Nothing is shared between steps but the specification, and nothing outside is touched: a step that raised is thrown away
and the document that was loaded still holds.
"""

from collections.abc import Iterable, Iterator, Mapping

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    UserTask,
)
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine import document as documents
from app.engine.course import passed
from app.engine.errors import ConditionFailed, NotWaiting, TooLong, TooManyReturns
from app.engine.library import Call as CallSpec
from app.engine.library import Choice, Message, Timer
from app.engine.outcome import (
    CANCELLED,
    CAUGHT,
    COMPLETED,
    FIRED,
    Armed,
    Call,
    Closed,
    End,
    Open,
    Outcome,
    State,
    Waiting,
)
from app.engine.specification import Specification
from app.engine.values import Scalar, checked

MAX_CALLS = 50
MAX_ENGINE_STEPS = 500
MAX_RETURNS = 20
# The library's own walks end silently at 1,000 and by recursion a little earlier; half of it is a year of returns.
MAX_DEPTH = 500

STOPPED = TaskState.READY | TaskState.WAITING


def start(spec: Specification, values: Mapping[str, object]) -> "Step":
    """A new run that has gone to its first stops. Raises BadValues, and whatever stands in the way (see Step)."""
    given = checked(values)
    try:
        top = BpmnWorkflow(spec.process, spec.called, script_engine=spec.engine)
    except RecursionError:
        raise TooLong("流程图太长，无法启动。请拆成几个子流程。") from None
    top.task_tree.data.update(given)
    step = Step(spec, top, before={})
    step._advance()
    return step


def load(spec: Specification, document: bytes) -> "Step":
    """The run that `document` holds. Raises OtherSpecification, Unloadable."""
    top = documents.load(spec, document)
    step = Step(spec, top, before={})
    step._before = dict(step._stops())
    return step


def state(spec: Specification, document: bytes) -> State:
    """All that waits in the run that `document` holds; for checks and for rebuilding rows by id. Raises as `load`."""
    return load(spec, document).state()


class Step:
    """A run in memory. Its verbs raise NotWaiting for an id that doesn't wait, BadValues, ConditionFailed,
    TooManyReturns (a return more than 20 times to one element), TooLong (more than 500 engine steps or 50 calls in one
    step). After an error other than NotWaiting and BadValues the step is of no use any more.
    """

    def __init__(self, spec: Specification, top: BpmnWorkflow, *, before: dict[str, object]) -> None:
        self._spec, self._top, self._before = spec, top, before
        self._orders: dict[str, str] = {}
        self._answered = self._steps = 0

    def complete(self, task_id: str, values: Mapping[str, object] | None = None) -> None:
        """A person has done the task; `values` join the data of the run."""
        given = checked(values or {})
        task = self._find(task_id)
        if task is None or not isinstance(task.task_spec, UserTask) or task.state != TaskState.READY:
            raise NotWaiting(task_id)
        self._run(task, task_id, given, COMPLETED)

    def answer(self, call_id: str, values: Mapping[str, object] | None = None) -> None:
        """The word of a call was performed; `values` join the data of the run and the engine goes on."""
        given = checked(values or {})
        task = self._find(call_id)
        if task is None or not isinstance(task.task_spec, CallSpec) or task.state != TaskState.READY:
            raise NotWaiting(call_id)
        self._answered += 1
        if self._answered > MAX_CALLS:
            raise TooLong(f"一次办理引发的自动事项超过 {MAX_CALLS} 项，未生效。请联系流程设计人员检查是否有循环。")
        self._run(task, call_id, given, COMPLETED)

    def fire(self, timer_id: str) -> None:
        """The instant of a timer has come."""
        self._happen(timer_id, Timer, {}, FIRED)

    def catch(self, task_id: str, values: Mapping[str, object] | None = None) -> None:
        """A message has come for this one catch; `values` join the data of the run."""
        self._happen(task_id, Message, checked(values or {}), CAUGHT)

    def abandon(self) -> None:
        """End the run where it stands: everything that waits is cancelled, and no end event is reached."""
        for workflow in reversed(list(documents.workflows(self._top))):
            workflow.cancel()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Service tasks that wait for an answer, in the order in which they were reached."""
        return tuple(stop for stop in self._stops_now() if isinstance(stop, Call))

    def state(self) -> State:
        """All that waits now."""
        now = list(self._stops_now())
        done, taken = passed(self._spec, self._top)
        return State(
            tasks=_of(Open, now), timers=_of(Armed, now), catches=_of(Waiting, now), calls=_of(Call, now),
            finished=self._top.completed, ends=self._ends(), values=self._values(), passed=done, taken=taken,
        )

    def outcome(self) -> Outcome:
        """What has changed since the step began, and the document to keep."""
        now = dict(self._stops())
        came = [stop for key, stop in now.items() if key not in self._before]
        went = [stop for key, stop in self._before.items() if key not in now]
        return Outcome(
            opened=_of(Open, came), closed=self._closed(Open, went), armed=_of(Armed, came),
            gone=self._closed(Armed, went), waiting=_of(Waiting, came), left=self._closed(Waiting, went),
            calls=_of(Call, now.values()), finished=self._top.completed, ends=self._ends(),
            document=documents.save(self._spec, self._top), values=self._values(),
        )

    def _run(self, task: Task, task_id: str, values: Mapping[str, Scalar], how: str) -> None:
        task.data.update(values)
        self._orders[task_id] = how
        self._safely(task.run)
        self._advance()

    def _happen(self, stop_id: str, kind: type, values: Mapping[str, Scalar], how: str) -> None:
        task_id, _, branch = stop_id.partition(".")
        task = self._find(task_id)
        if task is None or task.state != TaskState.WAITING:
            raise NotWaiting(stop_id)
        spec = task.task_spec
        if isinstance(spec, Choice) and isinstance(spec.branches.get(branch), kind):
            spec.choose(task, branch, values)
        elif not branch and isinstance(getattr(spec, "event_definition", None), kind):
            spec.event_definition.catch(task, values)
        else:
            raise NotWaiting(stop_id)
        self._orders[stop_id] = how
        self._safely(lambda: spec._update(task))
        self._advance()

    def _advance(self) -> None:
        """Run whatever needs nobody until every branch stops."""
        while moving := [task for task in self._active() if task._state == TaskState.READY
                         and not task.task_spec.manual]:
            for task in moving:
                # An earlier one of this round may have cancelled it; the library would run it all the same.
                if task._state == TaskState.READY:
                    self._steps += 1
                    if self._steps > MAX_ENGINE_STEPS:
                        raise TooLong("流程图中有无人办理的循环，办理未生效。请联系流程设计人员。")
                    self._safely(task.run)
        for task in list(self._active()):
            if task._state == TaskState.READY or isinstance(task.task_spec, (IntermediateCatchEvent, Choice)):
                self._bound(task)

    def _active(self) -> Iterator[Task]:
        """Tasks that are ready or waiting, called processes included."""
        for workflow in documents.workflows(self._top):
            if not workflow.completed:
                yield from (task for task in workflow.tasks.values() if task._state & STOPPED)

    def _safely(self, act: object) -> None:
        try:
            act()
        except RecursionError:
            raise TooLong("该办件的办理历史过长，无法继续。请终止后重新发起。") from None
        except SpiffWorkflowException as error:
            raise ConditionFailed(f"流程图无法继续：{error} 办理未生效，请联系流程设计人员。") from error

    def _bound(self, task: Task) -> None:
        """Refuse what has come too often or too far; in a called process the calls count as well."""
        spec = task.task_spec
        visits = sum(1 for other in task.workflow.tasks.values()
                     if other.task_spec is spec and other._state >= TaskState.WAITING)
        if visits > MAX_RETURNS + 1:
            name = spec.bpmn_name or spec.bpmn_id
            raise TooManyReturns(
                f"「{name}」已退回办理 {MAX_RETURNS} 次，不能再次退回。请改用其他结论，或终止后重新发起。"
            )
        if task.depth > MAX_DEPTH:
            raise TooLong("该办件的办理历史过长，无法继续。请终止后重新发起。")
        if task.workflow is not self._top:
            self._bound(self._top.get_task_from_id(task.workflow.parent_task_id))

    def _find(self, task_id: str) -> Task | None:
        for workflow in documents.workflows(self._top):
            found = workflow.tasks.get(task_id)
            if found is not None:
                return found
        # Tasks made within this step still carry the library's ids, those of a document are text.
        return next((task for workflow in documents.workflows(self._top) for key, task in workflow.tasks.items()
                     if str(key) == task_id), None)

    def _stops_now(self) -> Iterator[object]:
        return (stop for _, stop in self._stops())

    def _stops(self) -> Iterator[tuple[str, object]]:
        for task in self._active():
            if task._state == TaskState.READY:
                yield from self._ready_stop(task)
            else:
                yield from self._waiting_stops(task)

    def _ready_stop(self, task: Task) -> Iterator[tuple[str, object]]:
        spec, key = task.task_spec, str(task.id)
        if isinstance(spec, UserTask):
            yield key, Open(key, spec.bpmn_id, self._lane(task))
        elif isinstance(spec, CallSpec):
            parameters = dict(self._spec.elements[spec.bpmn_id].properties)
            word = parameters.pop("word", "")
            yield key, Call(key, spec.bpmn_id, word, parameters, dict(task.data))

    def _waiting_stops(self, task: Task) -> Iterator[tuple[str, object]]:
        spec, key = task.task_spec, str(task.id)
        if isinstance(spec, Choice):
            for branch, event in spec.branches.items():
                yield f"{key}.{branch}", _stop(f"{key}.{branch}", branch, event)
        elif isinstance(spec, IntermediateCatchEvent):
            yield key, _stop(key, spec.bpmn_id, spec.event_definition)
        elif isinstance(spec, BoundaryEvent):
            host = next(other for other in task.parent.children if not isinstance(other.task_spec, BoundaryEvent))
            yield key, _stop(key, spec.bpmn_id, spec.event_definition, host, spec.cancel_activity)

    def _lane(self, task: Task) -> str | None:
        lane = self._spec.elements[task.task_spec.bpmn_id].lane
        while lane is None and task.workflow is not self._top:
            task = self._top.get_task_from_id(task.workflow.parent_task_id)
            lane = self._spec.lanes.get(task.task_spec.bpmn_id)
        return lane

    def _closed(self, kind: type, went: Iterable[object]) -> tuple[Closed, ...]:
        return tuple(Closed(stop.id, stop.element, self._orders.get(stop.id, CANCELLED)) for stop in _of(kind, went))

    def _ends(self) -> tuple[End, ...]:
        reached = [task for task in self._top.tasks.values()
                   if task._state == TaskState.COMPLETED and isinstance(task.task_spec, EndEvent)]
        reached.sort(key=lambda task: task.last_state_change)
        return tuple(End(task.task_spec.bpmn_id, self._spec.ends[task.task_spec.bpmn_id]) for task in reached)

    def _values(self) -> dict[str, Scalar]:
        """Each name's latest value: what each task added or changed, in the order in which it happened."""
        changes = []
        for workflow in documents.workflows(self._top):
            inner = isinstance(workflow, BpmnSubWorkflow)
            caller = self._top.get_task_from_id(workflow.parent_task_id) if inner else None
            for task in workflow.tasks.values():
                if task._state & (TaskState.PREDICTED_MASK | TaskState.FUTURE) or not task.data:
                    continue
                before = task.parent.data if task._parent is not None else caller.data if caller else {}
                if added := {name: value for name, value in task.data.items() if before.get(name, task) is not value}:
                    changes.append((task.last_state_change, added))
        changes.sort(key=lambda change: change[0])
        known: dict[str, Scalar] = {}
        for _, added in changes:
            known.update(added)
        return known


def _stop(
    key: str, element: str, event: Timer | Message, host: Task | None = None, interrupting: bool = False
) -> Armed | Waiting:
    attached_to = str(host.id) if host is not None else None
    if isinstance(event, Timer):
        attached_element = host.task_spec.bpmn_id if host is not None else None
        return Armed(key, element, event.name, attached_to, attached_element, interrupting)
    return Waiting(key, element, event.name, attached_to, interrupting)


def _of(kind: type, stops: Iterable[object]) -> tuple:
    return tuple(stop for stop in stops if type(stop) is kind)
