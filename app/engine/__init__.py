"""MACHINE. Runs diagrams; the only importer of SpiffWorkflow.

It knows no clock, no person and no database. A run is a document (bytes): a step loads it, acts, and hands back an
Outcome with what changed and the new document. Timers carry the name of a period and fire when told; service tasks
stop the run until they are answered; messages are caught by task id. `check` says what is wrong with a diagram.
"""

from app.engine.checker import check
from app.engine.course import before
from app.engine.diagram import parse
from app.engine.errors import (
    BadValues,
    ConditionFailed,
    EngineError,
    Faulty,
    NotWaiting,
    OtherSpecification,
    TooLong,
    TooManyReturns,
    Unloadable,
    Unreadable,
)
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
from app.engine.problems import RULES, Problem, problem
from app.engine.run import Step, load, start, state
from app.engine.specification import Element, Specification, load_specification
from app.engine.values import Scalar, checked, is_name

__all__ = [
    "CANCELLED",
    "CAUGHT",
    "COMPLETED",
    "FIRED",
    "RULES",
    "Armed",
    "BadValues",
    "Call",
    "Closed",
    "ConditionFailed",
    "Element",
    "End",
    "EngineError",
    "Faulty",
    "NotWaiting",
    "Open",
    "OtherSpecification",
    "Outcome",
    "Problem",
    "Scalar",
    "Specification",
    "State",
    "Step",
    "TooLong",
    "TooManyReturns",
    "Unloadable",
    "Unreadable",
    "Waiting",
    "before",
    "check",
    "checked",
    "is_name",
    "load",
    "load_specification",
    "parse",
    "problem",
    "start",
    "state",
]
