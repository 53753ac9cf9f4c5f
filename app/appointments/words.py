"""Words of appointments."""

from app.appointments import answering
from app.cases.words import on_withdrawn, word

word(
    "answer_appointment",
    zh="答复服务预约：记下称号单位的答复（接受、另约日期、谢绝及理由），并以邮件告知企业；期限届满后的答复记为逾期。",
    en="Answer an appointment: keeps what the holder answered and tells the enterprise by mail.",
)(answering.answer)

word(
    "record_overdue",
    zh="记录预约逾期：期限届满而没有答复的，自届满之时记为逾期，计入评价。",
    en="Record that an appointment is overdue, as of the end of its period.",
)(answering.record_overdue)

on_withdrawn(answering.close_with_its_case)
