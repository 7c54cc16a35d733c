"""Texts that match a pattern: the simplest that Hypothesis finds. It is loaded only where a contract has a pattern."""

from __future__ import annotations

import re
from functools import cache
from random import Random

_MOST_TRIES = 500


def matching(pattern: str, least: int = 0, most: int | None = None) -> str | None:
    """Return a text that a pattern is found in, the same each time; None when none is found.

    Args:
        pattern: A regular expression as JSON Schema has them: it may stand anywhere in the text.
        least: Characters that the text has at least.
        most: Characters that it has at most; None: any number.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):  # ECMA-262 knows more than Python does: \p{L}
        return None
    plain = "text".ljust(least, "x")[:most]
    return plain if compiled.search(plain) else _found(compiled, least, most)


@cache
def _found(pattern: re.Pattern[str], least: int, most: int | None) -> str | None:
    from hypothesis import HealthCheck, find, settings  # noqa: PLC0415 -- half a second, which most contracts do not need
    from hypothesis import strategies as st  # noqa: PLC0415 -- as above
    from hypothesis.errors import HypothesisException  # noqa: PLC0415 -- as above

    quiet = settings(max_examples=_MOST_TRIES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    wanted = st.from_regex(pattern).filter(lambda text: least <= len(text) and (most is None or len(text) <= most))
    try:
        return find(wanted, lambda _: True, settings=quiet, random=Random(0))  # noqa: S311 -- nothing is to be secret
    except HypothesisException:
        return None
