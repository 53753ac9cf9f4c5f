"""Letters: written with a change, claimed, tried again with growing pauses, muted and let go."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import clock, db
from app.outbox import operations, queries
from app.outbox.models import Letter
from app.outbox.senders import Undelivered


class Postman:
    """A sender that keeps what it is given, or refuses with a reason."""

    def __init__(self, refuses="", rests_after_failure=False):
        self.taken, self.refuses, self._rests, self._ready = [], refuses, rests_after_failure, True
        self.tries = 0

    def ready(self):
        return self._ready

    def send(self, envelope):
        self.tries += 1
        if self.refuses:
            self._ready = not self._rests
            raise Undelivered(self.refuses)
        self.taken.append(envelope)

    def close(self):
        pass


def write(count=1, **letter):
    given = {"to": "contact@example.cn", "subject": "补正通知", "body": "请在 5 个工作日内补正。"} | letter
    with db.transaction() as session:
        return [operations.post(session, **given).id for _ in range(count)]


def the_letter():
    with db.reading() as session:
        return session.scalars(select(Letter)).one()


def make_due():
    with db.transaction() as session:
        session.execute(update(Letter).values(retry_at=clock.real() - timedelta(seconds=1)))


def test_a_letter_is_sent_after_its_change_and_only_once(database):
    write()
    postman = Postman()

    assert operations.send_due(postman, limit=10) == 1
    assert operations.send_due(postman, limit=10) == 0

    assert [(e.to, e.subject) for e in postman.taken] == [("contact@example.cn", "补正通知")]
    letter = the_letter()
    assert (letter.status, letter.attempts) == ("sent", 1)
    assert letter.sent_at <= clock.real()


def test_a_letter_of_a_change_that_failed_is_never_sent(database):
    def write_and_fail():
        with db.transaction() as session:
            operations.post(session, to="a@b.cn", subject="", body="")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    postman = Postman()

    assert operations.send_due(postman, limit=10) == 0
    assert postman.taken == []


def test_each_letter_has_a_message_id_of_its_own(database):
    write(3)

    with db.reading() as session:
        assert len(set(session.scalars(select(Letter.message_id)))) == 3


@pytest.mark.parametrize("address", [
    "", "nobody", "a@b.cn\r\nBcc: all@b.cn", "a@b.cn, c@d.cn", "a@b.cn\n", "李明@b.cn", "Li <a@b.cn>", "a b@c.cn",
    "a@b.cn;c@d.cn", f"{'a' * 65}@b.cn", "a@-b.cn", "@b.cn", "a@",
])
def test_an_address_that_could_name_somebody_else_is_kept_as_failed_and_never_used(database, address):
    write(to=address)
    postman = Postman()

    operations.send_due(postman, limit=10)

    assert postman.taken == []
    letter = the_letter()
    assert letter.status == "failed"
    assert "地址" in letter.error
    assert "\n" not in letter.to_address


def test_an_address_with_64_characters_before_the_at_is_used(database):
    write(to=f"  {'a' * 64}@b-c.example.cn ")

    assert the_letter().status == "waiting"


def test_a_subject_cannot_hold_a_header(database):
    write(subject="贵单位\r\nBcc: all@b.cn\x1b[31m\u2028")

    assert the_letter().subject == "贵单位 Bcc: all@b.cn [31m "


def test_what_a_database_refuses_does_not_stop_the_change(database):
    write(subject="\ud800", body="一\x00二\r\n三\t四")

    assert (the_letter().subject, the_letter().body) == ("?", "一 二\n三\t四")


def test_a_failed_try_waits_twice_as_long_each_time_and_ends_after_ten(database):
    write()
    postman = Postman(refuses="550 no such person")
    pauses = []

    for _ in range(10):
        make_due()
        before = clock.real()
        operations.send_due(postman, limit=10)
        pauses.append((the_letter().retry_at - before).total_seconds() / 60)

    assert [round(pause) for pause in pauses[:9]] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    letter = the_letter()
    assert (letter.status, letter.attempts, letter.error) == ("failed", 10, "550 no such person")
    make_due()
    operations.send_due(postman, limit=10)
    assert postman.tries == 10


def test_nine_failed_tries_are_not_the_end(database):
    write()
    postman = Postman(refuses="no")
    for _ in range(9):
        make_due()
        operations.send_due(postman, limit=10)
    postman.refuses = ""
    make_due()

    assert operations.send_due(postman, limit=10) == 1
    assert (the_letter().status, the_letter().error) == ("sent", "")


def test_one_refused_letter_does_not_stop_the_others(database):
    first, *_ = write(3)
    postman = Postman()
    take = postman.send
    postman.send = lambda envelope: _refuse() if envelope.subject == "坏" else take(envelope)
    with db.transaction() as session:
        session.execute(update(Letter).where(Letter.id == first).values(subject="坏"))

    assert operations.send_due(postman, limit=10) == 2


def _refuse():
    raise Undelivered("no")


def test_a_server_that_is_down_costs_one_try_a_batch(database):
    write(5)
    postman = Postman(refuses="down", rests_after_failure=True)

    assert operations.send_due(postman, limit=10) == 0
    assert operations.send_due(postman, limit=10) == 0

    assert postman.tries == 1


def test_a_batch_is_no_larger_than_its_limit(database):
    write(5)

    assert [operations.send_due(Postman(), limit=3) for _ in range(3)] == [3, 2, 0]


def test_a_claim_keeps_others_away_for_fifteen_minutes(database):
    [letter_id] = write()
    with db.transaction() as session:
        claimed = operations.claim(session, letter_id)
    with db.transaction() as session:
        assert operations.claim(session, letter_id) is None
        assert operations.due(session, 10) == []

    assert claimed.attempt == 1
    waits = the_letter().retry_at - clock.real()
    assert timedelta(minutes=14) < waits <= timedelta(minutes=15)


def test_a_worker_that_dies_while_sending_loses_no_letter(database):
    """At least once: with the same Message-ID, by which the receiver's server knows the second copy."""
    [letter_id] = write()
    with db.transaction() as session:
        before = operations.claim(session, letter_id).envelope.message_id
    make_due()
    postman = Postman()

    assert operations.send_due(postman, limit=10) == 1
    assert postman.taken[0].message_id == before


