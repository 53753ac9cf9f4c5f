"""Which elements may be drawn at all: an allow-list, because the library drops or misreads most of BPMN silently."""

from collections.abc import Iterator

from lxml import etree

from app.engine.diagram import PERIOD, SPIFF, Diagram, local
from app.engine.problems import Problem, problem
from app.engine.reading import BPMN, PICTURE

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

_NOTES = frozenset(("documentation", "extensionElements"))
_DRAWN = frozenset(("textAnnotation", "association", "group"))
_NODE_PARTS = _NOTES | {"incoming", "outgoing"}
_INSIDE = _NOTES | _DRAWN | {
    "laneSet", "sequenceFlow", "startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent", "userTask",
    "serviceTask", "subProcess", "callActivity", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "eventBasedGateway",
}
# What may stand in what. bpmn-js leaves declarations behind when an event is deleted; unused they do no harm.
ALLOWED: dict[str, frozenset[str]] = {
    "definitions": _NOTES | {"process", "collaboration", "message", "signal", "error", "escalation", "category"},
    "category": _NOTES | {"categoryValue"},
    "collaboration": _NOTES | _DRAWN | {"participant"},
    "participant": _NOTES,
    "textAnnotation": _NOTES | {"text"},
    "association": _NOTES,
    "group": _NOTES,
    "process": _INSIDE,
    "subProcess": _INSIDE | {"incoming", "outgoing"},
    "laneSet": _NOTES | {"lane"},
    "childLaneSet": _NOTES | {"lane"},
    "lane": _NOTES | {"flowNodeRef", "childLaneSet"},
    "sequenceFlow": _NOTES | {"conditionExpression"},
    "startEvent": _NODE_PARTS,
    "endEvent": _NODE_PARTS | {"terminateEventDefinition"},
    "intermediateCatchEvent": _NODE_PARTS | {"timerEventDefinition", "messageEventDefinition"},
    "boundaryEvent": _NODE_PARTS | {"timerEventDefinition", "messageEventDefinition"},
    "userTask": _NODE_PARTS,
    "serviceTask": _NODE_PARTS,
    "callActivity": _NODE_PARTS,
    "exclusiveGateway": _NODE_PARTS,
    "parallelGateway": _NODE_PARTS,
    "inclusiveGateway": _NODE_PARTS,
    "eventBasedGateway": _NODE_PARTS,
    "timerEventDefinition": _NOTES | {"timeDuration", "timeDate", "timeCycle"},
    "messageEventDefinition": _NOTES,
    "terminateEventDefinition": _NOTES,
}
_WHOLE = {
    "adHocSubProcess": "ad-hoc", "transaction": "transaction", "complexGateway": "complex-gateway",
    "scriptTask": "script-task", "businessRuleTask": "business-rule-task", "task": "untyped-task",
    "manualTask": "manual-task", "sendTask": "send-task", "receiveTask": "receive-task",
    "messageFlow": "message-flow", "dataStore": "data", "dataObject": "data", "dataObjectReference": "data",
    "dataStoreReference": "data",
}
_PARTS = {
    "standardLoopCharacteristics": "standard-loop", "multiInstanceLoopCharacteristics": "multi-instance",
    "ioSpecification": "data", "dataInputAssociation": "data", "dataOutputAssociation": "data", "property": "data",
    "dataInput": "data", "dataOutput": "data", "inputSet": "data", "outputSet": "data",
    "signalEventDefinition": "signal-event", "errorEventDefinition": "error-event",
    "escalationEventDefinition": "escalation-event", "conditionalEventDefinition": "conditional-event",
    "cancelEventDefinition": "cancel-event", "compensateEventDefinition": "compensation",
    "linkEventDefinition": "link-event",
}
_IGNORED_ATTRIBUTES = {
    "instantiate": "true", "eventGatewayType": "Parallel", "isInterrupting": "false", "parallelMultiple": "true",
}


def problems(found: Diagram) -> Iterator[Problem]:
    """Everything drawn that doesn't run, each once, at the nearest element with an id."""
    yield from _walk(found, found.root, "definitions", where="")


def first_forbidden(found: Diagram) -> str | None:
    """The words of the first thing that doesn't run, None if all may. What the engine itself asks before it loads."""
    first = next((wrong for wrong in problems(found) if wrong.severity == "error"), None)
    return first.words if first else None


def _walk(found: Diagram, element: etree._Element, kind: str, where: str) -> Iterator[Problem]:
    yield from _attributes(found, element, kind, where)
    for child in element.iterchildren():
        name = etree.QName(child)
        own = child.get("id") or where
        if name.namespace in PICTURE and kind == "definitions":
            continue
        if name.namespace != BPMN:
            yield problem(found.file, where, "foreign-extension", who=_who(found, where), tag=_short(child))
        elif name.localname == "extensionElements":
            yield from _extensions(found, child, where)
        elif name.localname in ALLOWED.get(kind, ()):
            yield from _inside(found, child, name.localname, own if name.localname in ALLOWED else where, where)
        else:
            yield _forbidden(found, element, child, kind, where)


