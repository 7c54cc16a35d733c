"""Serves each edit of a contract while the mock runs; a contract that is wrong changes nothing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.edits import Watched, absolute, added_since, next_change, watched_without_contract
from bothends.errors import ContractError
from bothends.mock.serving import open_contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract
    from bothends.mock.mock import Mock


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of the contract.

    Attributes:
        changed: The files that have changed.
        wrong: Why the contract before is still served; None: the edit is.
    """

    changed: tuple[Path, ...]
    wrong: ContractError | None = None


async def follow(mock: Mock, config: Path, spec: str | None, began_ns: int, told: Callable[[Edit], None]) -> None:
    """Follow edits until it is cancelled.

    Args:
        mock: Serves the contract.
        config: The settings file.
        spec: The spec, a file; None: that of the settings.
        began_ns: When the reading of the contract began, nanoseconds since 1970.
        told: Is called with each edit.
    """
    watched = _watched(mock.contract)
    states = added_since({}, watched.look(), began_ns)
    while True:
        changed = tuple(await next_change(watched, states))
        began_ns, states = time.time_ns(), watched.look()
        wrong = None
        try:
            mock.take(await asyncio.to_thread(open_contract, config, spec))
            watched = _watched(mock.contract)
        except ContractError as error:
            wrong = error
            watched = watched_without_contract(config, None if spec is None else Path(spec), watched)
        states = added_since(states, watched.look(), began_ns)
        told(Edit(changed, wrong))


def _watched(contract: Contract) -> Watched:
    """Return the files of the spec, its overlays, and the settings; what else a run reads, the mock does not."""
    settings = contract.settings
    return Watched(
        spec=frozenset(map(absolute, (settings.spec, *contract.files, *settings.overlays))),
        others=frozenset({absolute(settings.file)}),
    )
