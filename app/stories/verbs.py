"""What people of a story do besides applying, completing tasks and confirming acts. Each verb returns its sentence."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import clock, db
from app.appointments import booking
from app.batches import operations as batches
from app.batches import quotas
from app.batches.models import Batch
from app.cases import by_hand, operations
from app.cases.models import Case
from app.experts import operations as experts
from app.notices import operations as notices
from app.notices.models import Notice
from app.people.models import Person, Unit
from app.publications import objections
from app.publications.models import Publication, PublicationEntry
from app.sanctions import staying
from app.sanctions.models import Sanction
from app.stories.errors import StoryFails
from app.titles import by_hand as titles
from app.titles.models import Title

if TYPE_CHECKING:
    from app.stories.telling import Telling

Step = Mapping[str, Any]


def change_dates(told: "Telling", step: Step) -> str:
    """变更批次日期."""
    change = step["changes_dates"]
    with db.transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.name == change["call"])).one()
        days = {key: told.day(day) for key, day in change["dates"].items()}
        batches.change_dates(session, batch, by=told.identity(session, step["by"]), dates=days, reason=change["reason"])
    return f"变更批次“{change['call']}”的日期"


def change_quotas(told: "Telling", step: Step) -> str:
    """变更推荐名额."""
    change = step["changes_quotas"]
    with db.transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.name == change["call"])).one()
        quotas.change(
            session, batch, by=told.identity(session, step["by"]), numbers=change["quotas"], reason=change["reason"]
        )
    return f"变更批次“{change['call']}”的名额：{change['reason']}"


def rank(told: "Telling", step: Step) -> str:
    """推荐排序."""
    ranks = step["ranks"]
    with db.transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.name == ranks["call"])).one()
        order = [told.application(session, unit).public_id for unit in ranks["order"]]
        quotas.rank(session, batch, by=told.identity(session, step["by"]), order=order)
    return f"排定“{ranks['call']}”推荐的次序"


def admit_late(told: "Telling", step: Step) -> str:
    """逾期受理."""
    admits = step["admits_late"]
    with db.transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.name == admits["call"])).one()
        unit = session.get_one(Unit, told.units[admits["unit"]])
        batches.admit_late(
            session, batch, by=told.identity(session, step["by"]), credit_code=unit.credit_code or "",
            until=told.day(admits["until"]), reason=admits["reason"],
        )
    return f"准许“{unit.name}”逾期申报"


def sign_for(told: "Telling", step: Step) -> str:
    """签收: open the latest letter of a key in the own unit's box."""
    with db.transaction() as session:
        by = told.identity(session, step["by"])
        notice = _notice(session, step["signs_for"], to_unit_id=by.unit_id)
        notices.open_notice(session, notice.public_id, by=by)
    return f"签收《{notice.title}》（{notice.number}）"


def deliver(told: "Telling", step: Step) -> str:
    """登记送达: enter by hand on which day and how a letter reached its receiver."""
    delivery = step["delivers"]
    with db.transaction() as session:
        notice = _notice(session, delivery["letter"], to_unit_id=told.units[delivery["to"]])
        notices.enter_delivery(
            session, notice.public_id, by=told.identity(session, step["by"]), way=delivery["way"],
            delivered_on=told.day(delivery["day"]), reason=delivery.get("reason", ""),
        )
    return f"登记《{notice.title}》已送达"


def object_to(told: "Telling", step: Step) -> str:
    """提出异议 as anybody may, against a unit's entry in the latest publication."""
    objection = step["objects_to"]
    with db.transaction() as session:
        found = session.execute(
            select(PublicationEntry.position, Publication.public_id)
            .join(Publication, PublicationEntry.publication_id == Publication.id)
            .join(Case, PublicationEntry.case_id == Case.id)
            .where(Case.applicant_id == told.units[objection["unit"]])
            .order_by(Publication.id.desc())
            .limit(1)
        ).one_or_none()
        if found is None:
            raise StoryFails(f"“{objection['unit']}”没有列入公示")
        papers = [told.paper()] if objection.get("evidence") else []
        objections.file(
            session, found.public_id, found.position, name=objection.get("name", ""),
            contact=objection.get("contact", ""), text=objection["text"], papers=papers, address="story",
            received_at=clock.now(),
        )
    return f"对“{objection['unit']}”提出异议"


def withdraw(told: "Telling", step: Step) -> str:
    """撤回: the applicant takes its application back."""
    with db.transaction() as session:
        by = told.identity(session, step["by"])
        case = session.scalars(
            select(Case).where(Case.applicant_id == by.unit_id).order_by(Case.id.desc()).limit(1)
        ).one()
        operations.withdraw(session, case.public_id, by=by, reason=step["withdraws"])
    return f"撤回申报：{step['withdraws']}"


def begin(told: "Telling", step: Step) -> str:
    """发起: open a case by hand; `for: begun` names it from then on."""
    with db.transaction() as session:
        case = by_hand.begin(
            session, told.identity(session, step["by"]), programme_key=told.programme, diagram=step["begins"]
        )
        told.begun = case.id
    return f"发起“{case.title}”，办件号 {case.number}"


