"""Word files out of a few words, without Word: whatever a test wants to try. The shipped letters are Word files of
their own, edited in a word processor."""

from collections.abc import Sequence
from html import escape

from app.letters.package import packed

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT_FONT, STRONG_FONT = "仿宋_GB2312", "黑体"

TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.styles+xml"/>'
    '<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.footer+xml"/></Types>'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_REL}/footer" Target="footer1.xml"/></Relationships>'
)
STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault>'
    f'<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{TEXT_FONT}"/><w:sz w:val="32"/>'
    '<w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
    '<w:spacing w:line="560" w:lineRule="exact"/></w:pPr></w:pPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>'
)
FOOTER = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr xmlns:w="{W}"><w:p><w:pPr><w:jc w:val="center"/>'
    '</w:pPr><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve">— </w:t></w:r>'
    '<w:fldSimple w:instr=" PAGE "><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    '<w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
)
PAGE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1417" w:gutter="0"/>'
    "</w:sectPr>"
)


def run(text: str, *, font: str = TEXT_FONT, size: float = 16, bold: bool = False, colour: str = "") -> str:
    """A piece of text; `size` in points."""
    strong = "<w:b/>" if bold else ""
    tint = f'<w:color w:val="{colour}"/>' if colour else ""
    return (
        f'<w:r><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/>{strong}{tint}'
        f'<w:sz w:val="{int(size * 2)}"/><w:szCs w:val="{int(size * 2)}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'
    )


def paragraph(
    *runs: str, align: str = "both", indent: bool = False, ruled: str = "", line: int = 560, right: int = 0,
    before: int = 0,
) -> str:
    """A paragraph; `indent` by two characters, `right` in characters, `line` and `before` in twentieths of a point."""
    under = (
        f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="{ruled}"/></w:pBdr>' if ruled else ""
    )
    first = ' w:firstLineChars="200" w:firstLine="640"' if indent else ""
    end = f' w:rightChars="{right * 100}" w:right="{right * 320}"' if right else ""
    moved = f"<w:ind{first}{end}/>" if first or end else ""
    return (
        f'<w:p><w:pPr>{under}<w:spacing w:before="{before}" w:line="{line}" w:lineRule="exact"/>{moved}'
        f'<w:jc w:val="{align}"/></w:pPr>{"".join(runs)}</w:p>'
    )


def table(widths: Sequence[int], *rows: Sequence[str]) -> str:
    """A table with lines; the first row is its head, repeated on each page. `widths` in twentieths of a point."""
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    made = [
        f"<w:tr>{'<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>' if not n else '<w:trPr><w:cantSplit/></w:trPr>'}"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            + paragraph(run(cell, font=TEXT_FONT if n else STRONG_FONT, size=12), align="left" if n else "center",
                        line=380)
            + "</w:tc>"
            for width, cell in zip(widths, row, strict=True)
        )
        + "</w:tr>"
        for n, row in enumerate(rows)
    ]
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{lines}'
        f'</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(made)}</w:tbl>'
    )


def docx(*body: str, more: dict[str, bytes] | None = None, page: str = PAGE) -> bytes:
    """A Word file of a body; `more` are other parts, which win over the usual ones."""
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>'
        f"{''.join(body)}{page}</w:body></w:document>"
    )
    parts = {
        "[Content_Types].xml": TYPES.encode(), "_rels/.rels": RELS.encode(), "word/document.xml": document.encode(),
        "word/_rels/document.xml.rels": DOCUMENT_RELS.encode(), "word/styles.xml": STYLES.encode(),
        "word/footer1.xml": FOOTER.encode(),
    }
    return packed(parts | (more or {}))


def text(words: str) -> str:
    """A paragraph of the body."""
    return paragraph(run(words), indent=True)
