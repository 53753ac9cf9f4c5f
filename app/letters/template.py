"""Fields of a template: which there are, whether they are known, and putting values in their place.

Word cuts a line of text into pieces as it likes, so a field may begin in one piece and end in another: a paragraph is
read as one text and the value goes where the field began, in that piece's looks.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.errors import Invalid
from app.letters import package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
NUMBER = "序号"
NONE = "—"
LONGEST_VALUE = 20_000
MOST_ITEMS = 5_000

Value = str | Sequence[Mapping[str, str]]

_NAME = r"[0-9A-Za-z_/\u4e00-\u9fff]{1,60}"
_FIELD = re.compile(rf"(?<!\{{)\{{\{{[ \u3000]*({_NAME})(?:\.({_NAME}))?[ \u3000]*\}}\}}(?!\}})")
_STRANGE = (
    (re.compile(r"\{%|%\}"), "模板语句（{% … %}）"),
    (re.compile(r"\{#|#\}"), "模板注释（{# … #}）"),
    (re.compile(r"\$\{|#\{|<%|%>|\{\{\{|\}\}\}"), "其他模板的写法"),
    (re.compile(r"\{\{|\}\}"), "写法不对的字段"),
    (re.compile(r"[«»]"), "邮件合并域"),
)
_CODES = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_ACTING = {
    "altChunk": "嵌入的外部文档", "object": "嵌入对象", "control": "控件", "subDoc": "子文档", "ins": "修订",
    "del": "修订", "moveFrom": "修订", "moveTo": "修订", "commentReference": "批注", "dataBinding": "数据绑定",
    "script": "脚本", "pict": "旧式图形", "movie": "影像",
}
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a template: where, what, and what to do."""

    place: str
    words: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}：{self.words}{self.remedy}"


def fields(template: bytes) -> frozenset[str]:
    """The names of a template's fields; one of a repeated row as "list.column". Raises package.Unfit."""
    parts = package.opened(template)
    found = set()
    for name in package.texts(parts):
        for paragraph in package.tree(name, parts[name]).iter(f"{W}p"):
            found |= {_full(match) for match in _FIELD.finditer(_text(paragraph))}
    return frozenset(found)


def check(template: bytes, known: Collection[str]) -> list[Problem]:
    """Everything that keeps a template from being used, place by place; `known` are the fields that will have values,
    those of lists as "list.column". Nothing in the file makes it raise.
    """
    try:
        parts = package.opened(template)
        trees = {name: package.tree(name, parts[name]) for name in package.texts(parts)}
        rest = {name: package.tree(name, content) for name, content in parts.items()
                if name.endswith(".xml") and name not in trees}
    except package.Unfit as unfit:
        return [Problem("整个文件", str(unfit), "")]
    found: list[Problem] = []
    for name, root in trees.items():
        found += _acting(name, root)
        for place, paragraph in _placed(name, root):
            found += _wrong_text(place, paragraph)
            found += _wrong_fields(place, paragraph, known)
    for name, root in rest.items():
        if name.startswith(("word/footnotes", "word/endnotes")) and "{{" in "".join(root.itertext()):
            found.append(Problem("脚注或尾注", "脚注、尾注中的字段不会填写。", "请移到正文中。"))
    return list(dict.fromkeys(found))


def fill(template: bytes, values: Mapping[str, Value]) -> bytes:
    """The letter: the template with every field replaced. The same template and values give the same bytes.

    A value is text (a line break starts a new line), or for a repeated row a list of mappings column -> text. An empty
    list leaves one row of dashes. Raises Invalid for a template that `check` refuses or a field without a value.
    """
    if problems := check(template, _names(values)):
        said = [str(problem) for problem in problems]
        raise Invalid({"letter": said}, f"文书模板不能使用：{said[0]}")
    parts = package.opened(template)
    for name in package.texts(parts):
        root = package.tree(name, parts[name])
        repeated = [paragraph for row in list(root.iter(f"{W}tr")) for paragraph in _repeat(row, values)]
        done = set(repeated)  # what a value brought in is never read as a field
        for paragraph in root.iter(f"{W}p"):
            if paragraph not in done:
                _replace(paragraph, values)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return package.packed(parts)


def _names(values: Mapping[str, Value]) -> set[str]:
    names = set()
    for name, value in values.items():
        if isinstance(value, str):
            names.add(name)
        elif value:
            names |= {f"{name}.{column}" for item in value for column in item} | {f"{name}.{NUMBER}"}
        else:
            names.add(f"{name}.*")
    return names


def _acting(name: str, root: etree._Element) -> Iterator[Problem]:
    place = _part(name)
    for element in root.iter(etree.Element):
        tag = etree.QName(element).localname
        if tag in _ACTING:
            yield Problem(place, f"含有{_ACTING[tag]}，不能用作模板。", "请删去；有修订的请先接受或拒绝全部修订。")
        elif tag in ("fldSimple", "instrText"):
            code = (element.get(f"{W}instr") or element.text or "").strip()
            word = code.split(" ")[0].upper()
            if word and word not in _CODES:
                yield Problem(place, f"含有 Word 域“{code[:40]}”。", "只能使用页码；请改为文字或 {{字段}}。")


def _wrong_text(place: str, paragraph: etree._Element) -> Iterator[Problem]:
    rest = _FIELD.sub("", _text(paragraph))
    for pattern, kind in _STRANGE:
        if hit := pattern.search(rest):
            shown = rest[max(0, hit.start() - 6) : hit.end() + 14].strip()
            yield Problem(place, f"有{kind}：“{shown}”。", "模板中只能写 {{字段名}}，字段名不含空格、运算和标点。")
            return


