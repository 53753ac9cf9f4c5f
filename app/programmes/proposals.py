"""Proposals: a programme's next release, checked, tried with its stories, and deployed by a second person.

Whoever holds the role of designer in the department of the authority, or in one over it, may propose. A proposal never
changes: another try is another proposal.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session, aliased

from app import clock, db
from app.audit import operations as audit
from app.db import Counter
from app.errors import BanjianError, Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import checks, differences, labels, operations, package, queries
from app.programmes.checks import Problem
from app.programmes.models import Proposal, Release, Trial
from app.programmes.programme import Programme
from app.programmes.reading import Unreadable, read_yaml

STORY_SECONDS = 300
"""Real seconds after which a story that isn't told to its end counts as failed."""

_LOST_AFTER = timedelta(seconds=STORY_SECONDS + 60)
_NOTE_CAP = 1_000


@dataclass(frozen=True)
class Package:
    """The files of a change, put together and checked: what `propose` writes down."""

    base_id: int
    files: Mapping[str, bytes]
    problems: Sequence[Problem]


def in_sight(session: Session, by: Identity, programme: Programme) -> bool:
    """Whether a department answers for a programme: it is its authority's, or over it."""
    if by.unit_kind != "department":
        return False
    region = session.get(Region, programme.authority.region)
    if region is None:
        return by.tier == "ministry"
    levels = ("county", "city", "province", "ministry")
    high_enough = levels.index(by.tier or "county") >= levels.index(programme.authority.tier)
    return high_enough and people.sees(by, region, applicant_id=None)


def see_that_it_may_be_changed(session: Session, by: Identity, key: str) -> Programme:
    """The latest release of a programme that a person may propose changes to. Raises NotFound, NotAllowed."""
    base = queries.latest(session, key)
    if not in_sight(session, by, base):
        raise NotFound()
    if not by.has("designer"):
        raise NotAllowed("只有流程设计岗可以提出修改。")
    return base


def put_together(
    base: Programme, changed: Mapping[str, bytes], removed: Collection[str], *, known: Mapping[str, Any]
) -> Package:
    """The package that a change makes of a release, with what the check says. `known`: as `checks.check` takes it.

    Raises Invalid where nothing changes, a file to be removed isn't there, or it would be another programme.
    """
    strange = [path for path in removed if path not in base.files]
    if strange:
        raise Invalid({"remove": [f"现行版本中没有文件 {strange[0][:80]}，请刷新页面后重新选择。"]})
    if doubled := [path for path in removed if path in changed]:
        raise Invalid({"remove": [f"文件 {doubled[0]} 既要删除又上传了新的，请只选一样。"]})
    files = {path: data for path, data in {**base.files, **changed}.items() if path not in removed}
    if package.fingerprint(files) == package.fingerprint(base.files):
        raise Invalid({"files": ["上传的文件与现行版本完全相同，没有改动。请确认选对了文件。"]})
    key = _key_in(files)
    if key is not None and key != base.key:
        raise Invalid({"files": [f"programme.yaml 的项目键名“{key[:40]}”与本项目“{base.key}”不同，请改正后上传。"]})
    return Package(base.release_id, files, checks.check(files, **known))


