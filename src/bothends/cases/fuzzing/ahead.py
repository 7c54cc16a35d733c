"""Generated cases made by a process of their own, while the plain ones are played.

To make them takes seconds of computing, in which a run's own process could neither answer for the world nor read
what the target says. The plain cases are mostly waiting. So both go on side by side, and meet in the cache.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.source import generated, is_cached, lock_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from bothends.contract.model import Contract

MOST = 5_000
"""Cases up to which they are made ahead; of more, the first are played before the last are made."""


@contextlib.asynccontextmanager
async def made_ahead(
    contract: Contract,
    *,
    seed: int,
    count: int,
    folder: Path,
    first: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Make the generated cases in a process of their own, unless they are kept already.

    Args:
        contract: The contract.
        seed: The run's seed.
        count: Fuzzed cases in all, at most.
        folder: Where the cases are kept.
        first: What is waited for before the process is started; None: nothing.

    Yields:
        What is to be awaited before they are read. When it could not make them it says nothing: code that reads
        them makes them then, and tells what is wrong.
    """
    if is_cached(contract, seed=seed, count=count, folder=folder):
        yield asyncio.create_task(asyncio.sleep(0))
        return
    arguments = str(contract.settings.file), str(seed), str(count), str(folder)
    made = asyncio.create_task(_make(arguments, first))
    try:
        yield made
    finally:
        made.cancel()
        await asyncio.gather(made, return_exceptions=True)


async def _make(arguments: Sequence[str], first: Callable[[], Awaitable[None]] | None) -> None:
    """Run the process to its end; one that is not waited for any more is killed.

    Raises:
        OSError: It can't be started.
    """
    if first is not None:
        await first()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", f"from {__name__} import main; main()"),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                process.kill()
            await process.wait()


def main() -> None:
    """Make the cases of a settings file, a seed and a number, into a folder."""
    from bothends.contract import load  # noqa: PLC0415 -- the process that plays has its contract already

    file, seed, count, place = sys.argv[1:]
    folder = Path(place)
    contract = load(Path(file))
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(lock_file(contract, seed=int(seed), count=int(count), folder=folder)):
        if is_cached(contract, seed=int(seed), count=int(count), folder=folder):
            return  # another lane has made them meanwhile
        for _ in generated(contract, seed=int(seed), count=int(count), folder=folder):
            pass


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until nobody else holds a file locked, and hold it; the end of a process lets go of it."""
    import fcntl  # noqa: PLC0415 -- for the process that makes

    with file.open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
