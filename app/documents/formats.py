"""Which files are taken: a file's extension, its first bytes and its parsed structure must agree.

What is parsed is a stranger's file: a child process does it (`inspection`), with little memory and little time.
"""

import os
import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from app.documents import inspection

LONGEST_NAME = 200
SECONDS = 30
_ZIP = b"PK\x03\x04"
_UNWANTED = {"Cc", "Cs", "Co", "Zl", "Zp"}
_REVERSING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_children = threading.BoundedSemaphore(4)  # a flood of uploads waits here instead of filling the memory


class Unfit(Exception):
    """A file isn't taken; the message says why and what to do, without the file's name."""


@dataclass(frozen=True)
class Format:
    """A kind of file: how it begins and what browsers call it."""

    media_type: str
    signature: bytes


_OFFICE = "application/vnd.openxmlformats-officedocument."
FORMATS = {
    "pdf": Format("application/pdf", b"%PDF-"),
    "jpg": Format("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": Format("image/jpeg", b"\xff\xd8\xff"),
    "png": Format("image/png", b"\x89PNG\r\n\x1a\n"),
    "docx": Format(f"{_OFFICE}wordprocessingml.document", _ZIP),
    "xlsx": Format(f"{_OFFICE}spreadsheetml.sheet", _ZIP),
    "ofd": Format("application/ofd", _ZIP),
}
ACCEPTED = "pdf、jpg、png、docx、xlsx、ofd"


def readable_name(name: str) -> str:
    """A name fit to be shown in a message, whatever it holds."""
    shown = "".join(" " if _is_unwanted(character) else character for character in _last_part(name)).strip()
    return f"{shown[:60]}…" if len(shown) > 60 else shown or "未命名文件"


def checked_name(name: str) -> tuple[str, str]:
    """The name as text to keep (without folders that some browsers send along), and its extension in lower case.

    Raises Unfit for a name that is over 200 characters long, hides something, or has no extension that is taken.
    """
    text = unicodedata.normalize("NFC", _last_part(name)).strip()
    if any(_is_unwanted(character) for character in text):
        raise Unfit("文件名中含有控制字符，请重命名后再上传")
    if len(text) > LONGEST_NAME:
        raise Unfit(f"文件名超过 {LONGEST_NAME} 个字符，请缩短后再上传")
    extension = text.rpartition(".")[2].lower() if "." in text else ""
    if extension not in FORMATS:
        raise Unfit(f"只接受 {ACCEPTED} 格式，请转换后再上传")
    return text, extension


def see_that_it_fits(path: Path, extension: str) -> None:
    """Look into a file on the disk. Raises Unfit where it is empty or not what its extension says."""
    with path.open("rb") as file:
        beginning = file.read(16)
    if not beginning:
        raise Unfit("文件是空的（0 字节），请重新选择")
    if not beginning.startswith(FORMATS[extension].signature):
        raise Unfit(f"内容不是 {extension} 格式，请上传原始文件，不要只改扩展名")
    if reason := _inspect(path, extension):
        raise Unfit(reason)


def _inspect(path: Path, extension: str) -> str:
    """What is wrong with a file's structure, in words; empty where nothing is."""
    command = [sys.executable, "-I", inspection.__file__, str(path), extension]
    environment = {"PYTHONIOENCODING": "utf-8", "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}  # no secret goes along
    with _children:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, our own arguments, no shell
                command, capture_output=True, timeout=SECONDS, env=environment, check=False
            )
        except subprocess.TimeoutExpired:
            return inspection.TOO_HEAVY
    if done.returncode == inspection.FITS:
        return ""
    said = done.stdout.decode("utf-8", "replace").strip()
    return said if done.returncode == inspection.UNFIT and said else inspection.TOO_HEAVY


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _is_unwanted(character: str) -> bool:
    return unicodedata.category(character) in _UNWANTED or character in _REVERSING
