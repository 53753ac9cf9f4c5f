"""Finds every way in which a module could move a date: additions, replaced parts, ordinals, libraries, SQL."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

LIBRARIES = {
    "dateutil", "arrow", "pendulum", "workalendar", "chinese_calendar", "numpy", "pandas", "holidays", "calendar",
}
SQL_FUNCTIONS = {
    "date", "time", "datetime", "julianday", "unixepoch", "strftime", "date_add", "date_sub", "dateadd", "datediff",
    "adddate", "age", "make_interval", "timestampadd", "to_timestamp", "date_trunc", "generate_series",
}
SQL_TEXT = re.compile(
    r"\binterval\s*'|::\s*interval|\bmake_interval\s*\(|\bjulianday\s*\(|'[+-]\d+ (day|month|year)", re.IGNORECASE
)
PARTS = {"year", "month", "day"}
ORDINALS = {"fromordinal", "toordinal", "fromisocalendar"}
MADE = {"date", "datetime"}


def spans(trees: Mapping[Path, ast.Module]) -> frozenset[str]:
    """Names under which modules keep a timedelta: whoever adds one of them adds a span of time."""
    return frozenset(
        target.id
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _makes_a_span(node.value, tree)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    )


def found(tree: ast.Module, kept: Set[str] = frozenset()) -> Iterator[tuple[str, int, str]]:
    """Each way in one module: (function it stands in, line, what). `kept` are names of spans, see `spans`."""
    places = _places(tree)
    for node in ast.walk(tree):
        for what in _ways(node, tree, kept):
            yield places.get(node, "<module>"), getattr(node, "lineno", 0), what


def _ways(node: ast.AST, tree: ast.Module, kept: Set[str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (f"import {n.name}" for n in names if n.name.partition(".")[0] in LIBRARIES)
        case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in LIBRARIES:
            yield f"from {module}"
        case ast.Call(func=ast.Attribute(attr=attr), keywords=keywords):
            yield from _ways_of_a_method(node, attr, keywords)
            if _makes_a_span(node, tree):
                yield "timedelta"
        case ast.Call(func=ast.Name(id=name)):
            if _makes_a_span(node, tree):
                yield "timedelta"
            elif _real_name(name, tree) in MADE and any(isinstance(part, ast.BinOp) for part in node.args):
                yield "a date with a sum in it"
        case ast.BinOp(op=ast.Add() | ast.Sub()) | ast.AugAssign(op=ast.Add() | ast.Sub()):
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            yield from ("a span that has a name" for side in sides if _name(side) in kept)
            yield from ("seconds since 1970" for side in sides if _calls(side, "timestamp"))
        case ast.Constant(value=str(text)) if SQL_TEXT.search(text):
            yield "SQL"


def _ways_of_a_method(node: ast.Call, attr: str, keywords: list[ast.keyword]) -> Iterator[str]:
    owner = _name(node.func.value)
    if attr in ORDINALS:
        yield attr
    if attr == "replace" and (PARTS & {keyword.arg for keyword in keywords} or None in {k.arg for k in keywords}):
        yield "replace"
    if owner in ("func", "sa", "sqlalchemy") and attr in SQL_FUNCTIONS:
        yield f"func.{attr}"
    if attr in MADE and owner in ("datetime", "dt") and any(isinstance(part, ast.BinOp) for part in node.args):
        yield "a date with a sum in it"
    if attr in ("day_start", "local") and any(isinstance(part, ast.BinOp) for part in node.args):
        yield f"{attr} of a sum"


def _makes_a_span(node: ast.AST, tree: ast.Module) -> bool:
    """`timedelta(...)` under whatever name it was imported; zero spans move nothing."""
    for call in ast.walk(node) if isinstance(node, ast.expr) else ():
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else _real_name(_name(call.func), tree)
        if name in ("timedelta", "relativedelta"):
            return not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)
        if call is node:
            continue
    return False


def _real_name(name: str, tree: ast.Module) -> str:
    """What a name was called where it was imported from."""
    return _renamed(tree).get(name, name)


@cache
def _renamed(tree: ast.Module) -> Mapping[str, str]:
    """The names under which a module imports others, and what those are called."""
    return {
        alias.asname: alias.name
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        for alias in node.names if alias.asname
    }


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _calls(node: ast.AST, method: str) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) == method


def _places(tree: ast.Module) -> dict[ast.AST, str]:
    """The function, innermost, in which each node stands; methods by their own name."""
    places: dict[ast.AST, str] = {}

    def walk(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            here = child.name if isinstance(child, ast.FunctionDef) else inside
            places[child] = here
            walk(child, here)

    walk(tree, "<module>")
    return places
