"""Each value of the event comes from where the contract's `x-from` says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.laws import owed
from bothends.laws.events import BY_ONE_ID
from bothends.laws.law import Explanation, Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import UNKNOWN, own_value
from bothends.laws.wording import format_value
from bothends.records import MISSING, Cause, find_tokens, json_equal, resolve

if TYPE_CHECKING:
    from bothends.contract import Provenance
    from bothends.laws.law import Evidence, ExchangeTraits
    from bothends.records import Delivery, Exchange, UpstreamCall


# A second on either side: some clocks have whole seconds, and a busy machine is slow.
_SLACK = 1.0

_OWN = {
    "request-body": "the value in the request",
    "request-path": "the value in the path",
    "answer-body": "the value in the answer",
}

# The index of an event in an array is not part of the cause.
_PLACE = re.compile(r"/[0-9]+(?=/|$)")


def _cause(kind: str, claim: Provenance) -> Cause:
    source = claim.source
    return Cause(kind, claim.pointer, source.text, source.name if source.kind == "upstream" else "")


def _clock(claim: Provenance, exchange: Exchange, delivery: Delivery) -> Violation | None:
    value = claim.value
    earliest, latest = (exchange.began - _SLACK) * 1000, (delivery.received + _SLACK) * 1000
    if isinstance(value, int | float) and not isinstance(value, bool) and earliest <= value <= latest:
        return None
    return Violation(
        cause=_cause("off", claim),
        summary=f"{claim.pointer} is not the time of the request in milliseconds.",
        expected=f"between {earliest:.0f} and {latest:.0f}",
        actual=format_value(value),
    )


def _within(call: UpstreamCall, exchange: Exchange, delivery: Delivery) -> bool:
    return call.ended >= exchange.began and call.began <= delivery.received


def _upstream(claim: Provenance, exchange: Exchange, delivery: Delivery, context: LawContext) -> Violation | None:
    name = claim.source.name
    marked = [t.number for t in find_tokens(context.seed, claim.value) if t.kind == "s"]
    # A mark names the call; a mark of a call that is no longer remembered is of long ago.
    forgotten = marked and not any(n in context.calls for n in marked)
    calls = [context.calls[n] for n in marked if n in context.calls] if marked else list(context.calls.values())
    given = [c for c in calls if c.upstream == name and c.value is not None and json_equal(c.value, claim.value)]
    if not any(_within(c, exchange, delivery) for c in given):
        # An upstream may answer the same again: then the mark is that of the first time.
        again = (c for c in context.calls.values() if _within(c, exchange, delivery) and c.upstream == name)
        given = [c for c in again if c.value is not None and json_equal(c.value, claim.value)] or given
    if any(_within(c, exchange, delivery) for c in given):
        if (exchange.number, name) not in context.misplaced:
            return None
        kind = "another-request's"
        value = format_value(claim.value)
        actual = f"the answer to another concurrent request, although each request made its own call: {value}"
    elif given:
        age = exchange.began - given[-1].ended
        kind, actual = (
            "stale",
            f"an answer that {name} gave {age * 1000:.0f} ms before the request: {format_value(claim.value)}",
        )
    elif forgotten:
        kind, actual = "stale", f"an answer that {name} gave long before the request: {format_value(claim.value)}"
    elif marked:
        kind, actual = "altered", f"part of an answer of {name}, altered: {format_value(claim.value)}"
    else:
        kind, actual = "foreign", format_value(claim.value)
    return Violation(
        cause=_cause(kind, claim),
        summary=f"{claim.pointer} is not what {name} answered for this request ({kind.replace('-', ' ')}).",
        expected=f"an answer of {name} in this exchange",
        actual=actual,
    )


def _equal(claim: Provenance, wanted: Any, where: str) -> Violation | None:
    if wanted is not MISSING and json_equal(wanted, claim.value):
        return None
    return Violation(
        cause=_cause("other", claim),
        summary=f"{claim.pointer} is not {where}.",
        expected="no value" if wanted is MISSING else format_value(wanted),
        actual=format_value(claim.value),
    )


def _from_session(claim: Provenance, exchange: Exchange) -> Violation | None:
    expect = exchange.case.expect
    if exchange.session is None and (expect.refused or expect.any_answer):
        return None  # an event of no caller: other laws report that there is one
    if exchange.anonymous:
        return None  # the caller is unknown, and the run says so
    if exchange.session is None and claim.value is None:
        return None  # no caller is signed in, which is allowed: JSON has two ways to say so
    wanted = MISSING if exchange.session is None else resolve(dict(exchange.session), claim.source.pointer)
    return _equal(claim, wanted, "the user of the caller's session")


def _from_exchange(claim: Provenance, exchange: Exchange, context: LawContext) -> Violation | None:
    number = isinstance(claim.value, int | float)
    wanted = own_value(claim.source, exchange, context.operation, number=number)
    return None if wanted is UNKNOWN else _equal(claim, wanted, _OWN[claim.source.kind])


def _from_setup(claim: Provenance, context: LawContext) -> Violation | None:
    # The value of another start is as good: what was sent before a restart may come after it.
    known = context.setup.get(claim.source.name, ())
    if any(json_equal(value, claim.value) for value in known):
        return None
    return _equal(claim, known[-1] if known else MISSING, "the value from setup")


def _check(claim: Provenance, exchange: Exchange, delivery: Delivery, context: LawContext) -> Violation | None:
    match claim.source.kind:
        case "clock":
            return _clock(claim, exchange, delivery)
        case "upstream":
            return _upstream(claim, exchange, delivery, context)
        case "session":
            return _from_session(claim, exchange)
        case "setup":
            return _from_setup(claim, context)
        case _:
            return _from_exchange(claim, exchange, context)


def _placed(cause: Cause) -> Cause:
    return replace(cause, location=_PLACE.sub("/0", cause.location, count=1))


def _distinguished(broken: Violation, _: ExchangeTraits) -> Cause:
    """Return which value it is, and where it should come from: stale, altered or another's."""
    return replace(broken.cause, kind="value")


def _of_clock(one: Evidence, other: Evidence) -> bool:
    """Whether the ingest refuses the very time that the contract finds wrong."""
    return "timestamp" in one.cause.source and other.cause.source.startswith("clock.")


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    broken: dict[Cause, Violation] = {}
    judged = False
    for callback, delivery in owed.each_post(exchange, context):
        if delivery.payload is None or callback is None:
            continue
        for claim in callback.provenance(delivery.payload):
            judged = True
            found = _check(claim, exchange, delivery, context)
            if found is not None:
                cause = _placed(found.cause) if isinstance(delivery.payload, list) else found.cause
                cause = replace(cause, callback=owed.named(callback, context))
                broken.setdefault(cause, replace(found, cause=cause))
    return list(broken.values()) if judged else None


PROVENANCE = register(
    Law(
        name="provenance",
        demands="Each value with an `x-from` comes from that source: "
        "this caller's session, or an answer of this exchange.",
        source="the contract: x-from",
        judge=_judge,
        scope=Scope.EVENT,
        cause=_distinguished,
        words={"value": "{location} from {source}"},
        explained_by=(Explanation("nothing-dropped", _of_clock, in_each=False), BY_ONE_ID),
        about_content=True,
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "no-event-without-success"),
    )
)
