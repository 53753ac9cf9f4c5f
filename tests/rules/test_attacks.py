"""What is tried against an evaluator: none of it may even be read, and what is read may not cost time or memory."""

from contextlib import suppress

import pytest

from app.errors import Invalid
from app.rules import parse
from app.rules.cells import read_test
from tests.rules.timing import at_most

ATTACKS = [
    '__import__("os").system("id")',
    "__builtins__",
    "().__class__.__base__.__subclasses__()",
    "score.__class__",
    "kind.format(score)",
    '"{0.__class__}".format(score)',
    '"%s" % score',
    '"%99999999d" % score',
    'f"{score}"',
    'f"{score.__class__}"',
    '"a".center(1000000000)',
    'score.pop("x")',
    "score[0]",
    'score["x"]',
    "[1, 2][0]",
    "score[0:9]",
    "[x for x in score]",
    "{x for x in score}",
    "{x: 1 for x in score}",
    "(x for x in score)",
    "sum(range(1000000000))",
    "range(9)",
    "len(kind)",
    "abs(-1)",
    "round(1, -99999999)",
    'int("9" * 99)',
    'Decimal("1e99999999")',
    'getattr(score, "x")',
    'getattr(score, "__cl" + "ass__")',
    'eval("1")',
    'exec("1")',
    'open("/etc/passwd")',
    'compile("1", "", "eval")',
    "globals()",
    "vars()",
    "lambda: 1",
    "(lambda: 1)()",
    "x := 1",
    "(x := 1)",
    "x = y = 1",
    "score ** 9",
    "9**9**9",
    "9 ** 9 ** 8",
    "2 << 99",
    "1 >> 1",
    "5 // 2",
    "5 % 2",
    "~1",
    "1 & 1",
    "1 | 1",
    "1 ^ 1",
    "+1",
    "1 if sealed else 2",
    "if true then 1 else 2",
    "score is null",
    '"a" * 1000000000',
    '"a" + "b"',
    '1000000000 * "a"',
    "[0] * 1000000000",
    "(1, 2)",
    "()",
    "[]",
    "{}",
    "*score",
    "**score",
    "yield score",
    "await score",
    "import os",
    "score; score",
    "score\\\nscore",
    "score # note",
    "score // note",
    "@score",
    "$score",
    "${score}",
    "{{ score }}",
    "`id`",
    "1_000",
    "0x10",
    "0b1",
    "0o7",
    "1j",
    "1e9",
    "1e400",
    ".5",
    "5.",
    "1..2",
    "NaN()",
    "b'x'",
    "r'\\d'",
    "u'x'",
    "'\\x41'",
    '"\\u0041"',
    '"\\N{DIGIT ONE}"',
    '"""x"""',
    "...",
    "score -> 1",
    "score <> 1",
    "score => 1",
    "for x in score return x",
    "some x in score satisfies x",
    "every x in score satisfies x",
    "function(x) x",
    "score instance of number",
    "score between 1 and 2",
    "date(score)",
    'date("2026-01-01").year',
    'date("2026-01-01", 1)',
    'time("10:00:00")',
    'duration("P1D")',
    "now()",
    "today()",
]

TRICKS = {
    "full-width letters": "ｓｃｏｒｅ = 1",
    "mathematical letters": "𝐬𝐜𝐨𝐫𝐞 = 1",
    "ligature": "ﬁeld = 1",
    "Cyrillic look-alike": "sсore = 1",
    "Greek look-alike": "scοre = 1",
    "full-width dunder": "＿＿class＿＿",
    "full-width dot": "score．kind",
    "full-width parentheses": "len（kind）",
    "full-width digits": "score = ８０",
    "Arabic digits": "score = ٨٠",
    "superscript": "score = 8²",
    "circled digit": "score = ①",
    "Roman numeral": "Ⅳ = 4",
    "compatibility ideograph": "\uf900 = 1",
    "combining mark": "score\u0301 = 1",
    "zero-width space": "sco\u200bre = 1",
    "zero-width joiner": "sco\u200dre = 1",
    "byte order mark": "\ufeffscore = 1",
    "no-break space": "score\u00a0= 1",
    "ideographic space": "score\u3000= 1",
    "right-to-left override": "\u202escore = 1",
    "override inside a text": 'kind = "a\u202eb"',
    "line separator": "score\u2028= 1",
    "form feed": "score\f= 1",
    "NUL": "score\x00",
    "NUL inside a text": 'kind = "a\x00b"',
    "newline inside a text": 'kind = "a\nb"',
    "lone surrogate": "\ud800",
    "lone surrogate inside a text": 'kind = "\ud800"',
    "double underscore": "a__b",
    "dunder": "__class__",
    "leading underscore": "_score",
    "emoji": "🙂 = 1",
    "minus sign that isn't": "score − 1",
    "dash": "score – 1",
    "division sign": "score ÷ 2",
    "times sign": "score × 2",
    "Greek question mark": "score\u037e",
}


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_refused_while_reading(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


@pytest.mark.parametrize("text", TRICKS.values(), ids=TRICKS.keys())
def test_no_look_alike_turns_into_an_allowed_construct(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


@pytest.mark.parametrize("text", ["ｓｃｏｒｅ", "sсore", "＿＿class＿＿"])
def test_the_message_names_the_character_at_fault(text: str) -> None:
    with pytest.raises(Invalid, match="个字符"):
        parse(text)


@pytest.mark.parametrize("text", [*ATTACKS, *TRICKS.values()])
def test_an_attack_in_a_table_cell_is_refused_too(text: str) -> None:
    with pytest.raises(Invalid):
        read_test(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500,
        "not " * 125,
        "-" * 500,
        "((" * 120 + "1" + "))" * 120,
        "1+" * 249 + "1",
        "1/" * 249 + "1",
        "1/7/" * 120 + "1",
        "true and " * 55 + "true",
        '"' + "a" * 498 + '"',
        '"' * 500,
        "'\"" * 250,
        '"\\' * 250,
        "a" * 500,
        "9" * 500,
        "x in (" + "1," * 240 + "1)",
        "999999999999999*" * 31 + "1",
        "0.0000000001*" * 38 + "1",
        "date(" * 100,
        '@"' * 250,
    ],
)
def test_nothing_of_500_characters_takes_long(text: str) -> None:
    with at_most(0.05), suppress(Invalid):
        parse(text).evaluate({"x": 1, "a" * 500: 1})
