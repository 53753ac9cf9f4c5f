"""Random expressions: grown by the grammar, then some of them damaged."""

import random
from datetime import date
from decimal import Decimal

NAMES = ("score", "得分", "share", "kind", "sealed", "blank", "filed_on", "missing")
VALUES = {
    "score": 80,
    "得分": -3,
    "share": Decimal("79.99"),
    "kind": "社团",
    "sealed": True,
    "blank": None,
    "filed_on": date(2026, 3, 15),
}

_CONSTANTS = (
    *("0", "1", "80", "79.99", "0.0000000001", "999999999999999", "true", "false", "null", "True", "None"),
    *('"社团"', "'a'", '""', '"\\"x"', 'date("2026-03-15")', '@"2024-02-29"', 'date("2026-02-30")'),
)
_COMPARISONS = ("=", "==", "!=", "<", "<=", ">", ">=")
_NUMBERS = ("score", "得分", "share", "1", "80", "79.99", "0", "999999999999999", "-5")
_NOISE = tuple("()[]{}.,:;%&|!^~@#$\\`?\"' \t\n\x00_=<>+-*/") + (
    *(
        "**",
        "//",
        "..",
        ":=",
        "__",
        "lambda ",
        " if ",
        " else ",
        " for ",
        " in ",
        " not ",
        " and ",
        "f'",
        "eval(",
        "0x",
    ),
    *("ａ", "＿", "（", "，", "а", "𝐬", "²", "\u200b", "\u202e", "\ud800", "date(", "1e9", "9" * 20, "得", "🙂"),
)


class Babble:
    """A stream of texts that is the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._choice = self._random.choice
        self._chance = self._random.random

    def text(self) -> str:
        """One expression; one in three is damaged in one to three places."""
        grown = self._truth(0) if self._chance() < 0.8 else self._number(0)
        return self._damaged(grown) if self._chance() < 0.33 else grown

    def _truth(self, depth: int) -> str:
        luck = self._chance()
        if depth > 5 or luck < 0.45:
            return self._comparison(depth)
        if luck < 0.75:
            word = self._choice((" and ", " or "))
            return word.join(self._truth(depth + 1) for _ in range(self._choice((2, 2, 3))))
        if luck < 0.87:
            return "not " + self._truth(depth + 1)
        return "(" + self._truth(depth + 1) + ")"

    def _comparison(self, depth: int) -> str:
        luck = self._chance()
        if luck < 0.5:
            return f"{self._number(depth)} {self._choice(_COMPARISONS)} {self._number(depth)}"
        if luck < 0.75:
            return f"{self._choice(NAMES)} {self._choice(_COMPARISONS)} {self._choice(_CONSTANTS)}"
        if luck < 0.9:
            listed = ", ".join(self._choice(_CONSTANTS) for _ in range(self._choice((1, 1, 2))))
            return f"{self._choice(NAMES)} {self._choice(('in', 'not in'))} ({listed})"
        return self._choice(NAMES)

    def _number(self, depth: int) -> str:
        luck = self._chance()
        if depth > 5 or luck < 0.65:
            return self._choice(_NUMBERS)
        if luck < 0.9:
            return f"{self._number(depth + 1)} {self._choice('+-*/')} {self._number(depth + 1)}"
        return f"({self._number(depth + 1)})" if luck < 0.95 else f"-{self._number(depth + 1)}"

    def _damaged(self, text: str) -> str:
        for _ in range(self._choice((1, 1, 2, 3))):
            place = self._random.randrange(len(text) + 1)
            luck = self._chance()
            if luck < 0.5:
                text = text[:place] + self._choice(_NOISE) + text[place:]
            elif luck < 0.75:
                text = text[:place] + text[place + self._choice((1, 1, 2, 5)) :]
            elif luck < 0.9:
                text = text[place:] + text[:place]
            else:
                text = (text + " and ") * self._choice((1, 2, 8))
        return text
