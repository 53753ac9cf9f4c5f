"""Words of change reports and rectifications."""

from app.cases.words import on_withdrawn, word
from app.changes import operations, rectification

word(
    "begin_change_report",
    zh="开始变更报备：得出 holder（称号单位提出）或 department（部门获知）；同一称号只能有一份尚未报送的。",
    en="Begin a change report of a title: holder or department, by who opened the case; one unfiled at a time.",
)(operations.begin)

word(
    "note_change",
    zh="登记获知的变化：按变化的日期起算报告期限；项目规定暂停的，称号自变化之日起暂停。",
    en="Note a change that an office learnt of: the period runs from its day, which may suspend the title.",
)(operations.note)

word(
    "record_change_report",
    zh="登记变更报告：超过期限的记为逾期，得出 late 或 in_time；项目规定暂停的，称号自变化之日起暂停。",
    en="Record a change report: late or in time by the programme's period; it may suspend the title from its day.",
)(operations.report)

word(
    "keep_changed_title",
    zh="保留称号：名录按变化后的情况更正，因此暂停的称号在原有效期内恢复；由其他单位承继的，登记承继关系。",
    en="Keep the title: the register takes the new facts, a suspension is lifted within the original validity.",
)(operations.keep)

word(
    "propose_for_change",
    zh="变化后不再符合条件：按 changes.not_passed 提出处理，决定以前称号不变。",
    en="Propose the sanction for a title whose conditions no longer hold; nothing changes before its decision.",
)(operations.propose)

word(
    "open_rectification",
    zh="发起整改：按 rectification 的规定通知称号单位整改，项目规定暂停的同时暂停称号。",
    en="Open a rectification of the case's title: the holder is told, the title suspended where the programme says so.",
    parameters={"what": "整改的事由；不写取该环节填写的意见"},
)(rectification.say_open)

word(
    "serve_rectification",
    zh="送达整改通知：写明需要整改的事项，整改期限自送达起算。",
    en="Serve the rectification notice; the period runs from its service.",
    parameters={"letter": "letters 里文书的文件名（不带 .docx）", "by": "发文单位：关系，如 authority"},
)(rectification.tell)

word(
    "accept_rectification",
    zh="整改验收合格：整改结束，因此暂停的称号在原有效期内恢复，得出 restored 或 accepted。",
    en="The rectification is accepted: a title suspended because of it is restored.",
)(rectification.accept)

word(
    "rectification_over",
    zh="整改逾期：按 rectification.out_of_time 提出处理，得出 proposed；截止日暂定的不提出，得出 provisional。",
    en="The rectification ran out of time: its sanction is proposed, never by a provisional day.",
)(rectification.run_out)

on_withdrawn(operations.withdrawn)
on_withdrawn(rectification.ended)
