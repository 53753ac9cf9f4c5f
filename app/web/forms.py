"""The small forms of the edge: one list of fields draws the page and validates what comes back.

Forms of tasks are law and come from `forms/`; these here are the program's own: people, units, passwords, registration.
`auth/_fields.html` draws them.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from marshmallow import RAISE, Schema, ValidationError
from marshmallow import fields as kinds
from marshmallow import validate as must
from werkzeug.datastructures import MultiDict

from app.errors import Invalid

CSRF = "csrf_token"
SHORT, LONG = 100, 1000


@dataclass(frozen=True)
class Field:
    """A field of a form. `kind`: textfield, textarea, select, division, radio, checklist, checkbox, password.

    `en` is the label's second language. `maxlength` counts characters after NFC; `pattern` must match the whole;
    `wrong` says what was expected instead.
    """

    key: str
    label: str
    kind: str = "textfield"
    required: bool = True
    maxlength: int = SHORT
    pattern: str = ""
    wrong: str = ""
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    autocomplete: str = ""
    en: str = ""

    def offering(self, options: Sequence[tuple[str, str]]) -> "Field":
        """The same field with these options."""
        return replace(self, options=tuple(options))

    def optional(self) -> "Field":
        """The same field, but it may stay empty."""
        return replace(self, required=False)


def read(fields: Sequence[Field], typed: MultiDict[str, str]) -> dict[str, Any]:
    """What somebody typed, cleaned and checked: a string a field, a list for a checklist, a bool for a checkbox.

    Raises Invalid with the messages of each field; a field that the form doesn't have, or that comes twice, is refused.
    """
    expected = {field.key: field for field in fields}
    given: dict[str, Any] = {}
    repeated: dict[str, list[str]] = {}
    for key in typed:
        if key == CSRF:
            continue
        field, values = expected.get(key), typed.getlist(key)
        if field is not None and field.kind == "checklist":
            given[key] = values
        elif len(values) > 1:
            repeated[key] = ["同一项提交了多次，请刷新页面后重新填写。"]
        else:
            given[key] = values[0]
    for field in fields:
        given.setdefault(field.key, [] if field.kind == "checklist" else "")
    try:
        loaded = _schema(fields).load(given)
    except ValidationError as error:
        raise Invalid(_messages(error, expected) | repeated) from error
    if repeated:
        raise Invalid(repeated)
    return loaded


def typed_values(fields: Sequence[Field], typed: MultiDict[str, str]) -> dict[str, Any]:
    """What to show again when a form comes back: everything typed but passwords."""
    return {
        field.key: typed.getlist(field.key) if field.kind == "checklist" else typed.get(field.key, "")
        for field in fields
        if field.kind != "password"
    }


def labels(fields: Sequence[Field]) -> dict[str, str]:
    """What each field is called, for the summary of errors."""
    return {field.key: field.label for field in fields}


def page_key() -> int:
    """The key after which a page of a list starts (`after` in the query); 0 is the first. Raises Invalid."""
    text = request.args.get("after", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"after": ["页码不正确，请回到第一页。"]})
    return int(text)


class Line(kinds.String):
    """A line of text: NFC, stripped, no control characters. An empty one fails only where the field is required."""

    def __init__(self, field: Field) -> None:
        super().__init__(required=field.required)
        self.rules = field

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        if self.rules.kind != "password":
            text = text.replace("\r\n", "\n").strip()
        return _checked(text, self.rules)


def _checked(text: str, field: Field) -> str:
    breaks = "\n\t" if field.kind == "textarea" else ""
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in breaks or c == "\ufffd" for c in text):
        raise ValidationError("含有不能识别的字符，请删去后重新填写。")
    if not text:
        if field.required:
            raise ValidationError(f"请{'选择' if field.options else '填写'}{field.label}。")
        return text
    if len(text) > field.maxlength:
        raise ValidationError(f"最多 {field.maxlength} 个字，现在有 {len(text)} 个。")
    if field.options and text not in dict(field.options):
        raise ValidationError("请从列表中选择。")
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise ValidationError(field.wrong)
    return text


def _schema(fields: Sequence[Field]) -> Schema:
    return Schema.from_dict({field.key: _kind(field) for field in fields})(unknown=RAISE)


def _kind(field: Field) -> kinds.Field:
    if field.kind == "checklist":
        allowed = must.OneOf([key for key, _ in field.options], error="请从列表中选择。")
        least = [must.Length(min=1, error=f"请选择{field.label}。")] if field.required else []
        return kinds.List(kinds.String(validate=allowed), validate=least)
    if field.kind == "checkbox":
        return _Tick(field)
    return Line(field)


class _Tick(kinds.Field):
    def __init__(self, field: Field) -> None:
        super().__init__()
        self.rules = field

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if value not in ("", "true"):
            raise ValidationError("只能勾选或不勾选。")
        if self.rules.required and not value:
            raise ValidationError(f"请勾选：{self.rules.label}")
        return value == "true"


def _messages(error: ValidationError, expected: Mapping[str, Field]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, messages in error.normalized_messages().items():
        if key not in expected:
            found[""] = ["提交了本页没有的内容，请刷新页面后重新填写。"]
        elif isinstance(messages, dict):  # of the members of a checklist
            found[key] = sorted({text for texts in messages.values() for text in texts})
        else:
            found[key] = list(messages)
    return found


NAME = Field("name", "姓名", en="Name", maxlength=50, help="真实姓名")
LOGIN = Field(
    "login", "登录名", en="Login", maxlength=40, pattern=r"[A-Za-z0-9][A-Za-z0-9._@-]{2,39}", autocomplete="username",
    wrong="登录名为 3–40 个字符，只能用字母、数字和 . _ @ -，以字母或数字开头。",
    help="3–40 个字母、数字或 . _ @ -，不区分大小写",
)
PHONE = Field(
    "phone", "联系电话", en="Phone", maxlength=30, pattern=r"\+?[0-9][0-9 -]{5,28}[0-9]",
    wrong="应为电话号码，如 13800138000 或 0312-1234567。",
)
EMAIL = Field(
    "email", "电子邮箱", en="E-mail", maxlength=200, pattern=r"[^@\s,;<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
    wrong="应为电子邮箱，如 name@example.cn。",
)
REASON = Field("reason", "理由", en="Reason", kind="textarea", maxlength=500)
PASSWORD = Field(
    "password", "新密码", en="Password", kind="password", maxlength=1000, autocomplete="new-password",
    help="12–128 个字符，不能太常见",
)
AGAIN = Field("again", "再次输入新密码", en="Once more", kind="password", maxlength=1000, autocomplete="new-password")
CODE = Field("code", "一次性代码", en="One-time code", maxlength=60, help="形如 ABCDE-FGHIJ-KLMNP-QRSTU，只能用一次")


def see_that_they_agree(values: Mapping[str, Any]) -> None:
    """Raise Invalid where a new password was typed in two ways."""
    if values["password"] != values["again"]:
        raise Invalid({"again": ["两次输入的密码不一致。"]})
