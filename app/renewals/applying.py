"""再次申报: who holds a programme's title may apply for it again only when its end has come near enough."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.errors import Refused
from app.programmes.queries import Programme
from app.renewals import opening
from app.titles import standing
from app.titles.models import Title


def see_that_no_title_stands(session: Session, programme: Programme, unit_id: int) -> None:
    """Raise Refused with the clause where an institution holds a title of the programme that hasn't ended.

    Where titles end and one applies again, it may from 1 January of the year in which its title ends. Titles that are
    reviewed with the yearly call have cases of their own for that. A programme whose titles have no end, and that
    doesn't say what becomes of them, takes its holders in any call; one that says `none` of titles without an end keeps
    their holders out. Source: HUB-15.1, NAT-17, BDP-17, HBL-8.5.
    """
    rules = programme.life.renewal
    held = session.execute(
        select(Title.number, Title.valid_until)
        .where(Title.programme == programme.key, Title.holder_id == unit_id, Title.status.not_in(standing.ENDS))
        .order_by(Title.valid_until.desc())
    ).all()
    for number, until in held:
        if rules is None and until is None:
            continue
        again = rules is not None and rules.kind == opening.APPLY_AGAIN and until is not None
        if again and clock.today().year >= until.year:
            continue
        since = f"，{until.year} 年起可以再次申报" if again else ""
        ends = f"有效期至 {until}" if until else "没有终止日期"
        if rules is not None and rules.kind == opening.BATCH_REVIEW:
            ends += "，随批次复核"
        raise Refused(
            f"贵单位持有“{programme.title.name}”称号（{number}，{ends}），不能重复申报{since}。",
            clause=_clause(programme),
        )


def _clause(programme: Programme) -> str:
    """The clause by which titles of a programme end, and by which their holders may apply again."""
    if programme.life.renewal is not None:
        return programme.life.renewal.clause
    validity = programme.title.validity
    return (programme.periods[validity].clause if validity else "") or programme.title.clause
