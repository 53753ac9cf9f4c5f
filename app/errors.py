"""What can go wrong with a request, in words for the person who made it.

A domain error says what happened, why, and what to do. The web edge turns each class into one HTTP answer;
nothing below the edge knows a status code.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime


class BanjianError(Exception):
    """办理未成功。"""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        super().__init__(self.message)


class Invalid(BanjianError):
    """填写的内容有误，请按提示修改后重新提交。

    `fields` maps the path of a field ("name", "staff.2.degree"; "" for the whole form) to its messages.
    """

    def __init__(self, fields: Mapping[str, Sequence[str]], message: str | None = None) -> None:
        self.fields = {path: list(messages) for path, messages in fields.items()}
        super().__init__(message or "填写的内容有误，请按提示修改后重新提交。")


class SignInNeeded(BanjianError):
    """请先登录。登录可能已过期，填写的内容请先另存。"""


class NotAllowed(BanjianError):
    """您的岗位不能办理此事项。如需办理，请联系本单位管理员调整岗位。"""


class NotFound(BanjianError):
    """没有找到该内容，或不在您的管辖范围内。"""


class Gone(BanjianError):
    """已被他人先行办理。

    `who` is the name to show, `at` the legal instant of the other change (aware).
    """

    def __init__(self, message: str | None = None, *, who: str = "", at: datetime | None = None) -> None:
        self.who, self.at = who, at
        super().__init__(message or "该事项已被他人先行办理，您的提交未生效。")


class Refused(BanjianError):
    """规定不允许这样办理。

    `clause` is the id of the clause that refuses ("HBI-8.4"), empty where a general rule does.
    """

    def __init__(self, message: str, *, clause: str = "") -> None:
        self.clause = clause
        super().__init__(message)


class Repeated(Refused):
    """已经办过一次，不能再办。"""


class TooMany(BanjianError):
    """尝试次数过多，请稍后再试。

    `wait_seconds` is the real time after which another try is accepted.
    """

    def __init__(self, message: str | None = None, *, wait_seconds: int = 60) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(message or "尝试次数过多，请稍后再试。")


class Unavailable(BanjianError):
    """系统暂时繁忙，您的提交未生效，请稍后重试。"""
