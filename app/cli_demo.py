"""`banjian demo`: load the demonstration, or tell a story from application to title in the terminal."""

import tempfile
from pathlib import Path

import click

from app import config as configuration
from app import db, logs, migrating, stories
from app import demo as demonstration
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.outbox.senders import NoSender
from app.people import regions


@click.command()
@click.option("--load", is_flag=True, help="建立演示数据（已有数据时不重复建立）并列出账号")
@click.option("--story", "told", is_flag=True, help="在临时数据库中讲一个完整的故事，逐步显示，并解释每个期限")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def demo(load: bool, told: bool, file: Path | None) -> None:
    """演示。--story 可另给一个故事文件（processes/项目/examples/名称.yaml）。"""
    logs.set_up("WARNING")
    if told:
        _tell(file)
    elif load:
        _load()
    else:
        raise click.UsageError("请用 --load 或 --story。")


def _load() -> None:
    settings = configuration.from_environment()
    demonstration.load(settings, _say)
    accounts = demonstration.accounts(settings)
    if accounts:
        click.echo(f"\n演示账号（密码都是 {accounts[0][1]}）：")
        for login, _password, who in accounts:
            click.echo(f"  {login:<20}{who}")
        click.echo("")


def _tell(file: Path | None) -> None:
    written = demonstration.story(demonstration.DATA)
    path = file or demonstration.PROCESSES / written["story"]
    key = path.resolve().parent.parent.name
    with tempfile.TemporaryDirectory() as folder:
        database = db.open_database(f"sqlite:///{folder}/story.sqlite3")
        migrating.upgrade(database.engine)
        with db.transaction() as session:
            regions.load(session)
        story = demonstration.story(path)
        demonstration.deploy([key, *story.get("also", ())], _say)
        click.secho(f"\n{story['name']}\n", bold=True)
        stories.Telling(story, files_dir=Path(folder) / "files", programme=key, sender=NoSender(), tell=_say).run()
        click.secho("\n办件经过和期限\n", bold=True)
        for line in stories.timeline():
            click.echo(line)
        database.close()


def _say(line: str) -> None:
    click.echo(f"· {line}")
