"""The rules of the checker: each a stable code with what is wrong and what to do instead, in a designer's words.

A rule exists because the library gets the thing silently or late wrong, because people couldn't read the picture, or
because a legal number would hide in it. `{...}` are filled from the problem; `who` is the element as drawn.
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `severity` is error (can't be deployed) or warning (people may be misled)."""

    file: str
    element: str
    rule: str
    words: str
    remedy: str
    severity: str


class Rule(NamedTuple):
    """What is wrong, what to do, and how grave it is."""

    words: str
    remedy: str
    severity: str = "error"


def problem(file: str, element: str, rule: str, **detail: object) -> Problem:
    """A problem by the code of its rule; `detail` fills the words."""
    found = RULES[rule]
    filled = {"who": element, **detail}
    return Problem(file, element, rule, found.words.format(**filled), found.remedy.format(**filled), found.severity)


_REDRAW_AS_TASK = "需要人办理的改画“用户任务”，需要系统办理的改画“服务任务”并指定动作。"
_READING = {
    "missing-file": Rule("找不到或无法打开文件：{reason}", "核对文件名和路径。"),
    "empty-file": Rule("文件是空的。", "在设计器中重新保存流程图后再提交。"),
    "file-too-large": Rule("文件超过 {limit} MB。", "删去嵌入的图片或附件，把大流程拆成几个流程图，用“调用活动”相连。"),
    "encoding": Rule("文件不是 UTF-8 编码。", "在设计器中打开并重新保存，或用编辑器另存为 UTF-8。"),
    "doctype": Rule("文件含有 DOCTYPE 或实体声明，出于安全不予读取。", "删去文件开头的 DOCTYPE 和 ENTITY 声明。"),
    "not-xml": Rule("文件不是完整的 XML，第 {line} 行起无法读取。", "在设计器中重新导出 BPMN 2.0 文件。"),
    "too-deep": Rule("元素嵌套超过 {limit} 层。", "把内层子流程改为单独的流程图，用“调用活动”相连。"),
    "too-many-elements": Rule("元素超过 {limit} 个。", "把流程拆成几个流程图，用“调用活动”相连。"),
    "too-long": Rule("{who}有 {count} 个元素，一个流程最多 {limit} 个。", "拆成几个流程图，用“调用活动”相连。"),
    "xinclude": Rule("文件引用了外部内容（XInclude），出于安全不予读取。", "把被引用的内容直接画在图中。"),
    "not-bpmn": Rule("文件不是 BPMN 2.0 流程图。", "在设计器中以 BPMN 2.0 格式导出。"),
    "not-loadable": Rule("引擎无法读取此图：{reason}", "按其他提示修改；如无其他提示，请把文件交给系统维护人员。"),
}
_ELEMENTS = {
    "unknown-element": Rule("{who}中的 {tag} 不在可用元素之列，引擎会忽略它或在运行时出错。",
                            "删去它，只用用户任务、服务任务、子流程、调用活动、网关和事件。"),
    "event-subprocess": Rule(
        "事件子流程{who}不会按图打断流程。",
        "改为在子流程边缘画计时或消息边界事件，引出处理路径。",
    ),
    "ad-hoc": Rule("临时子流程{who}的完成条件会被立即判断。", "改画普通子流程，用网关表示可选步骤。"),
    "transaction": Rule("事务子流程{who}不能回滚已发出的文书。", "改画普通子流程，撤销另画任务。"),
    "complex-gateway": Rule("复杂网关{who}不能运行。", "改用排他、并行或包容网关的组合。"),
    "script-task": Rule("脚本任务{who}不能运行：流程图中不得写程序。", "改画服务任务并指定动作，或用决策表计算。"),
    "script": Rule("{who}带有前置或后置脚本：流程图中不得写程序。", "删去脚本，改用服务任务的动作。"),
    "business-rule-task": Rule(
        "业务规则任务{who}不由引擎判断。",
        "改画服务任务，动作选 decide，参数 table 填决策表的标识。",
    ),
    "untyped-task": Rule("任务{who}没有类型，引擎会直接跳过它。", _REDRAW_AS_TASK),
    "manual-task": Rule("手工任务{who}没有办理页面。", _REDRAW_AS_TASK),
    "send-task": Rule("发送任务{who}只能把消息发给本流程自己。", "改画服务任务，用动作发出文书或通知其他办件。"),
    "receive-task": Rule("接收任务{who}不能运行。", "改画“中间消息捕获事件”。"),
    "throw-event": Rule("抛出事件{who}只能发给本流程自己。", "改画服务任务，用动作发出文书或通知其他办件。"),
    "link-event": Rule("链接事件{who}会使流程在此中断，永不结束。", "直接用顺序流相连，图太长时拆成子流程。"),
    "compensation": Rule("补偿{who}不会执行。", "另画撤销的任务或服务任务。"),
    "signal-event": Rule(
        "信号事件{who}不会在办件之间传递，信号结束事件根本不发出。",
        "改用消息捕获事件，由其他办件的动作发来消息。",
    ),
    "error-event": Rule(
        "错误事件{who}未被捕获时会当作正常结束。",
        "改用任务的结论（outcomes）和排他网关引出异常路径。",
    ),
    "escalation-event": Rule("升级事件{who}未被捕获时会被丢弃。", "改用非中断的计时或消息边界事件。"),
    "conditional-event": Rule(
        "条件事件{who}只在其他步骤办理时才被重新判断。",
        "改用消息捕获事件，或在任务之后画排他网关。",
    ),
    "cancel-event": Rule("取消事件{who}只能用于事务，不能运行。", "改用终止结束事件或任务的结论。"),
    "message-end": Rule(
        "结束事件{who}的消息只会发给本流程自己。",
        "在结束之前画服务任务，用动作通知其他办件；结束事件改为普通结束。",
    ),
    "start-definition": Rule(
        "开始事件{who}带有计时或消息，办件发起后会停在这里。",
        "改画普通开始事件；何时发起由批次、义务或动作决定。",
    ),
    "ignored-definition": Rule("{who}上的{tag}会被忽略。", "删去它，或改画能接收它的事件。"),
    "missing-definition": Rule("事件{who}没有写明等待什么。", "选择计时（填期限名称）或消息。"),
    "several-definitions": Rule(
        "事件{who}带有多个事件定义，只有第一个会被正确读取。",
        "一个事件只留一个定义，其余另画。",
    ),
    "standard-loop": Rule("{who}的循环标记没有结论可依。", "去掉循环标记，用排他网关画出返回的路径。"),
    "multi-instance": Rule("{who}的多实例标记不能运行：引擎中不保存名单。",
                           "去掉多实例标记；多人办理用任务的 collective 属性，或用动作为每个对象发起办件。"),
    "data": Rule("{who}使用了数据对象或数据关联，会改变变量的传递。", "删去它；需要说明时改用文本注释。"),
    "message-flow": Rule(
        "消息流{who}不会传递任何消息。",
        "删去它；办件之间用动作和消息捕获事件相通，图上可用文本注释说明。",
    ),
    "foreign-extension": Rule("{who}带有引擎不识别的扩展 {tag}，会被忽略。", "删去它，改用本系统的任务属性。"),
    "ignored-attribute": Rule("{who}的 {tag} 会被忽略。", "删去该设置。"),
}
_IDENTITY = {
    "no-process": Rule("文件中没有流程。", "在图中画一个流程。"),
    "not-executable": Rule("流程{who}标为不可执行。", "在流程属性中勾选“可执行”。"),
    "duplicate-process": Rule(
        "流程标识{who}已在 {other} 中使用。",
        "给其中一个流程换一个标识，并改正调用它的“调用活动”。",
    ),
    "missing-id": Rule("{tag} 没有标识。", "在设计器中重新保存，或补上 id。"),
    "duplicate-id": Rule(
        "元素标识{who}重复（另见 {other}）。",
        "给其中一个元素换一个标识；被调用的流程图不能与调用它的图同用标识。",
    ),
    "bad-id": Rule(
        "标识{who}不可用：为引擎保留，或含有不允许的字符。",
        "改用字母开头、由字母、数字、下划线和短横组成的其他标识。",
    ),
    "missing-name": Rule("{tag}{who}没有名称，办理人看不懂。", "填写名称；任务用“动词+事项”，事件写明发生了什么。"),
    "missing-label": Rule(
        "{tag}{who}没有文字说明。",
        "给网关写明问题，给分支写明答案，给开始和结束写明状态。", "warning",
    ),
    "missing-shape": Rule(
        "{tag}{who}在图上没有位置，看图的人看不到它。",
        "在设计器中把它画出来；没有图形的文件请在设计器中重画。",
    ),
    "missing-picture": Rule("流程{who}只有步骤，没有图形。", "在设计器中画出图形后再提交。"),
    "missing-edge": Rule("顺序流{who}在图上没有线，看图的人看不到它。", "在设计器中重新连线。"),
    "lane-reference": Rule("泳道{who}引用了不存在的元素 {other}。", "在设计器中把元素重新拖入泳道。"),
    "two-lanes": Rule("{who}同时列在两个泳道中。", "在设计器中把它重新拖入一个泳道。"),
    "outside-lanes": Rule("任务{who}不在任何泳道中。", "把它拖入办理单位的泳道。"),
    "lane-actor": Rule("任务{who}画在泳道“{lane}”中，但办理人是 {actor}。", "把任务移到“{wanted}”泳道，或改正办理人。"),
}
_FLOWS = {
    "no-start": Rule("{who}没有开始事件。", "画一个普通开始事件。"),
    "several-starts": Rule("{who}有多个开始事件。", "只留一个开始事件；不同的发起情形用排他网关分开。"),
    "no-end": Rule("{who}没有结束事件。", "画一个结束事件。"),
    "dangling-flow": Rule("顺序流{who}的一端没有接上元素。", "把它接到元素上，或删去。"),
    "flow-crosses": Rule("顺序流{who}穿过了子流程的边界。", "在子流程内外分别画结束和开始，不要直接相连。"),
    "impossible-flow": Rule("顺序流{who}进入开始事件或边界事件，或离开结束事件。", "删去这条线。"),
    "dangling-boundary": Rule("边界事件{who}没有附在可用的任务上。", "把它附在用户任务、子流程或调用活动的边缘。"),
    "once-only": Rule(
        "非中断的消息边界事件{who}在任务办理期间只接收一次，再来的消息会一直等待。",
        "需要多次接收时，用动作为每次来件另行发起办件。",
        "warning",
    ),
    "boundary-on-service": Rule(
        "边界事件{who}附在服务任务上，服务任务即时完成，永远等不到它。",
        "改附在用户任务、子流程或调用活动上。",
    ),
    "dead-end": Rule("{who}之后没有去向，流程会停在这里。", "连到下一步或结束事件。"),
    "unreachable": Rule("{who}从开始事件走不到。", "补画到达它的路径，或删去它。"),
    "no-way-to-end": Rule("从{who}走不到任何结束事件。", "补画走向结束的路径。"),
    "several-outgoing": Rule("{who}引出多条线。", "只留一条线，之后用网关分支。"),
    "several-incoming": Rule("{who}有多条线直接进入，引擎会重复预测后面的步骤。", "在它之前画一个汇合网关。"),
    "ignored-condition": Rule(
        "顺序流{who}上的条件或默认标记会被忽略。",
        "在任务之后画排他网关，把条件写在网关引出的线上。",
    ),
    "missing-condition": Rule("网关引出的顺序流{who}没有条件，也不是默认路径。", "填写条件，或把它设为默认路径。"),
    "missing-default": Rule("网关{who}没有默认路径，条件都不满足时办件会出错。", "把其中一条线设为默认路径。"),
    "default-condition": Rule("默认路径{who}上写了条件，该条件会被忽略。", "删去默认路径上的条件。"),
    "idle-gateway": Rule("网关{who}只有一进一出，没有作用。", "删去它，或补画分支。", "warning"),
    "event-gateway": Rule("事件网关{who}须引出两条以上的线，各接一个只由它进入的计时或消息捕获事件。", "按此改画。"),
    "event-gateway-timers": Rule(
        "事件网关{who}之后有多个计时事件，只有一个会按期发生。",
        "只留一个计时；其他期限改用边界事件。",
    ),
    "event-gateway-messages": Rule(
        "事件网关{who}之后有多个等待同一消息“{message}”的事件。",
        "每个消息只留一个捕获事件。",
    ),
    "inclusive-unpaired": Rule(
        "包容网关{who}没有成对：各分支须不经返回地汇合到同一个包容网关，中间没有非中断边界事件。",
        "按“一分一合”改画，或改用排他网关。",
    ),
    "parallel-pairs": Rule(
        "{who}中先后相接的并行分支太多（分支数连乘为 {product}，最多 {limit}），办理会越来越慢。",
        "把其中几组并行放进子流程。",
    ),
    "engine-loop": Rule("{who}处在没有人办理的循环中，会无限循环。", "在循环中放一个用户任务或等待事件，或取消循环。"),
    "deadlock": Rule(
        "会死锁：{who}一直在等一条不会到来的分支。",
        "并行分出的用并行网关汇合，排他分出的用排他网关汇合。",
    ),
    "no-synchronisation": Rule("{who}会被走到两次：并行的分支（或非中断边界事件的路径）未汇合就合成一路。",
                               "并行分支用并行网关汇合；非中断边界事件的路径单独走到结束。"),
    "too-complex": Rule("{who}的并行组合太多，无法验证。", "拆成几个子流程。"),
    "missing-called": Rule(
        "调用活动{who}没有写明调用哪个流程，或流程“{other}”不在提交的文件中。",
        "填写被调用流程的标识，并把该流程图一并提交。",
    ),
    "call-cycle": Rule("流程{who}直接或间接调用自己，会无限嵌套。", "改用循环路径，或用动作另行发起办件。"),
}
_CONDITIONS = {
    "condition-invalid": Rule("顺序流{who}的条件“{text}”无法读取：{reason}", "按提示改写，例如 outcome == \"pass\"。"),
    "condition-number": Rule(
        "顺序流{who}的条件“{text}”中写了数字。",
        "法定数值写在 programme.yaml 或决策表中，条件里只用变量名。",
    ),
    "unknown-name": Rule("顺序流{who}的条件用到变量“{other}”，但并非每条路径都已写入它。",
                         "让之前的每条路径都写入该变量（表单字段、任务结论或动作结果），或改正变量名。"),
    "unknown-outcome": Rule(
        "顺序流{who}的条件用到结论“{other}”，但之前的任务没有这个结论。",
        "改正条件，或在任务的 outcomes 中补上它。",
    ),
    "parallel-outcome": Rule("顺序流{who}的条件用到 outcome，但它由并行的几个任务（{other}）写入，后办的会覆盖先办的。",
                             "在各分支内先用网关判断，或由汇合之后的任务作结论。"),
}
_VOCABULARY = {
    "missing-actor": Rule("任务{who}没有办理人。", "填写 actor，例如 county/reviewer。"),
    "bad-actor": Rule("任务{who}的办理人“{value}”格式不对。", "写成 关系/岗位，例如 county/reviewer。"),
    "unknown-actor": Rule(
        "任务{who}的办理人“{value}”不在本项目的办理人之列。",
        "从 programme.yaml 的 actors 中选用：{known}。",
    ),
    "unknown-role": Rule("任务{who}的岗位“{value}”不在岗位之列。", "改用：{known}。"),
    "unknown-act": Rule("任务{who}的批量行文“{value}”不在可用的种类之列。", "改用：{known}。"),
    "missing-period": Rule("任务{who}没有期限。", "填写 period，从 programme.yaml 的 periods 中选用。"),
    "missing-form": Rule("任务{who}没有表单。", "填写 form。"),
    "unknown-form": Rule("任务{who}的表单“{value}”不存在。", "改正表单标识，或先建立该表单。"),
    "missing-word": Rule("服务任务{who}没有指定动作。", "填写 word，从动作表中选用。"),
    "unknown-word": Rule(
        "服务任务{who}的动作“{value}”不在动作表中。",
        "从 processes/README.md 的动作表中选用：{known}。",
    ),
    "unknown-parameter": Rule("服务任务{who}的动作没有参数“{value}”。", "该动作的参数：{known}。"),
    "bad-timer": Rule(
        "计时事件{who}的内容“{value}”不是期限名称。",
        "选“持续时间”，只填期限的名称（字母、数字、下划线）；天数写在 programme.yaml 的 periods 中。",
    ),
    "unknown-period": Rule(
        "{who}的期限“{value}”不在本项目的期限之列。",
        "从 programme.yaml 的 periods 中选用：{known}。",
    ),
    "missing-message": Rule("消息事件{who}没有写明等待哪个消息。", "选择消息并填写消息名称。"),
    "unknown-message": Rule("消息事件{who}等待的消息“{value}”没有任何动作会发出。", "改正消息名称：{known}。"),
    "unknown-clause": Rule("{who}引用的条款“{value}”不存在。", "改正条款编号。"),
    "unknown-property": Rule("{who}的属性“{value}”不起作用。", "改正属性名。可用：{known}。"),
    "duplicate-property": Rule("{who}的属性“{value}”写了两次，只有一个起作用。", "只留一个。"),
    "bad-property-value": Rule("{who}的属性 {key} 写成“{value}”，不起作用。", "写成：{known}。"),
    "opens-without-revises": Rule(
        "任务{who}写了 opens，却没有写 revises，未开放的栏目会丢失原来的内容。",
        "加上 revises=yes：表单带着上一次填写的内容打开，只有 opens 指明的栏目可以修改。",
    ),
    "unknown-continued": Rule(
        "任务{who}的 continues 写的是“{value}”，本流程中没有这个用户任务。",
        "填写期限由它开始的那个用户任务的标识；不需要接续时删去 continues。",
    ),
    "continued-period": Rule(
        "任务{who}接续任务{other}的期限，但两者的期限不同（“{value}”和“{wanted}”）。",
        "把 period 改成“{wanted}”；期限本来就不同时删去 continues。",
    ),
    "bad-outcomes": Rule(
        "任务{who}的结论“{value}”格式不对。",
        "写成 键=文字，用逗号分隔，键不重复，例如 pass=通过, return=退回补正。",
    ),
}
RULES: dict[str, Rule] = {**_READING, **_ELEMENTS, **_IDENTITY, **_FLOWS, **_CONDITIONS, **_VOCABULARY}
