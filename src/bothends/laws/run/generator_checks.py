"""A generator's own checks of the cases that it made: a law of its own for each, named `schemathesis:CHECK`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from bothends.laws.law import Law, Precedence, Scope
from bothends.laws.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where the ingest refuses each event, a right target answers each good request with a 5xx.
_EVENT_REFUSED = ("nothing-dropped", "right-address")

YIELDS: Mapping[str, tuple[str, ...]] = {
    "not_a_server_error": ("family-status", "declared-status", "recovers", *_EVENT_REFUSED),
    "status_code_conformance": ("family-status", "declared-status"),
    "content_type_conformance": ("family-status", "declared-status", "declared-media-type"),
    "response_schema_conformance": ("family-status", "declared-status", "declared-media-type", "answer-schema"),
    "negative_data_rejection": ("family-status",),
    "positive_data_acceptance": ("family-status", *_EVENT_REFUSED),
}
"""Laws that say the same as a check, in words of ours, which come first."""

LAW = register(
    Law(
        name="schemathesis",
        demands="Schemathesis' own checks hold for the cases that it makes.",
        source="Schemathesis' documentation of its checks",
        scope=Scope.CHECK,
        words={"failed": "{location} {status}"},
        precedence=Precedence.LAST,
    )
)


@cache
def check_law(check: str) -> Law:
    """Return the law that one check is; all of them are counted as one."""
    return replace(LAW, name=f"{LAW.name}:{check}", yields_to=YIELDS.get(check, ()))
