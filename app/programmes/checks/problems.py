"""The rules that the files of a package must keep, each with its words; the diagrams' own are in app.engine."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place of a file: a diagram's element, a path in YAML ("periods.publication.amount"), a
    field of a form, a row of a table. `severity` is error (can't be deployed) or warning (people may be misled)."""

    file: str
    place: str
    rule: str
    words: str
    remedy: str
    severity: str = ERROR

    def __str__(self) -> str:
        place = f"（{self.place}）" if self.place else ""
        return f"{self.file or '整个项目'}{place}：{self.words}{self.remedy}"


def problem(file: str, place: str, rule: str, **detail: object) -> Problem:
    """A problem by the code of its rule; `detail` fills the words."""
    words, remedy, *severity = RULES[rule]
    return Problem(file, place, rule, words.format(**detail), remedy.format(**detail), *severity)


RULES: dict[str, tuple[str, ...]] = {
    "too-many-files": ("文件超过 {limit} 个。", "请删去不用的文件。"),
    "package-too-large": ("文件合计超过 {limit} MB。", "请删去不用的文件，压缩文书模板中的图片。"),
    "file-too-large": ("文件超过 {limit} MB。", "请删去嵌入的图片，或拆成几个文件。"),
    "unknown-file": (
        "不是认定项目可用的文件。",
        "可用：programme.yaml、clauses.yaml、materials.yaml、tables.yaml、scoring.yaml、*.bpmn、*.dmn、forms/*.json、"
        "letters/*.docx、examples/*.yaml；文件名用小写字母、数字、下划线和短横。",
    ),
    "missing-settings": ("没有 programme.yaml。", "请参照其他项目新建。"),
    "unreadable": ("{reason}", "请改正后重新检查。"),
    "not-a-mapping": ("应为一组“键: 值”。", "请参照其他项目改写。"),
    "schema": ("{reason}", "{remedy}"),
    "bad-period": ("期限的 {field} 有误：{reason}", "请改正。"),
    "bad-number": ("{reason}", "请改正。"),
    "unknown-period": ("期限“{key}”不在 periods 中。", "可用：{known}。"),
    "unknown-form": ("表单“{key}”不存在。", "请改正名称，或新建 forms/{key}.json。"),
    "unknown-field": ("表单“{form}”没有字段“{key}”。", "请改正名称。"),
    "wrong-field": ("字段“{key}”应为必填的{wanted}。", "请改用其他字段，或修改表单。"),
    "unknown-table": ("决策表“{key}”不存在。", "请改正名称，或新建 {key}.dmn。"),
    "not-criteria": ("决策表“{key}”不是条件表。", "条件表的命中策略为 COLLECT，有 figure 和 clause 两列。"),
    "tier-of-actor": (
        "办理人“{key}”按层级 {tier} 查找，但 tiers 中没有这一级。",
        "请改正 found_by，或在 tiers 中补上。",
    ),
    "tier-of-authority": ("认定机关的层级 {tier} 不在 tiers 中。", "请在 tiers 中补上。"),
    "not-public": ("公示所用的期限应当对公众公开。", "请在该期限中写 public: yes。"),
    "shortened": (
        "首日计入会使期限比法定的算法短一天。",
        "除非规定明确写“自当日起”，请写 first_day_counts: no。",
        WARNING,
    ),
    "unknown-reminded": ("提醒的对象“{key}”不在 actors 中。", "可用：{known}。"),
    "circulates-early": ("截止之前没有可以通报的超期待办。", "通报（circulate）请写在逾期（after）之后。"),
    "circulates-to": ("通报（circulate）只列入通报名单，不发给个人。", "请删去 to，或改为 supervise（督办）。"),
    "rung-twice": ("“{words}”写了两次。", "请只保留一处。"),
    "reminds-nobody": (
        "没有任何用户任务用到这个期限，它的提醒没有对象。",
        "请删去 remind，或在用户任务中填写这个期限。",
        WARNING,
    ),
    "unused-period": ("没有任何流程图或设置用到这个期限。", "请删去，或在流程图中填写。", WARNING),
    "unused-form": ("没有任何流程图或设置用到这张表单。", "请删去，或在流程图中填写。", WARNING),
    "missing-clauses": ("没有 clauses.yaml。", "请为每一条款写明由什么落实。"),
    "unknown-clause": ("引用的条款“{key}”不在 clauses.yaml 中。", "请改正编号，或补上该条款。"),
    "unknown-carrier": (
        "“{key}”不存在，不能落实条款。",
        "请改正；写法如 application.环节、periods.期限、forms.表单.字段、criteria。",
    ),
    "bad-form": ("{reason}", "{remedy}"),
    "misnamed-form": ("表单的 id 是“{found}”，与文件名不符。", "请把 id 改为“{wanted}”。"),
    "bad-table": ("{reason}", "{remedy}"),
    "misnamed-diagram": ("文件中没有名为“{wanted}”的流程（现有：{found}）。", "流程的标识应与文件名相同。"),
    "missing-application": ("没有申报流程图。", "每个项目都要有 application.bpmn。"),
    "missing-publication": ("有“列入公示”的环节，但没有公示流程图。", "请使用 common/publication.bpmn，或自画一张。"),
    "bad-letter": ("{where}：{reason}", "{remedy}"),
    "missing-letter": ("没有写明用哪个文书。", "请填写 letter：letters 中文书的文件名，不带 .docx。"),
    "unknown-letter": ("文书“{key}”不存在。", "请改正名称，或把模板放到 letters/{key}.docx。"),
    "not-a-table": ("表单“{form}”中没有名为“{key}”的表格。", "请改正名称；应为 dynamiclist 的键名。"),
    "opens-no-choice": (
        "表单“{form}”的“{key}”不是写明选项的选择列，不能指明开放哪些栏目。",
        "请改为 select，选项的值写本任务表单的字段键名。",
    ),
    "opens-strange": (
        "“{column}”的选项 {keys} 不是本任务的表单“{form}”的字段，选了也开放不了。",
        "请把选项的值改为表单的字段键名。",
    ),
    "opens-unfilled": ("本流程中没有填写表单“{key}”的任务，无从知道开放哪些栏目。", "请改正 opens，或补画该任务。"),
    "revises-nothing": (
        "本流程中此前没有人填写表单“{key}”，没有可以修改的内容。",
        "请删去 revises，或把 form 改成前面填过的表单。",
    ),
    "late-ours": (
        "期限“{key}”是本系统自定的（ours），逾期却不能办理。",
        "请写明条款 clause；没有依据的删去 late。",
        WARNING,
    ),
    "served-by-nothing": (
        "期限“{key}”自送达起算，但本流程中没有送达文书的动作，期限不会开始。",
        "请在此之前画服务任务，动作选 serve_notice，或改用其他起算。",
        WARNING,
    ),
    "names-a-place": (
        "流程图中写了地名“{key}”，其他地区不能照用。",
        "请改写层级或办理人，例如“市级主管部门”；地名写在 programme.yaml 中。",
        WARNING,
    ),
    "twice": ("“{key}”出现了两次。", "请改正，或删去一处。"),
    "material-without-field": (
        "必交的材料“{key}”没有写明在表单的哪一处上传。",
        "请填写 field；系统生成的写 generated。",
    ),
    "material-no-files": ("表单“{form}”的“{key}”不是上传文件的字段。", "请改为 filepicker，或改正 field。"),
    "material-not-required": (
        "材料必交，但表单“{form}”的“{key}”不是必填，或在某些情形下不显示。",
        "请在表单中写 required；只在某些情形下必交的写 required: when。",
    ),
    "material-required": ("材料选交，但表单“{form}”的“{key}”是必填。", "请改正其中一处。"),
    "material-count": ("写的份数是 {wanted}，但表单的“{key}”是 {found}。", "请改成一致，或删去这里的份数。"),
    "table-without-form": ("没有写明栏目取自哪张表单。", "请给汇总表写 form，或写成 form:表单.字段。"),
    "unknown-column": ("汇总表没有栏目“{key}”。", "可用：{known}。"),
    "unknown-figure": ("表单“{form}”没有指标“{key}”。", "请改正名称，或在表单的 figures 中补上。"),
    "unknown-figure-anywhere": ("没有任何表单有指标“{key}”。", "请改正名称，或在表单的 figures 中补上。"),
    "total-of-words": ("栏目“{key}”不是数字，不能合计。", "请删去 total。"),
    "scoring-sum": ("满分写的是 {total}，各项相加是 {found}。", "请改成一致。"),
    "scoring-step": ("满分 {most} 不是 {step} 的倍数，打不出满分。", "请改正 step 或 most。"),
    "pass-beyond-total": ("合格线 {key} 高于满分 {total}。", "请改正。"),
    "pass-mark-twice": ("合格线在 expert_review 和评分表“{key}”中各写了一次。", "请只留一处。"),
    "unknown-sheet": ("评分表“{key}”不在 scoring.yaml 中。", "可用：{known}。"),
    "too-few-experts": ("只抽 {experts} 位专家，却要求至少 {quorum} 份评分。", "请改正其中一个。"),
    "too-many-dropped": (
        "去掉最高分和最低分 {dropped} 个，而 {quorum} 份评分就够，可能一份也不剩。",
        "请减少去掉的个数，或提高 quorum。",
    ),
    "unknown-date": ("申报通知的日期“{key}”不在 batches.dates 中。", "可用：{known}。"),
    "date-of-nobody": (
        "日期“{key}”不知道约束谁：actors 中没有“{relation}”。",
        "写 applicants 或一个办理关系的名称；其他名称写成一组设置：key、name、tier、channel。",
    ),
    "named-by-call": ("期限“{key}”的日期由申报通知写明，只能用在申报流程的任务和计时上。", "请改用其他期限。"),
    "unknown-halting": (
        "“{key}”既不是用户任务的标识，也不是流程图的名称，不能使期限停表。",
        "请改正 during；由经办人登记的情形删去 during。",
    ),
    "extends-date": ("期限“{key}”写明了日期或向前倒数，不能延期。", "请删去 extension。"),
    "extends-otherwise": ("延期的单位“{key}”与期限的单位“{unit}”不同。", "请删去 unit，或写成“{unit}”。"),
    "unknown-role": ("没有岗位“{key}”。", "可用：{known}。"),
    "unknown-actor": ("办理关系“{key}”不在 actors 中。", "请在 actors 中补上，或改正。"),
    "class-no-choice": ("字段“{key}”没有写明选项，不能作类别。", "请改用 radio 或 select。"),
    "unknown-choice": ("“{key}”不是字段“{field}”的选项。", "可用：{known}。"),
    "missing-recommenders": (
        "办理人“{key}”由推荐单位担任，但没有写明哪些单位可以推荐。",
        "请填写 recommenders，或改正 found_by。",
    ),
    "unknown-kind": ("推荐单位的种类“{key}”不在 recommenders.kinds 中。", "可用：{known}。"),
    "tier-of-recommender": ("推荐单位的层级 {tier} 不在 tiers 中。", "请改正，或在 tiers 中补上。"),
    "unknown-summary": ("汇总表“{key}”不在 tables.yaml 中。", "可用：{known}。"),
    "time-goes-back": ("这一步的时间早于上一步。", "请按先后排列。"),
    "same-name": ("有两个人都叫“{key}”。", "请改名：步骤中以姓名指明是谁。"),
    "unknown-person": ("units 中没有叫“{key}”的人。", "可用：{known}。"),
    "unknown-unit": ("units 中没有“{key}”。", "可用：{known}。"),
    "unknown-answers": ("answers 中没有“{key}”。", "可用：{known}。"),
    "unknown-task": ("流程图中没有名为“{key}”的用户任务。", "可用：{known}。"),
    "unknown-outcome": ("环节“{element}”没有结论“{key}”。", "可用：{known}。"),
}
