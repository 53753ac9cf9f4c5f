"""A scoring sheet as a form: each item a number with its maximum and a remark, and their total as a figure.

The form of the scoring step is the frame (an opinion, the reason for standing aside); its group with the id
`scoring_sheet` takes the items of the programme's sheet, so that the points stand once, in scoring.yaml.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from app import formschema
from app.formschema.fields import FigureDefinition
from app.programmes.lists import ScoringItem, ScoringSheet

PLACE = "scoring_sheet"
TOTAL = "total"
DECIMALS = 2


def takes_sheet(form: Mapping[str, Any]) -> bool:
    """Whether a form's JSON has a place for a scoring sheet."""
    return any(part.get("id") == PLACE for part in form.get("components", ()) if isinstance(part, Mapping))


def filled(form: Mapping[str, Any], sheet: ScoringSheet) -> formschema.Form:
    """The form with the items of a sheet in their place. Raises Invalid as `formschema.read_form` does."""
    parts = []
    for part in form["components"]:
        parts += _groups(sheet) if part.get("id") == PLACE else [part]
    read = formschema.read_form({**form, "components": parts, "note": sheet.note or form.get("note", "")})
    total = FigureDefinition(
        TOTAL, f"总分（满分 {_plain(sheet.total)} 分）", "sum", table="", unit="分", clause=sheet.clause,
        fields=tuple(score_key(item) for item in sheet.items),
    )
    return replace(read, definitions=(*read.definitions, total))


def score_key(item: ScoringItem) -> str:
    """The field in which an item's points stand."""
    return f"score_{item.key}"


def remark_key(item: ScoringItem) -> str:
    """The field in which its remark stands."""
    return f"remark_{item.key}"


def _groups(sheet: ScoringSheet) -> Iterator[dict[str, Any]]:
    """A group of fields for each heading, in the order of the sheet."""
    for place, (name, items) in enumerate(groupby(sheet.items, key=lambda item: item.group or sheet.name), start=1):
        parts = [part for item in items for part in (_score(item), _remark(item))]
        yield {"type": "group", "id": f"{PLACE}_{place}", "label": name, "components": parts}


def _score(item: ScoringItem) -> dict[str, Any]:
    said = [f"0 至 {_plain(item.most)} 分", f"每 {_plain(item.step)} 分一档" if item.step else "", item.help]
    if item.veto:
        said.append("此项零分即为否决")
    properties = {"unit": "分"} | ({"clause": item.clause} if item.clause else {})
    return {
        "type": "number", "id": score_key(item), "key": score_key(item), "label": item.name,
        "description": "；".join(part.rstrip("。；") for part in said if part) + "。", "decimalDigits": _decimals(item),
        "validate": {"min": 0, "max": _plain(item.most)}, "properties": properties,
    }


def _remark(item: ScoringItem) -> dict[str, Any]:
    return {
        "type": "textfield", "id": remark_key(item), "key": remark_key(item), "label": f"{item.name}：说明",
        "validate": {"maxLength": 500},
    }


def _decimals(item: ScoringItem) -> int:
    if item.step is None or not item.step:
        return DECIMALS
    return max(0, -int(item.step.normalize().as_tuple().exponent))


def _plain(number: Any) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
