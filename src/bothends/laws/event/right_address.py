"""The event goes to the URL that the contract's callback names, with the key that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.url_template import EVENT_KEY
from bothends.laws.event import owed
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


LACKING = "without-a-setting"
"""Family of requests to a target that was started without a part of its settings: the event key, it may be."""


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.declared:
        return None
    # Who was given no key can't know the address. What nobody took has gone nowhere.
    untold = exchange.case.family == LACKING
    found = (
        (event or grounds.operation.events[0], delivery)
        for event, delivery in owed.each(exchange, grounds)
        if not delivery.right_address and (delivery.stored or not untold)
    )
    callback, wrong = next(found, (None, None))
    if callback is None or wrong is None:
        return []
    key = ", with the key that the world gave out" if EVENT_KEY in callback.url.names else ""
    return [
        Broken(
            cause=Cause("address", location=wrong.method, callback=owed.named(callback, grounds)),
            summary=f"The event{owed.of_callback(callback, grounds)} was sent to another URL than the contract names.",
            expected=f"{callback.method} {callback.url_template}{key}",
            actual=f"{wrong.method} to another path{', or with another key' if key else ''}, answered {wrong.status}",
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
