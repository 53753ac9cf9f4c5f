"""Commands that run and look after an installation."""

import signal
import sys
import threading
from typing import Any

import click
import orjson
from sqlalchemy.exc import OperationalError

from app import config as configuration
from app import db, logs, migrating


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="服务进程数")
@click.option("--with-worker", is_flag=True, help="在服务进程内同时运行后台办理线程（演示用）")
def serve(host: str, port: int, processes: int, with_worker: bool) -> None:
    """启动网页服务。"""
    from gunicorn.app.base import BaseApplication

    from app import create_app

    settings = configuration.from_environment()
    logs.set_up("WARNING" if with_worker else "INFO")

    class Server(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("workers", processes)
            self.cfg.set("threads", 8)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("timeout", 120)
            self.cfg.set("graceful_timeout", 10)
            self.cfg.set("loglevel", "warning")
            self.cfg.set("control_socket_disable", True) if "control_socket_disable" in self.cfg.settings else None
            if with_worker:
                self.cfg.set("post_worker_init", lambda _worker: _start_worker_thread(settings))

        def load(self) -> Any:
            return create_app(settings)

    click.echo(f"{settings.site_name} http://{host}:{port}")
    Server().run()


@click.command()
def worker() -> None:
    """运行后台办理进程：到期计时、消息、批量行文、邮件。可同时运行多个。"""
    from app import words as _words  # noqa: F401 - registers the vocabulary
    from app import worker as loop
    from app.outbox.senders import sender_for

    settings = configuration.from_environment()
    open_installation(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs.set_up()
    loop.run(stop, sender_for(settings), settings.files_dir)


@click.command()
def migrate() -> None:
    """把数据库升级到当前版本，并装入行政区划和已公布的工作日历。"""
    from app import words  # noqa: F401 - whoever hears of a title
    from app.calendars import operations as calendars
    from app.people import regions
    from app.titles import changing

    settings = configuration.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = db.open_database(settings.database_url, demo=settings.demo)
    migrating.upgrade(database.engine)
    with db.transaction() as session:
        regions.load(session)
        calendars.import_announced(session)
        changing.take_up(session)
    click.echo(f"数据库版本 {migrating.current(database.engine)}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def check(as_json: bool) -> None:
    """检查数据是否一致（不变量）；发现问题时退出码为 1。"""
    from app import invariants

    settings = configuration.from_environment()
    open_installation(settings)
    with db.snapshot() as session:
        report = invariants.check(session, settings)
    if as_json:
        click.echo(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(report.as_text())
    sys.exit(1 if report.breaches else 0)


@click.command()
def seal() -> None:
    """为当天的审计链生成每日总印，可抄送系统之外保存。"""
    from app import clock
    from app.audit import operations as audit

    open_installation(configuration.from_environment())
    with db.transaction() as session:
        root = audit.make_root(session, clock.local(clock.real()).date())
    click.echo(f"{root.day} {root.hash}")


@click.group()
def admin() -> None:
    """系统管理员。"""


@admin.command("create")
def create_admin() -> None:
    """生成首个管理员的一次性登记码（已有管理员时拒绝）。"""
    from app.people import operations as people

    settings = configuration.from_environment()
    open_installation(settings)
    with db.transaction() as session:
        code = people.first_administrator_code(session)
    click.echo(f"请在 24 小时内打开 {settings.site_url}/setup 并输入登记码：{code}")


@click.command()
def words() -> None:
    """列出流程图可用的词汇（processes/README.md 中的词汇表由此生成）。"""
    from app.vocabulary import as_markdown

    click.echo(as_markdown())


def open_installation(settings: configuration.Config) -> db.Database:
    """Open the installation's database, and compute with its calendar. Raises Misconfigured without its schema."""
    from app.calendars import current

    database = db.open_database(settings.database_url, demo=settings.demo)
    try:
        found = migrating.current(database.engine)
    except OperationalError as error:
        raise configuration.Misconfigured(f"数据库打不开：{error.orig}。请先运行 banjian migrate。") from error
    if found != migrating.newest():
        raise configuration.Misconfigured("数据库版本与程序不一致：请先运行 banjian migrate。")
    current.refresh(at_once=True)
    return database


def _start_worker_thread(settings: configuration.Config) -> None:
    from app import words as _words  # noqa: F401 - registers the vocabulary
    from app import worker as loop
    from app.outbox.senders import sender_for

    loop.start_thread(sender_for(settings), settings.files_dir)
