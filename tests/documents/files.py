"""Files as people and attackers make them."""

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def pdf(pages=1, password=None):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    if password is not None:
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    return _written(writer.write)


def jpg(size=(40, 30)):
    return _written(lambda file: Image.new("RGB", size, "red").save(file, "JPEG"))


def png(size=(40, 30)):
    return _written(lambda file: Image.new("RGB", size, "red").save(file, "PNG"))


def png_claiming(width, height):
    """A PNG of a few bytes that says it has so many pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def package(*members, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def office(main_type, *more):
    return package(
        ("[Content_Types].xml", TYPES.format(f'<Override PartName="/main.xml" ContentType="{main_type}"/>')),
        ("_rels/.rels", "<Relationships/>"), ("main.xml", "<document/>"), *more,
    )


def docx(*more):
    return office(WORD, *more)


def xlsx(*more):
    return office(SHEET, *more)


def ofd(*more):
    return package(("OFD.xml", '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'), *more)


def symlink():
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    return info


def _written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()
