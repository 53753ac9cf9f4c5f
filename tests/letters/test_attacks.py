"""Files that want more than to be a letter."""

import io
import zipfile

import pytest

from app import letters
from app.letters import package
from tests.letters.making import RELS, TYPES, docx, text

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OUTSIDE = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r9" Type="{kind}" Target="{target}"{mode}/></Relationships>'
)


def rels(kind: str, target: str, *, external: bool = True) -> bytes:
    mode = ' TargetMode="External"' if external else ""
    return OUTSIDE.format(kind=f"{REL}/{kind}", target=target, mode=mode).encode()


def zipped(members: list[tuple[str, bytes]], *, compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compress) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def whole(**changed: bytes) -> list[tuple[str, bytes]]:
    archive = zipfile.ZipFile(io.BytesIO(docx(text("一"), more={k.replace("__", "/"): v for k, v in changed.items()})))
    return [(name, archive.read(name)) for name in archive.namelist()]


ATTACKS = {
    "no zip": (b"%PDF-1.7", "不是 Word 文档"),
    "empty": (b"", "不是 Word 文档"),
    "another office file": (zipped([("xl/workbook.xml", b"<x/>")]), "用不到的部件"),
    "too many bytes": (b"PK\x03\x04" + b"0" * (package.MOST_BYTES + 1), "超过 2 MB"),
    "bomb": (zipped([*whole(), ("word/numbering.xml", b" " * 19_000_000)]), "压缩比异常"),
    "wide bomb": (zipped([*whole(), ("word/media/a.png", b"0" * 11_000_000), ("word/media/b.png", b"1" * 11_000_000)]),
                  "解压后超过"),
    "many parts": (zipped([(f"word/media/{n}.png", b"x") for n in range(300)]), "超过 200 个"),
    "macro": (docx(more={"word/vbaProject.bin": b"x"}), "宏"),
    "macro type": (docx(more={"[Content_Types].xml": TYPES.replace(
        "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "vnd.ms-word.document.macroEnabled.main+xml").encode()}), "宏"),
    "dotx": (docx(more={"[Content_Types].xml": TYPES.replace("document.main+xml", "template.main+xml").encode()}),
             "模板（.dotx）"),
    "ole": (docx(more={"word/embeddings/oleObject1.bin": b"x"}), "嵌入对象"),
    "active x": (docx(more={"word/activeX/activeX1.xml": b"<x/>"}), "控件"),
    "comments": (docx(more={"word/comments.xml": b"<x/>"}), "批注"),
    "path upwards": (zipped([*whole(), ("../../etc/cron.d/x", b"x")]), "用不到的部件"),
    "backslash": (zipped([*whole(), ("word\\..\\x.xml", b"x")]), "用不到的部件"),
    "external image": (docx(more={"word/_rels/document.xml.rels": rels("image", "http://evil.example/a.png")}), "外部"),
    "external template": (docx(more={"word/_rels/settings.xml.rels": rels("attachedTemplate", "file:///c:/x.dotm")}),
                          "外部"),
    "share": (docx(more={"word/_rels/document.xml.rels": rels("image", "\\\\host\\share", external=False)}), "外部"),
    "address without mode": (docx(more={"word/_rels/document.xml.rels": rels("image", "http://x/", external=False)}),
                             "外部"),
    "linked frame": (docx(more={"word/_rels/document.xml.rels": rels("frame", "a.xml", external=False)}), "嵌入或链接"),
    "entities": (docx(more={"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "DOCTYPE"),
    "utf-16 doctype": (docx(more={"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")}),
                       "DOCTYPE"),
    "entities in relations": (docx(more={"_rels/.rels": b"<!DOCTYPE x []>" + RELS.encode()}), "DOCTYPE"),
    "broken xml": (docx(more={"word/document.xml": b"<w:document"}), "不是完好的 XML"),
    "deep xml": (docx(more={"word/document.xml": b"<a>" * 5000 + b"</a>" * 5000}), "不是完好的 XML"),
    "alternative content": (docx('<w:altChunk r:id="rId9"/>'), "嵌入的外部文档"),
    "object in the text": (docx("<w:p><w:r><w:object/></w:r></w:p>"), "嵌入对象"),
    "tracked change": (docx('<w:p><w:ins w:author="x"><w:r><w:t>一</w:t></w:r></w:ins></w:p>'), "修订"),
    "data binding": (docx('<w:sdt><w:sdtPr><w:dataBinding w:xpath="/x"/></w:sdtPr><w:sdtContent/></w:sdt>'),
                     "数据绑定"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_in_words(name: str):
    data, words = ATTACKS[name]

    problems = letters.check(data, set())

    assert problems, "taken as a letter"
    assert words in str(problems[0]), problems


def test_a_password_is_asked_to_be_taken_off():
    data = bytearray(docx(text("一")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        data[at + offset] |= 1

    assert "密码" in str(letters.check(bytes(data), set())[0])


def test_two_parts_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([*whole(), ("word/styles.xml", b"<x/>")])

    assert "同名部件" in str(letters.check(data, set())[0])


def test_a_size_that_lies_is_refused():
    data = bytearray(docx(text("一" * 50)))
    entry = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
    data[entry + 24 : entry + 28] = (5).to_bytes(4, "little")

    assert letters.check(bytes(data), set())


def test_cut_off_files_are_refused_and_never_break_the_check():
    good = docx(text("{{甲}}"))

    for end in range(0, len(good), 97):
        assert letters.check(good[:end], {"甲"})
