"""What an installation may set, read once from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Settings of one installation.

    `database_url` is an SQLAlchemy URL (SQLite file or PostgreSQL); `data_dir` holds uploaded files and, by default,
    the SQLite file. `demo` opens the demonstration: movable legal time, printed accounts, mail to the console.
    `trusted_proxies` is the exact number of reverse proxies in front (0: none).
    """

    database_url: str
    data_dir: Path
    secret_key: str
    demo: bool = False
    secure_cookies: bool = True
    smtp_url: str = ""
    mail_from: str = "banjian@localhost"
    site_name: str = "办件"
    site_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"


class Misconfigured(RuntimeError):
    """The environment lacks or contradicts a setting; the message says which and how to mend it."""


def from_environment(env: Mapping[str, str] = os.environ) -> Config:
    """The configuration that the environment describes.

    Raises Misconfigured where a setting is missing or makes no sense. Outside the demonstration SECRET_KEY must be
    given; in it a key is made once and kept in the data folder.
    """
    demo = _flag(env, "BANJIAN_DEMO", default=False)
    data_dir = Path(env.get("BANJIAN_DATA", "var")).resolve()
    url = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'banjian.sqlite3'}"
    return Config(
        database_url=_with_driver(url),
        data_dir=data_dir,
        secret_key=env.get("SECRET_KEY") or _demo_secret(data_dir, demo=demo),
        demo=demo,
        secure_cookies=_flag(env, "BANJIAN_SECURE_COOKIES", default=not demo),
        smtp_url=env.get("SMTP_URL", ""),
        mail_from=env.get("MAIL_FROM", "banjian@localhost"),
        site_name=env.get("BANJIAN_SITE_NAME", "办件"),
        site_url=env.get("BANJIAN_SITE_URL", "http://127.0.0.1:8000").rstrip("/"),
        trusted_proxies=_count(env, "BANJIAN_TRUSTED_PROXIES"),
    )


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text in {"", "1", "true", "yes", "0", "false", "no"}:
        return default if not text else text in {"1", "true", "yes"}
    raise Misconfigured(f"{name}={text!r}: 只能是 1 或 0。")


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name, "0").strip()
    if not text.isdigit():
        raise Misconfigured(f"{name}={text!r}: 只能是非负整数。")
    return int(text)


def _with_driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("postgresql+psycopg://", "sqlite://")):
        return url
    raise Misconfigured("DATABASE_URL: 只支持 sqlite:///文件 与 postgresql://。")


def _demo_secret(data_dir: Path, *, demo: bool) -> str:
    if not demo:
        raise Misconfigured("缺少 SECRET_KEY：请设置至少 32 个字符的随机密钥（演示环境会自动生成）。")
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
