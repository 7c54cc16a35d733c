"""The rounds of a watched run: what failed last, what the change touches, the whole; then the next change."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from bothends.cases import plain_families
from bothends.contract.openapi import is_url
from bothends.contract.settings import read_known
from bothends.edits import (
    State,
    Watched,
    added_since,
    differing,
    is_loaded,
    next_change,
    watched_of,
    watched_without_contract,
)
from bothends.engine import FindingFound, Progress, RunFinished, Verification, asked_contract, contract_of
from bothends.engine.run import SEED_BITS
from bothends.engine.testbed import target_settings
from bothends.errors import ContractError, TargetError
from bothends.laws import all_laws
from bothends.records import Severity, some_of
from bothends.reports import Redactor, Tone, progress_line, verdict
from bothends.watch.board import Board, PartLine
from bothends.watch.differences import touched
from bothends.watch.standing import again, seed_of, standing_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

    from bothends.contract import Contract
    from bothends.engine import Event, Options
    from bothends.records import Summary
    from bothends.watch.screen import Screen
    from bothends.watch.standing import Again, Standing

RELOAD = -1
"""What a watched run returns when the process has to be started anew, as its own code has changed."""
_WRONG = ContractError.exit_code
_UNDER_WAY = 130
_MOST_LINES = 8
_EXAMPLE = '[target] watch = ["src", "*.py"]'
_SUSPECT_ROUNDS = 3
"""Rounds in a row that one file of the target's code has cut, from which on it may be the target that writes it."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What a watched run is asked to do.

    Attributes:
        options: What each whole run is asked to do, its profile among it.
        standing: What the last run on this target has found.
        note: Takes note of the end of each whole run, with the digest of its contract.
        failed: Returns how a failure is told, line by line: a wrong contract, a target that does not serve one.
    """

    options: Options
    standing: Sequence[Standing]
    note: Callable[[Summary, str], None]
    failed: Callable[[ContractError | TargetError], list[str]]


class Watch:
    """Runs rounds until it is stopped."""

    def __init__(self, asked: WatchOptions, screen: Screen) -> None:
        """Take what is asked for.

        Args:
            asked: What each round does.
            screen: Where it is shown.
        """
        seed = asked.options.seed
        if seed is None:
            seed = seed_of(asked.standing, asked.options.run_folder)
        # One seed for all rounds: a finding that is gone is fixed, and not merely another case.
        self._options = replace(asked.options, seed=secrets.randbits(SEED_BITS) if seed is None else seed)
        self._asked = asked
        self._screen = screen
        self._board = Board(str(asked.options.config), standing=tuple(asked.standing))
        self._verified: Contract | None = None
        self._changed: set[Path] = set()
        self._watched: Watched | None = None
        self._states: dict[Path, State] = {}
        self._verification: Verification | None = None
        self._stop = asyncio.Event()
        self._cut = False
        self._code = _UNDER_WAY
        self._cut_by: dict[Path, int] = {}

    @property
    def board(self) -> Board:
        """What is shown."""
        return self._board

    def stop(self) -> None:
        """Ask for an orderly end."""
        self._stop.set()
        self._interrupt()

    async def run(self) -> int:
        """Run rounds until the end is asked for.

        Returns:
            The exit code of the last round where it was complete; 130 where a change was still being looked at;
            `RELOAD` where code has changed that this process has loaded.

        Raises:
            HarnessError: What a run has found can't be noted.
        """
        stopped = asyncio.ensure_future(self._stop.wait())
        changed: list[Path] = []
        try:
            while not self._stop.is_set():
                if any(map(is_loaded, changed)):
                    return RELOAD
                changed = await self._round_and_change(changed, stopped)
        finally:
            stopped.cancel()
            self._screen.close(self._board)
        return self._code

    async def _round_and_change(self, changed: list[Path], stopped: asyncio.Task[Literal[True]]) -> list[Path]:
        """Play a round, and return the next change, which may have ended the round; nothing where the end is asked."""
        self._cut, self._code = False, _UNDER_WAY
        self._changed.update(changed)
        if not self._cut_by:
            self._board.notes = ()
        self._board.begin(_in_words(changed))
        contract = self._load()
        watching: asyncio.Future[Any] = asyncio.ensure_future(next_change(self._watched_now(), self._states))
        playing: asyncio.Future[Any] = asyncio.ensure_future(self._play(contract))
        try:
            await asyncio.wait({watching, playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                self._interrupt()
                self._suspect(watching.result() if watching.done() else ())
            else:
                self._cut_by.clear()
            await playing
            if not self._cut:
                self._board.waiting = True
                self._screen.show(self._board)
            await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not watching.done():
                return []
            # To end a round takes a moment, in which more may have been edited.
            now = self._watched_now().look()
            changed, self._states = differing(self._states, now) or list(watching.result()), now
            return changed
        finally:
            for task in (playing, watching):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _interrupt(self) -> None:
        self._cut = True
        if self._verification is not None:
            self._verification.interrupt()

    def _watched_now(self) -> Watched:
        if self._watched is None:
            raise RuntimeError("load the contract first")
        return self._watched

    def _suspect(self, changed: Iterable[Path]) -> None:
        """Tell of a file that ends each round: the target may write it while it runs."""
        self._cut_by = {file: self._cut_by.get(file, 0) + 1 for file in changed if self._watched_now().is_code(file)}
        for file, count in self._cut_by.items():
            if count >= _SUSPECT_ROUNDS:
                note = (
                    f"{_short(file)} has ended {count} rounds in a row; if the target writes it, say which files are "
                )
                self._board.notes = [f"{note}its code: {_EXAMPLE}"]

    def _load(self) -> tuple[Contract, tuple[str, ...] | None] | None:
        """Load the contract, and see to what is watched.

        Returns:
            The contract, and which operations are others than in the last whole round, None where there was none;
            None: it is wrong, and that is shown.
        """
        options, before = self._options, self._verified
        began_ns = time.time_ns()
        if self._watched is None:
            spec = None if options.spec is None or is_url(options.spec) else Path(options.spec)
            self._watched = watched_without_contract(options.config, spec, None)
            self._states = self._watched.look()
        try:
            contract = asked_contract(options)
            target = target_settings(contract, options)
        except (ContractError, TargetError) as error:
            self._wrong(error)
            file = None if options.spec is None or is_url(options.spec) else Path(options.spec)
            self._watch(watched_without_contract(options.config, file, self._watched), began_ns)
            return None
        served = contract.settings.spec_url or (options.spec is not None and is_url(options.spec))
        self._board.title = _title(options.config, target.url, target.command, is_served=bool(served))
        self._watch(watched_of(contract, target), began_ns)
        return contract, None if before is None else touched(before, contract)

    def _watch(self, watched: Watched, began_ns: int) -> None:
        self._watched = watched
        self._states = added_since(self._states, watched.look(), began_ns)

    def _wrong(self, error: ContractError | TargetError) -> None:
        self._board.problem = self._asked.failed(error)
        self._code = _WRONG

    async def _play(self, loaded: tuple[Contract, tuple[str, ...] | None] | None) -> None:
        """Play the parts of a round, as far as none makes the next one needless."""
        if loaded is None:
            return
        contract, others = loaded
        try:
            await self._parts(contract, self._touched(contract, others))
        except ContractError as error:  # what only shows when it is run: a pact, a port, a name of a case
            self._verification = None
            self._wrong(error)

    def _about(self, contract: Contract) -> tuple[Standing, ...]:
        """Return what stands of what the round is about: what is accepted is not, nor are operations not asked for.

        Raises:
            ContractError: The file of known findings is wrong.
        """
        known = read_known(contract.settings, [law.name for law in all_laws()])
        today = datetime.now(UTC).date()
        stands = tuple(each for each in self._board.standing if not each.is_accepted(known, today))
        if self._options.operations is None:
            return stands
        asked_for = {"", *(operation.id for operation in contract.operations)}
        return tuple(each for each in stands if each.operation in asked_for)

    async def _parts(self, contract: Contract, chosen: tuple[str, ...]) -> None:
        stood = self._board.standing = self._about(contract)
        found: list[Standing] = []
        failed = again(stood, contract, self._options.run_folder)
        goes_on, asked = await self._failed_last(failed, contract, found) if failed else (True, [])
        if not goes_on:
            return
        if chosen:
            options = replace(self._options, operations=chosen)
            part = PartLine("touched", some_of(chosen))
            summary = await self._run(part, options, contract_of(options), found)
            if not self._goes_on(summary):
                return
        whole = PartLine("all", self._all_in_words())
        summary = await self._run(whole, self._options, contract, found)
        if summary is not None and not summary.interrupted:
            self._code = summary.exit_code
            if not summary.target_failure and not summary.harness_failure:
                self._settle_whole(contract, stood, found, asked)
                self._verified = contract
                self._changed.clear()
                self._asked.note(summary, contract.digest)

    def _touched(self, contract: Contract, others: tuple[str, ...] | None) -> tuple[str, ...]:
        """Return the operations that are run before the whole: those that the edits of a spec have changed.

        Where anything else has changed as well, or all operations have, the whole is what the change touches.
        """
        if others is None or not self._changed <= self._watched_now().spec:
            return ()
        if "/" in (self._options.only or ""):
            return ()  # one case, whose name depends on the operations beside its own
        return others if len(others) < len(contract.operations) else ()

    def _all_in_words(self) -> str:
        options = self._options
        if options.only is None:
            return f"profile {options.profile}"
        return " ".join(f"--only {one}" for one in options.only.split("\n"))

    async def _failed_last(
        self, failed: Again, contract: Contract, found: list[Standing]
    ) -> tuple[bool, list[Standing]]:
        """Play what failed last; return whether the round goes on, and which findings were looked at."""
        part = PartLine("failed last")
        stood, went_on = tuple(self._board.standing), True
        quick = replace(self._options, examine=False)
        asked, last = list(failed.asked), None
        began = time.monotonic()
        self._board.parts.append(part)
        for only in (None, *failed.only):
            if only is None and not failed.batches:
                continue
            try:
                batches = failed.batches if only is None else None
                run = Verification(replace(quick, only=only), batches=batches, contract=contract)
                summary = await self._follow(run, part, contract, found)
            except ContractError:
                if only is None:
                    raise
                # What it names is there no more: the whole says what there is.
                asked = [each for each in asked if each not in failed.only[only]]
                continue
            if summary is None or summary.interrupted:
                return False, asked
            last = summary
            went_on = self._goes_on(summary)
            if summary.target_failure or summary.harness_failure:
                self._end(part, began, summary, run)
                return False, asked
        if last is None:
            self._board.parts.remove(part)
            return True, asked
        seen = {each.key for each in found}
        gone = [each for each in asked if each.key not in seen]
        count, stands = len(asked), len(asked) - len(gone)
        part.what = ""
        part.verdict = f"{stands:,} of {count:,} still there" if stands else f"none of {count:,} there any more"
        part.tone = Tone.BAD if stands else Tone.GOOD
        part.seconds = time.monotonic() - began
        self._settle(stood, found, gone=gone)
        self._screen.show(self._board)
        if not went_on and last is not None:
            self._code = last.exit_code
        return went_on, asked

    def _goes_on(self, summary: Summary | None) -> bool:
        """Return whether a round goes on after a part; where not, and it was not cut, its code is that of the part."""
        if summary is None or summary.interrupted:
            return False
        if summary.target_failure or summary.harness_failure or (summary.errors and self._options.fail_fast):
            self._code = summary.exit_code
            return False
        return True

    async def _run(self, part: PartLine, options: Options, contract: Contract, found: list[Standing]) -> Summary | None:
        """Run one part; return its end, or None where the round was cut before it began."""
        if self._cut:
            return None
        began = time.monotonic()
        self._board.parts.append(part)
        run = Verification(options, contract=contract)
        summary = await self._follow(run, part, contract, found)
        if summary is not None and not summary.interrupted:
            self._end(part, began, summary, run)
        return summary

    def _end(self, part: PartLine, began: float, summary: Summary, run: Verification) -> None:
        """Write the verdict of a part."""
        line = verdict(summary, Redactor(run.secrets()))
        part.verdict, part.tone = line.text, line.tone
        part.seconds = time.monotonic() - began
        # The verdict has the first line of a failure; the end of what follows says most.
        failure = summary.target_failure or summary.harness_failure
        more = (*failure.split("\n")[1:], *(summary.log if failure else ()))[-_MOST_LINES:]
        self._board.problem = [Redactor(run.secrets()).text(text) for text in more]
        self._screen.show(self._board)

    async def _follow(
        self, run: Verification, part: PartLine, contract: Contract, found: list[Standing]
    ) -> Summary | None:
        """Follow a run to its end, and show how far it is; return its end, or None where the round is cut already."""
        if self._cut:
            return None
        self._verification = run
        self._screen.show(self._board)
        before, count = part.what, 0
        summary: Summary | None = None
        async with aclosing(cast("AsyncGenerator[Event, None]", run.events())) as events:
            async for event in events:
                if isinstance(event, Progress):
                    part.what = progress_line(event) + (f", {count:,} found" if count else "")
                    self._screen.show(self._board, progress=True)
                elif isinstance(event, FindingFound):
                    count += event.finding.breach.severity is Severity.ERROR
                elif isinstance(event, RunFinished):
                    summary = event.summary
        self._verification = None
        part.what = before
        if summary is not None:
            redactor = Redactor(run.secrets())
            found += [standing_of(finding, contract, redactor) for finding in summary.errors]
            # What a run that was cut had found by then is found.
            self._settle(self._board.standing, found, gone=())
        return summary

    def _settle_whole(
        self, contract: Contract, stood: Sequence[Standing], found: Sequence[Standing], asked: Sequence[Standing]
    ) -> None:
        """Say what stands after a whole run: what nothing plays any more is told apart from what is fixed."""
        looked_at = {each.key for each in (*asked, *found)}
        if self._options.only is None:
            plain, there = plain_families(), {"", *(operation.id for operation in contract.operations)}
            in_plain = (each for each in stood if each.case.partition("/")[0] in plain)
            looked_at |= {each.key for each in in_plain if each.operation in there}
        left = [each for each in stood if each.key not in looked_at]
        self._settle(stood, found, gone=[each for each in stood if each.key in looked_at])
        if left and self._options.only is None:
            unseen = {each.key for each in left}
            self._board.standing = tuple(each for each in self._board.standing if each.key not in unseen)
            named = some_of([each.case for each in left])
            self._board.notes = [f"not looked at: {named}; the contract has no such case any more, or a generated one"]

    def _settle(self, stood: Sequence[Standing], found: Sequence[Standing], *, gone: Sequence[Standing]) -> None:
        """Say what stands: what was found, and what stood before and was not looked at."""
        new = {each.key: each for each in found}
        left = {each.key for each in gone} - new.keys()
        old = {each.key: each for each in stood if each.key not in left}
        self._board.standing = tuple((old | new).values())
        fixed = {each.key: each for each in (*self._board.fixed, *stood) if each.key in left}
        kept = {each.key: each for each in self._board.fixed if each.key not in new}
        self._board.fixed = tuple((kept | fixed).values())


def _in_words(changed: Sequence[Path]) -> str:
    """Return what began a round, in words."""
    return f"changed: {some_of([_short(file) for file in changed])}" if changed else "begins"


def _short(file: Path) -> str:
    """Return a file as it is named from here."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)


def _title(config: Path, url: str | None, command: Sequence[str], *, is_served: bool) -> str:
    """Return what is watched."""
    if url is not None:
        spec = ", whose spec is fetched for each round" if is_served else ""
        return f"watching {config}; the target at {url} runs already and is not started anew{spec}"
    return f"watching {config}; each change starts the target anew: {' '.join(command)}"
