"""What is taken and what is refused, with the file's name and the reason in the message."""

import io
import zipfile

import pytest

from app.documents import operations
from app.errors import Invalid
from tests.documents import files


def receive(content, name, tmp_path, **options):
    return operations.receive(io.BytesIO(content), name=name, field="licence", files_dir=tmp_path / "files", **options)


def refusal(content, name, tmp_path, **options):
    with pytest.raises(Invalid) as caught:
        receive(content, name, tmp_path, **options)
    assert list(caught.value.fields) == ["licence"]
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    return caught.value.message


@pytest.mark.parametrize(("make", "name", "media_type"), [
    (files.pdf, "营业执照.pdf", "application/pdf"),
    (files.jpg, "照片.JPG", "image/jpeg"),
    (files.jpg, "照片.jpeg", "image/jpeg"),
    (files.png, "截图.png", "image/png"),
    (files.docx, "申请书.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (files.xlsx, "人员名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (files.ofd, "批复.ofd", "application/ofd"),
])
def test_each_kind_of_file_is_taken_with_its_chinese_name(tmp_path, make, name, media_type):
    received = receive(make(), name, tmp_path)

    assert (received.name, received.media_type, received.size) == (name, media_type, len(make()))


@pytest.mark.parametrize("make", [lambda: files.pdf(password=""), lambda: files.pdf(pages=300)])
def test_a_pdf_that_opens_without_a_password_is_taken(tmp_path, make):
    receive(make(), "a.pdf", tmp_path)


@pytest.mark.parametrize(("name", "kept"), [
    ("C:\\用户\\文档\\执照.pdf", "执照.pdf"), ("../../etc/执照.pdf", "执照.pdf"), (" 执照 (1).pdf ", "执照 (1).pdf"),
    ("a\"b;c'.pdf", "a\"b;c'.pdf"), ("e\u0301.pdf", "é.pdf"),
])
def test_a_name_is_kept_as_text_without_folders(tmp_path, name, kept):
    assert receive(files.pdf(), name, tmp_path).name == kept


@pytest.mark.parametrize(("name", "reason"), [
    ("执照\r\nSet-Cookie: a=b.pdf", "控制字符"), ("执照\x00.pdf", "控制字符"), ("\u202efdp.exe.pdf", "控制字符"),
    ("a\u2066b.pdf", "控制字符"), (f"{'字' * 197}.pdf", "200 个字符"), (f"{'字' * 1000}.pdf", "200 个字符"),
    ("执照", "只接受"), ("", "只接受"), (".pdf.exe", "只接受"), ("a.svg", "只接受"), ("a.docm", "只接受"),
    ("a.zip", "只接受"), ("a.html", "只接受"), ("pdf", "只接受"),
])
def test_a_name_that_hides_something_or_has_another_extension_is_refused(tmp_path, name, reason):
    message = refusal(files.pdf(), name, tmp_path)

    assert reason in message
    assert not {"\r", "\n", "\x00", "\u202e"} & set(message)
    assert len(message) < 160


def test_a_name_of_200_characters_is_taken(tmp_path):
    assert len(receive(files.pdf(), f"{'字' * 196}.pdf", tmp_path).name) == 200


@pytest.mark.parametrize(("content", "name", "reason"), [
    (b"", "a.pdf", "0 字节"),
    (b"<html><script>alert(1)</script>", "a.pdf", "不是 pdf"),
    (b"<script>alert(1)</script>" + files.pdf(), "a.pdf", "不是 pdf"),
    (b"MZ\x90\x00" + b"\0" * 500, "setup.pdf", "不是 pdf"),
    (b"MZ\x90\x00" + b"\0" * 500, "setup.docx", "不是 docx"),
    (files.png(), "a.jpg", "不是 jpg"),
    (files.pdf(), "a.ofd", "不是 ofd"),
    (b"%PDF-1.7\n<html>nothing more", "a.pdf", "损坏"),
    (files.pdf(pages=0), "a.pdf", "没有页面"),
    (files.pdf(password="secret"), "a.pdf", "密码"),
    (files.pdf() + files.package(("Main.class", b"x")), "a.pdf", "夹带"),
    (files.jpg() + files.package(("Main.class", b"x")), "a.jpg", "夹带"),
    (files.jpg((400, 300))[:-300], "a.jpg", "损坏"),
    (b"\xff\xd8\xff\xe0 and then nothing of a picture", "a.jpg", "损坏"),
    (files.png()[:-30], "a.png", "损坏"),
    (files.png_claiming(10_000, 10_001), "a.png", "1 亿像素"),
    (files.png_claiming(2_000_000_000, 2_000_000_000), "a.png", "像素"),
    (files.png_claiming(5_000, 5_000), "a.png", "损坏"),
    (files.docx(), "a.xlsx", "不是 xlsx"),
    (files.package(("OFD.xml", "<other/>")), "a.ofd", "不是 ofd"),
    (files.package(("a.txt", "x")), "a.docx", "扩展名不符"),
    (files.package(("OFD.xml.txt", "x")), "a.ofd", "扩展名不符"),
    (files.docx(("word/vbaProject.bin", b"x")), "a.docx", "宏"),
    (files.office("application/vnd.ms-word.document.macroEnabled.main+xml"), "a.docx", "宏"),
    (files.docx(("../../evil", b"x")), "a.docx", "外部的路径"),
    (files.docx(("/etc/cron.d/evil", b"x")), "a.docx", "外部的路径"),
    (files.docx(("C:\\evil", b"x")), "a.docx", "外部的路径"),
    (files.docx(("..\\evil", b"x")), "a.docx", "外部的路径"),
    (files.docx((files.symlink(), b"/etc/passwd")), "a.docx", "符号链接"),
    (files.docx()[:-40], "a.docx", "损坏"),
    (b"PK\x03\x04" + b"\0" * 300, "a.docx", "损坏"),
])
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, content, name, reason):
    message = refusal(content, name, tmp_path)

    assert f"“{name}”" in message
    assert reason in message


