"""What tasks say of forms, periods, letters and names is held against the rest of the package."""

import json
from typing import Any

import pytest

from app.programmes import checks
from tests.programmes.package_files import LETTER, problems, sample

DIAGRAM = "application.bpmn"
WORDS = {"grant_title": frozenset(), "close_publication": frozenset(), "serve_notice": frozenset({"letter"})}
REVIEW = '<spiffworkflow:property name="form" value="city_review" />'
RECOMMEND = '<spiffworkflow:property name="form" value="recommendation" />'
GRANT = '<spiffworkflow:property name="word" value="grant_title" />'
# The city's review as a second filling of the application, in which only what the county named is open.
CORRECTS = {"form": "application_report", "revises": "yes", "opens": "recommendation.defects.field"}


def property_of(name: str, value: str) -> str:
    return f'<spiffworkflow:property name="{name}" value="{value}" />'


def with_properties(at: str, **properties: str) -> dict[str, bytes]:
    """The shipped package with one property of the diagram replaced by others."""
    text = sample()[DIAGRAM].decode()
    assert at in text
    more = "".join(property_of(name, value) for name, value in properties.items())
    return {**sample(), DIAGRAM: text.replace(at, more, 1).encode()}


def correcting(
    *, kind: str = "select", options: tuple[str, ...] = ("unit_kind", "staff"), **more: str
) -> dict[str, bytes]:
    """A package whose second task corrects what a table of defects in the first one names."""
    form: dict[str, Any] = json.loads(sample()["forms/recommendation.json"])
    column = {"type": kind, "id": "field", "key": "field", "label": "栏目"}
    if kind == "select":
        column["values"] = [{"label": value, "value": value} for value in options]
    form["components"].append({
        "type": "dynamiclist", "id": "defects", "path": "defects", "label": "需补正的内容", "components": [column]
    })
    return {**with_properties(REVIEW, **{**CORRECTS, **more}),
            "forms/recommendation.json": json.dumps(form, ensure_ascii=False).encode()}


def rules(files: dict[str, bytes], **known: Any) -> set[tuple[str, str]]:
    """(place, rule) of what is wrong in the diagram."""
    found = problems(files, **{"words": WORDS, **known})
    return {(wrong.place, wrong.rule) for wrong in found if wrong.file == DIAGRAM}


def test_a_correction_opens_the_fields_that_a_table_of_defects_names():
    assert rules(correcting()) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"opens": "opinion.defects.field"}, "unknown-form"),
        ({"opens": "recommendation.faults.field"}, "not-a-table"),
        ({"opens": "recommendation.opinion.field"}, "not-a-table"),
        ({"opens": "recommendation.defects.what"}, "unknown-field"),
        ({"opens": "announcement.defects.field"}, "not-a-table"),
        ({"opens": "recommendation.defects"}, "bad-property-value"),
        ({"kind": "textfield"}, "opens-no-choice"),
        ({"options": ("unit_kind", "colour")}, "opens-strange"),
        ({"revises": "no"}, "opens-without-revises"),
        ({"continues": "list"}, "continued-period"),
        ({"continues": "nobody"}, "unknown-continued"),
        ({"continues": "grant"}, "unknown-continued"),
        ({"late": "never"}, "bad-property-value"),
        ({"stage": ""}, "bad-property-value"),
    ],
)
def test_a_correction_that_can_not_work_is_told(change, rule):
    assert ("review", rule) in rules(correcting(**change))


def test_the_names_that_open_nothing_are_told():
    found = problems(correcting(options=("unit_kind", "colour")))

    (wrong,) = [wrong for wrong in found if wrong.rule == "opens-strange"]

    assert "colour" in wrong.words
    assert "unit_kind" not in wrong.words


def test_what_opens_fields_must_be_filled_by_a_task_of_the_diagram():
    files = correcting()
    files[DIAGRAM] = files[DIAGRAM].replace(RECOMMEND.encode(), property_of("form", "city_review").encode())

    assert ("review", "opens-unfilled") in rules(files)


def test_a_task_revises_what_somebody_filled_before():
    assert ("review", "revises-nothing") in rules(with_properties(REVIEW, form="city_review", revises="yes"))
    assert rules(with_properties(REVIEW, form="recommendation", revises="yes")) == set()


def test_a_task_may_go_on_with_its_own_period_and_name_its_stage():
    more = {"continues": "review", "stage": "市级评审", "late": "allow"}

    assert rules(with_properties(REVIEW, form="city_review", **more)) == set()


def test_refusing_after_a_period_that_no_text_sets_is_a_warning():
    found = problems(with_properties(REVIEW, form="city_review", late="refuse"))

    assert [(wrong.place, wrong.rule, wrong.severity) for wrong in found] == [("review", "late-ours", checks.WARNING)]


