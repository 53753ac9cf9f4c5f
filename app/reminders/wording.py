"""What a letter of reminders says: what waits, until when, and where to go. One letter, however many tasks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app import clock, workdays
from app.outbox.wording import Mail
from app.programmes.queries import CIRCULATE, LEVELS, SUPERVISE, URGE

MOST_LISTED = 50
_HEADS = {
    URGE: "请您办理的待办（{n} 项）：",
    SUPERVISE: "请您督促办理的待办（{n} 项），已经超期或即将超期：",
    CIRCULATE: "已列入通报名单的待办（{n} 项），请尽快办理：",
}
_BODY = """$receiver：

$lists
请登录办件系统办理：
${site}/inbox

办结后不再提醒。本邮件由系统自动发出，请勿回复。
"""
_OF_OTHERS = """$receiver：

$lists
请登录办件系统，在“监测”中查看：
${site}/monitoring

办结后不再提醒。本邮件由系统自动发出，请勿回复。
"""
_MANY, _ONE = "$what：$count 项，最早截止 $first", "$what：$number $task，$when"


def letter(rows: Sequence[Any]) -> tuple[str, str]:
    """Subject and body of one person's letter. Each row: name of the receiver, level, words, task,
    number, title, last_day, provisional, region_code; the first to end comes first."""
    today, first = clock.today(), rows[0]
    levels = [level for level in (CIRCULATE, SUPERVISE, URGE) if any(row.level == level for row in rows)]
    lists = "\n".join(_listed(level, [row for row in rows if row.level == level], today) for level in reversed(levels))
    what = LEVELS[levels[0]]
    mail = Mail(_MANY if len(rows) > 1 else _ONE, _OF_OTHERS if levels == [SUPERVISE] else _BODY)
    return mail.written(
        what=what, count=str(len(rows)), first=str(first.last_day), number=first.number, task=f"“{first.task}”",
        when=_when(first, today), receiver=first.name, lists=lists,
    )


def _listed(level: str, rows: Sequence[Any], today: date) -> str:
    lines = [_HEADS[level].format(n=len(rows))]
    for row in rows[:MOST_LISTED]:
        lines.append(f"· {row.number} {row.title}，“{row.task}”，{_when(row, today)}")
        if row.words:
            lines.append(f"  催办意见：{row.words}")
    if len(rows) > MOST_LISTED:
        lines.append(f"· 另有 {len(rows) - MOST_LISTED} 项，请登录后查看。")
    return "\n".join([*lines, ""])


def _when(row: Any, today: date) -> str:
    """Until when, counted in working days of the case's region."""
    calendar = workdays.calendar_for(row.region_code)
    day = workdays.last_day_words(row.last_day, row.provisional)
    if today > row.last_day:
        over = max(calendar.working_days_between(row.last_day, today), 1)
        return f"已于 {day} 到期，超期 {over} 个工作日"
    left = calendar.working_days_between(today, row.last_day)
    if today == row.last_day or left <= 0:
        return f"今日（{day}）到期" if today == row.last_day else f"{day} 到期"
    return f"{day} 到期，剩余 {left} 个工作日"
