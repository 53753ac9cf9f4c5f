"""The trail of a case, told: each audit entry as a sentence."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from app import clock
from app.cases.move_queries import Told
from app.programmes.queries import LEVELS


def tell(entries: Any, *, inside: bool = True) -> list[Any]:
    """Entries of a case's chain as the story component shows them, oldest first. How an office urges its own people is
    told to offices alone (`inside`)."""
    return [_told(entry) for entry in entries if inside or entry.verb not in REMINDERS]


def with_calendar(told: list[Any], moves: Sequence[Told], names: Mapping[str, str]) -> list[Any]:
    """The story with what new calendars did to the case's deadlines, in the order of time. `names`: period -> name."""
    if not moves:
        return told
    found = [SimpleNamespace(at=move.at, what=_moved(move, names.get(move.period, move.period)), who="", papers=[],
                             kind="warning" if move.effect == "becomes_overdue" else "system", clause="",
                             note=move.decision_text) for move in moves]
    return sorted([*told, *found], key=lambda one: one.at)


def _moved(move: Told, period: str) -> str:
    """One deadline's row of the list that an edition of the calendar made."""
    head = f"工作日历变更（{move.source}）：“{period}”"
    if move.kind == "kept":
        why = "截止日已公告，不缩短" if move.reason == "announced" else "截止日已告知，不使当事人事后超期"
        return f"{head}按新日历截止日为 {move.lawful}；{why}，仍为 {move.new}"
    if move.kind == "taken_effect":
        decided = {"upheld": "决定维持", "otherwise": "决定另行处理"}.get(move.decision, "待决定")
        return f"{head}已按 {move.old} 生效，按新日历应为 {move.new}；{decided}"
    if move.effect == "mark":
        return f"{head}截止日 {move.new} 不变，{'暂定' if move.provisional else '不再暂定'}"
    effect = {"becomes_overdue": "，转为超期", "no_longer_overdue": "，不再超期"}.get(move.effect, "")
    return f"{head}截止日 {move.old} → {move.new}{'（暂定）' if move.provisional else ''}{effect}"


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
        "remind": f"{LEVELS.get(d.get('level', ''), '')}{task}（{d.get('last_day', '')} 到期）{_to(d)}{_collapsed(d)}",
        "urge_task": f"人工催办{task}{_to(d)}",
        "stop_reminders": f"停止催办{task}：{d.get('reason', '')}",
        "resume_reminders": f"恢复催办{task}",
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


REMINDERS = frozenset({"remind", "urge_task", "stop_reminders", "resume_reminders"})
SEATS = {"scored": "评分已登记", "declined": "专家申请回避", "missed": "评分期限届满，记为未评"}
MESSAGES = {"scoring_done": "专家评审结束", "scoring_cancelled": "申报已撤回，评审终止",
            "publication_cleared": "公示结果", "publication_entry_withdrawn": "名单有变化",
            "batch_dates_changed": "申报批次日期变更", "clock_changed": "相关办件建立或办结，计时随之核对"}


def _to(d: dict[str, Any]) -> str:
    return f"，对象 {d['to']}" if d.get("to") else ""


def _collapsed(d: dict[str, Any]) -> str:
    return f"，此前错过的 {d['collapsed']} 次合并" if d.get("collapsed") else ""


def _duration(seconds: int) -> str:
    days, hours = divmod(seconds // 3600, 24)
    return f"{days} 天 {hours} 小时" if days else f"{hours} 小时"


def day_of(instant: Any) -> Any:
    """The Beijing date of an instant, for templates."""
    return clock.local(instant).date()
