"""Every rule of the checker has one faulty diagram, otherwise complete, that breaks it and nothing else."""

import re
from pathlib import Path

import pytest

from app import engine
from app.errors import Invalid

FAULTY = Path(__file__).parent / "faulty"
# Made here rather than kept as files, or not a matter of a file's content.
WITHOUT_FILE = {"file-too-large", "too-many-elements", "missing-file", "not-loadable"}
CONDITION = re.compile(r'(?:not )?(\w+)(?: (?:==|>=) (?:"\w+"|\d+))?')


def names_of(text: str) -> set[str]:
    """As much of a condition's language as the diagrams here need."""
    found = CONDITION.fullmatch(text)
    if not found:
        raise Invalid({"": ["这里应当是一个值。"]})
    return {found[1]}


REGISTRIES = {
    "names_of": names_of,
    "periods": {"review_days", "city_days"},
    "words": {"grant_title": {"kind"}, "decide": {"table"}},
    "forms": {"review": ()},
    "actors": {"city": "市级主管部门", "county": "县级主管部门"},
    "roles": {"clerk", "head"},
    "messages": {"result": (), "withdrawn": ()},
    "clauses": {"C-8"},
    "acts": {"decision"},
    "given": {"has_finance", "score"},
}


@pytest.mark.parametrize("rule", sorted(engine.RULES.keys() - WITHOUT_FILE))
def test_the_faulty_diagram_of_a_rule_breaks_it_and_nothing_else(rule, source):
    file = FAULTY / f"{rule}.bpmn"
    files = {file.name: file.read_bytes()}
    if rule == "duplicate-process":
        files = {**source("application"), **files}
    required = ("actor", "form", "period") if rule == "missing-period" else ("actor", "form")

    # The good diagram beside it refers to more than the registries hold.
    registries = {"names_of": names_of} if rule == "duplicate-process" else REGISTRIES
    found = engine.check(files, required=required, **registries)

    assert {problem.rule for problem in found} == {rule}
    for problem in found:
        assert problem.file == file.name
        assert problem.severity in ("error", "warning")
        assert not re.search(r"[{}]", problem.words + problem.remedy)
        assert re.search(r"[\u4e00-\u9fff]", problem.words)
        assert re.search(r"[\u4e00-\u9fff]", problem.remedy)


def test_every_rule_has_its_faulty_diagram_and_every_diagram_its_rule():
    assert {file.stem for file in FAULTY.glob("*.bpmn")} == engine.RULES.keys() - WITHOUT_FILE


