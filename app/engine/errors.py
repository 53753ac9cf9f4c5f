"""What the engine refuses, in words for the person whose request it was."""

from app.errors import BanjianError, Gone, Invalid, Refused


class EngineError(BanjianError):
    """流程引擎未能办理。"""


class Unreadable(EngineError):
    """流程图文件无法读取。

    `rule` is the stable code of what is wrong with the file (see `problems.RULES`), `detail` fills its words.
    """

    def __init__(self, rule: str, **detail: object) -> None:
        self.rule, self.detail = rule, detail
        super().__init__(f"流程图文件无法读取（{rule}）。")


class Faulty(EngineError):
    """流程图不能运行，请先用“检查”功能改正后再部署。"""


class BadValues(EngineError, Invalid):
    """A value that may not enter the engine; `fields` maps its name to the reason."""


class NotWaiting(EngineError, Gone):
    """该事项已办结、已撤销或尚未到达，本次操作未生效。请刷新后查看最新进展。"""

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        super().__init__((type(self).__doc__ or "").strip())


class TooManyReturns(EngineError, Refused):
    """「环节」已重复办理达到上限，不能再次进入。请改用其他结论，或由上级单位终止后重新申报。"""


class TooLong(EngineError, Refused):
    """流程一次走得太远或历史太长。"""


class ConditionFailed(EngineError, Refused):
    """流程图中的条件无法判断，办理未生效。请联系流程设计人员。"""


class OtherSpecification(EngineError):
    """办件是按另一版本的流程图运行的，不能用当前版本打开。请按该办件原来的版本办理。"""


class Unloadable(EngineError):
    """办件的流程数据已损坏或格式不符，未作任何更改。请联系系统管理员从备份恢复该办件。"""
