"""Error answers as problem details (RFC 9457), those of the operation and those of the server itself."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from sanic.exceptions import PayloadTooLarge, SanicException
from sanic.handlers import ErrorHandler
from sanic.http import Http
from sanic.response import HTTPResponse

from hardened import json_text
from hardened.connection import UNREADABLE, leave_body

if TYPE_CHECKING:
    from sanic.request import Request

    from hardened.spec import ErrorAnswer

_LOG = logging.getLogger("hardened")
_MEDIA_TYPE = "application/problem+json"
_LONGEST_LINE = 8192
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_CHALLENGE = {"WWW-Authenticate": 'Cookie realm="session"'}
"""RFC 9110 section 15.5.2: a 401 names a challenge. None is registered for cookies; this one is a common draft's."""


def problem(answer: ErrorAnswer) -> HTTPResponse:
    """Return a declared error answer."""
    headers = _CHALLENGE if answer.status == HTTPStatus.UNAUTHORIZED else {}
    return _response(answer.status, f"urn:problem-type:{answer.family}", answer.title, answer.media_type, headers)


class ProblemHandler(ErrorHandler):
    """Answers what goes wrong outside of the operation: routing, framing, limits, and bugs."""

    def default(self, request: Request, exception: Exception) -> HTTPResponse:
        """Return problem details that say no more than the status does."""
        status, headers = self._status(request, exception), {}
        if isinstance(exception, SanicException):
            headers = {name: value for name, value in exception.headers.items() if name.lower() == "allow"}
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _LOG.error("%s", type(exception).__name__, exc_info=exception)
        leave_body(request, close=status == HTTPStatus.REQUEST_TIMEOUT)
        return _response(status, "about:blank", _PHRASES.get(status, "Error"), _MEDIA_TYPE, headers)

    @staticmethod
    def _status(request: Request, exception: Exception) -> int:
        if isinstance(exception, PayloadTooLarge) and request.route is None and request.method == UNREADABLE:
            # Sanic says 413 of a head that is too long: of its first line, or of its fields (RFC 6585 section 5).
            head = request.stream.recv_buffer if isinstance(request.stream, Http) else b""
            long_line = len(head.partition(b"\r\n")[0]) > _LONGEST_LINE
            return (HTTPStatus.REQUEST_URI_TOO_LONG if long_line else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE).value
        if isinstance(exception, SanicException):
            return exception.status_code
        return HTTPStatus.INTERNAL_SERVER_ERROR.value


def _response(status: int, kind: str, title: str, media_type: str, headers: dict[str, str]) -> HTTPResponse:
    body = json_text.dumps({"type": kind, "title": title, "status": status})
    return HTTPResponse(body, status, {"Cache-Control": "no-store", **headers}, media_type)
