"""Merges the parts of a run: one verdict, of which proven is the least, then not proven, then broken.

A part that is missing or cut leaves the whole unproven, and takes nothing from what the others have found. A part that
is there twice, or that belongs to another run, is a mistake of the call: there is no telling which of them counts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bothends.cases import Selector
from bothends.contract.settings import read_known
from bothends.engine.emitter import EventQueue
from bothends.engine.events import FindingFound, RunFinished, RunStarted
from bothends.engine.evidence import Evidence, Facts, refusals
from bothends.engine.judge import Findings, Known, replay_file
from bothends.engine.options import PART, Shard, contract_of
from bothends.engine.parts.blob import Blobs, CutError, Ending, Replays, read_head, version
from bothends.errors import ContractError, Location
from bothends.laws import FindingContext, all_laws
from bothends.records import NotProven
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.options import Options
    from bothends.engine.parts.blob import Head
    from bothends.engine.play import Batch
    from bothends.records import Summary


_KEPT = 2_000_000
"""Bytes of a packed part up to which its events stay in memory until they are told, and are not read twice."""


class WrittenPart(Protocol):
    """A part of a run, as it was written."""

    @property
    def head(self) -> Head:
        """Which part it is, and of what."""
        ...

    @property
    def where(self) -> Path | None:
        """The file that a person has given; None: there is none."""
        ...

    @property
    def is_small(self) -> bool:
        """Whether its events may stay in memory."""
        ...

    def read(self) -> Iterator[Event | Replays | Ending]:
        """Yield what is written, the end last.

        Raises:
            ContractError: It is not what a part of a run writes.
            CutError: It ends before its end, or is damaged.
        """
        ...


class BlobFile:
    """A blob that a person has given."""

    def __init__(self, where: Path, blobs: Blobs) -> None:
        """Read its head, or raise ContractError: there is no such file, or it is no blob."""
        self.where = where
        self.head = read_head(where)
        self._blobs = blobs

    @property
    def is_small(self) -> bool:
        """Whether its events may stay in memory."""
        return self.where.stat().st_size <= _KEPT

    def read(self) -> Iterator[Event | Replays | Ending]:
        """Yield what it has after its head, the end last."""
        return self._blobs.read(self.where)


class Merging:
    """One run, of the parts that several have made of it."""

    def __init__(
        self, options: Options, contract: Contract, parts: Sequence[WrittenPart], *, called: str = PART
    ) -> None:
        """Read the parts, and see whether they are those of one run.

        Args:
            options: The settings, the spec and the operations, as the parts had them; the threshold of coverage.
            contract: What these name.
            parts: What was written.
            called: What a person calls a part.

        Raises:
            ContractError: A file is no part of a run, or the parts are not those of one.
        """
        self._options = options
        self._contract = contract
        self._called = called
        self._queue = EventQueue()
        self._interrupted = False
        self._plan = parts[0].head.plan
        for part in parts:
            self._check(part, parts[0])
        self._parts = _one_of_each(parts, self._plan.count)
        self._missing = {
            number: self._left_out(number, "Its blob was not given." if called == PART else "It has not begun.")
            for number in range(1, self._plan.count + 1)
            if number not in self._parts
        }
        self._replays: dict[str, tuple[Batch, ...]] = {}
        self._told: dict[int, Sequence[Event]] = {}
        self._evidence, self._facts, self._findings = self._joined()

    @classmethod
    def of_files(cls, options: Options, files: Sequence[Path]) -> Merging:
        """Read the blobs of one run.

        Raises:
            ContractError: The contract is wrong, a file is no part of a run, or the parts are not those of one.
        """
        contract = contract_of(options)
        blobs = Blobs(contract)
        return cls(options, contract, [BlobFile(file, blobs) for file in files])

    @property
    def contract(self) -> Contract:
        """What was verified."""
        return self._contract

    @property
    def findings(self) -> Findings:
        """What all parts have found."""
        return self._findings

    def confirmed(self, replays: Mapping[str, tuple[Batch, ...]]) -> None:
        """Take what shows findings, by their IDs, where that was found out since."""
        self._replays |= replays

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show: nothing, as the parts have none in them."""
        return ()

    def interrupt(self) -> None:
        """Ask for an orderly end: the events that are left are not told any more."""
        self._interrupted = True

    def events(self) -> AsyncIterator[Event]:
        """Yield what happened, part by part; the last event is always `RunFinished`, of the whole.

        Raises:
            ContractError: A file has changed since it was read.
            HarnessError: A replay file can't be written.
        """
        return self._queue.read(self._tell)

    async def _tell(self) -> None:
        self._keep()
        for event in self._of_all_parts():
            self._queue.emit(event)
            await self._queue.taken()
            if self._interrupted:
                break
        self._queue.emit(RunFinished(self._summary()))

    def _of_all_parts(self) -> Iterator[Event]:
        """Yield the events of all parts: the run begins once, and each finding is found once."""
        started = False
        found: set[str] = set()
        for number, part in self._parts.items():
            try:
                for event in self._told.pop(number, None) or part.read():
                    if isinstance(event, RunStarted):
                        if not started:
                            yield event
                        started = True
                    elif isinstance(event, FindingFound):
                        if event.finding.id not in found:
                            yield event
                        found.add(event.finding.id)
                    elif not isinstance(event, Replays | Ending):
                        yield event
            except CutError as error:
                raise ContractError("The blob has changed while it was read.", where=_location(part)) from error

    def _summary(self) -> Summary:
        settings = self._contract.settings
        known = Known(read_known(settings, [law.name for law in all_laws()]) if self._options.live_with_known else ())
        return self._evidence.summary(
            replace(self._facts, interrupted=self._interrupted or self._facts.interrupted),
            self._findings,
            known,
            threshold=self._options.coverage_threshold,
            missing=[item for _, item in sorted(self._missing.items())],
        )

    def _check(self, part: WrittenPart, first: WrittenPart) -> None:
        """See whether a part is one of this contract, and of the same run as the first one.

        Raises:
            ContractError: It is not.
        """
        plan = part.head.plan
        if plan.version != version():
            raise _foreign(part, f"bothends {plan.version} wrote it", f"bothends {version()}, which merges")
        ids = tuple(operation.id for operation in self._contract.operations)
        if plan.operations != ids:
            ours, theirs = (", ".join(each[:6]) or "no operation" for each in (ids, plan.operations))
            raise _foreign(part, f"it is about {theirs}", f"{ours}; give --operation as `verify` was given it")
        if plan.contract != self._contract.digest:
            raise _foreign(part, "it is of another contract", "the contract that is merged, unchanged")
        for name, what in _SAME.items():
            here, there = getattr(plan, name), getattr(self._plan, name)
            if here != there:
                raise _foreign(part, f"it has {what} {_value(here)}", f"{_value(there)}, as in {first.where}")

    def _joined(self) -> tuple[Evidence, Facts, Findings]:
        """Join what the parts have seen; a part that is cut is missing.

        Raises:
            ContractError: A file is no part of a run, or its plan is another one.
        """
        contract = self._contract
        evidence = Evidence(contract)
        findings = Findings(
            finding_context=FindingContext.of(contract), refusals=partial(refusals, evidence.counts, contract)
        )
        joined: Facts | None = None
        plans: dict[str, WrittenPart] = {}
        for number, part in sorted(self._parts.items()):
            try:
                ending, replays = self._read(number, part)
            except CutError:
                why = (
                    "It ended before its time." if part.where is None else f"Its blob, {part.where}, is cut or damaged."
                )
                self._missing[number] = self._left_out(number, why)
                del self._parts[number]
                continue
            if ending.plan:
                plans.setdefault(ending.plan, part)
            if len(plans) > 1:
                first, other = plans.values()
                raise _foreign(
                    other, "its plan has other cases", f"those of {first.where}; use one environment for all parts"
                )
            self._join(evidence, findings, ending, replays, part)
            facts = _of_a_part(ending.facts, self._shard(number))
            # A lane is interrupted with its run, which says so; a part is so alone.
            if ending.facts.interrupted and self._called == PART:
                self._missing[number] = self._left_out(number, "It was interrupted.")
            joined = facts if joined is None else joined.joined(facts)
        findings.shown_by(self._replays)
        only = self._plan.only
        whole = only is None and not self._missing
        facts = joined or Facts(self._plan.seed, reads_only=self._plan.reads_only)
        interrupted = facts.interrupted and self._called != PART
        return evidence, replace(facts, whole=facts.whole and whole, interrupted=interrupted), findings

    def _shard(self, number: int) -> Shard:
        return Shard(number, self._plan.count, self._called)

    def _left_out(self, number: int, why: str) -> NotProven:
        add = f"--shard {number}/{self._plan.count}" if self._called == PART else "--lanes 1"
        what = self._shard(number).words
        return NotProven(what, f"{why} What it had to show was not judged.", add=f"bothends verify {add} ...")

    def _read(self, number: int, part: WrittenPart) -> tuple[Ending, dict[str, tuple[Batch, ...]]]:
        """Return the end of a part, and what shows its findings; all else is held to its schema.

        Raises:
            ContractError: The file is no part of a run.
            CutError: It is cut.
        """
        replays: dict[str, tuple[Batch, ...]] = {}
        told: list[Event] = []
        keeps = part.is_small
        for read in part.read():
            if isinstance(read, Replays):
                replays[read.finding] = read.batches
            elif isinstance(read, Ending):
                self._told |= {number: told} if keeps else {}
                return read, replays
            elif keeps:
                told.append(read)
        raise CutError

    def _join(
        self,
        evidence: Evidence,
        findings: Findings,
        ending: Ending,
        replays: dict[str, tuple[Batch, ...]],
        part: WrittenPart,
    ) -> None:
        evidence.join(ending.counts, dict(ending.shown))
        try:
            taken = findings.join(ending.groups, ending.settled)
        except ValueError as error:
            raise ContractError(f"The blob is not of this contract: {error}.", where=_location(part)) from error
        self._replays |= {finding: replays[finding] for finding in taken if finding in replays}

    def _keep(self) -> None:
        """Write what it takes to see each finding again, as the run itself does.

        Raises:
            HarnessError: It can't be written.
        """
        options = self._options
        make_state_folder(options.state_folder)
        options.run_folder.mkdir(exist_ok=True)
        for tracked in self._findings.ranked():
            finding = tracked.finding
            if finding.id in self._replays:
                only = tracked.only if _can_be_asked_for(tracked.only) else ""
                batches = self._replays[finding.id]
                replay = replay_file.of(
                    finding.id, finding.breach, batches, options=options, seed=self._plan.seed, only=only
                )
                replay_file.write(options.run_folder, replay)


