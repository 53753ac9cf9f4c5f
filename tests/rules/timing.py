"""Measures what one act costs."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Garbage collection of the whole test run isn't charged to what is measured."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """What is done inside takes less than `seconds` of this thread's processor time."""
    with no_collection():
        began = time.thread_time()
        yield
        taken = time.thread_time() - began
    assert taken < seconds, f"{taken * 1000:.1f} ms"
