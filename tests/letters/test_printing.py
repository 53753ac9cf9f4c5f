"""The same text as PDF, and certificates."""

import io

from pypdf import PdfReader

from app import letters
from app.letters import certificate as drawing
from app.letters.certificate import Certificate
from tests.letters.making import docx, paragraph, run, table, text

CERTIFICATE = Certificate(
    heading="证书", holder="顺平创业服务有限公司", lines=("经评审、公示，认定为", "*公共服务示范平台"),
    facts=(("证书编号", "ABC-2026-0001"), ("有效期", "至2029年11月20日")), authority="某市工业和信息化局",
    day="2026年11月21日", url="https://banjian.example.cn/verify/ABC-2026-0001",
)


def printed(data: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages)


def test_the_pdf_says_what_the_letter_says():
    letter = docx(paragraph(run("补正通知书", size=22), align="center"), text("请在 10 个工作日内<补正>&回复。"),
                  table((1, 3), ("序号", "要求"), ("1", "补交证书")))

    found = printed(letters.pdf(letter, title="补正通知书"))

    assert found == "—1—补正通知书请在10个工作日内<补正>&回复。序号要求1补交证书"


def test_a_long_list_goes_on_over_pages_with_its_head_on_each():
    rows = [("序号", "单位"), *((str(n), f"第{n}家") for n in range(1, 200))]

    pages = PdfReader(io.BytesIO(letters.pdf(docx(table((1, 4), *rows))))).pages

    assert len(pages) > 3
    assert all("单位" in page.extract_text() for page in pages)
    assert "第199家" in pages[-1].extract_text()


def test_the_same_letter_gives_the_same_pdf():
    letter = docx(text("一"))

    assert letters.pdf(letter) == letters.pdf(letter)


def test_a_sign_that_the_font_lacks_is_shown_as_a_missing_type():
    assert printed(letters.pdf(docx(text("王𬭎")))) == "—1—王〓"


def test_a_certificate_is_one_page_across_with_all_it_says():
    data = drawing.pdf(CERTIFICATE)
    pages = PdfReader(io.BytesIO(data)).pages

    assert len(pages) == 1
    assert pages[0].mediabox.width > pages[0].mediabox.height
    for words in ("顺平创业服务有限公司", "公共服务示范平台", "ABC-2026-0001", "某市工业和信息化局", "2026年11月21日"):
        assert words in printed(data)
    assert data == drawing.pdf(CERTIFICATE)


def test_a_very_long_name_still_fits_the_page():
    long = Certificate(**{**CERTIFICATE.__dict__, "holder": "某某" * 30 + "有限公司", "lines": ("一" * 120,)})

    assert len(PdfReader(io.BytesIO(drawing.pdf(long))).pages) == 1


def test_the_code_is_a_drawing_without_script_or_style():
    svg = drawing.code_svg(CERTIFICATE.url)

    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "script" not in svg
