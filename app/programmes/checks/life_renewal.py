"""title.renewal: what it names must exist, and it must be able to open, be filed and be decided."""

from collections.abc import Iterator

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import RenewalRules
from app.programmes.period_rules import DUE
from app.programmes.settings import Settings

_FILE, _PLACE = package.SETTINGS, "title.renewal"
NONE, SELF_ASSESSMENT, BATCH_REVIEW = "none", "self_assessment", "batch_review"


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about the end of titles. One without an end may have `none`: its holder doesn't apply again."""
    rules = settings.life.renewal
    if rules is None:
        return
    if settings.title.validity is None and rules.kind not in (NONE, BATCH_REVIEW):
        yield problem(_FILE, f"{_PLACE}.kind", "renewal-without-end")
    for name, key in (("opens", rules.opens), ("notice", rules.notice)):
        rule = settings.periods.get(key or "")
        if rule is not None and (rule.period is None or not rule.period.before):
            yield problem(_FILE, f"{_PLACE}.{name}", "renewal-opens-forward", key=key)
    yield from _notice(seen, settings, rules)
    if rules.kind == SELF_ASSESSMENT:
        yield from _assessment(seen, settings, rules)
        yield from _exempt(settings, rules)
        yield from _prefilled(seen, settings, rules)
    if rules.kind == BATCH_REVIEW:
        yield from _review(seen, settings, rules)


def _review(seen: View, settings: Settings, rules: RenewalRules) -> Iterator[Problem]:
    """A review needs its interval, what follows where it isn't passed, and a diagram that can open, be filed and be
    decided; a title with an end isn't kept by it."""
    if settings.title.validity is not None:
        yield problem(_FILE, f"{_PLACE}.kind", "review-with-end")
    after = settings.periods.get(rules.review_after or "")
    if rules.review_after is None:
        yield problem(_FILE, f"{_PLACE}.review_after", "review-without-interval")
    elif after is not None and (after.period is None or after.period.before or after.period.unit != "years"):
        yield problem(_FILE, f"{_PLACE}.review_after", "review-no-years", key=after.key)
    if not rules.not_passed:
        yield problem(_FILE, f"{_PLACE}.not_passed", "review-without-sanction")
    if f"{rules.diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{_PLACE}.diagram", "renewal-no-diagram", key=rules.diagram)
        return
    if seen.is_broken(f"{rules.diagram}.bpmn"):
        return
    nodes = seen.nodes[rules.diagram].values()
    tasks = [node for node in nodes if node.kind == "userTask"]
    if rules.form and not any(node.properties.get("form") == rules.form for node in tasks):
        yield problem(_FILE, f"{_PLACE}.form", "renewal-form-unused", key=rules.form, diagram=rules.diagram)
    said = {node.properties.get("word") for node in nodes}
    for word in ("record_review_filed", "record_review_missed", "confirm_title", "propose_after_review"):
        if word not in said:
            yield problem(_FILE, f"{_PLACE}.diagram", "renewal-word-missing", key=rules.diagram, word=word)


def _notice(seen: View, settings: Settings, rules: RenewalRules) -> Iterator[Problem]:
    """Where some titles aren't renewed by assessment, the notice of their end needs its diagram."""
    entry = settings.direct_entry
    renews_all = rules.kind == SELF_ASSESSMENT and (entry is None or entry.renewable)
    if renews_all or rules.kind == BATCH_REVIEW or not (rules.notice or rules.opens):
        return
    if f"{rules.notice_diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{_PLACE}.notice_diagram", "renewal-no-diagram", key=rules.notice_diagram)


def _assessment(seen: View, settings: Settings, rules: RenewalRules) -> Iterator[Problem]:
    window = settings.periods.get(rules.window or "")
    if rules.window is None:
        yield problem(_FILE, f"{_PLACE}.window", "renewal-without-window")
    elif window is not None and window.date_key == DUE and rules.opens is None:
        yield problem(_FILE, f"{_PLACE}.window", "renewal-window-over", key=rules.window)
    if f"{rules.diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{_PLACE}.diagram", "renewal-no-diagram", key=rules.diagram)
        return
    if seen.is_broken(f"{rules.diagram}.bpmn"):
        return
    nodes = seen.nodes[rules.diagram].values()
    tasks = [node for node in nodes if node.kind == "userTask"]
    if rules.form and not any(node.properties.get("form") == rules.form for node in tasks):
        yield problem(_FILE, f"{_PLACE}.form", "renewal-form-unused", key=rules.form, diagram=rules.diagram)
    if window is not None and not any(node.properties.get("period") == rules.window for node in tasks):
        yield problem(_FILE, f"{_PLACE}.window", "renewal-window-unused", key=rules.window, diagram=rules.diagram)
    said = {node.properties.get("word") for node in nodes}
    for word in ("record_filed", "record_not_filed", "renew_title", "refuse_renewal"):
        if word not in said:
            yield problem(_FILE, f"{_PLACE}.diagram", "renewal-word-missing", key=rules.diagram, word=word)


def _exempt(settings: Settings, rules: RenewalRules) -> Iterator[Problem]:
    if rules.exempt is None:
        return
    evaluation, sanctions = settings.life.evaluation, settings.life.sanctions
    if evaluation is not None and evaluation.grades and rules.exempt.grade not in evaluation.grades:
        known = "、".join(evaluation.grades)
        yield problem(_FILE, f"{_PLACE}.exempt.grade", "renewal-no-grade", key=rules.exempt.grade, known=known)
    for key in rules.exempt.stopped_by:
        if key not in sanctions:
            known = "、".join(sanctions) or "（无）"
            yield problem(_FILE, f"{_PLACE}.exempt.stopped_by", "renewal-no-sanction", key=key, known=known)


def _prefilled(seen: View, settings: Settings, rules: RenewalRules) -> Iterator[Problem]:
    """Carried fields are in both forms; the table of the last years has its columns, and the report has its fields."""
    form = seen.forms.get(rules.form)
    if form is None:
        return
    source = seen.forms.get(settings.criteria.form) if settings.criteria else None
    for key in rules.carries:
        for one in (form, source):
            if one is not None and one.field(key) is None:
                name = rules.form if one is form else settings.criteria.form
                yield problem(_FILE, f"{_PLACE}.carries", "unknown-field", form=name, key=key)
    services = rules.services
    if services is None:
        return
    place = f"{_PLACE}.services"
    for column in (services.year, *services.columns):
        if form.field(f"{services.table}.{column}") is None:
            yield problem(_FILE, place, "unknown-field", form=rules.form, key=f"{services.table}.{column}")
    obligation = settings.life.obligations.get(services.obligation)
    if services.obligation and obligation is None:
        known = "、".join(settings.life.obligations) or "（无）"
        yield problem(_FILE, f"{place}.obligation", "renewal-no-obligation", key=services.obligation, known=known)
    report = seen.forms.get(obligation.form) if obligation else None
    for key in services.columns.values() if report is not None else ():
        if report.field(key) is None:
            yield problem(_FILE, f"{place}.columns", "unknown-field", form=obligation.form, key=key)
