"""Reads `x-needs`: what it says, and whether the operations that it names can make what is needed.

It stands on an operation, or on a parameter: then it is of each operation that has the parameter, but for what its own
`x-needs` says of the same object. Who is one of the steps needs those before it alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_NEEDS
from bothends.contract.requests import SAFE, Needs, Step
from bothends.contract.terms import check_extension
from bothends.errors import did_you_mean, one_of
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.contract.model import Operation
    from bothends.contract.requests import IdPlace
    from bothends.documents import Place

_EXPECTED = "steps: a list of operations; and perhaps ready: {at: /status, is: open}, and for: a parameter"


def read_needs(item: Place, place: Place, name: str) -> tuple[Needs, ...]:
    """Return what an operation needs: what its `x-needs` and those of its parameters say, or a `ContractError`."""
    found = (_read(extension, parameter, name) for extension, parameter in _extensions(item, place))
    return tuple(needs for needs in found if needs is not None)


def _extensions(item: Place, place: Place) -> list[tuple[Place, str]]:
    """Return each `x-needs` of an operation, with the parameter that it stands on; empty: on the operation."""
    found: dict[tuple[str, str], Place | None] = {}
    for holder in (item, place):
        listed = holder.get("parameters")
        for each in listed.items() if listed is not None else ():
            found[each.text("in"), each.text("name")] = each.child(X_NEEDS) if X_NEEDS in each.mapping() else None
    own = [(place.child(X_NEEDS), "")] if X_NEEDS in place.mapping() else []
    return [*own, *((each, name) for (_, name), each in found.items() if each is not None)]


def _read(extension: Place, parameter: str, operation: str) -> Needs | None:
    check_extension(extension, X_NEEDS, _EXPECTED)
    said: dict[str, Any] = extension.value
    if parameter and "for" in said:
        raise extension.child("for").error(
            f"{X_NEEDS} on the parameter '{parameter}' is for that parameter.", expected="no 'for' here"
        )
    ready = said.get("ready", {})
    steps = tuple(Step(one) if isinstance(one, str) else _step(one) for one in said["steps"])
    if parameter and operation in (names := [step.operation for step in steps]):
        steps, ready = steps[: names.index(operation)], {}
    if not steps:
        return None  # it makes the object, and needs none
    named = parameter or said.get("for", "")
    return Needs(
        steps,
        at=ready.get("at"),
        value=ready.get("is"),
        named=named,
        of_parameter=bool(parameter),
        location=extension.location,
    )


def _step(said: Mapping[str, Any]) -> Step:
    # Where a parameter stands is known when its operation is.
    return Step(
        said["operation"], said.get("body", MISSING), {("", name): value for name, value in given_parameters(said)}
    )


def given_parameters(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the values of parameters that an extension gives, each by its name, as it is sent."""

    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    return [(name, text(value)) for name, value in said.get("parameters", {}).items()]


def with_needs(operation: Operation, operations: Mapping[str, Operation], item: Place, place: Place) -> Operation:
    """Return an operation whose needs are known: which place has the id, where the parameters of its steps stand.

    Args:
        operation: The operation, with the places that need an id.
        operations: Those under test, by ID.
        item: The path item.
        place: Where the operation stands.

    Raises:
        ContractError: A step is no operation under test, has no such parameter, gives no id, or leads back to this one.
    """
    if not operation.needs:
        return operation
    extensions = {each.location: each for each, _ in _extensions(item, place)}
    found: dict[str, Needs] = {}
    for needs in operation.needs:
        if needs.location is not None:
            extension = extensions[needs.location]
            listed = extension.child("steps")
            steps = [listed.child(number) for number in range(len(needs.steps))]
            known = _known(needs, operation, operations, extension, steps)
            found.setdefault(known.leads, known)
    return replace(operation, needs=tuple(found.values()))


def with_needs_of_workflow(
    operation: Operation, operations: Mapping[str, Operation], needs: Needs, place: Place, steps: Sequence[Place]
) -> Operation:
    """Return an operation with what a workflow says that it needs; what the contract says of the same object holds.

    Raises:
        ContractError: A step is no operation under test, has no such parameter, gives no id, or leads back to this one.
    """
    known = _known(needs, operation, operations, place, steps)
    if any(each.leads == known.leads for each in operation.needs):
        return operation
    return replace(operation, needs=(*operation.needs, known))


def _known(
    needs: Needs, operation: Operation, operations: Mapping[str, Operation], place: Place, places: Sequence[Place]
) -> Needs:
    """Return what an operation needs with where that leads, and where the parameters of the steps stand.

    Args:
        needs: What it needs.
        operation: The operation.
        operations: Those under test, by ID.
        place: Where that is said.
        places: Where each of the steps is.
    """
    steps = []
    said = f"The workflow '{needs.workflow}'" if needs.workflow else f"{X_NEEDS} of {operation.id}"
    for at, step in zip(places, needs.steps, strict=True):
        known = operations.get(step.operation)
        if known is None:
            raise at.error(
                f"{said} names the operation '{step.operation}', which is not under test.",
                expected=one_of([name for name in operations if name != operation.id]),
                advice=did_you_mean(step.operation, operations),
            )
        if operation.id in _leads_on(known, operations):
            back = "it" if not needs.workflow else operation.id
            raise at.error(f"{said} leads back to {back}: {step.operation} needs it, or is it.")
        steps.append(replace(step, parameters=placed(step, known, at)))
    target = _place_of(operation, needs, place)
    givers = dict.fromkeys(source.operation for source in target.sources)
    makers = [name for name in givers if operations[name].method not in SAFE]
    if steps[0].operation not in makers:
        raise places[0].error(
            f"The first step, {steps[0].operation}, gives no value of '{target.title}'.",
            expected=one_of(makers) if makers else "an operation that makes the object",
            advice=f"links on an answer of {steps[0].operation} say which value that is.",
        )
    return replace(needs, steps=tuple(steps), leads=target.leads)


def _leads_on(operation: Operation, operations: Mapping[str, Operation]) -> set[str]:
    """Return an operation and all that it needs, and they need."""
    found: set[str] = set()
    pending = [operation.id]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            each = operations.get(name)
            needed = () if each is None else each.needs
            pending += (step.operation for needs in needed for step in needs.steps)
    return found


def placed(step: Step, operation: Operation, at: Place) -> dict[tuple[str, str], str]:
    """Return the values of a step's parameters by where they stand."""
    found: dict[tuple[str, str], str] = {}
    for (_, name), value in step.parameters.items():
        where = next((one.location for one in operation.parameters if one.name.lower() == name.lower()), None)
        if where not in {"path", "query", "header"}:
            raise at.error(
                f"{operation.id} has no parameter '{name}' in its path, its query or its headers.",
                expected=one_of([one.name for one in operation.parameters if one.location != "cookie"]),
            )
        found[where, name] = value
    return found


def _place_of(operation: Operation, needs: Needs, extension: Place) -> IdPlace:
    """Return the place of the id that an operation needs."""
    in_path = [place for place in operation.id_places if place.part == "path"]
    named = [place for place in operation.id_places if needs.named in {place.name, place.title}]
    found = named if needs.named else in_path
    if not found:
        names = [place.title for place in operation.id_places]
        what = f"'{needs.named}'" if needs.named else "a parameter of its path"
        raise extension.error(
            f"No answer gives {operation.id} a value of {what}.",
            expected=f"for: {one_of(names)}"
            if names
            else "links on an answer that has it, or the operation that makes it",
        )
    return max(found, key=lambda place: place.leads.count("{}"))
