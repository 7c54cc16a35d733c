"""A request as an operation of the service has it, what it answers, and the words with which the service is begun."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

LIKE = {name: value for name, _, value in (word.partition("=") for word in os.environ.get("LIKE", "").split())}
"""In what a right service differs: names, each with a value that may be empty."""
BUG = os.environ.get("BUG", "")
"""What is wrong."""
BAD = int(LIKE.get("bad", "400"))
"""The status for a body that is not as the contract has it."""
LONGEST = 40
"""Characters of a text."""
CALLERS = ("alice", "bob", "reader")


class Refused(Exception):  # noqa: N818 -- it is an answer, and no error of the service
    """The request is answered with a status, and nothing is done."""

    def __init__(self, status: int) -> None:
        """Take the status."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        status: Its HTTP status.
        value: The JSON value of its body; None: it has none.
        headers: Its headers, beside those of the body.
    """

    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        path: Its path.
        names: What stands in the parameters of its path.
        headers: By the names in lower case.
        body: The body.
    """

    path: str
    names: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def caller(self) -> str:
        """Who asks: by a key, or by the name of a tenant; empty where nobody has to say so."""
        return self.headers.get("x-key" if "signed" in LIKE else "x-tenant", "")

    def members(self, *names: str) -> dict[str, str]:
        """Return the body: an object with these members, each of which is a text.

        Raises:
            Refused: It is anything else.
        """
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            value = json.loads(self.body.decode(), parse_constant=float.fromhex)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Refused(BAD) from None
        if not isinstance(value, dict) or value.keys() != {*names}:
            raise Refused(BAD)
        if not all(isinstance(member, str) and len(member) <= LONGEST for member in value.values()):
            raise Refused(BAD)
        return value


def signed_in(asked: Asked) -> None:
    """Refuse a caller who does not say who they are, where that is asked for."""
    if "signed" in LIKE and asked.caller not in CALLERS:
        raise Refused(HTTPStatus.UNAUTHORIZED)
    if "tenants" in LIKE and not asked.caller:
        raise Refused(BAD)


def allowed(asked: Asked) -> None:
    """Refuse a caller who may not do it."""
    if asked.caller == "reader":
        raise Refused(HTTPStatus.FORBIDDEN)
