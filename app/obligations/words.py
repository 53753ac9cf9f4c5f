"""Words of reports."""

from app.cases.words import receiver, word
from app.obligations import (  # noqa: F401 - planning hears of every change of a title
    consequences,
    planning,
    reporting,
    units,
)

word(
    "record_report",
    zh="登记报送：在截止日以内的记为已报；截止以后的记为逾期补报，漏报仍然计入。截止日是暂定的，确定以后再定。",
    en="Record a report: in time, or late after its last day; by a provisional day nobody is late.",
)(reporting.record_report)

word(
    "record_miss",
    zh="登记漏报：报送（或退回补正）的期限届满而没有报的，记为漏报；连续次数达到规定的，提请认定机关处理。",
    en="Record a miss when the report's period, or that of its correction, is over; misses in a row are put forward.",
)(reporting.record_miss)

word(
    "accept_report",
    zh="报告通过核对：所报的数据和确认的活动从此计入统计和评价。",
    en="The reviewer found the report in order; its figures count from now on.",
)(reporting.accept_report)

word(
    "record_unit_report",
    zh="登记推荐单位的报送：在截止日以内的记为已报，截止以后的记为逾期。",
    en="Record a report that a recommending unit owes about its platforms: in time, or late after its last day.",
)(units.record_report)

word(
    "record_unit_miss",
    zh="登记推荐单位未报送：截止日届满而没有报的记为未报，仍可补报；本身不产生处理。",
    en="Record that a recommending unit didn't report by its last day; nothing follows by itself.",
)(units.record_miss)

receiver(consequences.CHANGED)(consequences.hear)
