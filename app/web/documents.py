"""附件: giving a file to somebody who may read it. It is always saved and never shown as a page of ours."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, current_app, g, send_file
from werkzeug.wrappers import Response

from app import db
from app.documents import queries, storage
from app.errors import NotFound
from app.web import access

documents = Blueprint("documents", __name__, url_prefix="/documents")


@documents.get("/<public_id>")
@access.rule(access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer", "expert"))
def download(public_id: str) -> Response:
    """The file as it was uploaded, under the name that it had."""
    with db.reading() as session:
        document = queries.readable(session, g.identity, public_id)
    path = storage.path_of(current_app.config["BANJIAN"].files_dir, document.sha256)
    if not path.is_file():
        raise NotFound(f"“{document.name}”已登记，但存储中没有找到文件。请联系系统管理员从备份中恢复。")
    return as_attachment(document.name, document.media_type, document.sha256, path, at=document.uploaded_at)


def as_attachment(name: str, media_type: str, digest: str, path: Path, *, at: datetime | None = None) -> Response:
    """A stored file to be saved under its name, never shown as a page of ours."""
    response = send_file(path, mimetype=media_type, conditional=True, etag=digest, last_modified=at)
    # Only the form that needs no quoting: a name is a stranger's text, whatever it holds.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
