"""Every number of a decision table or a scoring sheet, written a unit more or a unit less, makes a boundary case fail.

So does every period by which the criteria look back. The cases are those of the tests of each programme's criteria and
those below, written from the clauses. A new number that no case tells fails here.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import pytest
import yaml
from lxml import etree

from app.errors import Invalid
from app.experts import reviews
from app.programmes import package, sheets
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from app.rules.tokens import cut
from tests.processes import (
    test_hebei_criteria,
    test_hubei_criteria,
    test_library_criteria,
    test_national_criteria,
)
from tests.processes.judging import PROCESSES, shipped
from tests.programmes import test_criteria as test_baoding_criteria

CRITERIA = {
    cases.JUDGED.key: cases for cases in (
        test_baoding_criteria, test_hebei_criteria, test_hubei_criteria, test_library_criteria, test_national_criteria,
    )
}
GRADES = {
    ("hebei-institution", "grade"): {"100": "A", "85": "A", "84.99": "B", "60": "B", "59.99": "C", "0": "C"},
    ("hebei-library", "grade"): {"100": "合格", "60": "合格", "59.99": "不合格", "0": "不合格"},
}
"""HBI-17.2, HBL-12.1: the grade of a score at each bound and a hundredth below."""
SHEETS = {
    ("hebei-institution", "scoring"): {
        "premises": 8, "assets": 8, "team": 14, "direction": 12, "systems": 10, "served": 14, "benefit": 10,
        "reputation": 8, "innovation": 10, "cases": 6,
    },
}
"""HBI-8.3: the most points of each item of the experts' sheet, a hundred together, in halves."""
HALF = Decimal("0.5")
TABLE = "{*}decision/{*}decisionTable"


class Number(NamedTuple):
    """A number as it is written in a decision table: in which of its texts, and where in that."""

    text: int
    start: int
    end: int
    written: str


def numbers(xml: bytes) -> Iterator[Number]:
    """The numbers of heads and cells, also those in the expression of a figure; what else stands in quotes is words."""
    table = etree.fromstring(xml).find(TABLE)
    figure = [output.get("name") for output in table.findall("{*}output")].index("figure") if _collects(table) else -1
    for place, text in enumerate(table.iterfind(".//{*}text")):
        said, quoted = text.text or "", 0
        entry = text.getparent()
        if etree.QName(entry).localname == "outputEntry" and _place(entry) == figure:
            said, quoted = said.strip()[1:-1], (text.text or "").index('"') + 1
        for token in cut(said):
            if type(token.value) in (int, Decimal):
                yield Number(place, quoted + token.start, quoted + token.end, said[token.start:token.end])


def with_number(xml: bytes, at: Number, new: str) -> bytes:
    """The table with one of its numbers written otherwise."""
    root = etree.fromstring(xml)
    text = list(root.find(TABLE).iterfind(".//{*}text"))[at.text]
    text.text = text.text[:at.start] + new + text.text[at.end:]
    return etree.tostring(root)


def label_of(xml: bytes, at: Number) -> str:
    """The name of the condition in whose row a number stands; "" outside the rows."""
    table = etree.fromstring(xml).find(TABLE)
    row = next(iter(list(table.iterfind(".//{*}text"))[at.text].iterancestors("{*}rule")), None)
    names = [output.get("name") for output in table.findall("{*}output")]
    return "" if row is None else row.findall("{*}outputEntry")[names.index("label")].findtext("{*}text").strip('"')


def _collects(table: etree._Element) -> bool:
    return table.get("hitPolicy") == "COLLECT"


def _place(entry: etree._Element) -> int:
    return entry.getparent().findall("{*}outputEntry").index(entry)


def one_off(written: str) -> tuple[str, str]:
    """A number a unit of its last place more, and a unit less."""
    number = Decimal(written)
    unit = Decimal(1).scaleb(number.as_tuple().exponent)
    return str(number + unit), str(number - unit)


