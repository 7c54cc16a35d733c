"""What a run says of each case, by the name that `--only` takes: held, warned, broken, or not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.engine import Verification
from bothends.engine.events import (
    BatchStarted,
    ExchangeJudged,
    FindingFound,
    InteractionVerified,
    RunFinished,
    ScenarioPlayed,
)
from bothends.errors import ContractError
from bothends.laws.upstreams import FAMILY as RECOVERED
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.events import Event
    from bothends.engine.options import Options
    from bothends.records import Breach, Summary

HELD = "held"
RUN = "(the run)"
"""What is said of no one case."""


class Verdicts:
    """Gathers what a run says of each of its cases."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._said: dict[str, set[str]] = {}
        self._by_state: dict[str, set[str]] = {}
        self._batch: dict[str, None] = {}
        self._scenario = ""
        self.summary: Summary | None = None

    def take(self, event: Event) -> None:
        """Take an event of a run, in its turn."""
        match event:
            case BatchStarted():
                # What recovers is told of the batch before, whose fault is over.
                if RECOVERED not in event.families:
                    self._batch = {}
                self._scenario = ""
            case InteractionVerified() | ScenarioPlayed():
                self._scenario = event.case.label
                self._say([self._scenario], event.breaches)
            case ExchangeJudged():
                self._judged(event)
            case FindingFound() if event.finding.breach.exchange is None:
                self._say([self._scenario or RUN], [event.finding.breach])
            case RunFinished():
                self._finished(event.summary)

    def _judged(self, event: ExchangeJudged) -> None:
        case = event.exchange.case
        if self._scenario:
            self._say([self._scenario], event.breaches)
        elif case.family == RECOVERED:
            self._say(self._batch, event.breaches)
        else:
            self._batch[case.label] = None
            self._say([case.label], event.breaches)
            for sentence in sentences(case.given):
                self._by_state.setdefault(f"state: {sentence}", set()).add(case.label)

    def _say(self, labels: Iterable[str], breaches: Iterable[Breach]) -> None:
        words = {f"{'broken' if b.severity is Severity.ERROR else 'warned'}: {b.law}" for b in breaches}
        for label in labels:
            self._said.setdefault(label, set()).update(words)

    def _finished(self, summary: Summary) -> None:
        self.summary = summary
        for item in summary.not_proven:
            for label in self._by_state.get(item.what, {RUN}):
                self._said.setdefault(label, set()).add(f"not proven: {item.what}")
        for failure in (summary.target_failure, summary.harness_failure):
            if failure:
                self._said.setdefault(RUN, set()).add(f"failed: {failure}")

    def of_each(self) -> dict[str, str]:
        """Return the verdict of each case that was played; of the run as a whole, only when there is one."""
        return {label: ", ".join(sorted(said)) or HELD for label, said in self._said.items()}

    def of_all(self) -> str:
        """Return the verdict of all that was played."""
        return ", ".join(sorted(set().union(*self._said.values()))) or HELD


async def verdicts(options: Options) -> Verdicts:
    """Make a run, and return what it says; a case that is not there is said to be none."""
    gathered = Verdicts()
    try:
        async for event in Verification(options).events():
            gathered.take(event)
    except ContractError as error:
        gathered._said[RUN] = {f"no run: {error}"}  # noqa: SLF001 -- of this module
    return gathered
