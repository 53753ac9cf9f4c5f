"""What carries a letter out of the house: a mail server, or the console in the demonstration."""

import smtplib
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from app import clock
from app.config import Config, Misconfigured
from app.outbox.wording import SITE

TIMEOUT_SECONDS = 10.0
REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
_CRLF = compat32.clone(linesep="\r\n")


@dataclass(frozen=True)
class Envelope:
    """What a sender needs of a letter."""

    message_id: str
    to: str
    subject: str
    body: str
    written_at: datetime


def with_site(body: str, site_url: str) -> str:
    """A body with the installation's address where the writer left a place for it."""
    return body.replace(SITE, site_url)


class Undelivered(Exception):
    """A letter was not taken; the message says why."""


class Sender(Protocol):
    """A way out. `ready` says whether trying makes sense now; `close` ends a batch."""

    def ready(self) -> bool: ...

    def send(self, envelope: Envelope) -> None:
        """Hand a letter over. Raises Undelivered; anything else is a mistake of the program."""
        ...

    def close(self) -> None: ...


def sender_for(config: Config) -> Sender:
    """The sender that an installation has set. Without one, letters wait and the check says so.

    SMTP_URL is `smtps://user:password@host:465` (TLS at once), `smtp://user:password@host:587` (STARTTLS, refused
    where the server doesn't offer it) or `smtp://host:25?tls=none` (a relay on the same machine). Raises Misconfigured.
    """
    if config.smtp_url:
        return SmtpSender(config.smtp_url, config.mail_from, site_url=config.site_url)
    return ConsoleSender(config.site_url) if config.demo else NoSender()


class SmtpSender:
    """Sends over SMTP, one connection a batch. After a failure of the server itself it rests, longer each time.

    `timeout` is in seconds, for each answer of the server.
    """

    def __init__(
        self, url: str, mail_from: str, *, timeout: float = TIMEOUT_SECONDS, site_url: str = ""
    ) -> None:
        parts = urlsplit(url)
        tls = parse_qs(parts.query).get("tls", [""])[0]
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("", "none"):
            raise Misconfigured(
                "SMTP_URL: 应为 smtps://用户:密码@主机:465、smtp://用户:密码@主机:587 或 smtp://主机:25?tls=none。"
            )
        if not parseaddr(mail_from)[1].isascii() or "@" not in parseaddr(mail_from)[1]:
            raise Misconfigured("MAIL_FROM: 应为 banjian@example.cn 或 办件系统 <banjian@example.cn>。")
        self._host, self._port = parts.hostname, parts.port or (465 if parts.scheme == "smtps" else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._implicit_tls, self._plain = parts.scheme == "smtps", tls == "none"
        self._from, self._address = mail_from, parseaddr(mail_from)[1]
        self._domain = self._address.rpartition("@")[2]
        self._timeout = timeout
        self._site_url = site_url
        self._connection: smtplib.SMTP | None = None
        self._failures = 0
        self._resting_until: datetime | None = None

    def ready(self) -> bool:
        return self._resting_until is None or clock.real() >= self._resting_until

    def send(self, envelope: Envelope) -> None:
        message = self._message(envelope)
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.sendmail(self._address, [envelope.to], message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            self._reset()
            raise Undelivered(f"邮件服务器拒收：{error}") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._rest()
            raise Undelivered(f"邮件服务器不可用：{type(error).__name__} {error}") from error
        self._failures = 0

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException, ValueError):
                self._connection.quit()
            self._drop()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if not self._implicit_tls and not self._plain:
                connection.starttls(context=context)
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _message(self, envelope: Envelope) -> bytes:
        """The letter as it goes over the line. The older of the library's two ways, a third of the newer one's price:
        of a morning's ten thousand reminders this was the dearest part."""
        message = MIMEText(with_site(envelope.body, self._site_url), "plain", "utf-8")
        message["From"] = formataddr(parseaddr(self._from))
        message["To"] = envelope.to
        message["Subject"] = Header(envelope.subject, "utf-8", header_name="Subject")
        message["Date"] = format_datetime(clock.local(envelope.written_at))
        message["Message-ID"] = f"<{envelope.message_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        return message.as_bytes(policy=_CRLF)

    def _reset(self) -> None:
        """A refused letter leaves the connection in the middle of a talk; begin anew with the next."""
        self._failures = 0
        self.close()

    def _rest(self) -> None:
        self._drop()
        pause = min(REST * 2 ** min(self._failures, 10), LONGEST_REST)
        self._failures += 1
        self._resting_until = clock.real() + pause

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class ConsoleSender:
    """Shows letters on standard output, for the demonstration."""

    def __init__(self, site_url: str = "") -> None:
        self._site_url = site_url

    def ready(self) -> bool:
        return True

    def send(self, envelope: Envelope) -> None:
        line = "─" * 60
        body = with_site(envelope.body, self._site_url)
        sys.stdout.write(f"{line}\n收件人：{envelope.to}\n主题：{envelope.subject}\n\n{body}\n{line}\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held open."""


class NoSender:
    """No mail server is set: letters wait until one is."""

    def ready(self) -> bool:
        return False

    def send(self, envelope: Envelope) -> None:
        raise Undelivered("未设置 SMTP_URL。")

    def close(self) -> None:
        """Nothing is held open."""
