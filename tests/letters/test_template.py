"""Letters from templates: fields, rows of lists, and everything else refused by name and place."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from app import formschema, letters
from app.certificates.queries import KNOWN as OF_CERTIFICATES
from app.errors import Invalid
from app.notices import fields
from tests.letters import making
from tests.letters.making import docx, paragraph, run, table, text

ROOT = Path(__file__).parent.parent.parent / "processes"
SHIPPED = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/letters/*.docx"))


def said(filled: bytes) -> str:
    """The letter's text, blocks apart by a slash, cells by a bar."""
    found = []
    for block in letters.read(filled):
        if isinstance(block, letters.Table):
            found += ["|".join("".join(p.text for p in cell) for cell in row) for row in block.rows]
        else:
            found.append(block.text)
    return "/".join(found)


def test_each_field_says_its_value():
    template = docx(text("致{{申报单位}}：{{ 日期 }}办结。"))

    assert letters.fields(template) == {"申报单位", "日期"}
    assert said(letters.fill(template, {"申报单位": "甲<乙>&丙", "日期": "2026年11月21日"})) == (
        "致甲<乙>&丙：2026年11月21日办结。"
    )


def test_a_field_that_word_cut_into_pieces_is_one_field():
    template = docx(paragraph(run("致{"), run("{申报"), run("单位}", bold=True), run("}：{{日期}}")))

    assert said(letters.fill(template, {"申报单位": "甲公司", "日期": "今日"})) == "致甲公司：今日"


def test_a_row_is_repeated_for_each_item_and_numbered():
    template = docx(table((1, 1, 1), ("序号", "栏目", "要求"), ("{{事项.序号}}", "{{事项.栏目}}", "{{事项.要求}}")))
    items = [{"栏目": "人员", "要求": "补证书"}, {"栏目": "报告", "要求": "补一年"}]

    assert letters.fields(template) == {"事项.序号", "事项.栏目", "事项.要求"}
    assert said(letters.fill(template, {"事项": items})) == "序号|栏目|要求/1|人员|补证书/2|报告|补一年"


def test_an_empty_list_leaves_a_row_of_dashes():
    template = docx(table((1, 1), ("序号", "栏目"), ("{{事项.序号}}", "{{事项.栏目}}")))

    assert said(letters.fill(template, {"事项": []})) == "序号|栏目/—|—"


def test_a_value_is_never_read_as_a_field():
    template = docx(text("{{甲}}与{{乙}}"), table((1,), ("头",), ("{{单.项}}{{乙}}",)))

    filled = letters.fill(template, {"甲": "{{乙}}", "乙": "B", "单": [{"项": "{{甲}}"}]})

    assert said(filled) == "{{乙}}与B/头/{{甲}}B"


def test_a_line_break_starts_a_line_and_control_characters_go():
    filled = letters.fill(docx(text("{{甲}}")), {"甲": "一\r\n二\x00\x0b"})

    assert said(filled) == "一\n二"


def test_the_same_values_give_the_same_bytes():
    template = docx(text("{{甲}}"))

    assert letters.fill(template, {"甲": "一"}) == letters.fill(template, {"甲": "一"})


def test_a_field_without_a_value_is_named_and_nothing_is_written():
    with pytest.raises(Invalid, match="没有名为“乙”的字段"):
        letters.fill(docx(text("{{甲}}{{乙}}")), {"甲": "一"})


def test_an_unknown_field_is_refused_with_the_known_ones():
    problems = letters.check(docx(text("一"), text("{{单位名}}")), {"申报单位", "日期"})

    assert [(p.place, p.words, p.remedy) for p in problems] == [
        ("正文第 2 段", "没有名为“单位名”的字段。", "可用：日期、申报单位。")
    ]


@pytest.mark.parametrize(
    "words",
    [
        "{% if 甲 %}", "{%p for x in y %}", "{# 注 #}", "{{甲|upper}}", "{{甲()}}", "{{甲.乙.丙}}", "{{ 甲 乙 }}",
        "{{甲[0]}}", "{{__class__.__mro__}} {{甲+1}}", "${甲}", "<% 甲 %>", "#{甲}", "«甲»", "{{甲", "甲}}", "{{{甲}}}",
        "{{}}", "{{甲\u200b}}",
    ],
)
def test_whatever_else_looks_like_a_template_is_refused_by_its_place(words: str):
    problems = letters.check(docx(text("正常"), text(words)), {"甲"})

    assert {p.place for p in problems} == {"正文第 2 段"}, problems
    with pytest.raises(Invalid):
        letters.fill(docx(text(words)), {"甲": "一"})


