"""Workers that meet at the same rows go apart; what belongs to one case keeps its order."""

from collections import namedtuple

import pytest

from app import db, worker

Item = namedtuple("Item", "id case_id")
ITEMS = [Item(n, n % 40) for n in range(400)]
"""Ten items of each of forty cases, in due order."""


def _kind(taken: set[int], tried: list[int]) -> worker.Kind:
    def prepare(_session, item_id: int) -> int | None:
        tried.append(item_id)
        return None if item_id in taken else item_id

    return worker.Kind("items", None, lambda _session, limit: ITEMS[:limit], prepare, lambda _session, _item: True)


def test_a_worker_alone_goes_in_due_order(database: db.Database):
    tried: list[int] = []

    done = worker._carry_out_kind(_kind(set(), tried))

    assert done == worker.BATCH
    assert tried == [item.id for item in ITEMS[:worker.BATCH]]


def test_a_worker_who_comes_second_goes_on_elsewhere_and_keeps_each_cases_order(database: db.Database):
    tried: list[int] = []

    done = worker._carry_out_kind(_kind({0, 1, 2}, tried))

    assert done == worker.BATCH, "what another took is not counted as done"
    assert tried[0] == 0
    assert tried[1:] != sorted(tried[1:]), "by chance in due order: once in more tries than there are atoms"
    for case in range(40):
        own = [item_id for item_id in tried if item_id % 40 == case]
        assert own == sorted(own)


def test_where_all_is_taken_nothing_is_done_and_nothing_tried_twice(database: db.Database):
    tried: list[int] = []

    done = worker._carry_out_kind(_kind({item.id for item in ITEMS}, tried))

    assert done == 0
    assert sorted(tried) == [item.id for item in ITEMS]


def test_what_fails_counts_towards_the_batch_and_does_not_drive_apart(database: db.Database, monkeypatch):
    tried: list[int] = []
    monkeypatch.setattr(worker, "_write_down", lambda *_: None)
    kind = _kind(set(), tried)

    def fail(_session, _item):
        raise ValueError

    broken = worker.Kind(kind.name, kind.model, kind.due, kind.prepare, fail)
    assert worker._carry_out_kind(broken) == 0
    assert tried == [item.id for item in ITEMS[:worker.BATCH]]


@pytest.mark.parametrize("items", [[], [Item(1, 1)]])
def test_spreading_little_is_no_error(items: list[Item]):
    assert worker._spread(items) == items
