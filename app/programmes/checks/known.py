"""What every run of a diagram knows beyond its forms: names from the start, and what messages bring along."""

from collections.abc import Collection, Mapping

GIVEN = ("has_county", "has_city")
"""Every case knows from its start whether its region has a unit of this tier."""

MESSAGES: Mapping[str, tuple[str, ...]] = {
    "publication_cleared": ("publication_result",),
    "scoring_done": ("expert_score", "expert_count", "expert_passed", "expert_vetoed"),
    "scoring_cancelled": (),
    "title_ended": ("title_status", "reason"),
}
"""Messages that cases wait for, with the names of the scalars that they bring."""


def with_payloads(messages: Collection[str] | None, caught: Collection[str]) -> Mapping[str, Collection[str]]:
    """Names of messages -> what they bring. A mapping says it itself; mere names bring what MESSAGES says; None takes
    the `caught` ones as they are, so that none of them is unknown."""
    if isinstance(messages, Mapping):
        return messages
    return {name: MESSAGES.get(name, ()) for name in (caught if messages is None else messages)}
