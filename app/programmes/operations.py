"""Deploying a programme: check, fingerprint, an immutable release."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.errors import Invalid
from app.programmes import checks, package, queries
from app.programmes.models import Release
from app.programmes.package import fingerprint
from app.programmes.programme import Programme

__all__ = ["NotDeployable", "deploy", "fingerprint"]


class NotDeployable(Invalid):
    """认定项目有错误，未部署；请按提示修改后重新检查。

    `problems` are all that the check found, warnings included.
    """

    def __init__(self, problems: Collection[checks.Problem]) -> None:
        self.problems = list(problems)
        errors = [problem for problem in self.problems if problem.severity == checks.ERROR]
        fields: dict[str, list[str]] = {}
        for problem in errors:
            fields.setdefault(problem.file, []).append(str(problem))
        first = "\n".join(str(problem) for problem in errors[:20])
        super().__init__(fields, f"认定项目有 {len(errors)} 处错误，未部署：\n{first}")


def deploy(
    session: Session,
    files: package.Files,
    *,
    person_id: int | None,
    words: Mapping[str, Collection[str]],
    roles: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    messages: Collection[str] | None = None,
    letter_fields: Collection[str] | None = None,
    person_name: str = "",
    unit_name: str = "",
) -> Release:
    """Deploy a package as the next release of its programme; one whose files are exactly the same is returned as it is.

    `words`, `roles`, `kinds`, `messages` and `letter_fields` are those of `checks.check`. Raises NotDeployable with all
    that is wrong.
    """
    found = checks.check(
        files, words=words, roles=roles, kinds=kinds, messages=messages, letter_fields=letter_fields
    )
    if any(problem.severity == checks.ERROR for problem in found):
        raise NotDeployable(found)
    read, seal = Programme(files), fingerprint(files)
    if existing := queries.same_release(session, read.key, seal):
        return existing
    # The counter's row is locked from here on: of two who deploy at once the second sees the first's release.
    number = db.next_number(session, f"release:{read.key}")
    if existing := queries.same_release(session, read.key, seal):
        return existing
    release = Release(
        programme=read.key, number=number, name=read.name, fingerprint=seal, files=package.pack(files),
        deployed_at=clock.now(), deployed_by=person_id,
    )
    session.add(release)
    session.flush()
    session.info.setdefault("deployed", set()).add(release.id)
    session.info.get("read", {}).pop(release.id, None)
    audit.record(
        session, chain="system", verb="deploy_programme", person_id=person_id, person_name=person_name or "命令行",
        unit_name=unit_name,
        details={"programme": read.key, "release": number, "fingerprint": seal,
                 "warnings": sum(1 for problem in found if problem.severity != checks.ERROR)},
    )
    return release