def propose(session: Session, made: Package, *, by: Identity, note: str) -> Proposal:
    """Write down a proposal, with a trial for each of its stories where the check found no error.

    Raises Refused where the base is no longer the latest release or the same files were deployed before, Invalid for a
    reason that is missing or too long.
    """
    base = session.get_one(Release, made.base_id)
    see_that_it_may_be_changed(session, by, base.programme)
    said = note.strip()
    if not said or len(said) > _NOTE_CAP:
        raise Invalid({"note": [f"请写明修改的原因和依据，{_NOTE_CAP} 字以内。"]})
    _see_that_base_is_latest(session, base)
    seal = package.fingerprint(made.files)
    if same := queries.same_release(session, base.programme, seal):
        raise Refused(
            f"文件与第 {same.number} 版完全相同，不能作为新版本再部署一次。要恢复原来的规定，请在 programme.yaml 中"
            "用注释写明恢复的缘由后重新上传。"
        )
    proposal = Proposal(
        public_id=db.public_id(), programme=base.programme, base_id=base.id, files=package.pack(made.files),
        fingerprint=seal, note=said, problems=[asdict(problem) for problem in made.problems],
        proposed_by=by.person_id, proposed_at=clock.now(),
    )
    session.add(proposal)
    session.flush()
    errors = sum(problem.severity == checks.ERROR for problem in made.problems)
    if not errors:
        session.add_all(
            Trial(proposal_id=proposal.id, path=path, name=_story_name(path, data))
            for path, data in package.of_kind(made.files, "example").items()
        )
        session.flush()
    _record(session, "propose_programme", proposal, by, base=base.number, note=said, errors=errors,
            warnings=len(made.problems) - errors)
    return proposal


def withdraw(session: Session, public_id: str, *, by: Identity) -> Proposal:
    """撤回: by whoever proposed, or another designer in sight. Raises NotFound, NotAllowed, Gone."""
    proposal = _locked(session, public_id, by)
    if not by.has("designer"):
        raise NotAllowed("只有流程设计岗可以撤回修改。")
    _close(session, proposal, "withdrawn", by)
    _record(session, "withdraw_proposal", proposal, by)
    return proposal


def deploy(session: Session, public_id: str, *, by: Identity, known: Mapping[str, Any]) -> Release:
    """Deploy a proposal as the second person. One transaction with the release and both entries of the trail.

    Raises Refused where it may not be deployed, and says what to do; Gone where it is closed; NotAllowed.
    """
    proposal = _locked(session, public_id, by)
    base = session.get_one(Release, proposal.base_id)
    # Whoever deploys takes this row too: nobody can put another release in between from here on.
    session.scalars(select(Counter).where(Counter.name == f"release:{base.programme}").with_for_update()).first()
    _see_that_base_is_latest(session, base)
    if why := obstacle(session, proposal, by):
        raise (NotAllowed if why.personal else Refused)(why.said)
    release = operations.deploy(
        session, package.unpack(proposal.files), person_id=by.person_id, person_name=by.name, unit_name=by.unit_name,
        **known,
    )
    proposal.release_id = release.id
    _close(session, proposal, "deployed", by)
    _record(session, "deploy_proposal", proposal, by, release=release.number, fingerprint=release.fingerprint)
    return release


@dataclass(frozen=True)
class Obstacle:
    """Why a proposal can't be deployed; `personal`: not by this person, but by another."""

    said: str
    personal: bool = False


def obstacle(session: Session, proposal: Proposal, by: Identity) -> Obstacle | None:
    """The first thing that keeps a person from deploying a proposal, None where nothing does."""
    base = session.get_one(Release, proposal.base_id)
    if any(problem["severity"] == checks.ERROR for problem in proposal.problems):
        return Obstacle("检查发现错误，不能部署。请按提示改正文件，重新上传。")
    told = session.scalars(select(Trial.status).where(Trial.proposal_id == proposal.id)).all()
    if not told:
        return Obstacle("没有故事（examples/*.yaml），改动没有试办过，不能部署。请补上至少一个故事后重新上传。")
    if "failed" in told:
        return Obstacle("有故事没有通过，不能部署。请改正文件，或按新的规定改写故事，再重新上传。")
    if set(told) != {"passed"}:
        return Obstacle("故事还没有全部试办完，请稍候；长时间没有进展时，请点“重新试办”。")
    if _latest_id(session, base.programme) != base.id:
        return Obstacle(_outdated(session, base))
    if proposal.proposed_by == by.person_id:
        return Obstacle("部署须由第二个人确认：请另一位流程设计岗，或认定机关的审核岗核对后部署。", personal=True)
    if not may_confirm(session, by, queries.programme(session, base.id)):
        return Obstacle("部署由流程设计岗或认定机关的审核岗确认，您的岗位不能确认。", personal=True)
    return None


