"""Words of letters."""

from app.cases.words import word
from app.notices import operations

PARAMETERS = {
    "letter": "letters 里文书的文件名（不带 .docx）",
    "to": "收件人：关系，如 applicant（默认）、opener、recommender",
    "by": "发文单位：关系，如 county；不写为办结该环节的部门，由计时引起的为认定机关",
    "period": "文书中 {{期限}} 所指的期限",
    "otherwise": "文书中的 {{逾期后果}}，如“视为放弃本次申报”",
    "clause": "文书中 {{条款}} 所指的条款；不写取该环节填写的条款",
    "reason": "文书中的 {{理由}}；不写取该环节填写的理由或意见",
}

word(
    "serve_notice",
    zh="送达文书：用模板写成有编号的文书，放入收件人的通知箱并发邮件提醒；收件人签收或登记送达后，等候送达的期限起算。",
    en="Serve a notice: filled, numbered, put into the receiver's box; periods that wait for it begin when it is read.",
    parameters=PARAMETERS,
)(operations.serve_notice)

word(
    "issue_letter",
    zh="发出文书：用模板写成有编号的文书，放入收件人的通知箱并发邮件提醒；不引起期限。",
    en="Issue a letter: filled, numbered, put into the receiver's box; no period depends on it.",
    parameters=PARAMETERS,
)(operations.issue_letter)
