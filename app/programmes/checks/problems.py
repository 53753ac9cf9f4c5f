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
        "可用：programme.yaml、clauses.yaml、materials.yaml、tables.yaml、scoring.yaml、simulation.yaml、*.bpmn、*.dmn、"
        "forms/*.json、letters/*.docx、examples/*.yaml；文件名用小写字母、数字、下划线和短横。",
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
    "dated-by-nothing": (
        "期限“{key}”的日期不是由申报通知写明的，或者没有条款依据，不能用来限定收到的日期。",
        "请写 unit 为 batch_date、写明 clause 的期限。",
    ),
    "copies-of-nothing": ("batches.dates 中没有写明份数的截止日“{key}”。", "请写明 copies，或删去任务的 copies。"),
    "returns-nothing": ("退回补正的结论“{key}”不在本任务的结论中。", "可选：{known}。"),
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
    "not-due": (
        "期限“{key}”不是逐期的截止日。", "报送的期限写 amount: due、unit: batch_date，截止日由报送义务逐期算出。",
    ),
    "opens-forward": ("开放报送的期限“{key}”没有从截止日倒推。", "请在该期限中写 before: yes。"),
    "yearly-once": ("每年报送一次的写了 {count} 个截止日。", "请只留一个，或把 schedule 改为 dates。"),
    "month-not-monthly": ("所属时段写的是上一个自然月，但不是每月报送。", "请改正 covers 或 schedule。"),
    "unknown-report": ("报送的流程图“{key}”不存在。", "请改正 diagram，或使用通用的 report。"),
    "report-without-task": (
        "没有用表单“{form}”、期限“{period}”由“{actor}”办理的任务，报送义务“{key}”无从填报。",
        "请在流程图中补上；通用的流程图不合用的，复制后改写。",
    ),
    "report-period-undrawn": ("期限“{key}”没有用在流程图“{diagram}”的任务上。", "请补画，或删去这一项。"),
    "unknown-sanction": ("处理“{key}”不在 sanctions 中。", "可用：{known}。"),
    "same-run-twice": ("连续 {count} 次的后果写了不止一项。", "请只留一项。"),
    "carries-nothing": ("沿用的“{key}”不存在，或者与本栏目的类型不同。", "请改正 carries。"),
    "unknown-halting": (
        "“{key}”既不是用户任务的标识，也不是流程图的名称，不能使期限停表。",
        "请改正 during；由经办人登记的情形删去 during。",
    ),
    "extends-date": ("期限“{key}”写明了日期或向前倒数，不能延期。", "请删去 extension。"),
    "extends-otherwise": ("延期的单位“{key}”与期限的单位“{unit}”不同。", "请删去 unit，或写成“{unit}”。"),
    "unknown-role": ("没有岗位“{key}”。", "可用：{known}。"),
    "section-undrawn": ("流程图“{key}”不存在。", "请改正名称，或新建 {key}.bpmn。"),
    "period-without-task": (
        "没有用户任务用到 {section} 的期限“{key}”，办理人看不到截止日。",
        "请在办理的用户任务中填写这个期限。",
    ),
    "appointment-never-overdue": (
        "没有附在用户任务上的计时事件用到期限“{key}”，逾期的预约不会有人知道。",
        "请在处理预约的用户任务上画一个不中断的计时事件，其后用动作 record_overdue。",
    ),
    "overdue-to-nobody": (
        "overdue_to 写的是“{key}”，但流程中没有由其办理的用户任务。",
        "请为其画一个督促的用户任务，或改正 overdue_to。",
    ),
    "rating-moves": (
        "评价的期限“{key}”的截止日会随工作日历变动。",
        "请用日、月或年，并写 roll: none：企业只被告知一次截止日。",
    ),
    "sample-sanction": ("抽查后可提出的处理“{key}”不在 sanctions 中。", "可用：{known}。"),
    "proposes-nothing": (
        "流程图中有“提出处理”的动作，但 evaluation.sample 没有写 sanction。",
        "请写明可以提出哪一种处理，或删去该环节。",
    ),
    "unknown-actor": ("办理关系“{key}”不在 actors 中。", "请在 actors 中补上，或改正。"),
    "unknown-diagram": ("流程图“{key}”不存在。", "请改正名称，或新建 {key}.bpmn；通用的放在 processes/common。"),
    "unsaid-word": ("流程图中没有动作“{key}”，这一节的规定落实不了。", "请画服务任务，word 写 {key}。"),
    "starts-otherwise": ("期限“{key}”不是按这一节的规定起算。", "请写 starts: {wanted}。"),
    "kinds-differ": ("变化类型的选项与 changes.kinds 不一致：{keys}。", "请改成一样，多的删去，少的补上。"),
    "never-suspended": ("写明要暂停称号，但 title.statuses 中没有 suspended。", "请在 title.statuses 中补上。"),
    "never-over": ("流程图中没有以期限“{key}”计时的事件，逾期后不会办理。", "请在称号单位的任务上画计时边界事件。"),
    "acts-nowhere": ("“{key}”在流程图“{diagram}”中没有任务。", "请改正，或在流程图中画上它的任务。"),
    "class-no-choice": ("字段“{key}”没有写明选项，不能作类别。", "请改用 radio 或 select。"),
    "unknown-choice": ("“{key}”不是字段“{field}”的选项。", "可用：{known}。"),
    "seen-nowhere": (
        "参数 {parameter} 指向的“{key}”不存在，或者不是所需的表格、多选字段。",
        "rows 写有 criterion、reason 两列的表格，ticked 写多选字段，都写成“表单.字段”。",
    ),
    "relaxes-nothing": ("条件表中没有名称为“{key}”的条件。", "可用：{known}。"),
    "evidence-without-upload": ("“{key}”不是表单中的上传字段。", "请写“表单.上传字段”，或删去 evidence。"),
    "activities-elsewhere": (
        "表单“{form}”没有表格“{table}”，或者表格里没有日期列“{day}”。",
        "登记活动的表单和考核的表单都要有这张表格，列名相同。",
    ),
    "missing-recommenders": (
        "办理人“{key}”由推荐单位担任，但没有写明哪些单位可以推荐。",
        "请填写 recommenders，或改正 found_by。",
    ),
    "unknown-kind": ("推荐单位的种类“{key}”不在 recommenders.kinds 中。", "可用：{known}。"),
    "relax-condition": ("放宽的条件“{when}”读不懂。", "请写成 键名 = \"值\"，例如 western = \"yes\"。"),
    "tier-of-recommender": ("推荐单位的层级 {tier} 不在 tiers 中。", "请改正，或在 tiers 中补上。"),
    "quota-no-task": ("申报流程图中没有用户任务“{key}”。", "请写流程图中表示推荐的“环节.结论”。"),
    "quota-no-outcome": ("环节“{task}”没有结论“{key}”。", "可用：{known}。"),
    "quota-whose": (
        "名额应由同一级的推荐单位使用，不能由申报单位使用，但所列环节的办理人为：{known}。",
        "请只列推荐单位办理的环节。",
    ),
    "quota-form": ("名额的条件所用的表单“{key}”不存在。", "请填写 batches.quotas.form 或 criteria.form。"),
    "quota-never": (
        "“{before}”已包括全部情形，其后的“{key}”永远用不到。", "请把“{before}”移到最后，或写明它适用的范围。",
    ),
    "quota-exempt-per": ("“{key}”不占名额，不用按类别计算。", "请删去 per。"),
    "quota-of-nobody": ("所有分组都不占名额。", "请至少写一组占名额的；不设名额的，删去 quotas。"),
    "quota-tier": ("名额分组的层级 {tier} 不在 tiers 中。", "请改正，或在 tiers 中补上。"),
    "quota-condition": ("名额分组的条件“{when}”读不懂：{reason}", "请写成 键名 == 值，例如 provincial == true。"),
    "unknown-summary": ("汇总表“{key}”不在 tables.yaml 中。", "可用：{known}。"),
    "effect-without-status": ("处理后称号的状态“{key}”不在 title.statuses 中。", "请在 title.statuses 中补上。"),
    "public-no-circular": (
        "只有通报可以公开，这项处理不是通报（effect: circular）。",
        "请删去 public；称号的状态和决定本来就在名录上公开。",
    ),
    "sanction-not-taken": (
        "流程图“{key}”没有登记处理建议的动作，处理的事由和证据无从登记。",
        "请在开头画服务任务，动作选 {word}。",
    ),
    "decided-by-nobody": (
        "处理由“{key}”决定，但流程图“{diagram}”中没有由它办理的任务。",
        "请改正 decided_by 或流程图。",
    ),
    "hearing-undrawn": (
        "陈述申辩的期限“{key}”没有用在流程图“{diagram}”的用户任务上。",
        "请改正 hearing，或在陈述申辩的任务上填写这个期限。",
    ),
    "opened-by-unused": (
        "写明了谁可以提出，但流程图“{diagram}”不能由人发起。",
        "请在 opened_by_hand 中加上这张流程图，about 写 title；或删去 opened_by。",
    ),
    "opener-left-out": (
        "“{key}”可以提出这项处理，但不在 opened_by_hand 中流程图“{diagram}”的发起人里。",
        "请在 actor 中补上，或删去。",
    ),
    "ban-from-service": ("禁申期目前自决定日期起算，不能自送达起算。", "请写 starts: decision。"),
    "ban-no-length": ("禁申期的期限“{key}”没有写明长度。", "请写成若干年或若干个月。"),
    "ban-rolls": (
        "禁申期“{key}”应当按年或月计算，最后一日不顺延。",
        "请把 unit 写成 years 或 months，并写 roll: none。",
        WARNING,
    ),
    "hold-without-end": (
        "暂停推荐没有写明多久。", "请填写 until：期限的键名，或 next_year；没有期限的写 effect: cancelled。",
    ),
    "hold-of-nobody": ("最低一级就是认定机关，没有可以暂停的推荐单位。", "请删去 on_recommender，或改正 of。"),
    "time-goes-back": ("这一步的时间早于上一步。", "请按先后排列。"),
    "same-name": ("有两个人都叫“{key}”。", "请改名：步骤中以姓名指明是谁。"),
    "unknown-person": ("units 中没有叫“{key}”的人。", "可用：{known}。"),
    "unknown-unit": ("units 中没有“{key}”。", "可用：{known}。"),
    "unknown-answers": ("answers 中没有“{key}”。", "可用：{known}。"),
    "unknown-task": ("流程图中没有名为“{key}”的用户任务。", "可用：{known}。"),
    "word-needs": ("动作“{word}”没有写明 {key}。", "请在服务任务中填写 {key}。"),
    "title-kind": ("“{key}”不是这个动作可用的方式。", "可用：{known}。"),
    "not-a-path": ("“{key}”应写明日期所在的“表单.字段”。", "请改为“表单.字段”。"),
    "not-a-day": ("表单“{form}”的字段“{key}”不是日期。", "请改用日期字段。"),
    "about-no-title": ("basis、marked、ended 只用于关于称号的办件。", "请补上 about: title，或删去。"),
    "enters-nobody": ("本项目没有直接入库，没有这样的称号。", "请删去，或填写 direct_entry。"),
    "indicator-figure": ("没有指标“{key}”。", "可用：{known}；写法见 processes/README.md。"),
    "figure-of-form": ("表单“{form}”没有名为“{key}”的数字或指标。", "请改正名称，或在表单的 figures 中定义。"),
    "indicator-twice": ("指标“{key}”写了两次。", "请改名。"),
    "evaluation-half": ("每年评价须写明{what}。", "请补上，或把 every 改为 ad_hoc。"),
    "not-grading": (
        "决策表“{key}”不是评级表。",
        "评级表的命中策略为 UNIQUE，只有一列输入 score 和一列输出 grade。",
    ),
    "score-ungraded": (
        "得分 {score} 时，评级表没有得出等次：{reason}", "请使 0 到 {total} 之间的每个得分恰好得出一个等次。",
    ),
    "strange-grade": ("评级表得出的“{key}”不在 grades 中。", "可用：{known}。"),
    "grade-of-nothing": ("没有任何得分能得到等次“{key}”。", "请修改评级表的分数线，或从 grades 中删去。"),
    "unknown-grade": ("等次“{key}”不在 grades 中。", "可用：{known}。"),
    "grade-choices": (
        "表单“{form}”的字段“{key}”的选项与 {setting} 不一致。",
        "应为：{wanted}。请在本项目的表单中改正。",
    ),
    "run-sanction": ("处理“{key}”不在 sanctions 中。", "可用：{known}。"),
    "run-without": ("后果 {effect} 须写明 {what}。", "请补上。"),
    "run-diagram": ("流程图“{key}”不存在。", "请改正名称，或新建 {key}.bpmn。"),
    "run-twice": ("等次“{key}”的后果 {effect} 写了两次。", "请只保留一处。"),
    "unknown-character": ("没有名为“{key}”的机构类型。", "可用：{known}。"),
    "unknown-call-date": ("批次没有名为“{key}”的日期。", "programme.yaml 的 batches.dates 中有：{known}。"),
    "missing-call-date": ("没有写明批次的日期“{key}”。", "请补上；programme.yaml 的 batches.dates 要求写明。"),
    "books-nothing": ("本项目不在网上受理服务预约。", "请删去 books，或在 programme.yaml 中填写 appointments。"),
    "missing-satisfaction": ("没有写明机构类型“{key}”得到的满意度。", "请补上最低分和最高分。"),
    "unknown-outcome": ("环节“{element}”没有结论“{key}”。", "可用：{known}。"),
    "renewal-without-end": ("写明了期满怎样办，但称号没有有效期。", "请填写 title.validity，或删去 renewal。"),
    "renewal-opens-forward": ("期限“{key}”不是从称号的最后一日倒数。", "请写 before: yes，并写明数量和单位。"),
    "renewal-no-diagram": ("流程图“{key}”不存在。", "请改正名称；processes/common 中有通用的。"),
    "renewal-without-window": ("没有写明自评在什么期限内提交。", "请填写 window：自评任务所用期限的键名。"),
    "renewal-window-over": (
        "期满次日才开始的，提交的期限“{key}”以称号的最后一日为准，开始时已经届满。",
        "请写明 opens，或为 window 另写数量和单位。",
    ),
    "renewal-window-unused": ("流程图“{diagram}”中没有用期限“{key}”的用户任务。", "请改正 window 或任务的 period。"),
    "renewal-form-unused": ("流程图“{diagram}”中没有填写表单“{key}”的用户任务。", "请改正 form 或任务的 form。"),
    "renewal-word-missing": ("流程图“{key}”中没有“{word}”，期满延续的结果无从登记。", "请补上该服务任务。"),
    "upward-of-nothing": ("没有写明申报表，上级项目的申报无从预填。", "请填写 criteria.form。"),
    "upward-to-itself": ("“{key}”就是本项目。", "请写上级项目的键名。"),
    "upward-choices": ("表单“{form}”的字段“{key}”的选项应当就是 upward 中的上级项目。", "应为：{known}。"),
    "review-with-end": (
        "随年度申报复核的称号没有终止日期，但写明了有效期。", "请把 title.validity 写成 null，或改用别的方式。",
    ),
    "review-without-interval": ("没有写明多久复核一次。", "请填写 review_after：期限的键名，按年。"),
    "review-no-years": ("复核的间隔“{key}”不是若干年。", "请写明数量和 unit: years。"),
    "review-without-sanction": ("没有写明复核不合格时提出的处理。", "请填写 not_passed：sanctions 中的键名。"),
    "renewal-no-grade": ("等次“{key}”不在 evaluation.grades 中。", "可用：{known}。"),
    "renewal-no-sanction": ("“{key}”不在 sanctions 中。", "可用：{known}。"),
    "sum-of-no-amount": ("表单“{form}”的字段“{key}”不是可以相加的数字。", "请改用数字字段，百分比不能相加。"),
    "sum-twice": ("字段“{key}”列在几项职能中，合计会重复。", "请只在一项中列出。"),
    "renewal-no-obligation": ("“{key}”不在 obligations 中。", "可用：{known}。"),
}
