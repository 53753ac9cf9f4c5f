"""The lists of a programme as plain data: materials.yaml, tables.yaml, scoring.yaml. Held against their schemas before.

Money and points are Decimal; keys keep the order in which they are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

ALWAYS, WHEN, NEVER = "always", "when", "never"


@dataclass(frozen=True)
class Material:
    """One item of a list. `field` is the form's field for its files, "" where nobody uploads it. `required`: always,
    when (in the case that `when` describes) or never. `generated`: the key of the letter that the system makes of it,
    "form" for the filled form itself, "" where the applicant brings it. `ours`: no text lists it. 0: no number set."""

    no: int
    name: str
    field: str
    required: str
    when: str
    generated: str
    sealed: bool
    declaration: bool
    source_needed: bool
    at_least: int
    at_most: int
    years: int
    note: str
    ours: bool
    clause: str


@dataclass(frozen=True)
class MaterialList:
    """The materials that go with a form, in the order of the text."""

    key: str
    name: str
    form: str
    clause: str
    items: tuple[Material, ...]


@dataclass(frozen=True)
class SummaryColumn:
    """A column of a summary table. `source`: number, rank (the place that its recommender gave it), case, region, unit,
    title, blank, form or figure; for the last two `form` and `name` say which field or figure of which form. `printed`
    False: ours, left out of the print."""

    key: str
    heading: str
    source: str
    form: str
    name: str
    unit: str
    width: int
    total: bool
    printed: bool


@dataclass(frozen=True)
class SummaryTable:
    """A table over many cases. `group_by`: none, region, class or unit. `order_by`: keys of columns. `ours`: its layout
    is our own."""

    key: str
    name: str
    clause: str
    columns: tuple[SummaryColumn, ...]
    seal: bool
    group_by: str
    order_by: tuple[str, ...]
    landscape: bool
    ours: bool
    note: str


@dataclass(frozen=True)
class ScoringItem:
    """One item of a sheet: at most `most` points in steps of `step` (None: any). `figure` and `table` name what
    proposes its points. `veto`: no point here fails the whole."""

    key: str
    name: str
    group: str
    most: Decimal
    step: Decimal | None
    help: str
    figure: str
    table: str
    veto: bool
    clause: str


@dataclass(frozen=True)
class ScoringSheet:
    """A sheet by which one expert scores one application. `total` is the sum of its items; `pass_at` None: no pass mark
    here. `aggregate`: mean, median or sum over the experts."""

    key: str
    name: str
    clause: str
    total: Decimal
    pass_at: Decimal | None
    aggregate: str
    items: tuple[ScoringItem, ...]
    ours: bool
    note: str


def materials(written: Mapping[str, Any]) -> Mapping[str, MaterialList]:
    """The lists of a materials.yaml, by key."""
    return MappingProxyType({
        key: MaterialList(key, found["name"], found["form"], found["clause"], tuple(map(_material, found["items"])))
        for key, found in written.get("lists", {}).items()
    })


def tables(written: Mapping[str, Any], *, form: str) -> Mapping[str, SummaryTable]:
    """The tables of a tables.yaml, by key. `form` is meant where neither a table nor a column names one."""
    return MappingProxyType({
        key: _table(key, found, found.get("form", form)) for key, found in written.get("tables", {}).items()
    })


def scoring(written: Mapping[str, Any]) -> Mapping[str, ScoringSheet]:
    """The sheets of a scoring.yaml, by key."""
    return MappingProxyType({key: _sheet(key, found) for key, found in written.get("sheets", {}).items()})


def source_of(text: str, form: str) -> tuple[str, str, str]:
    """What a column's `from` means: its kind, and for a field or figure the form and the name.

    "form:capital" is a field of `form`, "form:opinion.text" one of another form, "figure:share" a figure of `form`.
    """
    kind, _, path = text.partition(":")
    if not path:
        return kind, "", ""
    other, _, name = path.rpartition(".")
    return kind, other or form, name


def _material(written: Mapping[str, Any]) -> Material:
    made = written.get("generated", False)
    return Material(
        no=written["number"],
        name=written["name"],
        field=written.get("field", ""),
        required=written["required"],
        when=written.get("when", ""),
        generated=made if isinstance(made, str) else "form" if made else "",
        sealed=written.get("sealed", False),
        declaration=written.get("declaration", False),
        source_needed=written.get("source_needed", False),
        at_least=written.get("at_least", 0),
        at_most=written.get("at_most", 0),
        years=written.get("years", 0),
        note=written.get("note", ""),
        ours=written.get("ours", False),
        clause=written.get("clause", ""),
    )


def _table(key: str, written: Mapping[str, Any], form: str) -> SummaryTable:
    return SummaryTable(
        key=key,
        name=written["name"],
        clause=written.get("clause", ""),
        columns=tuple(_column(column, form) for column in written["columns"]),
        seal=written.get("seal", False),
        group_by=written.get("group_by", "none"),
        order_by=tuple(written.get("order_by", ())),
        landscape=written.get("landscape", False),
        ours=written.get("ours", False),
        note=written.get("note", ""),
    )


def _column(written: Mapping[str, Any], form: str) -> SummaryColumn:
    kind, home, name = source_of(written["from"], form)
    return SummaryColumn(
        written["key"], written["heading"], kind, home, name, written.get("unit", ""), written.get("width", 0),
        written.get("total", False), written.get("printed", True),
    )


def _sheet(key: str, written: Mapping[str, Any]) -> ScoringSheet:
    return ScoringSheet(
        key=key,
        name=written["name"],
        clause=written.get("clause", ""),
        total=Decimal(str(written["total"])),
        pass_at=_points(written.get("pass_at")),
        aggregate=written.get("aggregate", "mean"),
        items=tuple(map(_item, written["items"])),
        ours=written.get("ours", False),
        note=written.get("note", ""),
    )


def _item(written: Mapping[str, Any]) -> ScoringItem:
    return ScoringItem(
        key=written["key"],
        name=written["name"],
        group=written.get("group", ""),
        most=Decimal(str(written["most"])),
        step=_points(written.get("step")),
        help=written.get("help", ""),
        figure=written.get("figure", ""),
        table=written.get("table", ""),
        veto=written.get("veto", False),
        clause=written.get("clause", ""),
    )


def _points(written: float | int | None) -> Decimal | None:
    return None if written is None else Decimal(str(written))