def may_confirm(session: Session, by: Identity, programme: Programme) -> bool:
    """Whether somebody may be the second person: a designer in sight, or a lead of the authority itself."""
    if not in_sight(session, by, programme):
        return False
    authority = programme.authority
    own = by.tier == authority.tier and by.region_code in (authority.region, None)
    return by.has("designer") or (by.has("lead") and own)


# Trials. The edge tells the stories, in a process of its own, and writes down here how they ended.


def next_trial(session: Session, proposal_id: int) -> Trial | None:
    """Take the next story that waits to be told; None where none does."""
    trial = session.scalars(
        select(Trial).where(Trial.proposal_id == proposal_id, Trial.status == "waiting").order_by(Trial.id).limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if trial is not None:
        trial.status, trial.started_at = "running", clock.real()
        session.flush()
    return trial


def end_trial(session: Session, trial_id: int, *, passed: bool, said: str) -> None:
    """How a story ended: it came true, or the sentence of the step that failed."""
    trial = session.scalars(select(Trial).where(Trial.id == trial_id).with_for_update()).one()
    trial.status, trial.said, trial.ended_at = ("passed" if passed else "failed"), said[:2_000], clock.real()
    session.flush()


def retry_trials(session: Session, public_id: str, *, by: Identity) -> Proposal:
    """Let the stories that didn't come true, or were lost with a server that stopped, be told again.

    Raises Refused while one is being told.
    """
    proposal = _locked(session, public_id, by)
    trials = session.scalars(select(Trial).where(Trial.proposal_id == proposal.id)).all()
    if any(trial.status == "running" and not is_lost(trial) for trial in trials):
        raise Refused("故事正在试办，请等它办完。")
    again = [trial for trial in trials if trial.status != "passed"]
    if not again:
        raise Refused("没有需要重新试办的故事。")
    session.execute(
        update(Trial).where(Trial.id.in_([trial.id for trial in again]))
        .values(status="waiting", said="", started_at=None, ended_at=None)
    )
    _record(session, "retry_trials", proposal, by, stories=[trial.path for trial in again])
    return proposal


def is_lost(trial: Any) -> bool:
    """Whether a story that is said to be told can't be any longer: its server stopped."""
    return trial.status == "running" and clock.real() - trial.started_at > _LOST_AFTER


# Questions.


@dataclass(frozen=True)
class Shown:
    """A proposal with all that its page tells. `stale` says what to do where the base is no longer the latest."""

    proposal: Proposal
    base: Release
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]
    trials: Sequence[Trial]
    changes: Sequence[differences.Difference]
    proposed_by: str
    closed_by: str
    release_number: int | None
    stale: str
    obstacle: Obstacle | None

    @property
    def is_being_told(self) -> bool:
        return any(t.status == "waiting" or (t.status == "running" and not is_lost(t)) for t in self.trials)

    @property
    def errors(self) -> int:
        return sum(problem.severity == checks.ERROR for problem in self.problems)


def shown(session: Session, by: Identity, public_id: str) -> Shown:
    """A proposal in sight. Raises NotFound."""
    proposal = _found(session, public_id, by)
    base = session.get_one(Release, proposal.base_id)
    files = package.unpack(proposal.files)
    release = session.get(Release, proposal.release_id) if proposal.release_id else None
    is_open = proposal.status == "open"
    return Shown(
        proposal, base, files, tuple(Problem(**written) for written in proposal.problems),
        session.scalars(select(Trial).where(Trial.proposal_id == proposal.id).order_by(Trial.id)).all(),
        differences.between(package.unpack(base.files), files),
        people.person_name(session, proposal.proposed_by),
        people.person_name(session, proposal.closed_by) if proposal.closed_by else "",
        release.number if release else None,
        _outdated(session, base) if is_open and _latest_id(session, base.programme) != base.id else "",
        obstacle(session, proposal, by) if is_open else None,
    )


