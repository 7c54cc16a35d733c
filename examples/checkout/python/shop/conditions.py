"""Conditional requests (RFC 9110 section 13): a change of what was seen, and no answer that is known."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
BETWEEN = re.compile(r"[ \t]*,[ \t,]*|[ \t]*$")


def tag_of(shown: dict[str, Any]) -> str:
    """Return the entity tag of what is shown: another one whenever something else is shown."""
    return f'"{hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:24]}"'


def check_match(request: Request, shown: dict[str, Any], *, required: bool = False) -> None:
    """Refuse a change of what is not as the caller has seen it; a weak tag is no proof of that."""
    lines = request.headers.getlist("if-match")
    if not lines and required:
        raise HTTPException(428)
    if lines and not _is_among(tag_of(shown), ",".join(lines)):
        raise HTTPException(412)


def answer_read(request: Request, shown: dict[str, Any]) -> Response:
    """Return what is shown, or 304 where the caller has it already."""
    tag = tag_of(shown)
    lines = request.headers.getlist("if-none-match")
    if lines and _is_among(tag, ",".join(lines), weakly=True):
        return Response(status_code=304, headers={"ETag": tag})
    return JSONResponse(shown, headers={"ETag": tag})


def answer_changed(shown: dict[str, Any], status: int = 200, location: str | None = None) -> Response:
    """Return what is there after a change."""
    where = {} if location is None else {"Location": location}
    return JSONResponse(shown, status, headers={"ETag": tag_of(shown), **where})


def _is_among(tag: str, listed: str, *, weakly: bool = False) -> bool:
    if listed.strip(" \t") == "*":
        return True
    return any(tag == (one.removeprefix("W/") if weakly else one) for one in _tags(listed))


def _tags(listed: str) -> list[str]:
    """Return the tags of a list; none where it is no list of tags, as then it can be true of nothing."""
    tags, at = [], len(listed) - len(listed.lstrip(" \t,"))
    while at < len(listed):
        tag = TAG.match(listed, at)
        between = BETWEEN.match(listed, tag.end()) if tag else None
        if tag is None or between is None:
            return []
        tags.append(tag[0])
        at = between.end()
    return tags
