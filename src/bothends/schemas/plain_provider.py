"""Random choices that are the same for the same seed, whatever else is loaded; imported by name, when it is needed."""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import HypothesisProvider


class PlainProvider(HypothesisProvider):
    """Hypothesis' choices, without constants: it takes some from the modules that happen to be loaded.

    Source: Hypothesis, "Alternative backends".
    """

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None
