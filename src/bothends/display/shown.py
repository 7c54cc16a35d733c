"""Something to look at: HTML where there is HTML, text everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Printer(Protocol):
    """What IPython writes text with; a part of `IPython.lib.pretty.PrettyPrinter`."""

    def text(self, obj: str) -> None:
        """Take text."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """Something to look at.

    Attributes:
        html: One element with its style: no script, nothing from outside. What it says has been escaped.
        text: The same for a terminal.
    """

    html: str
    text: str

    def __repr__(self) -> str:
        """Return the text."""
        return self.text

    def _repr_html_(self) -> str:
        """Return the HTML, as IPython asks for it."""
        return self.html
