"""单位沿革: which institution follows another, by credit code. A ban reaches those that follow the banned one."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from app import clock, db
from app.audit import operations as audit
from app.errors import Invalid, NotAllowed, NotFound
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.titles import bans
from app.titles.models import Successor

KINDS = {"renamed": "更名", "merged": "合并", "split": "分立", "restructured": "改制"}
LONGEST_EVIDENCE = 500
ENTERS = ("clerk", "lead")
_SHOWN = 200


def may(session: Session, by: Identity) -> bool:
    """Whether somebody may enter a successor: clerk or lead of a department that recognises in some programme."""
    if by.unit_kind != "department" or not by.roles & set(ENTERS):
        return False
    return any(programme.authority.is_unit(by) for programme in programmes.all_latest(session))


def enter_successor(
    session: Session, *, by: Identity, before_code: str, before_name: str, after_code: str, after_name: str, kind: str,
    changed_on: date, evidence: str,
) -> Successor:
    """登记沿革: from `changed_on` on, the institution `after_code` follows `before_code`; `evidence` says by which
    document. Open applications of the follower that a ban now reaches are told and end.

    Raises NotAllowed for others than an authority's people, Invalid at each field that is wrong: a code that none can
    be, the same twice, a day that hasn't come, and a register that would go round in a ring.
    """
    if not may(session, by):
        raise NotAllowed("单位沿革由认定机关的经办岗或审核岗登记。")
    before, after = before_code.strip().upper(), after_code.strip().upper()
    wrong: dict[str, list[str]] = {}
    for field, code in (("before_code", before), ("after_code", after)):
        if not uscc.is_valid(code):
            wrong[field] = ["统一社会信用代码不正确，请核对 18 位代码。"]
    for field, text in (("before_name", before_name), ("after_name", after_name), ("evidence", evidence)):
        if not text.strip():
            wrong[field] = ["请填写。"]
    if len(evidence) > LONGEST_EVIDENCE:
        wrong["evidence"] = [f"依据不能超过 {LONGEST_EVIDENCE} 字。"]
    if kind not in KINDS:
        wrong["kind"] = [f"请选择：{'、'.join(KINDS.values())}。"]
    if changed_on > clock.today():
        wrong["changed_on"] = ["日期在今天以后。"]
    if before == after and "after_code" not in wrong:
        wrong["after_code"] = ["沿革前后是同一代码：只改名称、代码不变的，不必登记，禁申期仍按代码计算。"]
    if wrong:
        raise Invalid(wrong)
    if before in bans.followers(session, after):
        raise Invalid({"after_code": [f"名册中 {before} 已是 {after} 的后继单位，不能互为后继。"]})
    try:
        return _write(
            session, by=by, before=(before, before_name.strip()), after=(after, after_name.strip()), kind=kind,
            changed_on=changed_on, evidence=evidence.strip(),
        )
    except IntegrityError:
        raise Invalid({"after_code": ["这两家单位的沿革已经登记过。"]}) from None


def follow_change(
    session: Session, *, by: Identity, before: tuple[str, str], after: tuple[str, str], kind: str, changed_on: date,
    evidence: str, case_id: int,
) -> Successor | None:
    """Enter what a decided change of a holder brought: (credit code, name) before and after. None for a pair that the
    register holds already, and for one that would go round in a ring. A kind that the register doesn't know is a
    renaming."""
    known = select(Successor.id).where(
        Successor.before_code == before[0], Successor.after_code == after[0], Successor.removed_at.is_(None)
    )
    if session.scalar(known.limit(1)) is not None or before[0] in bans.followers(session, after[0]):
        return None
    return _write(session, by=by, before=before, after=after, kind=kind if kind in KINDS else "renamed",
                  changed_on=changed_on, evidence=evidence, case_id=case_id)


def _write(
    session: Session, *, by: Identity, before: tuple[str, str], after: tuple[str, str], kind: str, changed_on: date,
    evidence: str, case_id: int | None = None,
) -> Successor:
    made = Successor(
        public_id=db.public_id(), before_code=before[0], before_name=before[1], after_code=after[0],
        after_name=after[1], kind=kind, changed_on=changed_on, case_id=case_id, unit_id=by.unit_id,
        person_id=by.person_id, evidence=evidence, recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, by, "enter_successor", made, kind=KINDS[kind], changed_on=changed_on.isoformat(),
            evidence=made.evidence)
    bans.tell_followers(session, made)
    return made


def remove_successor(session: Session, public_id: str, *, by: Identity, reason: str) -> None:
    """撤销登记: take an entry made in error back. What it led to isn't undone. Raises NotFound, Invalid without a
    reason, NotAllowed."""
    if not may(session, by):
        raise NotAllowed("单位沿革由认定机关的经办岗或审核岗登记。")
    found = session.scalars(
        select(Successor).where(Successor.public_id == public_id, Successor.removed_at.is_(None)).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    if not reason.strip():
        raise Invalid({"reason": ["请写明撤销登记的原因。"]})
    found.removed_at, found.removed_by, found.removal_reason = clock.now(), by.person_id, reason.strip()
    session.flush()
    _record(session, by, "remove_successor", found, reason=reason.strip())


def register(session: Session, *, text: str = "") -> Sequence[Successor]:
    """The register, newest first: entries that hold and those taken back. `text`: part of a name, or a code."""
    statement = select(Successor).order_by(Successor.id.desc()).limit(_SHOWN)
    if text:
        code, names = text.strip().upper(), (Successor.before_name, Successor.after_name)
        statement = statement.where(
            (Successor.before_code == code) | (Successor.after_code == code)
            | names[0].icontains(text, autoescape=True) | names[1].icontains(text, autoescape=True)
        )
    return session.scalars(statement).all()


def _record(session: Session, by: Identity, verb: str, row: Successor, **details: str) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"before": f"{row.before_name} {row.before_code}", "after": f"{row.after_name} {row.after_code}",
                 **details},
    )
