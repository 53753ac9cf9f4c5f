"""The sections of programme.yaml as plain data: what the parts of the house read of a programme."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.programmes.period_rules import nothing

MINISTRY = "ministry"


@dataclass(frozen=True)
class Authority:
    """The department that recognises: its tier, its region (GB/T 2260) and its name. A ministry's region is where it
    sits: its division is the whole country. `kind`: department, or centre for a service centre; then all offices of the
    programme are centres."""

    tier: str
    region: str
    name: str
    kind: str = "department"

    @property
    def body(self) -> str:
        """The sort of office that acts in the programme, as units have it."""
        return "" if self.kind == "department" else self.kind

    def is_unit(self, unit: Any) -> bool:
        """Whether a unit, or who acts for one, is the authority."""
        there = unit.tier == MINISTRY or unit.region_code == self.region
        return (unit.tier, unit.body) == (self.tier, self.body) and there

    def reaches(self, *codes: str | None) -> bool:
        """Whether a place lies in its division, by the codes of the place at every tier."""
        return self.tier == MINISTRY or self.region in codes


@dataclass(frozen=True)
class Actor:
    """Who acts under a relation. `tier` is where its unit is looked for, in the case's region; "" for those whom the
    case itself names (applicant, opener). `name` is what people call it, and the name of its lane."""

    relation: str
    name: str
    tier: str


@dataclass(frozen=True)
class TitleClass:
    """One way in which titles are told apart. `field` ("form.field") is where it is decided: the choices of that field
    are the classes. `proposes` maps choices of `proposed_from` to choices of `field`, for a proposal to who decides;
    both are empty where nothing proposes. `name` is empty where the field's label serves."""

    key: str
    name: str
    field: str
    proposed_from: str
    proposes: Mapping[str, str]
    clause: str


AFTER_PUBLICATION = "publication"
"""A title that begins without a document, when its publication is over (title.granted_on)."""


@dataclass(frozen=True)
class TitleRules:
    """What is granted: name, pattern of its number, key of the period of its validity (None: no end date), and where
    day and document number of the recognition document stand ("form.field"). Without a document `granted_on` is
    AFTER_PUBLICATION, the day after the publication's last one, and `document_number` None. `classes` by key,
    such as its nature; `certificate` is the key of the letter that is issued with it (None: none). `privileges` are
    what a title that stands gives its holder, in words -> clause; the register shows them. `notes` are the kinds of
    notes that are kept of it (support, outstanding) -> clause; `publishes` what the register shows anybody besides its
    events (inspections) -> clause; `invites` the lowest grade that is invited, with its
    clause."""

    name: str
    number: str
    validity: str | None
    granted_on: str
    document_number: str | None
    clause: str
    classes: Mapping[str, TitleClass] = field(default_factory=nothing)
    certificate: str | None = None
    privileges: Mapping[str, str] = field(default_factory=nothing)
    notes: Mapping[str, str] = field(default_factory=nothing)
    publishes: Mapping[str, str] = field(default_factory=nothing)
    invites: tuple[str, str] | None = None


@dataclass(frozen=True)
class ObjectionRules:
    """What an objection must bring. `otherwise`: one that doesn't is "refused" or kept as a "tip". `handling` is the
    key of the period for handling it, None where there is none."""

    real_name: bool
    evidence: bool
    contact: bool
    otherwise: str = "refused"
    handling: str | None = None
    clause: str = ""


@dataclass(frozen=True)
class PublicationRules:
    """How lists are published: the columns that the public reads, the period, the usual contact for objections. `held`
    says what an objection still open on the last day holds back: "entry" or "list"."""

    period: str
    columns: tuple[str, ...]
    contact: str
    clause: str
    held: str = "entry"
    objections: ObjectionRules | None = None


@dataclass(frozen=True)
class BatchDate:
    """A last day that a call names. `relation` is whom it binds; `channel` online or paper (then so many `copies`)."""

    key: str
    name: str
    relation: str
    channel: str = "online"
    copies: int = 0


