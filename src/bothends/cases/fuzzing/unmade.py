"""What Schemathesis can't make requests for."""

from __future__ import annotations

from bothends.records import NotProven, Weight


class UnmadeError(Exception):
    """There are operations that Schemathesis can't make cases for. Those for all others were yielded.

    Attributes:
        unmade: What is not looked at for that.
    """

    def __init__(self, unmade: tuple[NotProven, ...]) -> None:
        super().__init__("; ".join(one.why for one in unmade))
        self.unmade = unmade


def not_made(what: str, why: str, where: str) -> NotProven:
    """Return that requests could not be made, and were not looked at for that."""
    return NotProven(what, why, where=where, weight=Weight.ANSWERS)
