"""A little SMTP server on a port of its own, which can be slow, talk nonsense, refuse, or offer TLS."""

import socket
import ssl
import threading
import time
from contextlib import suppress


class MailServer:
    """Takes letters into `letters` (their bytes as sent, without the final dot).

    `behaviour`: "well", "slow" (answers nothing), "garbage", "hangs_up" (after DATA), "refuses_receiver",
    "refuses_letter", "busy" (421 at once). `tls` is an ssl context for STARTTLS, or from the start with `implicit`.
    """

    def __init__(self, behaviour="well", *, tls=None, implicit=False):
        self.behaviour, self.letters, self.logins, self.connections = behaviour, [], [], 0
        self._tls, self._implicit = tls, implicit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with suppress(OSError, ssl.SSLError), connection:
            if self._implicit:
                connection = self._tls.wrap_socket(connection, server_side=True)
            greeting = {"slow": None, "garbage": b"\xff\xfeHTTP nonsense\r\n", "busy": b"421 too busy\r\n"}
            answer = greeting.get(self.behaviour, b"220 here\r\n")
            if answer is None:
                time.sleep(5)
                return
            connection.sendall(answer)
            self._answer_all(connection)

    def _answer_all(self, connection):
        lines = connection.makefile("rb")
        while line := lines.readline():
            verb = line.split(b":")[0].strip().upper()
            if verb == b"STARTTLS":
                connection.sendall(b"220 go\r\n")
                connection = self._tls.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
            elif verb == b"DATA":
                connection.sendall(b"354 go\r\n")
                if self.behaviour == "hangs_up":
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                letter = b"".join(iter(lines.readline, b".\r\n"))
                if self.behaviour == "refuses_letter":
                    connection.sendall("554 垃圾邮件\r\n".encode())
                    continue
                self.letters.append(letter)
                connection.sendall(b"250 taken\r\n")
            else:
                connection.sendall(self._reply(verb, line))
            if verb == b"QUIT":
                return

    def _reply(self, verb, line):
        if verb.startswith((b"EHLO", b"HELO")):
            offers = b"250-STARTTLS\r\n" if self._tls and not self._implicit else b""
            return b"250-here\r\n" + offers + b"250-AUTH PLAIN\r\n250 SIZE 1000000\r\n"
        if verb.startswith(b"AUTH"):
            self.logins.append(line)
            return b"235 welcome\r\n"
        if verb == b"RCPT TO" and self.behaviour == "refuses_receiver":
            return b"550 no such person\r\n"
        return b"250 ok\r\n"
