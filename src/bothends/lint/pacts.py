"""Rules of pacts: where a pact and the contract say different things."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, HarnessError, Location
from bothends.lint.rule import Level, rule
from bothends.pacts import disagreements, read_pacts
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.lint.rule import Found, Subject


@rule(
    "pact-contradicts",
    Level.ERROR,
    asks="Each pact agrees with the spec.",
    why="A target can keep one of them only.",
)
def pact_contradicts(subject: Subject) -> Found:
    """Yield each place of a pact that the spec contradicts."""
    folder = subject.contract.settings.pacts
    if folder is None:
        return
    try:
        pacts = read_pacts(folder)
    except ContractError as error:
        yield error.where or Location(folder), error.problem, error.advice
        return
    for pact in pacts:
        for each in disagreements(pact, subject.contract):
            yield each.pact, each.summary, f"Expected: {each.expected}. The pact says: {each.actual}."


@rule(
    "pact-expression",
    Level.ERROR,
    asks="Each regular expression of a pact is one.",
    why="Pact's library takes a value for wrong whose expression it can't compile: the target would be blamed.",
)
def pact_expression(subject: Subject) -> Found:
    """Yield each regular expression of a matcher that Pact's own library can't compile."""
    folder = subject.contract.settings.pacts
    try:
        pacts = () if folder is None else read_pacts(folder)
    except ContractError:
        return  # told by the other rule
    found = [
        (pact, pointer, text)
        for pact in pacts
        for each in pact.interactions
        for pointer, text in _expressions(each.value, each.pointer)
    ]
    wrong = frozenset(_not_compiled(list(dict.fromkeys(text for *_, text in found))))
    for pact, pointer, text in found:
        if text in wrong:
            problem = f"{text!r} is no regular expression."
            yield (
                pact.location(pointer),
                problem,
                "Correct it where the consumer's test states it, and write the pact anew.",
            )


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


_TAIL = 2000
_HOLDERS = ("request", "response", "contents")
# With an empty alternative before it, an expression matches the empty text, if it can be compiled at all.
_PROGRAM = """
import json, sys
from pact_ffi import lib
compiles = lambda text: lib.pactffi_check_regex(("|" + text).encode(errors="replace"), b"")
print(json.dumps([text for text in json.load(sys.stdin) if not compiles(text)]))
"""


def _not_compiled(expressions: list[str]) -> list[str]:
    """Return which expressions Pact's own library can't compile; it runs in a process of its own.

    Raises:
        HarnessError: It could not be asked.
    """
    if not expressions:
        return []
    line = [sys.executable, "-P", "-c", _PROGRAM]
    done = subprocess.run(  # noqa: S603 -- our own program
        line,
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