def _inside(found: Diagram, child: etree._Element, kind: str, own: str, where: str) -> Iterator[Problem]:
    if kind == "subProcess" and child.get("triggeredByEvent") == "true":
        yield problem(found.file, own, "event-subprocess", who=_who(found, own))
        return
    event = kind.endswith("EventDefinition")
    yield from _walk(found, child, kind, where if event else own)
    if kind in ("intermediateCatchEvent", "boundaryEvent"):
        yield from _definitions(found, child, own)


def _definitions(found: Diagram, element: etree._Element, own: str) -> Iterator[Problem]:
    definitions = [child for child in element if local(child).endswith("EventDefinition")]
    if not definitions:
        yield problem(found.file, own, "missing-definition", who=_who(found, own))
    inner = [part for child in definitions for part in child if local(part).startswith("time")]
    if len(definitions) > 1 or len(inner) > 1:
        yield problem(found.file, own, "several-definitions", who=_who(found, own))
    elif definitions:
        yield from _definition(found, definitions[0], inner, own)


def _definition(found: Diagram, definition: etree._Element, inner: list[etree._Element], own: str) -> Iterator[Problem]:
    kind = local(definition)
    if kind == "timerEventDefinition":
        text = (inner[0].text or "").strip() if inner else ""
        if not inner or local(inner[0]) != "timeDuration" or not PERIOD.fullmatch(text):
            yield problem(found.file, own, "bad-timer", who=_who(found, own), value=text[:40])
    if kind == "messageEventDefinition":
        names = found.root.xpath("//b:message[@id=$wanted]/@name", namespaces={"b": BPMN},
                                 wanted=definition.get("messageRef", ""))
        if len(names) != 1 or not names[0].strip():
            yield problem(found.file, own, "missing-message", who=_who(found, own))


def _forbidden(found: Diagram, parent: etree._Element, child: etree._Element, kind: str, where: str) -> Problem:
    name = local(child)
    own = child.get("id") or where
    if name in _WHOLE:
        return problem(found.file, own, _WHOLE[name], who=_who(found, own))
    if name == "intermediateThrowEvent":
        parts = (_PARTS.get(local(part)) for part in child)
        rule = next((part for part in parts if part in ("link-event", "compensation", "signal-event")), "throw-event")
        return problem(found.file, own, rule, who=_who(found, own))
    if name in _PARTS:
        return problem(found.file, where, _PARTS[name], who=_who(found, where), tag=name)
    if kind == "startEvent" and name.endswith("EventDefinition"):
        return problem(found.file, where, "start-definition", who=_who(found, where))
    if kind == "endEvent" and name == "messageEventDefinition":
        return problem(found.file, where, "message-end", who=_who(found, where))
    if name.endswith("EventDefinition"):
        return problem(found.file, where, "ignored-definition", who=_who(found, where), tag=name)
    return problem(found.file, own, "unknown-element", who=_who(found, where), tag=name)


def _extensions(found: Diagram, element: etree._Element, where: str) -> Iterator[Problem]:
    for child in element.iterchildren():
        name = etree.QName(child)
        if name.namespace == SPIFF and name.localname == "properties":
            for part in child.iterchildren():
                if part.tag != f"{{{SPIFF}}}property":
                    yield problem(found.file, where, "foreign-extension", who=_who(found, where), tag=_short(part))
        elif name.namespace == SPIFF and name.localname in ("preScript", "postScript"):
            yield problem(found.file, where, "script", who=_who(found, where))
        else:
            yield problem(found.file, where, "foreign-extension", who=_who(found, where), tag=_short(child))


def _attributes(found: Diagram, element: etree._Element, kind: str, where: str) -> Iterator[Problem]:
    if element.get("isForCompensation") == "true":
        yield problem(found.file, where, "compensation", who=_who(found, where))
    for name, value in element.attrib.items():
        if _IGNORED_ATTRIBUTES.get(name) == value:
            yield problem(found.file, where, "ignored-attribute", who=_who(found, where), tag=name)
        # Attributes on the root only tell which tool wrote the file.
        elif name.startswith("{") and name != XSI_TYPE and kind != "definitions":
            short = etree.QName(name).localname
            yield problem(found.file, where, "foreign-extension", who=_who(found, where), tag=short)


def _short(element: etree._Element) -> str:
    return f"{element.prefix}:{etree.QName(element).localname}" if element.prefix else etree.QName(element).localname


def _who(found: Diagram, element_id: str) -> str:
    element = next(iter(found.root.xpath("//*[@id=$wanted]", wanted=element_id)), None) if element_id else None
    name = (element.get("name") or "").strip() if element is not None else ""
    return f"「{name}」（{element_id}）" if name else f"「{element_id}」" if element_id else "文件"
