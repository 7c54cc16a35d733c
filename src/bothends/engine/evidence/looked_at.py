"""Says what a whole run has not looked at, though the contract declares it: what is left out is never proven.

It goes by what was sent and what arrived, and not by what was planned: a plan that forgets something is no excuse.
What never came at all (a callback, an answer) is reported where it is counted; here stands what did come, and was not
tested, and the upstreams that were never called.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.cases import plain_cases, upstreams_of
from bothends.contract.terms import UPSTREAM_FAMILIES
from bothends.engine.counts import counted
from bothends.engine.evidence.likely_reasons import to_have_a_request
from bothends.laws import OWN, UNKNOWN, own_value
from bothends.records import NotProven, Weight, count_of, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Contract, DeclaredAnswer, EventContract, Operation
    from bothends.contract.terms import Requirement, SchemeUse
    from bothends.engine.counts import Counts, Key
    from bothends.records import AnswerTally, Credential, Exchange

_FAMILY = counted("families", "operation", "family")
_FAULT = counted("faults of families", "operation", "family", "part of the world")
_COMPARED = counted("sources compared", "operation", "callback", "source")
_CAME = counted("values with a source that came", "operation", "callback", "pointer")
_ARRIVED = counted("events with content", "operation", "callback")
_ITEM = re.compile(r"/\d+(?=/|$)")
_NOBODY = counted("requests of nobody", "operation")
_NOBODY_LET_IN = counted("requests of nobody that succeeded", "operation")
_LET_IN = counted("requests of callers that succeeded", "operation", "schemes")
_LEFT_OUT = counted("credentials left out", "operation", "schemes", "scheme")
_INVALID = counted("wrong credentials", "operation", "schemes", "scheme")


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange; one that was judged before is looked at for what came late."""
    case = exchange.case
    counts.add(_FAMILY, operation.id, case.family)
    for condition in case.of_the_world:
        counts.add(_FAULT, operation.id, case.family, condition.subject)
    _note_values(counts, operation, exchange)
    # An unusual request may be refused, or accepted, before its credential is checked.
    if exchange.credential is not None and case.request.method == operation.method and not case.expect.any_answer:
        _note_caller(counts, operation, exchange, exchange.credential)


