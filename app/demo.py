"""The demonstration: what `processes/demonstration.yaml` tells, done once through the real verbs."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import clock, db, migrating, simulating, stories
from app.calendars import current
from app.calendars import operations as calendars
from app.config import Config
from app.outbox.senders import sender_for
from app.people import regions
from app.people.models import Unit
from app.people.roles import ROLES
from app.programmes import operations as programmes
from app.programmes import package
from app.programmes.reading import read_yaml
from app.vocabulary import known

PROCESSES = Path(__file__).resolve().parent.parent / "processes"
DATA = PROCESSES / "demonstration.yaml"
ACCOUNTS = "demonstration-accounts.json"
_DAY = re.compile(r"T([+-]\d{1,4})")


def load(config: Config, tell: Callable[[str], None]) -> None:
    """Migrate, deploy and, in an empty database, live through the demonstration's story. Again: what is missing."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    database = db.open_database(config.database_url, demo=config.demo)
    tell("数据库")
    migrating.upgrade(database.engine)
    with db.transaction() as session:
        if count := regions.load(session):
            tell(f"行政区划 {count} 个")
        if years := calendars.import_announced(session):
            tell(f"工作日历 {years[0]} 至 {years[-1]} 年")
    current.refresh(at_once=True)
    written = read_yaml(DATA.read_bytes())
    deploy(written["programmes"], tell)
    with db.reading() as session:
        if session.scalar(select(func.count()).select_from(Unit)):
            return
    password = f"Banjian-{secrets.token_hex(3)}"
    today = clock.real()
    telling = stories.Telling(
        {**written, "answers": dated(written["answers"], today)}, files_dir=config.files_dir,
        programme=written["programmes"][0], password=password, sender=sender_for(config), tell=tell, today=today,
    )
    begins = telling.begin()
    if "neighbours" in written:
        telling.meanwhile = _neighbours(written, telling, config, begins)
    for number in range(len(written["steps"])):
        telling.do_step(number)
    telling.pass_time_until(clock.real())
    (config.data_dir / ACCOUNTS).write_text(json.dumps({"password": password}), encoding="utf-8")


def _neighbours(
    written: Mapping[str, Any], telling: stories.Telling, config: Config, begins: datetime
) -> Callable[[datetime], None]:
    """Institutions that hold titles already, with people of their own; returns what passes time for them."""
    with clock.held_at(begins), db.reading() as session:
        admin = telling.identity(session, written["neighbours"]["settled_by"])
    with clock.held_at(begins):
        return simulating.Neighbours(
            written["neighbours"]["programmes"], names=written["neighbours"]["names"], admin=admin,
            password=telling.password, config=config, sender=telling.sender, tell=telling.tell,
        ).pass_until


def dated(answers: Any, today: datetime) -> Any:
    """Answers in which each day written `T-12` (twelve days before today, in Beijing) has become `2026-10-02`."""
    if isinstance(answers, Mapping):
        return {key: dated(inner, today) for key, inner in answers.items()}
    if isinstance(answers, list):
        return [dated(inner, today) for inner in answers]
    if isinstance(answers, str) and (days := _DAY.fullmatch(answers)):
        return (clock.local(today).date() + timedelta(days=int(days[1]))).isoformat()
    return answers


def deploy(keys: list[str], tell: Callable[[str], None]) -> None:
    """Deploy programmes as they lie in the folder; one that is deployed already stays as it is."""
    for key in keys:
        with db.transaction() as session:
            release = programmes.deploy(session, package.read_folder(PROCESSES / key), person_id=None, **known())
            tell(f"认定项目 {release.name} 第 {release.number} 版")


def accounts(config: Config) -> list[tuple[str, str, str]]:
    """One account a role, tier and city of the demonstration: (login, password, who)."""
    path = config.data_dir / ACCOUNTS
    if not path.exists():
        return []
    password = json.loads(path.read_text(encoding="utf-8"))["password"]
    shown: list[tuple[str, str, str]] = []
    seen: set[tuple[str, str, str]] = set()
    for unit in read_yaml(DATA.read_bytes())["units"].values():
        for person in unit["people"]:
            kind = (unit.get("tier", unit["kind"]), ",".join(person["roles"]), unit["region"][:4])
            if kind not in seen:
                seen.add(kind)
                roles = "、".join(ROLES[role].zh for role in person["roles"])
                shown.append((person["login"], password, f"{unit['name']}　{person['name']}　{roles}"))
    return shown


def story(path: Path) -> dict[str, Any]:
    """The story of a file, read."""
    return read_yaml(path.read_bytes())
