"""Passwords: which ones are good enough, and their hashes (argon2id)."""

import threading
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid, Unavailable

SHORTEST, LONGEST = 12, 128
"""Length in characters after NFC, both inclusive. Source: ASVS 5.0, 6.2.1 and 6.2.9."""
PATIENCE_SECONDS = 5

hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(4)
_common = frozenset(Path(__file__).with_name("common-passwords.txt").read_text(encoding="utf-8").splitlines())
_look_alikes = str.maketrans("013457@$!", "oieastasi")


def hashed(password: str) -> str:
    """The hash to keep of a password. At most four are worked out at a time: each takes 46 MiB. Raises Unavailable."""
    with _Turn():
        return hasher.hash(_normal(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether a password is the one of the hash. An empty hash matches nothing, and takes as long to say so."""
    with _Turn():
        try:
            return hasher.verify(password_hash or _nobody(), _normal(password)) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def see_that_it_is_good(password: str, *, login: str, name: str = "", classes: int = 1) -> None:
    """Raise Invalid (field "password") where a new password is too short, too long, common, or like the account.

    `classes` is how many of small letters, capitals, digits and other characters must occur. Source: ASVS 5.0, 6.2
    asks for none; GB/T 22239 8.1.4.1 a asks officials for complexity, and an installation may set it.
    """
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        _refuse(f"密码须为 {SHORTEST}–{LONGEST} 个字符，现在是 {len(text)} 个。")
    if any(unicodedata.category(c) == "Cc" for c in text):
        _refuse("密码不能包含控制字符。")
    folded = text.casefold()
    if _is_common(folded):
        _refuse("这个密码太常见，容易被猜到，请换一个。")
    if any(len(word) >= 3 and word.casefold() in folded for word in (login, name)):
        _refuse("密码不能包含登录名或姓名。")
    if _classes(text) < classes:
        _refuse(f"密码须包含大写字母、小写字母、数字、其他字符中的至少 {classes} 类。")


def _is_common(folded: str) -> bool:
    """A listed password, a listed word with digits and signs around it ("Admin@123456"), or hardly any variety."""
    word = "".join(filter(str.isalpha, folded))
    disguised = "".join(filter(str.isalpha, folded.strip("0123456789!@#$%^&*.?_-").translate(_look_alikes)))
    return bool({folded, word, disguised} & _common) or len(set(folded)) < 4


def _classes(text: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not (c.islower() or c.isupper() or c.isdigit()))
    return sum(any(kind(c) for c in text) for kind in kinds)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _refuse(message: str) -> None:
    raise Invalid({"password": [message]})


def _nobody() -> str:
    """A hash that belongs to nobody, made with the costs in force: unknown accounts take as long as known ones."""
    key = (hasher.memory_cost, hasher.time_cost)
    if key not in _decoys:
        _decoys[key] = hasher.hash("nobody's password")
    return _decoys[key]


_decoys: dict[tuple[int, int], str] = {}


class _Turn:
    """One of the places for working out a hash; whoever waits too long for one is sent away."""

    def __enter__(self) -> None:
        if not _at_once.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable()

    def __exit__(self, *_error: object) -> None:
        _at_once.release()
