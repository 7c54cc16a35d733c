"""All generated cases of a contract: from the cache when they were made before, else made anew.

They depend on the contract and on the lower bits of the run's seed, and on nothing else. A run that is given no seed
takes those bits from the cases that are kept of its contract, for a day; the others are its own. So its test users and
unique values are new, nothing has to be made, and its seed still says which cases they were.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.cache import FORMAT, SUFFIX, cached
from bothends.installed import version_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from bothends.contract import Contract
    from bothends.records import Case

# The seed of a run that is given none: 52 bits, which a number of JSON holds in every language.

CASE_BITS = 20
"""The lower bits of a seed: the generated cases depend on these alone."""
_OWN_BITS = 32
FRESH_SECONDS = 24 * 3600.0
"""How long cases are taken again by runs without a seed: others may find something else."""


def new_seed(contract: Contract, *, count: int, folder: Path) -> int:
    """Return a seed for a run that is given none: one whose cases are kept, if there are such."""
    prefix, now = f"{shaping_key(contract, count)}-", time.time()
    found = [(file.stat().st_mtime, file.stem.removeprefix(prefix)) for file in folder.glob(f"{prefix}*{SUFFIX}")]
    fresh = [(when, seed) for when, seed in found if seed.isdecimal() and 0 <= now - when < FRESH_SECONDS]
    lower = int(max(fresh)[1]) if fresh else secrets.randbits(CASE_BITS)
    return secrets.randbits(_OWN_BITS) << CASE_BITS | case_seed(lower)


def case_seed(seed: int) -> int:
    """Return the lower bits of a seed."""
    return seed % (1 << CASE_BITS)


def name_of_cases(contract: Contract, seed: int, count: int) -> str:
    """Return what tells cases from others: the name of their file, without its end."""
    return f"{shaping_key(contract, count)}-{case_seed(seed)}"


_PACKAGE = Path(__file__).parents[2]
_SHAPING = ("cases/families", "cases/fuzzing", "contract", "records", "schemas")


def generated(
    contract: Contract,
    *,
    seed: int,
    count: int,
    folder: Path | None,
    over: threading.Event | None = None,
) -> Iterator[Case]:
    """Yield the cases of the families `coverage`, `fuzz-valid` and `fuzz-invalid`.

    At most `count` are fuzzed: shared between the operations, half valid and half not. The folder keeps them for the
    next run; None: nothing does. What is `over` is set when nobody wants those any more that a process has not made.

    Raises:
        ContractError: Schemathesis can't load the spec.
        MachineError: The folder can't be written.
        UnmadeError: When all are yielded that Schemathesis can make: there are others.
    """
    if folder is None:
        yield from made_here(contract, seed, count)
    else:
        key = name_of_cases(contract, seed, count)
        yield from cached(folder, key, lambda: made_here(contract, seed, count), over=over)


def is_cached(contract: Contract, *, seed: int, count: int, folder: Path) -> bool:
    """Return whether `generated` would read the cases, and need not make them."""
    return (folder / f"{name_of_cases(contract, seed, count)}{SUFFIX}").exists()


def warm_up() -> None:
    """Import what checks answers, most of a second's work: to be called while something else starts."""
    import schemathesis.specs.openapi.schemas  # noqa: F401, PLC0415 -- the import is the purpose

    from bothends.cases.fuzzing import schemathesis_bridge  # noqa: F401, PLC0415 -- likewise


def made_here(contract: Contract, seed: int, count: int) -> Iterator[Case]:
    """Make the generated cases, in this process; arguments and errors are those of `generated`."""
    from bothends.cases.fuzzing.making import cases_of  # noqa: PLC0415 -- costs half a second: only when needed

    return cases_of(contract, case_seed(seed), count)


@cache
def _code_digest() -> str:
    """Return a digest of the code that shapes cases: within one version, a developer changes it."""
    state = blake2b(digest_size=8)
    for part in _SHAPING:
        for file in sorted((_PACKAGE / part).rglob("*.py")):
            state.update(file.read_bytes())
    return state.hexdigest()


def shaping_key(contract: Contract, *more: int) -> str:
    """Return what tells a contract, and all that shapes cases of it and checks their answers, as a part of a name."""
    parts = [
        FORMAT,
        contract.digest,
        [operation.id for operation in contract.operations],
        *more,
        version_of("bothends"),
        _code_digest(),
        version_of("schemathesis"),
        version_of("hypothesis"),
        sys.version_info[:2],
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