ONE_VALUE = frozenset({"textfield", "textarea", "number", "datetime", "select", "radio", "checkbox"})
"""Kinds of fields whose answer is one value: what an expression of the quotas can read."""


@dataclass(frozen=True)
class QuotaGroup:
    """Recommending units that get the same figure in a call: those at `tier`, in `regions` (GB/T 2260), of these
    `kinds` of recommenders; what is empty doesn't matter. `when` is an expression over the fields of the quotas' form:
    the group is meant for such applications alone ("": for all). Those of an `exempt` group don't count. `per`: the
    field for each of whose choices the figure holds separately ("": for all together)."""

    key: str
    name: str
    tier: str = ""
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    when: str = ""
    exempt: bool = False
    per: str = ""


@dataclass(frozen=True)
class Quotas:
    """How a call may limit what a unit recommends. `at`: the recommendation, as "task.outcome" of the application's
    diagram, or "task" where it has no outcomes. `groups` by key, the first one that fits a unit and an application
    holds; the call gives the figures. `form` is the application's form, which `when` and `per` read."""

    at: tuple[str, ...]
    groups: Mapping[str, QuotaGroup]
    form: str
    clause: str

    @property
    def tasks(self) -> frozenset[str]:
        """The tasks in which somebody recommends."""
        return frozenset(named.partition(".")[0] for named in self.at)

    @property
    def counting(self) -> Mapping[str, QuotaGroup]:
        """The groups for which a call may give a figure."""
        return {key: group for key, group in self.groups.items() if not group.exempt}

    def recommends(self, element: str, outcome: str) -> bool:
        """Whether completing a task so is the recommendation."""
        return (f"{element}.{outcome}" if outcome else element) in self.at


@dataclass(frozen=True)
class BatchRules:
    """Calls: whether an institution applies once only, and the region whose institutions may apply. `dates` are the
    last days that a call must name, by key; `late_entry`: the authority may let somebody in after them. `entitled`: who
    may recommend, always or named_in_call. `summary` is the key of the summary table (tables.yaml), "" for none.
    `drafts_count`: an application that was deleted before it was filed uses up the one there may be. `corrections`: the
    outcomes that diagrams mark as `returns` are offered. `once_clause` refuses a second application, else `clause`."""

    one_application: bool
    open_to: str
    clause: str
    dates: Mapping[str, BatchDate] = field(default_factory=nothing)
    late_entry: bool = False
    a_year: int | None = None
    quotas: Quotas | None = None
    entitled: str = "always"
    summary: str = ""
    materials_paper: bool = False
    drafts_count: bool = True
    corrections: bool = True
    once_clause: str = ""


@dataclass(frozen=True)
class ExpertReview:
    """Scoring by experts: how many are drawn, how many scores suffice, how many of the highest and lowest are left out,
    the mark that passes (None: none; the sheet may have its own), who may not score whom (same_unit, same_region,
    declared, recommender), the scoring sheet and the key of the period for scoring."""

    experts: int
    quorum: int
    sheet: str
    period: str
    clause: str
    drop_highest: int = 0
    drop_lowest: int = 0
    pass_mark: Decimal | None = None
    conflicts: tuple[str, ...] = ()
    diagram: str = ""
    on_site: bool = False
    client_sample: int = 0


@dataclass(frozen=True)
class ServiceRules:
    """When a notice counts as served. `ways`: box, email, manual. `box_counts_from`: read or sent. `email_counts_from`:
    never (a mail only points to the box) or sent. `deemed`: key of the period after which an unread notice counts as
    served, counted from its sending; None where it never does. `number`: the pattern of a notice's number, "" for the
    usual one."""

    ways: tuple[str, ...] = ("box", "email", "manual")
    box_counts_from: str = "read"
    email_counts_from: str = "never"
    deemed: str | None = None
    clause: str = ""
    ours: bool = True
    number: str = ""


