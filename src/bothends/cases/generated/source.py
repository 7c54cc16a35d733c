"""All generated cases of a contract: from the cache when they were made before, else made anew."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from platform import python_version_tuple
from typing import TYPE_CHECKING

from bothends.cases.generated.cache import FORMAT, SUFFIX, kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.cases.generated.names import Mode
    from bothends.contract.model import Contract, Operation
    from bothends.records import Case


_SHAPING = ("bothends.cases.families", "bothends.cases.generated", "bothends.contract", "bothends.records")


def generated(contract: Contract, *, seed: int, count: int, folder: Path | None) -> Iterator[Case]:
    """Yield the cases of the families `coverage`, `fuzz-valid` and `fuzz-invalid`.

    Args:
        contract: The contract.
        seed: The run's seed.
        count: Fuzzed cases in all, at most: shared between the operations, half valid and half not.
        folder: Where the cases are kept for the next run; None: nowhere.

    Raises:
        ContractError: Schemathesis can't load the spec, or can't generate for an operation.
        HarnessError: The folder can't be written.
    """
    if folder is None:
        yield from _made(contract, seed, count)
    else:
        yield from kept(folder, _key(contract, seed, count), lambda: _made(contract, seed, count))


def is_kept(contract: Contract, *, seed: int, count: int, folder: Path) -> bool:
    """Return whether `generated` would read the cases, and need not make them."""
    return (folder / f"{_key(contract, seed, count)}{SUFFIX}").exists()


def warm_up() -> None:
    """Import what generates and checks, some tenths of a second's work: to be called while something else starts."""
    from bothends.cases.generated import schemathesis_bridge  # noqa: F401, PLC0415 -- the import is the purpose


def _made(contract: Contract, seed: int, count: int) -> Iterator[Case]:
    from bothends.cases.generated.coverage import coverage_cases  # noqa: PLC0415 -- costs a second: only when needed
    from bothends.cases.generated.fuzz import fuzz_cases  # noqa: PLC0415 -- likewise
    from bothends.cases.generated.schemathesis_bridge import SchemathesisBridge  # noqa: PLC0415 -- likewise

    operations = [operation for operation in contract.operations if not operation.security.unplayable]
    if not operations:
        return
    bridge = SchemathesisBridge(contract)
    exclude: dict[str, set[int]] = {operation.id: set() for operation in operations}
    for operation in operations:
        yield from _named(contract, operation, coverage_cases(bridge, operation, exclude=exclude[operation.id]))
    share = count // len(operations)
    counts: tuple[tuple[Mode, int], ...] = (("valid", share - share // 2), ("invalid", share // 2))
    for operation in operations:
        for mode, part in counts:
            cases = fuzz_cases(bridge, operation, seed=seed, count=part, mode=mode, exclude=exclude[operation.id])
            yield from _named(contract, operation, cases)


def _named(contract: Contract, operation: Operation, cases: Iterator[Case]) -> Iterator[Case]:
    """Yield the cases with names that are unique among the operations."""
    several = len(contract.operations) > 1
    return (replace(case, name=f"{operation.id}.{case.name}") if several else case for case in cases)


def _code_digest() -> str:
    """Return a digest of the code that shapes cases: within one version, a developer changes it."""
    state = blake2b(digest_size=8)
    for package in _SHAPING:
        for file in sorted(files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                state.update(file.read_bytes())
    return state.hexdigest()


def _key(contract: Contract, seed: int, count: int) -> str:
    """Return what the cases depend on, as a name for a file."""
    parts = [
        FORMAT,
        contract.digest,
        seed,
        count,
        version("bothends"),
        _code_digest(),
        version("schemathesis"),
        version("hypothesis"),
        python_version_tuple()[:2],
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
