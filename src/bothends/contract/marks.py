"""Where things stand in a text: a tree of lines beside the tree of values."""

from __future__ import annotations

from dataclasses import dataclass, field

from bothends.contract.pointers import split

# Far more than a contract needs, and far less than what Python's stack takes.
DEEPEST = 100


class TextError(ValueError):
    """A text that can't be read.

    Attributes:
        problem: What is wrong, without a full stop.
        line: The line, starting at 1; None when it is not known.
        pointer: Where in the value, as a JSON pointer.
    """

    def __init__(self, problem: str, line: int | None, pointer: str = "") -> None:
        """Say what is wrong, and where."""
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Mark:
    """The line of a value, and the marks of what is in it.

    Attributes:
        line: The line of the value's key, or of the value where it has none; starts at 1.
        children: The marks of its members by key, or of its items by index as text.
    """

    line: int
    children: dict[str, Mark] = field(default_factory=dict)


def line_at(mark: Mark, pointer: str) -> int:
    """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
    for key in split(pointer):
        child = mark.children.get(key)
        if child is None:
            break
        mark = child
    return mark.line
