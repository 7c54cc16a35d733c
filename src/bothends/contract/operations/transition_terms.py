"""Reads `x-transitions`: what it says, of which object, and what shows its state."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_TRANSITIONS
from bothends.contract.operations.id_sources import anonymous
from bothends.contract.requests import SAFE, Needs, Step, Transitions, paths_to_states
from bothends.contract.terms import check_extension
from bothends.errors import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract.model import Operation
    from bothends.contract.requests import IdPlace
    from bothends.documents import Place

_EXPECTED = "from: the states in which it succeeds, to: the state after it; and perhaps others, at, read, for, per"
_FAILED = HTTPStatus.INTERNAL_SERVER_ERROR // 100
_UNDER_TEST = "see `operations` of the settings."


def read_transitions(place: Place) -> Transitions | None:
    """Return what the `x-transitions` of an operation says; None: it has none.

    Raises:
        ContractError: It is not what its schema asks for.
    """
    if X_TRANSITIONS not in place.mapping():
        return None
    extension = place.child(X_TRANSITIONS)
    _check_others(extension)
    check_extension(extension, X_TRANSITIONS, _EXPECTED)
    said: dict[str, Any] = extension.value
    after, per = said.get("to", []), said.get("per", "")
    states = tuple(said["from"]) if "from" in said else None
    return Transitions(
        None if per else states,
        tuple(after) if isinstance(after, list) else (after,),
        said.get("others"),
        said.get("at"),
        said.get("read", ""),
        said.get("for", ""),
        per=per,
        again=(states or ()) if per else (),
        location=extension.location,
    )


def _check_others(extension: Place) -> None:
    """Check that what is answered in all other states refuses: a failure promises nothing of the object.

    Raises:
        ContractError: It is another status.
    """
    others = extension.value.get("others") if isinstance(extension.value, dict) else None
    if isinstance(others, int) and not isinstance(others, bool) and others // 100 != HTTPStatus.BAD_REQUEST // 100:
        says = "that the server failed, and not that it refuses" if others // 100 == _FAILED else "no refusal"
        raise extension.child("others").error(
            f"{others} says {says} (RFC 9110, section 15).",
            expected="the 4xx that the operation declares for a wrong state of its object",
            advice="Without `others`, and without a 4xx that is declared, any error that is declared is right.",
        )


def with_transitions(operation: Operation, operations: Mapping[str, Operation], place: Place) -> Operation:
    """Return an operation of whose transitions it is known what they are about, and what shows the state.

    Args:
        operation: The operation, with the places that need an id.
        operations: Those under test, by ID.
        place: Where the operation stands.

    Raises:
        ContractError: It is about no object, nothing shows its state, or a status is not declared.
    """
    own = operation.transitions
    if own is None:
        return operation
    extension = place.child(X_TRANSITIONS)
    if own.others is not None and operation.answer_for(own.others) is None:
        raise extension.child("others").error(
            f"{operation.id} declares no answer {own.others}.",
            expected=one_of([each.status for each in operation.answers if each.status.startswith("4")]),
        )
    reader = _named_reader(own, operations, extension)
    leads = _leads(operation, own, operations, extension)
    if reader is not None and all(place.leads != leads for place in reader.id_places):
        raise extension.child("read").error(
            f"{reader.id} does not read the object of {operation.id}.", expected=f"an operation about {leads}"
        )
    reader = reader or _reader_of(leads, operations)
    if reader is None:
        raise extension.error(
            f"Nothing shows the state of the object of {operation.id}.",
            expected="read: an operation that reads it",
            advice=f"An operation that is not under test can't: {_UNDER_TEST}",
        )
    same = [own, *(one for each, one in _of_object(operations, leads) if each.id != operation.id)]
    at = next((one.at for one in same if one.at is not None), None)
    if at is None:
        raise extension.error(f"Nothing says where {reader.id} has the state of its object.", expected="at: /status")
    return replace(operation, transitions=replace(own, at=at, reader=reader.id, leads=leads))


def read_by(operation: Operation, operations: Mapping[str, Operation], named: str = "") -> Operation | None:
    """Return the operation that reads the object of another one; None: there is none under test.

    Args:
        operation: It makes the object, or is about it.
        operations: Those under test, by ID.
        named: The operation that the contract names; empty: the one to which links or `Location` lead.
    """
    if named:
        reader = operations.get(named)
        reads = reader is not None and reader.method == "GET" and any(one.part == "path" for one in reader.id_places)
        return reader if reads else None
    leads = object_of(operation, operations)
    return _reader_of(leads, operations) if leads else None


def object_of(operation: Operation, operations: Mapping[str, Operation]) -> str:
    """Return what leads to the object that an operation is about, or else makes; empty: to none."""
    about = [_object_at(one, operations) for one in operation.id_places if one.part == "path" and not one.of_state]
    made = [one.leads for one in _made_by(operation, operations)]
    return max(about, key=lambda one: one.count("{}"), default=made[0] if made else "")


def with_needs_of_states(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return operations whose new object is in no state in which they succeed with the steps that lead to such a one.

    What `x-needs` says of the same object holds.
    """
    known = {operation.id: operation for operation in operations}
    return tuple(_with_way(operation, known) for operation in operations)


