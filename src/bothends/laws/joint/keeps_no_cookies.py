"""A target that promises to keep no cookies sends none that an upstream has set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import KEEPS_NO_COOKIES
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import part
from bothends.records import INGEST, KEPT_COOKIE, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if KEEPS_NO_COOKIES not in grounds.promises:
        return None
    sent = [(call.upstream, call.headers) for call in exchange.calls]
    sent += [(INGEST, delivery.headers) for delivery in exchange.deliveries]
    if not sent:
        return None
    kept = {who for who, headers in sent if any(name == "cookie" and KEPT_COOKIE in text for name, text in headers)}
    return [
        Broken(
            cause=Cause("cookie", upstream=who),
            summary=f"A request to {part(who)} carries a cookie that it was given with an earlier answer.",
            expected="no such cookie: all callers share the jar, and the target promises to have none",
            actual="the cookie is in the request's headers",
        )
        for who in sorted(kept)
    ]


LAW = register(
    Law(
        name="keeps-no-cookies",
        demands="A target that promises to keep no cookies sends none back to an upstream that has set one.",
        source="the contract: keeps_no_cookies in the settings file; CWE-488",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"cookie": "cookie to {who}"},
    )
)
