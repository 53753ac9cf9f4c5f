"""Files that pretend to be decision tables, and tables that say what can't be carried out."""

import random
import time

import pytest

from app.errors import Invalid
from app.rules import check_table, read_table
from tests.rules.drawing import MODEL, grade, table_xml

GOOD = table_xml((">= 60", '"A"'), ("< 60", '"B"'), inputs=["score"])


def altered(old: str, new: str) -> bytes:
    """The good file with one piece of text replaced."""
    text = GOOD.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def wrapped(inside: str) -> bytes:
    return f'<definitions xmlns="{MODEL}" id="d" name="n" namespace="x">{inside}</definitions>'.encode()


def test_a_table_as_the_editor_writes_it_is_read() -> None:
    table = read_table(GOOD)

    assert (table.id, table.name, table.kind, table.hit_policy) == ("decision", "测试表", "grade", "UNIQUE")
    assert table.names == {"score"}
    assert table.output_names == ("grade",)
    assert table.grade({"score": 60}) == {"grade": "A"}


@pytest.mark.parametrize("version", ["20151101/dmn.xsd", "20180521/MODEL/", "20191111/MODEL/", "20211108/MODEL/"])
def test_every_version_of_the_format_is_read(version: str) -> None:
    data = GOOD.replace(b"20191111/MODEL/", version.encode(), 1)

    assert read_table(data).grade({"score": 59}) == {"grade": "B"}


def test_without_a_hit_policy_a_table_is_unique() -> None:
    assert read_table(altered(' hitPolicy="UNIQUE"', "")).hit_policy == "UNIQUE"


def test_comments_and_processing_instructions_leave_no_trace() -> None:
    data = altered("&gt;= 60", "&gt;=<!-- 70 -->&#32;<?php echo 1 ?>60")

    assert read_table(data).grade({"score": 60}) == {"grade": "A"}


BILLION_LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True))
    + f"]>{wrapped('&i;').decode()}"
).encode()

