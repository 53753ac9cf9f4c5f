"""Words of titles."""

from app.cases.prefilling import gives
from app.cases.words import ActKind, act_kind, actor, guard, receiver, word
from app.notices.fields import offer
from app.titles import (
    altering,
    bans,
    changing,
    correcting,
    entering,
    expiry,
    holders,
    operations,
    recommending,
    upward,
)

actor("holder")(holders.find)
guard(changing.see_that_the_title_stands)
receiver(changing.ENDED)(changing.close_of_ended_title)
receiver(changing.HANDED_OVER)(recommending.take_over)
receiver(bans.IMPOSED)(bans.end_application)
gives(upward.of_application)
offer(upward.FIELDS)(upward.letter_fields)
LIFE = (expiry.EXPIRE,)
"""Kinds of rows that fall due in the life of a title by this package."""

word(
    "grant_title",
    zh="授予称号：按认定文件的日期和文号登记，编号和有效期取自 programme.yaml 的 title。",
    en="Grant the title: dated and numbered by the recognition document, validity from programme.yaml.",
)(operations.grant)

act_kind(ActKind("decision", zh="认定发文", confirm=operations.see_that_it_follows_the_publication))

_TABLE = {"table": "表所在的“表单.字段”", "basis": "imported 此前已认定，entered 依其他称号直接入库"}

word(
    "check_titles",
    zh="核对表中各行：单位、地区、编号、日期与名录是否冲突，有误的逐行指出。",
    en="Hold each row of a table of titles against the register; what is wrong is said at its row.",
    parameters=_TABLE,
)(entering.check)

word(
    "enter_titles",
    zh="登记称号：表中每一行成为名录中的一个称号，连同以往的评价和漏报。",
    en="Enter titles: each row of the table becomes a title of the register, with its past grades and misses.",
    parameters=_TABLE,
)(entering.enter)

word(
    "suspend_title",
    zh="暂停称号：自生效日期起，可以早于登记的当日。已经暂停或终止的不能办理。",
    en="Suspend the case's title from a day on, which may be past; not one that is suspended or has ended.",
    parameters=altering.GIVEN,
)(altering.suspend)

word(
    "restore_title",
    zh="恢复称号：在原有效期内恢复，有效期不变。没有暂停的不能办理。",
    en="Restore a suspended title within its validity.",
    parameters=altering.GIVEN,
)(altering.restore)

word(
    "end_title",
    zh="终止称号：称号的其他在办事项随之终止。已经终止的不能再办理。",
    en="End the title; its other open cases end with it.",
    parameters={
        **altering.GIVEN,
        "kind": "revoked 撤销、cancelled 取消、removed 移出、withdrawn 自愿退出、expired 到期，或“表单.字段”",
    },
)(altering.end)

word(
    "extend_title",
    zh="延长称号：自原有效期止的次日起再延一个期限；期满延续用 renew_title。",
    en="Extend the title by a period, counted from its old last day; a renewal at the end is renew_title.",
    parameters={**altering.GIVEN, "period": "期限的名称"},
)(altering.extend)

word(
    "record_change",
    zh="变更登记：称号单位的名称和其他事项，按填写的内容登记；单位本身随之更名，以前的文书保留原名。",
    en="Record the holder's new name and other facts in the register; the institution is renamed with it.",
    parameters={
        **altering.GIVEN, "name": "新的单位名称所在的“表单.字段”", "facts": "其他事项的“表单.字段”，用逗号分隔",
    },
)(altering.change)

word(
    "move_title",
    zh="转入新版规则：自决定之日起称号适用本项目现行的版本，在办的办件按原版本办完。",
    en="Move the title to the newest release of its programme; open cases stay on theirs.",
    parameters=altering.GIVEN,
)(altering.move)

word(
    "check_original",
    zh="核对原称号的变动：不是依其他称号入库的，或日期没有变化的，不能办理。",
    en="See that the title follows another one, and that its last day would move.",
    parameters={"ended_on": "原称号有效期止所在的“表单.字段”"},
)(altering.see_that_it_follows)

word(
    "follow_original",
    zh="随原称号变动：原称号的有效期止即本称号的有效期止；已经过去的，自次日起到期。",
    en="Let a title entered on the strength of another end, or go on, with that one.",
    parameters={**altering.GIVEN, "ended_on": "原称号有效期止所在的“表单.字段”"},
)(altering.follow_original)

word(
    "lift_ban",
    zh="解除禁申期：由本称号引起、尚未届满的禁申期自生效日期起解除。",
    en="Lift the bans that came of the title, from a day on.",
    parameters=altering.GIVEN,
)(altering.lift_ban)

word(
    "check_correction",
    zh="核对更正：所指的变动记录、日期、编号与登记是否相符，有误的在表单上指出。",
    en="Hold the draft of a correction against the record.",
    parameters={"form": "起草更正的表单"},
)(correcting.check)

word(
    "correct_title",
    zh="更正登记：按决定更正变动记录的日期、误登的记录或登记的事项；原记录保留，两个日期都留存。",
    en="Correct the record by decision: the old entry stays, with both days.",
    parameters={**altering.GIVEN, "form": "起草更正的表单"},
)(correcting.correct)

word(
    "recommend_upward",
    zh="择优推荐：把称号单位推荐到表单所选的上级项目；其在该项目的申报表以称号的申报内容开头。得出上级项目的键名。",
    en="Recommend the holder to the upper programme that the form names; its application there is prefilled.",
)(upward.recommend)
