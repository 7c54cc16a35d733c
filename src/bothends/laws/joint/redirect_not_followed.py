"""No upstream sends the target elsewhere: redirects are not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.secrets import COOKIE, KEY, SECRETS, cookies, keys
from bothends.laws.status_cause import area_alone
from bothends.records import CANARY, Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange, UpstreamCall


def _told(call: UpstreamCall, exchange: Exchange, grounds: Grounds) -> Iterator[str]:
    """Yield what a call gave away, and to whom nobody knows."""
    text = "\n".join([call.request_line, *(f"{name}: {value}" for name, value in call.headers)])
    if any(key in text for key in keys(grounds)):
        yield KEY
    if any(cookie in text for cookie in cookies(exchange)):
        yield COOKIE


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not any(condition.name == "redirects" for condition in exchange.case.given):
        return None
    # Whether a webhook's redirect is followed is open, where nothing says that an answer waits for the event.
    free = [event.ingest for event in grounds.operation.events if not owed.awaited(event)]
    if any(condition.subject in free for condition in exchange.case.given):
        return None
    calls = [call for call in exchange.calls if call.upstream == CANARY]
    if not calls:
        return []
    told = " and ".join(sorted({SECRETS[what] for call in calls for what in _told(call, exchange, grounds)}))
    return [
        Broken(
            cause=Cause("followed"),
            summary="A redirect of an upstream is followed, to an address that nobody vouches for.",
            expected="no call to any address but those that the target was given",
            actual=f"{calls[0].request_line} elsewhere{f', which told {told}' if told else ''}",
        )
    ]


LAW = register(
    Law(
        name="redirect-not-followed",
        demands="A redirect by which an upstream answers is not followed.",
        source="OWASP ASVS 5.0 15.3.2; RFC 9110 section 15.4: a client may follow, and need not",
        judge=_judge,
        scope=Scope.EXCHANGE,
        cause=area_alone,
        words={"area": "{about}"},
        by_area=True,
    )
)
