"""What letters by mail say: plain text with named places, the first line of thought first, no more than is needed.

A mail is no secure channel: it says that something waits, and never what the document itself holds.
"""

from dataclasses import dataclass
from string import Template

SITE = "${site}"
"""Stands for the address of the installation, which the sender knows and the writer doesn't."""


@dataclass(frozen=True)
class Mail:
    """A subject and a body with places `$name`; a place that isn't given stays as it is."""

    subject: str
    body: str

    def written(self, **values: str) -> tuple[str, str]:
        """Subject and body with the values in place. A `$` in a value means nothing."""
        safe = {name: value.replace("$", "＄") for name, value in values.items()}
        return Template(self.subject).safe_substitute(safe), Template(self.body).safe_substitute(safe)


NOTICE = Mail(
    "$title（$number）待签收",
    """$receiver：

$issuer 就“$case”向你单位发出《$title》（$number）。

请登录办件系统，在“通知”中查看并签收：
${site}/notices

有的期限自签收之日起算，请及时查看。

本邮件由系统自动发出，请勿回复。
""",
)
LETTER = Mail(
    "$title（$number）已发出",
    """$receiver：

$issuer 就“$case”向你单位发出《$title》（$number）。

请登录办件系统，在“通知”中查看：
${site}/notices

本邮件由系统自动发出，请勿回复。
""",
)
DATES = Mail(
    "$programme：申报批次的日期有变更",
    """$receiver：

你单位在“$programme”中的申报（办件号 $number），所在批次的日期有变更：

$dates

变更的原因：$reason

请登录办件系统，在办件页面查看现在的截止日：
${site}/cases

本邮件由系统自动发出，请勿回复。
""",
)
OWN_DATES = Mail(
    "工作日历有变更，你单位 $count 项待办的截止日随之变动",
    """$receiver：

根据 $source，工作日历有变更，你单位下列待办的截止日已重新计算：

$dates

请登录办件系统，在办件页面查看现在的截止日和计算过程：
${site}/cases

本邮件由系统自动发出，请勿回复。
""",
)
OFFICE_DATES = Mail(
    "工作日历有变更，$count 项待办的截止日随之变动",
    """$receiver：

根据 $source，工作日历有变更，本岗位 $count 项待办的截止日已重新计算，$effects。

$dates

请登录办件系统，在待办箱中查看现在的截止日：
${site}/inbox

本邮件由系统自动发出，请勿回复。
""",
)
EXTENSION_ASKED = Mail(
    "$case：申请延期，待审批",
    """$receiver：

$asker 就“$case”（办件号 $number）的“$task”申请延长期限 $length。

请登录办件系统，在“延期审批”中办理：
${site}/extensions

本邮件由系统自动发出，请勿回复。
""",
)
EXTENSION_DECIDED = Mail(
    "$case：延期申请$decided",
    """$receiver：

“$case”（办件号 $number）的“$task”申请延长期限 $length，$decided。$outcome

请登录办件系统，在办件页面查看：
${site}/cases

本邮件由系统自动发出，请勿回复。
""",
)
OUTSIDE = Mail(
    "$title（$number）",
    """$receiver：

$issuer 就“$case”作出《$title》（$number），将以邮寄、当面等方式送达。如需提前领取，请与 $issuer 联系。

本邮件由系统自动发出，请勿回复。
""",
)
APPOINTMENT_TAKEN = Mail(
    "预约已收到（$code）",
    """您好：

您向“$holder”提出的服务预约已收到，预约码 $code。

凭预约码查看答复、取消预约，答复后可以评价：
${site}/appointments/$code

预约码只发给您，请妥善保管。如果不是您提出的预约，请打开上面的网址取消。

本邮件由系统自动发出，请勿回复。
""",
)
APPOINTMENT_ANSWERED = Mail(
    "预约已答复（$code）",
    """您好：

“$holder”已答复您的服务预约，预约码 $code。

请打开以下网址查看答复，并评价这次服务：
${site}/appointments/$code

本邮件由系统自动发出，请勿回复。
""",
)
