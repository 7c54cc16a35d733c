"""Draws from a Hypothesis strategy, fast and the same for the same seed in every process.

Hypothesis' own engine spends most of its time on what a list of distinct cases has no use for:
it remembers what it drew, and makes new examples by copying parts of old ones (of 1,000 negative
cases about 350 are distinct). Here each case is drawn afresh. And Hypothesis mixes in constants
that it finds in the modules which happen to be imported; here only its own list of nasty values is
used, or the same seed would not make the same cases under another program.

This file alone touches what Hypothesis does not export.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hypothesis.configuration import storage_directory
from hypothesis.control import BuildContext
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.internal.charmap import charmap_file
from hypothesis.internal.conjecture.choice import choice_constraints_key, choice_permitted
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import GLOBAL_CONSTANTS, HypothesisProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

REJECTED: Final = object()
_MOST_REMEMBERED = 1024  # sets of constraints; a schema has a few dozen

_ENCODABLE: Final = {
    "utf-8": ((0x0000, 0xD7FF), (0xE000, 0x10FFFF)),  # RFC 3629 section 3: all but surrogates
    "ascii": ((0x00, 0x7F),),
}


class _GlobalConstantsProvider(HypothesisProvider):
    """Hypothesis' distribution, without the constants of modules that happen to be imported."""

    _permitted: dict[Any, tuple[Any, ...]] = {}  # noqa: RUF012 -- shared by all draws on purpose

    def _maybe_draw_constant(self, choice_type: Any, constraints: Any, *, p: float = 0.05) -> Any:
        random = self._random
        assert random is not None  # noqa: S101 -- given by `draws`
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


def draws(strategy: SearchStrategy[Any], seed: int) -> Iterator[Any]:
    """Yield values without end; `REJECTED` where the strategy gave one up."""
    random = Random(seed)  # noqa: S311 -- reproducible on purpose
    while True:
        data = ConjectureData(random=random, provider=_GlobalConstantsProvider)
        try:
            with BuildContext(data, is_final=False, wrapped_test=draws):
                value = data.draw(strategy)
        except (StopTest, UnsatisfiedAssumption):
            value = REJECTED
        yield value


def know_encodings() -> None:
    """Write down which characters the encodings of requests have, where Hypothesis would look for it.

    It finds them out by trying each of 1.1 million characters, with lists of 200 MiB, the first time in each
    project. Where its folder can't be written it does so still.
    """
    for encoding, intervals in _ENCODABLE.items():
        file = charmap_file(f"codec-v2-{encoding}")
        if file.exists():
            continue
        with contextlib.suppress(OSError):  # costs time alone, as said above
            unfinished_ones = storage_directory("tmp")
            unfinished_ones.create_if_missing()  # with a .gitignore, where the folder is new
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=unfinished_ones.path, delete=False) as unfinished:
                unfinished.write(gzip.compress(json.dumps([intervals, []]).encode(), mtime=1))
            Path(unfinished.name).replace(file)
