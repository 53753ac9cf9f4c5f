"""Words of publications."""

from sqlalchemy import select

from app.cases import moves
from app.cases.words import ActKind, act_kind, on_withdrawn, receiver, word
from app.notices.recipients import recipient
from app.publications import objections, operations
from app.publications.models import Publication

word(
    "open_publication",
    zh="公示意见：把本环节填写的意见就办件的单位公示，公众可以查看和提出异议；办件等候 publication_cleared，"
       "得出 publication_result。",
    en="Publish an opinion on the case's unit, for anybody to read and object to; the case waits for "
       "publication_cleared.",
    parameters={
        "diagram": "公示所用的流程图", "title": "公示的名称，后面接单位名称", "text": "公示内容所在的“表单.字段”",
    },
)(operations.open_from_case)

word(
    "close_publication",
    zh="结束公示：名单中未被暂停的单位公示通过，并通知各申报办件继续办理。",
    en="Close the publication: entries that are not held are cleared and their applications go on.",
)(operations.close)

word(
    "hold_entry",
    zh="暂停被提出异议的单位：公示期满时该单位不随名单通过，其余单位不受影响。",
    en="Hold the entry against which an objection was filed; the others go on.",
)(objections.hold)

word(
    "decide_objection",
    zh="办结异议：按结论（outcome 为 upheld 成立、rejected 不成立）处理名单中的单位，并把结论交给流程。",
    en="Carry out the finding on an objection: upheld ends the entry, rejected lists or clears it.",
)(objections.decide)

receiver(operations.WITHDRAWN)(operations.withdraw_entry)
recipient("objector")(objections.objector)
on_withdrawn(operations.say_application_withdrawn)
moves.announces(select(Publication.case_id).where(Publication.status == "open"))

act_kind(
    ActKind("publication", zh="列入公示", confirm=operations.open_by_act, refuse=operations.say_withdrawn)
)
