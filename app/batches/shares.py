"""名额: under which figure of a call a recommendation counts, what each unit has of it, and who stands recommended.

A unit counts at the office of the place, also where the office above stands in for it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, true
from sqlalchemy.orm import Session

from app import rules
from app.batches import dates, recommending
from app.batches.models import Application, Batch, Entitlement, Quota, Recommendation
from app.cases.models import Act, ActRow, Answer, Case
from app.cases.steps import CaseRow
from app.errors import Invalid
from app.people.models import Person, Region, Unit
from app.people.queries import LOWER_TIERS, Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.programmes.sections import MINISTRY, ONE_VALUE, QuotaGroup, Quotas
from app.programmes.settings import RECOMMENDER

APPLICATION = "application"
CHUNK = 500
STANDS = Recommendation.ended_at.is_(None)


@dataclass(frozen=True)
class Share:
    """What a unit has of one figure: `number` it may recommend (None: no limit), `recommended` how many stand or are
    about to by a confirmed act. `choice` says which choice of the group's field it is for, in words ("": all)."""

    group: QuotaGroup
    choice: str
    number: int | None
    recommended: int

    @property
    def left(self) -> int | None:
        """How many more; None without a limit."""
        return None if self.number is None else max(self.number - self.recommended, 0)

    @property
    def words(self) -> str:
        """名额 3，已推荐 2，余 1。"""
        said = f"（{self.choice}）" if self.choice else ""
        if self.number is None:
            return f"名额{said}不限，已推荐 {self.recommended}"
        return f"名额{said} {self.number}，已推荐 {self.recommended}，余 {self.left}"


@dataclass(frozen=True)
class Line:
    """A recommending unit in a call: its shares, and whom it recommends in its order, exempt ones among them."""

    unit: Unit
    shares: tuple[Share, ...]
    rows: tuple[Row, ...]

    @property
    def exempt(self) -> int:
        """How many stand recommended without counting."""
        return sum(row.exempt for row in self.rows)

    @property
    def is_ranked(self) -> bool:
        """Whether everybody whom it recommends has a place."""
        return bool(self.rows) and all(row.rank is not None for row in self.rows)

    @property
    def words(self) -> str:
        """Its shares in a sentence."""
        said = "；".join(share.words for share in self.shares) or f"名额不限，已推荐 {len(self.rows) - self.exempt}"
        return said + (f"；另有不占名额的 {self.exempt} 家" if self.exempt else "")


@dataclass(frozen=True)
class Place:
    """Where one application counts: the group that holds (None: no group covers it) and the choice of its field."""

    group: QuotaGroup | None
    choice: str = ""

    @property
    def key(self) -> str:
        return self.group.key if self.group else ""

    @property
    def exempt(self) -> bool:
        return self.group is not None and self.group.exempt


def relation(programme: Programme, rule: Quotas) -> str:
    """The relation under which a programme's recommenders act."""
    elements = programme.specification(APPLICATION).elements
    return elements[rule.at[0].partition(".")[0]].properties["actor"].partition("/")[0]


def home(session: Session, case: CaseRow | Case, programme: Programme, rule: Quotas, *, acting: int) -> int:
    """The unit on whose figure a recommendation counts: the one that the applicant chose, else the office of the place;
    the `acting` one where there is none."""
    who = relation(programme, rule)
    if who == RECOMMENDER and case.recommender_id is not None:
        return case.recommender_id
    tier = programme.tier_of(who)
    region = session.get(Region, case.region_code)
    code = getattr(region, f"{tier}_code", None)
    if code is None:
        return acting
    found = session.scalar(
        select(Unit.id).where(Unit.kind == "department", Unit.tier == tier, Unit.region_code == code,
                              Unit.body == programme.authority.body, Unit.status == "active").order_by(Unit.id).limit(1)
    )
    return acting if found is None else found


def place_of(session: Session, programme: Programme, rule: Quotas, unit_id: int, answers: Mapping[str, Any]) -> Place:
    """Where an application of these answers (of the quotas' form) counts: the first group that fits it and the unit."""
    form = programme.form(rule.form) if rule.form else None
    given = _values(programme, rule, answers)
    for group in rule.groups.values():
        if group.when and rules.parse(group.when).evaluate(given) is not True:
            continue
        if session.scalar(select(Unit.id).where(Unit.id == unit_id, covers(programme, group))) is None:
            continue
        field = form.field(group.per) if form is not None and group.per else None
        return Place(group, str(given.get(group.per) or "") if field is not None else "")
    return Place(None)


def covers(programme: Programme, group: QuotaGroup) -> ColumnElement[bool]:
    """The units that a group means."""
    asked: list[ColumnElement[bool]] = []
    if group.tier:
        asked.append(Unit.tier == group.tier)
    if group.regions:
        asked.append(Unit.region_code.in_(group.regions))
    if group.kinds and programme.settings.recommenders is not None:
        kinds = programme.settings.recommenders.kinds
        asked.append(or_(*(recommending.of_kind(kinds[key]) for key in group.kinds)))
    return and_(*asked) if asked else true()


