"""What is wrong with a form, in a designer's words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`path` is the key of the field ("staff.degree" for a column, "figures.NAME", "" for the whole form)."""

    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"“{self.path}”：" if self.path else ""
        return f"{where}{self.message}{self.remedy}"
