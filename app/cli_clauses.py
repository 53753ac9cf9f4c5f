"""`banjian clauses`: what carries each clause of the programmes and what proves it.

Exit 0: everything is there; 1: something is missing; 2: the programme can't be found.
"""

import sys
from pathlib import Path

import click
import orjson

from app.programmes import coverage, package, schemas


@click.command()
@click.argument("programme", required=False)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出：每条款 {id, carriers, tests}")
def clauses(programme: str | None, as_json: bool) -> None:
    """逐条列出条款由什么落实、由哪些故事和测试证明；PROGRAMME 是项目的键名或文件夹，不写为全部项目。"""
    rows = [found for folder in _folders(programme) for found in coverage.coverage(package.read_folder(folder))]
    if as_json:
        click.echo(orjson.dumps([_as_json(row) for row in rows], option=orjson.OPT_INDENT_2).decode())
    else:
        for row in rows:
            click.echo(f"{row.id}　{row.article}　{row.says}")
            click.echo(f"  落实：{'、'.join(row.carriers) or '—'}")
            click.echo(f"  证明：{_proved(row)}")
    missing = [f"{row.id}：{_said(row, name)}" for row in rows for name in row.missing]
    for line in missing:
        click.echo(line, err=True)
    if not as_json:
        click.echo(f"共 {len(rows)} 条，缺 {len(missing)} 处。")
    sys.exit(1 if missing else 0)


def _proved(row: coverage.Covered) -> str:
    stories = [f"“{proof.name}”" for proof in row.proofs if proof.kind == "story"]
    tests = [f"{proof.place}::{proof.name}" for proof in row.proofs if proof.kind == "test"]
    return "；".join([*stories, *tests]) or "—"


def _said(row: coverage.Covered, name: str) -> str:
    what = {"later": row.later, "unknown_carrier": "、".join(row.unknown)}.get(name, "")
    return coverage.MISSING[name] + (f"（{what}）" if what else "")


def _as_json(row: coverage.Covered) -> dict[str, object]:
    return {
        "id": row.id, "carriers": list(row.carriers),
        "tests": [f"{proof.place}::{proof.name}" if proof.kind == "test" else proof.place for proof in row.proofs],
        "missing": list(row.missing),
    }


def _folders(programme: str | None) -> list[Path]:
    """The folders of the programmes meant. Exits where there is none."""
    home = schemas.FOLDER.parent
    if programme is None:
        return sorted(path.parent for path in home.glob(f"*/{package.SETTINGS}"))
    for place in (home / programme, Path(programme)):
        folder = place.parent if place.name == package.SETTINGS else place
        if (folder / package.SETTINGS).is_file():
            return [folder]
    click.echo(f"没有找到项目 {programme}：请写 processes 下的文件夹名称。", err=True)
    sys.exit(2)
