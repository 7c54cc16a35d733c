"""Conditional requests (RFC 9110 section 13): a change of what was seen, and no answer that is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
BETWEEN = re.compile(r"[ \t]*,[ \t,]*|[ \t]*$")


def tag_of(ticket: dict[str, Any]) -> str:
    """Return the entity tag of a ticket: its version, which each change makes another one."""
    return f'"{ticket["version"]}"'


def check_match(request: Request, ticket: dict[str, Any]) -> None:
    """Refuse a change of what is not as the caller has seen it; a weak tag is no proof of that."""
    lines = request.headers.getlist("if-match")
    if lines and not _is_among(tag_of(ticket), ",".join(lines)):
        raise HTTPException(412)


def answer_read(request: Request, ticket: dict[str, Any]) -> Response:
    """Return a ticket, or 304 where the caller has it already."""
    tag = tag_of(ticket)
    lines = request.headers.getlist("if-none-match")
    if lines and _is_among(tag, ",".join(lines), weakly=True):
        return Response(status_code=304, headers={"ETag": tag})
    return JSONResponse(ticket, headers={"ETag": tag})


def answer_changed(ticket: dict[str, Any]) -> Response:
    """Return a ticket after a change."""
    return JSONResponse(ticket, headers={"ETag": tag_of(ticket)})


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