HOSTILE = {
    "empty": b"",
    "text": b"score >= 60",
    "no XML": b"<definitions",
    "NUL": GOOD.replace(b"60", b"6\x000", 1),
    "latin bytes": GOOD.replace("测试表".encode(), b"\xff\xfe\xfa"),
    "unknown encoding": b'<?xml version="1.0" encoding="utf-99"?><a/>',
    "HTML": b"<!doctype html><html></html>",
    "BPMN": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    "no namespace": b"<definitions><decision/></definitions>",
    "DOCTYPE": b"<!DOCTYPE definitions>" + wrapped("").strip(),
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + wrapped("&x;"),
    "external DTD": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">' + wrapped(""),
    "parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>' + wrapped(""),
    "billion laughs": BILLION_LAUGHS,
    "quadratic": b'<!DOCTYPE d [<!ENTITY a "' + b"a" * 50_000 + b'">]>' + wrapped("&a;" * 10_000),
    "UTF-16 DOCTYPE": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d><d/>'.encode("utf-16"),
    "deep": b"<a>" * 100_000,
    "deep and closed": wrapped("<a>" * 3_000 + "</a>" * 3_000),
    "long attribute": wrapped(f'<decision name="{"x" * 1_500_000}"/>'),
    "over 2 MB": GOOD + b" " * (2 * 1024 * 1024),
    "XInclude": wrapped('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
    "no decision": wrapped(""),
    "two decisions": altered("</decision>", '</decision><decision id="other"/>'),
    "no table": wrapped('<decision id="d"/>'),
    "two tables": altered("</decision>", "<decisionTable/></decision>"),
    "literal expression": wrapped('<decision id="d"><literalExpression><text>1</text></literalExpression></decision>'),
    "function": altered("</definitions>", "<businessKnowledgeModel/></definitions>"),
    "import": altered("</definitions>", '<import namespace="x"/></definitions>'),
    "Python cells": altered('<inputEntry id="c0_0">', '<inputEntry id="c0_0" expressionLanguage="python">'),
    "JavaScript head": altered(
        '<inputExpression id="e0">', '<inputExpression id="e0" expressionLanguage="javascript">'
    ),
    "elements in a cell": altered("&gt;= 60", "<b>60</b>"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_at_once(data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid) as caught:
        read_table(data)

    assert time.monotonic() - began < 2
    assert "passwd" not in caught.value.message
    assert "root:" not in caught.value.message


@pytest.mark.parametrize("data", [None, "text", 5])
def test_what_is_no_file_is_refused(data: object) -> None:
    with pytest.raises(Invalid):
        read_table(data)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE definitions>",
        '<!DOCTYPE definitions SYSTEM "x.dtd">',
        '<!DOCTYPE definitions [<!ENTITY sixty "60">]>',
        '<!DOCTYPE definitions PUBLIC "-//X//Y" "http://127.0.0.1:1/x.dtd" []>',
    ],
)
def test_a_good_table_with_a_doctype_is_refused_for_it(doctype: str) -> None:
    with pytest.raises(Invalid, match="DOCTYPE"):
        read_table(altered("<definitions", f"{doctype}<definitions"))


def test_a_file_cut_anywhere_never_gives_a_trace() -> None:
    for place in range(0, len(GOOD), 7):
        for data in (GOOD[:place], GOOD[place:], GOOD[:place] + b"\xff<" + GOOD[place:]):
            try:
                check_table(read_table(data))
            except Invalid:
                continue


@pytest.mark.parametrize("seed", range(4))
def test_a_file_damaged_at_random_gives_an_answer_or_a_clean_error(seed: int) -> None:
    chance = random.Random(seed)
    scraps = [
        b'"',
        b"<",
        b"..",
        b"(",
        b"not(",
        b"-",
        b"9" * 20,
        b"null",
        b"1/0",
        b"<text>",
        b"true",
        "得".encode(),
        b"\xff",
    ]

    for _ in range(400):
        data = bytearray(GOOD)
        place = chance.randrange(GOOD.index(b"<decision"), len(GOOD))
        data[place : place + chance.choice((0, 1, 5, 40))] = chance.choice(scraps)
        try:
            table = read_table(bytes(data))
            assert all(str(problem) for problem in check_table(table))
            assert table.grade({"score": chance.choice((5, 60, None, "x"))})
        except Invalid:
            continue


def test_500_rows_are_read_and_501_are_not() -> None:
    rows = [(f"{number}", '"A"') for number in range(501)]
    assert len(read_table(table_xml(*rows[:500], inputs=["score"])).rows) == 500

    with pytest.raises(Invalid, match="500"):
        read_table(table_xml(*rows, inputs=["score"]))


def test_40_columns_are_read_and_41_are_not() -> None:
    assert len(read_table(table_xml(inputs=[f"x{place}" for place in range(39)])).columns) == 39

    with pytest.raises(Invalid, match="40"):
        read_table(table_xml(inputs=[f"x{place}" for place in range(40)]))


@pytest.mark.parametrize("policy", ["FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_a_grade_table_with_another_hit_policy_is_a_problem_and_not_used(policy: str) -> None:
    table = read_table(table_xml(("-", '"A"'), inputs=["score"], policy=policy))

    assert [problem for problem in check_table(table) if policy in problem.message]
    with pytest.raises(Invalid, match="不能使用"):
        table.grade({"score": 1})


def test_an_aggregation_is_a_problem() -> None:
    table = read_table(table_xml(("-", "1"), inputs=["score"], policy="COLLECT", extra=' aggregation="SUM"'))

    assert "SUM" in check_table(table)[0].message


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [("六十", "score", '"六十"'), (">= x", "score", "没有加引号"), ('"A"', "score", "类型不符")],
)
def test_a_bad_cell_is_told_with_row_and_column(cell: str, column: str, said: str) -> None:
    problems = check_table(grade((">= 60", '"A"'), (cell, '"B"')))

    assert [(problem.row, problem.column) for problem in problems] == [(2, column)]
    assert said in problems[0].message
    assert str(problems[0]).startswith("第 2 行")


def test_every_bad_cell_is_told_at_once() -> None:
    problems = check_table(grade(("一", "A"), ("二", "B"), ("三", "C")))

    assert [(problem.row, problem.column) for problem in problems] == [
        *((1, "score"), (1, "grade"), (2, "score"), (2, "grade"), (3, "score"), (3, "grade"))
    ]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([""], "列头"),
        (["score >="], "列头"),
        (["f(score)"], "列头"),
        ([("score", "context")], "类型"),
        ([("score", "string", "甲,乙")], "允许的取值"),
        (["5"], "常量"),
        ([], "没有输入列"),
    ],
)
def test_a_bad_head_is_told(inputs: list[str], said: str) -> None:
    problems = check_table(read_table(table_xml(tuple(["-"] * len(inputs) + ['"A"']), inputs=inputs)))

    assert any(said in problem.message for problem in problems)


@pytest.mark.parametrize(("outputs", "said"), [([], "没有输出列"), ([""], "没有名称"), (["a", "a"], "同名")])
def test_bad_outputs_are_told(outputs: list[str], said: str) -> None:
    row = tuple(["-"] + ['"A"'] * len(outputs))
    problems = check_table(read_table(table_xml(row, inputs=["score"], outputs=outputs)))

    assert any(said in problem.message for problem in problems)


def test_a_row_with_too_few_cells_is_told() -> None:
    problems = check_table(read_table(table_xml(("-",), inputs=["score"])))

    assert problems[0].row == 1
    assert "格子数" in problems[0].message


def test_a_table_without_rows_is_told() -> None:
    assert "没有一行" in check_table(read_table(table_xml(inputs=["score"])))[0].message


def test_a_name_that_nobody_provides_is_told() -> None:
    problems = check_table(grade(("-", '"A"')), names={"points"})

    assert "score" in problems[0].message
    assert not check_table(grade(("-", '"A"')), names={"score", "points"})
