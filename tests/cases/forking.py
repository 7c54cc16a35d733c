"""What forks, in a process of its own: where tests run there are threads, and a fork has none of them.

python -m tests.cases.forking NAME FOLDER prints what came of it, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.cases import Selector, plan
from bothends.cases.fuzzing.forked import forked
from bothends.cases.fuzzing.source import made_here
from bothends.cases.fuzzing.streamed import LEAST, streamed
from bothends.contract import load

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_HERE = os.getpid()


def _values(ends_after: int | None = None) -> Iterator[int | None]:
    """Yield numbers, and None for each third; a fork that makes them ends after so many."""
    for number in range(300):
        if number == ends_after and os.getpid() != _HERE:
            os._exit(1)
        yield number if number % 3 else None


def _no_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def all_values(_: Path) -> Any:
    """Read all that a fork makes, which is more than it was told to make at first."""
    with forked(_values, 20) as values:
        read = list(values)
    return read, _no_children()


def a_fork_that_ends(_: Path) -> Any:
    """Read what a fork makes that ends in the middle."""
    with forked(lambda: _values(90), 1000) as values:
        return list(values)


def a_fork_that_raises(_: Path) -> Any:
    """Read what neither the fork nor this process can make."""

    def make() -> Iterator[int]:
        yield 1
        raise LookupError

    read: list[int] = []
    try:
        with forked(make, 1000) as values:
            read.extend(values)
    except LookupError:
        return read, "raised"
    return read, "not raised"


def a_fork_that_is_left(_: Path) -> Any:
    """Read one value, and go."""
    with forked(_values, 1000) as values:
        read = list(islice(values, 1))
    return read, _no_children()


def made_by_a_fork(folder: Path) -> Any:
    """Compare the cases that a fork makes, and its own forks, with those made here."""
    contract = load(_ROOT / "bothends.toml")
    with streamed(contract, seed=7, count=LEAST, folder=folder, fork=True) as make:
        assert make is not None
        same = list(make()) == list(made_here(contract, 7, LEAST))
    return same, _no_children()


def planned(folder: Path) -> Any:
    """Draw a plan's cases twice: of a fork that was begun before, and of what was kept."""
    import asyncio  # noqa: PLC0415 -- there is no loop when the fork is made

    async def drawn(chosen: Any) -> list[str]:
        async with chosen.ahead():
            return [case.label for case in chosen.parts()[1]]

    contract = load(_ROOT / "bothends.toml")

    def chosen() -> Any:
        return plan(contract, seed=7, max_examples=LEAST, only=Selector("fuzz-*"), cache_folder=folder)

    first, again = chosen(), chosen()
    with first.forking():
        forks = not _no_children()
        one = asyncio.run(drawn(first))
    with again.forking():
        two = asyncio.run(drawn(again))
    return forks, len(one), one == two, _no_children()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](Path(sys.argv[2]))))
