"""Gives the ingest an address of another form: behind a path, with a key that must be encoded."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.contract import Contract

_PATH = "/behind/a-path"
_RESERVED = "/?#%&=+ ~"
"""What ends a segment, or means something else, unless it is percent-encoded (RFC 3986 section 2.2)."""


def elsewhere(contract: Contract) -> Contract:
    """Return a contract whose ingest has such an address; the same where there is none."""
    world = contract.settings.world
    key = f"{secrets.token_hex(8)}{_RESERVED}{secrets.token_hex(8)}"
    ingests = {name: replace(ingest, path=_PATH, event_key=key) for name, ingest in world.ingests.items()}
    return replace(contract, settings=replace(contract.settings, world=replace(world, ingests=ingests)))
