"""What letters say of a title and its end."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.batches import dates
from app.batches.models import Batch
from app.cases.words import Place
from app.notices import wording
from app.notices.fields import article as article_of
from app.programmes import queries as programmes
from app.renewals import opening, reviewing
from app.renewals.models import Renewal, Review
from app.titles.models import Title


def fields(session: Session, place: Place) -> dict[str, str]:
    """What letters of a title's cases say of its end; nothing for a case of none."""
    case = place.case
    if case.title_id is None:
        return {}
    return {
        "称号编号": number(session, case), "称号有效期至": valid_until(session, case),
        "提交截止日": window_until(session, case), "原有效期至": ended_on(session, case),
        "延续理由": reason(session, case), "期满依据": article(session, case), "期满办法": what_then(session, case),
    }


def review_fields(session: Session, place: Place) -> dict[str, str]:
    """What letters of a review say of it; nothing for any other case."""
    found = session.execute(
        select(Review, Batch).join(Batch, Review.batch_id == Batch.id).where(Review.case_id == place.case.id)
    ).one_or_none()
    if found is None:
        return {}
    review, batch = found
    title = session.get_one(Title, review.title_id)
    closes = dates.closing(place.programme, batch.dates, batch.closes_on)
    return {
        "复核年度": f"{batch.year} 年度", "复核截止日": wording.day(closes.effective),
        "下次复核年度": f"{reviewing.next_year_of(session, place.programme, title)} 年度", "复核理由": review.reason,
    }


def number(session: Session, case: Any) -> str:
    """The title's number; "" for a case of none."""
    title = _title(session, case)
    return title.number if title else ""


def valid_until(session: Session, case: Any) -> str:
    """The title's last day as it is now."""
    title = _title(session, case)
    return wording.day(title.valid_until) if title and title.valid_until else ""


def window_until(session: Session, case: Any) -> str:
    """The last day for filing; that of the title while the case has only just been opened."""
    renewal = _renewal(session, case)
    if renewal is None:
        return ""
    return wording.day(renewal.window_until or renewal.ends_on)


def ended_on(session: Session, case: Any) -> str:
    """The last day at stake in a renewal."""
    renewal = _renewal(session, case)
    return wording.day(renewal.ends_on) if renewal else ""


def reason(session: Session, case: Any) -> str:
    """Why the title was renewed or not."""
    renewal = _renewal(session, case)
    return renewal.reason if renewal else ""


def article(session: Session, case: Any) -> str:
    """What the text calls the clause of the end, or of the exemption where that renewed the title."""
    programme = programmes.programme(session, case.release_id)
    rules, renewal = programme.life.renewal, _renewal(session, case)
    if rules is None:
        return ""
    exempt = renewal is not None and renewal.status == "exempt" and rules.exempt is not None
    return article_of(programme, rules.exempt.clause if exempt else rules.clause)


def what_then(session: Session, case: Any) -> str:
    """What happens at the end of a title that isn't renewed by assessment, in words."""
    title = _title(session, case)
    rules = programmes.programme(session, case.release_id).life.renewal
    if title is None or title.valid_until is None or rules is None:
        return ""
    if rules.kind == opening.APPLY_AGAIN:
        return f"需要继续持有称号的，可以自 {title.valid_until.year} 年起按当年的申报通知再次申报；" \
               "在到期以前获得认定的，新的称号自原称号到期的次日起算"
    return "到期以后可以按当年的申报通知重新申报"


def _title(session: Session, case: Any) -> Title | None:
    return session.get(Title, case.title_id) if case.title_id is not None else None


def _renewal(session: Session, case: Any) -> Renewal | None:
    return session.scalar(select(Renewal).where(Renewal.case_id == case.id))