def test_an_office_file_with_a_password_is_refused(tmp_path):
    content = bytearray(files.docx())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1  # the flag in the directory that says the member is encrypted

    assert "密码" in refusal(bytes(content), "a.docx", tmp_path)


def test_seventy_thousand_members_are_refused(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(70_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")

    assert "70000 个部件" in refusal(file.getvalue(), "a.docx", tmp_path)


def test_a_package_with_5000_members_is_taken_and_with_one_more_refused(tmp_path):
    def with_members(count):
        return files.docx(*((f"media/{number}", b"") for number in range(count - 3)))

    receive(with_members(5_000), "a.docx", tmp_path / "taken")
    assert "5001 个部件" in refusal(with_members(5_001), "a.docx", tmp_path)


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path):
    assert "压缩比" in refusal(files.docx(("bomb", b"\0" * 6 * 1024 * 1024)), "a.docx", tmp_path)


def test_a_zip_bomb_of_many_small_parts_is_refused_by_its_sum(tmp_path):
    parts = [(f"part{number}", b"\0" * 5 * 1024 * 1024) for number in range(41)]

    assert "200 MB" in refusal(files.docx(*parts), "a.docx", tmp_path)


def test_a_directory_that_lies_about_sizes_is_refused(tmp_path):
    content = bytearray(files.package(("OFD.xml", "<x xmlns='http://www.ofdspec.org/2016'/>" + " " * 5_000)))
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")

    assert "损坏" in refusal(bytes(content), "a.ofd", tmp_path)


def test_a_part_that_does_not_unpack_is_refused(tmp_path):
    content = bytearray(files.ofd(("page.xml", bytes(range(256)) * 40)))
    at = content.find(b"page.xml") + len("page.xml")
    content[at : at + 40] = b"\xff" * 40

    assert "损坏" in refusal(bytes(content), "a.ofd", tmp_path)


def test_names_twice_in_a_package_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        content = files.docx(("main.xml", "<other/>"))

    assert "同名" in refusal(content, "a.docx", tmp_path)


@pytest.mark.parametrize(("over", "taken"), [(-1, True), (0, True), (1, False)])
def test_a_file_may_be_exactly_as_large_as_the_limit(tmp_path, over, taken):
    content = files.pdf()
    limit = len(content) - over

    if taken:
        assert receive(content, "a.pdf", tmp_path, max_bytes=limit).size == len(content)
    else:
        assert "超过" in refusal(content, "a.pdf", tmp_path, max_bytes=limit)


def test_the_limit_is_twenty_megabytes_and_counted_while_the_file_comes_in(tmp_path):
    class Endless:
        given = 0

        def read(self, size):
            self.given += size
            return b"%PDF-" + b"\0" * (size - 5)

    endless = Endless()
    with pytest.raises(Invalid, match="超过 20 MB"):
        operations.receive(endless, name="a.pdf", field="", files_dir=tmp_path)

    assert endless.given <= 21 * 1024 * 1024


def test_a_file_that_takes_the_reader_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(operations.formats, "SECONDS", 0.01)

    assert "限定的时间" in refusal(files.pdf(), "a.pdf", tmp_path)


def test_a_file_that_takes_the_reader_too_much_memory_is_refused(tmp_path, monkeypatch):
    """The child is given a program that eats memory in place of the parser; its limit stops it, not the machine's."""
    eater = tmp_path / "eater.py"
    eater.write_text(
        "import sys, runpy\n"
        f"limits = runpy.run_path({operations.formats.inspection.__file__!r})\n"
        "limits['_limit']()\n"
        "eaten = [bytearray(1 << 28) for _ in range(64)]\n"
    )
    monkeypatch.setattr(operations.formats.inspection, "__file__", str(eater))

    assert "内存" in refusal(files.pdf(), "a.pdf", tmp_path)


def test_the_reader_is_given_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "the key")
    teller = tmp_path / "teller.py"
    teller.write_text("import os, sys\nsys.stdout.write(os.environ.get('SECRET_KEY', 'nothing'))\nsys.exit(3)\n")
    monkeypatch.setattr(operations.formats.inspection, "__file__", str(teller))

    assert "nothing" in refusal(files.pdf(), "a.pdf", tmp_path)
