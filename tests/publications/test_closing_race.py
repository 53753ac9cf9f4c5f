"""An objection in the last second and the closing: one of them comes first, whole."""

import threading
from datetime import datetime

from app import clock, db
from app.publications import objections
from tests.publications.conftest import PublishingOffice
from tests.publications.test_objections import breaches, listed, statuses, told

END = datetime(2026, 10, 9, tzinfo=clock.SHANGHAI)


def test_the_closing_waits_for_an_objection_that_is_being_received(office: PublishingOffice, clock_at, tmp_path):
    one, other, publication = listed(office)
    clock_at("2026-10-08 23:59")
    closing = threading.Thread(target=_close, args=(office,))

    with db.transaction() as session:
        objections.file(
            session, publication.public_id, 1, name="王芳", contact="13900139000", text="场地已退租。", papers=[],
            address="192.0.2.1", received_at=clock.now(),
        )
        closing.start()
        closing.join(0.5)
        assert closing.is_alive()
    closing.join(30)
    _close(office)

    assert statuses() == {one: "held", other: "cleared"}
    assert told() == {other: ("cleared", "10-09 00:00")}
    assert breaches(tmp_path) == []


def _close(office: PublishingOffice) -> None:
    with clock.held_at(END):
        office.work()
