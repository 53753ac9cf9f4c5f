"""Parses one stranger's file in a process of its own: `python inspection.py FILE EXTENSION`.

Ends with 0 where the file is what its extension says; with 3 and one sentence on standard output where it isn't. Any
other end (killed, out of memory, out of time) means that nothing could be said. It imports nothing of the project.
"""

import stat
import struct
import sys
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

FITS, UNFIT = 0, 3
TOO_HEAVY = "无法在限定的时间和内存内读取，文件可能已损坏，请重新生成后再上传"

MIB = 1024 * 1024
MEMORY = 1024 * MIB
CPU_SECONDS = 15
MOST_PIXELS = 100_000_000
MOST_MEMBERS = 5_000
LARGEST_UNPACKED = 200 * MIB
RATIO_COUNTS_FROM = 5 * MIB
LARGEST_RATIO = 200
LARGEST_KEY_PART = 4 * MIB

_BROKEN = "文件已损坏或不完整，请重新生成后再上传"
_MAIN_PARTS = {
    "docx": b"wordprocessingml.document.main+xml",
    "xlsx": b"spreadsheetml.sheet.main+xml",
}


class Wrong(Exception):
    """The file isn't what its extension says; the message says why."""


def inspect(path: Path, extension: str) -> None:
    """Raise Wrong where the file's structure isn't that of its extension."""
    if extension in ("docx", "xlsx", "ofd"):
        _inspect_package(path, extension)
        return
    if _ends_as_zip(path):
        raise Wrong("文件尾部夹带了压缩包，请上传原始文件")
    if extension == "pdf":
        _inspect_pdf(path)
    else:
        _inspect_image(path, "PNG" if extension == "png" else "JPEG")


def _inspect_pdf(path: Path) -> None:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logging.disable()
    try:
        reader = PdfReader(path)
        if reader.is_encrypted:
            _see_that_it_opens_without_password(reader)
        pages = len(reader.pages)
    except DependencyError:
        return  # encrypted in a way that takes another library to look into; such files open without a password
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError) as error:
        raise Wrong(_BROKEN) from error
    if pages == 0:
        raise Wrong("PDF 中没有页面，请重新生成后再上传")


def _see_that_it_opens_without_password(reader) -> None:  # noqa: ANN001 - the type is imported in the child alone
    if not reader.decrypt(""):
        raise Wrong("PDF 设有打开密码，请取消密码后再上传")


def _inspect_image(path: Path, kind: str) -> None:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # counted here, with words of our own
    try:
        with Image.open(path, formats=[kind]) as image:
            _count_pixels(*image.size)
            image.verify()
        with Image.open(path, formats=[kind]) as image:
            image.load()
    except UnidentifiedImageError as error:
        raise Wrong(f"内容不是 {kind} 图片，请重新导出后再上传") from error
    except (OSError, ValueError, SyntaxError, IndexError, KeyError, OverflowError) as error:
        raise Wrong(_BROKEN) from error


def _count_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Wrong(f"图片有 {width} × {height} 像素，超过 1 亿像素，请缩小后再上传")


def _inspect_package(path: Path, extension: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _inspect_members(members, archive)
            _inspect_key_parts(archive, extension)
            for member in members:
                _read_through(archive, member)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, KeyError, ValueError,
            RuntimeError, OSError) as error:
        raise Wrong(_BROKEN) from error


def _inspect_members(members: list[zipfile.ZipInfo], archive: zipfile.ZipFile) -> None:
    if len(members) > MOST_MEMBERS:
        raise Wrong(f"文件内部有 {len(members)} 个部件，超过 {MOST_MEMBERS} 个，请拆分后再上传")
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise Wrong("文件内部有同名部件，请重新生成后再上传")
    if sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise Wrong("文件解压后超过 200 MB，请压缩其中的图片后再上传")
    for member in members:
        _inspect_member(member)


def _inspect_member(member: zipfile.ZipInfo) -> None:
    if not _is_inside(member.orig_filename):
        raise Wrong("文件内部有指向外部的路径，不能接受")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Wrong("文件内部有符号链接，不能接受")
    if member.flag_bits & 0x1:
        raise Wrong("文件设有密码，请取消密码后再上传")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Wrong("文件内部的压缩方式不受支持，请另存后再上传")
    if member.file_size > RATIO_COUNTS_FROM and member.file_size > LARGEST_RATIO * member.compress_size:
        raise Wrong("文件内部的压缩比异常，不能接受")


def _is_inside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    printable = all(character >= " " for character in name)
    return printable and ".." not in parts and not name.startswith(("/", "\\")) and ":" not in parts[0]


def _inspect_key_parts(archive: zipfile.ZipFile, extension: str) -> None:
    if extension == "ofd":
        if b"ofdspec.org" not in _key_part(archive, "OFD.xml"):
            raise Wrong("内容不是 ofd 格式，请重新导出后再上传")
        return
    types = _key_part(archive, "[Content_Types].xml")
    _key_part(archive, "_rels/.rels")
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in archive.namelist()):
        raise Wrong("文件含有宏，请另存为不含宏的格式后再上传")
    if _MAIN_PARTS[extension] not in types:
        raise Wrong(f"内容不是 {extension} 格式，请另存后再上传")


def _key_part(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise Wrong("内容与扩展名不符，请用原来的软件另存后再上传")
    if archive.getinfo(name).file_size > LARGEST_KEY_PART:
        raise Wrong(_BROKEN)
    return archive.read(name)


def _read_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member to nowhere: sizes and check sums are then known to be true, whatever the directory says."""
    with archive.open(member) as part:
        while part.read(MIB):
            pass


def _ends_as_zip(path: Path) -> bool:
    """Whether the file also is a zip archive (a picture or PDF with a program behind it)."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 <= len(tail) and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)


def _limit() -> None:
    """Little memory, little time, no files written, no core. Where a system can't limit, the parent's clock remains."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    _limit()
    try:
        inspect(Path(sys.argv[1]), sys.argv[2])
    except Wrong as wrong:
        sys.stdout.write(str(wrong))
        return UNFIT
    except (MemoryError, RecursionError):
        sys.stdout.write(TOO_HEAVY)
        return UNFIT
    return FITS


if __name__ == "__main__":
    sys.exit(main())
