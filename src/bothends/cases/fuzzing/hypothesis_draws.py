"""Draws from a Hypothesis strategy, fast and the same for the same seed in every process.

Hypothesis' own engine spends most of its time on what a list of distinct cases has no use for:
it remembers what it drew, and makes new examples by copying parts of old ones (of 1,000 negative
cases about 350 are distinct). Here each case is drawn afresh, by choices that are the same under
any program.

This file and `schemas/hypothesis_choices` alone touch what Hypothesis does not export.
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
from hypothesis.internal.conjecture.choice import choice_size
from hypothesis.internal.conjecture.data import MAX_DEPTH, ConjectureData
from hypothesis.internal.floats import float_to_int, int_to_float
from hypothesis.strategies._internal.lazy import unwrap_strategies

from bothends.schemas import steady_choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

REJECTED: Final = object()
_CHOICES: Final = steady_choices()

_ENCODABLE: Final = {
    "utf-8": ((0x0000, 0xD7FF), (0xE000, 0x10FFFF)),  # RFC 3629 section 3: all but surrogates
    "ascii": ((0x00, 0x7F),),
}


class _Unrecorded(ConjectureData):
    """One draw, of the same value from the same random numbers, without a record of what it was made of.

    The record makes failing examples smaller. To write it, and to look through each strategy before it is drawn from
    (Schemathesis makes new ones for each case), is nearly half of what a draw costs.
    """

    def draw(self, strategy: SearchStrategy[Any], label: int | None = None, observe_as: str | None = None) -> Any:  # noqa: ARG002 -- theirs
        if self.depth >= MAX_DEPTH:
            self.mark_invalid()
        self.depth += 1
        try:
            return unwrap_strategies(strategy).do_draw(self)  # type: ignore[no-untyped-call]
        finally:
            self.depth -= 1

    def start_span(self, label: int) -> None:  # noqa: ARG002 -- theirs
        self.depth += 1

    def stop_span(self, *, discard: bool = False) -> None:  # noqa: ARG002 -- theirs
        self.depth -= 1

    def _pooled_constraints(self, choice_type: Any, constraints: Any) -> Any:  # noqa: ARG002 -- theirs
        return constraints

    def _draw(self, choice_type: Any, constraints: Any, *, observe: bool, forced: Any) -> Any:
        value = getattr(self.provider, f"draw_{choice_type}")(**constraints) if forced is None else forced
        if choice_type == "float" and value != value:  # noqa: PLR0124 -- NaN: a new one, as they do, or a list would find it again
            value = int_to_float(float_to_int(value))
        if observe:
            self.length += choice_size(value)
            if self.length > self.max_length:
                self.mark_overrun()
        return value


def draws(strategy: SearchStrategy[Any], seed: int) -> Iterator[Any]:
    """Yield values without end; `REJECTED` where the strategy gave one up.

    Raises:
        Exception: What the strategy raises.
    """
    random = Random(seed)  # noqa: S311 -- reproducible on purpose
    while True:
        before = random.getstate()
        try:
            value = _drawn(_Unrecorded, strategy, random)
        except Exception:  # noqa: BLE001 -- raised again if Hypothesis, which looks a strategy through first, raises anything
            random.setstate(before)
            value = _drawn(ConjectureData, strategy, random)
        yield value


def _drawn(kind: type[ConjectureData], strategy: SearchStrategy[Any], random: Random) -> Any:
    data = kind(random=random, provider=_CHOICES)
    try:
        with BuildContext(data, is_final=False, wrapped_test=draws):
            return data.draw(strategy)
    except (StopTest, UnsatisfiedAssumption):
        return REJECTED


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