def judged_otherwise(key: str, programme: Programme, *, label: str = "") -> bool:
    """Whether a case of a programme's criteria comes out otherwise by other files: one that names a condition, or names
    none; of all cases where no condition is given."""
    cases = CRITERIA[key]
    return any(
        cases.JUDGED.not_met(changes, programme=programme) != labels
        for changes, labels in (case.values for case in cases.CASES)
        if not label or not labels or label in labels
    )


def graded(programme: Programme, table: str, expected: Mapping[str, str]) -> bool:
    """Whether the scores get the grades that they should."""
    try:
        return all(
            programme.table(table).grade({"score": Decimal(score)})["grade"] == grade
            for score, grade in expected.items()
        )
    except Invalid:
        return False


def scored(programme: Programme, sheet: str, most: Mapping[str, int]) -> bool:
    """Whether the experts' form takes as many points an item as it should, in halves, and adds them up to its total."""
    full = {f"score_{key}": Decimal(points) for key, points in most.items()}
    form = programme.form("expert_score")
    return (
        {sheets.score_key(item) for item in programme.scoring[sheet].items} == set(full)
        and takes(programme, full)
        and form.values(form.load(_said(full), partial=True))[sheets.TOTAL] == sum(full.values())
        and f"满分 {sum(full.values())} 分" in form.definitions[-1].label
        and all(takes(programme, {**full, key: HALF}) for key in full)
        and not any(takes(programme, {**full, key: HALF / 2}) for key in full)
        and not any(takes(programme, {**full, key: points + HALF}) for key, points in full.items())
    )


def takes(programme: Programme, points: Mapping[str, Decimal]) -> bool:
    """Whether the experts' form takes these points, whatever else it asks for."""
    wrong = set()
    for read in (lambda: programme.form("expert_score").load(_said(points)), lambda: reviews.points(programme, points)):
        try:
            read()
        except Invalid as error:
            wrong |= set(error.fields)
    return not wrong & set(points)


def _said(points: Mapping[str, Decimal]) -> dict[str, str]:
    return {key: str(value) for key, value in points.items()}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where numbers stand in what a YAML file says."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, (*path, key))


def at(written: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        written = written[key]
    return written


def with_value(files: package.Files, file: str, path: Sequence[str | int], new: str) -> Programme:
    """The programme with one number of a YAML file written otherwise."""
    written = read_yaml(files[file])
    at(written, path[:-1])[path[-1]] = yaml.safe_load(new)
    return Programme({**files, file: yaml.safe_dump(written, allow_unicode=True).encode()})


PROGRAMMES = {path.parent.name: shipped(path.parent.name) for path in sorted(PROCESSES.glob("*/programme.yaml"))}
TABLES = [
    pytest.param(key, file.removesuffix(".dmn"), number, new, id=f"{key}-{file}-{number.text}-{number.written}-{new}")
    for key, programme in PROGRAMMES.items()
    for file in package.of_kind(programme.files, "table")
    for number in numbers(programme.files[file])
    for new in one_off(number.written)
]
YAML = [
    pytest.param(key, "scoring.yaml", path, new, id=f"{key}-{'.'.join(map(str, path))}-{new}")
    for key, programme in PROGRAMMES.items() if "scoring.yaml" in programme.files
    for written in [read_yaml(programme.files["scoring.yaml"])]
    for path in paths(written)
    for new in one_off(str(at(written, path)))
]
LOOKING_BACK = [
    pytest.param(key, name, new, id=f"{key}-{name}-{new}")
    for key, programme in PROGRAMMES.items()
    for name, rule in programme.periods.items() if rule.starts == "reference_day"
    for new in one_off(str(rule.period.amount))
]


@pytest.mark.parametrize(("programme", "table", "number", "new"), TABLES)
def test_a_number_of_a_decision_table_written_otherwise_is_noticed(programme, table, number, new):
    shipped_files, file = PROGRAMMES[programme].files, f"{table}.dmn"
    other = Programme({**shipped_files, file: with_number(shipped_files[file], number, new)})

    if table == PROGRAMMES[programme].settings.criteria.table:
        assert judged_otherwise(programme, other, label=label_of(shipped_files[file], number))
    else:
        assert not graded(other, table, GRADES[programme, table])


@pytest.mark.parametrize(("programme", "file", "path", "new"), YAML)
def test_a_number_of_a_scoring_sheet_written_otherwise_is_noticed(programme, file, path, new):
    sheet = path[1]

    assert not scored(with_value(PROGRAMMES[programme].files, file, path, new), sheet, SHEETS[programme, sheet])


@pytest.mark.parametrize(("programme", "period", "new"), LOOKING_BACK)
def test_a_period_by_which_the_criteria_look_back_written_otherwise_is_noticed(programme, period, new):
    path = ("periods", period, "amount")

    assert judged_otherwise(programme, with_value(PROGRAMMES[programme].files, "programme.yaml", path, new))


@pytest.mark.parametrize(("programme", "table"), GRADES)
def test_hbi_17_2_and_hbl_12_1_each_grade_begins_at_its_bound(programme, table):
    assert graded(PROGRAMMES[programme], table, GRADES[programme, table])


@pytest.mark.parametrize(("programme", "sheet"), SHEETS)
def test_hbi_8_3_the_sheet_takes_its_points_in_halves_a_hundred_together(programme, sheet):
    assert scored(PROGRAMMES[programme], sheet, SHEETS[programme, sheet])


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (">= 150", ["150"]), ("[60..85)", ["60", "85"]), ("not(3, 2.50)", ["3", "2.50"]), ("-5", ["5"]),
        ('"a 1","b"', []), ("true", []), ("-", []), ('date("2026-01-01")', []),
    ],
)
def test_the_numbers_of_a_cell_are_found(cell, found):
    drawn = _drawn(cell, '"served"')

    assert [number.written for number in numbers(drawn)] == found
    for number in numbers(drawn):
        assert f"<text>{escape(cell.replace(number.written, '7'))}</text>".encode() in with_number(drawn, number, "7")


