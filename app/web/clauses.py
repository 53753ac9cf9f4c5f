"""What a programme's clauses say, what carries each and what proves it; and a link to a clause wherever one stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from app import db
from app.errors import NotFound
from app.programmes import coverage, package, queries
from app.programmes.checks.view import View, view
from app.programmes.programme import Programme
from app.web import access

clauses = Blueprint("clauses", __name__)

KINDS = {
    "criterion": "条件", "material": "材料", "form": "表单", "step": "程序", "deadline": "期限", "rule": "规则",
    "sanction": "处理", "public": "公开", "support": "支持",
}
_ID = re.compile(
    r"(?<![A-Za-z0-9_.-])[A-Z]{2,6}-[A-Z]{0,2}[0-9]{1,3}[a-z]?(?:\.[0-9]{1,2}[a-z]?){0,2}(?![A-Za-z0-9_-])"
)


@clauses.get("/programmes/<key>/clauses")
@access.rule(access.public)
def show(key: str) -> str:
    """The clauses of a programme as it is in force: what each says, where it is carried out, what proves it."""
    with db.reading() as session:
        programme = queries.latest(session, key)
        numbers = {row.id: row.number for row in queries.releases(session)}
    rows = _rows(_Package(package.fingerprint(programme.files), programme.files))
    return render_template(
        "clauses/show.html", programme=programme, number=numbers[programme.release_id], rows=rows, kinds=KINDS,
        missing=[(row.id, [coverage.MISSING[name] for name in row.missing]) for row in rows if row.missing],
        tested=coverage.TESTS.is_dir(),
    )


@clauses.get("/clauses/<clause>")
@access.rule(access.public)
def one(clause: str) -> Response:
    """The way to a clause by its id: the page of its programme, at its entry."""
    with db.reading() as session:
        for programme in queries.all_latest(session):
            found = _entry(programme, clause)
            if found:
                return redirect(url_for(".show", key=programme.key, _anchor=found))
    raise NotFound("没有这个条款：可能是以前版本的，或者项目没有登记条款。")


def link(app: Flask) -> None:
    """Give templates the filter `cited`: text in which each clause is a link to its entry."""
    app.jinja_env.filters["cited"] = cited


def cited(text: Any) -> Markup:
    """The text with a link for each clause that it names; anything else is escaped, nothing is left out."""
    written = escape("" if text is None else text)
    return Markup(_ID.sub(_linked, str(written)))  # noqa: S704 - escaped above




def _linked(found: re.Match[str]) -> str:
    address = url_for("clauses.one", clause=found[0])
    return str(Markup('<a class="clause-link" href="{}">{}</a>').format(address, found[0]))


def _entry(programme: Programme, clause: str) -> str:
    """The clause, or of an article the first of its parts; "" where the programme has neither."""
    if clause in programme.clauses:
        return clause
    return next((part for part in programme.clauses if part.partition(".")[0] == clause), "")


@dataclass(frozen=True)
class _Package:
    """The files of a release, known by their fingerprint."""

    fingerprint: str
    files: package.Files = field(compare=False)


@lru_cache(maxsize=16)
def _rows(of: _Package) -> list[Any]:
    """The clauses with their carriers in words: (words, view to link to or "", its arguments)."""
    seen = view(of.files)
    return [
        SimpleNamespace(
            **vars(row), missing=row.missing, seen_at=[_carrier(seen, one) for one in row.carriers],
            stories=[proof for proof in row.proofs if proof.kind == "story"],
            tests=[proof for proof in row.proofs if proof.kind == "test"],
        )
        for row in coverage.coverage(of.files)
    ]


def _carrier(seen: View, written: str) -> Any:
    """A carrier as people call it: words, the form that shows it ("" for none) and the part of the designer's page."""
    first, *rest = written.split(".")
    words, form, part = written, "", "programme-yaml"
    if first == "forms":
        words, form, part = _form_words(seen, rest), rest[0], "forms"
    elif first in seen.nodes:
        node = seen.nodes[first].get(rest[0]) if rest else None
        words = f"流程图：{node.name}" if node is not None and node.name else f"流程图 {first}"
        part = f"diagram-{first}"
    elif first in seen.tables:
        words, part = f"条件表：{seen.tables[first].name or first}", "tables"
    elif first == "letters":
        words, part = f"文书：{rest[0]}", "letters"
    elif first in ("materials", "tables", "scoring"):
        named = {"materials": "材料清单", "tables": "汇总表", "scoring": "评分表"}[first]
        words, part = " ".join((f"{named}：", *rest)), f"{first}-yaml"
    else:
        setting = _setting(seen, first, rest)
        name = setting.get("name") if isinstance(setting, Mapping) else None
        words = f"{'期限' if first == 'periods' else '设置'}：{name or written}"
        part = "periods" if first == "periods" else part
    return SimpleNamespace(written=written, words=words, form=form, part=part, there=seen.has(written))


def _form_words(seen: View, rest: list[str]) -> str:
    found = seen.forms.get(rest[0])
    if found is None:
        return f"表单 {'.'.join(rest)}"
    path = ".".join(rest[1:])
    asked = found.field(path) if path else None
    label = asked.label if asked is not None else next((f.label for f in found.definitions if f.name == path), path)
    return f"表单：{found.title or rest[0]}{' · ' + label if label else ''}"


def _setting(seen: View, first: str, rest: list[str]) -> Any:
    value: Any = seen.written.get(package.SETTINGS, {})
    for part in (first, *rest):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
