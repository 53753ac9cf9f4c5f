"""The sections of programme.yaml beyond title and publication: calls, experts, recommenders, direct entry, classes."""

from collections import Counter
from collections.abc import Generator, Iterator

from app.formschema import Field
from app.formschema.fields import CHOICES
from app.programmes import numbers, package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.sections import TitleClass
from app.programmes.settings import RECOMMENDER, Settings, relation_of

_FILE = package.SETTINGS


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """What these sections name must exist, and their numbers must fit together."""
    yield from _dates(seen, settings)
    yield from _experts(seen, settings)
    yield from _recommenders(seen, settings)
    yield from _classes(seen, settings)
    if settings.service.number and (fault := numbers.fault_of(settings.service.number)):
        yield problem(_FILE, "service.number", "bad-number", reason=fault)
    if settings.title.certificate and f"letters/{settings.title.certificate}.docx" not in seen.files:
        yield problem(_FILE, "title.certificate", "unknown-letter", key=settings.title.certificate)
    summaries = seen.written.get("tables.yaml", {}).get("tables", {})
    if settings.batches.summary and settings.batches.summary not in summaries and not seen.is_broken("tables.yaml"):
        known = "、".join(summaries) or "（无）"
        yield problem(_FILE, "batches.summary", "unknown-summary", key=settings.batches.summary, known=known)
    entry = settings.direct_entry
    if entry is not None and entry.confirmed_by not in settings.actors:
        yield problem(_FILE, "direct_entry.confirmed_by", "unknown-actor", key=entry.confirmed_by)


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
        if kind.tier and kind.tier not in settings.tiers:
            yield problem(_FILE, f"recommenders.kinds.{kind.key}.tier", "tier-of-recommender", tier=kind.tier)
    if found.self_handled_by and found.self_handled_by not in found.kinds:
        place, known = "recommenders.self_recommendation.handled_by", "、".join(found.kinds)
        yield problem(_FILE, place, "unknown-kind", key=found.self_handled_by, known=known)


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
