"""Conditional requests: which validator is whose, and what becomes of a request whose condition does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.mock.validators import SAFE, Validators, declares, failed, is_conditional

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract import Operation
    from bothends.mock.answers import Wanted
    from bothends.mock.exchange import Exchange
    from bothends.mock.things import Things
    from bothends.mock.validators import Validator

_SHOWS = SAFE | {"PATCH"}
"""Whose answers have a tag though they declare none: not PUT, whose content is not kept as it is (RFC 9110, 9.3.4)."""


class Conditional:
    """Knows the validators of all that is served.

    Args:
        operations: All operations.
        things: What is created, and where.
        seed: Tags follow from it.
    """

    def __init__(self, operations: Iterable[Operation], things: Things, seed: str) -> None:
        every = list(operations)
        self._things = things
        self._validators = Validators(seed)
        paths = {each.path for each in every if is_conditional(each)}
        # All that is at one path speaks of one resource, whichever of its operations says so.
        self._ours = {each.id for each in every if each.path in paths}
        self._makers = {each.id for each in every if things.path_below(each) in paths} | {
            each.id for each in every if things.makes(each) and is_conditional(each)
        }

    def take_over(self, before: Conditional) -> None:
        """Go on from another contract: what it made is made otherwise now."""
        self._validators = before._validators
        self._validators.another_contract()

    def clear(self) -> None:
        """Forget all changes."""
        self._validators.clear()

    def current(self, exchange: Exchange, example: str = "") -> Validator:
        """Return what the resource of a request is like, as it is or as an example."""
        return self._validators.current(_resource(exchange), f"{self._variant(exchange)}{example}")

    def failed(self, exchange: Exchange, *, found: bool) -> tuple[int, str] | None:
        """Return the status of a condition that does not hold, if it is declared, and its header; None: go on."""
        exists = found or not self._things.is_of_one(exchange.operation)
        found_out = failed(exchange.message, self.current(exchange), exists=exists)
        return found_out if found_out is not None and declares(exchange.operation, found_out[0]) else None

    def prepare(self, exchange: Exchange, wanted: Wanted) -> None:
        """Say of an answer which validator it has, and of a request what it changes."""
        operation = exchange.operation
        if self._things.makes(operation):
            return
        ours = operation.id in self._ours
        if operation.method in SAFE:
            # An example that is asked for is another representation.
            found = self.current(exchange, wanted.example)
            wanted.seed = found.digest if ours else ""
        else:
            found = exchange.change = self._validators.following(_resource(exchange), self._variant(exchange))
        if ours:
            wanted.validator = found
            wanted.shows_validator = operation.method in _SHOWS

    def created(self, exchange: Exchange, location: str, wanted: Wanted) -> bool:
        """Say which validator something new has; return whether the answer is to have it."""
        if not self._things.makes(exchange.operation):
            return False
        exchange.change = self._validators.following(unquote(location) or _resource(exchange))
        if exchange.operation.id not in self._makers:
            return False
        wanted.validator, wanted.shows_validator = exchange.change, bool(location)
        return True

    def note(self, exchange: Exchange) -> None:
        """Take note of a success: what it has changed is different from now on, and so is what lists it."""
        if exchange.change is None:
            return
        above = exchange.change.resource.rpartition("/")[0]
        listed = self._things.makes(exchange.operation) or self._things.is_of_one(exchange.operation)
        self._validators.change(exchange.change, *([above] if listed and above else []))

    def _variant(self, exchange: Exchange) -> str:
        if self._things.is_of_one(exchange.operation):
            return ""  # one thing is one representation, to all who may see it
        return f"{exchange.message.query}\0{exchange.verdict.subject}"


def _resource(exchange: Exchange) -> str:
    return unquote(exchange.message.path)
