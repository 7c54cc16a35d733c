"""Which pacts rely on what a change breaks: the examples of their interactions use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract import answer_names
from bothends.contract.messages import fits
from bothends.diff.rule import Reliance
from bothends.errors import ContractError
from bothends.pacts import for_parts, part_played
from bothends.records import MISSING
from bothends.schemas import Schema, bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.contract.settings import WorldSettings
    from bothends.diff.rule import Change, Reach
    from bothends.documents import Place
    from bothends.pacts import Interaction, Pact


class Reliances:
    """Looks pacts up.

    Args:
        pacts: The pacts.
        world: Tells which of them have the target as their provider.
    """

    def __init__(self, pacts: Sequence[Pact], world: WorldSettings) -> None:
        self._interactions = [
            (pact, each)
            for pact in pacts
            for each in pact.interactions
            if each.kind == "message" or part_played(pact, world) is None
        ]
        self._schemas: dict[tuple[str, str], Schema | None] = {}

    def of(self, change: Change) -> tuple[Reliance, ...] | None:
        """Return the interactions that rely on what a change is about; None: pacts say nothing of such a thing."""
        told = [
            reach
            for reach in (change.reach, *change.reaches)
            if reach.part != "acknowledgement" and (reach.method or reach.event is not None)
        ]
        if not told:
            return None
        return tuple(
            Reliance(pact.consumer, pact.location(each.pointer), each.description)
            for pact, each in self._interactions
            if any(_USES[reach.part](self, reach, each) for reach in told)
        )

    def operation(self, reach: Reach, each: Interaction) -> bool:
        """Return whether an interaction is a request for the operation."""
        return each.kind == "http" and each.method == reach.method and fits(reach.path, each.path)

    def request(self, reach: Reach, each: Interaction) -> bool:
        """Return whether an interaction sends what is concerned."""
        if not self.operation(reach, each):
            return False
        if reach.parameter:
            return _sends(each, *reach.parameter) is not reach.absent
        if each.request_body is MISSING:
            return not reach.path_in_value and not reach.media_type
        return has(each.request_body, reach.path_in_value) is not reach.absent

    def answer(self, reach: Reach, each: Interaction) -> bool:
        """Return whether an interaction reads what is concerned."""
        if not self.operation(reach, each) or reach.status not in ("", *answer_names(each.status)):
            return False
        if reach.header:
            return any(name.lower() == reach.header for name, _ in each.response_headers)
        return not reach.path_in_value or has(each.response_body, reach.path_in_value)

    def event(self, reach: Reach, each: Interaction) -> bool:
        """Return whether an interaction is the event, and reads what is concerned."""
        if each.kind != "message" or reach.event is None:
            return False
        schema = self._schema(reach.event)
        if schema is None or not schema.is_valid(each.contents):
            return False
        if reach.header:
            return any(name.lower() == reach.header for name in each.metadata)
        return not reach.path_in_value or has(each.contents, reach.path_in_value)

    def _schema(self, place: Place) -> Schema | None:
        if place.identity not in self._schemas:
            try:
                found = for_parts(Schema(bundle(place).schema))
            except ContractError:
                found = None  # told where it is compared
            self._schemas[place.identity] = found
        return self._schemas[place.identity]


_USES: dict[str, Callable[[Reliances, Reach, Interaction], bool]] = {
    "operation": Reliances.operation,
    "request": Reliances.request,
    "answer": Reliances.answer,
    "event": Reliances.event,
}


def has(value: Any, path: Sequence[str]) -> bool:
    """Return whether a value has something at a path; `*` is any item or member."""
    if value is MISSING:
        return False
    if not path:
        return True
    name, *rest = path
    if isinstance(value, list):
        # A value and a list of it may both be allowed: an example shows one of them.
        return any(has(each, rest if name == "*" else path) for each in value)
    if not isinstance(value, dict):
        return False
    if name == "*":
        return has(value, rest) or any(has(each, rest) for each in value.values())
    return name in value and has(value[name], rest)


def _sends(each: Interaction, location: str, name: str) -> bool:
    if location == "query":
        return name in each.query
    if location == "header":
        return any(header.lower() == name.lower() for header, _ in each.request_headers)
    if location == "cookie":
        cookies = (value for header, value in each.request_headers if header.lower() == "cookie")
        return any(part.strip().startswith(f"{name}=") for value in cookies for part in value.split(";"))
    return location == "path"
