"""`banjian diagram`: what is wrong with diagrams before anybody runs them, their layout and their pictures.

`check` exits 0 if they may be deployed (warnings are told), 1 if one can't run, 2 if the arguments can't be used, a
missing file included. With --json an array of problems {file, element, rule, words, remedy, severity} on standard
output, in every case. `layout` and `render` exit 0, or 2 with a Chinese line on standard error; `layout --check` exits
1 if the picture has faults. Needs no database.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from app import drawing, engine, rules
from app.errors import Invalid

_REMEDY = "在设计器中挪开，或运行 banjian diagram layout 重新排图。"


class ChineseCommand(click.Command):
    """A command that tells wrong arguments in Chinese, as a problem where problems are asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        as_json = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            _refuse(f"没有 {error.option_name} 这个选项", as_json=as_json, command=ctx.command_path)
        except click.UsageError:
            _refuse("请给出流程图文件", as_json=as_json, command=ctx.command_path)


@click.group("diagram", help="流程图。")
def diagram() -> None:
    """Commands on diagrams."""


@diagram.command("check", cls=ChineseCommand, help="检查流程图能否运行，逐项说明问题和改法。")
@click.argument("files", nargs=-1, required=True, metavar="文件...")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check `files` together; what they call may also lie in the same folder or in `common` beside it."""
    sources: dict[str, bytes] = {}
    missing: list[engine.Problem] = []
    for name in dict.fromkeys(files):
        try:
            sources[name] = Path(name).read_bytes()
        except (OSError, ValueError) as error:
            missing.append(engine.problem(name, "", "missing-file", reason=_reason(error)))
    found = [*missing, *_check(sources), *_look_at(sources)]
    _tell(found, as_json=as_json)
    if missing:
        sys.exit(2)
    sys.exit(1 if any(problem.severity == "error" for problem in found) else 0)


def _check(sources: Mapping[str, bytes]) -> Iterator[engine.Problem]:
    """Each folder is a programme of its own, in which ids must be unique; the others may use the same."""
    folders: dict[Path, dict[str, bytes]] = {}
    for name, data in sources.items():
        folders.setdefault(Path(name).resolve().parent, {})[name] = data
    for folder, own in folders.items():
        others = {name: data for name, data in sources.items() if name not in own}
        yield from engine.check(own, beside={**others, **_beside(folder, own)}, names_of=_names)


def _look_at(sources: Mapping[str, bytes]) -> Iterator[engine.Problem]:
    """What is wrong with the pictures: warnings, for a bad picture runs as well as a good one.

    What the engine's own check tells of (no place in the picture, a file that can't be read) isn't told twice.
    """
    for name, data in sources.items():
        with suppress(Invalid):
            for fault in drawing.faults(data):
                if fault.rule not in ("no-shape", "no-edge"):
                    rule = f"picture-{fault.rule}"
                    yield engine.Problem(name, fault.elements[0], rule, fault.words, _REMEDY, "warning")


@diagram.command("layout", cls=ChineseCommand, help="重新排图：泳道横排、自左至右、连线成直角；图形以外一字不动。")
@click.argument("file", metavar="文件")
@click.option("--out", metavar="文件", help="写到另一个文件；“-”为标准输出。缺省改写原文件。")
@click.option("--check", "only_check", is_flag=True, help="不改文件，只列出图形的毛病；有毛病时退出码为 1。")
def layout(file: str, out: str | None, only_check: bool) -> None:
    """Write a complete picture into `file`, or tell what is wrong with the one in it."""
    if only_check and out:
        _stop("--check 不写文件，不能与 --out 同用。")
    data = _content(file)
    try:
        if only_check:
            found = drawing.faults(data)
        else:
            data = drawing.layout(data)
            found = drawing.faults(data)
    except Invalid as error:
        _stop(f"{file}：{_told(error)}")
    if not only_check:
        _write(out or file, data)
    for fault in found:
        click.echo(f"{file}：{fault.words}（{fault.rule}）", err=not only_check)
    if only_check:
        if not found:
            click.echo("图形没有毛病。")
        sys.exit(1 if found else 0)


@diagram.command("render", cls=ChineseCommand, help="把流程图画成 SVG 或 PNG。")
@click.argument("file", metavar="文件")
@click.option("--out", metavar="文件", help="以 .svg 或 .png 结尾；“-”为标准输出（SVG）。缺省为同名的 .svg。")
def render(file: str, out: str | None) -> None:
    """Draw the picture that is in `file`."""
    target = out or str(Path(file).with_suffix(".svg"))
    if target != "-" and Path(target).suffix.lower() not in (".svg", ".png"):
        _stop(f"不能写成“{Path(target).suffix}”；文件名请以 .svg 或 .png 结尾。")
    data = _content(file)
    try:
        picture = drawing.svg(data)
        made = drawing.png(picture) if target.lower().endswith(".png") else picture.encode()
    except Invalid as error:
        _stop(f"{file}：{_told(error)}")
    _write(target, made)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        _stop(f"不能读取“{file}”：{_reason(error)}")


def _write(target: str, data: bytes) -> None:
    if target == "-":
        click.get_binary_stream("stdout").write(data)
        return
    try:
        Path(target).write_bytes(data)
    except (OSError, ValueError) as error:
        _stop(f"不能写入“{target}”：{_reason(error)}")


def _told(error: Invalid) -> str:
    return " ".join(words for said in error.fields.values() for words in said)


def _stop(words: str) -> NoReturn:
    click.echo(" ".join(words.encode("utf-8", "replace").decode().split()), err=True)
    sys.exit(2)


def _names(text: str) -> frozenset[str]:
    return rules.parse(text).names


def _beside(folder: Path, own: Iterable[str]) -> dict[str, bytes]:
    """Other diagrams at hand: the common ones that the programme doesn't replace, then the programme's own."""
    taken = {Path(name).resolve() for name in own}
    here = sorted(folder.glob("*.bpmn"))
    replaced = {path.name for path in here}
    common = [path for path in sorted((folder.parent / "common").glob("*.bpmn")) if path.name not in replaced]
    near: dict[str, bytes] = {}
    for path in (*common, *here):
        if path not in taken:
            with suppress(OSError):
                near[str(path)] = path.read_bytes()
    return near


def _tell(found: list[engine.Problem], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in found], ensure_ascii=False, indent=2))
        return
    for problem in found:
        place = f"{problem.file} {problem.element}".strip()
        grade = "错误" if problem.severity == "error" else "提醒"
        click.echo(f"{place}：{grade}：{problem.words}\n    改法：{problem.remedy}（{problem.rule}）")
    if not found:
        click.echo("没有问题。")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "文件不存在。"
    if isinstance(error, IsADirectoryError):
        return "这是一个文件夹。"
    if isinstance(error, PermissionError):
        return "没有读取权限。"
    return "文件名或磁盘有误。"


def _refuse(reason: str, *, as_json: bool, command: str) -> None:
    problem = engine.problem("", "", "missing-file", reason=f"{reason}。")
    if as_json:
        _tell([problem], as_json=True)
    else:
        example = f"banjian diagram {command.split()[-1]} application.bpmn"
        click.echo(f"{reason}，例如 {example}。", err=True)
    sys.exit(2)
