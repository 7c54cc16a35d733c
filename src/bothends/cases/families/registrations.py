"""`registrations`: requests that send an event, while registrations hold, and after one was changed or has ended.

`x-registers` says which operations make, change and end a registration. They are played before the request, each with
an address of the world that no other request has; what comes there is looked at, whoever else gets the event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.transitions import usual
from bothends.contract.messages import json_bytes, json_value
from bothends.contract.requests import marked_value
from bothends.contract.settings import ISOLATES_FAULTS
from bothends.records import MISSING, Case, Expectation, Registering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation

REGISTRATIONS_NAME = "registrations"
_MOST_SENDERS = 4
"""Operations whose events are looked for at the addresses of one registrar: a document may have dozens."""


def registration_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request that sends an event, for each thing that may have become of a registration before it."""
    makers = [one for one in contract.operations if one.registers is not None and one.registers.does == "makes"]
    request = requests.admitted_request(operation) if makers else None
    if request is None:
        return
    for maker in makers:
        own = maker.registers
        if own is None or maker.id == operation.id:
            continue
        events = tuple(name for name in own.events if name in _sent(operation))
        senders = [each.id for each in contract.operations if set(own.events) & _sent(each) and each.id != maker.id]
        makes = _step(contract, maker)
        if not events or makes is None or operation.id not in senders[:_MOST_SENDERS]:
            continue
        good = Case(
            operation.id,
            REGISTRATIONS_NAME,
            f"made-by-{maker.id}",
            request,
            expect=expectations.success(operation),
            exclusive=True,
        )
        yield from _after(contract, operation, good, Registering(events, (makes,), last=_ending(contract, maker.id)))


def _after(contract: Contract, operation: Operation, good: Case, one: Registering) -> Iterator[Case]:
    """Yield the cases of one registrar: of what it makes, and of what others make of that."""
    maker, two = one.makes[0].operation, replace(one, makes=one.makes * 2)
    yield replace(good, registering=one)
    yield replace(good, name=f"two-made-by-{maker}", registering=two)
    if ISOLATES_FAULTS in contract.settings.target.guarantees:
        # An answer that waits for each receiver waits for the one that hangs.
        why = "a receiver hangs, and the answer may wait for it"
        expect = Expectation(any_answer=True, why=why)
        hangs = replace(two, hangs=True)
        yield replace(good, name=f"two-made-by-{maker}-one-hangs", expect=expect, registering=hangs)
    for other in contract.operations:
        then = other.registers
        step = None if then is None or then.does == "makes" else _step(contract, other)
        if then is None or step is None or not _is_about(other, maker):
            continue
        done = replace(one, first=usual(contract, operation), then=step, ends=then.does == "ends")
        what = "ended" if done.ends else "changed"
        yield replace(good, name=f"{what}-by-{other.id}", registering=done)


def _ending(contract: Contract, maker: str) -> Case | None:
    """Return a request that ends what an operation makes; None: there is none."""
    for other in contract.operations:
        if other.registers is not None and other.registers.does == "ends" and _is_about(other, maker):
            return _step(contract, other)
    return None


def _sent(operation: Operation) -> set[str]:
    """Return the names of the events that an operation itself causes."""
    return {event.callback for event in operation.events if event.ingest and (event.when is None or event.when.owed)}


def _is_about(operation: Operation, maker: str) -> bool:
    """Return whether an operation is about what another one makes."""
    own = operation.registers
    return own is not None and any(
        place.leads == own.leads and any(source.operation == maker for source in place.sources)
        for place in operation.id_places
    )


def _step(contract: Contract, operation: Operation) -> Case | None:
    """Return a request about a registration, with the values that it needs and the mark of an address.

    None: none is known, nobody can make it, or its schema refuses the world's address.
    """
    case, own = usual(contract, operation), operation.registers
    if case is None or own is None:
        return None
    request = own.step.applied(case.request, operation.path)
    value = json_value(request.body or b"")
    if own.address is not None and own.address.part == "body" and value is not MISSING:
        request = replace(request, body=json_bytes(marked_value(operation.addresses, value, everywhere=True)))
    marks = [place.mark for place in operation.addresses if place.aside and place.refused is None]
    text = (request.body or b"").decode("utf-8", "replace") + request.target + str(request.headers)
    if own.address is not None and not any(mark in text for mark in marks):
        return None
    return replace(case, name=f"{case.name}-for-a-registration", request=request)


REGISTRATIONS_FAMILY = register(
    Family(
        REGISTRATIONS_NAME,
        registration_cases,
        "a valid request that sends an event, after registrations were made, changed and ended by the operations with "
        "`x-registers`.\n\nEach registration has an address of its own, and what comes there is looked at. With "
        "`isolates_faults`, the receiver of one of two hangs.",
        after="transitions",
        quick=("*",),
    )
)
