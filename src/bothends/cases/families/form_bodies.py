"""Bodies that are forms: right, wrong and odd ones, for the families that have such bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bothends.cases.families import requests
from bothends.cases.families.values import property_names
from bothends.contract.messages import BOUNDARY, MULTIPART, json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Operation
    from bothends.records import Request

# Values of which no schema but one for texts takes the text.
_WRONG = {"word": "not-a-number", "fraction": "1.5e", "list": "[1]"}


def right_forms(
    operation: Operation, name: str, media_type: str, members: Mapping[str, Any]
) -> Iterator[tuple[str, Request]]:
    """Yield one form in the ways that it may as well be written.

    Args:
        operation: The operation.
        name: The form's short name, with which the cases' begin.
        media_type: The media type, as declared.
        members: The members of a right form.
    """
    plain = requests.form(operation, members, media_type)
    yield f"{name}-usual", plain
    yield f"{name}-reversed", requests.form(operation, dict(reversed(list(members.items()))), media_type)
    yield f"{name}-chunked", replace(plain, framing="chunked")
    body = plain.body or b""
    if media_type.startswith(MULTIPART):
        # RFC 2046 section 5.1.1: what stands before the first part means nothing, and a boundary may be quoted.
        yield f"{name}-preamble", replace(plain, body=b"This is a preamble.\r\n" + body)
        quoted = _with_type(plain, f'{MULTIPART}; boundary="{BOUNDARY}"')
        yield f"{name}-boundary-quoted", quoted
    else:
        yield f"{name}-spaces-as-percent-20", replace(plain, body=body.replace(b"+", b"%20"))
        yield f"{name}-charset-utf-8", _with_type(plain, f"{media_type}; charset=utf-8")
        yield f"{name}-percent-lower-case", replace(plain, body=_lower_case(body))


def _lower_case(body: bytes) -> bytes:
    """Return a form whose percent-encodings have small letters, which mean the same (RFC 3986 section 2.1)."""
    first, *rest = body.split(b"%")
    return b"%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def wrong_forms(
    operation: Operation, name: str, media_type: str, members: Mapping[str, Any]
) -> Iterator[tuple[str, Request]]:
    """Yield forms with a member left out, one more, or a text that is no value of its type: some may be right."""
    yield f"{name}-additional-unexpected", requests.form(operation, {**members, "unexpected": "x"}, media_type)
    schema = operation.body.content[media_type] if operation.body is not None else None
    for member in property_names({} if schema is None else schema.raw):
        less = {key: value for key, value in members.items() if key != member}
        yield f"{name}-without-{member}", requests.form(operation, less, media_type)
        for kind, text in _WRONG.items():
            yield f"{name}-{member}-{kind}", requests.form(operation, {**members, member: text}, media_type)


def odd_forms(
    operation: Operation, name: str, media_type: str, members: Mapping[str, Any]
) -> Iterator[tuple[str, Request]]:
    """Yield forms of which right servers make different things: broken, cut, with a field that comes twice."""
    plain = requests.form(operation, members, media_type)
    body = plain.body or b""
    if media_type.startswith(MULTIPART):
        yield f"{name}-no-boundary", _with_type(plain, MULTIPART)
        yield f"{name}-other-boundary", _with_type(plain, f"{MULTIPART}; boundary=other")
        yield f"{name}-cut-short", replace(plain, body=body[: len(body) // 2])
        yield f"{name}-no-end", replace(plain, body=body.removesuffix(f"--{BOUNDARY}--\r\n".encode()))
        yield f"{name}-part-without-name", replace(plain, body=body.replace(b"; name=", b"; title=", 1))
        return
    first = next(iter(members), "a")
    yield f"{name}-bad-percent", replace(plain, body=body + b"&%=%zz&" + quote(first).encode() + b"=%")
    yield f"{name}-not-utf-8", replace(plain, body=body + b"&unexpected=%ff")
    yield f"{name}-raw-not-utf-8", replace(plain, body=body + b"&unexpected=\xff")
    yield f"{name}-no-equals", replace(plain, body=body + b"&unexpected")
    yield f"{name}-empty-fields", replace(plain, body=b"&&" + body + b"&&=&")
    yield f"{name}-member-twice", replace(plain, body=body + b"&" + quote(first).encode() + b"=twice")
    yield f"{name}-as-json", replace(plain, body=json_bytes(dict(members)))
    yield f"{name}-brackets", replace(plain, body=body + b"&a[__proto__][b]=1&a[]=1&a[b=1&a]b[=1")


def _with_type(request: Request, content_type: str) -> Request:
    name = requests.CONTENT_TYPE
    return replace(request, headers=tuple((n, content_type if n == name else v) for n, v in request.headers))
