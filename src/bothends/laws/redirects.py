"""The laws of redirects: which of them a target may follow, and what it must not take there.

It follows none of an upstream, and none of an ingest where the contract or the scheme of its signatures says so;
elsewhere, to follow is a warning. Whatever it follows, it takes no credential to another origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.laws import owed
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.secrets import COOKIE, CREDENTIAL, KEY, SECRETS, cookies, credentials, keys
from bothends.laws.wording import area_alone
from bothends.records import CANARY, Cause, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.records import Exchange, UpstreamCall

_REDIRECTS = "redirects"
_TOKENS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers whose values are credentials (RFC 9110 sections 11.6.2 and 11.7.2, RFC 6265 section 4.2)."""
_LEAST_TOKEN = 8
OF_THE_EVENT = "of-the-event"
_GIVEN_AWAY = {**SECRETS, OF_THE_EVENT: "a credential of the event's own request"}


def _redirected(exchange: Exchange) -> frozenset[str]:
    """Return the parts of the world that redirect in an exchange."""
    return frozenset(one.subject for one in exchange.case.given if one.name == _REDIRECTS)


def _led_away(exchange: Exchange) -> list[UpstreamCall]:
    """Return the calls to an address that only a redirect leads to."""
    return [call for call in exchange.calls if call.upstream == CANARY]


def _met(exchange: Exchange) -> bool:
    """Whether the target was redirected."""
    faults = [*(call.fault for call in exchange.calls), *(delivery.fault for delivery in exchange.deliveries)]
    return any(fault is not None and fault.name == _REDIRECTS for fault in faults)


def _elsewhere(call: UpstreamCall, exchange: Exchange) -> str:
    """Return, for a person, what led to another address, where that is no fault of the case: an event came late."""
    led = (one.fault for one in exchange.deliveries if one.post == call.post and one.fault is not None)
    fault = next((one for one in led if one.name == _REDIRECTS and one not in exchange.case.given), None)
    return f"{call.request_line} to another address{'' if fault is None else f', as {sentence(fault)} by then'}"


def _forbidden_by(exchange: Exchange, context: LawContext) -> str:
    """Return what says that a redirect is not followed; empty: it is left open."""
    where = _redirected(exchange)
    events = [event for event in context.operation.events if event.ingest in where]
    if where - {event.ingest for event in events}:
        return "calls only to the addresses that the target was given"
    awaited = [event for event in events if owed.awaited(event)]
    if awaited:
        return "an acknowledgement from the address of the callback, for which the answer waits (x-delivery)"
    signed = (one.signature.no_redirects for one in exchange.deliveries if one.signature is not None)
    return next(filter(None, signed), "")


def _describe(call: UpstreamCall, exchange: Exchange, context: LawContext) -> Iterator[str]:
    """Yield the secrets that a call revealed to an unknown address. A signature of the body is none."""
    text = "\n".join([call.request_line, *(f"{name}: {value}" for name, value in call.headers)])
    if any(key in text for key in keys(context)):
        yield KEY
    if any(cookie in text for cookie in cookies(exchange)):
        yield COOKIE
    if any(value in text for what, value in credentials(exchange) if what == CREDENTIAL):
        yield CREDENTIAL
    if any(value in text for value in _tokens(exchange, call.post)):
        yield OF_THE_EVENT


def _tokens(exchange: Exchange, post: int) -> Iterator[str]:
    """Yield the credentials that an event was sent with, as far as they are long enough not to match by chance."""
    for delivery in exchange.deliveries:
        own = _TOKENS if delivery.signature is None else _TOKENS | delivery.signature.secret_headers
        if delivery.post == post:
            yield from (value for name, value in delivery.headers if name in own and len(value) >= _LEAST_TOKEN)


def _given_away(calls: Sequence[UpstreamCall], exchange: Exchange, context: LawContext) -> list[str]:
    told = {what for call in calls for what in _describe(call, exchange, context)}
    # What the settings call a secret is said once, wherever the event has it.
    return [what for what in _GIVEN_AWAY if what in told and not (what == OF_THE_EVENT and KEY in told)]


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not _redirected(exchange) or not (promised := _forbidden_by(exchange, context)):
        return None
    calls = _led_away(exchange)
    if not calls:
        return [] if _met(exchange) else None
    told = " and ".join(sorted(_GIVEN_AWAY[what] for what in _given_away(calls, exchange, context)))
    return [
        Violation(
            cause=Cause("followed"),
            summary="The target followed a redirect of an upstream to an unknown address.",
            expected=promised,
            actual=f"{_elsewhere(calls[0], exchange)}{f', which reveals {told}' if told else ''}",
        )
    ]


REDIRECT_NOT_FOLLOWED = register(
    Law(
        name="redirect-not-followed",
        demands="The target does not follow a redirect of an upstream, nor of an ingest whose acknowledgement the "
        "answer waits for, or whose scheme of signatures says so.",
        source="OWASP ASVS 5.0 15.3.2; RFC 9110 section 15.4: a client may follow, and need not; Standard Webhooks "
        "1.0.0, Delivery success and failure",
        judge=_judge,
        scope=Scope.EXCHANGE,
        cause=area_alone,
        words={"area": "{about}"},
        by_area=True,
    )
)


def _judge_credential(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    calls = _led_away(exchange) if _redirected(exchange) else []
    if not calls:
        return [] if _redirected(exchange) and _met(exchange) else None
    return [
        Violation(
            cause=Cause(what),
            summary=f"The target followed a redirect to another origin with {_GIVEN_AWAY[what]}.",
            expected="no credential in a request to an address that only a redirect names",
            actual=f"{_elsewhere(calls[0], exchange)}, with {_GIVEN_AWAY[what]}",
        )
        for what in _given_away(calls, exchange, context)
    ]


NO_CREDENTIAL_ELSEWHERE = register(
    Law(
        name="no-credential-elsewhere",
        demands="No credential goes to another origin because of a redirect: no token, no shared secret, no cookie.",
        source="RFC 9110 section 15.4: an automatic redirection removes credentials of the original request; CWE-522",
        judge=_judge_credential,
        scope=Scope.EXCHANGE,
        words=_GIVEN_AWAY,
        yields_to=("redirect-not-followed",),
    )
)


def _judge_ingest_redirect(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not _redirected(exchange) or _forbidden_by(exchange, context):
        return None
    calls = _led_away(exchange)
    if not calls:
        return [] if _met(exchange) else None
    return [
        Violation(
            cause=Cause("followed"),
            summary="The target followed a redirect of an ingest to an unknown address.",
            expected="no call to an address that the contract does not name: it may be one inside the target's network",
            actual=_elsewhere(calls[0], exchange),
        )
    ]


INGEST_REDIRECT = register(
    Law(
        name="ingest-redirect",
        demands="The target does not follow a redirect of an ingest, whether or not the answer waits for it.",
        source="OWASP Server-Side Request Forgery Prevention: disable the following of redirections",
        judge=_judge_ingest_redirect,
        scope=Scope.EXCHANGE,
        words={"followed": "redirect followed"},
        severity=Severity.WARNING,
        yields_to=("no-credential-elsewhere",),
    )
)
