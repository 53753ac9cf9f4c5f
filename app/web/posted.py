"""What a form of a programme posted: its answers apart from the page's own fields, and nothing that no page sends."""

from collections.abc import Collection
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.errors import Invalid
from app.formschema.fields import RESERVED

MANGLED = "\ufffd"  # what stands where bytes weren't UTF-8
MOST_PAIRS = 20_000


def answers(own: Collection[str], sent: MultiDict[str, str] | None = None) -> MultiDict[str, str]:
    """Everything posted (or `sent` in another way) but the page's own fields."""
    pairs = request.form if sent is None else sent
    return MultiDict((name, value) for name, value in pairs.items(multi=True) if name not in own)


def see_that_a_page_sent_it(
    own: Collection[str], *, repeated: Collection[str] = (), sent: MultiDict[str, str] | None = None
) -> None:
    """Raise Invalid for what no page sends: reserved names, one of the page's own fields twice, mangled text.

    A form would pass over reserved names, so that who sends them would believe that they count. Of the own fields only
    those in `repeated` may come more than once.
    """
    errors: dict[str, list[str]] = {}
    for name, values in (request.form if sent is None else sent).lists():
        if name in own:
            if len(values) > 1 and name not in repeated:
                errors[name] = ["同一项提交了多次，请刷新页面后重新填写。"]
        elif name in RESERVED or name.startswith("_"):
            errors[""] = ["提交了本页没有的内容，请刷新页面后重新填写。"]
        elif any(MANGLED in value for value in values):
            errors[name.replace("-", ".")] = ["含有不能识别的字符，请删去后重新填写。"]
    if errors:
        raise Invalid(errors)


def pairs(body: Any) -> MultiDict[str, str]:
    """The answers of a page that a script sent as JSON: a list of [name, text]. Raises Invalid for anything else."""
    if not isinstance(body, list) or len(body) > MOST_PAIRS:
        raise Invalid({"": ["提交的内容不完整，请刷新页面后重试。"]})
    if not all(isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair) for pair in body):
        raise Invalid({"": ["提交的内容不完整，请刷新页面后重试。"]})
    return MultiDict([(name, value) for name, value in body])


def draft_revision(said: object) -> int | None:
    """The revision of the draft that the page was made from, as the page sends it back; None where it sent none."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 10**9:
        return said
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10:
        return int(said)
    if said in (None, ""):
        return None
    raise Invalid({"": ["暂存的版本号不正确，请刷新页面后重试。"]})
