"""Words of expert reviews."""

from app.cases import words
from app.cases.words import word
from app.experts import reviews

word(
    "draw_experts",
    zh="抽取评审专家：从认定机关的专家库中按随机种子抽取无利害关系的专家，为每位专家建立打分办件；"
    "人数不足法定数时交认定机关补充。得出 drawn 或 short。",
    en="Draw experts without conflict by a recorded seed, a scoring case for each; a shortage goes to the office.",
    parameters={"shortage": "人数不足时建立的流程图，默认 expert_shortage"},
)(reviews.draw)

word(
    "record_score",
    zh="登记专家的评分；申请回避的由抽取次序中的下一位替补。全部评完即汇总，并以 scoring_done 通知被评审的办件。",
    en="Record an expert's score, or seat a substitute for one who stands aside; the last one sends the result.",
)(reviews.record)

word(
    "close_scoring",
    zh="结束评分：期限届满未评的席位记为未评；认定机关决定不再补充专家的，按现有评分汇总。",
    en="Close the scoring of an expert whose period is over, or go on with the experts there are.",
)(reviews.close)

words.actor("expert")(reviews.actor)
words.on_withdrawn(reviews.cancel)
