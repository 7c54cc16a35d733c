"""What a target promises in its settings holds, where correct targets do one thing or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import PROMISES
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import outcome, statuses
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange

_SUCCESSES = range(200, 300)


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    expect, answer = exchange.case.expect, exchange.answer
    if not grounds.promised(exchange) or (exchange.excuse and not isinstance(answer, Answer)):
        return None
    # Who promises to refuse may close the connection as well.
    refused = not isinstance(answer, Answer) and not any(status in _SUCCESSES for status in expect.promised)
    if refused or (isinstance(answer, Answer) and answer.status in expect.promised | expect.absent):
        return []
    return [
        Broken(
            cause=Cause("promise", location=expect.promise),
            summary=f"A promise is broken ({expect.promise}): {exchange.case.label} is answered {outcome(answer)}.",
            expected=f"{statuses(expect.promised)}: the target promises {PROMISES[expect.promise]}",
            actual=outcome(answer),
        )
    ]


LAW = register(
    Law(
        name="as-promised",
        demands="What a target promises in its settings, beyond what is demanded of all, holds.",
        source="the contract: the promises in the settings file",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"promise": "{location}"},
        yields_to=("no-event-without-success", "event-for-success", "drains", "answered-in-time", "family-status"),
    )
)
