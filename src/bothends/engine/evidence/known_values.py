"""Sees where a target takes only the values of a member that the contract shows: it knows which there are.

A text such as a currency, or the number of an account, is free in the schema, and only some are there. That each other
one is refused with a 4xx is no bug, and no promise either: it is told as a note, with the lines that settle it. So is
only what is certain: the known value, all else equal, succeeds; no other value ever does, two that differ from it in
one character among them, which are tried for this; and no request with the known value is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.media_types import is_json
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined, told_apart
from bothends.engine.evidence.valid_requests import is_valid
from bothends.laws import law_of
from bothends.records import MISSING, Answer, Case, Severity, resolve
from bothends.records.pointers import join, split, with_value
from bothends.schemas import referred, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.events import Event
    from bothends.records import Exchange, Finding

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


class KnownValues(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_taken": Counter[tuple[str, str]],
        "_others_taken": Counter[tuple[str, str]],
        "_known_refused": Counter[tuple[str, str]],
        "_others_refused": set[tuple[str, str, str]],
        "_probed": Counter[tuple[str, str]],
        "_statuses": set[tuple[str, str, str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._members = {operation.id: tuple(_members(operation)) for operation in contract.operations}
        self._taken: Counter[tuple[str, str]] = Counter()
        self._others_taken: Counter[tuple[str, str]] = Counter()
        self._known_refused: Counter[tuple[str, str]] = Counter()
        self._others_refused: set[tuple[str, str, str]] = set()
        self._probed: Counter[tuple[str, str]] = Counter()
        self._statuses: set[tuple[str, str, str]] = set()
        self._probes: set[str] = set()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged) and not event.late:
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange."""
        operation = self._operations[exchange.case.operation]
        members, answer = self._members[operation.id], exchange.answer
        if not members or exchange.case.of_the_world or exchange.excuse or not is_valid(operation, exchange):
            return
        if not isinstance(answer, Answer) or not (exchange.succeeded or answer.status in _REFUSALS):
            return
        for member in members:
            key = (operation.id, member.pointer)
            value = _value(exchange.sent.body, member.pointer)
            known = not isinstance(value, str) or value in member.shown
            if exchange.succeeded:
                (self._taken if known else self._others_taken)[key] += 1
            elif known:
                self._known_refused[key] += 1
            else:
                if sum(one[:2] == key for one in self._others_refused) < _MOST:
                    self._others_refused.add((*key, told_apart(value)))
                self._statuses.add((*key, str(answer.status)))
                self._probed[key] += exchange.case.label in self._probes

    def probes(self, controls: Mapping[str, Case]) -> Iterator[Case]:
        """Yield the cases that decide where it may be so: the usual request, with another value of one member.

        Args:
            controls: The usual request of each operation.
        """
        for member in self._every():
            key, control = (member.operation, member.pointer), controls.get(member.operation)
            if control is None or not self._may_be(key):
                continue
            body = _json(control.request.body)
            others = _neighbours(_resolved(body, member.pointer))
            for number, other in zip(range(1, _PROBES + 1), others, strict=False):
                changed = json.dumps(with_value(body, split(member.pointer), other)).encode()
                name = f"{control.name}-with-another{member.pointer.replace('/', '-')}-{number}"
                case = replace(control, name=name, request=replace(control.request, body=changed), origin=None)
                self._probes.add(case.label)
                yield case

    def settles(self, finding: Finding) -> bool:
        """Return whether a finding is that of a valid request which is refused for a value that is not known."""
        exchange, law = finding.breach.exchange, law_of(finding.breach.law)
        if exchange is None or not law.tells_status or not is_valid(self._operations[finding.case.operation], exchange):
            return False
        refused = isinstance(exchange.answer, Answer) and exchange.answer.status in _REFUSALS
        return refused and any(self._is_so(member) for member in self._members[finding.case.operation])

    def notes(self) -> Iterator[str]:
        """Yield a line for each member of which only the known values are taken."""
        for member in self._every():
            if not self._is_so(member):
                continue
            key, operation = (member.operation, member.pointer), self._operations[member.operation]
            shown = ", ".join(json.dumps(value, ensure_ascii=False) for value in sorted(member.shown))
            statuses = " or ".join(sorted(status for *place, status in self._statuses if tuple(place) == key))
            count = sum(one[:2] == key for one in self._others_refused)
            where = self._contract.document.location(join(*split(operation.pointer), "requestBody"))
            yield (
                f"{operation.method} {operation.path} takes no {member.pointer} but {shown}: {count} other values, all"
                f" else equal, got {statuses}. The schema leaves it open, so this is no finding. These lines settle it:"
                f" `enum: [{shown}]` where there are no others, else an `example` of each ({where})."
            )

    def _every(self) -> Iterable[_Member]:
        return (member for members in self._members.values() for member in members)

    def _may_be(self, key: tuple[str, str]) -> bool:
        refused = sum(one[:2] == key for one in self._others_refused)
        return bool(self._taken[key] and refused) and not self._others_taken[key] and not self._known_refused[key]

    def _is_so(self, member: _Member) -> bool:
        key = (member.operation, member.pointer)
        enough = sum(one[:2] == key for one in self._others_refused) >= _LEAST
        return self._may_be(key) and enough and self._probed[key] >= _PROBES


def without_known_values(found: tuple[Finding, ...], known_values: KnownValues) -> tuple[Finding, ...]:
    """Return the findings that no note tells."""
    errors = (one for one in found if one.breach.severity is Severity.ERROR)
    settled = {one.id for one in errors if known_values.settles(one)}
    return tuple(one for one in found if one.id not in settled)


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


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError):
        return None


def _value(body: bytes | None, pointer: str) -> Any:
    return _resolved(_json(body), pointer)


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
