"""NAT-10, NAT-F2: clients are drawn at random by a recorded seed, and the record must be of those who were drawn."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.cases import queries as cases
from app.errors import Invalid
from app.evaluations import sampling
from app.evaluations.models import Sample
from app.programmes.sections import ClientSample
from app.surveys import operations

SEED = "5f2c"
NAMES = [f"企业{n}" for n in range(100)]
RULE = ClientSample(
    population="application.served.enterprise", record="recommendation.survey.enterprise", at_least=10, clause="NAT-10",
    reached_by="result", not_reached="not_reached",
)
PLACE: Any = SimpleNamespace(
    case=SimpleNamespace(id=1, number="NAT202600001"), at=datetime(2026, 8, 10),
    programme=SimpleNamespace(key="national-platform", settings=SimpleNamespace(
        recommenders=SimpleNamespace(sample=RULE))),
)


@pytest.fixture
def checked(monkeypatch):
    """What the check says of rows (name, reached or not)."""
    drawn = sampling.draw(SEED, NAMES, 0, RULE.at_least)
    sample = Sample(seed=SEED, population=NAMES, drawn=drawn, at_least=RULE.at_least)
    monkeypatch.setattr(operations, "_sample", lambda *_: sample)

    def check(rows: list[tuple[str, bool]]) -> int:
        survey = [{"enterprise": name, "result": "satisfied" if reached else "not_reached"} for name, reached in rows]
        monkeypatch.setattr(cases, "latest_answers", lambda *_: {"recommendation": {"survey": survey}})
        return operations.check(None, PLACE)  # type: ignore[arg-type]

    return check


def test_the_same_seed_draws_the_same_clients_whatever_the_list_s_order():
    order = operations.order(SEED, NAMES)

    assert operations.order(SEED, NAMES[::-1]) == order
    assert sorted(order) == sorted(NAMES)
    assert order != operations.order("other", NAMES)
    assert sampling.draw(SEED, NAMES, 0, 10) == order[:10]


def test_ten_who_were_drawn_suffice_in_any_order_of_rows(checked):
    order = operations.order(SEED, NAMES)

    assert checked([(name, True) for name in order[:10][::-1]]) == 10


def test_nine_dont_suffice(checked):
    with pytest.raises(Invalid) as error:
        checked([(name, True) for name in operations.order(SEED, NAMES)[:9]])

    assert "至少 10 家" in error.value.fields["survey"][0]


def test_nobody_chooses_another_client(checked):
    order = operations.order(SEED, NAMES)

    with pytest.raises(Invalid) as error:
        checked([*((name, True) for name in order[:9]), (order[10], True)])

    assert order[10] in error.value.fields["survey"][0]
    assert order[9] in error.value.fields["survey"][0]


def test_the_next_in_order_takes_the_place_of_one_who_wasnt_reached(checked):
    order = operations.order(SEED, NAMES)
    rows = [(order[0], False), *((name, True) for name in order[1:10])]

    with pytest.raises(Invalid) as error:
        checked(rows)
    assert order[10] in error.value.fields["survey"][0]
    assert checked([*rows, (order[10], True)]) == 10
