"""Takes uploaded files as files of a package: single ones or a zip, without trusting names, sizes or what they hold."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable

from app.errors import Invalid
from app.programmes import package

_CHUNK = 64 * 1024
_LISTS = ("programme", "clauses", "materials", "tables", "scoring", "simulation")
_MOST_ENTRIES = 2 * package.MAX_FILES  # folders and hidden files are among them


def take(uploads: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The files of a package that were uploaded, as (name, bytes), by their paths in the package.

    A zip is opened, once and no further. Folders around the package are left out of the paths, so that a zip of
    `processes/KEY` and `forms/KEY` fits as well as one of the package itself. Raises Invalid at "files".
    """
    taken: dict[str, bytes] = {}
    for name, data in uploads:
        inside = _unzipped(name, data) if name.lower().endswith(".zip") else [(name, data)]
        for path, found in inside:
            _put(taken, path, found)
    if not taken:
        raise _refused("没有选择文件，请选择要修改的文件或 zip 压缩包。")
    return taken


def placed(name: str) -> str:
    """Where a file of this name belongs in a package. Raises Invalid for a name that leads anywhere else."""
    parts = name.split("/")
    if "\\" in name or ":" in name or not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise _refused(f"文件名“{_shown(name)}”不能使用：不能含有 ..、反斜杠、冒号或空的文件夹名。请改名后重新上传。")
    for start in range(len(parts)):
        path = "/".join(parts[start:])
        if package.kind_of(path):
            return path
    folder, bare = "/".join(parts[:-1]), parts[-1]
    stem, _, ending = bare.rpartition(".")
    home = {"json": "forms", "docx": "letters"}.get(ending)
    if ending == "yaml" and stem not in _LISTS and (not folder or "examples" in parts):
        home = "examples"
    path = f"{home}/{bare}" if home else ""
    if not package.kind_of(path):
        raise _refused(
            f"“{_shown(name)}”不是认定项目可用的文件。可用：programme.yaml、clauses.yaml、materials.yaml、tables.yaml、"
            "scoring.yaml、*.bpmn、*.dmn、forms/*.json、letters/*.docx、examples/*.yaml；"
            "文件名用小写字母、数字、下划线和短横。"
        )
    return path


def _put(taken: dict[str, bytes], name: str, data: bytes) -> None:
    path = placed(name)
    if path in taken:
        raise _refused(f"文件 {path} 出现了两次，请只上传一份。")
    if len(data) > package.MAX_FILE_BYTES:
        raise _refused(f"文件 {path} 超过 {package.MAX_FILE_BYTES // 1024 // 1024} MB，请删去嵌入的图片后重新上传。")
    taken[path] = data
    if len(taken) > package.MAX_FILES:
        raise _refused(f"文件超过 {package.MAX_FILES} 个，请只上传有改动的文件。")
    if sum(map(len, taken.values())) > package.MAX_PACKAGE_BYTES:
        raise _refused(f"文件合计超过 {package.MAX_PACKAGE_BYTES // 1024 // 1024} MB，请只上传有改动的文件。")


def _unzipped(name: str, data: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise _refused(f"压缩包“{_shown(name)}”中的文件超过 {_MOST_ENTRIES} 个，请只放入有改动的文件。")
            found: list[tuple[str, bytes]] = []
            room = package.MAX_PACKAGE_BYTES
            for entry in entries:
                if entry.is_dir() or _is_hidden(entry.filename):
                    continue
                content = _entry(archive, entry, room)
                room -= len(content)
                found.append((entry.filename, content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError, OSError):
        said = f"压缩包“{_shown(name)}”无法读取（已损坏、已加密或格式不支持），请重新压缩为普通的 zip。"
        raise _refused(said) from None
    if not found:
        raise _refused(f"压缩包“{_shown(name)}”中没有文件，请重新压缩。")
    return found


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """One file of a zip; counted while it is unpacked, since the size that a zip declares may be a lie."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused(f"压缩包中的“{_shown(entry.filename)}”是链接，请换成文件本身后重新压缩。")
    most, content = min(package.MAX_FILE_BYTES, room), bytearray()
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > most:
                raise _refused(
                    f"压缩包中的“{_shown(entry.filename)}”展开后太大：单个文件不超过 "
                    f"{package.MAX_FILE_BYTES // 1024 // 1024} MB，合计不超过 "
                    f"{package.MAX_PACKAGE_BYTES // 1024 // 1024} MB。"
                )
    return bytes(content)


def _is_hidden(name: str) -> bool:
    """What systems and editors put beside the files."""
    parts = name.split("/")
    return "__MACOSX" in parts or any(part.startswith((".", "~")) and part not in (".", "..") for part in parts)


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]


def _refused(message: str) -> Invalid:
    return Invalid({"files": [message]}, message)
