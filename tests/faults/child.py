"""A process that runs the real server or the real worker and kills itself with SIGKILL at a point that the test names.

`python -m tests.faults.child LOG` imports the project once and then forks a life for each order on its standard input,
so that a life costs no start of Python. Nothing in app/ knows of it: the points are events of SQLAlchemy.

Points: "statement:N" before the N-th statement of a transaction that writes, "commit:N" before the N-th commit,
"committed:N" after it and before anybody hears of it. A request names its point in the header X-Kill; a worker's life
gets it with its order.
"""

import contextlib
import importlib
import json
import logging
import os
import pkgutil
import signal
import socket
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import clock, create_app, db, logs, web, worker
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.config import Config
from app.outbox.senders import NoSender

_armed = threading.local()


def main() -> None:
    """Take orders until the input ends: {"do": "serve" | "work" | "loop" | "wait", ...}; one line answers each."""
    answers = os.fdopen(os.dup(1), "w")
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for module in pkgutil.iter_modules(web.__path__):
        importlib.import_module(f"app.web.{module.name}")
    alive: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            answer = _wait(order["pid"])
            alive.discard(order["pid"])
        else:
            answer = _start(order, answers)
            alive.add(answer["pid"])
        print(json.dumps(answer), file=answers, flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _start(order: dict[str, Any], answers: TextIO) -> dict[str, int]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=64) if order["do"] == "serve" else None
    pid = os.fork()
    if pid == 0:
        answers.close()
        _live(order, listening)
    port = listening.getsockname()[1] if listening else 0
    if listening:
        listening.close()
    return {"pid": pid, "port": port}


def _wait(pid: int) -> dict[str, int]:
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status)}


def _live(order: dict[str, Any], listening: socket.socket | None) -> None:
    """The rest of this process's life."""
    code = 1
    try:
        config = Config(
            database_url=order["url"], data_dir=Path(order["data_dir"]), secret_key="k" * 48, secure_cookies=False
        )
        clock.move(datetime.fromisoformat(order["at"]) - clock.real())
        logs.set_up()
        if listening:
            _serve(config, listening)
        else:
            _work(config, order)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve(config: Config, listening: socket.socket) -> None:
    app = create_app(config)
    _listen()
    within = app.wsgi_app

    def with_point(environ: dict[str, Any], start_response: Any) -> Any:
        _arm(environ.get("HTTP_X_KILL", ""))
        return within(environ, start_response)

    app.wsgi_app = with_point
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno()).serve_forever()


def _work(config: Config, order: dict[str, Any]) -> None:
    db.open_database(config.database_url)
    _listen()
    _arm(order.get("kill", ""))
    if order["do"] == "work":
        worker.run_until_idle(NoSender())
    else:
        worker.run(threading.Event(), NoSender(), config.files_dir)


def _arm(point: str) -> None:
    kind, _, number = point.partition(":")
    _armed.point, _armed.seen = (kind, int(number or 0)), dict.fromkeys(("statement", "commit", "committed"), 0)


def _listen() -> None:
    engine = db.current().engine

    def on_begin(connection: Any) -> None:
        if hasattr(_armed, "point"):
            _armed.seen["statement"] = 0

    def on_statement(connection: Any, *_: Any) -> None:
        _pass("statement", connection)

    def on_commit(connection: Any) -> None:
        _pass("commit", connection)

    def on_committed(session: Session) -> None:
        _pass("committed")

    event.listen(engine, "begin", on_begin, insert=True)
    event.listen(engine, "before_cursor_execute", on_statement)
    event.listen(engine, "commit", on_commit)
    event.listen(Session, "after_commit", on_committed)


def _pass(kind: str, connection: Any = None) -> None:
    """Come by a point of a transaction that writes; die if it is the one."""
    if not hasattr(_armed, "point") or (connection is not None and not _writes(connection)):
        return
    _armed.seen[kind] += 1
    if _armed.point == (kind, _armed.seen[kind]):
        os.kill(os.getpid(), signal.SIGKILL)


def _writes(connection: Any) -> bool:
    options = connection.get_execution_options()
    return not options.get("banjian_read_only") and options.get("isolation_level") is None


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
