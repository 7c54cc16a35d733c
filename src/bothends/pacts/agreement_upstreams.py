"""Requests to an upstream and its answers, held against `[world.upstreams.<name>]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.pacts.example import json_value
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.pacts.disagreement import Comparison, Disagreement

_SUCCESS = range(200, 300)


def upstream_disagreements(comparison: Comparison, name: str) -> Iterator[Disagreement]:
    """Yield where an interaction with an upstream is not what the settings and the spec say of it.

    Args:
        comparison: The interaction.
        name: The upstream.
    """
    interaction = comparison.interaction
    upstream = comparison.contract.settings.world.upstreams[name]
    for key, expected, actual in (
        ("method", upstream.method, interaction.method),
        ("path", upstream.path, interaction.path),
    ):
        if expected != actual:
            spec = comparison.setting(f"world.upstreams.{name}.{key}")
            summary = f"The pact calls the {name} by another {key}."
            yield comparison.at(f"/request/{key}", spec, summary, expected, actual)
    schema = comparison.contract.answers[name]
    value = json_value(interaction.response_body, schema)
    if interaction.status in _SUCCESS and value is not MISSING:
        pointer = interaction.body_pointer("response").removeprefix(interaction.pointer)
        what = f"answer {interaction.status} of the {name}"
        yield from comparison.by_schema(pointer, value, schema, what, comparison.upstream_schema(name))
