"""F4: the connection to the database breaks in the middle of a commit, and nobody hears whether it stands.

The person is told just that, and asking again finds out; at any other moment it is told that nothing was done.
"""

import contextlib
import socket
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from app import db
from app.errors import Gone, Unavailable
from tests.faults.dump import changed, dump
from tests.races import office as offices

pytestmark = [pytest.mark.fault, pytest.mark.parametrize("database", ["postgresql"], indirect=True)]


@pytest.fixture
def task(office):
    """A task that somebody is about to complete."""
    return offices.open_tasks(offices.open_cases(office, "timed", 1))[0]


def test_a_commit_whose_answer_is_lost_is_said_to_be_uncertain_and_stands(office, task):
    with _Proxy(before_commit=False) as proxy, _connected_through(proxy):
        with pytest.raises(Unavailable) as heard:
            offices.complete(task, office["clerk@county"])
        assert heard.value.message == db.MAY_STAND

        with pytest.raises(Gone) as again:
            offices.complete(task, office["clerk@county"])

    assert again.value.who == office["clerk@county"].name
    offices.see_that_all_holds()


def test_a_commit_that_never_arrives_is_said_to_be_uncertain_and_can_be_sent_again(office, task):
    before = dump()
    with _Proxy(before_commit=True) as proxy, _connected_through(proxy):
        with pytest.raises(Unavailable) as heard:
            offices.complete(task, office["clerk@county"])
        assert heard.value.message == db.MAY_STAND
        assert changed(before, dump()) == set()

        offices.complete(task, office["clerk@county"])

    assert offices.tasks_by_id([task])[task].status == "done"
    offices.see_that_all_holds()


def test_a_connection_that_breaks_before_the_commit_is_said_to_have_done_nothing(office, task):
    before = dump()
    with _terminated_before("INSERT INTO answer"), pytest.raises(Unavailable) as heard:
        offices.complete(task, office["clerk@county"])

    assert heard.value.message == Unavailable().message
    assert changed(before, dump()) == set()
    offices.complete(task, office["clerk@county"])
    offices.see_that_all_holds()


@contextlib.contextmanager
def _connected_through(proxy):
    """This process's database through the proxy, in clear text so that it can tell a commit."""
    url = db.current().engine.url
    clear = {"sslmode": "disable", "gssencmode": "disable"}
    through = url.set(host="127.0.0.1", port=proxy.port).update_query_dict(clear)
    proxy.there = (url.host or "127.0.0.1", url.port or 5432)
    db.open_database(through.render_as_string(hide_password=False))
    try:
        yield
    finally:
        db.open_database(make_url(url).render_as_string(hide_password=False))


@contextlib.contextmanager
def _terminated_before(beginning):
    """The database's own side of the connection ends before a statement that begins like this."""
    engine = db.current().engine

    def end_it(connection, cursor, statement, *_):
        if statement.startswith(beginning):
            with engine.connect() as other:
                pid = connection.connection.dbapi_connection.info.backend_pid
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")

    event.listen(engine, "before_cursor_execute", end_it)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", end_it)


class _Proxy:
    """Passes bytes on between a client and the database. The first commit that follows an answer's row it cuts: before
    the database gets it, or after the database has answered and before the client hears."""

    def __init__(self, *, before_commit):
        self._before_commit = before_commit
        self._armed, self._cut_off = False, None
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.there = ("127.0.0.1", 5432)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self.there) as server, contextlib.suppress(OSError):
            threading.Thread(target=self._pass_back, args=(server, client), daemon=True).start()
            while data := client.recv(65_536):
                self._armed = self._armed or b"INSERT INTO answer" in data
                if self._armed and b"COMMIT" in data and self._cut_off is None:
                    self._cut_off = client
                    if self._before_commit:
                        break
                server.sendall(data)
            for end in (server, client):  # closing alone would wait for the thread that reads
                end.shutdown(socket.SHUT_RDWR)

    def _pass_back(self, server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if self._cut_off is client:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
