"""The regular expressions of pacts: whether Pact's own library can compile them.

One that it can't compile matches nothing: the target, whose value is right, would be blamed for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, HarnessError
from bothends.records import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.errors import Location
    from bothends.pacts.model import Pact

EXPRESSION_ADVICE = "Correct it where the consumer's test states it, and write the pact anew."
_TAIL = 2000
_HOLDERS = ("request", "response", "contents")
# With an empty alternative before it, an expression matches the empty text, if it can be compiled at all.
_PROGRAM = """
import json, sys
from pact_ffi import lib
compiles = lambda text: lib.pactffi_check_regex(("|" + text).encode(errors="replace"), b"")
print(json.dumps([text for text in json.load(sys.stdin) if not compiles(text)]))
"""


def check_expressions(pacts: Iterable[Pact]) -> None:
    """Check that Pact's library can compile each regular expression of a matcher.

    Raises:
        ContractError: It can't.
        HarnessError: It could not be asked.
    """
    for where, text in wrong_expressions(pacts):
        problem = f"{text!r} is no regular expression."
        expected = "an expression that Pact's library can compile (Oniguruma)"
        raise ContractError(problem, where=where, expected=expected, advice=EXPRESSION_ADVICE)


def wrong_expressions(pacts: Iterable[Pact]) -> list[tuple[Location, str]]:
    """Return each regular expression of a matcher that is none, with its place.

    Raises:
        HarnessError: Pact's library could not be asked.
    """
    found = [
        (pact, pointer, text)
        for pact in pacts
        for each in pact.interactions
        for pointer, text in _expressions(each.value, each.pointer)
    ]
    wrong = frozenset(_not_compiled(list(dict.fromkeys(text for *_, text in found))))
    return [(pact.location(pointer), text) for pact, pointer, text in found if text in wrong]


def _expressions(value: Any, pointer: str, *, of_rules: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the regular expressions of the matching rules in a part of a pact, each with its pointer."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _expressions(each, pointer + join(index), of_rules=of_rules)
    if not isinstance(value, dict):
        return
    text = value.get("regex")
    if of_rules and isinstance(text, str) and value.get("match", "regex") == "regex":
        yield pointer + join("regex"), text
    for key, each in value.items():
        inside = of_rules or key == "matchingRules"
        # Bodies are the consumer's own data, in which these are only words.
        if inside or key in _HOLDERS:
            yield from _expressions(each, pointer + join(key), of_rules=inside)


def _not_compiled(expressions: list[str]) -> list[str]:
    """Return which expressions Pact's own library can't compile; it runs in a process of its own.

    Raises:
        HarnessError: It could not be asked.
    """
    if not expressions:
        return []
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-P", "-c", _PROGRAM],
        input=json.dumps(expressions),
        env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise HarnessError(
            f"Pact's library failed: {done.stderr.strip()[-_TAIL:]}",
            advice="Check that pact-python is installed completely: python -c 'import pact_ffi'",
        )
    return [str(each) for each in json.loads(done.stdout)]
