"""Lets the stories of a proposal be told, one after the other, each in a process of its own with a time limit.

A thread of the server waits for the processes and writes down how each story ended; pages ask the database. If the
server stops meanwhile, the stories that are left wait until somebody lets them be told again.
"""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import orjson
import structlog

from app import db
from app.errors import BanjianError
from app.programmes import proposals
from app.programmes.models import Proposal

log = structlog.get_logger("trials")

TOO_LONG = f"超过 {proposals.STORY_SECONDS} 秒没有办完，已停止。请缩短故事，或检查流程是否反复退回。"
BROKEN = "试办进程没有给出结果，请点“重新试办”；多次出现时请联系系统管理员。"

_ROOT = Path(__file__).resolve().parent.parent.parent
_one_at_a_time = threading.BoundedSemaphore(1)


def start(proposal_id: int) -> threading.Thread:
    """Let the stories that wait be told. Comes back at once."""
    thread = threading.Thread(target=_tell_all, args=(proposal_id,), name=f"trials-{proposal_id}", daemon=True)
    thread.start()
    return thread


def _tell_all(proposal_id: int) -> None:
    try:
        with _one_at_a_time:
            while _tell_next(proposal_id):
                pass
    except BanjianError as error:  # the database is away: what is left waits for the button
        log.warning("trials stopped", proposal=proposal_id, error=error.message)


def _tell_next(proposal_id: int) -> bool:
    with db.transaction() as session:
        trial = proposals.next_trial(session, proposal_id)
        if trial is None:
            return False
        trial_id, path = trial.id, trial.path
        packed = session.get_one(Proposal, proposal_id).files
    passed, said = _told(packed, path)
    with db.transaction() as session:
        proposals.end_trial(session, trial_id, passed=passed, said=said)
    return True


def _told(packed: object, path: str) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="banjian-trial-") as folder:
        asked = orjson.dumps({"files": packed, "path": path, "folder": folder})
        environment = {"PYTHONIOENCODING": "utf-8", "PATH": os.environ.get("PATH", ""),
                       "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}  # no secret goes along
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell, the story over standard input
                [sys.executable, "-m", "app.web.trial"], input=asked, capture_output=True, cwd=_ROOT, env=environment,
                timeout=proposals.STORY_SECONDS, check=False,
            )
            told = orjson.loads(done.stdout)
        except subprocess.TimeoutExpired:
            return False, TOO_LONG
        except orjson.JSONDecodeError:
            trace = done.stderr.decode("utf-8", "replace")[-4_000:]
            log.error("trial broken", path=path, code=done.returncode, trace=trace)
            return False, BROKEN
    return bool(told["passed"]), str(told["said"])
