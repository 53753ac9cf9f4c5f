"""YAML and JSON of a programme are read as typed, and nothing in them can hurt."""

import pytest

from app.programmes.reading import MAX_BYTES, MAX_DEPTH, Unreadable, read_json, read_yaml


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12:30", "12:30"),
        ("2026-03-01", "2026-03-01"),
        ("010", "010"),
        ("1e5", "1e5"),
        ("on", "on"),
        ("no", False),
        ("yes", True),
        ("true", True),
        ("150", 150),
        ("-3", -3),
        ("0.5", 0.5),
        ("~", None),
        ("", None),
        ('"130600"', "130600"),
    ],
)
def test_a_value_is_what_a_designer_typed(typed, value):
    assert read_yaml(f"a: {typed}".encode()) == {"a": value}


def test_on_is_a_key_like_any_other():
    assert read_yaml(b"on: 2026-09-28 10:00") == {"on": "2026-09-28 10:00"}


def test_a_byte_order_mark_is_dropped():
    assert read_yaml(b"\xef\xbb\xbfa: 1") == {"a": 1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: &x [1]\nb: *x", "别名"),
        (b"a: &x [1]", "锚点"),
        (b"a: !!python/object:os.system x", "标签"),
        (b"a: !!float abc", "标签"),
        (b"a: 1\na: 2", "“a”重复"),
        (b"1: 2", "键只能是文字"),
        (b"? [a]\n: 2", "键只能是文字"),
        (b"a: 1\n---\nb: 1", "一份内容"),
        (b"a:\n\tb: 1", "制表符"),
        (b"a: b: c", "冒号"),
        (b"a: {b: 1", "成对"),
        (b'a: "\\ud800"', "无法保存"),
        (b"a: \x07", "控制字符"),
        (b"a: \x00", "空字符"),
        ("文字: 值".encode("gb18030"), "UTF-8"),
        ("a: 1".encode("utf-16"), "UTF-8"),
        (b"[" * 100_000, "嵌套"),
        (b"- 1\n" * 30_000, "项"),
        (b"a" * (MAX_BYTES + 1), "KB"),
    ],
)
def test_what_could_hurt_is_refused_with_its_reason(data, said):
    with pytest.raises(Unreadable, match=said):
        read_yaml(data)


def test_a_fault_is_told_with_its_line():
    with pytest.raises(Unreadable, match="第 3 行"):
        read_yaml(b"a: 1\nb: 2\na: 3\n")


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH])
def test_nesting_up_to_the_limit_is_read(depth):
    assert read_yaml(b"[" * depth + b"]" * depth) is not None


def test_nesting_over_the_limit_is_refused():
    with pytest.raises(Unreadable, match="嵌套"):
        read_yaml(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "JSON"),
        (b'{"a": 1, "a": 2}', "重复"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "超出范围"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "太长"),
        (b'{"a": "\\ud800"}', "无法保存"),
        (b"[" * 100_000, "嵌套"),
    ],
)
def test_json_that_could_hurt_is_refused(data, said):
    with pytest.raises(Unreadable, match=said):
        read_json(data)


def test_json_is_read_as_it_is():
    assert read_json('{"名": ["😀", 1, null]}'.encode()) == {"名": ["😀", 1, None]}
