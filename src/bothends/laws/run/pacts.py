"""What consumers rely on, as their pacts say."""

from __future__ import annotations

from bothends.laws.law import Law, Precedence, Scope
from bothends.laws.registry import register

_SOURCE = "the pact; Pact V4"
# What a pact promises in the same words of several interactions is one finding: the first tells of it.
_WORDS = {"not-kept": "{source}: {expected:.120}", "contradicted": "{source} {location}"}

PACT = register(
    Law(
        name="pact",
        demands="The target answers, and sends, what a consumer relies on.",
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
        demands="The part that bothends plays answers as its pact says.",
        source=_SOURCE,
        scope=Scope.PACT,
        words=_WORDS,
        precedence=Precedence.LAST,
    )
)
