"""The vocabulary of diagrams as a page for designers: generated from what the domain packages registered."""

from app import words as _words  # noqa: F401 - registers the vocabulary
from app.cases import words
from app.people.roles import ROLES


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
