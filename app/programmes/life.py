"""The sections of programme.yaml about the life of a title: what must be reported, what is punished and how, changes,
rectification, evaluation, renewal, appointments. Plain data; held against the JSON Schema before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from app.programmes.period_rules import nothing

Made = TypeVar("Made")
CIRCULAR = "circular"
"""The effect of a sanction that is a public notice (通报)."""


@dataclass(frozen=True)
class MissRule:
    """What follows from so many misses in a row: a sanction (a key of `sanctions`)."""

    in_a_row: int
    sanction: str
    clause: str


@dataclass(frozen=True)
class SumRule:
    """A function and the number fields of a report that tell of it. Source: NAT-20.0."""

    key: str
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Obligation:
    """报送义务. `reporter`: holder or recommender. `schedule`: dates (each year's `dates`, "03-15"), monthly (`day` of
    the next month) or yearly (the one of `dates`). `period` is the key of the period of its task, whose day the case
    names (`due`). `opens` counts back from the due day to the day on which the case opens. `late` is the period in
    which a late report is taken after the miss, None: none is. `first_period_min_days`: nothing falls due sooner after
    the beginning. `covers`: since_last_due, calendar_month or calendar_year. `misses`: the lowest number first.
    `sums`: the numbers of its form that are added up over titles and periods, by function; `practice`: the field in
    which the holder writes of good practice.
    """

    key: str
    name: str
    reporter: str
    schedule: str
    period: str
    opens: str
    form: str
    clause: str
    dates: tuple[str, ...] = ()
    day: int = 0
    diagram: str = "report"
    begins: str = "granted_on"
    first_period_min_days: int = 0
    covers: str = "since_last_due"
    late_is_miss: bool = True
    late: str | None = None
    grace: str | None = None
    correction: str | None = None
    excused_by: str = ""
    misses: tuple[MissRule, ...] = ()
    sums: tuple[SumRule, ...] = ()
    practice: str = ""


@dataclass(frozen=True)
class BanRule:
    """How long nobody may apply again: key of the period, what it starts with (decision or served), whether the
    decision may set a longer one."""

    period: str
    clause: str
    starts: str = "decision"
    may_be_longer: bool = False


NEXT_YEAR = "next_year"
"""How long an effect on a recommender lasts that closes the calls of the next calendar year."""


@dataclass(frozen=True)
class RecommenderRule:
    """What a sanction does to who recommends: `effect` suspended or cancelled. `of` is who is meant: recommender (who
    recommended the holder) or place (the department of the holder's place, whoever recommended it). `until` is the key
    of the period for which it lasts, NEXT_YEAR, or None: without end. `also_associations`: of a place, that others
    recommend applicants from there is no way around it."""

    effect: str
    clause: str
    until: str | None = None
    of: str = "recommender"
    also_associations: bool = True


@dataclass(frozen=True)
class SanctionRule:
    """处理. `ground` is the fact it needs; `effect` on the title: none, circular, suspend, observe, revoke, cancel,
    remove. `opened_by`: relations that may propose it by hand, beside what opens it by itself. `hearing` is the key of
    the period for the holder's statement, None where there is none. `on_recommender`: its effect on who recommends,
    None where it has none. `public`: whether anybody may read it, as a circular unless the programme says no."""

    key: str
    name: str
    ground: str
    clause: str
    decided_by: str
    effect: str
    opened_by: tuple[str, ...] = ()
    ban: BanRule | None = None
    hearing: str | None = None
    diagram: str = "sanction"
    on_recommender: RecommenderRule | None = None
    document_required: bool = False
    public: bool = False


@dataclass(frozen=True)
class ChangeRules:
    """变更报备. `period` runs from the day of the change; `suspends`: the title from that day; `kinds`: what counts as
    a change, key -> name; `diagram` of the report; `not_passed` the sanction that opens where the conditions no longer
    hold (a key of `sanctions`)."""

    period: str
    suspends: bool
    kinds: Mapping[str, str]
    clause: str
    not_passed: str
    diagram: str = "change_report"


@dataclass(frozen=True)
class RectificationRules:
    """整改. `period` from the day on which the unit was told; `out_of_time` the sanction that opens where it isn't
    accepted in time; `by_field` and `by_cause` name another one by what a field ("form.field") of the case that opened
    it said. `accepted_by`: the guiding relation."""

    period: str
    out_of_time: str
    clause: str
    accepted_by: str = ""
    diagram: str = "rectification"
    suspends: bool = True
    by_field: str = ""
    by_cause: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True)
class Indicator:
    """What an evaluation looks at: `figure` (one of app.evaluations.figures), the `points` that full marks give, in
    words `name`. A share s gives s x points. `full` is what counts as a share of 1 where the figure isn't a share by
    itself (of a year's sum: in a whole year); None: 1."""

    key: str
    name: str
    figure: str
    points: int
    clause: str = ""
    full: int | float | None = None


@dataclass(frozen=True)
class RunRule:
    """What follows from so many equal grades in a row: observation, propose_revocation, circular.
    `sanction` names the sanction where the effect is one; of an observation that which may be proposed at its end,
    `circular` that which may be proposed while it lasts, `period` how long it lasts, `diagram` its case."""

    grade: str
    in_a_row: int
    effect: str
    clause: str
    period: str | None = None
    sanction: str = ""
    circular: str = ""
    diagram: str = "observation"


@dataclass(frozen=True)
class SampleRule:
    """抽查: every month, quarter or year, so many percent of what came in, at least so many. `sanction` is what may be
    proposed where the data turn out false (a key of `sanctions`); "": nothing may."""

    every: str
    percent: int = 0
    at_least: int = 1
    clause: str = ""
    diagram: str = "spot_check"
    sanction: str = ""


@dataclass(frozen=True)
class ActivityRules:
    """服务活动. `form` is where they are entered, its `table` has the column `day`; the table of the same name in the
    assessment's form has the `figure` that counts the low ones. `at_least` so many in a year warn the recommender, and
    the assessment can't come to the outcome `excludes`."""

    form: str
    table: str
    day: str
    figure: str
    at_least: int
    excludes: str
    clause: str


@dataclass(frozen=True)
class EvaluationRules:
    """评价. `opens` ("01-10") is the day of the year on which the round about the last year opens; `table` turns the
    score into a grade of `grades` (best first); `appeal` is the key of the appeal's period. Where nothing is computed
    `form` is that in which people write the finding; `activities`: what it has to look at."""

    every: str
    clause: str
    opens: str = ""
    by: str = ""
    confirmed_by: str = ""
    diagram: str = "evaluation"
    table: str = ""
    grades: tuple[str, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    runs: tuple[RunRule, ...] = ()
    sample: SampleRule | None = None
    appeal: str | None = None
    least_days: int = 0
    form: str = ""
    activities: ActivityRules | None = None


@dataclass(frozen=True)
class ExemptRule:
    """免评: so many equal grades in a row at the end. `stopped_by`: sanctions (keys of `sanctions`) that, while one is
    proposed and undecided, send the renewal to review all the same."""

    grade: str
    in_a_row: int
    clause: str
    stopped_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServicesRule:
    """What the self-assessment's `table` of the last years starts with: a row for each year, `columns` (column -> field
    of the report's form) summed over the reports that were filed about it for an obligation."""

    table: str
    year: str
    years: int
    obligation: str = ""
    columns: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True)
class RenewalRules:
    """期满. `kind`: none, self_assessment, apply_again, batch_review. `opens` counts back from the title's end (None:
    on the day after it, the literal reading); `window` is the period for filing, whose day is the title's last where
    the period is one that the case names (`due`). Nothing filed ends a title that has an end; one under batch_review
    has none, and is listed for the authority's decision.

    `notice` counts back to the day on which holder, city and authority are told of the end of a title that isn't
    renewed by assessment (None: as `opens`), by a case of `notice_diagram`. `form` is the self-assessment; `carries`
    are its fields that start with what the application said, `services` its table of the last years.

    Of batch_review, `review_after` is the period after which a title is reviewed again, with the call of the year in
    which it ends; `not_passed` the sanction that is proposed where it isn't confirmed (a key of `sanctions`).
    """

    kind: str
    clause: str
    opens: str | None = None
    window: str | None = None
    review_after: str | None = None
    diagram: str = "renewal"
    form: str = ""
    exempt: ExemptRule | None = None
    notice: str | None = None
    notice_diagram: str = "expiry_notice"
    carries: tuple[str, ...] = ()
    services: ServicesRule | None = None
    not_passed: str = ""


@dataclass(frozen=True)
class AppointmentRules:
    """服务预约. `period` from the request; `overdue_to` is told when nobody answered; `handled_by`: what counts as
    handled: accepted, other_date, declined_with_reason. `rating` is the key of the period, from the answer, in which
    the enterprise may rate it; None: it may at any time. `catalogue`: holders show products and cases."""

    period: str
    clause: str
    overdue_to: str = ""
    rating: str | None = None
    handled_by: tuple[str, ...] = ("accepted", "other_date", "declined_with_reason")
    counts_in_evaluation: bool = True
    catalogue: bool = False
    diagram: str = "appointment"


@dataclass(frozen=True)
class Life:
    """All of it; what a programme doesn't set is None or empty. `while_suspended`: what happens to reports while the
    title is suspended: required, paused or held. `statuses` are those that the programme's titles may have."""

    obligations: Mapping[str, Obligation]
    sanctions: Mapping[str, SanctionRule]
    changes: ChangeRules | None
    rectification: RectificationRules | None
    evaluation: EvaluationRules | None
    renewal: RenewalRules | None
    appointments: AppointmentRules | None
    while_suspended: str
    statuses: tuple[str, ...]


def life(written: Mapping[str, Any]) -> Life:
    """The sections out of a programme.yaml that fits its schema."""
    title = written["title"]
    return Life(
        obligations=MappingProxyType(
            {key: _obligation(key, found) for key, found in written.get("obligations", {}).items()}
        ),
        sanctions=MappingProxyType({key: _sanction(key, found) for key, found in written.get("sanctions", {}).items()}),
        changes=_one(ChangeRules, written.get("changes")),
        rectification=_rectification(written.get("rectification")),
        evaluation=_evaluation(written.get("evaluation")),
        renewal=_renewal(title.get("renewal")),
        appointments=_one(AppointmentRules, written.get("appointments")),
        while_suspended=title.get("while_suspended", "held"),
        statuses=tuple(title.get("statuses", ("active",))),
    )


def _obligation(key: str, written: Mapping[str, Any]) -> Obligation:
    misses = tuple(sorted((_made(MissRule, one) for one in written.get("misses", ())), key=lambda one: one.in_a_row))
    sums = tuple(
        SumRule(function, said["name"], tuple(said["fields"])) for function, said in written.get("sums", {}).items()
    )
    return _made(Obligation, {**written, "key": key, "misses": misses, "sums": sums})


def _sanction(key: str, written: Mapping[str, Any]) -> SanctionRule:
    return _made(SanctionRule, {
        "public": written["effect"] == CIRCULAR, **written, "key": key, "ban": _one(BanRule, written.get("ban")),
        "on_recommender": _one(RecommenderRule, written.get("on_recommender")),
    })


def _rectification(written: Mapping[str, Any] | None) -> RectificationRules | None:
    if written is None:
        return None
    other = written.get("out_of_time_by", {})
    return _made(RectificationRules, {
        **written, "by_field": other.get("field", ""), "by_cause": dict(other.get("sanctions", {})),
    })


def _evaluation(written: Mapping[str, Any] | None) -> EvaluationRules | None:
    if written is None:
        return None
    return _made(EvaluationRules, {
        **written,
        "indicators": _each(Indicator, written.get("indicators", ())),
        "runs": _each(RunRule, written.get("runs", ())),
        "sample": _one(SampleRule, written.get("sample")),
        "activities": _one(ActivityRules, written.get("activities")),
    })


def _renewal(written: Mapping[str, Any] | None) -> RenewalRules | None:
    if written is None:
        return None
    return _made(RenewalRules, {
        **written, "exempt": _one(ExemptRule, written.get("exempt")),
        "services": _one(ServicesRule, written.get("services")),
    })


def _each(kind: type[Made], written: Sequence[Mapping[str, Any]]) -> tuple[Made, ...]:
    return tuple(_made(kind, one) for one in written)


def _one(kind: type[Made], written: Mapping[str, Any] | None) -> Made | None:
    return None if written is None else _made(kind, written)


def _made(kind: type[Made], written: Mapping[str, Any]) -> Made:
    """A section whose lists and mappings nobody can change; what the schema allows beyond it isn't read here."""
    frozen = {list: tuple, dict: MappingProxyType}
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{
        name: frozen.get(type(value), lambda same: same)(value) for name, value in written.items() if name in names
    })
