"""Sees where a target takes only the values of a member that the contract shows: it knows which there are.

A text such as a currency, or the number of an account, is free in the schema, and only some are there. That each other
one is refused with a 4xx is no bug, and no promise either: it is told as a note, with the lines that settle it. So is
only what is certain: the known value, all else equal, succeeds; no other value ever does, two that differ from it in
one character among them, which are tried for this; and no request with the known value is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import RequestPlace, always, is_json
from bothends.engine.counts import counted, told_apart
from bothends.engine.evidence.valid_requests import is_valid
from bothends.laws import law_of
from bothends.records import MISSING, Answer, Case, Severity, count_of, join, resolve, split
from bothends.schemas import referred, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange, Finding

_TAKEN = counted("known values taken", "operation", "pointer")
_OTHERS_TAKEN = counted("other values taken", "operation", "pointer")
_KNOWN_REFUSED = counted("known values refused", "operation", "pointer")
_OTHERS_REFUSED = counted("other values refused", "operation", "pointer", "value")
_STATUS = counted("other values refused with", "operation", "pointer", "status")
_PROBED = counted("other values tried", "operation", "pointer")
_LEAST = 3
"""Other values that were refused, at least."""
_MOST = 64
"""Other values of one member that are told apart."""
_DEEPEST = 4
_REFUSALS = range(400, 500)
_PROBES = 2
"""Values that are tried to decide it."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a JSON body whose values the contract shows, and does not restrict.

    Attributes:
        operation: `operationId`.
        pointer: Where it is in the body.
        shown: The values that the contract shows.
    """

    operation: str
    pointer: str
    shown: frozenset[str]

    def value_in(self, exchange: Exchange) -> Any:
        """Return what the request of an exchange has there; None: nothing."""
        return next(iter(RequestPlace("body", self.pointer).read(exchange.sent)), None)

    def knows(self, value: Any) -> bool:
        """Return whether a value is one of those that the contract shows, or no text."""
        return not isinstance(value, str) or value in self.shown


class KnownValues:
    """Counts exchanges, and says what decides where it may be so."""

    def __init__(self, counts: Counts, contract: Contract) -> None:
        """Take where it counts, and of what."""
        self._counts = counts
        self._members = {operation.id: tuple(_members(operation)) for operation in contract.operations}
        self._probes: set[str] = set()

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Count an exchange."""
        members, answer = self._members[operation.id], exchange.answer
        if not members or exchange.case.of_the_world or exchange.excuse or not is_valid(operation, exchange):
            return
        if not isinstance(answer, Answer) or not (exchange.succeeded or answer.status in _REFUSALS):
            return
        for member in members:
            key = (operation.id, member.pointer)
            value = member.value_in(exchange)
            known = member.knows(value)
            if exchange.succeeded:
                self._counts.add(_TAKEN if known else _OTHERS_TAKEN, *key)
            elif known:
                self._counts.add(_KNOWN_REFUSED, *key)
            else:
                if len(self._counts.under(_OTHERS_REFUSED, *key)) < _MOST:
                    self._counts.add(_OTHERS_REFUSED, *key, told_apart(value))
                self._counts.add(_STATUS, *key, str(answer.status))
                self._counts.add(_PROBED, *key, times=exchange.case.label in self._probes)

    def probes(self, controls: Mapping[str, Case]) -> Iterator[Case]:
        """Yield the cases that decide where it may be so: the usual request, with another value of one member.

        Args:
            controls: The usual request of each operation.
        """
        for member in (each for members in self._members.values() for each in members):
            control = controls.get(member.operation)
            if control is None or not _may_be(self._counts, member):
                continue
            place = RequestPlace("body", member.pointer)
            others = _neighbours(next(iter(place.read(control.request)), None))
            for number, other in zip(range(1, _PROBES + 1), others, strict=False):
                changed = place.rewritten(control.request, always(other))
                name = f"{control.name}-with-another{member.pointer.replace('/', '-')}-{number}"
                case = replace(control, name=name, request=changed, origin=None)
                self._probes.add(case.label)
                yield case


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield a line for each member of which only the known values are taken."""
    for operation in contract.operations:
        for member in _taken_alone(counts, operation):
            shown = ", ".join(json.dumps(value, ensure_ascii=False) for value in sorted(member.shown))
            statuses = " or ".join(sorted(counts.words(_STATUS, operation.id, member.pointer)))
            others = count_of(len(counts.under(_OTHERS_REFUSED, operation.id, member.pointer)), "other value")
            where = contract.document.location(join(*split(operation.pointer), "requestBody"))
            yield (
                f"{operation.method} {operation.path} takes no {member.pointer} but {shown}: {others}, all"
                f" else equal, got {statuses}. The schema leaves it open, so this is no finding. These lines settle it:"
                f" `enum: [{shown}]` where there are no others, else an `example` of each ({where})."
            )


def without_known_values(found: tuple[Finding, ...], counts: Counts, contract: Contract) -> tuple[Finding, ...]:
    """Return the findings that no note tells."""
    errors = (one for one in found if one.breach.severity is Severity.ERROR)
    settled = {one.id for one in errors if _settles(counts, contract, one)}
    return tuple(one for one in found if one.id not in settled)


def _settles(counts: Counts, contract: Contract, finding: Finding) -> bool:
    """Return whether a finding is that of a valid request which is refused for a value that is not known."""
    exchange, law = finding.breach.exchange, law_of(finding.breach.law)
    if exchange is None or not law.tells_status or not isinstance(exchange.answer, Answer):
        return False
    operation = contract.operation(finding.case.operation)
    usual = replace(exchange, case=replace(exchange.case, behaviour=""))  # it is refused however it is sent
    if exchange.answer.status not in _REFUSALS or not is_valid(operation, usual):
        return False
    return any(not member.knows(member.value_in(exchange)) for member in _taken_alone(counts, operation))


def _taken_alone(counts: Counts, operation: Operation) -> Iterator[_Member]:
    """Yield the members of which only the known values are taken."""
    if counts.under(_OTHERS_REFUSED, operation.id):
        yield from (member for member in _members(operation) if _is_so(counts, member))


def _may_be(counts: Counts, member: _Member) -> bool:
    key = (member.operation, member.pointer)
    if not counts.number(_TAKEN, *key) or not counts.under(_OTHERS_REFUSED, *key):
        return False
    return not counts.number(_OTHERS_TAKEN, *key) and not counts.number(_KNOWN_REFUSED, *key)


def _is_so(counts: Counts, member: _Member) -> bool:
    key = (member.operation, member.pointer)
    enough = len(counts.under(_OTHERS_REFUSED, *key)) >= _LEAST
    return _may_be(counts, member) and enough and counts.number(_PROBED, *key) >= _PROBES


def _members(operation: Operation) -> Iterator[_Member]:
    """Yield the members of a JSON body whose values are shown and not restricted: a text without `enum` or `const`."""
    for media_type, schema in ({} if operation.body is None else operation.body.content).items():
        if not is_json(media_type) or schema is None:
            continue
        examples = [one.value for one in operation.examples if is_json(one.media_type)]
        for pointer, node in _texts(schema.raw, schema.raw, ""):
            values = [node.get("default"), node.get("example"), *_listed(node.get("examples"))]
            values += [_resolved(example, pointer) for example in examples]
            if shown := frozenset(value for value in values if isinstance(value, str)):
                yield _Member(operation.id, pointer, shown)
        return


def _texts(root: Any, node: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the free texts of a schema, each with its place in a value."""
    schema = _object(_followed(root, node))
    kinds = schema.get("type")
    if "string" in (kinds if isinstance(kinds, list) else [kinds]):
        if not {"enum", "const", "x-from"} & schema.keys():
            yield pointer, schema
    elif pointer.count("/") < _DEEPEST:
        for name, member in _object(schema.get("properties")).items():
            yield from _texts(root, member, f"{pointer}{join(name)}")


def _followed(root: Any, node: Any) -> Any:
    """Return what a chain of references leads to; where a schema has keywords beside its reference, these are lost."""
    for _ in range(_DEEPEST):
        found = referred(node, targets_in(root))
        if found is MISSING:
            break
        node = found
    return node


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _resolved(value: Any, pointer: str) -> Any:
    found = resolve(value, pointer)
    return None if found is MISSING else found


def _neighbours(value: Any) -> Iterator[str]:
    """Yield texts that differ from a text in its last or its first letter or digit: as ordinary as it is."""
    text = value if isinstance(value, str) else ""
    places = [place for place, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    for place in dict.fromkeys((places[-1], places[0]) if places else ()):
        for other in _others(text[place]):
            yield text[:place] + other + text[place + 1 :]


def _others(letter: str) -> Iterator[str]:
    letters = "0123456789" if letter.isdigit() else "abcdefghijklmnopqrstuvwxyz"
    letters = letters.upper() if letter.isupper() else letters
    place = letters.index(letter)
    yield letters[(place + 1) % len(letters)]
    yield letters[(place + 5) % len(letters)]
