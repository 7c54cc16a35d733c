"""Rules of callbacks and webhooks: what a run can't judge, because the contract does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.lint.rule import Level, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Operation
    from bothends.errors import Location
    from bothends.lint.rule import Found, Subject


def _events(subject: Subject) -> Iterator[tuple[Operation, EventContract, Location]]:
    for operation in subject.contract.operations:
        for event in operation.events:
            yield operation, event, event.location or subject.contract.document.location(event.pointer)


@rule(
    "event-without-schema",
    Level.WARNING,
    asks="Each event has a JSON schema.",
    why="Without one, what the event contains is not checked.",
)
def event_without_schema(subject: Subject) -> Found:
    """Yield each event that nothing describes."""
    for _, event, where in _events(subject):
        if not event.described:
            yield (
                where,
                f"The event '{event.name}' has no JSON schema.",
                "Add requestBody: {content: {…: {schema: …}}}.",
            )


@rule(
    "no-x-when",
    Level.WARNING,
    asks="Each callback says which answers owe its event.",
    why="Without `x-when` an event that never comes is not proven, and is never lost.",
)
def no_x_when(subject: Subject) -> Found:
    """Yield each event that nothing owes for certain."""
    for _, event, where in _events(subject):
        if event.when is None:
            advice = "x-when: true if each 2xx owes one, x-when: false if it may come later."
            yield where, f"Nothing says which answers owe '{event.name}'.", advice


@rule(
    "x-when-never",
    Level.ERROR,
    asks="An `x-when` holds for some declared answer.",
    why="An event that no answer owes is never missed.",
)
def x_when_never(subject: Subject) -> Found:
    """Yield each `x-when` whose status no declared answer has."""
    for operation, event, where in _events(subject):
        conditions = dict(event.when.conditions) if event.when is not None else {}
        if "status" not in conditions:
            if event.when is not None and event.when.owed and not operation.success_statuses:
                yield (
                    where,
                    f"'{event.name}' is owed by a 2xx, and none is declared.",
                    "Declare the answer, or name a status.",
                )
            continue
        declared = frozenset[int]().union(*(operation.statuses_for(answer) for answer in operation.answers))
        if not any(conditions["status"].is_valid(status) for status in declared):
            yield (
                where,
                f"No declared answer has the status by which '{event.name}' is owed.",
                "Change `status` in x-when.",
            )


@rule(
    "no-x-from",
    Level.WARNING,
    asks="An event says where its values come from.",
    why="Without `x-from`, another caller's data in an event is not found.",
)
def no_x_from(subject: Subject) -> Found:
    """Yield each described event of which no value has a source."""
    for _, event, where in _events(subject):
        if event.described and not event.walk.texts:
            advice = "x-from: request.body#/…, session.…, answer.body#/… on the members of its schema."
            yield where, f"Nothing says where the values of '{event.name}' come from.", advice


@rule(
    "no-x-delivery",
    Level.HINT,
    asks="A callback says what is promised of its delivery.",
    why="Where nothing is promised, nothing is demanded of a receiver that fails.",
)
def no_x_delivery(subject: Subject) -> Found:
    """Yield each event whose delivery nothing is promised of."""
    for _, event, where in _events(subject):
        terms = event.delivery
        if terms.answer is None and terms.attempts is None and terms.within_ms is None:
            yield (
                where,
                f"Nothing is promised of the delivery of '{event.name}'.",
                "x-delivery: at-least-once, or another.",
            )


@rule(
    "retries-without-identity",
    Level.ERROR,
    asks="An event that is attempted again says what identifies it.",
    why="Without an identity, a second attempt and a second event look the same to a receiver.",
)
def retries_without_identity(subject: Subject) -> Found:
    """Yield each event that is retried, and that nothing identifies."""
    for _, event, where in _events(subject):
        settings = subject.contract.settings.world.ingests.get(event.ingest)
        told = settings is not None and (settings.signature is not None or settings.kind != "webhook")
        if event.delivery.retries and not event.delivery.identity and not told:
            yield (
                where,
                f"'{event.name}' is attempted again, and nothing identifies it.",
                "x-delivery: {identity: /id}.",
            )


@rule(
    "callback-without-answer",
    Level.WARNING,
    asks="A callback declares the answer that acknowledges its event.",
    why="Without a 2xx, the world answers 200, which the target may not expect.",
)
def callback_without_answer(subject: Subject) -> Found:
    """Yield each event whose receiver has no right answer."""
    for _, event, where in _events(subject):
        if not any(answer.status[0] == "2" or answer.status == "default" for answer in event.answers):
            yield where, f"Nothing says which answer acknowledges '{event.name}'.", "Add responses: {'200': …}."


@rule(
    "callbacks-alike",
    Level.WARNING,
    asks="Two callbacks at one address have constants that tell them apart.",
    why="A delivery that may be either is assigned by its shape, and a wrong event is hard to see.",
)
def callbacks_alike(subject: Subject) -> Found:
    """Yield each pair of events that nothing but their content distinguishes."""
    for operation in subject.contract.operations:
        for number, event in enumerate(operation.events):
            alike = next((one for one in operation.events[:number] if _is_like(one, event)), None)
            if alike is not None:
                where = event.location or subject.contract.document.location(event.pointer)
                advice = "Add a constant member, such as type: {const: order.placed}."
                yield where, f"Nothing tells '{event.name}' from '{alike.name}'.", advice


def _is_like(one: EventContract, other: EventContract) -> bool:
    """Whether nothing but their content distinguishes two events, and no constant does."""
    if (one.url_template, one.method, one.ingest) != (other.url_template, other.method, other.ingest):
        return False
    return not _constants(one) or not _constants(other) or _constants(one) == _constants(other)


def _constants(event: EventContract) -> list[str]:
    """Return the constants of required members, with their names, at the top of an event's schema."""
    raw = event.body.raw
    definitions = raw.get("$defs", {})
    for _ in definitions:
        raw = definitions.get(raw.get("$ref", "").rpartition("/")[2], raw)
    named = raw.get("properties", {})
    return sorted(
        f"{name}={named[name]['const']!r}"
        for name in raw.get("required", ())
        if isinstance(named.get(name), dict) and "const" in named[name]
    )


@rule(
    "webhook-not-sent",
    Level.WARNING,
    asks="Some operation sends each webhook of the document.",
    why="Nothing in a document says what causes a root webhook: without `x-sends` it is not checked.",
)
def webhook_not_sent(subject: Subject) -> Found:
    """Yield each webhook that no operation names."""
    for name, where in subject.contract.unsent.items():
        yield where, f"No operation sends the webhook '{name}'.", f"x-sends: [{name}] on the operation that causes it."
