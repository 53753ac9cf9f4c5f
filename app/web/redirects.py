"""Where a redirect may lead: only to pages of this site."""

import re

from flask import request
from werkzeug.wrappers import Response

_PATH = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


def is_own(target: str) -> bool:
    """Whether a target is a path on this site.

    Browsers read `/\\evil.com` and `/<TAB>/evil.com` as another site, while urlsplit sees no host in them.
    """
    return len(target) <= 2000 and _PATH.fullmatch(target) is not None


def see_other(target: str) -> Response:
    """What answers a form that was carried out: the way to a page of this site, and no page of its own."""
    return Response(status=303, headers={"Location": target})


def onward(default: str) -> str:
    """The page that was asked for before signing in (`next`), if it is one of ours."""
    target = request.values.get("next", "")
    return target if is_own(target) else default


def back(default: str) -> str:
    """The page that the request came from, if it is one of ours."""
    referrer, host = request.referrer or "", request.host_url
    target = "/" + referrer.removeprefix(host) if referrer.startswith(host) else ""
    return target if is_own(target) else default
