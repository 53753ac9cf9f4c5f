"""Expressions and decision tables: what designers may write as a rule, and what it says for given values."""

from app.rules.coverage import check_table
from app.rules.expressions import Expression, parse
from app.rules.reading import read_table
from app.rules.tables import Overall, Problem, Table, Verdict, overall
from app.rules.values import MissingName, Value, WrongType

__all__ = [
    "Expression",
    "MissingName",
    "Overall",
    "Problem",
    "Table",
    "Value",
    "Verdict",
    "WrongType",
    "check_table",
    "overall",
    "parse",
    "read_table",
]