def _note_values(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count the sources with which a value of an event was compared."""
    if exchange.guessed:
        return  # it may be another one's, with whose sources nothing was compared
    for event in operation.events:
        key = (operation.id, event.name)
        deliveries = [d for d in exchange.deliveries if d.callback == event.name and d.content is not None]
        counts.add(_ARRIVED, *key, times=len(deliveries))
        compared = all(counts.number(_COMPARED, *key, text) for text in event.walk.texts)
        if compared and all(counts.number(_CAME, *key, place) for place in event.walk.places):
            continue
        for delivery in deliveries:
            for claim in event.provenance(delivery.content):
                source = claim.source
                if (at := _place(event, claim.pointer)) in event.walk.places:
                    counts.add(_CAME, *key, at)
                held = source.kind in OWN
                if not held or own_value(source, exchange, operation, like=claim.value) is not UNKNOWN:
                    counts.add(_COMPARED, *key, source.text)


def _place(event: EventContract, pointer: str) -> str:
    """Return where the schema of an event has a value: an item of a list stands for each."""
    return pointer if pointer in event.walk.places else _ITEM.sub("/*", pointer)


def _note_caller(counts: Counts, operation: Operation, exchange: Exchange, shown: Credential) -> None:
    key = _key(operation, shown.schemes)
    if shown.right is False and not shown.schemes:
        counts.add(_NOBODY, operation.id)
    if exchange.succeeded:
        if not shown.schemes:
            counts.add(_NOBODY_LET_IN, operation.id)
        elif shown.right:
            counts.add(_LET_IN, *key)
    for scheme in shown.left_out:
        counts.add(_LEFT_OUT, *key, scheme)
    for scheme in shown.invalid_schemes:
        counts.add(_INVALID, *key, scheme)


def not_proven(
    counts: Counts,
    contract: Contract,
    answers: Iterable[AnswerTally],
    *,
    quiet: Collection[str] = (),
    hopeless: Collection[str] = (),
) -> Iterator[NotProven]:
    """Yield what a whole run has not looked at.

    Args:
        counts: What was seen.
        contract: The contract.
        answers: Each declared answer, and how often it was seen: one that never was is reported elsewhere.
        quiet: The upstreams that were never called, and the ingests at which nothing arrived: likewise.
        hopeless: Operations of which no valid request has succeeded: likewise.
    """
    operations = {operation.id: operation for operation in contract.operations}
    for operation in contract.operations:
        yield from _of_sign_in(counts, contract, operation)
        for event in operation.events:
            yield from _of_values(counts, operation, event)
    told: set[tuple[str, str]] = set()
    for tally in answers:
        operation = operations[tally.operation]
        if not tally.family or not tally.seen or operation.security.unplayable or operation.id in hopeless:
            continue
        declared = next(each for each in operation.answers if each.status == tally.status)
        for family in declared.families or (tally.family,):
            if family in UPSTREAM_FAMILIES:
                names = [name for name in upstreams_of(contract, operation) if name not in quiet]
                yield from _of_faults(counts, contract, operation, declared, family, names)
            elif (operation.id, family) not in told:
                yield from _of_family(counts, contract, operation, tally, family)
            told.add((operation.id, family))


def _of_sign_in(counts: Counts, contract: Contract, operation: Operation) -> Iterator[NotProven]:
    security, at = operation.security, contract.document.location
    if not security.alternatives:
        return
    anybody = bool(counts.under(_LET_IN, operation.id))
    if not counts.number(_NOBODY, operation.id):
        yield NotProven(
            f"sign-in of {operation.id}",
            "No request without a credential was sent, so it was not tested that one is refused.",
            where=str(at(security.pointer)),
            weight=Weight.SIGN_IN,
        )
    elif anybody and security.optional and not counts.number(_NOBODY_LET_IN, operation.id):
        yield NotProven(
            f"sign-in of {operation.id}",
            "Sign-in is optional, but no request without a credential succeeded.",
            where=str(at(next(each.pointer for each in security.alternatives if not each.members))),
            weight=Weight.SIGN_IN,
        )
    for requirement in security.played:
        if anybody and not counts.number(_LET_IN, *_key(operation, requirement.schemes)):
            yield NotProven(
                f"sign-in by {_named(requirement)}",
                f"No request to {operation.id} with this sign-in succeeded.",
                where=str(at(requirement.pointer)),
                weight=Weight.SIGN_IN,
            )
        for member in requirement.members:
            yield from _of_member(counts, contract, operation, requirement, member)


def _of_member(
    counts: Counts, contract: Contract, operation: Operation, requirement: Requirement, member: SchemeUse
) -> Iterator[NotProven]:
    scheme, where = member.scheme.name, str(contract.document.location(requirement.pointer))
    others = set(requirement.schemes) - {scheme}
    if operation.security.of_callers.lets_in(others):
        return  # what is left is enough by another alternative
    tried = (*_key(operation, requirement.schemes), scheme)
    beside = f" and with a valid one for {' and '.join(sorted(others))}" if others else ""
    if others and not counts.number(_LEFT_OUT, *tried):
        yield NotProven(
            f"sign-in by {_named(requirement)}",
            f"No request to {operation.id} was sent without the credential for {scheme}{beside}.",
            where=where,
            weight=Weight.SIGN_IN,
        )
    if not counts.number(_INVALID, *tried):
        given = member.session is not None and member.session.wrong_credentials == 0
        yield NotProven(
            f"sign-in by {_named(requirement)}",
            f"No request to {operation.id} was sent with a wrong credential for {scheme}{beside}.",
            where=where,
            add=f"an entry in `wrong` of [world.sessions.{scheme}]" if given else "",
            weight=Weight.SIGN_IN,
        )


def _of_values(counts: Counts, operation: Operation, event: EventContract) -> Iterator[NotProven]:
    arrived = counts.number(_ARRIVED, operation.id, event.name)
    compared = {text for text in event.walk.texts if counts.number(_COMPARED, operation.id, event.name, text)}
    for text in event.walk.texts if arrived else ():
        if text not in compared:
            yield NotProven(
                f"callback {event.name}: x-from {text}",
                f"No value of {count_of(arrived, 'event')} was compared with this source.",
                where=str(event.location or ""),
                weight=Weight.VALUES,
            )
    # What came nowhere at all is told by its source.
    every = event.walk.places.items()
    missing = [at for at, text in every if text in compared and not counts.number(_CAME, operation.id, event.name, at)]
    if missing:
        yield NotProven(
            f"callback {event.name}: x-from on {some_of(missing)}",
            f"None of {count_of(arrived, 'event')} had a value there, so none was compared.",
            where=str(event.location or ""),
            weight=Weight.VALUES,
        )


def _of_family(
    counts: Counts, contract: Contract, operation: Operation, tally: AnswerTally, family: str
) -> Iterator[NotProven]:
    if counts.number(_FAMILY, operation.id, family):
        return
    planned = any(case.operation == operation.id for case in plain_cases(contract, family))
    if planned or not tally.cases:  # else no case of its own can be made, and a generated one asked for it alone
        yield NotProven(
            f"answer {tally.status}",
            f"The contract declares it for {family}, but {operation.id} got no case of this family.",
            where=str(contract.document.location(_pointer_of(operation, tally.status))),
            add=to_have_a_request(operation),
            weight=Weight.ANSWERS,
        )


def _of_faults(  # noqa: PLR0913, PLR0917 -- what is declared, and what was seen of it
    counts: Counts,
    contract: Contract,
    operation: Operation,
    declared: DeclaredAnswer,
    family: str,
    names: Iterable[str],
) -> Iterator[NotProven]:
    about = {rule.upstream for rule in declared.family_rules if rule.family == family}
    missing = [
        name
        for name in names
        if (None in about or name in about) and not counts.number(_FAULT, operation.id, family, name)
    ]
    if missing:
        yield NotProven(
            f"answer {declared.status}",
            f"The contract declares it for {family}, but no case had a fault of {' or '.join(missing)}.",
            where=str(contract.document.location(declared.pointer)),
            weight=Weight.ANSWERS,
        )


def _pointer_of(operation: Operation, status: str) -> str:
    return next(each.pointer for each in operation.answers if each.status == status)


def _key(operation: Operation, schemes: Iterable[str]) -> Key:
    return operation.id, "\n".join(schemes)


def uncalled(contract: Contract, called: frozenset[str], hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield the upstreams of the settings that were never called."""
    if all(operation.security.unplayable or operation.id in hopeless for operation in contract.operations):
        return  # no request can succeed: that is reported for the scheme, and the upstream calls are not checked
    for name in contract.settings.world.upstreams:
        if name not in called:
            yield NotProven(
                f"upstream {name}",
                "It was never called, so its faults were not tested.",
                where=f"{contract.settings.file} world.upstreams.{name}",
                add=f'[target.env] URL = "{{world.{name}}}"',
                weight=Weight.WORLD,
            )


def _named(requirement: Requirement) -> str:
    return " and ".join(requirement.schemes)
