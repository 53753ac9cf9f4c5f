"""The trail of a case, told: each audit entry as a sentence."""

from types import SimpleNamespace
from typing import Any

from app import clock


def tell(entries: Any) -> list[Any]:
    """Entries of a case's chain as the story component shows them, oldest first."""
    return [_told(entry) for entry in entries]


def _told(entry: Any) -> Any:
    details = entry.details or {}
    who = " · ".join(part for part in (entry.person_name, entry.unit_name) if part)
    what, kind = _sentence(entry.verb, details)
    return SimpleNamespace(
        at=entry.legal_at, what=what, who="" if entry.person_id is None else who,
        kind="system" if entry.person_id is None and not kind else kind, note=details.get("opinion", ""), papers=[],
        clause=details.get("clause", ""),
    )


def _sentence(verb: str, d: dict[str, Any]) -> tuple[str, str]:
    task = f"“{d.get('task', '')}”"
    outcome = f"：{d['outcome']}" if d.get("outcome") else ""
    late = "（超期办结）" if d.get("deadline") == "missed" else ""
    waited = d.get("late_seconds", 0)
    came_late = f"，实际执行晚 {_duration(waited)}" if waited >= 3600 else ""
    sentences = {
        "open_case": f"办件 {d.get('number', '')} 建立",
        "complete_task": f"办结{task}{outcome}{late}",
        "claim_task": f"签收{task}",
        "release_task": f"退签{task}",
        "save_draft": f"暂存{task}",
        "fire_timer": f"期限届满：“{d.get('element', '')}”{came_late}",
        "deliver_message": f"收到通知：{MESSAGES.get(d.get('name', ''), d.get('name', ''))}",
        "take_message": f"收到通知：{MESSAGES.get(d.get('name', ''), d.get('name', ''))}",
        "refuse_act_row": f"未列入批文“{d.get('title', '')}”：{d.get('reason', '')}",
        "grant_title": f"授予称号，编号 {d.get('number', '')}",
        "withdraw_case": f"申报单位撤回：{d.get('reason', '')}",
        "change_case_dates": f"申报批次日期变更：{d.get('reason', '')}；{'；'.join(d.get('moved', ()))}",
        "draw_experts": f"抽取评审专家：拟抽 {d.get('wanted', '')} 名，候选 {d.get('candidates', '')} 名，"
                        f"回避 {d.get('excluded', '')} 名",
        "close_seat": SEATS.get(d.get("status", ""), ""),
        "go_on_with_fewer": "不再补充专家，按现有专家评审",
        "close_scoring": f"专家评分汇总：{d.get('expert_count', 0)} 份，"
                         f"{d.get('expert_score') or '份数不足，没有结果'}",
        "file_objection": f"收到社会公众的异议，编号 {d.get('number', '')}",
        "serve_notice": f"发出《{d.get('title', '')}》（{d.get('number', '')}），收件人 {d.get('to', '')}",
        "issue_letter": f"发出《{d.get('title', '')}》（{d.get('number', '')}），收件人 {d.get('to', '')}",
        "read_notice": f"签收《{d.get('title', '')}》（{d.get('number', '')}）",
        "enter_delivery": f"登记送达：{d.get('number', '')}，{d.get('day', '')}",
        "correct_delivery": f"更正送达登记：{d.get('number', '')}，{d.get('day', '')}，{d.get('reason', '')}",
        "enter_titles": f"登记称号 {d.get('count', '')} 个",
        "stop_clock": f"停表：{d.get('ground', '')}，自 {d.get('since', '')}；{d.get('evidence', '')}",
        "resume_clock": f"恢复计时：{d.get('ground', '')}，{d.get('since', '')} 至 {d.get('until', '')}；"
                        f"截止日 {d.get('last_day', '')}{'；' + d['note'] if d.get('note') else ''}",
        "ask_extension": f"申请延期{task}，延长 {d.get('length', '')}",
        "approve_extension": f"批准延期{task}，延长 {d.get('length', '')}，{d.get('said', '').rstrip('。')}",
        "refuse_extension": f"不批准延期{task}，期限不变",
        "withdraw_entry": f"名单中移出一家单位：{d.get('reason', '')}",
    }
    kind = "warning" if late or verb in {"refuse_act_row", "withdraw_entry", "withdraw_case"} else ""
    return sentences.get(verb, verb), kind


SEATS = {"scored": "评分已登记", "declined": "专家申请回避", "missed": "评分期限届满，记为未评"}
MESSAGES = {"scoring_done": "专家评审结束", "scoring_cancelled": "申报已撤回，评审终止",
            "publication_cleared": "公示结果", "publication_entry_withdrawn": "名单有变化",
            "batch_dates_changed": "申报批次日期变更", "clock_changed": "相关办件建立或办结，计时随之核对"}


def _duration(seconds: int) -> str:
    days, hours = divmod(seconds // 3600, 24)
    return f"{days} 天 {hours} 小时" if days else f"{hours} 小时"


def day_of(instant: Any) -> Any:
    """The Beijing date of an instant, for templates."""
    return clock.local(instant).date()
