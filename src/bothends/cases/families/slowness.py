"""Upstreams that are slow: how slow is slow, and yet in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Condition

if TYPE_CHECKING:
    from bothends.contract.model import Contract

_IN_TIME = 0.25
"""Part of a target's patience with one upstream that a slow one may take: under half, as machines are busy too."""


def slow(contract: Contract, upstream: str) -> Condition:
    """Return the state of an upstream that is slow, and in time.

    Args:
        contract: The contract.
        upstream: The upstream's name, or `ingest`.
    """
    pause = int(contract.settings.world.upstream_timeout_ms * _IN_TIME)
    return Condition.of("answers-after", upstream, ms=pause)