@dataclass(frozen=True)
class DirectEntry:
    """Who enters the register without applying: holders of `titles` (key -> name). `ends`: with_original or
    own_validity. `while_banned`: refused or warned."""

    titles: Mapping[str, str]
    confirmed_by: str
    ends: str
    obligations: bool
    renewable: bool
    while_banned: str
    clause: str


@dataclass(frozen=True)
class RecommenderKind:
    """A kind of recommender and how an applicant is matched to one: by region, membership, department or choice. `tier`
    and `unit_kind` are empty where they don't matter; `regions`: only units there (GB/T 2260), none for all."""

    key: str
    name: str
    matched_by: str
    unit_kind: str = ""
    tier: str = ""
    clause: str = ""
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClientSample:
    """回访: at least so many clients, drawn at random from a column of the application ("form.table.column"), are asked
    before anybody recommends; `record` is the column that names each ("form.table.column"). Rows whose column
    `reached_by` says `not_reached` don't count: the next in the order of the draw takes their place."""

    population: str
    record: str
    at_least: int
    clause: str
    reached_by: str = ""
    not_reached: str = ""


@dataclass(frozen=True)
class Recommenders:
    """Who may recommend. `self_handled_by` is the kind that handles a recommender's own application, "" for none;
    `named_by`: those on the "register", or those whom the "call" names; `sample`: the clients whom they ask."""

    one_recommender: bool
    kinds: Mapping[str, RecommenderKind]
    self_handled_by: str = ""
    named_by: str = "register"
    clause: str = ""
    sample: ClientSample | None = None


@dataclass(frozen=True)
class OpenedByHand:
    """A diagram of which people open cases by hand: what it is called, and who may (`actors`: relation/role each).
    `about`: "title" for one that is opened about a title, on its page; "" for one about nothing. `basis`: of titles
    that came in so alone (granted, imported, entered; "" for all). `marked`: of titles alone that are suspended,
    observed or under_evaluation. `ended`: no for titles that haven't ended, yes for all, only for those that have."""

    diagram: str
    name: str
    actors: tuple[str, ...]
    clause: str = ""
    about: str = ""
    basis: str = ""
    marked: str = ""
    ended: str = "no"


@dataclass(frozen=True)
class UpwardProgramme:
    """An upper programme (its key) to which holders may be recommended. Their applications there, made in `form`, begin
    with what the application of the title said: `same` are fields that both forms have, `fields` others, the upper
    form's -> ours."""

    key: str
    name: str
    form: str
    same: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=nothing)

    @property
    def carried(self) -> dict[str, str]:
        """The upper form's field -> ours."""
        return {**{key: key for key in self.same}, **self.fields}


@dataclass(frozen=True)
class UpwardRules:
    """择优推荐: the upper programmes by key, in the order of the file; `form` and `field` are where the decision names
    one."""

    programmes: Mapping[str, UpwardProgramme]
    field: str
    clause: str


@dataclass(frozen=True)
class RelaxRule:
    """放宽: conditions of `clauses` that who acts under the relation `by` may let go for a reason, but those whose
    labels stand in `but`. `when` ('key = "value"'): for such answers alone, where they are meant in principle; "" for
    all.
    `evidence` ("form.field") is the upload that the applicant must have given; "" for none."""

    clauses: tuple[str, ...]
    by: str
    clause: str
    when: str = ""
    but: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True)
class CriteriaRules:
    """The table of conditions and the form whose answers it judges; `also` are other forms that it judges as well, as
    far as they have its figures. `relax`: which of them may be let go."""

    table: str
    form: str
    also: tuple[str, ...] = ()
    relax: tuple[RelaxRule, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """All forms that it judges, the application's first."""
        return (self.form, *self.also)


@dataclass(frozen=True)
class Question:
    """A question that the text leaves open, the programme's answer, what else could be answered, and why. `set` points
    to the setting, field or element that carries the answer out."""

    id: str
    question: str
    answer: str
    options: tuple[str, ...]
    why: str
    clause: str
    set: str
