"""Makes flows of workflows: the values of answers that later requests have, and the steps that make their objects.

They say what `links` and `x-needs` would. So they choose requests, and accuse nobody; what the contract says itself
comes first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.messages import read_linked_value
from bothends.contract.requests import SAFE, Link, Needs, Step
from bothends.errors import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract.model import Operation
    from bothends.contract.operations.workflows import Where, Workflow, Workflows, WorkflowStep
    from bothends.documents import Place

_SUCCESS = "2"


def with_links(operations: Sequence[Operation], workflows: Workflows) -> list[Operation]:
    """Return operations whose answers have the links that workflows show.

    Args:
        operations: Those under test.
        workflows: The workflows; what of them is not used is added.
    """
    known = {each.pointer: each for each in operations}
    links: dict[str, dict[str, dict[Link, None]]] = {}
    for workflow in workflows.every:
        for step in workflow.steps:
            target = known.get(step.operation.place.pointer)
            if target is None:
                error = step.place.error(f"{step.operation.id} is not under test: this step is not played.")
                workflows.tell(error)
                continue
            _check_parameters(step, target, workflows)
            for source, link in _links(workflow, step, target):
                giver = known.get(source.operation.place.pointer)
                if giver is None:
                    continue  # that step is told by itself
                answers = _answers(giver, source)
                if not answers:
                    problem = f"{giver.id} declares no success that this step waits for, so its answer gives nothing."
                    workflows.tell(source.place.error(problem))
                for status in answers:
                    links.setdefault(giver.pointer, {}).setdefault(status, {})[link] = None
    return [_linked(each, links.get(each.pointer, {})) for each in operations]


def _linked(operation: Operation, links: Mapping[str, Mapping[Link, None]]) -> Operation:
    if not links:
        return operation
    answers = (replace(each, links=(*each.links, *links.get(each.status, ()))) for each in operation.answers)
    return replace(operation, answers=tuple(answers))


def _check_parameters(step: WorkflowStep, operation: Operation, workflows: Workflows) -> None:
    """Tell of the parameters that no request of an operation has, or that bothends gives no value."""
    for where, name in dict.fromkeys((*step.parameters, *(key for key, _ in step.values))):
        own = [one.name for one in operation.parameters if one.location == where]
        at = step.place
        if where == "body" or name in own or name.lower() in {one.lower() for one in own if where == "header"}:
            if where == "cookie":
                workflows.tell(at.error(f"The cookie '{name}' is not used: sign-in is a matter of the settings."))
        elif where == "header" and name.lower() in {"authorization", "cookie"}:
            workflows.tell(at.error(f"The header '{name}' is not used: sign-in is a matter of the settings."))
        else:
            expected = one_of(own) if own else ""
            problem = f"{operation.id} has no {where or 'such'} parameter '{name}'."
            workflows.tell(at.error(problem, expected=expected), is_wrong=True)


def _links(workflow: Workflow, step: WorkflowStep, target: Operation) -> Iterator[tuple[WorkflowStep, Link]]:
    """Yield the links that lead to a step, each with the step whose answer has it."""
    for number in dict.fromkeys(given.step for _, given in step.values):
        values = [(where, read_linked_value(given.text)) for where, given in step.values if given.step == number]
        found = tuple((where, value) for where, value in values if value is not None)
        if found:
            yield workflow.steps[number], Link(target.id, found)


def _answers(operation: Operation, step: WorkflowStep) -> list[str]:
    """Return the declared successes of an operation that a step waits for."""
    return [
        each.status
        for each in operation.answers
        if each.status.startswith(_SUCCESS) and operation.statuses_for(each) & step.criteria.statuses
    ]


Wanted = tuple[Needs, "Place", tuple["Place", ...]]
"""What an operation needs, where that is said, and where each step is."""


def needs_of(workflows: Workflows) -> dict[str, list[Wanted]]:
    """Return what operations need, by their pointers, as workflows show it: of several ways the shortest.

    One step alone says no more than a link does.
    """
    found: dict[tuple[str, Where], Wanted] = {}
    for workflow in workflows.every:
        for number, step in enumerate(workflow.steps):
            for where, giver in _objects(workflow, step):
                way = _way(workflow, giver, number)
                key = (step.operation.place.pointer, where)
                if way and (key not in found or len(way) < len(found[key][0].steps)):
                    found[key] = _needs(workflow, step, where, way)
    made: dict[str, list[Wanted]] = {}
    for (pointer, _), wanted in found.items():
        if len(wanted[0].steps) > 1:
            made.setdefault(pointer, []).append(wanted)
    return made


def _objects(workflow: Workflow, step: WorkflowStep) -> Iterator[tuple[Where, int]]:
    """Yield the places in a step's request that name an object which an earlier step has made, each with that step."""
    if step.operation.method.upper() in SAFE:
        return
    for where, given in step.values:
        if workflow.steps[given.step].operation.method.upper() not in SAFE and "$request" not in given.text:
            yield where, given.step


def _way(workflow: Workflow, first: int, last: int) -> tuple[WorkflowStep, ...]:
    """Return the steps that make the object of a step; none where something else may come between them."""
    steps = workflow.steps[first:last]
    if any(each.branches for each in steps) or not steps[0].succeeds:
        return ()
    about = (each for each in steps[1:] if any(given.step == first for _, given in each.values))
    changes = (each for each in about if each.succeeds and each.operation.method.upper() not in SAFE)
    return (steps[0], *changes)


def _needs(workflow: Workflow, step: WorkflowStep, where: Where, way: Sequence[WorkflowStep]) -> Wanted:
    steps = tuple(Step(each.operation.id, each.body, each.parameters) for each in way)
    ready = way[-1].criteria
    needs = Needs(
        steps,
        at=ready.at,
        value=ready.value,
        named=where[1],
        workflow=workflow.name,
        location=step.place.location,
    )
    return needs, step.place, tuple(each.place for each in way)
