"""What does not hold of a pact, as breaches: who is at fault, what was promised, what was seen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.laws import AGREEMENT, PACT, STAND_IN, Violation
from bothends.pacts import disagreements
from bothends.records import Cause, Severity
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Contract
    from bothends.laws import Law
    from bothends.pacts import Disagreement, Interaction, Mismatch, Pact
    from bothends.records import Breach, Exchange


# Mismatches as a person reads them: one line for each place, the promise beside what was seen.
#
# Pact's library reports several mismatches at one place (one for each alternative of a rule), shows an example
# where a rule is what counts, and lists all keys where one is missing.

_KEYS = ("Actual map is missing the following keys: ", "Expected a Map with keys ")
# `Expected 's' (String) to be the same type as true (Boolean)`: what comes after the value is the rule.
_RULE = re.compile(r"Expected .*? (to (?:be|match|have (?!value)|contain|include)\b.+)", re.DOTALL)
_TYPED = re.compile(r"to be (the same type as|equal to) .* \((?P<type>\w+)\)", re.DOTALL)
_LONGEST_RULE = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong at one place.

    Attributes:
        where: The place: `status`, `$.user.name`; empty when it is the whole.
        promised: What the pact promises there.
        seen: What was there.
    """

    where: str
    promised: str
    seen: str


def differences(mismatches: Sequence[Mismatch]) -> list[Difference]:
    """Return one difference for each place, in the order of the mismatches."""
    media_types = {(m.expected, m.actual) for m in mismatches if m.kind == "header"}
    by_place: dict[tuple[str, bool], list[Mismatch]] = {}
    for mismatch in mismatches:
        # The header already reports that the body has another type.
        if mismatch.kind == "body-type" and (mismatch.expected, mismatch.actual) in media_types:
            continue
        by_place.setdefault((mismatch.where, _is_about_keys(mismatch)), []).append(mismatch)
    return [
        _of_keys(where, found) if about_keys else _of_values(where, found)
        for (where, about_keys), found in by_place.items()
    ]


def lines(found: Iterable[Difference]) -> tuple[str, str]:
    """Return what is promised and what was seen, a line for each place, in the same order."""
    listed = list(found)
    return "\n".join(_line(d.where, d.promised) for d in listed), "\n".join(_line(d.where, d.seen) for d in listed)


def _line(where: str, text: str) -> str:
    told = text.replace("\n", "\\n")
    return f"{where}: {told}" if where else told


def _is_about_keys(mismatch: Mismatch) -> bool:
    return mismatch.kind == "body" and mismatch.text.startswith(_KEYS)


def _of_keys(where: str, found: Sequence[Mismatch]) -> Difference:
    expected, actual = _keys(found[0].expected), _keys(found[0].actual)
    missing = [key for key in expected if key not in actual]
    others = [key for key in actual if key not in expected]
    if missing:
        # What a pact does not name may be there. It may also be what was named once, by another name.
        also = f" (other keys: {', '.join(others)})" if others else ""
        return Difference(where, f"the {_named(missing)}", f"missing{also}")
    return Difference(where, f"no {_named(others)}", "present")


def _keys(text: str) -> list[str]:
    return [str(key) for key in json.loads(text)]


def _named(keys: Sequence[str]) -> str:
    return f"{'key' if len(keys) == 1 else 'keys'} {', '.join(keys)}"


def _of_values(where: str, found: Sequence[Mismatch]) -> Difference:
    expected = list(dict.fromkeys(m.expected for m in found))
    rules = list(dict.fromkeys(rule for m in found if (rule := _rule(m.text))))
    seen = " and ".join(dict.fromkeys(m.actual for m in found))
    if not rules and " or ".join(expected) == seen:
        rules = [m.text for m in found]  # a rule that the library can't apply: only its own sentence describes it
    promised = " or ".join(expected) + (f" ({', or '.join(rules)})" if rules else "")
    return Difference(where, promised, seen)


def _rule(text: str) -> str:
    """Return the rule that the library names in a sentence; empty where the example says as much."""
    match = _RULE.search(text)
    if match is None:
        return ""
    rule = match[1]
    typed = _TYPED.fullmatch(rule)
    if typed is not None:
        return f"of the type {typed['type']}" if typed[1] == "the same type as" else ""
    return rule if len(rule) <= _LONGEST_RULE else ""


_LONGEST = 400
"""Characters of a cause: a promise may be a whole body."""


def target_breach(
    pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch], exchange: Exchange | None
) -> Breach:
    """Return the breach of a target that does not answer, or send, what a pact promises."""
    return _breach(PACT, "The target breaks", pact, interaction, mismatches, exchange=exchange)


def service_breach(pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch], url: str) -> Breach:
    """Return the breach of a real service that does not answer what a pact promises."""
    return _breach(PACT, f"The {pact.provider} at {url} breaks", pact, interaction, mismatches)


def provider_stub_breach(pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch]) -> Breach:
    """Return the breach of a part of the world that does not answer what a pact promises of it.

    Where only a body is wrong, and not the ingest's, that is a warning: an upstream's values are made up by its schema.
    """
    who = f"Not the target's fault: the {pact.provider} that bothends simulates breaks"
    found = _breach(STAND_IN, who, pact, interaction, mismatches)
    made_up = pact.provider != INGEST and all(mismatch.kind == "body" for mismatch in mismatches)
    return replace(found, severity=Severity.WARNING) if made_up else found


class Agreement:
    """Where a pact and the spec contradict each other."""

    def __init__(self, pact: Pact, contract: Contract) -> None:
        """Hold the pact's examples against the contract."""
        self._pact = pact
        self._found = disagreements(pact, contract)

    def breaches(self, interaction: Interaction) -> list[Breach]:
        """Return what is contradicted of one interaction, with both places."""
        here = f"{interaction.pointer}/"
        return [self._breach(d) for d in self._found if f"{d.pact.pointer}/".startswith(here)]

    def _breach(self, found: Disagreement) -> Breach:
        return AGREEMENT.breach(
            Violation(
                cause=Cause("contradicted", location=found.pact.pointer, source=self._pact.file.name),
                summary=f"{found.summary} The pact: {found.pact}. The spec: {found.spec}.",
                expected=found.expected,
                actual=found.actual,
            )
        )


def _breach(  # noqa: PLR0913 -- what a breach is made of
    law: Law,
    begin: str,
    pact: Pact,
    interaction: Interaction,
    mismatches: Sequence[Mismatch],
    *,
    exchange: Exchange | None = None,
) -> Breach:
    found = differences(mismatches)
    expected, actual = lines(found)
    broken = Violation(
        cause=Cause("not-kept", location=_places(mismatches), source=pact.file.name),
        summary=f"{begin} the pact of {pact.consumer} with {pact.provider}, "
        f"“{interaction.description}” ({pact.location(interaction.pointer)}).",
        expected=expected,
        actual=actual,
    )
    return law.breach(broken, exchange)


def _places(mismatches: Sequence[Mismatch]) -> str:
    """Return what is promised where: what a pact promises alike of several interactions is one finding."""
    return ", ".join(dict.fromkeys(f"{one.where}={one.expected}" for one in mismatches))[:_LONGEST]
