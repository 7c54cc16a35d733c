"""bothends with one thing left out of its runs: `python -m tests.verdicts.leaving_out WHAT verify …`.

The contract still declares it. So this asks of the harness what the harness asks of a target: whether what was not
looked at is missed. WHAT is one of

- `operation:NAME`, the cases of an operation
- `family:NAME`, the cases of a family
- `state:TEXT`, the cases in which the world is in a state whose sentence has that text
- `callback:NAME`, an event that an operation declares
- `x-from:TEXT`, the values that come from there
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bothends.contract
from bothends.cases.plan import Plan
from bothends.conditions import sentences
from bothends.contract.terms import ProvenanceWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract import Contract
    from bothends.contract.terms import Provenance
    from bothends.records import Case


def leave_out_cases(is_left_out: Callable[[Case], bool]) -> None:
    """Leave cases out of every plan."""
    parts = Plan.parts

    def kept(cases: Iterator[Case]) -> Iterator[Case]:
        return (case for case in cases if not is_left_out(case))

    def fewer(plan: Plan) -> tuple[Iterator[Case], Iterator[Case], Iterator[Case]]:
        plain, others, last = parts(plan)
        return kept(plain), kept(others), kept(last)

    setattr(Plan, "parts", fewer)  # noqa: B010 -- the type checker takes no method for a variable


def leave_out_callback(name: str) -> None:
    """Leave a callback out of every contract that is loaded."""
    load = bothends.contract.load

    def loaded(*arguments: Any) -> Contract:
        contract = load(*arguments)
        operations = tuple(
            replace(operation, events=tuple(event for event in operation.events if event.name != name))
            for operation in contract.operations
        )
        assert operations != contract.operations, f"no callback is called {name}"
        return replace(contract, operations=operations)

    setattr(bothends.contract, "load", loaded)  # noqa: B010 -- likewise


def leave_out_source(text: str) -> None:
    """Leave the values that come from somewhere out of what is found in events."""
    find = ProvenanceWalk.find

    def fewer(walk: ProvenanceWalk, payload: Any) -> list[Provenance]:
        return [each for each in find(walk, payload) if each.source.text != text]

    setattr(ProvenanceWalk, "find", fewer)  # noqa: B010 -- likewise


def leave_out(what: str) -> None:
    """Leave something out.

    Raises:
        ValueError: It is none of what can be.
    """
    kind, _, name = what.partition(":")
    match kind:
        case "operation":
            leave_out_cases(lambda case: case.operation == name)
        case "family":
            leave_out_cases(lambda case: case.family == name)
        case "state":
            leave_out_cases(lambda case: any(name in sentence for sentence in sentences(case.given)))
        case "callback":
            leave_out_callback(name)
        case "x-from":
            leave_out_source(name)
        case _:
            raise ValueError(f"nothing is known of {what!r}")


def main() -> int:
    """Leave it out, and run the command that follows."""
    leave_out(sys.argv[1])
    from bothends.cli.main import main as command  # noqa: PLC0415 -- it binds names that have just been changed

    return command(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
