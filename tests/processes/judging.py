"""An application held against its programme's criteria, as they are shipped or as a test writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from app import clock, rules
from app.programmes import criteria, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml

PROCESSES = Path(__file__).parent.parent.parent / "processes"


@dataclass(frozen=True)
class Judged:
    """An application of a programme that meets each condition exactly.

    `answers` are those of its form; `filled_at` is Beijing wall time; `reference_day` the day for which "two years" and
    "last year" are meant.
    """

    key: str
    answers: Mapping[str, Any]
    filled_at: str
    reference_day: date
    region_code: str

    @cached_property
    def programme(self) -> Programme:
        """The programme as it is shipped."""
        return shipped(self.key)

    def verdicts(self, changes: Mapping[str, Any], *, programme: Programme | None = None) -> list[rules.Verdict]:
        """What every condition says where some of the answers are others, by the programme that is shipped or another;
        no value may be missing."""
        with clock.held_at(datetime.fromisoformat(self.filled_at).replace(tzinfo=clock.SHANGHAI)):
            found = criteria.verdicts(
                programme or self.programme, {**self.answers, **changes}, reference_day=self.reference_day,
                region_code=self.region_code,
            )
        assert {row.verdict for row in found} <= {"met", "not_met", "not_applicable"}
        return found

    def not_met(self, changes: Mapping[str, Any], *, programme: Programme | None = None) -> set[str]:
        """The names of the conditions that aren't met; of those of which one suffices, none while one is met."""
        found = self.verdicts(changes, programme=programme)
        helped = {row.group for row in found if row.group and row.verdict == "met"}
        return {row.label for row in found if row.verdict == "not_met" and row.group not in helped}


def shipped(key: str) -> Programme:
    """A programme as it lies in its folder."""
    return Programme(package.read_folder(PROCESSES / key))


def answered(programme: Programme, story: str) -> dict[str, Any]:
    """What a story of a programme answers to the form that its criteria judge, without the files."""
    form = programme.form(programme.settings.criteria.form)
    files = {asked.key for asked in form.asked if asked.kind == "filepicker"}
    written = read_yaml(programme.files[f"examples/{story}.yaml"])["answers"]["application"]
    return {key: value for key, value in written.items() if key not in files}
