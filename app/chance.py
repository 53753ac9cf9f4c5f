"""Chance: what draws are seeded with, public ids are made of and turns are taken by. A simulation holds it, so that the
same seed does the same. Nobody's secret (a password, a code) is made here.
"""

import random
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ID_BYTES = 9
_SEED_BYTES = 16
_held: ContextVar[random.Random | None] = ContextVar("held_chance", default=None)


def public_id() -> str:
    """Twelve letters, digits, - and _ that nobody can guess."""
    return urlsafe_b64encode(_bytes(_ID_BYTES)).decode()


def seed() -> str:
    """The seed of a draw that is kept on record: 32 hexadecimal digits."""
    return _bytes(_SEED_BYTES).hex()


def turn() -> float:
    """A number from 0 up to 1 by which some go before others."""
    held = _held.get()
    return held.random() if held else random.random()  # noqa: S311 - nothing is kept secret by it


@contextmanager
def held(seed_: str) -> Iterator[None]:
    """Let chance follow from a seed, as in a simulation; never where people rely on it."""
    token = _held.set(random.Random(seed_))  # noqa: S311 - it is meant to be foreseen
    try:
        yield
    finally:
        _held.reset(token)


def _bytes(count: int) -> bytes:
    held = _held.get()
    return held.randbytes(count) if held else secrets.token_bytes(count)
