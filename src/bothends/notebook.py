"""Functions for notebooks, beside the workbench: a whole run, a survey of states."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.diff import Options as Compared
from bothends.diff import compare
from bothends.display import (
    Rendered,
    Telling,
    Tried,
    milliseconds,
    render_answers,
    render_difference,
    render_findings,
    render_scores,
    render_summary,
    render_times,
    show_records,
)
from bothends.engine import ExchangeJudged, Options, RunFinished, RunStarted
from bothends.engine import replay as played_again
from bothends.engine.run import Verification

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.diff import Change
    from bothends.display import Printer
    from bothends.records import Exchange, Finding, Summary
    from bothends.score import Recording, ScoreReport
    from bothends.workbench import Workbench


# A run in a notebook: what `bothends verify` does, to look at piece by piece.


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """A finished run.

    Attributes:
        summary: Its result.
        milliseconds: How long each exchange took, by family.
        telling: What is needed to show it.
    """

    summary: Summary
    milliseconds: Mapping[str, Sequence[float]]
    telling: Telling

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is broken, the worst first."""
        return self.summary.findings

    def explain(self) -> Rendered:
        """Return all findings in words: what was promised, what happened, the smallest request, the replay."""
        return render_findings(self.findings, self.telling)

    def times(self) -> Rendered:
        """Return a plot of the response times by family."""
        return render_times(self.milliseconds)

    def __repr__(self) -> str:
        """Return the page that the command line would print, findings left out."""
        return render_summary(self.summary, self.telling).text

    def _repr_html_(self) -> str:
        """Return the coverage of answers and laws as HTML, as IPython asks for it."""
        return render_summary(self.summary, self.telling).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(repr(self))


def verify(config: Path | str = "bothends.toml", **chosen: Any) -> Run:
    """Verify a target, and return the result. Interrupting the kernel ends the run in order.

    `chosen` may be `seed`, `only`, `profile`, `command`, `url`, `env`, `max_examples`: see `engine.options.Options`.

    Raises:
        ContractError: The contract or the command line is wrong.
    """
    options = Options(config=Path(config), **chosen)
    return _collected(Verification(options), options)


def replay(finding_id: str, config: Path | str = "bothends.toml", **chosen: Any) -> Run:
    """Replay a finding, and return the result: it is reproduced, or gone.

    `chosen` may be `command`, `url`, `env`: another target than the one of the finding.

    Raises:
        ContractError: There is no such finding, or the contract or the command line is wrong.
    """
    options = Options(config=Path(config), **chosen)
    return _collected(played_again(options, finding_id), options)


def _collected(verification: Verification, options: Options) -> Run:
    collecting = _Collecting(verification, options)
    # In a thread of its own: in a notebook's, an event loop runs already.
    with ThreadPoolExecutor(1, thread_name_prefix="bothends") as threads:
        future = threads.submit(asyncio.run, collecting.run())
        try:
            return future.result()
        except KeyboardInterrupt:
            collecting.interrupt()
            return future.result()


class _Collecting:
    """Takes a run's events, and stores only the time of each exchange."""

    def __init__(self, verification: Verification, options: Options) -> None:
        self._verification = verification
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = False

    def interrupt(self) -> None:
        """Ask for an orderly end, from another thread, even before the run has started."""
        self._asked = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._verification.interrupt)

    async def run(self) -> Run:
        """Run to the end."""
        self._loop = asyncio.get_running_loop()
        if self._asked:
            self._verification.interrupt()
        times: dict[str, list[float]] = {}
        base_url = "$TARGET"
        summary: Summary | None = None
        async for event in self._verification.events():
            match event:
                case RunStarted():
                    base_url = event.target
                case ExchangeJudged():
                    times.setdefault(event.exchange.case.family, []).append(milliseconds(event.exchange))
                case RunFinished():
                    summary = event.summary
        assert summary is not None  # noqa: S101 -- the last event is always RunFinished
        telling = Telling(frozenset(self._verification.secrets()), base_url, self._options.config)
        show_records(telling)
        return Run(summary, times, telling)


