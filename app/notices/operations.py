"""送达: writing numbered letters into boxes, the first reading, deliveries entered by hand, and filing acts' documents.

A letter is written in the transaction of the step that says so. Its bytes are safe before its row is, as with every
file. Periods that wait for it begin at the reading or at the entered delivery, whichever was first.
"""

import io
import re
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock, db, letters
from app.audit import operations as audit
from app.cases import deadlines, ledger, steps
from app.cases.models import Act, ActRow, Case, Deadline
from app.cases.words import Place
from app.documents import storage
from app.documents.formats import FORMATS
from app.documents.models import Document
from app.documents.operations import MAX_BYTES
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.notices import fields, recipients
from app.notices.models import WAYS, ActPaper, Delivery, Notice
from app.outbox import operations as outbox
from app.outbox import wording as mails
from app.people import queries as people
from app.people.models import Person, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme

NUMBER = "{code}〔{year}〕{seq}号"
"""The pattern of a letter's number where the programme sets none (service.number)."""
ACT_LETTER = "recognition_document"
DECISION = "decision"
LONGEST_REASON = 500
_MEDIA = FORMATS["docx"].media_type
_UNFIT_FOR_A_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def serve_notice(session: Session, place: Place) -> str:
    """The word serve_notice: a letter that must reach its receiver, and from which periods run; returns its number."""
    return write(session, place, kind="notice")


def issue_letter(session: Session, place: Place) -> str:
    """The word issue_letter: a letter that informs; returns its number."""
    return write(session, place, kind="letter")


def write(session: Session, place: Place, *, kind: str) -> str:
    """Fill, number and keep a letter of a case, put it into its receiver's box and tell of it by mail.

    The case is locked by the step that says the word. Said again in the same step it changes nothing. Raises Refused
    where the programme has no such letter or the case no such receiver, Invalid for a template that isn't usable.
    """
    case, programme, key = place.case, place.programme, place.parameters["letter"]
    once = {"case_id": case.id, "revision": case.revision, "element": place.element, "letter": key}
    if written := session.scalar(select(Notice.number).filter_by(**once)):
        return written
    template = letter_of(programme, key)
    issuer = _issuer(session, place)
    to = recipients.of(session, place, place.parameters.get("to") or "applicant")
    at = max(place.at, clock.now())
    number = _number(session, programme, at)
    values = fields.of_case(session, place, number=number, issuer=issuer, to=to, wanted=letters.fields(template))
    docx = letters.fill(template, values)
    title = title_of(docx) or key
    document = _keep(session, docx, name=f"{title}（{number}）.docx", unit_id=issuer.id, case_id=case.id,
                     person_id=place.person_id)
    notice = Notice(
        public_id=db.public_id(), number=number, kind=kind, title=title, unit_id=issuer.id, to_unit_id=to.unit_id,
        to_name=to.name, document_id=document.id, posted_at=at, read_at=None, read_by=None, served_at=None, **once,
    )
    session.add(notice)
    session.flush()
    if to.email:
        mail = mails.OUTSIDE if to.unit_id is None else mails.NOTICE if kind == "notice" else mails.LETTER
        subject, body = mail.written(
            receiver=to.name, title=title, number=number, issuer=issuer.name, case=case.title
        )
        outbox.post(session, to=to.email, subject=subject, body=body)
    audit.record(
        session, chain=f"case:{case.id}", verb="serve_notice" if kind == "notice" else "issue_letter",
        person_id=place.person_id, person_name=people.person_name(session, place.person_id) if place.person_id
        else "系统", unit_name=issuer.name,
        details={"number": number, "title": title, "to": to.name, "document": document.public_id,
                 "sha256": document.sha256, "clause": str(values["条款"])},
        legal_at=at,
    )
    return number


def open_notice(session: Session, public_id: str, *, by: Identity) -> Notice:
    """查看并签收: the first opening by the receiver is the instant of reading; later ones change nothing.

    Raises NotFound for whoever isn't of the receiving unit.
    """
    notice = _locked(session, public_id)
    if notice.to_unit_id != by.unit_id:
        raise NotFound()
    if notice.read_at is not None:
        return notice
    notice.read_at, notice.read_by = clock.now(), by.person_id
    session.flush()
    audit.record(
        session, chain=f"case:{notice.case_id}", verb="read_notice", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"number": notice.number, "title": notice.title},
    )
    _serve(session, notice)
    return notice


def see_that_delivery_fits(
    session: Session, public_id: str, *, by: Identity, way: str, delivered_on: date | None, reason: str
) -> None:
    """Raise NotFound, NotAllowed, or Invalid by field, where a delivery can't be entered as it is. Changes nothing."""
    notice = session.scalar(select(Notice).where(Notice.public_id == public_id))
    if notice is None:
        raise NotFound()
    _see_that_it_fits(session, notice, by=by, way=way, delivered_on=delivered_on, reason=reason)


