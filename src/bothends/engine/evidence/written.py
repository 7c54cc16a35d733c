"""The written form of counts: for each thing that is counted a list of keys, each with how often it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.engine.counts import COUNTED, Counts
from bothends.records import Coder
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract, Operation
    from bothends.records import Hider

_NAMES = frozenset({"operation", "callback", "answer"})
"""What of a key the contract names: no secret is in it."""
_NUMBERS = dict.fromkeys(("status", "bytes", "point"), "^[0-9]{1,15}$") | {"seconds": "^[0-9]{1,9}[.][0-9]$"}


def counts_coder(contract: Contract) -> Coder:
    """Return the coder of what was counted of a contract, and of nothing that it does not declare."""
    import_modules("bothends.engine.evidence")  # each defines what it counts
    operations = {operation.id: operation for operation in contract.operations}

    def read(value: Mapping[str, list[list[Any]]]) -> Counts:
        counts = Counts()
        for name, found in value.items():
            what = COUNTED.get(name)
            for *key, number in found:
                _check(operations, dict(zip(what.by, key, strict=True)))
                counts.add(what, *key, times=int(number))
        return counts

    schemas = {
        what.name: {
            "type": "array",
            "items": {
                "type": "array",
                "prefixItems": [*map(_schema, what.by), {"type": "integer"}],
                "items": False,
                "minItems": len(what.by) + 1,
            },
        }
        for what in COUNTED
    }
    schema = {"type": "object", "properties": schemas, "required": list(schemas), "additionalProperties": False}
    return Coder(_write, read, schema)


def _write(value: Counts, hide: Hider) -> dict[str, Any]:
    written: dict[str, list[list[str | int]]] = {what.name: [] for what in COUNTED}
    for what, key, number in value:
        hides = [what.of_the_target and name not in _NAMES for name in what.by]
        parts = [hide.text(part) if hidden else part for hidden, part in zip(hides, key, strict=True)]
        written[what.name].append([*parts, number])
    return written


def _schema(name: str) -> dict[str, Any]:
    return {"type": "string", "pattern": _NUMBERS[name]} if name in _NUMBERS else {"type": "string"}


def _check(operations: Mapping[str, Operation], key: Mapping[str, str]) -> None:
    """See whether a key is one of the contract.

    Raises:
        ValueError: It is not.
    """
    if "operation" not in key:
        return
    operation = operations.get(key["operation"])
    if operation is None:
        raise ValueError(f"the operation {key['operation']!r} is not under test")
    if "answer" in key and key["answer"] not in {answer.status for answer in operation.answers}:
        raise ValueError(f"{operation.id} declares no answer {key['answer']!r}")
    # An event of an unclear callback is counted too, by no name.
    if key.get("callback") and key["callback"] not in {event.name for event in operation.events}:
        raise ValueError(f"{operation.id} has no callback {key['callback']!r}")