def _with_way(operation: Operation, operations: Mapping[str, Operation]) -> Operation:
    own = operation.transitions
    if own is None or own.before is None:
        return operation
    same = {each.id: one for each, one in _of_object(operations, own.leads)}
    ways = paths_to_states(same)
    place = next((each for each in _named_places(operation, own, operations)), None)
    path = next((path for state, path in ways if own.is_right(state) and operation.id not in path), ())
    if place is None or not path or any(own.is_right(state) for state, path in ways if not path):
        return operation
    givers = [source.operation for source in place.sources]
    maker = next((name for name, one in same.items() if one.before is None and name in givers), None)
    if maker is None or any(needs.leads == place.leads for needs in operation.needs):
        return operation
    said = [step for each in operations.values() for needs in each.needs for step in needs.steps if step.has_values]
    steps = [next((step for step in said if step.operation == name), Step(name)) for name in (maker, *path)]
    needs = Needs(tuple(steps), leads=place.leads, named=own.named, location=own.location)
    return replace(operation, needs=(*operation.needs, needs))


def _named_reader(own: Transitions, operations: Mapping[str, Operation], extension: Place) -> Operation | None:
    if not own.reader:
        return None
    reader = operations.get(own.reader)
    readers = [name for name, each in operations.items() if each.method in SAFE and each.id_places]
    if reader is None or reader.id not in readers:
        raise extension.child("read").error(
            f"'{own.reader}' is no operation under test that reads an object.",
            expected=one_of(readers),
            advice=did_you_mean(own.reader, readers),
        )
    return reader


def _leads(operation: Operation, own: Transitions, operations: Mapping[str, Operation], extension: Place) -> str:
    """Return what leads to the object that an operation is about."""
    if own.before is None:
        names = [each.title for each in operation.id_places if not each.of_state]
        if own.per and not any(own.per in {each.name, each.title} for each in operation.id_places):
            raise extension.child("per").error(
                f"{operation.id} names no object by '{own.per}'.",
                expected=one_of(names) if names else "a parameter or a member of the body that links give a value",
                advice=did_you_mean(own.per, names),
            )
        made = _made_by(operation, operations)
        if not made:
            raise extension.error(
                f"{operation.id} gives no id of an object that another operation asks for.",
                expected="from: the states in which it succeeds",
                advice=f"links on an answer of {operation.id} say which value leads to the object.",
            )
        return made[0].leads
    found = _named_places(operation, own, operations)
    if not found:
        names = [each.title for each in operation.id_places if _object_at(each, operations)]
        raise extension.error(
            f"{operation.id} asks for no object by {f'{own.named!r}' if own.named else 'a parameter of its path'}.",
            expected=f"for: {one_of(names)}" if names else "an operation about an object that another one makes",
            advice="" if names else f"One that makes it, and is not under test, can't give it: {_UNDER_TEST}",
        )
    return _object_at(found[0], operations)


def _named_places(operation: Operation, own: Transitions, operations: Mapping[str, Operation]) -> list[IdPlace]:
    """Return the places of the object that transitions are about; the one that leads farthest comes first."""
    places = [each for each in operation.id_places if _object_at(each, operations)]
    named = [each for each in places if own.named in {each.name, each.title}]
    found = named if own.named else [each for each in places if each.part == "path"]
    return sorted(found, key=lambda each: -_object_at(each, operations).count("{}"))


def _object_at(place: IdPlace, operations: Mapping[str, Operation]) -> str:
    """Return what leads to the object that a place names; empty: it is in no path by which it could be read.

    What a link alone puts into a header or a body, such as the text of an invoice, is of the object that the same
    operation makes, which other links lead to by a path.
    """
    if "?" not in place.leads:
        return place.leads
    makers = dict.fromkeys(source.operation for source in place.sources)
    made = (one.leads for maker in makers for one in _made_by(operations[maker], operations) if not place.of_state)
    return next(made, "")


def _made_by(operation: Operation, operations: Mapping[str, Operation]) -> list[IdPlace]:
    """Return the places in paths whose objects an operation makes; those that are asked for the most come first."""
    found = [
        place
        for each in operations.values()
        for place in each.id_places
        if place.part == "path" and any(source.operation == operation.id for source in place.sources)
    ]
    own = f"{anonymous(operation.path).rstrip('/')}/{{}}"
    return sorted(found, key=lambda place: (place.leads != own, place.leads.count("{}")))


def _reader_of(leads: str, operations: Mapping[str, Operation]) -> Operation | None:
    return next((one for one in operations.values() if one.method == "GET" and anonymous(one.path) == leads), None)


def _of_object(operations: Mapping[str, Operation], leads: str) -> Iterator[tuple[Operation, Transitions]]:
    """Yield the operations with transitions of an object, as far as that can be told without them."""
    for each in operations.values():
        own = each.transitions
        if own is None:
            continue
        if own.before is None:
            about = any(place.leads == leads for place in _made_by(each, operations))
        else:
            about = any(_object_at(place, operations) == leads for place in each.id_places)
        if about:
            yield each, own
