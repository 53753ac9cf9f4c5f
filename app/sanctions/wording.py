"""What letters say of a sanction."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.words import Place
from app.letters.template import Value
from app.notices import fields, wording
from app.programmes.life import SanctionRule
from app.programmes.queries import Programme
from app.sanctions import recommenders
from app.sanctions.models import Sanction
from app.titles.models import Ban, Title

FIELDS = {
    "处理": "处理的名称，如 因漏报撤销称号",
    "处理事由": "提出处理的事由",
    "处理结果": "对称号的后果，如 撤销称号",
    "禁申期说明": "是否不得再次申报、到哪一天的一句话",
    "证据.序号": "证据的序号",
    "证据.事项": "哪一份报告、哪一项事实",
    "证据.日期": "该事实的日期",
    "称号编号": "称号的编号",
    "授予日期": "称号授予的日期",
}
"""Fields that letters of sanctions may name, with their help."""

RESULTS = {
    "none": "予以处理", "circular": "予以通报", "suspend": "暂停称号", "observe": "列入观察", "revoke": "撤销称号",
    "cancel": "取消称号", "remove": "移出名录",
}
"""What each effect means for a title, in words."""


def of_sanction(session: Session, place: Place) -> Mapping[str, Value]:
    """The fields of a letter of a case in which a sanction is decided; nothing for any other case."""
    sanction = session.scalars(select(Sanction).where(Sanction.case_id == place.case.id)).one_or_none()
    if sanction is None or sanction.title_id is None:
        return {}
    rule, title = place.programme.life.sanctions[sanction.key], session.get_one(Title, sanction.title_id)
    ban = session.get_one(Ban, sanction.ban_id) if sanction.ban_id else None
    rows = [{"事项": one["what"], "日期": _day(one.get("on", ""))} for one in sanction.evidence if one["what"]]
    return {
        "处理": rule.name,
        "处理事由": sanction.ground,
        "处理结果": _result(place.programme, rule),
        "禁申期说明": _ban(place.programme, rule, sanction, ban),
        "证据": rows,
        "称号编号": title.number,
        "授予日期": wording.day(title.granted_on),
        "条款": fields.article(place.programme, rule.clause),
        "条款内容": fields.content(place.programme, rule.clause),
    }


def _result(programme: Programme, rule: SanctionRule) -> str:
    """What it does to the title, and to who recommends."""
    if rule.on_recommender is None:
        return RESULTS[rule.effect]
    return f"{RESULTS[rule.effect]}，并{recommenders.effect_words(programme, rule.on_recommender)}"


def _day(written: str) -> str:
    """A day as letters write it; what is no day ("2025年第三季度") as it stands."""
    try:
        return wording.day(date.fromisoformat(written))
    except ValueError:
        return written


def _ban(programme: Programme, rule: SanctionRule, sanction: Sanction, ban: Ban | None) -> str:
    """One sentence, before the decision as well as after it."""
    if rule.ban is None:
        return "本处理不设禁申期。"
    if sanction.status == "imposed" and ban is not None:
        return f"你单位自决定之日起至{wording.day(ban.ends_on)}（含当日）不得再次申报。"
    least = wording.period(programme.periods[rule.ban.period], {})
    return f"作出处理的，自决定之日起{'至少' if rule.ban.may_be_longer else ''}{least}内不得再次申报。"
