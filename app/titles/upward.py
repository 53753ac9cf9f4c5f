"""择优推荐: the authority recommends a holder to an upper programme; its application there begins with what its title's
application said. The applicant reads it, corrects it and submits it as its own; files aren't carried over."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.formschema import Field
from app.formschema.fields import CHOICES
from app.notices.fields import article
from app.people import queries as people
from app.programmes import queries as programmes
from app.programmes.sections import UpwardProgramme
from app.titles import bans, changing, standing
from app.titles.models import Title, UpwardRecommendation


def recommend(session: Session, place: Place) -> str:
    """The word recommend_upward: the holder is recommended to the upper programme that the form names; returns its key.

    Raises Refused for a title that doesn't stand, Invalid at the field for a programme that isn't among those of
    `upward`, and for one to which the title is recommended this year already. Source: BDP-5.
    """
    rules = place.programme.settings.upward
    if rules is None or place.case.title_id is None:
        raise Refused("本项目没有写明可以推荐到哪些上级项目。")
    title = changing.locked(session, place.case.title_id)
    if title.status not in standing.STANDS:
        said = f"称号 {title.number} {standing.STATUSES[title.status]}，不能择优推荐。"
        raise Refused(said, clause=rules.clause)
    form, _, key = rules.field.partition(".")
    answers = cases.latest_answers(session, place.case.id).get(form, {})
    upper = str(answers.get(key) or "")
    if upper not in rules.programmes:
        known = "、".join(one.name for one in rules.programmes.values())
        raise Invalid({key: [f"请选择上级项目：{known}。"]})
    today = clock.today()
    before = session.scalars(
        select(UpwardRecommendation.recommended_on)
        .where(UpwardRecommendation.title_id == title.id, UpwardRecommendation.upper == upper)
        .order_by(UpwardRecommendation.id.desc()).limit(1)
    ).one_or_none()
    if before is not None and before.year == today.year:
        raise Invalid({key: [f"本年已于 {before} 推荐到“{rules.programmes[upper].name}”，不必重复推荐。"]})
    session.add(UpwardRecommendation(
        public_id=db.public_id(), title_id=title.id, holder_id=title.holder_id, upper=upper, case_id=place.case.id,
        clause=rules.clause, reason=str(answers.get("reason") or ""), recommended_on=today, person_id=place.person_id,
        recorded_at=clock.now(),
    ))
    session.flush()
    audit.record(
        session, chain=f"case:{place.case.id}", verb="recommend_upward", person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"number": title.number, "upper": upper, "clause": rules.clause}, legal_at=place.at,
    )
    return upper


def of_application(session: Session, case: Case, form: str) -> Mapping[str, Any]:
    """Answers that an application in an upper programme begins with; {} for any other form or case."""
    if case.diagram != bans.APPLICATION or case.applicant_id is None:
        return {}
    found = session.scalars(
        select(UpwardRecommendation)
        .where(UpwardRecommendation.upper == case.programme, UpwardRecommendation.holder_id == case.applicant_id)
        .order_by(UpwardRecommendation.id.desc()).limit(1)
    ).one_or_none()
    if found is None:
        return {}
    title = session.get_one(Title, found.title_id)
    lower = changing.programme_of(session, title)
    rules = lower.settings.upward
    rule = rules.programmes.get(case.programme) if rules is not None else None
    source = lower.settings.criteria.form if lower.settings.criteria else ""
    if rule is None or rule.form != form or title.status not in standing.STANDS:
        return {}
    said = cases.latest_answers(session, title.case_id).get(source, {})
    return carried(rule, said, programmes.programme(session, case.release_id).form(form).asked)


FIELDS = {
    "上级项目": "推荐申报的上级项目的名称",
    "推荐理由": "择优推荐的理由",
    "推荐依据": "择优推荐所依据的条款：第几条",
}
"""Fields that letters of a recommendation may name, with their help."""


def letter_fields(session: Session, place: Place) -> Mapping[str, str]:
    """What letters of a recommendation say; nothing for any other case."""
    found = session.scalars(
        select(UpwardRecommendation).where(UpwardRecommendation.case_id == place.case.id)
    ).one_or_none()
    rules = place.programme.settings.upward
    if found is None or rules is None:
        return {}
    upper = rules.programmes.get(found.upper)
    return {"上级项目": upper.name if upper else found.upper, "推荐理由": found.reason,
            "推荐依据": article(place.programme, found.clause)}


def carried(rule: UpwardProgramme, said: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    """What fields of an upper form take over of our answers: what they can't hold is left out."""
    known = {field.key: field for field in fields if field.key}
    found = {}
    for target, source in rule.carried.items():
        value = _held(known[target], said.get(source)) if target in known else None
        if value not in (None, "", [], {}):
            found[target] = value
    return found


def _held(field: Field, value: Any) -> Any:
    """A value as far as a field can hold it, None where it can't."""
    if field.kind == "filepicker":
        return None
    if field.is_table:
        columns = {column.key: column for column in field.fields}
        if not isinstance(value, list):
            return None
        rows = [{key: _held(columns[key], said) for key, said in row.items() if key in columns}
                for row in value if isinstance(row, Mapping)]
        return [{key: kept for key, kept in row.items() if kept is not None} for row in rows]
    if field.kind in CHOICES and not field.options_from:
        options = {option.value for option in field.options}
        if field.kind == "checklist":
            return [one for one in value if one in options] if isinstance(value, list) else None
        return value if value in options else None
    if field.kind == "checkbox":
        return value if isinstance(value, bool) else None
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