def answers_of(session: Session, rule: Quotas, case_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The last answers to the quotas' form, by case."""
    found: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(case_ids), CHUNK):
        rows = session.execute(
            select(Answer.case_id, Answer.values)
            .where(Answer.case_id.in_(case_ids[start : start + CHUNK]), Answer.form == rule.form).order_by(Answer.id)
        )
        found |= dict(rows.all())
    return found


def numbers(session: Session, batch_id: int) -> dict[str, int]:
    """The figures of a call, by group."""
    return dict(session.execute(select(Quota.group_key, Quota.number).where(Quota.batch_id == batch_id)).all())


def standing(session: Session, batch_id: int, *, unit_id: int | None = None) -> list[Row]:
    """Who stands recommended in a call, unit by unit in its order, those without a place last: (unit_id, group_key,
    choice, exempt, rank, recommended_at, case_id, case's public id, number, applicant, status, outcome, person)."""
    statement = (
        select(
            Recommendation.unit_id, Recommendation.group_key, Recommendation.choice, Recommendation.exempt,
            Recommendation.rank, Recommendation.recommended_at, Recommendation.case_id, Case.public_id, Case.number,
            Unit.name.label("applicant"), Case.status, Case.outcome, Person.name.label("person"),
        )
        .join(Case, Recommendation.case_id == Case.id)
        .join(Unit, Case.applicant_id == Unit.id)
        .join(Person, Recommendation.person_id == Person.id)
        .where(Recommendation.batch_id == batch_id, STANDS)
        .order_by(Recommendation.unit_id, Recommendation.rank.is_(None), Recommendation.rank, Recommendation.id)
    )
    return list(session.execute(statement if unit_id is None else statement.where(Recommendation.unit_id == unit_id)))


def recommender_of(session: Session, case_id: int) -> int | None:
    """The unit on whose recommendation a case stands; None where it doesn't."""
    return session.scalar(select(Recommendation.unit_id).where(Recommendation.case_id == case_id, STANDS))


def ranks(session: Session, case_ids: Collection[str]) -> dict[str, int]:
    """The place of each case in its recommender's order, by public id; those alone that have one."""
    found: dict[str, int] = {}
    ids = list(case_ids)
    for start in range(0, len(ids), CHUNK):
        found |= dict(session.execute(
            select(Case.public_id, Recommendation.rank).join(Case, Recommendation.case_id == Case.id)
            .where(Case.public_id.in_(ids[start : start + CHUNK]), STANDS, Recommendation.rank.is_not(None))
        ).all())
    return found


def coming(session: Session, programme: Programme, rule: Quotas, batch_id: int) -> list[tuple[Any, int, Place]]:
    """What confirmed acts are about to recommend: (act's row with applicant and case_id, unit, where it counts)."""
    elements = [named.partition(".") for named in rule.at]
    meant = or_(*(and_(Act.element == task, Act.outcome == outcome) for task, _dot, outcome in elements))
    rows = session.execute(
        select(ActRow.id, ActRow.act_id, ActRow.case_id, Act.unit_id, Unit.name.label("applicant"), Case.recommender_id,
               Case.region_code)
        .join(Act, ActRow.act_id == Act.id).join(Case, ActRow.case_id == Case.id)
        .join(Application, Application.case_id == Case.id).join(Unit, Case.applicant_id == Unit.id)
        .where(Application.batch_id == batch_id, Act.diagram == APPLICATION, meant, ActRow.status == "waiting",
               Case.status == "open")
        .order_by(ActRow.id)
    ).all()
    answers = answers_of(session, rule, [row.case_id for row in rows])
    found = []
    for row in rows:
        unit_id = home(session, row, programme, rule, acting=row.unit_id)
        found.append((row, unit_id, place_of(session, programme, rule, unit_id, answers.get(row.case_id, {}))))
    return found


def units(session: Session, programme: Programme, batch: Batch, rule: Quotas, *, only: int | None = None) -> list[Unit]:
    """Who recommends in a call, whether or not it has done so yet, by place and name; `only` this one, if it does."""
    has = select(Recommendation.unit_id).where(Recommendation.batch_id == batch.id, STANDS)
    authority = programme.authority
    inside = true() if authority.tier == MINISTRY else getattr(Region, f"{authority.tier}_code") == authority.region
    statement = (
        select(Unit).outerjoin(Region, Unit.region_code == Region.code)
        .where(or_(Unit.id.in_(has), and_(_recommends(programme, batch, rule), inside, Unit.status == "active")))
        .order_by(Unit.region_code, Unit.name)
    )
    return list(session.scalars(statement if only is None else statement.where(Unit.id == only)))


def in_sight(
    session: Session, programme: Programme, batch: Batch, rule: Quotas, by: Identity
) -> list[Unit]:
    """Of those who recommend in a call, the ones whose recommendations somebody may see: all for the office that opened
    it, else the own unit and the offices below it in its division."""
    found = units(session, programme, batch, rule)
    if batch.unit_id == by.unit_id:
        return found
    regions = _regions(session, found)
    return [unit for unit in found if unit.id == by.unit_id or _is_below(unit, regions.get(unit.region_code), by)]


