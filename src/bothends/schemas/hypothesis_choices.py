"""Hypothesis' random choices, the same for the same seed under any program; imported when they are needed.

It mixes in constants that it finds in the modules which happen to be loaded. Here only its own list of nasty values is
used, or the same seed would not make the same values under another program.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.choice import choice_constraints_key, choice_permitted
from hypothesis.internal.conjecture.providers import GLOBAL_CONSTANTS, HypothesisProvider

_MOST_REMEMBERED = 1024  # sets of constraints; a schema has a few dozen


class SteadyChoices(HypothesisProvider):
    """Hypothesis' distribution, without the constants of modules.

    Source: Hypothesis, "Alternative backends".
    """

    _permitted: dict[Any, tuple[Any, ...]] = {}  # noqa: RUF012 -- shared by all draws on purpose

    def _maybe_draw_constant(self, choice_type: Any, constraints: Any, *, p: float = 0.05) -> Any:
        random = self._random
        assert random is not None  # noqa: S101 -- given by whoever draws
        if random.random() > p:
            return None
        key = (choice_type, choice_constraints_key(choice_type, constraints))
        constants = self._permitted.get(key)
        if constants is None:
            if len(self._permitted) >= _MOST_REMEMBERED:
                self._permitted.clear()
            constants = tuple(
                one for one in GLOBAL_CONSTANTS.set_for_type(choice_type) if choice_permitted(one, constraints)
            )
            self._permitted[key] = constants
        return random.choice(constants) if constants else None