def listed(session: Session, by: Identity, *, limit: int = 50) -> Sequence[Any]:
    """The latest proposals in sight, the open ones first."""
    proposer, closer = aliased(Person), aliased(Person)
    rows: Sequence[Row[Any]] = session.execute(
        select(
            Proposal.public_id, Proposal.programme, Proposal.note, Proposal.status, Proposal.proposed_at,
            Proposal.closed_at, proposer.name.label("proposed_by"), Unit.name.label("unit"),
            closer.name.label("closed_by"), Release.number.label("base"),
        )
        .join(Release, Proposal.base_id == Release.id)
        .join(proposer, Proposal.proposed_by == proposer.id)
        .join(Unit, proposer.unit_id == Unit.id)
        .outerjoin(closer, Proposal.closed_by == closer.id)
        .order_by(Proposal.status != "open", Proposal.id.desc())
        .limit(limit)
    ).all()
    mine = {programme.key: programme.name for programme in queries.all_latest(session)
            if in_sight(session, by, programme)}
    found = [row for row in rows if row.programme in mine]
    return [SimpleNamespace(**row._mapping, programme_name=mine[row.programme]) for row in found]


def _found(session: Session, public_id: str, by: Identity, *, lock: bool = False) -> Proposal:
    asked = select(Proposal).where(Proposal.public_id == public_id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    proposal = session.scalars(asked).one_or_none()
    if proposal is None or not in_sight(session, by, queries.programme(session, proposal.base_id)):
        raise NotFound()
    return proposal


def _locked(session: Session, public_id: str, by: Identity) -> Proposal:
    proposal = _found(session, public_id, by, lock=True)
    if proposal.status != "open":
        done = "部署" if proposal.status == "deployed" else "撤回"
        raise Gone(f"这项修改已经{done}。", who=people.person_name(session, proposal.closed_by), at=proposal.closed_at)
    return proposal


def _close(session: Session, proposal: Proposal, status: str, by: Identity) -> None:
    proposal.status, proposal.closed_by, proposal.closed_at = status, by.person_id, clock.now()
    session.flush()


def _latest_id(session: Session, key: str) -> int:
    return session.scalars(
        select(Release.id).where(Release.programme == key).order_by(Release.number.desc()).limit(1)
    ).one()


def _see_that_base_is_latest(session: Session, base: Release) -> None:
    if _latest_id(session, base.programme) != base.id:
        raise Refused(_outdated(session, base))


def _outdated(session: Session, base: Release) -> str:
    number = session.get_one(Release, _latest_id(session, base.programme)).number
    return (
        f"这项修改以第 {base.number} 版为基础，而现行版本已是第 {number} 版，部署会丢掉其间的改动。"
        f"请下载第 {number} 版的文件，把改动并入后重新上传，再撤回这一项。"
    )


def _key_in(files: package.Files) -> str | None:
    """The key in programme.yaml; None where it can't be read: the check says so."""
    try:
        return str(read_yaml(files[package.SETTINGS])["programme"]["key"])
    except (BanjianError, KeyError, TypeError):
        return None


def _story_name(path: str, data: bytes) -> str:
    try:
        return labels.name_of(package.name_of(path), read_yaml(data))[:200]
    except Unreadable:
        return package.name_of(path)


def _record(session: Session, verb: str, proposal: Proposal, by: Identity, **details: Any) -> None:
    audit.record(
        session, chain="system", verb=verb, person_id=by.person_id, person_name=by.name, unit_name=by.unit_name,
        details={"programme": proposal.programme, "proposal": proposal.public_id, **details},
    )


def file_of(files: package.Files, path: str) -> bytes:
    """A file of a package. Raises NotFound."""
    if path not in files:
        raise NotFound()
    return files[path]