# A survey: one request in many states of the world, and a table of the results at both ends.


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """The result in each state of the world; `survey["the ingest hangs"]` is the exchange of one.

    Attributes:
        tried: Each state, in the order of the call.
        telling: What is needed to show it.
    """

    tried: tuple[Tried, ...]
    telling: Telling

    def __getitem__(self, given: str) -> Exchange:
        """Return the exchange of a state, or raise a `KeyError`; several at once have a comma between them."""
        for one in self.tried:
            if one.state == given:
                return one.exchange
        raise KeyError(given)

    def __repr__(self) -> str:
        """Return the table as text."""
        return render_answers(self.tried, self.telling).text

    def _repr_html_(self) -> str:
        """Return the table as HTML, as IPython asks for it."""
        return render_answers(self.tried, self.telling).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(repr(self))


def survey(bench: Workbench, states: Iterable[str | tuple[str, ...]], **request: Any) -> Survey:
    """Send one request in each state of the world, one after the other.

    States are sentences, as `bothends states` lists them, or tuples of those that hold at once: the empty one is the
    world without a fault. The request is that of `Workbench.post`, and so are the errors that are raised.
    """
    tried = []
    for state in states:
        with bench.given(*((state,) if isinstance(state, str) else state)):
            exchange = bench.post(**request)
        tried.append(Tried(exchange, tuple(bench.check(exchange))))
    return Survey(tuple(tried), bench.telling)


# What a change of the contract breaks, and for whom.


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What has changed from one contract to another.

    Attributes:
        changes: The changes, breaks first.
    """

    changes: tuple[Change, ...]

    @property
    def breaks(self) -> tuple[Change, ...]:
        """The changes that break somebody, and are not accepted."""
        return tuple(each for each in self.changes if each.breaks)

    def __repr__(self) -> str:
        """Return the changes as text."""
        return render_difference(self.changes).text

    def _repr_html_(self) -> str:
        """Return the drawing of whom each change breaks as HTML, as IPython asks for it."""
        return render_difference(self.changes).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(repr(self))


def diff(old: Path | str, new: Path | str, config: Path | str = "bothends.toml") -> Comparison:
    """Compare two contracts, and return what the change breaks, for callers and for consumers of the events.

    Each is a file, or `REVISION:FILE` of git. The overlays and pacts of the settings are used if one is their `spec`.

    Raises:
        ContractError: A document, an overlay, a pact or the settings can't be read.
    """
    return Comparison(compare(str(old), str(new), Compared(config=Path(config))).changes)


# How sharp contracts are, by what a run has recorded.


@dataclass(frozen=True, slots=True, repr=False)
class Scores:
    """What several contracts reach.

    Attributes:
        reports: The score of each, by its name.
    """

    reports: Mapping[str, ScoreReport]

    @property
    def percents(self) -> dict[str, float]:
        """How many of a hundred lies are noticed, by name."""
        return {name: report.score.percent for name, report in self.reports.items()}

    def words(self, name: str, most: int = 5) -> list[tuple[int, dict[str, Any] | str]]:
        """Return what would close most: how many survivors, and the action of an overlay or what is to be said."""
        return [(one.closes, one.action or one.about) for one in self.reports[name].closings[:most]]

    def __repr__(self) -> str:
        """Return a line for each contract."""
        return render_scores(self.percents).text

    def _repr_html_(self) -> str:
        """Return bars as HTML, as IPython asks for it."""
        return render_scores(self.percents).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(repr(self))


def record(config: Path | str = "bothends.toml") -> Recording:
    """Return what takes the exchanges of a run, for `scores`: its `take` is the option `noted` of `verify`.

    Raises:
        ContractError: The contract is wrong.
    """
    from bothends.score import Recording  # noqa: PLC0415 -- loaded where it is asked for

    return Recording(load(Path(config)))


def scores(recording: Recording, specs: Mapping[str, str]) -> Scores:
    """Judge what a run has recorded by other contracts: the text of each spec, which refers to no other file.

    Raises:
        ContractError: One of them is wrong.
    """
    from bothends.score import ScoreReport  # noqa: PLC0415 -- likewise

    settings = recording.contract.settings.file
    with TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        found = {}
        for name, text in specs.items():
            file.write_text(text, "utf-8")
            found[name] = ScoreReport.of(recording.under(load(settings, spec=file)))
    return Scores(found)


# Functions for notebooks, beside the workbench: a whole run, a replay, one request in many states of the world, and
# what a change of the contract breaks.

__all__ = ["Comparison", "Run", "Scores", "Survey", "diff", "record", "replay", "scores", "survey", "verify"]
