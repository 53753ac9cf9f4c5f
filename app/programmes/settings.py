"""What programme.yaml sets, as plain data. The file was held against its JSON Schema before: see checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from app.programmes.life import Life, life
from app.programmes.period_rules import (
    BATCH_DATE,
    ExtensionRule,
    Ground,
    PeriodRule,
    Rung,
    nothing,
    period_rule,
)
from app.programmes.sections import (
    Actor,
    Authority,
    BatchDate,
    BatchRules,
    ClientSample,
    CriteriaRules,
    DirectEntry,
    ExpertReview,
    ObjectionRules,
    OpenedByHand,
    PublicationRules,
    Question,
    QuotaGroup,
    Quotas,
    RecommenderKind,
    Recommenders,
    RelaxRule,
    ServiceRules,
    TitleClass,
    TitleRules,
    UpwardProgramme,
    UpwardRules,
)

__all__ = [
    "BATCH_DATE",
    "Actor",
    "Authority",
    "BatchDate",
    "BatchRules",
    "CriteriaRules",
    "DirectEntry",
    "ExpertReview",
    "ExtensionRule",
    "Ground",
    "ObjectionRules",
    "OpenedByHand",
    "PeriodRule",
    "PublicationRules",
    "Question",
    "QuotaGroup",
    "Quotas",
    "RecommenderKind",
    "Recommenders",
    "Rung",
    "ServiceRules",
    "Settings",
    "TitleClass",
    "TitleRules",
    "UpwardProgramme",
    "UpwardRules",
    "period_rule",
    "relation_of",
    "settings",
]

Made = TypeVar("Made")
RECOMMENDER = "recommender"


@dataclass(frozen=True)
class Settings:
    """The whole of programme.yaml."""

    key: str
    name: str
    name_en: str
    code: str
    source: str
    effective_from: str | None
    effective_until: str | None
    authority: Authority
    tiers: tuple[str, ...]
    actors: Mapping[str, Actor]
    periods: Mapping[str, PeriodRule]
    title: TitleRules
    publication: PublicationRules
    batches: BatchRules
    criteria: CriteriaRules | None
    expert_review: ExpertReview | None
    service: ServiceRules
    direct_entry: DirectEntry | None
    recommenders: Recommenders | None
    opened_by_hand: Mapping[str, OpenedByHand]
    upward: UpwardRules | None
    life: Life
    ask: tuple[Question, ...]


def settings(written: Mapping[str, Any]) -> Settings:
    """The settings of a programme.yaml that fits its schema. Raises Invalid for a period that makes no sense."""
    programme = written["programme"]
    authority = Authority(**programme["authority"])
    effective = programme.get("effective") or {}
    actors = {key: _actor(key, found, authority, written["tiers"]) for key, found in written["actors"].items()}
    return Settings(
        key=programme["key"],
        name=programme["name"]["zh"],
        name_en=programme["name"]["en"],
        code=programme["code"],
        source=programme["source"],
        effective_from=effective.get("from"),
        effective_until=effective.get("until"),
        authority=authority,
        tiers=tuple(written["tiers"]),
        actors=MappingProxyType(actors),
        periods=MappingProxyType(
            {key: period_rule(key, found, written.get("reminders")) for key, found in written["periods"].items()}
        ),
        title=_title(written["title"]),
        publication=_publication(written["publication"]),
        batches=_batches(written["batches"], actors, form=written.get("criteria", {}).get("form", "")),
        criteria=_criteria(written["criteria"]) if "criteria" in written else None,
        expert_review=_expert_review(written["expert_review"]) if "expert_review" in written else None,
        service=_picked(ServiceRules, _frozen({"ours": False, **written["service"]})) if "service" in written
        else ServiceRules(),
        direct_entry=_picked(DirectEntry, _frozen(written["direct_entry"])) if "direct_entry" in written else None,
        recommenders=_recommenders(written["recommenders"]) if "recommenders" in written else None,
        opened_by_hand=MappingProxyType(
            {found["diagram"]: _opened_by_hand(found) for found in written.get("opened_by_hand", ())}
        ),
        upward=_upward(written["upward"]) if "upward" in written else None,
        life=life(written),
        ask=tuple(_question(id_, found) for id_, found in written.get("ask", {}).items()),
    )


def _actor(relation: str, written: Mapping[str, Any], authority: Authority, tiers: Sequence[str]) -> Actor:
    """A recommender is named by the case; where it names none, the department of the lowest tier stands in."""
    lowest = next((tier for tier in tiers if tier != RECOMMENDER), "")
    named = {"case": "", "authority": authority.tier, RECOMMENDER: lowest}
    return Actor(relation, written["name"], named.get(written["found_by"], written["found_by"]))


def _picked(kind: type[Made], written: Mapping[str, Any], **absent: Any) -> Made:
    """The settings of one section that this house reads by now; the schema knows more of them."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{**absent, **{name: value for name, value in written.items() if name in names}})


