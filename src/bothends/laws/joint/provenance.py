"""Each value of the event comes from where the contract's `x-from` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.path_values import path_value
from bothends.laws.json_text import read_json
from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import shown
from bothends.records import MISSING, Answer, find_tokens, json_equal, resolve

if TYPE_CHECKING:
    from bothends.contract import Provenance
    from bothends.records import Delivery, Exchange

# A second on either side: clocks are read in whole seconds by some, and a busy machine takes its time.
_SLACK = 1.0


def _clock(claim: Provenance, exchange: Exchange, delivery: Delivery) -> Broken | None:
    value = claim.value
    earliest, latest = (exchange.began - _SLACK) * 1000, (delivery.received + _SLACK) * 1000
    if isinstance(value, int | float) and not isinstance(value, bool) and earliest <= value <= latest:
        return None
    return Broken(
        cause=f"{claim.pointer} from {claim.source.text}",
        summary=f"{claim.pointer} is not the time of the request in milliseconds.",
        expected=f"between {earliest:.0f} and {latest:.0f}",
        actual=shown(value),
    )


def _upstream(claim: Provenance, exchange: Exchange, delivery: Delivery, grounds: Grounds) -> Broken | None:
    name = claim.source.name
    marked = [t.number for t in find_tokens(grounds.seed, claim.value) if t.kind == "s"]
    calls = [grounds.calls[n] for n in marked if n in grounds.calls] or list(grounds.calls.values())
    given = [c for c in calls if c.upstream == name and c.value is not None and json_equal(c.value, claim.value)]
    if any(c.ended >= exchange.began and c.began <= delivery.received for c in given):
        return None
    if given:
        age = exchange.began - given[-1].ended
        cause, actual = (
            "stale",
            f"an answer that {name} gave {age * 1000:.0f} ms before the request: {shown(claim.value)}",
        )
    elif marked:
        cause, actual = "altered", f"part of an answer of {name}, altered: {shown(claim.value)}"
    else:
        cause, actual = "foreign", shown(claim.value)
    return Broken(
        cause=f"{cause}: {claim.pointer} from {claim.source.text}",
        summary=f"{claim.pointer} is not what {name} answered for this request ({cause}).",
        expected=f"an answer that {name} gave within this exchange",
        actual=actual,
    )


def _equal(claim: Provenance, wanted: Any, where: str) -> Broken | None:
    if wanted is not MISSING and json_equal(wanted, claim.value):
        return None
    return Broken(
        cause=f"{claim.pointer} from {claim.source.text}",
        summary=f"{claim.pointer} is not {where}.",
        expected="nothing" if wanted is MISSING else shown(wanted),
        actual=shown(claim.value),
    )


def _from_json(body: bytes | None, pointer: str) -> Any:
    try:
        return MISSING if body is None else resolve(read_json(body), pointer)
    except ValueError:
        return MISSING


def _check(claim: Provenance, exchange: Exchange, delivery: Delivery, grounds: Grounds) -> Broken | None:
    match claim.source.kind:
        case "clock":
            return _clock(claim, exchange, delivery)
        case "upstream":
            return _upstream(claim, exchange, delivery, grounds)
        case "session":
            wanted = MISSING if exchange.session is None else dict(exchange.session)
            return _equal(claim, wanted, "the user of the caller's session")
        case "request-body":
            return _equal(claim, _from_json(exchange.sent.body, claim.source.pointer), "the value in the request")
        case "answer-body":
            body = exchange.answer.body if isinstance(exchange.answer, Answer) else None
            return _equal(claim, _from_json(body, claim.source.pointer), "the value in the answer")
        case _:
            value = path_value(grounds.operation.path, exchange.sent.target, claim.source.name)
            return _equal(claim, value, "the value in the path")


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    broken: dict[str, Broken] = {}
    judged = False
    for delivery in exchange.deliveries:
        if delivery.payload is None:
            continue
        for callback in grounds.operation.events:
            for claim in callback.provenance(delivery.payload):
                judged = True
                found = _check(claim, exchange, delivery, grounds)
                if found is not None:
                    broken.setdefault(found.cause, found)
    return list(broken.values()) if judged else None


LAW = Law(
    name="provenance",
    demands="Each value under an `x-from` comes from there: this caller's session, an answer of this very exchange.",
    source="the contract: x-from",
    judge=_judge,
    yields_to=("own-event", "no-event-without-success"),
)
