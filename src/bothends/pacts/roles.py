"""Which side of a pact the target is on: deduced from the names, so that nothing has to be configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError

if TYPE_CHECKING:
    from bothends.contract import WorldSettings
    from bothends.pacts.model import Pact


def parts(world: WorldSettings) -> tuple[str, ...]:
    """Return the names of the world's parts that a target calls: its upstreams and its ingests."""
    return (*world.upstreams, *world.ingests)


def part_played(pact: Pact, world: WorldSettings) -> str | None:
    """Return the part of the world that a pact has as its provider; the target is then its consumer.

    Args:
        pact: The pact.
        world: The `[world]` table.

    Returns:
        An upstream's name, or `ingest`; None when the target is the provider, as it is of any other pact.

    Raises:
        ContractError: The name is that of a part but for its case: the target would be held to another's pact.
    """
    known = parts(world)
    if pact.provider in known:
        return pact.provider
    alike = next((part for part in known if part.casefold() == pact.provider.strip().casefold()), None)
    if alike is not None:
        raise ContractError(
            f"The pact's provider '{pact.provider}' is not quite the '{alike}' of the settings.",
            where=pact.location("/provider/name"),
            expected=f"'{alike}', or a name that is no part's but for its case",
        )
    return None