def enter_delivery(
    session: Session, public_id: str, *, by: Identity, way: str, delivered_on: date | None, reason: str = "",
    receipt_id: int | None = None,
) -> Delivery:
    """登记送达: how and on which day a letter reached its receiver. A second entry mends the first and says why.

    `receipt_id` is the document of a receipt (回执), of the own unit. Only the unit that issued the letter enters it.
    """
    notice = _locked(session, public_id)
    before = _see_that_it_fits(session, notice, by=by, way=way, delivered_on=delivered_on, reason=reason)
    delivery = Delivery(
        notice_id=notice.id, seq=before.seq + 1 if before else 1, way=way, delivered_on=delivered_on,
        receipt_id=receipt_id, reason=reason.strip() if before else "", person_id=by.person_id,
        recorded_at=clock.now(),
    )
    session.add(delivery)
    session.flush()
    details = {"number": notice.number, "way": WAYS[way], "day": str(delivered_on), "title": notice.title}
    if before:
        details |= {"reason": delivery.reason, "before": f"{WAYS[before.way]} {before.delivered_on}"}
    audit.record(
        session, chain=f"case:{notice.case_id}", verb="correct_delivery" if before else "enter_delivery",
        person_id=by.person_id, person_name=by.name, unit_name=by.unit_name, details=details,
    )
    _serve(session, notice)
    return delivery


def act_document(session: Session, act: Act) -> bytes:
    """The document of a decision as Word file, filled now. Raises Refused for an act of another kind or a programme
    without such a letter, and while the worker still carries rows out: one of them might be refused."""
    programme = programmes.programme(session, act.release_id)
    if act.kind != DECISION or f"letters/{ACT_LETTER}.docx" not in programme.files:
        raise Refused("这份批文没有认定文件：只有认定发文才有，且认定项目要有认定文件的模板。")
    waiting = session.scalar(
        select(func.count()).where(ActRow.act_id == act.id, ActRow.status == "waiting")
    )
    if waiting:
        raise Refused(f"批文还有 {waiting} 件正在办理，办完后名单才能确定，请稍后再下载。")
    template = letter_of(programme, ACT_LETTER)
    return letters.fill(template, fields.of_act(session, act, programme, wanted=letters.fields(template)))


def file_act_document(session: Session, act: Act, *, by: Identity) -> ActPaper:
    """存入办件: keep the document of a decision with each of its cases, once. Returns what was filed."""
    audit.lock(session, f"unit:{act.unit_id}")
    filed = session.get(ActPaper, act.id)
    if filed is not None:
        return filed
    docx = act_document(session, act)
    name = file_name(f"{act.title}.docx")
    kept = _stored(docx)
    now = clock.now()
    paper = ActPaper(act_id=act.id, name=name, size=kept.size, sha256=kept.sha256, person_id=by.person_id, filed_at=now)
    session.add(paper)
    cases = session.scalars(
        select(ActRow.case_id).where(ActRow.act_id == act.id, ActRow.status == "done").order_by(ActRow.id)
    ).all()
    session.add_all(
        Document(
            public_id=db.public_id(), unit_id=act.unit_id, case_id=case_id, task_id=None, field="", name=name,
            media_type=_MEDIA, size=kept.size, sha256=kept.sha256, uploaded_by=by.person_id, uploaded_at=now,
        )
        for case_id in cases
    )
    session.flush()
    audit.record(
        session, chain=f"unit:{act.unit_id}", verb="file_act_document", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"act": act.public_id, "title": act.title, "cases": len(cases), "sha256": kept.sha256},
    )
    return paper


def letter_of(programme: Programme, key: str) -> bytes:
    """The template of a letter. Raises Refused where the release has none of that name."""
    try:
        return programme.letter(key)
    except KeyError:
        raise Refused(f"认定项目没有文书模板 letters/{key}.docx，请让流程设计人员补上。") from None


def title_of(docx: bytes) -> str:
    """What a letter is called: its first large centred line in black."""
    for block in letters.read(docx):
        if isinstance(block, letters.Paragraph) and block.align == "center" and block.size >= 18 and not block.colour:
            return " ".join(block.text.split())[:120]
    return ""


def file_name(text: str) -> str:
    """A name fit for a file."""
    return _UNFIT_FOR_A_NAME.sub("－", text).strip()[-180:]


def _locked(session: Session, public_id: str) -> Notice:
    case_id = session.scalar(select(Notice.case_id).where(Notice.public_id == public_id))
    if case_id is None:
        raise NotFound()
    steps.lock(session, case_id)
    return session.scalars(
        select(Notice).where(Notice.public_id == public_id).execution_options(populate_existing=True)
    ).one()


