"""The event goes to the URL that the contract's callback names, with the key that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


LACKING = "without-a-setting"
"""Family of requests to a target that was started without a part of its settings: the event key, it may be."""


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    # Who was given no key can't know the address. What nobody took has gone nowhere.
    untold = exchange.case.family == LACKING
    wrong = next((d for d in exchange.deliveries if not d.right_address and (d.stored or not untold)), None)
    if wrong is None:
        return []
    callback = grounds.operation.events[0]
    return [
        Broken(
            cause=Cause("address", location=wrong.method),
            summary="The event was sent to another URL than the contract's callback names.",
            expected=f"{callback.method} {callback.url_template}, with the key that the world gave out",
            actual=f"{wrong.method} to another path, or with another key, answered {wrong.status}",
        )
    ]


LAW = register(
    Law(
        name="right-address",
        demands="The event goes to the callback's URL, by its method, with the event key that was given.",
        source="OpenAPI 3.1 Callback Object; Inngest event API, POST /e/{key}",
        judge=_judge,
        scope=Scope.EVENT,
        words={"address": "{location}"},
        as_check=True,
    )
)
