"""The sections of programme.yaml beyond title and publication: calls, experts, recommenders, direct entry, classes."""

from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

from app.formschema import Field
from app.formschema.fields import CHOICES
from app.programmes import numbers, package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.criteria import RELAX_WHEN
from app.programmes.sections import TitleClass
from app.programmes.settings import RECOMMENDER, Settings, relation_of

_FILE = package.SETTINGS
SEES = "see_conditions"


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """What these sections name must exist, and their numbers must fit together."""
    yield from _dates(seen, settings)
    yield from _experts(seen, settings)
    yield from _recommenders(seen, settings)
    yield from _relaxing(seen, settings)
    yield from _classes(seen, settings)
    if settings.service.number and (fault := numbers.fault_of(settings.service.number)):
        yield problem(_FILE, "service.number", "bad-number", reason=fault)
    if settings.title.certificate and f"letters/{settings.title.certificate}.docx" not in seen.files:
        yield problem(_FILE, "title.certificate", "unknown-letter", key=settings.title.certificate)
    summaries = seen.written.get("tables.yaml", {}).get("tables", {})
    if settings.batches.summary and settings.batches.summary not in summaries and not seen.is_broken("tables.yaml"):
        known = "、".join(summaries) or "（无）"
        yield problem(_FILE, "batches.summary", "unknown-summary", key=settings.batches.summary, known=known)
    for number, kind in enumerate(settings.opened_by_hand.values()):
        for actor in kind.actors:
            if actor.partition("/")[0] not in settings.actors:
                relation = actor.partition("/")[0]
                yield problem(_FILE, f"opened_by_hand.{number}.actor", "unknown-actor", key=relation)
    yield from _sample(seen, settings)
    yield from _upward(seen, settings)
    entry = settings.direct_entry
    if entry is not None and entry.confirmed_by not in settings.actors:
        yield problem(_FILE, "direct_entry.confirmed_by", "unknown-actor", key=entry.confirmed_by)


def _upward(seen: View, settings: Settings) -> Iterator[Problem]:
    """What is carried to an upper programme is in the own application; the field that names one offers just those."""
    rules = settings.upward
    if rules is None:
        return
    source = seen.forms.get(settings.criteria.form) if settings.criteria else None
    if source is None and not (settings.criteria and seen.is_broken(f"forms/{settings.criteria.form}.json")):
        yield problem(_FILE, "upward", "upward-of-nothing")
    for name, upper in rules.programmes.items():
        if name == settings.key:
            yield problem(_FILE, f"upward.programmes.{name}", "upward-to-itself", key=name)
        for key in upper.carried.values() if source is not None else ():
            if source.field(key) is None:
                yield problem(_FILE, f"upward.programmes.{name}", "unknown-field", form=settings.criteria.form, key=key)
    form, _, key = rules.field.partition(".")
    asked = seen.forms.get(form)
    if asked is None:
        if not seen.is_broken(f"forms/{form}.json"):
            yield problem(_FILE, "upward.field", "unknown-form", key=form)
        return
    found = asked.field(key)
    if found is None or {option.value for option in found.options} != set(rules.programmes):
        known = "、".join(rules.programmes)
        yield problem(_FILE, "upward.field", "upward-choices", form=form, key=key, known=known)


def _dates(seen: View, settings: Settings) -> Iterator[Problem]:
    """Each day that a call names has a key of its own and binds somebody."""
    written = seen.written[_FILE]["batches"].get("dates", [])
    keys = [found if isinstance(found, str) else found["key"] for found in written]
    for key in sorted(key for key, times in Counter(keys).items() if times > 1):
        yield problem(_FILE, "batches.dates", "twice", key=key)
    for number, found in enumerate(written):
        relation = relation_of(found) if isinstance(found, str) else found["tier"]
        if relation not in settings.actors:
            yield problem(_FILE, f"batches.dates.{number}", "date-of-nobody", key=keys[number], relation=relation)


def _experts(seen: View, settings: Settings) -> Iterator[Problem]:
    review = settings.expert_review
    if review is None:
        return
    place = "expert_review"
    if review.quorum > review.experts:
        yield problem(_FILE, f"{place}.quorum", "too-few-experts", experts=review.experts, quorum=review.quorum)
    dropped = review.drop_highest + review.drop_lowest
    if dropped >= review.quorum:
        yield problem(_FILE, place, "too-many-dropped", dropped=dropped, quorum=review.quorum)
    sheets = seen.written.get("scoring.yaml", {}).get("sheets", {})
    if review.sheet not in sheets:
        if not seen.is_broken("scoring.yaml"):
            known = "、".join(sheets) or "（无）"
            yield problem(_FILE, f"{place}.sheet", "unknown-sheet", key=review.sheet, known=known)
        return
    sheet = sheets[review.sheet]
    if review.pass_mark is not None and sheet.get("pass_at") is not None:
        yield problem(_FILE, f"{place}.pass_mark", "pass-mark-twice", key=review.sheet)
    elif review.pass_mark is not None and review.pass_mark > sheet["total"]:
        yield problem(_FILE, f"{place}.pass_mark", "pass-beyond-total", key=review.pass_mark, total=sheet["total"])


