"""What may stand in an entry's details: flat, short, and without secrets."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

MOST_ITEMS = 200
MOST_CHARACTERS = 2_000
SECRETS = frozenset({"password", "password_hash", "secret", "token", "session", "code_hash", "id_number", "id_card"})

# An identity number (GB 11643): region, birthday, serial number, check digit. Names and reasons that people type
# hold one now and then; the trail is kept for ever, so it keeps the ends only. Source: 个人信息保护法 6, 28.
_IDENTITY_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])([1-9]\d{2})\d{3}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(\d{3}[\dXx])(?![0-9A-Za-z])"
)


def as_text(details: dict[str, Any]) -> str:
    """The details as the JSON text that is stored and hashed.

    Values are scalars (dates and decimals become text) or lists of at most 200 scalars; text over 2,000 characters is
    cut with a mark, identity numbers keep their ends only. Raises ValueError for anything else (the caller's mistake).
    """
    return orjson.dumps({_key(key): _value(key, value) for key, value in details.items()}).decode()


def clean(text: str) -> str:
    """Text that both databases and the hash take: no NUL, no half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _key(key: str) -> str:
    if not isinstance(key, str) or key.lower() in SECRETS:
        raise ValueError(f"audit: {key!r} must not be recorded")
    return key


def _value(key: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        if len(value) > MOST_ITEMS:
            raise ValueError(f"audit: {key!r} has {len(value)} items, at most {MOST_ITEMS}")
        return [_scalar(key, item) for item in value]
    return _scalar(key, value)


def _scalar(key: str, value: Any) -> str | int | float | bool | None:
    if isinstance(value, str):
        return _short(clean(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise ValueError(f"audit: {key!r} holds a {type(value).__name__}; only scalars and lists of scalars are recorded")


def _short(text: str) -> str:
    masked = _IDENTITY_NUMBER.sub(r"\1***********\2", text)
    if len(masked) <= MOST_CHARACTERS:
        return masked
    return f"{masked[:MOST_CHARACTERS]}…(共 {len(masked)} 字)"
