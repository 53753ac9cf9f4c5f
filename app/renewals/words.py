"""Words of renewals."""

from app.batches.operations import before_applying
from app.cases.prefilling import gives
from app.cases.words import receiver, word
from app.notices.fields import offer
from app.notices.words import PARAMETERS
from app.renewals import applying, deciding, letters, opening, prefilling, reviewing
from app.titles import changing, expiry

changing.on_change(deciding.hear_of_the_end)
expiry.ask(deciding.asked_at_expiry)
before_applying(applying.see_that_no_title_stands)
gives(prefilling.of_assessment)
receiver(opening.END_MOVED)(opening.hear_of_moved_end)

offer({
    "称号编号": "称号的编号",
    "称号有效期至": "称号现在的最后一日，如 2027年5月20日",
    "提交截止日": "期满自评提交的最后一日",
    "原有效期至": "延续以前的最后一日",
    "延续理由": "延续、不予延续的理由",
    "期满依据": "期满所依据的条款：第几条",
    "期满办法": "期满以后怎样办，按 title.renewal",
})(letters.fields)

offer({
    "复核年度": "称号随哪一年的批次复核，如 2029 年度",
    "复核截止日": "复核材料提交的最后一日",
    "下次复核年度": "下一次复核随哪一年的批次，如 2032 年度",
    "复核理由": "复核决定的理由",
})(letters.review_fields)

word(
    "look_for_exemption",
    zh="核对免评：最近几年的评价连续为规定等次，且没有应予停止免评的处理在办的，得出 true；所依据的年度记入延续记录。",
    en="Whether the last grades in a row exempt the renewal from review and nothing pending stops it (true or false).",
)(deciding.look_for_exemption)

word(
    "record_filed",
    zh="登记已提交自评：从此等候评价的决定，期满时仍未决定的，名录显示“已到期，评价中”。得出称号的最后一日。",
    en="The holder filed in its window: beyond the end the register says that the title is under evaluation.",
)(deciding.record_filed)

word(
    "record_not_filed",
    zh="登记期满未提交：称号到其最后一日为止，按期满的条款终止，并以文书告知。得出称号的最后一日。",
    en="Nothing was filed in the window: the title ends with its last day, and its holder is told by a letter.",
    parameters={name: PARAMETERS[name] for name in ("letter", "by")},
)(deciding.record_not_filed)

word(
    "renew_title",
    zh="延续称号：自原有效期届满的次日起，再加一个有效期；写明条款、文号和理由。得出新的最后一日。",
    en="Renew the title by one more validity period from its old end, with clause, document and reason.",
    parameters={"basis": "review 评价通过（默认），exempt 免评",
                "decision": "决定所在的表单，默认 renewal_decision：document_number、issued_on、reason、document"},
)(deciding.renew)

word(
    "refuse_renewal",
    zh="不予延续：称号到其最后一日为止，写明文号和理由；已过最后一日的，自次日起终止。得出称号的最后一日。",
    en="Decide that the title isn't renewed: it ends with its last day.",
    parameters={"decision": "决定所在的表单，默认 renewal_decision：document_number、issued_on、reason、document"},
)(deciding.refuse)

word(
    "record_review_filed",
    zh="登记复核材料已提交：从此等候测评和复核的决定。",
    en="The papers of a review were filed; it waits for its decision.",
)(reviewing.record_filed)

word(
    "record_review_missed",
    zh="登记没有随批次申报复核：称号不变，由认定机关决定怎样办。得出 not_filed。",
    en="Nothing was filed before the call closed: the title stays as it is until the authority decides.",
)(reviewing.record_missed)

_DECISION = {"decision": "决定所在的表单，默认 review_decision：document_number、issued_on、reason"}

word(
    "confirm_title",
    zh="复核合格，予以确认：写明条款、文号和理由，下一次复核从本批次的年度起算。得出下一次复核的年度。",
    en="Confirm a title after its review; the next one is counted from this call's year, which it says.",
    parameters=_DECISION,
)(reviewing.confirm)

word(
    "propose_after_review",
    zh="复核不合格或没有申报：按 title.renewal.not_passed 提出处理，决定以前称号不变。得出处理的键名。",
    en="Propose the sanction of title.renewal.not_passed for a title that isn't confirmed.",
    parameters=_DECISION,
)(reviewing.propose)
