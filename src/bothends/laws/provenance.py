"""Each value of the event, and of the answer, comes from where the contract's `x-from` says."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bothends.laws import owed
from bothends.laws.events import BY_ONE_ID, BY_USED_ID
from bothends.laws.law import Explanation, Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import ANSWERED, UNKNOWN, agrees, own_value
from bothends.laws.varieties import texts_in
from bothends.laws.wording import format_value
from bothends.records import MISSING, Cause, find_tokens, json_equal, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.terms import Provenance, Source
    from bothends.laws.law import Evidence, ExchangeTraits
    from bothends.records import Exchange, UpstreamCall


# A second on either side: some clocks have whole seconds, and a busy machine is slow.
_SLACK = 1.0

_OWN = {
    "request-body": "the value in the request",
    "request-path": "the value in the path",
    "request-query": "the value in the query",
    "request-header": "the value in the request's header",
    "answer-body": "the value in the answer",
    "answer-header": "the value in the answer's header",
}

# The index of an event in an array is not part of the cause.
_PLACE = re.compile(r"/[0-9]+(?=/|$)")


def _cause(kind: str, claim: Provenance) -> Cause:
    source = claim.source
    return Cause(kind, claim.pointer, source.text, source.name if source.kind == "upstream" else "")


def _clock(claim: Provenance, earliest: float, latest: float) -> Violation | None:
    """Look at a time.

    Args:
        claim: The value.
        earliest: When its exchange began; by the system's clock, seconds.
        latest: When the value was there, at the latest; likewise.
    """
    value, form = claim.value, claim.source.name
    if is_time(value, form, earliest, latest):
        return None
    earliest, latest = earliest - _SLACK, latest + _SLACK
    if form == "iso":
        expected = " and ".join(datetime.fromtimestamp(each, UTC).isoformat() for each in (earliest, latest))
        unit = "as ISO 8601 (RFC 3339)"
    else:
        each_second, unit = (1000, "in milliseconds") if form == "ms" else (1, "in seconds")
        expected = f"{earliest * each_second:.0f} and {latest * each_second:.0f}"
    return Violation(
        cause=_cause("off", claim),
        summary=f"{claim.pointer} is not the time of the request {unit}.",
        expected=f"between {expected}",
        actual=format_value(value),
    )


def is_time(value: Any, form: str, earliest: float, latest: float) -> bool:
    """Return whether a value is a time (`ms`, `s`, `iso`) between two of the clock, seconds, or a second off them."""
    earliest, latest = earliest - _SLACK, latest + _SLACK
    if form == "iso":
        found = span_of(value) if isinstance(value, str) else None
        return found is not None and found[0] <= latest and earliest <= found[1]
    each_second = 1000 if form == "ms" else 1
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and earliest * each_second <= value <= latest * each_second


_FURTHEST_ZONES = timedelta(hours=14)
_LAST_PART = re.compile(r"[T ]\d\d:?\d\d(:?\d\d)?")


def span_of(text: str) -> tuple[float, float] | None:
    """Return the first and the last moment that an ISO 8601 time may mean, seconds since the epoch; None: it is none.

    A time without an offset is UTC. One without seconds is any of its minute, a date alone is that day anywhere.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    written = _LAST_PART.search(text)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        if written is None:
            begins, ends = moment - _FURTHEST_ZONES, moment + _FURTHEST_ZONES + timedelta(days=1)
        else:
            begins, ends = moment, moment if written[1] is not None else moment + timedelta(minutes=1)
    except OverflowError:
        return None
    return begins.timestamp(), ends.timestamp()


def _has(call: UpstreamCall, claim: Provenance) -> bool:
    """Whether an upstream answered a value, or had it in its answer where the source says."""
    wanted = MISSING if call.value is None else resolve(call.value, claim.source.pointer)
    return wanted is not MISSING and json_equal(wanted, claim.value)


def _upstream(
    claim: Provenance, exchange: Exchange, latest: float, context: LawContext, *, of_event: bool
) -> Violation | None:
    name = claim.source.name
    marked = [t.number for t in find_tokens(context.seed, claim.value) if t.kind == "s"]
    # A mark names the call; a mark of a call that is no longer remembered is of long ago.
    forgotten = marked and not any(n in context.calls for n in marked)
    calls = [context.calls[n] for n in marked if n in context.calls] if marked else list(context.calls.values())
    given = [c for c in calls if c.upstream == name and _has(c, claim)]
    if not any(c.is_of(exchange, latest) for c in given):
        # An upstream may answer the same again: then the mark is that of the first time.
        again = (c for c in context.calls.values() if c.is_of(exchange, latest) and c.upstream == name)
        given = [c for c in again if _has(c, claim)] or given
    if any(c.is_of(exchange, latest) for c in given):
        if not of_event or (exchange.number, name) not in context.misplaced:
            return None
        kind = "another-request's"
        value = format_value(claim.value)
        actual = f"the answer to another concurrent request, although each request made its own call: {value}"
    elif any(c.ended >= exchange.began and not c.concerns(exchange.session) for c in given):
        kind, actual = "another-caller's", f"the answer to a call about another caller: {format_value(claim.value)}"
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