def _frozen(written: Mapping[str, Any]) -> dict[str, Any]:
    """A section whose lists and mappings nobody can change afterwards."""
    kinds = {list: tuple, dict: MappingProxyType}
    return {name: kinds.get(type(value), lambda same: same)(value) for name, value in written.items()}


def _title(written: Mapping[str, Any]) -> TitleRules:
    invites = written.get("invites")
    classes = {key: _title_class(key, found) for key, found in written.get("classes", {}).items()}
    return _picked(TitleRules, {
        **written,
        "classes": MappingProxyType(classes),
        "privileges": MappingProxyType({one["name"]: one["clause"] for one in written.get("privileges", ())}),
        "notes": MappingProxyType(dict(written.get("notes", {}))),
        "publishes": MappingProxyType(dict(written.get("publishes", {}))),
        "invites": (invites["at_least"], invites["clause"]) if invites else None,
    }, validity=None)


def _title_class(key: str, written: str | Mapping[str, Any]) -> TitleClass:
    said = {"field": written} if isinstance(written, str) else written
    absent = {"key": key, "name": "", "proposed_from": "", "proposes": nothing(), "clause": ""}
    return _picked(TitleClass, _frozen(said), **absent)


def _publication(written: Mapping[str, Any]) -> PublicationRules:
    objections = _picked(ObjectionRules, written["objections"]) if "objections" in written else None
    return _picked(PublicationRules, {**_frozen(written), "objections": objections})


def _batches(written: Mapping[str, Any], actors: Mapping[str, Actor], *, form: str) -> BatchRules:
    dates = [_batch_date(found, actors) for found in written.get("dates", ())]
    made = {
        "dates": MappingProxyType({found.key: found for found in dates}),
        "quotas": _quotas(written["quotas"], form=form, clause=written["clause"]) if "quotas" in written else None,
    }
    return _picked(BatchRules, {**written, **made})


def _quotas(written: Mapping[str, Any], *, form: str, clause: str) -> Quotas:
    """`form` and `clause` are the criteria's form and the calls' clause, which hold where it names none."""
    groups = {key: _picked(QuotaGroup, _frozen(found), key=key) for key, found in written["groups"].items()}
    return Quotas(tuple(written["at"]), MappingProxyType(groups), written.get("form", form),
                  written.get("clause", clause))


def _batch_date(written: str | Mapping[str, Any], actors: Mapping[str, Actor]) -> BatchDate:
    if not isinstance(written, str):
        return _picked(BatchDate, {**written, "relation": written["tier"]})
    relation = relation_of(written)
    who = actors[relation].name if relation in actors else written
    return BatchDate(written, f"{who}截止日", relation)


def relation_of(date_key: str) -> str:
    """The relation that a date written as a mere key binds: "applicants" means the applicant, "county" the county."""
    return "applicant" if date_key == "applicants" else date_key


def _criteria(written: Mapping[str, Any]) -> CriteriaRules:
    relax = tuple(_picked(RelaxRule, _frozen(found)) for found in written.get("relax", ()))
    return _picked(CriteriaRules, {**_frozen(written), "relax": relax})


def _expert_review(written: Mapping[str, Any]) -> ExpertReview:
    mark = written.get("pass_mark")
    return _picked(ExpertReview, {**_frozen(written), "pass_mark": None if mark is None else Decimal(str(mark))})


def _recommenders(written: Mapping[str, Any]) -> Recommenders:
    kinds = {key: _picked(RecommenderKind, _frozen(found), key=key) for key, found in written["kinds"].items()}
    handled_by = written.get("self_recommendation", {}).get("handled_by", "")
    sample = _picked(ClientSample, written["sample"]) if "sample" in written else None
    return _picked(
        Recommenders, {**written, "kinds": MappingProxyType(kinds), "self_handled_by": handled_by, "sample": sample}
    )


def _opened_by_hand(written: Mapping[str, Any]) -> OpenedByHand:
    actors = written["actor"] if isinstance(written["actor"], list) else [written["actor"]]
    ended = {True: "yes", False: "no"}.get(written.get("ended", False), "only")
    return _picked(OpenedByHand, {**written, "actors": tuple(actors), "ended": ended})


def _upward(written: Mapping[str, Any]) -> UpwardRules:
    programmes = {
        key: _picked(UpwardProgramme, _frozen(found), key=key) for key, found in written["programmes"].items()
    }
    return UpwardRules(MappingProxyType(programmes), written["field"], written["clause"])


def _question(id_: str, written: Mapping[str, Any]) -> Question:
    said = {"answer": str(written["answer"]), "options": tuple(map(str, written.get("options", ())))}
    return _picked(Question, {**written, **said}, id=id_, clause="", set="")
