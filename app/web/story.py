"""The trail of a case, told: each audit entry as a sentence."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from app import clock
from app.cases.move_queries import Told
from app.programmes.queries import LEVELS
from app.titles import standing


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
        "change_title": _change(d),
        "impose_ban": f"禁申期自 {d.get('starts_on', '')} 至 {d.get('ends_on', '')}：{d.get('holder', '')}",
        "lift_ban": f"禁申期自 {d.get('lifted_on', '')} 起解除：{d.get('reason', '')}",
        "move_ban": f"禁申期更正为 {d.get('starts_on', '')} 至 {d.get('ends_on', '')}：{d.get('reason', '')}",
        "hold_ban": f"禁申期自 {d.get('since', '')} 起暂停执行：{d.get('reason', '')}",
        "resume_ban": f"禁申期自 {d.get('since', '')} 起恢复执行：{d.get('reason', '')}",
        "name_recommender": f"提出对推荐单位的处理：{d.get('recommender', '')}；{d.get('reason', '')}",
        "hold_recommender": f"对推荐单位的后果：{d.get('recommender', '')}，自 {d.get('starts_on', '')} 起"
                            f"{'至 ' + d['ends_on'] + ' 止' if d.get('ends_on') else ''}（{d.get('clause', '')}）",
        "stay_recommender": f"对推荐单位的后果自 {d.get('since', '')} 起暂停执行：{d.get('reason', '')}",
        "resume_recommender": f"对推荐单位的后果自 {d.get('since', '')} 起恢复执行：{d.get('reason', '')}",
        "hand_over_case": f"推荐单位由{d.get('from') or '（无）'}改为{d.get('to', '')}"
                          f"{'，移交待办“' + d['task'] + '”' if d.get('task') else ''}；{d.get('reason', '')}",
        "hand_over_titles": f"移交称号 {d.get('count', '')} 个：由{d.get('from', '')}移交{d.get('to', '')}，"
                            f"自 {d.get('effective_on', '')} 起（{d.get('decision', '')}）",
        "add_member": f"登记会员 {d.get('name', '')}，自 {d.get('joined_on', '')} 起",
        "end_membership": f"会员 {d.get('name', '')} 自 {d.get('left_on', '')} 起退会",
        "import_members": f"导入会员名录：新增 {d.get('added', '')} 家，退会 {d.get('left', '')} 家",
        "publish_case": f"公布典型做法“{d.get('name', '')}”（{d.get('number', '')}）",
        "withdraw_published_case": f"撤下典型做法“{d.get('name', '')}”（{d.get('number', '')}）：{d.get('reason', '')}",
        "urge_platform": f"督促 {d.get('holder', '')}（{d.get('number', '')}）报送",
        "miss_review": f"批次截止时没有申报复核，称号不变（{d.get('clause', '')}）",
        "propose_after_review": f"没有予以确认，提出处理（{d.get('clause', '')}）",
        "recommend_upward": f"择优推荐：{d.get('number', '')}，上级项目 {d.get('upper', '')}（{d.get('clause', '')}）",
        "take_place": f"列为{d.get('unit', '')}的推荐，"
                      + ("不占名额" if d.get("exempt") else "不限名额" if d.get("number") is None
                         else f"计入名额（{d.get('group', '')} {d.get('number')} 家）"),
        "give_back_place": f"{'退回' if d.get('ended_as') == 'returned' else '撤回'}后不再是{d.get('unit', '')}的推荐，"
                           "不再占名额",
        "warn_of_ban": f"提示：{d.get('told', '')}",
        "supersede_case": f"办件终止：{d.get('reason', '')}",
        "compute_grade": f"计算 {d.get('year', '')} 年度评价：得分 {d.get('score') or '（无可计指标）'}，"
                         f"计算的等次 {d.get('grade') or '无'}"
                         + (f"；更正指标 {d['corrected']} 项" if d.get("corrected") else ""),
        "confirm_grade": f"确认 {d.get('year', '')} 年度评价等次 {d.get('grade', '')}"
                         + (f"（计算为 {d.get('computed') or '无'}）：{d['reason']}" if d.get("reason") else ""),
        "review_grade": f"复核 {d.get('year', '')} 年度评价等次：复核前 {d.get('before', '')}，"
                        f"复核后 {d.get('grade', '')}；{d.get('reason', '')}",
        "settle_grade": f"{d.get('year', '')} 年度评价等次确定为 {d.get('grade', '')}",
        "book_service": f"企业提出服务预约：{d.get('subject', '')}",
        "cancel_appointment": f"企业取消预约{'：' + d['reason'] if d.get('reason') else ''}",
        "rate_appointment": f"企业评价：{d.get('satisfaction', '')} 分",
        "enter_titles": f"登记称号 {d.get('count', '')} 个",
        "read_title": f"查阅称号 {d.get('number', '')} 的全部记录",
        "add_note": f"登记“{d.get('kind', '')}”（{d.get('number', '')}）：{d.get('on', '')}，{d.get('text', '')}",
        "remove_note": f"撤回“{d.get('kind', '')}”的记录（{d.get('number', '')}）：{d.get('reason', '')}",
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
        "propose_sanction": f"提出处理建议：{d.get('sanction', '')}，{d.get('reason', '')}",
        "annul_sanction": f"处理被撤销（{d.get('kind', '')}）：{d.get('document', '')}；{d.get('reason', '')}",
        "impose_sanction": f"作出处理：{d.get('sanction', '')}（{d.get('decision', '')}），"
                           f"自 {d.get('effective_on', '')} 起"
                           f"{'；禁申期至 ' + d['banned_until'] if d.get('banned_until') else ''}",
        "drop_sanction": f"不予处理：{d.get('sanction', '')}；{d.get('reason', '')}",
        "enter_stay": f"停止执行：{d.get('kind', '')}，{d.get('document', '')}，自 {d.get('since', '')} 起",
        "lift_stay": f"恢复执行：{d.get('document', '')}；{d.get('reason', '')}",
        "record_report": f"{_report(d)}：{REPORTS.get(d.get('status', ''), '')}",
        "record_miss": f"{_report(d)}：{MISSES.get(d.get('status', ''), '')}",
        "accept_report": f"{_report(d)}：通过核对",
        "excuse_miss": f"{_report(d)}：准予免计，不计入连续漏报",
        "misses_changed": f"漏报情况有变：{d.get('reason', '')}现为连续 {d.get('in_a_row', '')} 期，"
                          f"本项处理的条件为 {d.get('wanted', '')} 期",
        "note_change": f"登记获知的变化：{d.get('kind', '')}，{d.get('changed_on', '')}，"
                       f"报告截止 {d.get('due_on', '')}",
        "report_change": f"登记重大变化：{d.get('kind', '')}，{d.get('changed_on', '')}，报告截止 {d.get('due_on', '')}"
                         f"{'，逾期报告' if d.get('late') else ''}",
        "keep_changed_title": f"保留称号（{d.get('kind', '')}，{d.get('changed_on', '')}），名录按变化后的情况更正",
        "propose_for_change": f"变化后不再符合条件，提出处理（{d.get('kind', '')}，{d.get('changed_on', '')}）",
        "accept_rectification": f"整改验收合格：{d.get('what', '')}",
        "rectification_out_of_time": f"整改逾期，提出处理：{d.get('what', '')}",
        "find_exemption": f"{d.get('years', '')} 年评价均为 {d.get('grade', '')}，期满免评",
        "stop_exemption": f"{d.get('years', '')} 年评价均为 {d.get('grade', '')}，但有处理在办，期满仍须评价",
        "move_title_end": f"称号的最后一日更正为 {d.get('valid_until', '')}；{'；'.join(d.get('moved', ()))}",
        "withdraw_entry": f"名单中移出一家单位：{d.get('reason', '')}",
    }
    kind = "warning" if late or verb in WARNINGS else ""
    return sentences.get(verb, verb), kind


def _change(d: dict[str, Any]) -> str:
    """An event of a title, with the day from which it counts and what became of the title."""
    kind, status = standing.KINDS.get(d.get("kind", ""), ""), standing.STATUSES.get(d.get("status", ""), "")
    why = "；".join(part for part in (d.get("decision", ""), d.get("reason", "")) if part)
    said = f"称号 {d.get('number', '')}：{kind}，自 {d.get('effective_on', '')} 起，状态{status}"
    return f"{said}（{why}）" if why else said


WARNINGS = frozenset({
    "refuse_act_row", "withdraw_entry", "withdraw_case", "supersede_case", "warn_of_ban", "impose_sanction",
    "enter_stay",
})
REPORTS = {"done": "在期限内报送", "late": "逾期报送，仍计漏报", "held": "暂停期间报送", "excused": "准予免计后报送",
           "open": "已报送；截止日暂定，确定以后再认定是否逾期"}
MISSES = {"missed": "期限届满未报，记为漏报", "held": "期限届满未报；称号暂停期间，不计也不中断",
          "excused": "期限届满未报，不计漏报", "late": "逾期报送，仍计漏报",
          "open": "截止日暂定，确定以后再认定", "done": "在期限内报送"}
REMINDERS = frozenset({"remind", "urge_task", "stop_reminders", "resume_reminders"})
SEATS = {"scored": "评分已登记", "declined": "专家申请回避", "missed": "评分期限届满，记为未评"}
MESSAGES = {
    "scoring_done": "专家评审结束",
    "scoring_cancelled": "申报已撤回，评审终止",
    "publication_cleared": "公示结果",
    "publication_entry_withdrawn": "名单有变化",
    "title_ended": "称号已终止",
    "batch_dates_changed": "申报批次日期变更",
    "ban_imposed": "处于禁申期",
    "clock_changed": "相关办件建立或办结，计时随之核对",
    "title_end_moved": "称号的最后一日更正",
    "misses_changed": "漏报的情况有变化",
    "handed_over": "推荐单位变更",
}


def _report(d: dict[str, Any]) -> str:
    return f"{d.get('obligation', '')} {d.get('period', '')} 期"


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
