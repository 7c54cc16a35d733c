"""The event of one caller's request carries that caller, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause, find_tokens

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    partners = grounds.swapped.get(exchange.number)
    if partners:
        return [
            Broken(
                cause=Cause("swapped"),
                summary="The event of one caller's request carries another caller's identity.",
                expected="one event for each caller, with the caller's own identity",
                actual=f"{len(exchange.deliveries)} events for this caller, and none for another of the same moment"
                if exchange.deliveries
                else "no event for this caller, and more than one for another of the same moment",
            )
        ]
    if not exchange.declared or exchange.session is None:
        return None
    for delivery in exchange.declared:
        users = {t.number for t in find_tokens(grounds.seed, delivery.event) if t.kind == "u"}
        if users - {exchange.number}:
            return [
                Broken(
                    cause=Cause("values"),
                    summary="The event of one caller carries values of another caller's session.",
                    expected=f"only {shown(exchange.session)}",
                    actual=shown(delivery.event),
                )
            ]
    return []


LAW = register(
    Law(
        name="own-event",
        demands="An event carries the identity of the caller whose request caused it, and of no other.",
        source="the contract: x-from session.user; the history: mixed is empty",
        judge=_judge,
        scope=Scope.EVENT,
        words={"swapped": "another caller's event", "values": "another caller's values"},
        needs_tie=True,
        as_check=True,
    )
)
