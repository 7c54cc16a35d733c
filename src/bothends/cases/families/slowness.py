"""Upstreams that are slow: how slow is slow, and yet in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.contract.model import Contract

_IN_TIME = 0.25
"""Part of a target's patience with one upstream that a slow one may take: under half, as machines are busy too."""


def slow(contract: Contract, upstream: str) -> str:
    """Return the sentence of an upstream that is slow, and in time.

    Args:
        contract: The contract.
        upstream: The upstream's name, or `ingest`.
    """
    pause = int(contract.settings.world.upstream_timeout_ms * _IN_TIME)
    return f"the {upstream} answers after {pause} ms"
