"""Reads the XML of a diagram without trusting it.

Nothing outside the file is fetched, no entity is expanded, and size, depth and number of elements are bounded
before anything else looks at the tree.
"""

import re

from lxml import etree

from app.engine.errors import Unreadable

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XINCLUDE = "http://www.w3.org/2001/XInclude"
PICTURE = frozenset((BPMNDI, DC, DI))

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 2_000
MAX_PICTURE_ELEMENTS = 10_000

_DECLARED_ENCODING = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""")


def read(data: bytes) -> etree._Element:
    """The root `bpmn:definitions` of a diagram, without comments and processing instructions.

    Raises Unreadable with the rule that the file breaks: empty-file, file-too-large (over 2 MB), encoding (only UTF-8
    is read), doctype, not-xml, too-deep (over 40), too-many-elements (over 2,000, the picture not counted), xinclude,
    not-bpmn.
    """
    text = _text(data)
    # A declared encoding was checked already; bytes in, because lxml refuses text with a declaration.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=False, encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise Unreadable("too-deep", limit=MAX_DEPTH) from None
        raise Unreadable("not-xml", line=error.lineno or 1) from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("doctype")
    _measure(root)
    if root.tag != f"{{{BPMN}}}definitions":
        raise Unreadable("not-bpmn")
    return root


def _text(data: bytes) -> str:
    if not data.strip():
        raise Unreadable("empty-file")
    if len(data) > MAX_BYTES:
        raise Unreadable("file-too-large", limit=MAX_BYTES // (1024 * 1024))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("encoding" if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.lstrip()[:1] == b"<"
                         else "not-xml", line=1) from None
    declared = _DECLARED_ENCODING.match(text)
    if declared and declared[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Unreadable("encoding")
    if "\x00" in text:
        raise Unreadable("encoding" if text.lstrip("\x00").startswith("<") else "not-xml", line=1)
    # Looked for in the text, before any parser could act on it.
    if "<!doctype" in text.lower() or "<!entity" in text.lower():
        raise Unreadable("doctype")
    return text


def _measure(root: etree._Element) -> None:
    meaning = picture = 0
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        namespace = etree.QName(element).namespace
        if namespace == XINCLUDE:
            raise Unreadable("xinclude")
        if namespace in PICTURE:
            picture += 1
        else:
            meaning += 1
        if depth > MAX_DEPTH:
            raise Unreadable("too-deep", limit=MAX_DEPTH)
        if meaning > MAX_ELEMENTS or picture > MAX_PICTURE_ELEMENTS:
            raise Unreadable("too-many-elements", limit=MAX_ELEMENTS)
