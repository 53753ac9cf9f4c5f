"""The vocabulary of packages: what the check of one is held against, and the same as a page for designers.

Generated from what the domain packages registered.
"""

from typing import Any

from app import words as _words  # noqa: F401 - registers the vocabulary
from app.cases import words
from app.notices import fields
from app.people.roles import ROLES
from app.programmes.checks import MESSAGES


def known() -> dict[str, Any]:
    """What `checks.check` and `operations.deploy` of programmes ask for: all that this house knows."""
    return {
        "words": words.parameters_by_word(), "roles": tuple(ROLES), "kinds": tuple(words.act_kinds()),
        "messages": MESSAGES, "letter_fields": tuple(fields.KNOWN),
    }


def as_markdown() -> str:
    """The tables of words, kinds of collective acts and roles, in Chinese with the English beside it."""
    lines = ["| 词（word） | 作用 | In English | 参数 |", "|---|---|---|---|"]
    for name, word in words.vocabulary().items():
        parameters = "；".join(f"`{key}` {text}" for key, text in word.parameters.items()) or "无"
        lines.append(f"| `{name}` | {word.zh} | {word.en} | {parameters} |")
    lines += ["", "| 批量行文（collective） | 名称 |", "|---|---|"]
    lines += [f"| `{name}` | {kind.zh} |" for name, kind in words.act_kinds().items()]
    lines += ["", "| 岗位（actor 的后一半） | 名称 | In English |", "|---|---|---|"]
    lines += [f"| `{key}` | {role.zh} | {role.en} |" for key, role in ROLES.items()]
    return "\n".join(lines)