_SAME = {
    "count": "the number of parts",
    "seed": "the seed",
    "profile": "the profile",
    "max_examples": "--max-examples",
    "only": "--only",
    "reads_only": "reading only:",
}


def _value(value: object) -> str:
    words = {None: "none", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _can_be_asked_for(only: str) -> bool:
    """Whether a text is what `--only` takes: it stands in a file that may come from anywhere."""
    if not only:
        return False
    Selector.parse(only)
    return True


def _location(part: WrittenPart) -> Location | None:
    return None if part.where is None else Location(part.where)


def _foreign(part: WrittenPart, what: str, expected: str) -> ContractError:
    return ContractError(
        f"This part is not of the same run: {what}.",
        where=_location(part),
        expected=expected,
        advice="Run each part with the same contract, options and --seed, and the same version of bothends.",
    )


def _one_of_each(parts: Sequence[WrittenPart], count: int) -> dict[int, WrittenPart]:
    """Return the parts by their numbers, in order.

    Raises:
        ContractError: A part is there twice.
    """
    found: dict[int, WrittenPart] = {}
    for part in parts:
        number = part.head.number
        if number in found:
            raise ContractError(
                f"{Shard(number, count).words} is given twice: {found[number].where} has it as well.",
                where=_location(part),
                expected="one blob of each part",
            )
        found[number] = part
    return dict(sorted(found.items()))


def _of_a_part(facts: Facts, shard: Shard) -> Facts:
    """Return the facts of a part as those of the whole: it says which part failed."""
    return replace(
        facts,
        target_failure=f"{shard.words}: {facts.target_failure}" if facts.target_failure else "",
        harness_failure=f"{shard.words}: {facts.harness_failure}" if facts.harness_failure else "",
        interrupted=False,
        log=tuple(f"{shard.words}: {line}" for line in facts.log),
    )
