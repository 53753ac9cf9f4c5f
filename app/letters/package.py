"""Opening a Word file that a stranger may have made: bounded, and nothing in it that acts or reaches outside.

What may be in it is a list of what may; everything else is refused by name, in words for the designer.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from lxml import etree

MIB = 1024 * 1024
MOST_BYTES = 2 * MIB
MOST_PARTS = 200
MOST_UNPACKED = 20 * MIB
RATIO_COUNTS_FROM = 256 * 1024
LARGEST_RATIO = 100

TYPES = "[Content_Types].xml"
BODY = "word/document.xml"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_HEADERS = re.compile(r"word/(?:header|footer)[0-9]*\.xml")
_ALLOWED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core|custom)\.xml|docProps/thumbnail\.(?:jpeg|jpg|png)"
    r"|word/(?:document|styles|stylesWithEffects|settings|webSettings|fontTable|numbering|footnotes|endnotes)\.xml"
    r"|word/(?:header|footer)[0-9]*\.xml|word/theme/theme[0-9]*\.xml|word/media/[A-Za-z0-9_-]+\.(?:png|jpg|jpeg)"
    r"|word/_rels/[A-Za-z0-9]+\.xml\.rels|customXml/(?:item|itemProps)[0-9]+\.xml|customXml/_rels/item[0-9]+\.xml\.rels"
)
_NAMED = (
    (re.compile(r"vbaProject|vbaData|\.bin$", re.I), "文件含有宏或嵌入对象，请另存为不含宏的 .docx。"),
    (re.compile(r"^word/(?:embeddings|activeX|controls)/", re.I), "文件含有嵌入对象或控件，请删去后再存。"),
    (re.compile(r"^word/comments", re.I), "文件含有批注，请删去全部批注。"),
    (re.compile(r"^word/fonts/", re.I), "文件嵌入了字体，请在保存选项中取消“将字体嵌入文件”。"),
    (re.compile(r"^word/glossary/", re.I), "文件含有自动图文集，请把正文复制到新建的文档中再存。"),
)
_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
           "remove_comments": True, "remove_pis": True}


class Unfit(Exception):
    """A file isn't taken as a letter; the message says why and what to do."""


def opened(data: bytes) -> dict[str, bytes]:
    """The parts of a Word file by name, in the order of the file. Raises Unfit for whatever a letter may not be."""
    if len(data) > MOST_BYTES:
        raise Unfit(f"文件超过 {MOST_BYTES // MIB} MB，请压缩其中的图片。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _unpacked(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, KeyError,
            NotImplementedError, RuntimeError) as error:
        raise Unfit("不是 Word 文档（.docx）或文件已损坏，请用 Word 或 WPS 另存为 .docx。") from error
    _see_that_it_is_a_document(parts)
    for name, content in parts.items():
        if name.endswith(".rels"):
            _see_that_it_stays_inside(name, content)
    return parts


def tree(name: str, content: bytes) -> etree._Element:
    """A part as XML. Raises Unfit for a document type, an entity, or what isn't XML."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<\x00!\x00D" in content:
        raise Unfit(f"部件 {name} 含有 DOCTYPE 声明，不能接受。")
    try:
        root = etree.fromstring(content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as error:
        raise Unfit(f"部件 {name} 不是完好的 XML，请用 Word 或 WPS 重新保存。") from error
    if root.getroottree().docinfo.doctype:
        raise Unfit(f"部件 {name} 含有 DOCTYPE 声明，不能接受。")
    return root


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A Word file of these parts; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda part: (part != TYPES, part)):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            archive.writestr(member, parts[name])
    return target.getvalue()


def texts(parts: Mapping[str, bytes]) -> list[str]:
    """The names of the parts whose text is filled: the body first, then headers and footers."""
    return [BODY, *sorted(name for name in parts if _HEADERS.fullmatch(name))]


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_PARTS:
        raise Unfit(f"文件内部有 {len(members)} 个部件，超过 {MOST_PARTS} 个。")
    if len({member.filename.lower() for member in members}) != len(members):
        raise Unfit("文件内部有同名部件，请重新保存。")
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Unfit(f"文件解压后超过 {MOST_UNPACKED // MIB} MB，不能接受。")
    parts: dict[str, bytes] = {}
    for member in members:
        _see_that_it_may_be_there(member)
        with archive.open(member) as stream:
            content = stream.read(member.file_size + 1)
        if len(content) != member.file_size:
            raise Unfit("文件内部登记的大小与内容不符，不能接受。")
        parts[member.filename] = content
    return parts


def _see_that_it_may_be_there(member: zipfile.ZipInfo) -> None:
    name = member.filename
    for pattern, words in _NAMED:
        if pattern.search(name):
            raise Unfit(words)
    if member.orig_filename != name or not _ALLOWED.fullmatch(name):
        shown = "".join(letter if letter.isprintable() else "?" for letter in name)[:60]
        raise Unfit(f"文件含有文书用不到的部件“{shown}”，请把正文复制到新建的文档中再存。")
    if member.flag_bits & 0x1:
        raise Unfit("文件设有密码，请取消密码。")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unfit("文件内部的压缩方式不受支持，请重新保存。")
    if member.file_size > RATIO_COUNTS_FROM and member.file_size > LARGEST_RATIO * member.compress_size:
        raise Unfit("文件内部的压缩比异常，不能接受。")


def _see_that_it_is_a_document(parts: Mapping[str, bytes]) -> None:
    if TYPES not in parts or BODY not in parts or "_rels/.rels" not in parts:
        raise Unfit("不是 Word 文档（.docx），请用 Word 或 WPS 另存为 .docx。")
    kinds = {node.get("PartName", ""): node.get("ContentType", "") for node in tree(TYPES, parts[TYPES])}
    if any("macroEnabled" in kind or "vba" in kind.lower() for kind in kinds.values()):
        raise Unfit("文件含有宏或嵌入对象，请另存为不含宏的 .docx。")
    if kinds.get(f"/{BODY}") != MAIN:
        raise Unfit("不是普通的 Word 文档（.docx）；模板（.dotx）等请另存为 .docx。")


def _see_that_it_stays_inside(name: str, content: bytes) -> None:
    for link in tree(name, content):
        target, kind = link.get("Target", ""), link.get("Type", "").rpartition("/")[2]
        if link.get("TargetMode", "Internal") != "Internal" or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\", target):
            raise Unfit(f"文件链接到外部内容（{kind}：{target[:60]}），请删去超链接、链接的图片和附加模板。")
        if kind in ("oleObject", "package", "control", "vbaProject", "aFChunk", "subDocument", "frame",
                    "attachedTemplate", "mailMergeSource"):
            raise Unfit(f"文件含有嵌入或链接的对象（{kind}），请删去。")

