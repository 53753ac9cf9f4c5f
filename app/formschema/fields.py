"""What a form asks: fields as a tree, as the form's JSON says it and as a page draws it.

Kinds are those of form-js: textfield, textarea, number, datetime, select, radio, checklist, checkbox, filepicker, and
the two that hold others, group (only for the eye) and dynamiclist (a table of rows).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

KINDS = (
    "textfield",
    "textarea",
    "number",
    "datetime",
    "select",
    "radio",
    "checklist",
    "checkbox",
    "filepicker",
    "group",
    "dynamiclist",
)
CHOICES = ("select", "radio", "checklist")
TEXTS = ("textfield", "textarea")
ENGINE_KINDS = ("textfield", "number", "select", "radio", "checkbox")  # of which a value may go into the engine

PREFILLS = (
    *("unit.name", "unit.credit_code", "unit.address", "unit.region", "unit.contact", "unit.phone", "unit.email"),
    *("person.name", "person.phone", "person.email", "programme.name", "programme.authority", "batch.name"),
    "sanction.draft",
)

CARRIES_LAST = "last"
GIVEN = "given"

TEXT_CAPS = {"textfield": 500, "textarea": 5_000}  # characters where the form names no maximum
TEXT_LIMITS = {"textfield": 500, "textarea": 20_000}  # the most that a form may allow, and that a draft holds
MOST_ROWS = 500
MOST_FILES = 20
MOST_DECIMALS = 6

# Names that a page posts beside the answers, or on which the engine, JSON or a browser trips.
RESERVED = frozenset(
    (
        *("typename", "outcome", "csrf_token", "constructor", "prototype", "version", "revision", "action", "token"),
        *("self", "cls", "true", "false", "null", "none", "and", "or", "not", "in", "date", "value", "today"),
    )
)


@dataclass(frozen=True)
class Option:
    """One choice: what is stored and what is read."""

    value: str
    label: str


@dataclass(frozen=True)
class Condition:
    """Hides a field while another one has (`equal`) or hasn't the value. For a checklist "has" means ticked."""

    key: str
    equal: bool
    value: str | bool

    def hides(self, answer: object) -> bool:
        """Whether the field is hidden when the other field's answer is `answer` (None: not answered)."""
        if isinstance(self.value, bool):
            same = (answer is True) is self.value
        elif isinstance(answer, list):
            same = self.value in answer
        else:
            same = isinstance(answer, str) and answer.strip() == self.value
        return same is self.equal


@dataclass(frozen=True)
class Field:
    """One field. `minimum` and `maximum` are values for a number, how many for checklist, filepicker and dynamiclist.

    `conditions` include those of the groups around it. `print` False: ours, left out of the regulated print.
    `shown_to`: the relations that may see it, empty for everyone. `engine`: its value may go into the engine.
    `warn_min`, `warn_max`: characters of a text or values of a number outside of which a warning is shown, no error.
    `not_before`, `not_after` of a date: "today", a day, or the key of another date.
    `unique` of a table: columns in which no two rows agree. `prefill`: what a fresh page fills in by itself, one of
    PREFILLS. `proves` of a filepicker: names of the figures and fields for which its files are evidence.
    `carries`: what it starts with: "last" (the last answer to the same form in the life of the title) or "form.field"
    (the latest answer to another form of the case). `given_rows` of a table: its rows are those that it `carries`, one
    each, and what stands in its read-only columns isn't changed by whoever fills in the others.
    `needed_for`: outcomes of the step for which it must be filled in, though it isn't required for the others.
    """

    kind: str
    key: str
    label: str
    help: str = ""
    required: bool = False
    readonly: bool = False
    options: tuple[Option, ...] = ()
    options_from: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    pattern_message: str = ""
    decimals: int | None = None
    default: object = None
    accept: tuple[str, ...] = ()
    multiple: bool = False
    unit: str = ""
    clause: str = ""
    check: str = ""
    figure: str = ""
    column: str = ""
    print: bool = True
    shown_to: tuple[str, ...] = ()
    engine: bool = False
    warn_min: Decimal | None = None
    warn_max: Decimal | None = None
    not_before: str = ""
    not_after: str = ""
    unique: tuple[str, ...] = ()
    prefill: str = ""
    carries: str = ""
    given_rows: bool = False
    proves: tuple[str, ...] = ()
    needed_for: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    fields: tuple["Field", ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether it holds rows."""
        return self.kind == "dynamiclist"

    @property
    def holds_answer(self) -> bool:
        """Whether it has an answer of its own: everything but a group."""
        return self.kind != "group"

    @property
    def most(self) -> int:
        """The most rows or files that are taken."""
        if self.kind == "filepicker":
            return min(int(self.maximum or MOST_FILES), MOST_FILES) if self.multiple else 1
        return min(int(self.maximum or MOST_ROWS), MOST_ROWS)

    @property
    def longest(self) -> int:
        """The most characters of a text."""
        return self.max_length or TEXT_CAPS.get(self.kind, 500)

    @property
    def heading(self) -> str:
        """The head of its column in a sheet: its own if it has one, with the unit."""
        return self.column or (f"{self.label}（{self.unit}）" if self.unit else self.label)

    def label_of(self, value: object) -> str:
        """The label of a choice; the value itself where there is none."""
        return next((option.label for option in self.options if option.value == value), str(value))


@dataclass(frozen=True)
class FigureDefinition:
    """A figure derived from the rows of a table, or from typed totals; see `app.formschema.figures`.

    One with `fields` is their sum and has no table: the total of a scoring sheet.
    """

    name: str
    label: str
    kind: str
    table: str
    field: str = ""
    unit: str = ""
    where: tuple[Mapping[str, object], ...] = ()
    of: tuple[Mapping[str, object], ...] = ()
    by: str = ""
    per: str = ""
    compare: str = ""
    clause: str = ""
    fields: tuple[str, ...] = ()


def answering(fields: tuple[Field, ...]) -> Iterator[Field]:
    """The fields that hold an answer, in order, groups opened, tables not."""
    for field in fields:
        if field.kind == "group":
            yield from answering(field.fields)
        else:
            yield field
