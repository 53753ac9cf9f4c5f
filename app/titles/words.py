"""Words of titles."""

from app.cases.words import ActKind, act_kind, word
from app.titles import entering, operations

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
