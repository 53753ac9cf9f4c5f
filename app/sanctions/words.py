"""Words of sanctions."""

from app.batches.operations import hinders_recommending
from app.cases.words import before_completing, word
from app.notices import fields
from app.notices.recipients import recipient
from app.sanctions import deciding, handing, holding, recommenders, wording

word(
    "take_proposal",
    zh="登记处理建议：由系统提出的取其事由和证据；由人提出的按表单登记，并核对本级能否提出。"
       "得出 hearing（须听取陈述申辩）或 no_hearing。",
    en="Take down a proposed sanction, the system's or a person's from the form; says hearing or no_hearing.",
)(deciding.take_proposal)

word(
    "propose_sanction",
    zh="提出处理：以本环节填写的意见为证据，就办件的称号提出处理；是否处理另行决定，得出 proposed。",
    en="Propose a sanction of the case's title with the step's opinion as evidence; it is decided in its own case.",
    parameters={"sanction": "处理所在的“表单.字段”"},
)(deciding.propose_from)

word(
    "impose_sanction",
    zh="作出处理：按决定的日期和文号对称号发生效力，有禁申期的一并登记；停止执行期间不能作出。",
    en="Impose a sanction: effective on its title from the decision's day, with its ban; not while a stay runs.",
)(deciding.impose)

word(
    "drop_sanction",
    zh="不予处理：登记理由，称号不变。",
    en="Drop a proposed sanction, for a reason; the title stays as it was.",
)(deciding.drop)

word(
    "name_recommender",
    zh="指明推荐单位：核对表单所填的单位是否为本项目的推荐单位，此后以它为办件的推荐单位；得出 named。",
    en="Name the recommender that the case is about, from the form; it is the case's recommender from then on.",
    parameters={"unit": "单位全称所在的“表单.字段”"},
)(holding.name_recommender)

word(
    "hold_recommender",
    zh="暂停或取消推荐：办件的推荐单位自决定日期起不能推荐，暂停的到表单所填的最后一日为止；得出 effect 的值。",
    en="Hold the case's recommender from recommending: up to the form's last day where suspended, else without end.",
    parameters={
        "effect": "suspended 暂停推荐，cancelled 取消推荐资格",
        "form": "决定的表单，有 document_number、document_date、held_until；依据的条款取自 opened_by_hand",
    },
)(holding.hold_recommender)

word(
    "hand_over_titles",
    zh="移交称号：办件的称号（办件没有称号的，为其推荐单位名下的全部有效称号）自决定日期起由表单所填的推荐单位跟踪管理，"
       "在办事项中推荐单位的待办随之移交；得出 handed_over，没有称号的得出 none。",
    en="Hand over the case's title, else all running titles of its recommender, to the unit that the form names: from "
       "the day of the decision, with the open tasks of their recommender; says handed_over or none.",
    parameters={
        "unit": "接手单位全称所在的“表单.字段”",
        "form": "决定的表单，有 document_number、document_date；依据的条款取自 opened_by_hand",
    },
)(handing.hand_over)

hinders_recommending(recommenders.hindrance)
before_completing(recommenders.see_that_it_may_be_recommended)
fields.offer(wording.FIELDS)(wording.of_sanction)
fields.offer(handing.FIELDS)(handing.letter_fields)
recipient("successor")(handing.successor)
