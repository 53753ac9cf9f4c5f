"""Copies, rows and characters that a clause asks for, in every form of every programme: the figure, and both sides.

`form_numbers.yaml` says what the clauses say. A figure that a form changes by one, or a new one that isn't written
there, fails here.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid
from app.formschema import Field, Form, read_form
from app.programmes.reading import read_yaml
from app.simulating import filling

ROOT = Path(__file__).resolve().parents[2]
LEGAL: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]] = read_yaml(
    Path(__file__).with_name("form_numbers.yaml").read_bytes()
)
FEW = 4
"""A least number of rows, files or choices beyond one, or a most that is as small as this, is said by a clause; larger
ones keep pages usable."""
HELD = [
    pytest.param(programme, form, key, bounds, id=f"{programme}-{form}-{key}")
    for programme, forms in LEGAL.items() for form, fields in forms.items() for key, bounds in fields.items()
]


def form_of(programme: str, name: str) -> Form:
    return read_form((ROOT / "forms" / programme / f"{name}.json").read_bytes())


def bounds_of(field: Field) -> dict[str, int]:
    """What a field says of how many or how long that may be a clause's."""
    found = {}
    if field.kind in ("dynamiclist", "checklist", "filepicker"):
        if field.minimum is not None and field.minimum > 1:
            found["min"] = int(field.minimum)
        if field.maximum is not None and 1 < field.maximum <= FEW:
            found["max"] = int(field.maximum)
    if field.kind == "textarea":
        found |= {name: int(number) for name, number in (("warn_min", field.warn_min), ("warn_max", field.warn_max))
                  if number is not None}
    return found


def drawn() -> Iterator[tuple[str, str, str, dict[str, int]]]:
    for programme in LEGAL:
        for path in sorted((ROOT / "forms" / programme).glob("*.json")):
            for field in form_of(programme, path.stem).asked:
                if found := bounds_of(field):
                    yield programme, path.stem, field.key, found


def test_the_forms_say_the_figures_of_the_clauses_and_no_others():
    written = {
        (programme, form, key): {name: number for name, number in bounds.items() if name != "clause"}
        for programme, forms in LEGAL.items() for form, fields in forms.items() for key, bounds in fields.items()
    }

    assert {(programme, form, key): found for programme, form, key, found in drawn()} == written


@pytest.mark.parametrize(("programme", "name", "key", "bounds"), HELD)
def test_a_figure_holds_on_both_sides(programme, name, key, bounds):
    form = form_of(programme, name)
    field = form.field(key)
    limits = {"min": (-1, 0), "max": (1, 0)}
    for bound, (beyond, at) in limits.items():
        if bound in bounds:
            assert complains(form, field, bounds[bound] + beyond), f"{bounds['clause']}: {bounds[bound] + beyond}"
            assert not complains(form, field, bounds[bound] + at), f"{bounds['clause']}: {bounds[bound]}"
    for bound, beyond in (("warn_min", -1), ("warn_max", 1)):
        if bound in bounds:
            assert key in form.warnings({key: "字" * (bounds[bound] + beyond)})
            assert key not in form.warnings({key: "字" * bounds[bound]})


def complains(form: Form, field: Field, count: int) -> bool:
    """Whether a form finds fault with how many there are of something, whatever else it misses."""
    said: list[Any] = [f"file{number}" for number in range(count)]
    if field.kind == "dynamiclist":
        said = [_row(field, number) for number in range(count)]
    elif field.kind == "checklist":
        said = [option.value for option in field.options][:count]
        if len(said) < count:
            return True
    try:
        form.load({field.key: said})
    except Invalid as error:
        return field.key in error.fields
    return False


def _row(table: Field, number: int) -> dict[str, Any]:
    """A row that the form takes, unlike the others."""
    cells = filling.row(table, {}, today=date(2026, 1, 5), upload=lambda column: "file1")
    first = next(column for column in table.fields if column.key in cells and column.kind in ("textfield", "number"))
    said = 2000 + number if first.kind == "number" else f"{first.label}{number}"
    return {**cells, first.key: said}
