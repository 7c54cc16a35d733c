"""The page that calls the route, as far as the pact is concerned: one call, and what it makes of each answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

import httpx

PATIENCE = 15.0
"""How long the page waits for an answer, seconds."""


class Next(Enum):
    """What the page does next."""

    DONE = "say that it worked"
    SIGN_IN = "go to the sign-in page"
    TRY_AGAIN = "offer a button to try again"
    GIVE_UP = "say what went wrong"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call.

    Attributes:
        next: What the page does next.
        said: What it shows of the problem; empty when there is none.
        kind: What it reports to those who run the page: the problem's type; empty when there is none.
    """

    next: Next
    said: str = ""
    kind: str = ""


_NEXT = {
    HTTPStatus.UNAUTHORIZED: Next.SIGN_IN,
    HTTPStatus.SERVICE_UNAVAILABLE: Next.TRY_AGAIN,
    HTTPStatus.GATEWAY_TIMEOUT: Next.TRY_AGAIN,
}


def ask(base_url: str) -> Outcome:
    """Ask for the route, and return what came of it.

    The browser adds the session's cookie; the page never sees it.

    Args:
        base_url: Where the route is served.

    Raises:
        httpx.HTTPError: There is no answer.
        ValueError: The answer's body is no JSON.
        KeyError: A problem lacks its type, its title or its status.
    """
    with httpx.Client(base_url=base_url, timeout=PATIENCE, trust_env=False) as client:
        answer = client.post("/api/route", json={"data": "data"})
    said = answer.json()
    # The string, not the boolean.
    if answer.status_code == HTTPStatus.OK and said == {"success": "true"}:
        return Outcome(Next.DONE)
    if answer.headers["content-type"] != "application/problem+json":
        return Outcome(Next.GIVE_UP)
    # The problem's own status is the route's; that of the answer may be a proxy's (RFC 9457 section 3.1.2).
    return Outcome(_NEXT.get(said["status"], Next.GIVE_UP), said["title"], said["type"])
