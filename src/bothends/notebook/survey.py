"""A survey: one request in many states of the world, and a table of what came out at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.display.answers import Tried, answers_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.display import Telling
    from bothends.display.shown import Printer
    from bothends.records import Exchange
    from bothends.workbench import Workbench


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """What came out in each state of the world; `survey["the ingest hangs"]` is the exchange of one.

    Attributes:
        tried: Each state, in the order in which they were asked for.
        telling: What is needed to tell of it.
    """

    tried: tuple[Tried, ...]
    telling: Telling

    def __getitem__(self, given: str) -> Exchange:
        """Return the exchange of a state; of several that held at once, a comma is between them.

        Raises:
            KeyError: The state was not tried.
        """
        for one in self.tried:
            if one.state == given:
                return one.exchange
        raise KeyError(given)

    def __repr__(self) -> str:
        """Return the table as text."""
        return answers_shown(self.tried, self.telling).text

    def _repr_html_(self) -> str:
        """Return the table as HTML, as IPython asks for it."""
        return answers_shown(self.tried, self.telling).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(repr(self))


def survey(bench: Workbench, states: Iterable[str | tuple[str, ...]], **request: Any) -> Survey:
    """Send one request in each state of the world, one after the other.

    Args:
        bench: A workbench that is open.
        states: Sentences, or tuples of sentences that hold at once; `bothends states` lists them, and the empty
            tuple is the world in which all is well.
        request: `json`, `body`, `headers` and so on; see `Workbench.post`.

    Raises:
        ContractError: There is no such state.
        HarnessError: The world failed.
    """
    tried = []
    for state in states:
        with bench.given(*((state,) if isinstance(state, str) else state)):
            exchange = bench.post(**request)
        tried.append(Tried(exchange, tuple(bench.check(exchange))))
    return Survey(tuple(tried), bench.telling)