def test_a_period_that_starts_with_service_needs_a_notice_that_is_served():
    period = "    amount: 20\n    unit: working_days\n    starts: {}"
    settings = sample()["programme.yaml"].decode().replace(period.format("arrival"), period.format("served"))
    silent = {**sample(), "programme.yaml": settings.encode()}
    said = {**silent, "letters/notice.docx": LETTER,
            DIAGRAM: silent[DIAGRAM].replace(
                GRANT.encode(), (property_of("word", "serve_notice") + property_of("letter", "notice")).encode())}

    assert rules(silent) == {("review", "served-by-nothing")}
    assert rules(said) == set()


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        ({"word": "serve_notice"}, "missing-letter"),
        ({"word": "serve_notice", "letter": ""}, "missing-letter"),
        ({"word": "serve_notice", "letter": "notice"}, "unknown-letter"),
        ({"word": "grant_title", "letter": "notice"}, "unknown-parameter"),
    ],
)
def test_a_word_that_sends_a_letter_names_one_that_exists(properties, rule):
    assert ("grant", rule) in rules(with_properties(GRANT, **properties))


def test_a_letter_of_the_package_may_be_sent():
    files = {**with_properties(GRANT, word="serve_notice", letter="notice"), "letters/notice.docx": LETTER}

    assert rules(files) == set()


CONDITION = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{}</bpmn:conditionExpression>'


def with_condition(text: str) -> dict[str, bytes]:
    """The shipped package with another condition at its first gateway, and a default for what remains."""
    drawn = sample()[DIAGRAM].decode().replace('outcome == "recommend"', text, 1)
    drawn = drawn.replace('id="recommended"', 'id="recommended" default="to_declined"', 1)
    return {**sample(), DIAGRAM: drawn.replace(CONDITION.format('outcome == "decline"'), "", 1).encode()}


@pytest.mark.parametrize("name", ["has_county", "has_city"])
def test_every_case_knows_which_tiers_its_region_has(name):
    assert rules(with_condition(name)) == set()


@pytest.mark.parametrize("name", ["has_village", "publication_result", "expert_score"])
def test_a_name_that_nothing_wrote_before_the_gateway_is_told(name):
    assert ("to_review", "unknown-name") in rules(with_condition(f'{name} == "cleared"'))


def test_a_process_may_say_which_names_its_cases_are_opened_with():
    files = with_condition('ground == "fraud"')
    drawn = files[DIAGRAM].decode()
    start = drawn.index("<bpmn:process")
    at = drawn.index(">", start) + 1
    given = f"<bpmn:extensionElements><spiffworkflow:properties>{property_of('given', 'ground, amount')}" \
            "</spiffworkflow:properties></bpmn:extensionElements>"

    assert rules(files) == {("to_review", "unknown-name")}
    right, wrong = (drawn[:at] + text + drawn[at:] for text in (given, given.replace("amount", "Amount!")))
    assert rules({**files, DIAGRAM: right.encode()}) == set()
    assert ("application", "bad-property-value") in rules({**files, DIAGRAM: wrong.encode()})


AFTER_PUBLICATION = ('<bpmn:sequenceFlow id="to_announce" sourceRef="cleared" targetRef="announce" />',
    '<bpmn:exclusiveGateway id="was_cleared" name="公示通过吗？" default="to_removed">'
    '<bpmn:incoming>to_was_cleared</bpmn:incoming><bpmn:outgoing>to_announce</bpmn:outgoing>'
    '<bpmn:outgoing>to_removed</bpmn:outgoing></bpmn:exclusiveGateway>'
    '<bpmn:endEvent id="removed" name="移出名单"><bpmn:incoming>to_removed</bpmn:incoming></bpmn:endEvent>'
    '<bpmn:sequenceFlow id="to_was_cleared" sourceRef="cleared" targetRef="was_cleared" />'
    '<bpmn:sequenceFlow id="to_announce" name="通过" sourceRef="was_cleared" targetRef="announce">'
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
    '</bpmn:sequenceFlow>'
    '<bpmn:sequenceFlow id="to_removed" name="不通过" sourceRef="was_cleared" targetRef="removed" />')


