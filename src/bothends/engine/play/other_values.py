"""Other values than usual ones, by which objects are made where those are taken already, or make no new one.

The usual values of a request are those of its example, or the plainest; a target may have them already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import with_new_values
from bothends.engine.play.value_numbers import FOR_OBJECTS
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.contract.requests import IdPlace
    from bothends.engine.play.known_objects import KnownObject
    from bothends.records import Case, Exchange

_REFUSALS = range(400, 600)


class OtherValues:
    """Which operations of one target are asked with values that no other request has."""

    def __init__(self, before: int) -> None:
        self._next = FOR_OBJECTS + before  # so many it may have been sent before
        self._renewed: set[str] = set()
        self._given_before: set[tuple[str, str]] = set()

    def start_anew(self) -> None:
        """Forget which objects were given: the target may have none of them."""
        self._given_before.clear()

    def cases(self, operation: Operation, case: Case, count: int) -> tuple[Case, ...]:
        """Return a case several times, each with texts in its body that no other has where the usual ones are taken.

        Args:
            operation: The case's.
            case: The case, with usual values.
            count: How often.
        """
        usual = (case,) * count
        if operation.id not in self._renewed:
            return usual
        found: list[Case] = []
        for _ in range(count):
            self._next += 1
            request = with_new_values(operation, case.request, self._next)
            if request is None:
                return usual
            found.append(replace(case, request=request))
        return tuple(found)

    def see(self, operation: Operation, played: Sequence[tuple[Exchange, KnownObject | None]]) -> None:
        """Take how requests that were to make objects were answered, each with the object that it gave."""
        # Some fail where they should refuse.
        refused = any(isinstance(one.answer, Answer) and one.answer.status in _REFUSALS for one, _ in played)
        if refused and not any(given for _, given in played):
            self._renewed ^= {operation.id}  # values of other requests may be taken: the next one has others, in turn

    def are_needed(self, known: KnownObject, operation: Operation, place: IdPlace, case: Case) -> bool:
        """Return whether an object, given for a place, was given before, where other values may make another one.

        What has the hash of its content as its id is the same object each time that the same is asked for.
        """
        key = place.leads, str(known.values[place.leads])
        again = known.made and key in self._given_before and operation.id not in self._renewed
        self._given_before.add(key)
        if not again or with_new_values(operation, case.request, 0) is None:
            return False
        self._renewed.add(operation.id)
        return True