GOOD = ["application", "parallel", "inclusive", "subprocess", "caller", "recommendation", "race", "two_catches",
        "timer_between", "branches", "rounds"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_diagram_has_no_problem(name, source):
    assert engine.check(source(name), beside=source("recommendation"), names_of=names_of) == []


def test_all_good_diagrams_together_have_no_problem(source):
    assert engine.check(source(*GOOD), names_of=names_of) == []


def test_what_a_good_diagram_refers_to_is_found_in_the_registries(source):
    found = engine.check(
        source("application"), names_of=names_of, periods={"county_days", "city_days"},
        words={"grant_title": {"kind"}, "urge": {"tier"}},
        forms={"application": {"has_county"}, "check": (), "review": (), "decision": ()},
        actors={"applicant": "申报单位", "county": "县级主管部门", "city": "市级主管部门", "province": "省级主管部门"},
        roles={"filler", "reviewer", "decider"}, messages={}, clauses={"C-8"}, acts=(), given=(),
    )

    assert found == []


def test_one_problem_is_told_at_the_element_that_has_it():
    (problem,) = engine.check(faulty("missing-form"), **REGISTRIES)

    assert (problem.element, problem.rule, problem.severity) == ("review", "missing-form", "error")
    assert "审核" in problem.words


def test_several_problems_are_several_objects(source):
    text = faulty("missing-form")["missing-form.bpmn"].replace(b'name="actor"', b'name="actors"')

    found = engine.check({"two.bpmn": text}, **REGISTRIES)

    assert [problem.rule for problem in found] == ["unknown-property", "missing-actor", "missing-form"]


def test_one_bad_file_does_not_hide_the_problems_of_another():
    found = engine.check({**faulty("doctype"), **faulty("missing-form")}, **REGISTRIES)

    assert [(problem.file, problem.rule) for problem in found] == [
        ("doctype.bpmn", "doctype"), ("missing-form.bpmn", "missing-form")]


def test_a_registry_that_is_not_given_is_not_checked_against():
    for rule in ("unknown-form", "unknown-period", "unknown-word", "unknown-actor", "unknown-role", "unknown-clause",
                 "unknown-act", "unknown-message", "unknown-parameter", "unknown-name", "lane-actor"):
        assert engine.check(faulty(rule)) == []


def test_elements_of_a_called_diagram_may_not_bear_the_ids_of_the_calling_one(source):
    called = source("recommendation")["recommendation.bpmn"].replace(b'"opinion"', b'"fill"')

    found = engine.check({**source("caller"), "recommendation.bpmn": called}, names_of=names_of)

    assert [(problem.file, problem.rule, problem.element) for problem in found] == [
        ("caller.bpmn", "duplicate-id", "fill")]


def test_such_diagrams_are_not_loaded_either(source):
    called = source("recommendation")["recommendation.bpmn"].replace(b'"opinion"', b'"fill"')

    with pytest.raises(engine.Faulty, match="fill"):
        engine.load_specification(
            {**source("caller"), "recommendation.bpmn": called}, "caller", lambda text, values: True)


def test_an_interrupted_branch_that_goes_elsewhere_leaves_the_others_waiting(source):
    # The timer's path ends by itself instead of coming to where the branches meet.
    text = source("parallel")["parallel.bpmn"].replace(b'targetRef="visited"', b'targetRef="gone"', 2)
    text = text.replace(b'sourceRef="visit" targetRef="gone"', b'sourceRef="visit" targetRef="visited"')
    text = text.replace(b"</bpmn:process>", b'<bpmn:endEvent id="gone" name="x" /></bpmn:process>')

    found = engine.check({"parallel.bpmn": text}, names_of=names_of)

    assert [(problem.rule, problem.element) for problem in found if problem.severity == "error"
            and problem.rule != "missing-shape"] == [("deadlock", "join")]


def test_an_inclusive_pair_has_no_other_way_in(source):
    # An exclusive gateway before the pair leads straight to where its branches are gathered.
    text = source("inclusive")["inclusive.bpmn"].replace(
        b'sourceRef="plan" targetRef="choose"', b'sourceRef="plan" targetRef="ask"')
    text = text.replace(b"</bpmn:process>", b"""<bpmn:exclusiveGateway id="ask" name="?" default="to_choose" />
        <bpmn:sequenceFlow id="to_choose" name="x" sourceRef="ask" targetRef="choose" />
        <bpmn:sequenceFlow id="to_gather" name="y" sourceRef="ask" targetRef="gather">
        <bpmn:conditionExpression>check_staff</bpmn:conditionExpression></bpmn:sequenceFlow></bpmn:process>""")

    found = engine.check({"inclusive.bpmn": text}, names_of=names_of)

    assert {problem.element for problem in found if problem.rule == "inclusive-unpaired"} == {"choose", "gather"}
    with pytest.raises(engine.Faulty):
        engine.load_specification({"inclusive.bpmn": text}, "inclusive", lambda text, values: True)


def test_a_process_that_calls_itself_by_way_of_another_is_found(source):
    back = source("caller")["caller.bpmn"].replace(b'calledElement="recommendation"', b'calledElement="back"')
    there = faulty("call-cycle")["call-cycle.bpmn"].replace(b'id="case"', b'id="back"').replace(
        b'calledElement="case"', b'calledElement="caller"').replace(b'"begin"', b'"begin_back"')

    found = engine.check({"caller.bpmn": back, "back.bpmn": there})

    assert [problem.rule for problem in found if problem.rule == "call-cycle"] == ["call-cycle"]


def test_exhausting_conditions_need_no_default(source):
    text = faulty("missing-default")["missing-default.bpmn"].replace(", other=转办".encode(), b"")
    text = text.replace(b'outcome == "other"', b'outcome == "refuse"')

    assert engine.check({"exhaustive.bpmn": text}, **REGISTRIES) == []


def test_an_outcome_written_before_the_branches_parted_is_no_rival(source):
    text = faulty("parallel-outcome")["parallel-outcome.bpmn"].decode()
    first = text.index('<spiffworkflow:property name="outcomes"')
    one_writer = text[:first] + text[text.index("/>", first) + 2:]

    assert engine.check({"one.bpmn": one_writer.encode()}, **REGISTRIES) == []


def test_a_name_must_have_a_value_on_every_path_not_just_on_one(source):
    text = source("application")["application.bpmn"].replace(
        b'outcome == "grant"', b'county_note').replace(b'value="check"', b'value="noting"')
    registries = {
        "names_of": names_of, "given": ("has_county",), "messages": {},
        "forms": {"application": (), "noting": ("county_note",), "review": (), "decision": ()},
    }

    found = engine.check({"application.bpmn": text}, **registries)
    assert [(problem.rule, problem.element) for problem in found] == [("unknown-name", "province_says_to_grant")]

    registries["forms"]["application"] = ("county_note",)
    assert engine.check({"application.bpmn": text}, **registries) == []


def test_a_called_process_hands_back_what_its_tasks_wrote(source):
    bare = source("recommendation")["recommendation.bpmn"].replace(b'name="outcomes"', b'name="help"')

    found = engine.check({**source("caller"), "recommendation.bpmn": bare}, names_of=names_of)

    assert [(problem.rule, problem.element) for problem in found] == [("unknown-name", "says_to_recommend_again")]


@pytest.mark.parametrize(("text", "number"), [
    ("score >= 80", True), ("80 <= score", True), ("score > .5", True), ("score == -1", True), ('grade == "80"', True),
    ("grade == '1,000'", True), ("score >= ８０", True), ("a and b or c == 2", True), ('share == "80%"', True),
    ('outcome == "pass"', False), ("tier_2_met", False), ('form == "F2"', False), ('outcome in ("a", "b")', False),
    ('day == "2026-03-15"', True), ('day == "3月15日"', True), ("得分2合格", False), ('note == ""', False),
])
def test_a_condition_holds_no_number(text, number):
    from app.engine.checks.conditions import holds_number

    assert holds_number(text) is number


def faulty(rule: str) -> dict[str, bytes]:
    return {f"{rule}.bpmn": (FAULTY / f"{rule}.bpmn").read_bytes()}
