"""Words of the survey among clients."""

from app.cases import prefilling
from app.cases.words import word
from app.surveys import operations

word(
    "draw_clients",
    zh="随机抽取回访企业：按 recommenders.sample 从申报单位的服务名单中抽取，记下随机种子，填入回访记录。得出家数。",
    en="Draw the clients whom the recommender asks, from the list in the application, by a recorded seed.",
)(operations.draw)

word(
    "check_clients",
    zh="核对回访企业：回访记录应是抽中的企业，未联系到的由次序中的下一家替补，家数不少于规定。得出联系到的家数。",
    en="See that the clients who were asked are those drawn, the next in order for one not reached; says how many.",
)(operations.check)

prefilling.gives(operations.starting)
