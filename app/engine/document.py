"""Writes a run as a document and brings it back.

A hand-written codec in place of the library's converters: the specification isn't stored, a task holds its values only
where they differ from its parent's, and every task is kept, the predicted ones too (a form that predicted them anew at
load lost boundary timers). `tests/engine/test_document.py` compares it with the library's converters over random paths.

    {"format": 1, "specification": "...", "top": RUN, "inner": [[id of the calling task, RUN], ...]}
    RUN = {"tasks": [[id, row of the parent or -1, state, name, values or 0 (as the parent's), turn, inner data or 0]],
           "last": row or -1, "values": {...}, "completed": bool, "success": bool}

`turn` orders changes of state: the library merges branches in that order. Ranks are stored, not instants, so that a
document is the same whenever it is written. Decimals and dates are tagged: {"decimal": "1.50"}, {"date": "2026-03-15"}.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from operator import is_

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.errors import OtherSpecification, Unloadable
from app.engine.specification import Specification
from app.engine.values import Scalar

FORMAT = 1


def workflows(top: BpmnWorkflow) -> Iterator[BpmnWorkflow | BpmnSubWorkflow]:
    """The run and the called processes within it, outer before inner."""
    yield top
    yield from top.subprocesses.values()


def save(spec: Specification, top: BpmnWorkflow) -> bytes:
    """The run as bytes of JSON. Only scalars are in it (see values.checked), so nothing can fail to be written."""
    turns = {at: turn for turn, at in enumerate(sorted({
        task.last_state_change for workflow in workflows(top) for task in workflow.tasks.values()
    }))}
    return orjson.dumps(
        {
            "format": FORMAT,
            "specification": spec.fingerprint,
            "top": _run_to_plain(top, turns),
            "inner": [[str(caller), _run_to_plain(inner, turns)] for caller, inner in top.subprocesses.items()],
        },
        default=_tagged,
        option=orjson.OPT_PASSTHROUGH_DATETIME,
    )


def load(spec: Specification, document: bytes) -> BpmnWorkflow:
    """The run that `document` holds, on its specification.

    Raises OtherSpecification if it was written for another one, Unloadable if it is damaged or of another format.
    """
    try:
        plain = orjson.loads(document)
        found, written_for = plain["format"], plain["specification"]
    except (ValueError, TypeError, KeyError):
        raise Unloadable from None
    if found != FORMAT:
        raise Unloadable(f"办件的流程数据格式为 {found}，本系统只能读取 {FORMAT}。请联系系统管理员升级或迁移。")
    if written_for != spec.fingerprint:
        raise OtherSpecification
    try:
        return _restored(spec, plain)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, SpiffWorkflowException):
        raise Unloadable from None


def _run_to_plain(workflow: BpmnWorkflow | BpmnSubWorkflow, turns: Mapping[float, int]) -> dict[str, object]:
    rows: list[list[object]] = []
    places: dict[object, int] = {}
    tasks = workflow.tasks
    for place, (key, task) in enumerate(tasks.items()):
        places[key] = place
        values: object = task.data
        parent = tasks[task._parent] if task._parent is not None else None
        if parent is not None and _same(task.data, parent.data):
            values = 0
        rows.append([
            str(key), places[task._parent] if parent is not None else -1, task._state, task.task_spec.name, values,
            turns[task.last_state_change], task.internal_data or 0,
        ])
    last = workflow.last_task
    return {
        "tasks": rows, "last": places.get(last.id, -1) if last is not None else -1, "values": workflow.data,
        "completed": workflow.completed, "success": workflow.success,
    }


def _same(values: Mapping[str, Scalar], others: Mapping[str, Scalar]) -> bool:
    # Identity, because True == 1 and Decimal("1.0") == 1: an inherited value is the same object, also after a load.
    return values.keys() == others.keys() and all(map(is_, values.values(), others.values()))


def _tagged(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"{type(value).__name__} may not enter the engine")


def _scalars(plain: dict[str, object]) -> dict[str, Scalar]:
    for name, value in plain.items():
        if value.__class__ is dict:
            (kind, text), = value.items()
            plain[name] = {"decimal": Decimal, "date": date.fromisoformat}[kind](text)
    return plain


def _restored(spec: Specification, plain: Mapping) -> BpmnWorkflow:
    top = BpmnWorkflow(spec.process, spec.called, script_engine=spec.engine, deserializing=True)
    _fill(top, plain["top"], top)
    for caller_id, run in plain["inner"]:
        caller = top.get_task_from_id(caller_id)
        inner = BpmnSubWorkflow(spec.called[caller.task_spec.spec], caller_id, top, deserializing=True)
        _fill(inner, run, top)
        inner.completed_event.connect(caller.task_spec._on_subworkflow_completed, caller)
        top.subprocesses[caller_id] = inner
    return top


def _fill(workflow: BpmnWorkflow | BpmnSubWorkflow, run: Mapping, top: BpmnWorkflow) -> None:
    specs, tasks, waiting = workflow.spec.task_specs, workflow.tasks, TaskState.WAITING
    placed: list[Task] = []
    for key, parent_place, state, name, values, turn, inner in run["tasks"]:
        # The constructor would make ids and tell parents; everything that it sets is set here.
        task = Task.__new__(Task)
        task.id, task.workflow, task._state, task.last_state_change = key, workflow, state, turn
        task.task_spec = specs[name]
        task.triggered, task.thread_id, task._children = False, Task.thread_id_pool, []
        task.internal_data = inner or {}
        if parent_place < 0:
            task._parent, task.data = None, _scalars(values)
        else:
            parent = placed[parent_place]
            task._parent = parent.id
            parent._children.append(key)
            task.data = _scalars(values) if values else dict(parent.data) if values == 0 else {}
        placed.append(task)
        tasks[key] = task
        if state == waiting and isinstance(task.task_spec, CatchingEvent):
            top.event_manager.add_task(task)
    workflow.task_tree = placed[0]
    workflow.last_task = placed[run["last"]] if run["last"] >= 0 else None
    workflow.data = _scalars(run["values"])
    workflow.completed, workflow.success = run["completed"], run["success"]