def test_so_are_those_of_a_figure_and_none_of_its_name_or_clause():
    drawn = _drawn("true", '"share_2 * 100 - 12.5"')

    assert [number.written for number in numbers(drawn)] == ["100", "12.5"]
    assert b'"share_2 * 100 - 13"' in with_number(drawn, list(numbers(drawn))[1], "13")
    assert {label_of(drawn, number) for number in numbers(drawn)} == {"第 5 项"}


def test_a_number_that_no_case_tells_is_not_noticed():
    files = PROGRAMMES["hebei-institution"].files
    drawn = files["criteria.dmn"].replace(b"&gt;= 150", b"[150..9000]")

    def judged(drawn: bytes) -> bool:
        return judged_otherwise("hebei-institution", Programme({**files, "criteria.dmn": drawn}), label="服务场所")

    assert drawn != files["criteria.dmn"]
    assert [judged(drawn.replace(b"[150..", new)) for new in (b"[149..", b"[150..", b"[151..")] == [True, False, True]
    assert not any(judged(drawn.replace(b"9000]", new)) for new in (b"8999]", b"9001]"))


@pytest.mark.parametrize(
    ("written", "others"),
    [("150", ("151", "149")), ("0", ("1", "-1")), ("0.5", ("0.6", "0.4")), ("2.50", ("2.51", "2.49"))],
)
def test_a_unit_is_one_of_the_last_place(written, others):
    assert one_off(written) == others


def _drawn(cell: str, figure: str) -> bytes:
    """A criteria table of one row."""
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision>'
        '<decisionTable hitPolicy="COLLECT"><input><inputExpression><text>value</text></inputExpression></input>'
        '<output name="figure"/><output name="label"/><output name="clause"/>'
        f"<rule><inputEntry><text>{escape(cell)}</text></inputEntry><outputEntry><text>{figure}</text></outputEntry>"
        '<outputEntry><text>"第 5 项"</text></outputEntry><outputEntry><text>"HBI-6.4"</text></outputEntry></rule>'
        "</decisionTable></decision></definitions>"
    ).encode()
