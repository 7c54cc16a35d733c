"""Reads `x-registers`: what an operation does to a registration, and which one that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import read_expression
from bothends.contract.openapi import X_REGISTERS
from bothends.contract.operations.callbacks import receiver_of
from bothends.contract.operations.needs_terms import given_parameters, placed
from bothends.contract.requests import Registers, Step
from bothends.contract.terms import check_extension
from bothends.errors import did_you_mean, one_of
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bothends.contract.messages import Expression
    from bothends.contract.model import EventContract, Operation
    from bothends.contract.settings import WorldSettings
    from bothends.documents import Place

_EXPECTED = (
    "does: makes, with address and events; does: changes, with address; or does: ends; and perhaps body, parameters"
)
_ADDRESS = "a place in the request: $request.body#/url"


def read_registers(place: Place, world: WorldSettings, events: Collection[EventContract]) -> Registers | None:
    """Return what the `x-registers` of an operation says; None: it has none.

    Args:
        place: Where the operation stands.
        world: Says which ingests there are.
        events: Those of its own callbacks.

    Raises:
        ContractError: It is not what its schema asks for, or its address is none that a world can give.
    """
    if X_REGISTERS not in place.mapping():
        return None
    extension = place.child(X_REGISTERS)
    check_extension(extension, X_REGISTERS, _EXPECTED)
    said: dict[str, Any] = extension.value
    address, ingest = None, ""
    if "address" in said:
        address = _address(extension.child("address"), place, events)
        receivers = {one: name for name, table in world.ingests.items() for one in table.receives}
        ingest = receiver_of(said.get("events", [""])[0], world.ingests, receivers)
        if ingest not in world.ingests:
            raise extension.error(
                "Nothing says which ingest gets the events that are registered for.",
                expected="events: the names of the webhooks, and an ingest whose `receives` names them",
            )
    return Registers(
        said["does"],
        address,
        tuple(said.get("events", ())),
        Step("", said.get("body", MISSING), {("", name): value for name, value in given_parameters(said)}),
        ingest,
        location=extension.location,
    )


def _address(at: Place, place: Place, events: Collection[EventContract]) -> Expression:
    found = read_expression(at.value)
    if found is None or not found.is_sent:
        raise at.error(f"{X_REGISTERS} has no address at '{at.value}'.", expected=_ADDRESS)
    if found.part == "body" and "requestBody" not in place.mapping():
        raise at.error(f"The address is at {found.text}, but the operation has no request body.", expected=_ADDRESS)
    callback = next((event for event in events if event.url.whole == found), None)
    if callback is not None:
        raise at.error(
            f"The callback '{callback.callback}' goes to {found.text} as well: whose event comes there is not certain.",
            expected="the events of a registration under `webhooks`, with x-sends on the operations that send them",
        )
    return found


def with_registers(operation: Operation, operations: Mapping[str, Operation], place: Place) -> Operation:
    """Return an operation of whose `x-registers` it is known which registration it is about.

    Args:
        operation: The operation, with the places that need an id.
        operations: Those under test, by ID.
        place: Where the operation stands.

    Raises:
        ContractError: No operation sends such an event, or makes what this one changes or ends.
    """
    own = operation.registers
    if own is None:
        return operation
    extension = place.child(X_REGISTERS)
    sent = {event.callback: None for each in operations.values() for event in each.events}
    for number, name in enumerate(own.events):
        if name not in sent:
            raise (
                extension.child("events")
                .child(number)
                .error(
                    f"{X_REGISTERS} names the event '{name}', which no operation under test sends.",
                    expected=one_of(list(sent)) if sent else "a webhook that an operation has in its x-sends",
                    advice=did_you_mean(name, sent),
                )
            )
    step = replace(own.step, operation=operation.id)
    step = replace(step, parameters=placed(step, operation, extension))
    own = replace(own, step=step)
    if own.does == "makes":
        return replace(operation, registers=own)
    makers = {each.id for each in operations.values() if each.registers is not None and each.registers.does == "makes"}
    leads = [
        one.leads
        for one in operation.id_places
        if one.part == "path" and any(source.operation in makers for source in one.sources)
    ]
    if not leads:
        raise extension.error(
            f"{operation.id} {own.does} no registration that another operation makes.",
            expected=f"an id in its path that {one_of(sorted(makers))} gives"
            if makers
            else f"{X_REGISTERS}: {{does: makes, …}} on the operation that makes it",
            advice="links on the answer of who makes it say which value that is.",
        )
    return replace(operation, registers=replace(own, leads=max(leads, key=lambda one: one.count("{}"))))