def _wrong_fields(place: str, paragraph: etree._Element, known: Collection[str]) -> Iterator[Problem]:
    row = next(paragraph.iterancestors(f"{W}tr"), None)
    lists = _lists_of(row) if row is not None else set()
    if len(lists) > 1:
        several = "、".join(sorted(lists))
        yield Problem(place, f"同一行用了 {len(lists)} 个列表（{several}）。", "一行只能重复一个列表。")
    for match in _FIELD.finditer(_text(paragraph)):
        full = _full(match)
        if match[2] and row is None:
            yield Problem(place, f"列表字段“{full}”不在表格的行中。", "列表只能写在表格的一行里，按项重复。")
        elif not (full in known or (match[2] and f"{match[1]}.*" in known)):
            shown = "、".join(sorted(name for name in known if not name.endswith(".*")))
            yield Problem(place, f"没有名为“{full}”的字段。", f"可用：{shown or '无'}。")


def _placed(name: str, root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Each paragraph with where a person finds it: 正文第 3 段, 第 1 个表格第 2 行, 页眉."""
    tables = {table: number for number, table in enumerate(root.iter(f"{W}tbl"), 1)}
    number = 0
    for paragraph in root.iter(f"{W}p"):
        row = next(paragraph.iterancestors(f"{W}tr"), None)
        if row is not None:
            table = next(row.iterancestors(f"{W}tbl"))
            at = [child for child in table if child.tag == f"{W}tr"].index(row) + 1 if row in list(table) else 1
            yield f"{_part(name)}第 {tables[table]} 个表格第 {at} 行", paragraph
        else:
            number += 1
            yield f"{_part(name)}第 {number} 段", paragraph


def _part(name: str) -> str:
    if name == package.BODY:
        return "正文"
    return "页眉" if "header" in name else "页脚"


def _pieces(paragraph: etree._Element) -> list[etree._Element]:
    """The text pieces of a paragraph, without those of a text box in it."""
    return [piece for piece in paragraph.iter(f"{W}t") if next(piece.iterancestors(f"{W}p")) is paragraph]


def _text(paragraph: etree._Element) -> str:
    return "".join(piece.text or "" for piece in _pieces(paragraph))


def _full(match: re.Match[str]) -> str:
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


def _lists_of(row: etree._Element) -> set[str]:
    return {m[1] for p in row.iter(f"{W}p") for m in _FIELD.finditer(_text(p)) if m[2]}


def _repeat(row: etree._Element, values: Mapping[str, Value]) -> list[etree._Element]:
    """Repeat a row that names a list, and fill it; returns the paragraphs that are filled then."""
    lists, filled = _lists_of(row), []
    if not lists or row.getparent() is None:
        return filled
    name = lists.pop()
    items: Sequence[Mapping[str, str]] = values.get(name) or ()  # type: ignore[assignment]
    if len(items) > MOST_ITEMS:
        raise Invalid({"letter": [f"“{name}”有 {len(items)} 项，超过 {MOST_ITEMS} 项，请分成几份文书。"]})
    for number, item in enumerate(items, start=1):
        copy = deepcopy(row)
        row.addprevious(copy)
        own = {f"{name}.{column}": str(value) for column, value in item.items()}
        for paragraph in copy.iter(f"{W}p"):
            _replace(paragraph, {**values, f"{name}.{NUMBER}": str(number), **own}, blank=f"{name}.")
            filled.append(paragraph)
    if items:
        row.getparent().remove(row)
        return filled
    for paragraph in row.iter(f"{W}p"):
        _replace(paragraph, values, blank=f"{name}.", dash=NONE)
        filled.append(paragraph)
    return filled


def _replace(paragraph: etree._Element, values: Mapping[str, Any], *, blank: str = "", dash: str = "") -> None:
    """Put values in place of the fields of one paragraph, the last first, so that the places before stay right.

    A field that begins with `blank` and has no value becomes `dash`.
    """
    pieces = _pieces(paragraph)
    starts, text = [], ""
    for piece in pieces:
        starts.append(len(text))
        text += piece.text or ""
    for match in reversed(list(_FIELD.finditer(text))):
        full = _full(match)
        value = values.get(full)
        if value is None:
            value = dash if blank and full.startswith(blank) else ""
        _put(pieces, starts, match.start(), match.end(), _clean(str(value)))
    for piece in pieces:
        _break_lines(piece)


def _put(pieces: list[etree._Element], starts: list[int], start: int, end: int, value: str) -> None:
    for piece, begins in reversed(list(zip(pieces, starts, strict=True))):
        text = piece.text or ""
        ends = begins + len(text)
        if ends <= start or begins >= end:
            continue
        before, after = text[: max(0, start - begins)], text[max(0, end - begins) :]
        piece.text = before + (value if begins <= start else "") + after
        piece.set(XML_SPACE, "preserve")


def _clean(value: str) -> str:
    """A value fit for XML. A brace of a value is never read as a field again: each paragraph is replaced once."""
    return _ILLEGAL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_VALUE]


def _break_lines(piece: etree._Element) -> None:
    if "\n" not in (piece.text or ""):
        return
    lines = piece.text.split("\n")
    piece.text = lines[0]
    after = piece
    for line in lines[1:]:
        line_break, more = etree.Element(f"{W}br"), etree.Element(f"{W}t")
        more.text = line
        more.set(XML_SPACE, "preserve")
        after.addnext(line_break)
        line_break.addnext(more)
        after = more
