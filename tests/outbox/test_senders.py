"""Ways out: a real mail server in each of its moods, the console, and none."""

import email
import shutil
import ssl
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.policy import default

import pytest

from app.config import Config, Misconfigured
from app.outbox.senders import ConsoleSender, Envelope, NoSender, SmtpSender, Undelivered, sender_for
from tests.outbox.mail_server import MailServer

LETTER = Envelope(
    message_id="0123abcd", to="contact@example.cn", subject="关于补正申报材料的通知",
    body="请补正。\n.\n单独一个点的行\n", written_at=datetime(2026, 3, 15, 1, 30, tzinfo=UTC),
)


@pytest.fixture
def server(request):
    started = MailServer(**getattr(request, "param", {}))
    yield started
    with suppress(OSError):
        started.stop()


def plain(server, **options):
    return SmtpSender(f"smtp://127.0.0.1:{server.port}?tls=none", "办件系统 <banjian@gov.example.cn>", **options)


def behaving(behaviour):
    return pytest.mark.parametrize("server", [{"behaviour": behaviour}], indirect=True)


def test_a_letter_arrives_as_it_was_written(server):
    sender = plain(server)

    sender.send(LETTER)
    sender.close()

    arrived = email.message_from_bytes(server.letters[0], policy=default)
    assert arrived["Subject"] == LETTER.subject
    assert arrived["To"] == "contact@example.cn"
    assert arrived["Message-ID"] == "<0123abcd@gov.example.cn>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Date"].datetime == LETTER.written_at
    assert arrived.get_content().replace("\r\n", "\n") == LETTER.body


def test_a_batch_goes_over_one_connection(server):
    sender = plain(server)

    for _ in range(3):
        sender.send(LETTER)
    sender.close()

    assert (len(server.letters), server.connections) == (3, 1)


def test_a_server_that_is_down_makes_the_sender_rest(server):
    server.stop()
    sender = plain(server)

    with pytest.raises(Undelivered, match="不可用"):
        sender.send(LETTER)

    assert not sender.ready()


@behaving("slow")
def test_a_slow_server_costs_its_time_limit_and_no_more(server):
    sender = plain(server, timeout=0.3)
    began = time.monotonic()

    with pytest.raises(Undelivered, match="不可用"):
        sender.send(LETTER)

    assert time.monotonic() - began < 2
    assert not sender.ready()


@pytest.mark.parametrize("server", [{"behaviour": b} for b in ("garbage", "busy", "hangs_up")], indirect=True)
def test_a_server_that_talks_nonsense_makes_the_sender_rest(server):
    sender = plain(server, timeout=2)

    with pytest.raises(Undelivered, match="不可用"):
        sender.send(LETTER)

    assert not sender.ready()


@pytest.mark.parametrize("server", [{"behaviour": b} for b in ("refuses_receiver", "refuses_letter")], indirect=True)
def test_a_refused_letter_leaves_the_sender_ready_for_the_next(server):
    sender = plain(server)
    with pytest.raises(Undelivered, match="拒收"):
        sender.send(LETTER)

    server.behaviour = "well"
    assert sender.ready()
    sender.send(LETTER)
    assert len(server.letters) == 1
    sender.close()


def test_a_password_is_not_given_to_a_server_without_tls(server):
    sender = SmtpSender(f"smtp://user:secret@127.0.0.1:{server.port}", "a@b.cn", timeout=2)

    with pytest.raises(Undelivered, match="不可用"):
        sender.send(LETTER)

    assert server.logins == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(  # noqa: S603
        [shutil.which("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )
    return folder


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
def test_the_password_goes_over_tls(certificate, monkeypatch, scheme, implicit):
    server = _server_with(certificate, implicit=implicit)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    sender = SmtpSender(f"{scheme}://user:p%40ss@localhost:{server.port}", "a@b.cn", timeout=5)

    sender.send(LETTER)
    sender.close()
    server.stop()

    assert (len(server.letters), len(server.logins)) == (1, 1)


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, scheme, implicit):
    server = _server_with(certificate, implicit=implicit)
    sender = SmtpSender(f"{scheme}://user:secret@localhost:{server.port}", "a@b.cn", timeout=5)

    with pytest.raises(Undelivered, match="不可用"):
        sender.send(LETTER)
    server.stop()

    assert server.logins == []


def _server_with(certificate, *, implicit):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return MailServer(tls=context, implicit=implicit)


@pytest.mark.parametrize("mail_from", ["banjian", "办件@b.cn", ""])
def test_a_sender_address_that_no_server_takes_is_refused_at_the_start(mail_from):
    with pytest.raises(Misconfigured, match="MAIL_FROM"):
        SmtpSender("smtps://host", mail_from)


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", "smtp://host?tls=maybe"])
def test_an_address_of_no_mail_server_is_refused_at_the_start(url):
    with pytest.raises(Misconfigured, match="SMTP_URL"):
        SmtpSender(url, "a@b.cn")


def test_the_console_shows_the_whole_letter(capsys):
    ConsoleSender().send(LETTER)

    shown = capsys.readouterr().out
    assert LETTER.subject in shown
    assert LETTER.body in shown


@pytest.mark.parametrize(("settings", "kind"), [
    ({"demo": True}, ConsoleSender), ({}, NoSender), ({"smtp_url": "smtps://host"}, SmtpSender),
    ({"smtp_url": "smtps://host", "demo": True}, SmtpSender),
])
def test_an_installation_sends_as_it_is_set(tmp_path, settings, kind):
    config = Config(database_url="sqlite://", data_dir=tmp_path, secret_key="k" * 48, **settings)

    assert isinstance(sender_for(config), kind)


def test_without_a_mail_server_nothing_is_tried():
    assert not NoSender().ready()
