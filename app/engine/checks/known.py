"""What a diagram may refer to, as far as the caller knows it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Known:
    """Registries; None means that the caller doesn't know, and nothing is checked against it.

    `periods`, `clauses`, `roles`, `acts` (kinds of collective acts): their keys. `actors`: relation -> the name of its
    lane (or just relations). `forms`: form -> names of the scalars that it writes into the run (or just forms).
    `words`: word -> its parameters (or just words); a word writes a scalar under its own name. `messages`: name ->
    names of the scalars that it brings (or just names). `given`: names that have a value from the start.
    `names_of`: the names in the text of a condition; raises an error of app.errors for a text that can't be read.
    `required`: properties that every user task must have.
    """

    names_of: Callable[[str], Collection[str]] | None = None
    periods: Collection[str] | None = None
    words: Collection[str] | None = None
    forms: Collection[str] | None = None
    actors: Collection[str] | None = None
    roles: Collection[str] | None = None
    messages: Collection[str] | None = None
    clauses: Collection[str] | None = None
    acts: Collection[str] | None = None
    given: Collection[str] | None = None
    required: Collection[str] = field(default=("actor", "form"))

    @property
    def writers(self) -> bool:
        """Whether it is known what every form, message and start writes, so that a name nobody wrote is a fault."""
        return self.given is not None and isinstance(self.forms, Mapping) and isinstance(self.messages, Mapping)


def listed(keys: Collection[str]) -> str:
    """A few keys for a message, in their order."""
    some = list(keys)[:12]
    return "、".join(some) + ("……" if len(keys) > len(some) else "") if some else "（无）"
