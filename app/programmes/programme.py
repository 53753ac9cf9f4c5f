"""A release, read: what the rest of the house asks of a programme while cases run. Immutable; parsed once a process."""

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from app import engine, formschema, rules
from app.programmes import lists, numbers, offered, package, sheets
from app.programmes.life import Life
from app.programmes.reading import read_json, read_yaml
from app.programmes.settings import (
    Actor,
    Authority,
    BatchRules,
    PeriodRule,
    PublicationRules,
    Settings,
    TitleRules,
    settings,
)

Made = TypeVar("Made")


class Programme:
    """A release of a programme, out of its files. Diagrams, forms and tables are read when first asked for.

    Safe to share between threads: two that ask at once at worst read the same file twice.
    """

    def __init__(self, files: package.Files, *, release_id: int = 0) -> None:
        self.release_id = release_id
        self.files = files
        self._made: dict[tuple[str, str], Any] = {}

    @cached_property
    def settings(self) -> Settings:
        """All of programme.yaml."""
        return _settings(self.files[package.SETTINGS])

    @property
    def key(self) -> str:
        return self.settings.key

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def code(self) -> str:
        """The letters that its numbers begin with."""
        return self.settings.code

    @property
    def authority(self) -> Authority:
        return self.settings.authority

    @property
    def periods(self) -> Mapping[str, PeriodRule]:
        return self.settings.periods

    @cached_property
    def halting(self) -> frozenset[str]:
        """The tasks and diagrams that stop a clock while they are open: what the grounds of the periods name."""
        return frozenset(
            name for rule in self.periods.values() for ground in rule.stops.values() for name in ground.during
        )

    @property
    def title(self) -> TitleRules:
        return self.settings.title

    @property
    def life(self) -> Life:
        """What it sets about the life of a title."""
        return self.settings.life

    @property
    def publication(self) -> PublicationRules:
        return self.settings.publication

    @property
    def batches(self) -> BatchRules:
        return self.settings.batches

    @cached_property
    def clauses(self) -> Mapping[str, Mapping[str, Any]]:
        """What the clauses say, by id: article and says; empty for a release without such a list."""
        return read_yaml(self.files[package.CLAUSES]) if package.CLAUSES in self.files else {}

    def actor(self, relation: str) -> Actor:
        """Who acts under a relation. Raises KeyError for one that the programme doesn't know."""
        return self.settings.actors[relation]

    def tier_of(self, relation: str) -> str:
        """The tier at which a relation's unit is looked for; "" for those whom the case names. Raises KeyError."""
        return self.actor(relation).tier

    def specification(self, diagram: str) -> engine.Specification:
        """The specification of a diagram, by the name of its file. Raises KeyError for one it doesn't have."""
        return self._once("diagram", diagram, lambda: self._load(diagram))

    def diagram_xml(self, diagram: str) -> bytes:
        """The file of a diagram as it was deployed. Raises KeyError."""
        return self.files[f"{diagram}.bpmn"]

    def diagrams(self) -> list[str]:
        """The names of all diagrams, in order."""
        return [package.name_of(path) for path in package.of_kind(self.files, "diagram")]

    def outcomes(self, diagram: str, element: str) -> Mapping[str, str]:
        """The outcomes that a task offers, key -> words, in the order drawn; empty where it offers none. What the
        diagram marks as `returns` is left out where the programme takes no corrections (`batches.corrections`)."""
        drawn = self.specification(diagram).elements[element]
        if self.batches.corrections or "returns" not in drawn.properties:
            return drawn.outcomes
        return MappingProxyType({key: words for key, words in drawn.outcomes.items()
                                 if key != drawn.properties["returns"]})

    def form(self, key: str) -> formschema.Form:
        """A form. Raises KeyError for one it doesn't have."""
        data = self.files[f"forms/{key}.json"]
        shared = self.files[package.SETTINGS], self.files.get("scoring.yaml", b"")
        return self._once("form", key, lambda: _form(data, *shared))

    def table(self, key: str) -> rules.Table:
        """A decision table. Raises KeyError for one it doesn't have."""
        data = self.files[f"{key}.dmn"]
        return self._once("table", key, lambda: _table(data))

    @cached_property
    def materials(self) -> Mapping[str, lists.MaterialList]:
        """The lists of materials by key; empty where the programme has no materials.yaml."""
        return lists.materials(self._list("materials.yaml"))

    @cached_property
    def tables(self) -> Mapping[str, lists.SummaryTable]:
        """The summary tables by key; empty where the programme has no tables.yaml."""
        form = self.settings.criteria.form if self.settings.criteria else ""
        return lists.tables(self._list("tables.yaml"), form=form)

    @cached_property
    def scoring(self) -> Mapping[str, lists.ScoringSheet]:
        """The scoring sheets by key; empty where the programme has no scoring.yaml."""
        return _sheets(self.files.get("scoring.yaml", b""))

    def letter(self, key: str) -> bytes:
        """The file of a letter (.docx) as it was deployed. Raises KeyError."""
        return self.files[f"letters/{key}.docx"]

    def letters(self) -> list[str]:
        """The keys of all letters, in order."""
        return [package.name_of(path) for path in package.of_kind(self.files, "letter")]

    def number(self, pattern: str, **values: str | int) -> str:
        """The number that a pattern gives; `code` is known, the caller gives `year` and `seq`."""
        return numbers.filled(pattern, {"code": self.code, **values})

    def _list(self, path: str) -> Mapping[str, Any]:
        return read_yaml(self.files[path]) if path in self.files else {}

    def _load(self, diagram: str) -> engine.Specification:
        drawn = package.of_kind(self.files, "diagram")
        if f"{diagram}.bpmn" not in drawn:
            raise KeyError(diagram)
        return _specification(tuple(drawn.items()), diagram)

    def _once(self, kind: str, key: str, make: Callable[[], Made]) -> Made:
        if (kind, key) not in self._made:
            self._made[kind, key] = make()
        return self._made[kind, key]


@lru_cache(maxsize=64)
def _settings(written: bytes) -> Settings:
    return settings(read_yaml(written))


@lru_cache(maxsize=256)
def _table(drawn: bytes) -> rules.Table:
    return rules.read_table(drawn)


@lru_cache(maxsize=64)
def _sheets(written: bytes) -> Mapping[str, lists.ScoringSheet]:
    return lists.scoring(read_yaml(written) if written else {})


@lru_cache(maxsize=512)
def _form(drawn: bytes, written: bytes, scoring: bytes) -> formschema.Form:
    """A form with what it takes of the settings and the scoring sheet; releases in which they are the same share it."""
    form, set_up, found = read_json(drawn), _settings(written), _sheets(scoring)
    review = set_up.expert_review
    if review is not None and review.sheet in found and sheets.takes_sheet(form):
        return sheets.filled(form, found[review.sheet])
    return formschema.read_form(offered.filled(form, set_up.life))


@lru_cache(maxsize=512)
def _specification(drawn: tuple[tuple[str, bytes], ...], diagram: str) -> engine.Specification:
    """Releases whose diagrams are all the same share what was read."""
    return engine.load_specification(dict(drawn), diagram, holds)


def holds(text: str, values: Mapping[str, object]) -> object:
    """What a condition of a diagram says for the scalars of a run. Raises an error of app.rules."""
    return rules.parse(text).evaluate(values)