def test_four_workers_send_each_letter_once(database):
    write(40)
    postmen = [Postman() for _ in range(4)]
    workers = [threading.Thread(target=operations.send_due, args=(p,), kwargs={"limit": 100}) for p in postmen]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    ids = [envelope.message_id for postman in postmen for envelope in postman.taken]
    assert len(ids) == len(set(ids)) == 40


def test_muted_letters_wait_for_a_person(database):
    write(2)
    with db.transaction() as session:
        assert operations.mute_all(session) == 2
    postman = Postman()
    assert operations.send_due(postman, limit=10) == 0

    with db.transaction() as session:
        assert operations.release_muted(session) == 2

    assert operations.send_due(postman, limit=10) == 2


def test_muting_leaves_sent_and_failed_letters_as_they_are(database):
    write()
    operations.send_due(Postman(), limit=1)
    write(to="nobody")

    with db.transaction() as session:
        assert operations.mute_all(session) == 0
        assert queries.counts(session) == queries.Counts(sent=1, failed=1)


def test_a_letter_muted_while_it_is_being_sent_is_not_tried_again(database):
    [letter_id] = write()
    with db.transaction() as session:
        claimed = operations.claim(session, letter_id)
    with db.transaction() as session:
        operations.mute_all(session)
    with db.transaction() as session:
        operations.settle(session, claimed, "down")

    assert (the_letter().status, the_letter().error) == ("muted", "down")


def test_failed_letters_can_be_tried_again_but_not_to_a_bad_address(database):
    write()
    write(to="nobody")
    with db.transaction() as session:
        session.execute(update(Letter).values(status="failed", attempts=10))
    with db.transaction() as session:
        assert operations.retry_failed(session) == 1

    assert operations.send_due(Postman(), limit=10) == 1


def test_the_operators_see_what_is_in_trouble(database):
    well, troubled = write(2)
    write(to="nobody")
    with db.transaction() as session:
        session.execute(update(Letter).where(Letter.id == troubled).values(error="timed out"))

    with db.reading() as session:
        assert queries.counts(session) == queries.Counts(waiting=2, failed=1)
        assert [letter.error for letter in queries.troubled(session)] == ["收件地址无效，未发送。", "timed out"]
        assert well not in {letter.id for letter in queries.troubled(session)}


def test_pauses_count_real_time_and_not_the_moved_clock(database, clock_at):
    clock_at("2031-01-01 00:00")
    write()

    assert the_letter().created_at < datetime(2031, 1, 1, tzinfo=UTC)


def test_what_is_written_after_a_restore_waits_for_a_person_too(database):
    postman = Postman()
    with db.transaction() as session:
        before = operations.post(session, to="a@example.cn", subject="先", body="x").id
        assert operations.hold(session) == 1
    with db.transaction() as session:
        operations.post(session, to="b@example.cn", subject="后", body="x")

    assert operations.send_due(postman, limit=10) == 0
    with db.transaction() as session:
        assert operations.is_held(session)
        assert operations.release_muted(session) == 1
        assert not operations.is_held(session)
    assert operations.send_due(postman, limit=10) == 2
    with db.reading() as session:
        assert session.get_one(Letter, before).status == "sent"


def test_a_worker_that_dies_has_a_handful_of_letters_on_its_hands(database):
    with db.transaction() as session:
        for n in range(operations.HANDFUL + 5):
            operations.post(session, to=f"a{n}@example.cn", subject="x", body="x")
    with db.transaction() as session:
        mine = operations.claim_some(session, operations.HANDFUL)

    assert operations.send_due(Postman(), limit=100) == 5
    assert len(mine) == operations.HANDFUL


def test_what_was_not_tried_because_the_server_went_away_is_given_back(database):
    class Gone(Postman):
        def ready(self):
            return len(self.taken) < 2

    with db.transaction() as session:
        for n in range(4):
            operations.post(session, to=f"a{n}@example.cn", subject="x", body="x")

    assert operations.send_due(Gone(), limit=10) == 2
    with db.reading() as session:
        rows = session.execute(select(Letter.status, Letter.attempts).order_by(Letter.id)).all()
    assert rows == [("sent", 1), ("sent", 1), ("waiting", 0), ("waiting", 0)]
    assert operations.send_due(Postman(), limit=10) == 2
