"""补正: a task that opens an earlier form again, wholly or at the fields that were found wrong.

The diagram says so: `revises=yes` gives the task's form the case's latest answers to it, `opens=form.table.column`
names the table whose rows say which fields are open, each with what is wrong in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.cases import queries
from app.programmes.queries import Programme

REMARK = "what"
"""The column of a table of defects that says what is wrong."""


@dataclass(frozen=True)
class Revision:
    """The earlier answers, the fields that are open (None: all of them), and what was found wrong, by field."""

    values: Mapping[str, Any]
    open: frozenset[str] | None
    remarks: Mapping[str, list[str]]

    def merged(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Answers as they may stand: those to open fields as posted, all others as they were."""
        if self.open is None:
            return dict(answers)
        kept = {key: value for key, value in self.values.items() if key not in self.open}
        return kept | {key: value for key, value in answers.items() if key in self.open}


def revision(session: Session, task: Any, programme: Programme) -> Revision | None:
    """What a task (a row of `operations.read_task`) revises; None for one that begins afresh."""
    properties = programme.specification(task.case_diagram).elements[task.element].properties
    if properties.get("revises") != "yes":
        return None
    answers = queries.latest_answers(session, task.case_id)
    values = answers.get(properties["form"], {})
    if "opens" not in properties:
        return Revision(values, None, {})
    form, table, column = properties["opens"].split(".")
    remarks: dict[str, list[str]] = {}
    for row in answers.get(form, {}).get(table) or []:
        remarks.setdefault(str(row[column]), []).append(str(row.get(REMARK) or ""))
    return Revision(values, frozenset(remarks), remarks)