def test_places_in_tables_and_footers_are_named():
    footer = making.FOOTER.replace("— </w:t>", "{{坏}}</w:t>").encode()
    template = docx(table((1,), ("头",), ("{{坏}}",)), more={"word/footer1.xml": footer})

    assert [p.place for p in letters.check(template, set())] == ["正文第 1 个表格第 2 行", "页脚第 1 段"]


def test_a_list_outside_a_row_and_two_lists_in_one_row_are_refused():
    outside = letters.check(docx(text("{{单.项}}")), {"单.项"})
    two = letters.check(docx(table((1, 1), ("{{甲.项}}", "{{乙.项}}"))), {"甲.项", "乙.项"})

    assert "不在表格的行中" in outside[0].words
    assert "同一行用了 2 个列表" in two[0].words


@pytest.mark.parametrize("code", ["INCLUDETEXT \"http://x/y\"", "DDEAUTO c:\\\\x", "MERGEFIELD a", "HYPERLINK \"x\""])
def test_a_word_field_other_than_a_page_number_is_refused(code: str):
    simple = f'<w:p><w:fldSimple w:instr="{code.replace(chr(34), "&quot;")}"/></w:p>'
    split = f"<w:p><w:r><w:instrText> {code} </w:instrText></w:r></w:p>"

    for body in (simple, split):
        assert "Word 域" in letters.check(docx(body), set())[0].words


def test_a_shipped_letter_names_known_fields_alone():
    wrong = {key: problems for key in SHIPPED if (problems := letters.check(_data(key), _known(key)))}
    assert wrong == {}


def test_a_letter_says_who_sends_it_under_which_number_and_on_which_day():
    without = []
    for key in SHIPPED:
        named = letters.fields(_data(key))
        needed = (("发文单位", "认定机关"), ("文书编号", "文号", "document_number"), ("日期", "document_date"))
        if not key.endswith("certificate.docx"):
            without += [(key, needs[0]) for needs in needed
                        if not any(name.rpartition("/")[2] in needs for name in named)]
    assert without == []


def test_a_letter_of_one_look_is_that_of_all():
    """Page, margins and the style of the text: a letter that was edited elsewhere keeps them."""
    looks = {}
    for key in SHIPPED:
        with zipfile.ZipFile(io.BytesIO(_data(key))) as packed:
            body = packed.read("word/document.xml").decode()
        looks[key] = tuple(re.findall(r"<w:pg(?:Sz|Mar) [^>]*>", body))
    usual = re.findall(r"<w:pg(?:Sz|Mar) [^>]*>", making.PAGE)
    assert {key: look for key, look in looks.items() if list(look) != usual} == {}


def test_a_template_saved_by_another_program_is_taken():
    """A file with the parts that a fresh document of a word processor has: theme, settings, numbering, its own xml."""
    extra = {
        "docProps/core.xml": b"<x/>", "docProps/app.xml": b"<x/>", "docProps/thumbnail.jpeg": b"\xff\xd8\xff",
        "word/theme/theme1.xml": b"<x/>", "word/settings.xml": b"<x/>", "word/numbering.xml": b"<x/>",
        "customXml/item1.xml": b"<x/>", "word/webSettings.xml": b"<x/>", "word/fontTable.xml": b"<x/>",
    }
    template = docx(text("{{甲}}"), more=extra)

    filled = letters.fill(template, {"甲": "一"})

    assert set(zipfile.ZipFile(io.BytesIO(filled)).namelist()) >= set(extra)


def _forms(key: str):
    """Forms whose fields a letter may name: the common ones and those of its programme."""
    forms = ROOT.parent / "forms"
    paths = [*(forms / "common").glob("*.json"), *(forms / key.split("/")[0]).glob("*.json")]
    return {path.stem: formschema.read_form(json.loads(path.read_text(encoding="utf-8"))) for path in paths}


def _known(key: str):
    """The fields that a shipped letter may name."""
    return set(OF_CERTIFICATES) if key.endswith("certificate.docx") else fields.known(_forms(key))


def _data(key: str) -> bytes:
    return (ROOT / key).read_bytes()