def _see_that_it_fits(
    session: Session, notice: Notice, *, by: Identity, way: str, delivered_on: date | None, reason: str
) -> Delivery | None:
    """The entry in force so far, if there is one."""
    case = session.get_one(Case, notice.case_id)
    if notice.unit_id != by.unit_id:
        if not people.sees(by, case, applicant_id=case.applicant_id):
            raise NotFound()
        raise NotAllowed("只有发出文书的单位可以登记送达。")
    before = in_force(session, notice.id)
    wrong: dict[str, list[str]] = {}
    posted_on = clock.local(notice.posted_at).date()
    if way not in WAYS:
        wrong["way"] = [f"请选择送达方式：{'、'.join(WAYS.values())}。"]
    if delivered_on is None:
        wrong["delivered_on"] = ["请填写送达日期，例如 2026-11-20。"]
    elif delivered_on > clock.today():
        wrong["delivered_on"] = ["送达日期不能晚于今天，请改正。"]
    elif delivered_on < posted_on:
        wrong["delivered_on"] = [f"送达日期不能早于文书日期 {posted_on}，请改正。"]
    if before and not reason.strip():
        wrong["reason"] = ["已有送达登记。更正时请写明原因。"]
    if len(reason) > LONGEST_REASON:
        wrong["reason"] = [f"原因超过 {LONGEST_REASON} 字，请缩短。"]
    if before and not wrong and (before.way, before.delivered_on) == (way, delivered_on):
        raise Gone("送达方式和日期与现有登记相同，没有可更正的内容。", at=before.recorded_at)
    if wrong:
        raise Invalid(wrong)
    return before


def in_force(session: Session, notice_id: int) -> Delivery | None:
    """The entry of a delivery that counts now: the last one."""
    return session.scalar(
        select(Delivery).where(Delivery.notice_id == notice_id).order_by(Delivery.seq.desc()).limit(1)
    )


def _serve(session: Session, notice: Notice) -> None:
    """Write down when the letter counts as served, and let the periods that wait for it begin.

    Only the last notice of a case starts periods: what waits now waits for that one. Where a correction moved the
    instant, what runs from it is set anew.
    """
    entered = in_force(session, notice.id)
    known = [notice.read_at, _instant(entered.delivered_on, notice.posted_at) if entered else None]
    at = min(instant for instant in known if instant is not None)
    before, notice.served_at = notice.served_at, at
    session.flush()
    last = session.scalar(
        select(func.max(Notice.id)).where(Notice.case_id == notice.case_id, Notice.kind == "notice")
    )
    if notice.id != last or before == at:
        return
    case = steps.read(session, notice.case_id)
    if case.status != "open":
        return
    if before is not None:
        _wait_again(session, case)
    deadlines.start_served(session, case, at=at)
    ledger.follow(session, case, programmes.programme(session, case.release_id))


def _wait_again(session: Session, case: steps.CaseRow) -> None:
    """Periods of the case that run from a delivery wait once more, to be begun at another instant."""
    programme = programmes.programme(session, case.release_id)
    served = [key for key, rule in programme.periods.items() if rule.starts == deadlines.SERVED]
    session.execute(
        update(Deadline)
        .where(Deadline.case_id == case.id, Deadline.status.in_((deadlines.RUNNING, deadlines.STOPPED)),
            Deadline.period.in_(served),
        )
        .values(status="awaiting")
        .execution_options(synchronize_session=False)
    )


def _instant(day: date, posted_at: datetime) -> datetime:
    """The instant of a delivery of which only the day is known: its beginning, never before the letter was written."""
    return max(clock.day_start(day), posted_at)


def _issuer(session: Session, place: Place) -> Unit:
    """Who issues: the unit that `by` names, else the department of who took the step, else the authority."""
    relation, case, programme = place.parameters.get("by"), place.case, place.programme
    if relation == "recommender" and case.recommender_id is not None:
        return session.get_one(Unit, case.recommender_id)
    if not relation and place.person_id is not None:
        unit = session.get_one(Unit, session.get_one(Person, place.person_id).unit_id)
        if unit.kind == "department":
            return unit
    try:
        tier = programme.tier_of(relation) if relation else programme.authority.tier
    except KeyError:
        raise Refused(f"文书的发文单位“{relation}”不在 actors 中。请让流程设计人员改正 by 参数。") from None
    unit_id, _misplaced = people.resolve_unit(
        session, tier=tier or programme.authority.tier, region_code=case.region_code, role="clerk",
        body=programme.authority.body,
    )
    return session.get_one(Unit, unit_id)


def _number(session: Session, programme: Programme, at: datetime) -> str:
    year = clock.local(at).year
    pattern = getattr(programme.settings.service, "number", "") or NUMBER
    return programme.number(pattern, year=year, seq=db.next_number(session, f"notice:{programme.code}:{year}"))


def _keep(
    session: Session, docx: bytes, *, name: str, unit_id: int, case_id: int, person_id: int | None
) -> Document:
    kept = _stored(docx)
    document = Document(
        public_id=db.public_id(), unit_id=unit_id, case_id=case_id, task_id=None, field="", name=file_name(name),
        media_type=_MEDIA, size=kept.size, sha256=kept.sha256, uploaded_by=person_id, uploaded_at=clock.now(),
    )
    session.add(document)
    session.flush()
    return document


def _stored(docx: bytes) -> storage.Kept:
    """Our own bytes, made from a checked template: nothing to look into."""
    return storage.keep(io.BytesIO(docx), storage.folder(), max_bytes=MAX_BYTES, inspect=lambda _path: None)
