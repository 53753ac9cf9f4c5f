"""`banjian simulate`: years of a programme's life in minutes, in a database of its own."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click
import orjson
from sqlalchemy import event, func, select

from app import config as configuration
from app import db, logs, migrating
from app import demo as demonstration
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.config import Misconfigured
from app.people import regions
from app.people.models import Unit
from app.simulating import Simulation, table
from app.simulating.running import Progress


@click.command()
@click.argument("programme")
@click.option("--years", default=4, show_default=True, type=click.IntRange(1, 20), help="几年")
@click.option("--institutions", default=50, show_default=True, type=click.IntRange(1, 5000), help="几家机构")
@click.option("--seed", default=1, show_default=True, type=int, help="随机数种子：同一种子，所有事情完全相同")
@click.option("--database", default="", help="在这个空数据库中进行（SQLAlchemy 地址）；不写则用临时数据库，完成后删除")
@click.option("--check-every", default=1, show_default=True, type=click.IntRange(1, 240), help="每几个月检查一次不变量")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果")
def simulate(
    programme: str, years: int, institutions: int, seed: int, database: str, check_every: int, as_json: bool
) -> None:
    """模拟 PROGRAMME（如 hebei-institution）若干年：申报、认定、报送、处理、预约、评价、期满，月末检查数据，最后列表。

    各人怎样做由 processes/项目/simulation.yaml 写明。发现不一致时停下，退出码为 2。
    """
    logs.set_up("ERROR")
    begun, worked = time.monotonic(), time.process_time()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banjian-simulate-")))
        opened = db.open_database(database or f"sqlite:///{folder}/simulation.sqlite3")
        stack.callback(opened.close)
        if not database:
            _forget_at_power_failure(opened)
        migrating.upgrade(opened.engine)
        with db.transaction() as session:
            if session.scalar(select(func.count()).select_from(Unit)):
                raise Misconfigured("这个数据库里已有单位。模拟只在空数据库中进行，请另给一个。")
            regions.load(session)
        demonstration.deploy([programme], lambda line: click.echo(line, err=True))
        config = configuration.Config(database_url="", data_dir=folder, secret_key="-" * 48)
        run = Simulation(
            programme, years=years, institutions=institutions, seed=seed, config=config, check_every=check_every,
            tell=lambda progress: _say(progress, begun),
        )
        happened = run.run()
    seconds, processor = round(time.monotonic() - begun, 1), round(time.process_time() - worked, 1)
    if as_json:
        found = {
            "programme": programme, "seed": seed, "institutions": institutions, "seconds": seconds,
            "processor": processor, "steps": run.steps, "unstaffed": run.unstaffed, "refused": dict(run.refusals),
            "years": {str(year.year): year.figures for year in happened},
        }
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    click.echo("")
    _print(table(happened))
    took = f"用时 {seconds:.0f} 秒，处理器 {processor:.0f} 秒"
    click.echo(f"\n种子 {seed}，{institutions} 家机构，{years} 年；办理 {run.steps} 步，{took}。")
    for said, count in run.refusals.most_common():
        click.echo(f"被拒绝 {count} 次　{said}")
    if run.unstaffed:
        click.echo(f"没有人办理的待办 {run.unstaffed} 件")
    unused = [one for place, one in enumerate(run.plan.tasks) if place not in run.plan.used]
    for one in unused:
        click.echo(f"没有用到的规则　{one.diagram} {one.task} {one.actor} {one.only}".rstrip())


def _forget_at_power_failure(database: db.Database) -> None:
    """A database that is thrown away needn't outlive the machine: no waiting for the disk."""
    for engine in {database.engine, database.readers}:
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        engine.dispose()


def _say(progress: Progress, begun: float) -> None:
    checked = f"，检查 {progress.checked} 条，一致" if progress.checked else ""
    click.echo(
        f"{progress.month}　在册 {progress.standing}，办件 {progress.cases}，待办 {progress.open}{checked}"
        f"　{time.monotonic() - begun:.0f} 秒", err=True,
    )


def _print(rows: list[list[str]]) -> None:
    """The table in columns; a Chinese character is two wide."""
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        first, *numbers = row
        cells = [first + " " * (widths[0] - _width(first))]
        cells += [" " * (width - _width(number)) + number for number, width in zip(numbers, widths[1:], strict=True)]
        click.echo("  ".join(cells))


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
