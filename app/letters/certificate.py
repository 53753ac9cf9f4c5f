"""A certificate to hang on a wall: A4 across, red and gold, with a square code that leads to its verification."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.letters.printing import FONT, printable

WIDTH, HEIGHT = landscape(A4)
RED, GOLD, INK, PALE = HexColor("#a5151b"), HexColor("#b8892b"), HexColor("#201a16"), HexColor("#fdf8ec")
NAME_SIZES = (32, 28, 24, 20, 17, 14)
QUIET = 4  # modules of white around a code, by ISO/IEC 18004


@dataclass(frozen=True)
class Certificate:
    """What a certificate says: heading, holder, the lines of its text, facts as (label, value), who grants and when.

    `url` is what the square code holds; `note` is small print beside it.
    """

    heading: str
    holder: str
    lines: Sequence[str]
    facts: Sequence[tuple[str, str]]
    authority: str
    day: str
    url: str
    note: str = "扫码查验证书"


def pdf(certificate: Certificate) -> bytes:
    """The certificate as a PDF of one page. The same certificate gives the same bytes."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), invariant=1, lang="zh-CN")
    canvas.setTitle(printable(f"{certificate.heading} {certificate.holder}"))
    _frame(canvas)
    _heading(canvas, printable(certificate.heading))
    _text(canvas, certificate)
    _foot(canvas, certificate)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def code_svg(url: str) -> str:
    """The square code of an address as SVG without colours from outside, fit to stand in a page."""
    return segno.make(url, error="m", micro=False).svg_inline(
        scale=4, border=QUIET, dark="#201a16", light="#ffffff", omitsize=True, svgclass="qr", lineclass=None,
        title="查验证书的二维码",
    )


def _frame(canvas: Canvas) -> None:
    canvas.setFillColor(PALE)
    canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
    for inset, width, colour in ((9, 3.2, RED), (12.2, 1.1, GOLD), (14, 0.5, GOLD)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        canvas.rect(inset * mm, inset * mm, WIDTH - 2 * inset * mm, HEIGHT - 2 * inset * mm)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(1)
    for x, right in ((17, 1), (WIDTH / mm - 17, -1)):
        for y, up in ((17, 1), (HEIGHT / mm - 17, -1)):
            for step, length in ((0, 22), (2.4, 15), (4.8, 8)):
                canvas.line(x * mm, (y + up * step) * mm, (x + right * length) * mm, (y + up * step) * mm)
                canvas.line((x + right * step) * mm, y * mm, (x + right * step) * mm, (y + up * length) * mm)


def _heading(canvas: Canvas, heading: str) -> None:
    spread = "　".join(heading) if len(heading) <= 4 else heading
    _bold(canvas, spread, WIDTH / 2, HEIGHT - 52 * mm, 46, RED, weight=1.1)
    half = pdfmetrics.stringWidth(spread, FONT, 46) / 2 + 8 * mm
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(1.2)
    for side in (-1, 1):
        start = WIDTH / 2 + side * half
        canvas.line(start, HEIGHT - 46 * mm, start + side * 34 * mm, HEIGHT - 46 * mm)


def _text(canvas: Canvas, certificate: Certificate) -> None:
    holder, widest = printable(certificate.holder), WIDTH - 80 * mm
    size = next((s for s in NAME_SIZES if pdfmetrics.stringWidth(holder, FONT, s) <= widest), NAME_SIZES[-1])
    y = HEIGHT - 80 * mm
    _bold(canvas, holder, WIDTH / 2, y, size, INK, weight=0.7)
    canvas.setFillColor(INK)
    y -= 15 * mm
    for line in certificate.lines:
        strong = line.startswith("*")
        text = printable(line.lstrip("*"))
        size = 26 if strong else 17
        y -= 7 * mm if strong else 0
        for piece in _wrapped(text, size, widest):
            if strong:
                _bold(canvas, piece, WIDTH / 2, y, size, RED, weight=0.6)
            else:
                canvas.setFillColor(INK)
                canvas.setFont(FONT, size)
                canvas.drawCentredString(WIDTH / 2, y, piece)
            y -= size * 1.62


def _foot(canvas: Canvas, certificate: Certificate) -> None:
    side, left, low = 30 * mm, 27 * mm, 29 * mm
    _code(canvas, certificate.url, left, low, side)
    canvas.setFillColor(INK)
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(left + side / 2, low - 4.5 * mm, printable(certificate.note))
    y = low + side - 4 * mm
    canvas.setFont(FONT, 11.5)
    for label, value in certificate.facts:
        canvas.drawString(left + side + 7 * mm, y, printable(f"{label}：{value}"))
        y -= 6.4 * mm
    centre = WIDTH - 68 * mm
    size = 18 if pdfmetrics.stringWidth(certificate.authority, FONT, 18) <= 88 * mm else 14
    _bold(canvas, printable(certificate.authority), centre, low + 13 * mm, size, INK, weight=0.4)
    canvas.setFont(FONT, 15)
    canvas.drawCentredString(centre, low + 3 * mm, certificate.day)


def _code(canvas: Canvas, url: str, left: float, low: float, side: float) -> None:
    rows = [list(row) for row in segno.make(url, error="m", micro=False).matrix_iter(border=QUIET)]
    module = side / len(rows)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.rect(left, low, side, side, stroke=0, fill=1)
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                path.rect(left + across * module, low + side - (down + 1) * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _bold(canvas: Canvas, text: str, x: float, y: float, size: float, colour: object, *, weight: float) -> None:
    """Text made heavier by drawing its outline: the font has no bold of its own."""
    line = canvas.beginText()
    line.setTextOrigin(x - pdfmetrics.stringWidth(text, FONT, size) / 2, y)
    line.setFont(FONT, size)
    line.setFillColor(colour)
    line.setStrokeColor(colour)
    line.setTextRenderMode(2)
    canvas.saveState()
    canvas.setLineWidth(weight)
    line.textOut(text)
    line.setTextRenderMode(0)
    canvas.drawText(line)
    canvas.restoreState()


def _wrapped(text: str, size: float, widest: float) -> list[str]:
    """Lines that fit, of even length."""
    whole = pdfmetrics.stringWidth(text, FONT, size)
    if whole <= widest:
        return [text]
    pieces, each = [], whole / (int(whole // widest) + 1) + size
    line = ""
    for letter in text:
        if pdfmetrics.stringWidth(line + letter, FONT, size) > each:
            pieces.append(line)
            line = ""
        line += letter
    return [*pieces, line]
