"""The laws of a whole run: what the generator's checks, the pacts and the target's end say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from bothends.laws.law import Law, Precedence, Scope, register

if TYPE_CHECKING:
    from collections.abc import Mapping


# A generator's own checks of the cases that it made: a law of its own for each, named `schemathesis:CHECK`.

# Where the ingest refuses each event, a right target answers each good request with a 5xx.
_EVENT_REFUSED = ("nothing-dropped", "right-address")

YIELDS: Mapping[str, tuple[str, ...]] = {
    "not_a_server_error": ("family-status", "declared-status", "recovers", *_EVENT_REFUSED),
    "status_code_conformance": ("family-status", "declared-status"),
    "content_type_conformance": ("family-status", "declared-status", "declared-media-type"),
    "response_headers_conformance": ("family-status", "declared-status", "declared-media-type", "answer-headers"),
    "response_schema_conformance": ("family-status", "declared-status", "declared-media-type", "answer-schema"),
    "negative_data_rejection": ("family-status",),
    "positive_data_acceptance": ("family-status", *_EVENT_REFUSED),
}
"""Laws that say the same as a check, in bothends' own words; these come first."""

GENERATOR_CHECKS = register(
    Law(
        name="schemathesis",
        demands="The checks of Schemathesis pass for the cases that it generates.",
        source="Schemathesis' documentation of its checks",
        scope=Scope.CHECK,
        words={"failed": "{about} {status}"},
        precedence=Precedence.LAST,
    )
)


@cache
def check_law(check: str) -> Law:
    """Return the law that one check is; all of them are counted as one."""
    return replace(GENERATOR_CHECKS, name=f"{GENERATOR_CHECKS.name}:{check}", yields_to=YIELDS.get(check, ()))


# What consumers rely on, as their pacts say.

_SOURCE = "the pact; Pact V4"
# What a pact promises in the same words in several interactions is one finding: the first shows it.
_WORDS = {"not-kept": "{source}: {location:.120}", "contradicted": "{source} {location}"}

PACT = register(
    Law(
        name="pact",
        demands="The target answers and sends what a consumer relies on.",
        source=_SOURCE,
        scope=Scope.PACT,
        words=_WORDS,
        precedence=Precedence.LAST,
        restates=True,
    )
)
AGREEMENT = register(
    Law(
        name="pact-agrees",
        demands="A pact's examples are valid under the spec.",
        source="the pact and the spec",
        scope=Scope.PACT,
        words=_WORDS,
        precedence=Precedence.LAST,
    )
)
STAND_IN = register(
    Law(
        name="pact-stand-in",
        demands="The service that bothends simulates answers as its pact says.",
        source=_SOURCE,
        scope=Scope.PACT,
        words=_WORDS,
        precedence=Precedence.LAST,
    )
)


# How the target itself starts and ends.

STOPS = register(
    Law(
        name="stops",
        demands="The target starts and stops cleanly.",
        source="POSIX signals; 12-factor, IX",
        scope=Scope.LIFECYCLE,
        precedence=Precedence.LAST,
    )
)