@pytest.mark.parametrize(
    ("condition", "told"),
    [('publication_result == "cleared"', False), ('publication_end == "cleared"', True), ("has_city", False),
     ('expert_score == "cleared"', True)],
)
def test_what_a_message_brings_is_known_after_its_catch(condition, told):
    old, new = AFTER_PUBLICATION
    drawn = sample()[DIAGRAM].decode()
    assert old in drawn
    drawn = drawn.replace(old, new.format(condition=condition))
    out = "<bpmn:outgoing>{}</bpmn:outgoing>"
    drawn = drawn.replace(out.format("to_announce"), out.format("to_was_cleared"), 1)

    for messages in (checks.MESSAGES, {"publication_cleared"}, None):
        found = rules({**sample(), DIAGRAM: drawn.encode()}, messages=messages)

        assert (("to_announce", "unknown-name") in found) is told


def test_a_diagram_that_names_a_place_is_told():
    drawn = sample()[DIAGRAM].decode().replace('id="review" name="市级评审"', 'id="review" name="保定市评审"')

    found = [wrong for wrong in problems({**sample(), DIAGRAM: drawn.encode()}) if wrong.file == DIAGRAM]

    assert [(wrong.place, wrong.rule, wrong.severity) for wrong in found] == [
        ("review", "names-a-place", checks.WARNING)
    ]


def test_a_collective_step_may_offer_outcomes_and_a_story_may_choose_one():
    decision = property_of("collective", "decision")
    drawn = sample()[DIAGRAM].decode().replace(
        decision, decision + property_of("outcomes", "select=选定,pass_over=暂不认定")
    )
    path = "examples/golden_week.yaml"
    story = sample()[path].decode()
    assert "confirms: 认定发文" in story
    step = "confirms: 认定发文"
    right, wrong = (story.replace(step, f"{step}\n    outcome: {key}", 1) for key in ("select", "drop"))

    def told(text: str) -> set[str]:
        files = {**sample(), DIAGRAM: drawn.encode(), path: text.encode()}
        return {found.rule for found in problems(files) if found.file == path}

    assert told(right) == set()
    assert told(wrong) == {"unknown-outcome"}
    assert told(story) == {"unknown-outcome"}


def dated(said: str, *, unit: str = "batch_date", amount: str = "applicants") -> dict[str, bytes]:
    """A package whose city's review has a day that a period of the call limits."""
    files = with_properties(REVIEW, form="city_review", dated=said)
    form = json.loads(files["forms/city_review.json"])
    form["components"].append(
        {"type": "datetime", "id": "came_on", "key": "came_on", "dateLabel": "收到", "subtype": "date"}
    )
    text = files["programme.yaml"].decode().replace("periods:\n", (
        f"periods:\n  paper:\n    name: 纸质\n    amount: {amount}\n    unit: {unit}\n    starts: arrival\n"
        "    clause: BDP-12\n"
    ), 1)
    text = text.replace("batches:\n", "batches:\n  dates: [applicants]\n", 1)
    return {**files, "forms/city_review.json": json.dumps(form, ensure_ascii=False).encode(),
            "programme.yaml": text.encode()}


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        (dated("came_on=paper"), None),
        (dated("nothing=paper"), "unknown-field"),
        (dated("opinion=paper"), "not-a-day"),
        (dated("came_on=none_such"), "unknown-period"),
        (dated("came_on=paper", unit="days", amount="5"), "dated-by-nothing"),
        (dated("came_on"), "bad-property-value"),
    ],
)
def test_hbl_n1_a_day_is_limited_by_a_period_that_the_call_names(files, rule):
    assert {said for place, said in rules(files) if place == "review"} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("said", "date", "rule"),
    [
        ("came=paper", "copies: 3", None),
        ("came=paper", "", "copies-of-nothing"),
        ("came=none", "copies: 3", "copies-of-nothing"),
        ("opinion=paper", "copies: 3", "unknown-field"),
        ("came", "copies: 3", "bad-property-value"),
    ],
)
def test_hbl_n1_copies_are_held_against_a_date_that_asks_for_some(said, date, rule):
    files = with_properties(REVIEW, form="city_review", copies=said)
    form = json.loads(files["forms/city_review.json"])
    form["components"].append({"type": "number", "id": "came", "key": "came", "label": "份数"})
    paper = f"{{key: paper, name: 纸质, tier: applicant, channel: paper{', ' if date else ''}{date}}}"
    text = files["programme.yaml"].decode().replace("batches:\n", f"batches:\n  dates: [{paper}]\n", 1)
    files |= {"forms/city_review.json": json.dumps(form, ensure_ascii=False).encode(), "programme.yaml": text.encode()}

    assert {said for place, said in rules(files) if place == "review"} == ({rule} if rule else set())


@pytest.mark.parametrize(("key", "rule"), [("fail", None), ("correct", "returns-nothing")])
def test_what_returns_for_correction_is_one_of_the_outcomes(key, rule):
    files = with_properties(REVIEW, form="city_review", returns=key)

    assert {said for place, said in rules(files) if place == "review"} == ({rule} if rule else set())