def _equal(claim: Provenance, wanted: Any, where: str, absent: str = "no value") -> Violation | None:
    if wanted is not MISSING and json_equal(wanted, claim.value):
        return None
    return Violation(
        cause=_cause("other", claim),
        summary=f"{claim.pointer} is not {where}.",
        expected=absent if wanted is MISSING else format_value(wanted),
        actual=format_value(claim.value),
        alike="" if wanted is MISSING else _without(wanted, claim.value),
    )


def _without(wanted: Any, shown: Any) -> str:
    """Return which characters that nobody sees are all that a value lacks, such as U+0000; empty: it lacks others.

    What drops them drops them from each text, whichever member it is: that is one mistake.
    """
    sent, came = (set("".join(texts_in(value))) for value in (wanted, shown))
    lost = sorted(character for character in sent - came if not character.isprintable())
    try:
        is_all = bool(lost) and json_equal(_cut(wanted, dict.fromkeys(map(ord, lost))), shown)
    except RecursionError:  # it is as deep as a case can make it
        return ""
    return f"without {' '.join(f'U+{ord(character):04X}' for character in lost)}" if is_all else ""


def _cut(value: Any, lost: Mapping[int, None]) -> Any:
    """Return a value without some characters in its texts."""
    match value:
        case str():
            return value.translate(lost)
        case dict():
            return {name.translate(lost): _cut(member, lost) for name, member in value.items()}
        case list():
            return [_cut(item, lost) for item in value]
        case _:
            return value


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
    # A request that is sent again may have been executed again: its event has the values of that answer.
    values = [own_value(claim.source, e, context.operation, like=claim.value) for e in (exchange, *exchange.repeats)]
    if any(value is UNKNOWN or agrees(claim, value) for value in values):
        return None
    expect = exchange.case.expect
    may_refuse = expect.refused or expect.any_refusal or expect.any_answer
    if may_refuse and any(_is_written(value, claim.value) for value in values):
        return None  # who takes what need not be taken may read it as what it should be
    if (
        (expect.refused or expect.any_refusal)
        and claim.source.kind not in ANSWERED
        and any(value is MISSING for value in values)
    ):
        return None  # that it was taken without the value is told; what it is taken for then, no contract says
    return _equal(claim, values[0], _OWN[claim.source.kind], _absent(claim.source))


def _is_written(value: Any, text: Any) -> bool:
    """Return whether a text is how a number, true or false is written; infinity is, where a number has no double."""
    if not isinstance(value, int | float) or not isinstance(text, str):
        return False
    if text.lower() == json.dumps(value):
        return True
    with contextlib.suppress(ValueError):  # it is how no number is written
        return isinstance(value, float) and float(text) == value
    return False


def _absent(source: Source) -> str:
    """Return what an event may have where the request has no value: whose default that may be is often mistaken."""
    if source.kind in ANSWERED:
        return "no value"
    if source.default is not MISSING:
        return f"no value, or {format_value(source.default)}: the default at {source.text}"
    return f"no value, as the contract gives {source.text} no `default`"


def _from_setup(claim: Provenance, context: LawContext) -> Violation | None:
    # The value of another start is as good: what was sent before a restart may come after it.
    known = context.setup.get(claim.source.name, ())
    if any(json_equal(value, claim.value) for value in known):
        return None
    return _equal(claim, known[-1] if known else MISSING, "the value from setup")


def check(
    claim: Provenance, exchange: Exchange, latest: float, context: LawContext, *, of_event: bool = True
) -> Violation | None:
    """Return what is wrong with where a value comes from; None: nothing is, or nobody can tell.

    Args:
        claim: The value, and where it must come from.
        exchange: Whose event or answer it is in.
        latest: When it was there, at the latest; by the clock, seconds.
        context: What laws judge by.
        of_event: Whether it is in an event; else it is in the answer.
    """
    match claim.source.kind:
        case "clock":
            return _clock(claim, context.wall(exchange.began), context.wall(latest))
        case "upstream":
            return _upstream(claim, exchange, latest, context, of_event=of_event)
        case "session":
            return _from_session(claim, exchange)
        case "setup":
            return _from_setup(claim, context)
        case _:
            return _from_exchange(claim, exchange, context)


def placed(cause: Cause) -> Cause:
    """Return the cause of what is wrong with one of several values in a list: which of them is none of it."""
    return replace(cause, location=_PLACE.sub("/0", cause.location, count=1))


def distinguished(broken: Violation, _: ExchangeTraits) -> Cause:
    """Return which value it is, and where it should come from: stale, altered or another's."""
    return replace(broken.cause, kind="value")


def _of_clock(one: Evidence, other: Evidence) -> bool:
    """Whether the ingest refuses the very time that the contract finds wrong."""
    return "timestamp" in one.cause.source and other.cause.source.startswith("clock.")


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    broken: dict[Cause, Violation] = {}
    judged = False
    for callback, delivery in owed.each(exchange, context):
        for claim in () if callback is None else callback.provenance(delivery.content):
            judged = True
            found = check(claim, exchange, delivery.received, context)
            if found is not None:
                cause = placed(found.cause) if isinstance(delivery.event, list) else found.cause
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
        cause=distinguished,
        words={"value": "{location} from {source}"},
        explained_by=(Explanation("nothing-dropped", _of_clock, in_each=False), BY_ONE_ID, BY_USED_ID),
        about_content=True,
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "no-event-without-success"),
    )
)
