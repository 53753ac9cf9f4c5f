"""What becomes of an error: one table from the kinds of app/errors.py, of the database and of HTTP to answers.

An answer is a whole page, or for htmx only its message. Nothing of the program ever shows in it.
"""

import secrets
import traceback
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import errors

log = structlog.get_logger("web")


@dataclass(frozen=True)
class Answer:
    """A status, what the page is headed, and, where the error has no words of its own, what it says."""

    status: int
    title: str
    message: str = ""


ANSWERS: dict[type[Exception], Answer] = {
    errors.Invalid: Answer(422, "填写的内容有误"),
    errors.SignInNeeded: Answer(401, "请先登录"),
    errors.NotAllowed: Answer(403, "不能办理此事项"),
    errors.NotFound: Answer(404, "没有找到"),
    errors.Gone: Answer(409, "情况已有变化"),
    errors.Repeated: Answer(409, "已经办过"),
    errors.Refused: Answer(422, "不能这样办理"),
    errors.TooMany: Answer(429, "请稍后再试"),
    errors.Unavailable: Answer(503, "系统暂时繁忙"),
    PoolTimeout: Answer(503, "系统暂时繁忙", errors.Unavailable().message),
    CSRFError: Answer(
        400, "页面已过期",
        "本页打开得太久，或登录情况已有变化。请返回上一页，刷新后重新提交；填写的内容请先另存。",
    ),
    DataError: Answer(422, "填写的内容有误", "提交的内容里有不能保存的字符或过大的数字，请修改后重新提交。"),
    DBAPIError: Answer(500, "系统出错了"),
}
HTTP_ANSWERS = {
    400: Answer(400, "请求有误", "请求的内容不完整或格式不正确，请返回上一页重新操作。"),
    404: Answer(404, "没有找到", "没有这个页面。请检查网址，或从首页重新进入。"),
    405: Answer(405, "不能这样打开", "这个网址不能直接打开，请从页面上的按钮操作。"),
    413: Answer(413, "内容太大", "提交的内容超过了允许的大小。请压缩附件或分次提交。"),
    414: Answer(414, "网址太长", "网址超过了允许的长度，请从首页重新进入。"),
    415: Answer(415, "格式不支持", "不支持这种格式的内容，请用页面上的表单提交。"),
    431: Answer(431, "请求有误", "请求头超过了允许的大小，请清除本站的浏览器缓存后重试。"),
}
BROKEN = Answer(500, "系统出错了", "系统出错，您的提交未生效。问题已记录；如多次出现，请把下面的编号告诉系统管理员。")
UNAVAILABLE_SECONDS = 5


def answer(app: Flask) -> None:
    """Answer errors by the table."""
    for kind, found in ANSWERS.items():
        app.register_error_handler(kind, lambda error, found=found: _answer(error, found))
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_broken)


def _answer(error: Exception, found: Answer) -> Response | tuple[str, int, dict[str, str]]:
    if isinstance(error, errors.SignInNeeded) and request.method in ("GET", "HEAD") and not _wants_fragment():
        return redirect(url_for("auth.sign_in", next=_here()))
    if found.status == 500:
        return _answer_broken(error)
    headers = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.wait_seconds)
    elif found.status == 503:
        headers["Retry-After"] = str(UNAVAILABLE_SECONDS)
        log.warning("unavailable", path=request.path, error=type(error).__name__)
    return _rendered(found, error=error, headers=headers)


def _answer_http(error: HTTPException) -> Any:
    """Redirects and ready answers pass; every other HTTP error gets its page in Chinese."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if error.code >= 500:
        return _answer_broken(error)
    found = HTTP_ANSWERS.get(error.code, HTTP_ANSWERS[400])
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _rendered(Answer(error.code, found.title, found.message), error=error, headers=headers)


def _answer_broken(error: Exception) -> tuple[str, int, dict[str, str]]:
    number = secrets.token_hex(4)
    # As text: a renderer of exceptions would print local variables too, and with them passwords and session ids.
    trace = "".join(traceback.format_exception(error))
    log.error("broken", number=number, method=request.method, path=request.path, trace=trace)
    return _rendered(BROKEN, error=error, number=number)


def _rendered(
    found: Answer, *, error: Exception, headers: dict[str, str] | None = None, number: str = ""
) -> tuple[str, int, dict[str, str]]:
    template = "errors/_error.html" if _wants_fragment() else "errors/error.html"
    g.setdefault("identity", None)
    words = {
        "title": found.title, "message": found.message or getattr(error, "message", ""), "messages": _messages(error),
        "clause": getattr(error, "clause", ""), "who": getattr(error, "who", ""), "at": getattr(error, "at", None),
        "sign_in": isinstance(error, errors.SignInNeeded), "number": number,
    }
    try:
        page = render_template(template, **words)
    except Exception as broken:  # the frame needs what is broken: the front end isn't built, the database is away
        log.error("error page", error=f"{type(broken).__name__}: {broken}", number=number)
        page = render_template("errors/bare.html", **words)
    return page, found.status, headers or {}


def _messages(error: Exception) -> list[str]:
    if not isinstance(error, errors.Invalid):
        return []
    return [message for messages in error.fields.values() for message in messages]


def _wants_fragment() -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def _here() -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path
