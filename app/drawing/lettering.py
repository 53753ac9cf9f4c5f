"""How much room a text takes: a full-width character is as wide as the font size, any other about six tenths of it."""

import unicodedata
from collections.abc import Iterator

LABEL_SIZE = 12  # what the pages' viewer writes beside events, gateways and lines
NAME_SIZE = 13  # what it writes inside of tasks and on lanes
LABEL_LINE = 16
NAME_LINE = 17
LABEL_WIDTH = 88  # the viewer breaks labels at 90; seven full-width characters

# What must not begin a line, and what must not end one.
_NEVER_FIRST = frozenset("，。、；：？！）》」』】%,.;:?!)]}")
_NEVER_LAST = frozenset("（《「『【([{")


def width(text: str, size: int = LABEL_SIZE) -> float:
    """The width of one line, in pixels."""
    return sum(size if unicodedata.east_asian_width(sign) in "WFA" else size * 0.6 for sign in text)


def lines(text: str, limit: float, size: int = LABEL_SIZE) -> list[str]:
    """The text broken so that no line is wider than `limit`, words kept whole and lines of like length."""
    parts = list(_words(" ".join(text.split())))
    if not parts:
        return []
    needed = len(_filled(parts, limit, size))
    # The narrowest limit that needs no more lines makes them alike: 评审是 / 否通过 rather than 评审是否通 / 过.
    low, high = max(width(part.strip(), size) for part in parts), limit
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(parts, middle, size)) <= needed else (middle, high)
    return _filled(parts, max(low, high), size)


def label_size(text: str, limit: float = LABEL_WIDTH) -> tuple[float, float]:
    """Width and height of a label that is wrapped at `limit`, in whole pixels; (0, 0) for no text."""
    broken = lines(text, limit)
    if not broken:
        return 0, 0
    widest = max(width(line) for line in broken)
    return 2 * round((widest + 3) / 2), LABEL_LINE * len(broken)


def _filled(parts: list[str], limit: float, size: int) -> list[str]:
    made: list[str] = []
    line = ""
    for part in parts:
        if line and width((line + part).rstrip(), size) > limit + 1e-6:
            made.append(line.rstrip())
            line = part.lstrip()
        else:
            line += part
    return [*made, line.rstrip()] if line.strip() else made


def _words(text: str) -> Iterator[str]:
    """What must stay on one line: a full-width character with its punctuation, or a word of other letters."""
    word = ""
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF"
        starts = bool(word) and sign not in _NEVER_FIRST and word[-1] not in _NEVER_LAST and (
            wide or word[-1] == " " or unicodedata.east_asian_width(word[-1]) in "WF"
        )
        if starts:
            yield word
            word = ""
        word += sign
    if word:
        yield word
