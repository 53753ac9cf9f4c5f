"""`banjian programme`: check a programme's files, deploy them, list what is deployed.

Exit 0: sound (warnings may be shown); 1: problems that keep it from being deployed; 2: the files can't be found.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from app import clock, db, migrating
from app import config as configuration
from app.errors import Invalid
from app.programmes import checks, copying, operations, package, queries, schemas
from app.programmes.programme import Programme
from app.programmes.reading import Unreadable, read_yaml
from app.vocabulary import known


@click.group()
def programme() -> None:
    """认定项目：检查、部署、复制、列出版本。"""


@programme.command("check")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def check_folders(folders: Sequence[Path], as_json: bool) -> None:
    """检查项目文件夹（processes/<项目>，或其中的 programme.yaml）；有错误时退出码为 1。"""
    found: list[dict[str, Any]] = []
    for folder in folders:
        files = _read(folder)
        for problem in checks.check(files, **known()):
            found.append({"folder": _folder(folder).name, **_as_json(problem)})
            if not as_json:
                click.echo(f"{_WORDS[problem.severity]} {_folder(folder).name}/{problem}")
    errors = sum(1 for problem in found if problem["severity"] == checks.ERROR)
    if as_json:
        click.echo(orjson.dumps({"errors": errors, "problems": found}, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(f"检查了 {len(folders)} 个项目：{errors} 处错误，{len(found) - errors} 处提醒。")
    sys.exit(1 if errors else 0)


@programme.command("deploy")
@click.argument("folder", type=click.Path(path_type=Path))
def deploy_folder(folder: Path) -> None:
    """检查并部署一个项目文件夹；文件与已有版本完全相同时不新增版本。"""
    files = _read(folder)
    _open()
    try:
        with db.transaction() as session:
            before = {row.id for row in queries.releases(session)}
            release = operations.deploy(session, files, person_id=None, **known())
    except operations.NotDeployable as error:
        for problem in error.problems:
            click.echo(f"{_WORDS[problem.severity]} {problem}", err=True)
        click.echo("未部署。", err=True)
        sys.exit(1)
    said = "文件没有变化，仍为" if release.id in before else "已部署"
    click.echo(f"{release.name}：{said}第 {release.number} 版（{release.fingerprint[:12]}）")


@programme.command("copy")
@click.argument("source")
@click.argument("target")
@click.option("--name", default="", help="新项目的名称；不写则在原名称后加“（副本）”")
@click.option("--code", default="", help="编号字头，也是条款号的开头，例如 ABC；不写则取自项目键名")
@click.option("--region", default="", help="认定机关的行政区划代码；不写则不变")
@click.option("--authority", default="", help="认定机关的名称；不写则不变")
def copy_folder(source: str, target: str, **options: str) -> None:
    """把项目 SOURCE（键名或文件夹）复制为项目 TARGET（键名）；已有的文件不会被覆盖。"""
    folder = _found(source)
    _refuse_unsound(_read(folder), f"{folder.name} 有错误，没有复制；请先改正：")
    files = copying.own_files(folder)
    original = Programme(_read(folder))
    try:
        naming = copying.naming(original, target, **options)
        _see_that_code_is_free(folder.parent, naming.code)
        written = copying.write(folder.parent / naming.key, copying.copied(files, original, naming))
    except (Invalid, FileExistsError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"已把“{original.name}”复制为“{naming.name}”（{naming.key}，编号字头 {naming.code}）：")
    for path in written:
        click.echo(f"  {path}")
    _refuse_unsound(_read(folder.parent / naming.key), "复制后有错误，请改正：")
    click.echo(_NEXT.format(key=naming.key, region="" if options["region"] else _SAME_REGION))


@programme.command("list")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def list_releases(as_json: bool) -> None:
    """列出已部署的版本，新的在前。"""
    _open()
    with db.reading() as session:
        rows = queries.releases(session)
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for row in rows:
        mark = "　现行" if row.latest else ""
        click.echo(
            f"{row.programme}　第 {row.number} 版　{clock.local(row.deployed_at):%Y-%m-%d %H:%M}　"
            f"{row.fingerprint[:12]}　{row.name}{mark}"
        )
    if not rows:
        click.echo("还没有部署任何项目：请运行 banjian programme deploy processes/<项目>。")


_NEXT = """接下来：
  1. programme.yaml：依据的文件、施行时间、层级、办理人、期限、批次；en 是照键名写的，请改成正式的英文名称。{region}
  2. clauses.yaml：条款号只换了开头，内容仍是原项目的，请逐条改写。
  3. *.bpmn、criteria.dmn、forms：环节、条件和表单；letters：文书模板。
  4. examples：故事仍照原项目的单位和地区，请按新的条款改写。
  5. 检查：banjian programme check processes/{key}"""
_SAME_REGION = "认定机关和行政区划未变，也请核对。"
_WORDS = {checks.ERROR: "错误", checks.WARNING: "提醒"}


def _found(source: str) -> Path:
    """The folder of a programme named by its key or by a path. Exits where there is none."""
    places = [Path(source), Path("processes") / source, schemas.FOLDER.parent / source]
    found = next((_folder(place) for place in places if (_folder(place) / package.SETTINGS).is_file()), None)
    if found is None:
        click.echo(f"没有找到项目 {source}：请写 processes 下的文件夹名称。", err=True)
        sys.exit(2)
    return found.resolve()


def _refuse_unsound(files: package.Files, said: str) -> None:
    errors = [problem for problem in checks.check(files, **known()) if problem.severity == checks.ERROR]
    if errors:
        click.echo("\n".join([said, *map(str, errors)]), err=True)
        sys.exit(1)


def _see_that_code_is_free(processes: Path, code: str) -> None:
    for path in sorted(processes.glob(f"*/{package.SETTINGS}")):
        other = _code_of(path)
        if other == code:
            said = f"编号字头 {code} 已由 {path.parent.name} 使用，编号会混淆；请用 --code 另取一个。"
            raise Invalid({"code": [said]}, said)


def _code_of(path: Path) -> str:
    """The code in a programme.yaml, "" where it can't be read: that is for the check to tell."""
    try:
        written = read_yaml(path.read_bytes())
        return str(written["programme"]["code"])
    except (Unreadable, KeyError, TypeError):
        return ""


def _folder(path: Path) -> Path:
    return path.parent if path.name == package.SETTINGS else path


def _read(path: Path) -> package.Files:
    try:
        return package.read_folder(_folder(path))
    except FileNotFoundError as error:
        click.echo(f"{error} 请写项目文件夹，例如 processes/项目。", err=True)
        sys.exit(2)


def _as_json(problem: checks.Problem) -> dict[str, str]:
    return {name: getattr(problem, name) for name in ("file", "place", "rule", "severity", "words", "remedy")}


def _open() -> None:
    settings = configuration.from_environment()
    database = db.open_database(settings.database_url, demo=settings.demo)
    if migrating.current(database.engine) != migrating.newest():
        raise configuration.Misconfigured("数据库版本与程序不一致：请先运行 banjian migrate。")
