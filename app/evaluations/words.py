"""Words of evaluations."""

from app.cases.prefilling import gives
from app.cases.words import ActKind, act_kind, on_open, on_withdrawn, word
from app.evaluations import activities, grading, inspecting, observing, rounds, sampling
from app.notices.fields import offer
from app.titles import changing, life

life.handler(rounds.ROUND)(rounds.open_round)
life.handler(rounds.EVALUATE)(rounds.evaluate)
changing.on_change(rounds.plan_round)
on_withdrawn(grading.void)
gives(activities.of_assessment)

offer({
    "评价年度": "评价的年份", "评价得分": "评价的得分", "评价等次": "确认的等次；复核后为复核决定的等次",
    "复核前等次": "申请复核以前的等次", "评价理由": "另定等次或复核决定的理由",
})(grading.letter_fields)

word(
    "compute_grade",
    zh="计算评价指标、得分和等次：取自报送、预约、检查的记录，市级更正的指标以更正为准。得出计算的等次。",
    en="Compute figures, score and grade of an evaluation, with the corrections of the city.",
)(grading.compute)

word(
    "confirm_grade",
    zh="确认等次：结论 computed 采用计算的等次，other 另定等次（须有理由）。得出等次。",
    en="Confirm the computed grade (outcome computed) or, with a reason, another one (other).",
)(grading.confirm)

word(
    "review_grade",
    zh="复核等次：结论 uphold 维持，change 变更（须有理由）；复核前后的等次都保留。得出等次。",
    en="Decide an appeal: the grade is upheld or changed; both are kept.",
)(grading.review)

word(
    "settle_grade",
    zh="等次确定：自此计入称号的历史；连续等次达到 evaluation.runs 的，建立观察办件或提出处理。得出等次。",
    en="The grade counts from now on; runs of equal grades open an observation or propose a sanction.",
)(grading.settle)

word(
    "note_activities",
    zh="登记服务活动：本年度满意度低的场次达到 evaluation.activities 规定、本次又有低的，得出 reached，否则 below。",
    en="Note activities that were entered: reached where so many of the year are low, else below.",
)(activities.note)

word(
    "record_assessment",
    zh="登记年度考核结论：由人作出的结论成为本年度的等次；活动满意度低的场次达到规定的，不能得出规定排除的结论。",
    en="The assessment's finding becomes the year's grade; so many low activities exclude the outcome that is named.",
    parameters={"grade": "登记的等次，evaluation.grades 中的一个"},
)(activities.record)

word(
    "begin_observation",
    zh="列入观察：称号自决定之日起处于观察期。",
    en="Place the title under observation from the day of the decision on.",
)(observing.begin)

word(
    "end_observation",
    zh="解除观察：称号自决定之日起恢复原来的状态。",
    en="Lift the observation from the day of the decision on.",
)(observing.lift)

word(
    "propose_for_observed",
    zh="对观察期内的称号提出处理：只提出，是否处理在处理办件中决定。",
    en="Propose a notice or the revocation of a title under observation; it is decided in a case of its own.",
    parameters={"what": "circular 通报（evaluation.runs 的 circular），revocation 撤销（sanction）"},
)(observing.propose)

act_kind(ActKind("grading", zh="确认评价等次", confirm=grading.see_that_it_can_be_confirmed))

changing.on_change(sampling.plan_first)
life.handler(sampling.KIND)(sampling.take)
life.handler(sampling.CHECK)(sampling.open_check)
on_open("inspection")(inspecting.begin)

word(
    "record_inspection",
    zh="登记检查结果：记下检查的日期、发现和是否通过（结论为 passed 或 failed）；表单要有 inspected_on 和 finding。",
    en="Record a check: its day, its finding, and whether it was passed (outcome passed or failed).",
)(inspecting.record)

word(
    "propose_after_check",
    zh="提出处理：数据不属实的，按 evaluation.sample.sanction 提出处理，检查记录和报送作为证据；是否处理另行决定。",
    en="Propose the sanction of evaluation.sample.sanction, with the check and the report as evidence.",
)(inspecting.propose)