def _recommenders(seen: View, settings: Settings) -> Iterator[Problem]:
    found = settings.recommenders
    for relation, actor in seen.written[_FILE]["actors"].items():
        if actor["found_by"] == RECOMMENDER and found is None:
            yield problem(_FILE, f"actors.{relation}", "missing-recommenders", key=relation)
    if found is None:
        return
    for kind in found.kinds.values():
        if kind.tier and kind.tier not in settings.tiers and kind.matched_by in ("region", "department"):
            yield problem(_FILE, f"recommenders.kinds.{kind.key}.tier", "tier-of-recommender", tier=kind.tier)
    if found.self_handled_by and found.self_handled_by not in found.kinds:
        place, known = "recommenders.self_recommendation.handled_by", "、".join(found.kinds)
        yield problem(_FILE, place, "unknown-kind", key=found.self_handled_by, known=known)


def _sample(seen: View, settings: Settings) -> Iterator[Problem]:
    """The columns from which clients are drawn and in which they are recorded are there."""
    rule = settings.recommenders.sample if settings.recommenders else None
    if rule is None:
        return
    record = rule.record.rpartition(".")[0]
    paths = {"population": rule.population, "record": rule.record}
    if rule.reached_by:
        paths["reached_by"] = f"{record}.{rule.reached_by}"
    for name, path in paths.items():
        form, table, column = path.split(".")
        if form in seen.broken_forms:
            continue
        found = seen.forms[form].field(table) if form in seen.forms else None
        if found is None or column not in {field.key for field in found.fields}:
            yield problem(_FILE, f"recommenders.sample.{name}", "unknown-field", form=form, key=f"{table}.{column}")


def _relaxing(seen: View, settings: Settings) -> Iterator[Problem]:
    """What may be let go is told by conditions that the table has and by an upload that the applicant gives."""
    for name, nodes in seen.nodes.items():
        for node in nodes.values():
            if node.properties.get("word") == SEES:
                yield from _seen_at(seen, f"{name}.bpmn", node)
    if settings.criteria is None:
        return
    table = seen.tables.get(settings.criteria.table)
    labels = {str(row.outputs.get("label", "")) for row in table.rows} if table is not None else set()
    for number, rule in enumerate(settings.criteria.relax):
        place = f"criteria.relax.{number}"
        if rule.by not in settings.actors:
            yield problem(_FILE, f"{place}.by", "unknown-actor", key=rule.by)
        asked, judged = RELAX_WHEN.fullmatch(rule.when), seen.forms.get(settings.criteria.form)
        if rule.when and asked is None:
            yield problem(_FILE, f"{place}.when", "relax-condition", when=rule.when)
        elif asked is not None and judged is not None and judged.field(asked[1]) is None:
            yield problem(_FILE, f"{place}.when", "unknown-field", form=settings.criteria.form, key=asked[1])
        for label in rule.but:
            if table is not None and label not in labels:
                yield problem(_FILE, f"{place}.but", "relaxes-nothing", key=label, known="、".join(sorted(labels)))
        form, _, key = rule.evidence.partition(".")
        if not form or form in seen.broken_forms:
            continue
        field = seen.forms[form].field(key) if form in seen.forms else None
        if field is None or field.kind != "filepicker":
            yield problem(_FILE, f"{place}.evidence", "evidence-without-upload", key=rule.evidence)


def _seen_at(seen: View, file: str, node: Any) -> Iterator[Problem]:
    """The tables and checklists that are looked at are there, and the tables have what is let go and why."""
    for parameter, kind in (("rows", "dynamiclist"), ("ticked", "checklist")):
        for said in node.properties.get(parameter, "").split(","):
            form, _, key = said.strip().partition(".")
            if form in seen.broken_forms or not (form or parameter == "rows"):
                continue
            field = seen.forms[form].field(key) if form in seen.forms else None
            columns = {column.key for column in field.fields} if field is not None else set()
            lacks = kind == "dynamiclist" and not columns >= {"criterion", "reason"}
            if field is None or field.kind != kind or lacks:
                yield problem(file, node.id, "seen-nowhere", key=said.strip(), parameter=parameter)


def _classes(seen: View, settings: Settings) -> Iterator[Problem]:
    for one in settings.title.classes.values():
        place = f"title.classes.{one.key}"
        decided = yield from _choice(seen, place, one.field)
        if decided is not None and (not decided.required or decided.conditions or decided.kind == "checklist"):
            yield problem(_FILE, place, "wrong-field", key=decided.key, wanted="单选")
        if one.proposed_from:
            proposing = yield from _choice(seen, f"{place}.proposed_from", one.proposed_from)
            yield from _proposals(place, one, proposing, decided)


def _proposals(place: str, one: TitleClass, proposing: Field | None, decided: Field | None) -> Iterator[Problem]:
    for said, field in ((one.proposes.keys(), proposing), (one.proposes.values(), decided)):
        known = [option.value for option in field.options] if field else []
        for value in dict.fromkeys(said):
            if field is not None and value not in known:
                yield problem(_FILE, f"{place}.proposes", "unknown-choice", key=value, field=field.label,
                              known="、".join(known))


def _choice(seen: View, place: str, path: str) -> Generator[Problem, None, Field | None]:
    """The field with choices at "form.field"; tells where it isn't there or has none."""
    form, _, key = path.partition(".")
    if form in seen.broken_forms:
        return None
    if form not in seen.forms:
        yield problem(_FILE, place, "unknown-form", key=form)
        return None
    field = seen.forms[form].field(key)
    if field is None:
        yield problem(_FILE, place, "unknown-field", form=form, key=key)
    elif field.kind not in CHOICES or not field.options:
        yield problem(_FILE, place, "class-no-choice", key=path)
        return None
    return field
