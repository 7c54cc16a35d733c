"""The laws of signatures: of the bytes that arrived, at the time of the attempt, with the identity of the event.

A scheme says what is right (`world/signatures`); where the settings ask for none, these laws have nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws import owed
from bothends.laws.events import BY_USED_ID
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Cause, json_equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import EventContract
    from bothends.records import Delivery, Exchange, SignatureCheck

_WORDS = {
    "missing": "no {location}",
    "malformed": "malformed {location}",
    "wrong": "{location}: not of these bytes",
    "incomplete": "{location}: not of all secrets",
}
_SUMMARIES = {
    "missing": "is not signed",
    "malformed": "has a signature that is not in the form of its scheme",
    "wrong": "has a signature that is not of the bytes that arrived",
    "incomplete": "is not signed with all secrets that are in force",
}
_REASONS = {
    "wrong": "; the cause may be another secret, another coding of the secret, or a body that is serialized again"
    " after it was signed",
}


def _signed(exchange: Exchange, context: LawContext) -> Iterator[tuple[EventContract | None, Delivery, SignatureCheck]]:
    """Yield each request to an ingest that asks for a signature."""
    for event, delivery in owed.each_post(exchange, context):
        if delivery.signature is not None:
            yield event, delivery, delivery.signature


# The signature is of the bytes that arrived.


def _judge_authentic(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    broken: dict[Cause, Violation] = {}
    judged = False
    for event, _, check in _signed(exchange, context):
        judged = True
        if not check.problem:
            continue
        cause = Cause(check.problem, location=check.header, callback=owed.named(event, context))
        broken.setdefault(
            cause,
            Violation(
                cause=cause,
                summary=f"The event{owed.of_callback(event, context)} {_SUMMARIES[check.problem]}.",
                expected=f"a signature `{check.scheme}` ({check.source})" if check.source else f"`{check.scheme}`",
                actual=f"{check.detail}{_REASONS.get(check.problem, '')}",
            ),
        )
    return list(broken.values()) if judged else None


AUTHENTIC = register(
    Law(
        name="authentic",
        demands="Each delivery has the signature that the settings ask for, of exactly the bytes that arrive.",
        source="the settings: signature of the ingest; Standard Webhooks 1.0.0; the documents of Stripe and GitHub",
        judge=_judge_authentic,
        scope=Scope.EVENT,
        words=_WORDS,
        as_check=True,
    )
)


# The timestamp is that of the attempt.

_MILLISECONDS = 1000
# A timestamp of whole seconds is up to one second old when it is written.
_WHOLE_SECONDS = 1.0
_SLACK = 1.0


def _judge_timestamp(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    posts = [found for found in _signed(exchange, context) if found[2].timestamp is not None]
    if not posts or exchange.excuse:
        return None
    broken = [found for event, delivery, check in posts if (found := _of_another_time(event, delivery, check, context))]
    broken = broken or list(_of_earlier_attempts(posts, context))
    return list({violation.cause: violation for violation in reversed(broken)}.values())


def _of_another_time(
    event: EventContract | None, delivery: Delivery, check: SignatureCheck, context: LawContext
) -> Violation | None:
    timestamp = check.timestamp
    received = context.wall(delivery.received)
    age = 0.0 if timestamp is None else received - timestamp
    if timestamp is None or abs(age) <= check.tolerance:
        return None
    in_milliseconds = abs(received - timestamp / _MILLISECONDS) <= check.tolerance
    kind = "milliseconds" if in_milliseconds else "old" if age > 0 else "future"
    seen = "a timestamp in milliseconds" if in_milliseconds else f"a timestamp {abs(age):,.0f} s "
    seen += "" if in_milliseconds else "before the arrival" if age > 0 else "after the arrival"
    return Violation(
        cause=Cause(kind, location=check.header, callback=owed.named(event, context)),
        summary=f"The event{owed.of_callback(event, context)} has a timestamp that is not the time of the attempt.",
        expected=f"the time of the attempt, within {check.tolerance:g} s of the arrival",
        actual=f"{check.header}: {seen}",
    )


def _of_earlier_attempts(
    posts: Sequence[tuple[EventContract | None, Delivery, SignatureCheck]], context: LawContext
) -> Iterator[Violation]:
    """Yield attempts with the timestamp of an attempt that had ended seconds after it, before they arrived."""
    for event, delivery, check in posts:
        for _, before, first in posts:
            again = before.identity == delivery.identity and before.number < delivery.number
            if not again or first.timestamp != check.timestamp or check.timestamp is None:
                continue
            # What was signed after the attempt before it had ended has a later timestamp. If both were on the way at
            # once, the second could have been signed earlier.
            age = context.wall(before.settled) - check.timestamp
            ended = age > _WHOLE_SECONDS + _SLACK
            if ended and before.settled <= delivery.received:
                yield Violation(
                    cause=Cause("again", location=check.header, callback=owed.named(event, context)),
                    summary=f"An attempt{owed.of_callback(event, context)} has the timestamp of the attempt before it.",
                    expected="the time of the attempt: each has its own",
                    actual=f"{check.header}: the timestamp of an attempt that failed {age:.1f} s after it",
                )


SIGNATURE_TIMESTAMP = register(
    Law(
        name="signature-timestamp",
        demands="The timestamp of a signature is the time of the attempt, within its tolerance of the arrival.",
        source="Standard Webhooks 1.0.0, on metadata; docs.stripe.com/webhooks, Preventing replay attacks",
        judge=_judge_timestamp,
        scope=Scope.EVENT,
        words={
            "milliseconds": "{location} in milliseconds",
            "old": "old {location}",
            "future": "{location} in the future",
            "again": "{location} of an earlier attempt",
        },
        as_check=True,
        yields_to=("authentic",),
    )
)


# The identity is the event's: the same on each attempt, and no other event's. It is judged where two deliveries are
# certainly one event, or two: an attempt may have another body. No event is tied to its request by it, or one identity
# that is used twice would tie all events to the first request.


def _judge_identity(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    posts = [found for found in _signed(exchange, context) if found[2].identity]
    if not posts:
        return None
    broken = [*_changed(posts, context), *_shared(posts, context), *_used_before(posts, exchange, context)]
    return list({violation.cause: violation for violation in reversed(broken)}.values())


def _changed(
    posts: Sequence[tuple[EventContract | None, Delivery, SignatureCheck]], context: LawContext
) -> Iterator[Violation]:
    """Yield attempts of one event that have another identity than the attempt before."""
    first: dict[str, tuple[Delivery, SignatureCheck]] = {}
    for event, delivery, check in posts:
        before = first.setdefault(delivery.identity, (delivery, check))
        # An event that comes again in another list is in another message.
        same = not delivery.listed or json_equal(before[0].payload, delivery.payload)
        if same and before[1].identity != check.identity:
            yield Violation(
                cause=Cause("changed", location=check.identity_header, callback=owed.named(event, context)),
                summary=f"An attempt{owed.of_callback(event, context)} has another ID than the attempt before it.",
                expected="the same ID on each attempt: by it, a receiver knows the event",
                actual=f"{check.identity_header}: a new value for the same event, after an attempt that failed",
            )


def _shared(
    posts: Sequence[tuple[EventContract | None, Delivery, SignatureCheck]], context: LawContext
) -> Iterator[Violation]:
    """Yield events of two callbacks with one identity: the same event, sent to two receivers, has the same content."""
    for place, (event, delivery, check) in enumerate(posts):
        for other, before, first in posts[:place]:
            same = first.identity == check.identity and before.ingest == delivery.ingest
            if same and event is not other and not json_equal(before.payload, delivery.payload):
                yield Violation(
                    cause=Cause("shared", location=check.identity_header, callback=owed.named(event, context)),
                    summary=f"Two different events have the same ID{owed.of_callback(event, context)}.",
                    expected="a new ID for each event",
                    actual=f"{check.identity_header}: the value of another event of the same request",
                )


def _used_before(
    posts: Sequence[tuple[EventContract | None, Delivery, SignatureCheck]], exchange: Exchange, context: LawContext
) -> Iterator[Violation]:
    """Yield events with an identity that came with an event of another request."""
    own = {delivery.number for delivery in exchange.deliveries}
    for event, _, check in posts:
        if check.first and check.first not in own:
            yield Violation(
                cause=Cause("used-before", location=check.identity_header, callback=owed.named(event, context)),
                summary=f"The event{owed.of_callback(event, context)} has the ID of an event of another request.",
                expected="a new ID for each event: a receiver takes an event with a known ID for one that it has",
                actual=f"{check.identity_header}: the value of an earlier event with another content",
            )


SIGNATURE_IDENTITY = register(
    Law(
        name="signature-identity",
        demands="The ID that a signature covers is the same on each attempt of an event, and new for each event.",
        source="Standard Webhooks 1.0.0, on metadata: the unique identifier of an event",
        judge=_judge_identity,
        scope=Scope.EVENT,
        words={
            "changed": "{location}: another on an attempt",
            "shared": "{location}: the same for two events",
            "used-before": "{location} used before",
        },
        needs_tie=True,
        as_check=True,
        explained_by=(BY_USED_ID,),
        yields_to=("authentic",),
    )
)
