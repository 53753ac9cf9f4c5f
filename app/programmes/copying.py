"""A programme copied under another name, so that a designer starts from one that works.

Names are rewritten in the text of the files, not in their values: comments, order and layout stay. Every file is
rewritten by the same table at once, so that what names another file, a clause or a field still names it.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import Invalid
from app.programmes import package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml

_KEY = re.compile(r"[a-z][a-z0-9-]{1,63}")
_CODE = re.compile(r"[A-Z]{2,6}")
_REGION = re.compile(r"[0-9]{6}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What would need quotes or escapes in YAML, JSON or XML.
_HARMFUL = re.compile(r"""[\x00-\x1f\x7f"'\\<>&{}\[\]:#,|*!%@`]""")
_LONGEST_NAME = 100
_CLAUSE = r"(?<![A-Za-z0-9-])(?:{prefixes})(?=-(?:[A-Z]{{0,2}}[0-9]|n\b))"
_CODE_LINE = re.compile(r"(?m)^(  code:[ \t]*)[A-Z]{2,6}\b")
_ENGLISH_LINE = re.compile(r"(?m)^(    en:[ \t]*).*$")
_XML = (".xml", ".rels")


@dataclass(frozen=True)
class Naming:
    """What the copy is called. `region` and `authority` None: as in the original."""

    key: str
    code: str
    name: str
    name_en: str
    region: str | None = None
    authority: str | None = None


def naming(
    source: Programme, key: str, *, name: str = "", code: str = "", region: str = "", authority: str = ""
) -> Naming:
    """The names of a copy; what isn't given is made out of the key or stays as it is. Raises Invalid by option."""
    made = "".join(part[0] for part in key.split("-") if part).upper()
    code = code or (made if _CODE.fullmatch(made) else re.sub("[^a-z]", "", key)[:4].upper())
    name = name or f"{source.name}（副本）"
    faults = {
        "target": "" if _KEY.fullmatch(key) else f"项目键名“{key}”应由小写字母、数字和短横组成，如 example-unit。",
        "code": "" if _CODE.fullmatch(code) else f"编号字头“{code}”应为两到六个大写字母；请用 --code 指定。",
        "name": _fault_of_name("项目名称", name),
        "region": "" if _REGION.fullmatch(region or "000000") else f"行政区划代码“{region}”应为六位数字。",
        "authority": _fault_of_name("认定机关名称", authority) if authority else "",
    }
    if not faults["target"] and key in (package.COMMON, "schema"):
        faults["target"] = f"“{key}”是公用的文件夹，请换一个项目键名。"
    if wrong := {option: [fault] for option, fault in faults.items() if fault}:
        raise Invalid(wrong, "".join(message for messages in wrong.values() for message in messages))
    return Naming(key, code, name, key.replace("-", " ").title(), region or None, authority or None)


def copied(files: package.Files, source: Programme, to: Naming) -> dict[str, bytes]:
    """The files of a programme (its own, without common ones) as those of the copy."""
    rename = _Rename.of(files, source, to)
    return {path: _rewritten(path, data, rename, to) for path, data in files.items()}


def own_files(folder: Path) -> dict[str, bytes]:
    """What lies in a programme's own two folders, `processes/<key>` and `forms/<key>`, named as in a package."""
    forms = {f"forms/{path}": data for path, data in package.files_under(_forms_of(folder))}
    return dict(package.files_under(folder)) | forms


def write(folder: Path, files: package.Files) -> list[Path]:
    """Write a programme's own files into its two new folders; returns what was written, in order.

    Raises FileExistsError where one of the folders is there: nothing is overwritten.
    """
    for place in (folder, _forms_of(folder)):
        if place.exists():
            raise FileExistsError(f"{place} 已经存在，没有复制；请换一个项目键名，或先移走它。")
    written = []
    for path, data in sorted(files.items()):
        place = _forms_of(folder) / path.removeprefix("forms/") if path.startswith("forms/") else folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        written.append(place)
    return written


def _forms_of(folder: Path) -> Path:
    return folder.parent.parent / "forms" / folder.name


def _fault_of_name(what: str, name: str) -> str:
    if not _CHINESE.search(name) or len(name) > _LONGEST_NAME:
        return f"{what}“{name[:40]}”应为中文，最长 {_LONGEST_NAME} 字。"
    if _HARMFUL.search(name) or name != name.strip() or name[0] in "-?":
        return f"{what}“{name[:40]}”含有引号、冒号等不能用的符号，请删去。"
    return ""


@dataclass(frozen=True)
class _Rename:
    """Old text -> new text, all replaced in one pass: what was put in isn't replaced again."""

    shape: re.Pattern[str]
    table: Mapping[str, str]
    code: str

    @classmethod
    def of(cls, files: package.Files, source: Programme, to: Naming) -> "_Rename":
        table = {source.key: to.key, source.name: to.name, source.title.name: to.name}
        if to.authority:
            table[source.authority.name] = to.authority
        if to.region:
            table |= {f"{quote}{source.authority.region}{quote}": f"{quote}{to.region}{quote}" for quote in "\"'"}
        # The longest first: an authority's name may hold the programme's. A key is a word: it may begin another one.
        names = sorted(table, key=len, reverse=True)
        shapes = [rf"(?<![a-z0-9-]){re.escape(n)}(?![a-z0-9-])" if n == source.key else re.escape(n) for n in names]
        shapes.append(_CLAUSE.format(prefixes="|".join(_prefixes(files, source))))
        return cls(re.compile("|".join(shapes)), table, to.code)

    def __call__(self, data: bytes) -> bytes:
        """The data with the new names; what is no text stays."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return data
        return self.shape.sub(lambda found: self.table.get(found[0], self.code), text).encode()


def _prefixes(files: package.Files, source: Programme) -> set[str]:
    """With what numbers and the ids of clauses begin: the code, and the prefix that most clauses have."""
    written = read_yaml(files[package.CLAUSES]) if package.CLAUSES in files else {}
    found = Counter(clause.partition("-")[0] for clause in written)
    return {source.code, *(prefix for prefix, _ in found.most_common(1) if source.code not in found)}


def _rewritten(path: str, data: bytes, rename: _Rename, to: Naming) -> bytes:
    if package.kind_of(path) == "letter":
        return _letter(data, rename)
    renamed = rename(data)
    if path == package.SETTINGS:
        text = _CODE_LINE.sub(rf"\g<1>{to.code}", renamed.decode(), count=1)
        return _ENGLISH_LINE.sub(rf"\g<1>{to.name_en}", text, count=1).encode()
    return renamed


def _letter(data: bytes, rename: _Rename) -> bytes:
    """A letter that names the programme, its authority or a clause, with the new names; any other byte for byte."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            parts = [(info, old.read(info)) for info in old.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return data
    renamed = [(info, rename(part) if info.filename.endswith(_XML) else part) for info, part in parts]
    if renamed == parts:
        return data
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info, part in renamed:
            new.writestr(info, part)
    return made.getvalue()
