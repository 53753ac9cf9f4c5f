"""Decision tables: their cells, and whether the figures they ask for exist."""

from collections.abc import Iterator

from app import rules
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View


def problems(seen: View) -> Iterator[Problem]:
    """Everything about tables."""
    named = seen.written.get(package.SETTINGS, {}).get("criteria", {})
    for key, table in seen.tables.items():
        names = _names(seen, named["form"]) if key == named.get("table") and named["form"] in seen.forms else None
        for wrong in rules.check_table(table, names=names):
            place = "，".join(part for part in (f"第 {wrong.row} 行" if wrong.row else "", wrong.column) if part)
            yield problem(f"{key}.dmn", place, "bad-table", reason=wrong.message, remedy=wrong.remedy)


def _names(seen: View, form: str) -> set[str]:
    """What will have a value: the form's answers and figures, and the days counted from the reference day."""
    settings = seen.settings
    days = {key for key, rule in settings.periods.items() if rule.starts == "reference_day"} if settings else set()
    return set(seen.forms[form].values({})) | days
