"""What the applications of a call listen to, and the kinds of collective acts over them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.batches import conditions, operations, quotas
from app.cases.models import Act, ActRow
from app.cases.words import (
    ActKind,
    act_kind,
    before_confirming,
    on_arrival,
    on_completed,
    on_withdrawn,
    receiver,
    word,
)
from app.errors import Invalid
from app.people.queries import Identity
from app.programmes import queries as programmes

REASON = "reason"


def see_that_others_are_reasoned(session: Session, act: Act, _rows: Sequence[ActRow], _by: Identity) -> None:
    """Raise Invalid at the form's field `reason`, where it has one, for any outcome but the first that lacks reasons.

    The first outcome drawn is what the applicants asked for; who doesn't get it is told why.
    """
    programme = programmes.programme(session, act.release_id)
    outcomes = list(programme.outcomes(act.diagram, act.element).items())
    if not outcomes or act.outcome == outcomes[0][0]:
        return
    form = programme.form(programme.specification(act.diagram).elements[act.element].properties["form"])
    if REASON in form.keys and not str(act.answers.get(REASON, "")).strip():
        words = dict(outcomes)[act.outcome]
        raise Invalid({REASON: [f"办理结果为“{words}”时，请写明理由；理由会告知申报单位。"]})


word(
    "see_conditions",
    zh="核对认定条件：没有达到的条件不能通过；依 criteria.relax 可以放宽的、原则上应当达到的，写明理由后通过。"
       "得出 met 或 relaxed。",
    en="See that all conditions are met, or let go for a written reason where the programme allows; met or relaxed.",
    parameters={"rows": "放宽的“表单.表格”，列为 criterion（条件名称）和 reason（理由）；"
                        "几张表单用逗号分隔，以后填写的为准",
                "ticked": "须全部选中的“表单.多选字段”，写法相同"},
)(conditions.see)

act_kind(ActKind("summary", zh="推荐汇总表"))
act_kind(ActKind("meeting", zh="会议审定", confirm=see_that_others_are_reasoned))
receiver(operations.DATES_CHANGED)(operations.hear_of_changed_dates)
on_withdrawn(operations.forget_draft)
on_withdrawn(quotas.give_back_withdrawn)
on_completed(quotas.take_place)
on_arrival(quotas.give_back)
before_confirming(quotas.see_that_all_fit)
