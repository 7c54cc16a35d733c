"""The law of challenges: a 401 says how to sign in."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Answer, Cause, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange

# Those that send their credential after a word of their own. Others have none that a challenge could name.
_REGISTERED = frozenset({"basic", "bearer"})


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.UNAUTHORIZED:
        return None
    requirements = context.operation.security.alternatives
    asked = sorted({m.scheme.http_scheme for r in requirements for m in r.members} & _REGISTERED)
    if not asked:
        return None
    if (answer.header("www-authenticate") or "").strip():
        return []
    names = " or ".join(name.capitalize() for name in asked)
    return [
        Violation(
            cause=Cause("no-challenge", status=str(answer.status)),
            summary="The answer 401 does not say how to sign in.",
            expected=f"a WWW-Authenticate header with a challenge, such as {names}",
            actual="no WWW-Authenticate header",
        )
    ]


CHALLENGE_TOLD = register(
    Law(
        name="challenge-told",
        demands="If callers sign in with Basic or Bearer, an answer 401 has a WWW-Authenticate header.",
        source="RFC 9110 section 11.6.1; RFC 7617 section 2; RFC 6750 section 3",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"no-challenge": "{status} without WWW-Authenticate"},
        severity=Severity.WARNING,
    )
)