def begin_about(told: "Telling", step: Step) -> str:
    """发起: open a case about a unit's title, as on the title's page."""
    said = step["begins_about"]
    with db.transaction() as session:
        title = title_of(told, session, said["unit"])
        case = titles.begin(
            session, told.identity(session, step["by"]), title_public_id=title.public_id, diagram=said["diagram"]
        )
        told.begun = case.id
    return f"发起“{case.title}”，办件号 {case.number}"


def book(told: "Telling", step: Step) -> str:
    """预约服务 as an enterprise does on the public page of a title; `told.booked` is its code then."""
    said = step["books"]
    with db.transaction() as session:
        title = title_of(told, session, said["unit"])
        request = booking.Request(
            enterprise=said["enterprise"], credit_code=said.get("credit_code", ""),
            contact_name=said.get("contact", "联系人"), contact_phone=said.get("phone", "13900000000"),
            contact_email=said.get("email", ""), subject=said.get("subject", "服务咨询"),
            text=said.get("subject", "服务咨询"), consent=True,
            wanted_on=told.day(said["wanted_on"]) if said.get("wanted_on") else None,
        )
        made = booking.book(
            session, title.public_id, request, address=f"story-{said['enterprise']}", received_at=clock.now()
        )
        told.booked = made.code
    return f"“{said['enterprise']}”向“{title.holder_name}”预约服务"


def rate_booking(told: "Telling", step: Step) -> str:
    """评价 the appointment that was made last."""
    with db.transaction() as session:
        booking.rate(session, told.booked, satisfaction=step["rates"])
    return f"评价预约：{step['rates']} 分"


def cancel_booking(told: "Telling", step: Step) -> str:
    """取消 the appointment that was made last."""
    with db.transaction() as session:
        booking.cancel(session, told.booked, reason=step["cancels_booking"])
    return f"取消预约：{step['cancels_booking']}"


def enter_stay(told: "Telling", step: Step) -> str:
    """停止执行 of the sanction that was proposed last against a unit."""
    said = step["stays"]
    with db.transaction() as session:
        staying.enter_stay(
            session, _sanction(told, session, said["unit"]), by=told.identity(session, step["by"]), kind=said["kind"],
            document=said["document"], since=told.day(said["since"]),
        )
    return f"登记停止执行：{said['document']}"


def lift_stay(told: "Telling", step: Step) -> str:
    """恢复执行 of the same."""
    said = step["lifts_stay"]
    with db.transaction() as session:
        staying.lift_stay(
            session, _sanction(told, session, said["unit"]), by=told.identity(session, step["by"]),
            reason=said["reason"], document=said["document"],
        )
    return f"恢复执行：{said['document']}"


def annul(told: "Telling", step: Step) -> str:
    """撤销 the same."""
    said = step["annuls"]
    with db.transaction() as session:
        staying.annul(
            session, _sanction(told, session, said["unit"]), by=told.identity(session, step["by"]), kind=said["kind"],
            document=said["document"], reason=said["reason"],
        )
    return f"登记处理被撤销：{said['document']}"


def _sanction(told: "Telling", session: Any, unit: str) -> str:
    found = session.scalar(
        select(Sanction.public_id).where(Sanction.unit_id == told.units[unit]).order_by(Sanction.id.desc()).limit(1)
    )
    if found is None:
        raise StoryFails(f"没有对“{unit}”的处理")
    return found


def title_of(told: "Telling", session: Any, unit: str) -> Title:
    """The latest title of a unit of the story."""
    title = session.scalar(
        select(Title).where(Title.holder_id == told.units[unit]).order_by(Title.id.desc()).limit(1)
    )
    if title is None:
        raise StoryFails(f"“{unit}”没有称号")
    return title


def keep_expert(told: "Telling", step: Step) -> str:
    """入专家库: enter a person of the story into the register of experts."""
    entry = step["keeps_expert"]
    with db.transaction() as session:
        person_id, _unit = told.people[entry["person"]]
        person = session.get_one(Person, person_id)
        values = {key: str(value) for key, value in entry.items() if key not in ("person", "related")}
        expert = experts.enter_expert(session, person.public_id, by=told.identity(session, step["by"]), values=values)
        for unit in entry.get("related", ()):
            related = session.get_one(Unit, told.units[unit]).public_id
            experts.declare_relation(
                session, expert.public_id, by=told.identity(session, step["by"]), unit_public_id=related,
                region_code="", reason="存在利害关系",
            )
    return f"将“{entry['person']}”列入专家库"


def _notice(session: Any, letter: str, *, to_unit_id: int) -> Notice:
    found = session.scalars(
        select(Notice).where(Notice.letter == letter, Notice.to_unit_id == to_unit_id).order_by(Notice.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise StoryFails(f"没有收到文书“{letter}”")
    return found


def day_of(written: object) -> date | None:
    """A day as a story writes it."""
    return date.fromisoformat(str(written)) if written else None
