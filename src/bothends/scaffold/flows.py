"""Which steps the objects of a service were seen to need, before a request about them succeeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.requests import Needs, Step
from bothends.records import resolve, were
from bothends.scaffold.seen_objects import listed, share, states_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract
    from bothends.contract.requests import IdPlace
    from bothends.scaffold.seen_objects import History, SeenObject, SeenObjects


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps that make an object for each request of an operation.

    Attributes:
        operation: The operation.
        place: The place of the id in its requests.
        steps: The steps.
        at: JSON pointer to what the answer to the last step has; empty: nothing is said of that.
        value: What stands there.
        why: What was seen.
    """

    operation: str
    place: IdPlace
    steps: History
    at: str
    value: Any
    why: str

    @property
    def said(self) -> dict[str, Any]:
        """What `x-needs` says."""
        ready = {"ready": {"at": self.at, "is": self.value}} if self.at else {}
        named = {} if self.place.part == "path" else {"for": self.place.name}
        return {"steps": list(self.steps), **ready, **named}

    @property
    def needs(self) -> Needs:
        """The same, as a contract has it once it is read."""
        steps = tuple(map(Step, self.steps))
        named = "" if self.place.part == "path" else self.place.name
        return Needs(steps, self.place.leads, self.at or None, self.value, named)


def flows_of(found: SeenObjects) -> Iterator[Flow]:
    """Yield the steps that objects were seen to need: what no new object has, or what a success takes away."""
    for one in found.every:
        for name, place in one.places.items():
            flow = _flow_of(one, name, place)
            if flow is not None:
                yield flow


def _flow_of(one: SeenObject, name: str, place: IdPlace) -> Flow | None:
    maker = one.makers[0]
    right = [before for before in one.histories() if one.all_succeed(before, name)]
    if not right or name in right[0]:
        return None
    steps, status = right[0], one.refusal((), name)
    if steps and status is not None:
        count = len(one.of((), name))
        why = (
            f"{share(count, count)} about a new object {were(count)} answered {status}, and"
            f" {share(len(one.of(steps, name)), len(one.of(steps, name)))} after {' then '.join(steps)} succeeded"
        )
        at, value = _ready(one, steps)
        return Flow(name, place, (maker, *steps), at, value, why)
    if steps:
        return None
    after = (*steps, name)
    ended = [(each, told) for each in one.places if (told := one.refusal(after, each)) is not None]
    ended = [(each, told) for each, told in ended if any(one.all_succeed(before, each) for before in right)]
    if not ended:
        return None
    names = listed([f"{each} ({status})" for each, status in ended])
    return Flow(
        name, place, (maker,), "", None, f"after a success of it, this was refused about the same object: {names}"
    )


def _ready(one: SeenObject, steps: History) -> tuple[str, Any]:
    """Return what the answers to the last of some steps have that the ones before do not; empty: nothing is certain."""
    answers = [each for each in one.of(steps[:-1], steps[-1]) if each.succeeded]
    new = [each for each in one.of((), one.reader) if each.succeeded] if one.reader else []
    for at, value in sorted(states_in(answers)):
        before = {resolve(each.body, at) for each in new if isinstance(resolve(each.body, at), str)}
        if before and value not in before:
            return at, value
    return "", None


def with_flows(contract: Contract, found: SeenObjects) -> Contract:
    """Return a contract whose operations have the objects that they were seen to need; what it says itself holds."""
    flows = {flow.operation: flow for flow in flows_of(found)}
    operations = (
        replace(each, needs=(flows[each.id].needs,)) if each.id in flows and not each.needs else each
        for each in contract.operations
    )
    return replace(contract, operations=tuple(operations))
