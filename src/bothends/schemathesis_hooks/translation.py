"""Requests and responses of Schemathesis' as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.records import Answer, NoAnswer, Request

if TYPE_CHECKING:
    import requests
    import schemathesis

    from bothends.records import Credential


def sent(request: requests.PreparedRequest) -> Request:
    """Return a request as it was sent."""
    headers = tuple((name, _text(value)) for name, value in request.headers.items())
    return Request(request.method or "", request.path_url, headers, _body(request.body))


def answer(response: schemathesis.Response) -> Answer:
    """Return what was answered."""
    headers = tuple((name.lower(), value) for name, values in response.headers.items() for value in values)
    return Answer(response.status_code, headers, response.content, len(response.content), response.message)


def no_answer(request: requests.PreparedRequest) -> NoAnswer:
    """Return that there was no answer."""
    return NoAnswer("closed", f"{request.method} {request.path_url}")


def sign(case: schemathesis.Case[Any], credential: Credential) -> None:
    """Put what a caller shows into a case."""
    case.cookies = {**(case.cookies or {}), **dict(credential.cookies)}
    if credential.headers:
        case.headers.update(dict(credential.headers))
    if credential.query:
        case.query = {**(case.query or {}), **dict(credential.query)}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Any) -> bytes | None:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else None