def lines(
    session: Session, programme: Programme, batch: Batch, rule: Quotas, found: Sequence[Unit]
) -> list[Line]:
    """The units of a call with their shares and whom they recommend."""
    figures, taken = numbers(session, batch.id), places_taken(session, programme, rule, batch.id)
    rows: dict[int, list[Row]] = {}
    for row in standing(session, batch.id):
        rows.setdefault(row.unit_id, []).append(row)
    covered = {
        key: set(session.scalars(select(Unit.id).where(Unit.id.in_([unit.id for unit in found]),
                                                       covers(programme, group))))
        for key, group in rule.groups.items()
    }
    return [
        Line(unit, tuple(_shares(programme, rule, unit.id, covered, figures, taken)), tuple(rows.get(unit.id, ())))
        for unit in found
    ]


def places_taken(
    session: Session, programme: Programme, rule: Quotas, batch_id: int
) -> Counter[tuple[int, str, str]]:
    """How many places of each figure are taken, by those who stand recommended and by confirmed acts: (unit, group,
    choice) -> number. Exempt ones take none."""
    found = Counter(
        (row.unit_id, row.group_key, row.choice) for row in standing(session, batch_id) if not row.exempt
    )
    found.update(
        (unit_id, place.key, place.choice)
        for _row, unit_id, place in coming(session, programme, rule, batch_id) if not place.exempt
    )
    return found


def last_day(programme: Programme, batch: Batch, rule: Quotas) -> dates.LastDay | None:
    """The last day on which a call's units recommend, and put in order whom they recommended; None where the call names
    none."""
    elements = programme.specification(APPLICATION).elements
    named = programme.periods[elements[rule.at[0].partition(".")[0]].properties["period"]].date_key
    return next((day for day in dates.last_days(programme, batch.dates) if day.key == named), None)


def rule_of(session: Session, batch: Batch) -> tuple[Programme, Quotas | None]:
    """A call's programme, and how it may limit; None where it can't."""
    programme = programmes.programme(session, batch.release_id)
    return programme, programme.batches.quotas


def choice_words(programme: Programme, rule: Quotas, group: QuotaGroup, choice: str) -> str:
    """What a choice of a group's field is called."""
    return {option.value: option.label for option in _options(programme, rule, group)}.get(choice, choice)


def _shares(
    programme: Programme, rule: Quotas, unit_id: int, covered: Mapping[str, set[int]], figures: Mapping[str, int],
    taken: Mapping[tuple[int, str, str], int],
) -> Iterator[Share]:
    """A unit's figures: those of the groups that mean it, up to the first one that takes every application."""
    for key, group in rule.groups.items():
        if unit_id not in covered[key]:
            continue
        choices = [(option.value, option.label) for option in _options(programme, rule, group)] or [("", "")]
        for value, label in choices if not group.exempt else ():
            yield Share(group, label, figures.get(key), taken.get((unit_id, key, value), 0))
        if not group.when:
            return


def _options(programme: Programme, rule: Quotas, group: QuotaGroup) -> Sequence[Any]:
    field = programme.form(rule.form).field(group.per) if group.per else None
    return field.options if field is not None else ()


def _recommends(programme: Programme, batch: Batch, rule: Quotas) -> ColumnElement[bool]:
    who, rules_of = relation(programme, rule), programme.settings.recommenders
    if who != RECOMMENDER or rules_of is None:
        return and_(Unit.kind == "department", Unit.body == programme.authority.body,
                    Unit.tier == programme.tier_of(who))
    entitled = Unit.id.in_(select(Entitlement.unit_id).where(Entitlement.batch_id == batch.id))
    named = programme.batches.entitled == recommending.NAMED_IN_CALL
    return or_(*(
        and_(recommending.of_kind(kind), entitled if named and kind.matched_by != recommending.REGION else true())
        for kind in rules_of.kinds.values() if kind.unit_kind
    ))


def _regions(session: Session, found: Sequence[Unit]) -> dict[str, Region]:
    codes = {unit.region_code for unit in found if unit.region_code}
    return {region.code: region for region in session.scalars(select(Region).where(Region.code.in_(codes)))}


def _is_below(unit: Unit, region: Region | None, by: Identity) -> bool:
    if by.unit_kind != "department" or not by.tier or unit.tier not in LOWER_TIERS[by.tier]:
        return False
    return by.tier == MINISTRY or getattr(region, f"{by.tier}_code", None) == by.region_code


def _values(programme: Programme, rule: Quotas, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the quotas' form that has one value, null where nothing was answered."""
    if not rule.form:
        return {}
    form = programme.form(rule.form)
    try:
        clean = form.load(answers, partial=True)
    except Invalid:  # an earlier edition of the form took it
        clean = {}
    return {field.key: clean.get(field.key) for field in form.asked if field.kind in ONE_VALUE}
