"""forms/schema.json and processes/schema say in JSON Schema what the house reads, for editors and for the checks."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from app.formschema import check_form
from app.formschema.fields import KINDS
from tests.formschema.sample import SAMPLE, source_of

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for path in (ROOT / "forms").glob("*/*.json"))
SCHEMAS = sorted((ROOT / "processes/schema").glob("*.json"))


def validator(path: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / path).read_text()))


FORMS = validator("forms/schema.json")
PROGRAMME = validator("processes/schema/programme.json")


@pytest.mark.parametrize("path", [ROOT / "forms/schema.json", *SCHEMAS], ids=lambda path: path.name)
def test_every_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_the_contract_knows_every_kind_of_field() -> None:
    assert set(FORMS.schema["$defs"]["component"]["properties"]["type"]["enum"]) == set(KINDS)


def test_a_form_with_a_field_of_every_kind_fulfils_the_contract() -> None:
    assert [error.message for error in FORMS.iter_errors(SAMPLE)] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_shipped_form_fulfils_the_contract_and_has_no_problem(path: Path) -> None:
    assert [error.message for error in FORMS.iter_errors(json.loads(path.read_text()))] == []
    assert check_form(path.read_bytes()) == []


@pytest.mark.parametrize(
    "component",
    [
        {"type": "button"},
        {"type": "textfield", "key": "1x"},
        {"type": "textfield", "colour": "red"},
        {"type": "textfield", "validate": {"mask": 1}},
        {"type": "textfield", "validate": {"maxLength": 501}},
        {"type": "textfield", "properties": {"secret": 1}},
        {"type": "textfield", "properties": {"check": "passport"}},
        {"type": "textfield", "conditional": {"hide": "a > 5"}},
        {"type": "textfield", "conditional": {"show": "a"}},
        {"type": "textarea", "validate": {"pattern": "a"}},
        {"type": "number", "decimalDigits": 7},
        {"type": "number", "validate": {"min": "few"}},
        {"type": "datetime", "subtype": "time"},
        {"type": "select", "valuesExpression": "=x", "values": [{"value": "a"}]},
        {"type": "select", "values": [{"value": ""}]},
        {"type": "filepicker", "accept": "pdf"},
        {"type": "dynamiclist", "components": []},
        {"type": "dynamiclist", "components": [{"type": "group", "components": []}]},
        {"type": "group", "path": "x", "components": []},
    ],
    ids=json.dumps,
)
def test_what_the_contract_refuses_is_a_problem_as_well(component: dict[str, Any]) -> None:
    source = source_of(component)

    assert not FORMS.is_valid(source)
    assert check_form(source)


@pytest.mark.parametrize(
    "figure",
    [
        {"name": "f", "kind": "median", "table": "staff"},
        {"name": "f", "kind": "sum", "table": "staff"},
        {"name": "f", "kind": "growth", "table": "staff", "field": "hours"},
        {"name": "f", "kind": "count"},
        {"name": "f", "kind": "count", "table": "staff", "formula": "1"},
        {"name": "f", "kind": "count", "table": "staff", "where": {}},
        {"name": "f", "kind": "count", "table": "staff", "where": {"hours": {"least": 1}}},
    ],
    ids=json.dumps,
)
def test_a_figure_that_the_contract_refuses_is_a_problem_as_well(figure: dict[str, Any]) -> None:
    source = SAMPLE | {"figures": [figure]}

    assert not FORMS.is_valid(source)
    assert check_form(source)


def programme() -> dict[str, Any]:
    """A programme that uses every part."""
    clause = {"clause": "XYZ-7.1"}
    day_period = {"name": "补正", "amount": 5, "unit": "working_days", "starts": "served", **clause}
    return {
        "programme": {
            "key": "sample-programme",
            "name": {"zh": "样例", "en": "Sample"},
            "code": "XYZ",
            "source": "办法",
            "authority": {"tier": "city", "region": "130600", "name": "某局"},
            "effective": {"from": "2026-01-01", "until": None},
            "status": "in_force",
        },
        "tiers": ["county", "city"],
        "recommenders": {
            "one_recommender": True,
            "kinds": {"county": {"name": "县级", "matched_by": "region", "tier": "county"}},
            "self_recommendation": {"handled_by": "county"},
        },
        "actors": {"applicant": {"name": "申报单位", "found_by": "case"}, "city": {"name": "市级", "found_by": "city"}},
        "periods": {
            "correction": day_period | {"remind": [3, 1, {"after": 1, "to": ["city"]}], "end_of_day": "17:30"},
            "report": {"name": "报送", "amount": "03-15", "unit": "fixed_date", "starts": "title.granted_on", **clause},
            "monthly": {"name": "月报", "amount": 10, "unit": "day_of_next_month", "starts": "month_end", **clause},
            "renewal": day_period | {"unit": "months", "starts": "title.valid_until", "before": True, "roll": "none"},
            "change": day_period | {
                "starts": "form:changed_on", "stops": [{"key": "hearing", "name": "听证", "ours": True}],
            },
            "desk": {"name": "办理", "amount": 3, "unit": "working_days", "starts": "arrival", "ours": True},
        },
        "title": {
            "name": "称号",
            "number": "{code}-{year}-{seq:04}",
            "validity": None,
            "granted_on": "announcement.issued_on",
            "document_number": "announcement.document_number",
            "renewal": {"kind": "self_assessment", "opens": "renewal", **clause},
            "while_suspended": "held",
            **clause,
        },
        "criteria": {
            "table": "criteria",
            "form": "application",
            "relax": [{"clauses": ["XYZ-5"], "by": "city", **clause}],
        },
        "obligations": {
            "quarterly": {
                "name": "季报",
                "reporter": "holder",
                "schedule": "dates",
                "dates": ["03-15", "09-15"],
                "period": "report",
                "opens": "correction",
                "form": "report",
                "late_is_miss": True,
                "misses": [{"in_a_row": 2, "sanction": "false_data", **clause}],
                **clause,
            }
        },
        "sanctions": {
            "false_data": {
                "name": "虚假",
                "ground": "弄虚作假",
                "decided_by": "authority",
                "effect": "revoke",
                "ban": {"period": "renewal", "may_be_longer": True, **clause},
                "on_recommender": {"effect": "suspended", "until": "next_year", **clause},
                "hearing": "correction",
                **clause,
            }
        },
        "batches": {
            "one_application": True, "open_to": "130600", "a_year": 1,
            "quotas": {
                "at": ["review.pass"],
                "groups": {"far": {"name": "单列", "regions": ["130682"], "when": "far == true", "exempt": True},
                           "all": {"name": "各市", "tier": "city", "kinds": ["city"], "per": "kind"}},
                "form": "application", **clause,
            },
            **clause,
        },
        "evaluation": {
            "every": "year",
            "grades": ["A", "B", "C"],
            "runs": [{"grade": "A", "in_a_row": 2, "effect": "observation", **clause}],
            **clause,
        },
        "appointments": {"period": "correction", "overdue_to": "city", "handled_by": ["accepted"], **clause},
        "publication": {
            "period": "correction",
            "columns": ["name"],
            "contact": "请书面反映",
            "objections": {"real_name": True, "evidence": True, "contact": True, "otherwise": "refused"},
            **clause,
        },
        "expert_review": {
            "experts": 5, "quorum": 3, "drop_highest": 1, "drop_lowest": 1, "sheet": "scoring", "period": "desk",
            **clause,
        },
        "ask": {"D1": {"question": "首日计入吗？", "answer": "不计入", "why": "从宽", "set": "periods.report.roll"}},
    }


def test_a_programme_that_uses_everything_is_taken() -> None:
    assert [error.message for error in PROGRAMME.iter_errors(programme())] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("processes/*/programme.yaml")), ids=lambda path: path.parent.name)
def test_every_shipped_programme_is_taken(path: Path) -> None:
    loader = type(
        "Plain", (yaml.SafeLoader,), {"yaml_implicit_resolvers": dict(yaml.SafeLoader.yaml_implicit_resolvers)}
    )
    for first, resolvers in loader.yaml_implicit_resolvers.items():
        loader.yaml_implicit_resolvers[first] = [pair for pair in resolvers if not pair[0].endswith("timestamp")]
    written = yaml.load(path.read_text(), loader)

    assert [error.message for error in PROGRAMME.iter_errors(written)] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("periods", "desk", "amount"), 0),
        (("periods", "desk", "amount"), -1),
        (("periods", "desk", "amount"), 2.5),
        (("periods", "desk", "amount"), "five"),
        (("periods", "desk", "amount"), 3661),
        (("periods", "desk", "unit"), "weeks"),
        (("periods", "desk", "starts"), "tomorrow"),
        (("periods", "desk", "starts"), "form:"),
        (("periods", "desk", "ours"), False),
        (("periods", "desk", "colour"), "red"),
        (("periods", "report", "amount"), 315),
        (("periods", "report", "amount"), "3-15"),
        (("periods", "report", "amount"), "13-01"),
        (("periods", "monthly", "amount"), 32),
        (("periods", "monthly", "before"), True),
        (("periods", "correction", "end_of_day"), "25:00"),
        (("periods", "correction", "roll"), "back"),
        (("periods", "correction", "clause"), "Article 7"),
        (("periods", "correction", "remind"), [-1]),
        (("periods", "correction", "remind"), [{"before": 1, "after": 1}]),
        (("periods", "correction", "remind"), [{"after": 0}]),
        (("periods", "correction", "remind"), [{"after": 1, "level": "shout"}]),
        (("reminders",), {"ladder": [1]}),
        (("reminders",), {"ladder": [1], "ours": True, "at": "8:30"}),
        (("reminders",), {"at": "08:30", "ours": True}),
        (("periods", "Correction"), {}),
        (("programme", "key"), "Sample Programme"),
        (("programme", "code"), "x"),
        (("programme", "authority", "region"), 130600),
        (("programme", "effective", "from"), "2026-1-1"),
        (("tiers",), []),
        (("tiers",), ["city", "city"]),
        (("tiers",), ["village"]),
        (("actors", "boss"), {"name": "x", "found_by": "case"}),
        (("actors", "city", "found_by"), "luck"),
        (("title", "granted_on"), "issued_on"),
        (("title", "renewal", "kind"), "automatic"),
        (("obligations", "quarterly", "misses", 0, "in_a_row"), 0),
        (("sanctions", "false_data", "effect"), "forget"),
        (("sanctions", "false_data", "ban"), {"years": 2}),
        (("batches", "a_year"), 0),
        (("publication", "objections"), {"real_name": True}),
        (("expert_review", "quorum"), 0),
        (("ask", "first"), {"question": "x", "answer": "y", "why": "z"}),
        (("secret",), 1),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_at_its_place(place: tuple, value: object) -> None:
    written = deepcopy(programme())
    target: Any = written
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value

    errors = list(PROGRAMME.iter_errors(written))

    assert errors
    assert all(list(place[: len(error.absolute_path)]) == list(error.absolute_path)[: len(place)] for error in errors)


@pytest.mark.parametrize("part", ["programme", "tiers", "actors", "periods", "title", "batches", "publication"])
def test_a_programme_has_its_parts(part: str) -> None:
    written = programme()
    del written[part]

    assert not PROGRAMME.is_valid(written)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_unknown_keys_are_refused_everywhere(path: Path) -> None:
    for part in _objects(json.loads(path.read_text())):
        if "properties" in part and part.get("type") == "object":
            assert part.get("additionalProperties") is False, part.get("title")


def test_every_leaf_of_a_programme_tells_a_designer_what_to_write() -> None:
    silent = [
        part.get("title")
        for part in _objects(PROGRAMME.schema)
        if part.get("type") in ("string", "integer", "number", "boolean") and not part.get("description")
    ]

    assert silent == []


OTHERS = {
    "clauses": (
        {"XYZ-7.1": {"says": "资产达到规定数额。", "carried_by": ["criteria", "forms.application.assets"]}},
        [{}, {"7.1": {"says": "x", "later": "y"}}, {"XYZ-7": {"says": "x"}}, {"XYZ-7": {"carried_by": ["a"]}}],
    ),
    "materials": (
        {
            "lists": {
                "application": {
                    "name": "申报材料",
                    "form": "application",
                    "clause": "XYZ-11",
                    "items": [{"number": 1, "name": "执照", "required": "always"}],
                }
            }
        },
        [
            {"lists": {}},
            {"lists": {"a": {"name": "x", "clause": "XYZ-1",
                              "items": [{"number": 1, "name": "y", "required": "when"}]}}},
        ],
    ),
    "tables": (
        {"tables": {"summary": {"name": "汇总表", "columns": [{"key": "no", "heading": "序号", "from": "number"}]}}},
        [
            {"tables": {"s": {"name": "x", "columns": []}}},
            {"tables": {"s": {"name": "x", "columns": [{"key": "a", "heading": "b", "from": "c()"}]}}},
        ],
    ),
    "scoring": (
        {
            "sheets": {
                "review": {
                    "name": "评分表",
                    "total": 100,
                    "pass_at": 60,
                    "items": [{"key": "team", "name": "团队", "most": 20}],
                }
            }
        },
        [
            {"sheets": {"r": {"name": "x", "total": -1, "items": []}}},
            {"sheets": {"r": {"name": "x", "total": 1, "items": [{"key": "a"}]}}},
        ],
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_files_have_their_schemas(name: str) -> None:
    good, bad = OTHERS[name]
    schema = validator(f"processes/schema/{name}.json")

    assert [error.message for error in schema.iter_errors(good)] == []
    assert [value for value in bad if schema.is_valid(value)] == []


def _objects(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in _objects(inner))]
    return [part for inner in value for part in _objects(inner)] if isinstance(value, list) else []
