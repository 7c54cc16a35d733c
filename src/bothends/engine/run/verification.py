"""A verification: the contract is loaded, what is asked for is planned, and a runner does it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bothends.cases import MAX_EXAMPLES, new_seed
from bothends.contract.settings import read_known
from bothends.engine.control import Interruption
from bothends.engine.emitter import EventQueue
from bothends.engine.evidence import Evidence, refusals
from bothends.engine.judge import Findings, Known, replay_file
from bothends.engine.options import Shard
from bothends.engine.run.runner import Runner
from bothends.engine.run.work import asked_for
from bothends.engine.served import asked_contract
from bothends.errors import ContractError, Location
from bothends.laws import FindingContext, all_laws

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.judge import Replay
    from bothends.engine.options import Options
    from bothends.engine.parts import Ending, Head, Replays
    from bothends.engine.play import Batch, Meeting


SEED_BITS = 32


class Verification:
    """One run of one contract against one target."""

    def __init__(  # noqa: PLR0913 -- each but the options has its default
        self,
        options: Options,
        batches: Sequence[Batch] | None = None,
        *,
        replayed: str = "",
        before: int = 0,
        contract: Contract | None = None,
        findings: Findings | None = None,
        meeting: Meeting | None = None,
    ) -> None:
        """Load the contract and plan the cases.

        Args:
            options: What the caller chose.
            batches: What is played, and nothing else, pacts neither; None: all that the contract asks for.
            replayed: ID of the finding that is replayed; empty: none is.
            before: Exchanges that the run which found it had before.
            contract: What the options name, where it has been loaded; None: it is loaded now.
            findings: What was found before, and is examined with what this run finds; None: nothing was.
            meeting: Meets other lanes before anything is played; None: there are none.

        Raises:
            ContractError: The contract or the call is wrong.
            HarnessError: The copy of a spec that the target serves can't be kept.
            TargetError: The target serves the spec, and can't be started or reached.
        """
        self._options = options
        self._contract = asked_contract(options) if contract is None else contract
        self.seed = _new_seed(self._contract, options) if options.seed is None else options.seed
        work = asked_for(self._contract, options, self.seed, batches=batches, replayed=replayed, before=before)
        laws = [law.name for law in all_laws()]
        known = Known(read_known(self._contract.settings, laws) if options.live_with_known else ())
        examines = findings is not None
        evidence = Evidence(self._contract)
        findings = findings or Findings(
            known.accepts,
            finding_context=FindingContext.of(self._contract),
            replayed=replayed,
            refusals=partial(refusals, evidence.counts, self._contract),
        )
        self._work = work
        self._evidence = evidence
        self._interruption = Interruption()
        self._queue = EventQueue()
        self._runner = Runner(
            self._contract,
            options,
            work,
            seed=self.seed,
            evidence=evidence,
            findings=findings,
            known=known,
            emitter=self._queue,
            interruption=self._interruption,
            meeting=meeting,
            examines=examines,
        )

    @property
    def contract(self) -> Contract:
        """What is verified."""
        return self._contract

    def replay_name(self, finding_id: str) -> str:
        """Return what `bothends replay` takes for a finding: its ID, or `RUN/ID` where another run has it as well."""
        run = self._options.run_folder
        others = replay_file.runs_with(self._options.state_folder, finding_id) - {run.name}
        return f"{run.name}/{finding_id}" if others else finding_id

    @property
    def head(self) -> Head:
        """Which part of a run this is, and of what."""
        from bothends.engine.parts import Head, Plan, version  # noqa: PLC0415 -- for parts of a run only

        options, shard = self._options, self._options.shard or Shard(1, 1)
        plan = Plan(
            version=version(),
            contract=self._contract.digest,
            operations=tuple(operation.id for operation in self._contract.operations),
            seed=self.seed,
            profile=options.profile,
            max_examples=options.max_examples,
            only=options.only,
            reads_only=self._work.reads_only,
            count=shard.count,
        )
        return Head(shard.number, plan)

    def replays(self) -> Iterator[Replays]:
        """Yield what shows each finding; there when the run is over."""
        from bothends.engine.parts import Replays  # noqa: PLC0415 -- likewise

        filing = self._runner.filing
        for tracked in filing.findings.ranked():
            if tracked.finding.id in filing.kept:
                yield Replays(tracked.finding.id, filing.kept[tracked.finding.id])
        for tracked in filing.findings.untold():
            if tracked.finding.replayable:
                yield Replays(tracked.finding.id, (*tracked.batch.prelude, *tracked.batch.steps))

    @property
    def kept(self) -> Mapping[str, tuple[Batch, ...]]:
        """The batches that show each finding, by its ID."""
        return self._runner.filing.kept

    def ending(self, lines: int) -> Ending:
        """Return what the whole is judged by; there when the run is over.

        Args:
            lines: How many lines come before it.
        """
        from bothends.engine.parts import Ending  # noqa: PLC0415 -- likewise

        conclusion, seen, findings = self._runner.conclusion, self._evidence, self._runner.filing.findings
        return Ending(
            lines, conclusion.plan, conclusion.facts, seen.counts, seen.shown, findings.groups, findings.settled
        )

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show: the world's session secret and event key; empty before it stands."""
        return self._runner.secrets

    def note(self, text: str) -> None:
        """Have the summary say something beside what the run shows; nothing where it is empty."""
        self._runner.conclusion.notes += [text] if text else []

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._interruption.ask()

    def events(self) -> AsyncIterator[Event]:
        """Run, and yield what happens; the last event is always `RunFinished`.

        Raises:
            ContractError: A name or a case that the call asks for is not there.
        """
        return self._queue.read(self._runner.run)


def _new_seed(contract: Contract, options: Options) -> int:
    count = MAX_EXAMPLES[options.profile] if options.max_examples is None else options.max_examples
    return new_seed(contract, count=count, folder=options.cases_folder)


# A replay: what showed one finding is played again, the state of the world included.


def replay(options: Options, finding_id: str, *, any_config: bool = False) -> Verification:
    """Return a verification of just what showed a finding.

    Its summary says whether the finding has shown again. When it has not, the target has changed, or the finding
    depends on more than was kept.

    Args:
        options: What the caller chose; the target is that of the run that found it, unless named anew.
        finding_id: As the run printed it: the ID, or the name of the run's folder, `/` and the ID.
        any_config: Whether the settings file is that of the run that found it; else it is the options'.

    Raises:
        ContractError: There is no such finding, there are several, or the contract or the call is wrong.
    """
    options, kept = recorded(options, finding_id, any_config=any_config)
    if kept.only:
        return Verification(replace(options, only=kept.only), replayed=kept.id)
    return Verification(options, batches=kept.batches, replayed=kept.id, before=kept.before)


def recorded(options: Options, finding_id: str, *, any_config: bool = False) -> tuple[Options, Replay]:
    """Return the options with which a finding is shown again, and what is kept of it; see `replay`.

    Raises:
        ContractError: There is no such finding, or there are several.
    """
    kept = _chosen(options, finding_id, any_config=any_config)
    options = replace(options, config=options.config.with_name(kept.config))
    if options.url is None and options.command is None:
        command = kept.target["command"]
        options = replace(
            options,
            url=kept.target["url"],
            command=None if command is None else tuple(command),
            env={**kept.target["env"], **options.env},
        )
    options = replace(options, seed=kept.seed, live_with_known=False, operations=kept.operations, spec=kept.spec)
    return options, kept


def _chosen(options: Options, finding_id: str, *, any_config: bool) -> Replay:
    """Return what is kept of a finding.

    Raises:
        ContractError: There is none, or more than one, and nothing says which.
    """
    run, _, short = finding_id.rpartition("/")
    found = {file: replay_file.read(file) for file in replay_file.find(options.state_folder, short, run)}
    configs = sorted({kept.config for kept in found.values()})
    if not any_config:
        found = {file: kept for file, kept in found.items() if kept.config == options.config.name}
        if not found:
            raise ContractError(
                f"No run with {options.config.name} has the finding {short!r}.",
                where=Location(options.state_folder),
                expected=f"--config {' or '.join(configs)}",
            )
    elif len(configs) > 1:
        raise ContractError(
            f"Several settings files have the finding {short!r}: {', '.join(configs)}.",
            where=Location(options.state_folder),
            expected="one of them",
            advice=f"bothends replay {short} --config {configs[0]}",
        )
    if len(found) == 1:
        return next(iter(found.values()))
    if options.url is not None or options.command is not None:
        own = replace(options, config=options.config.with_name(configs[0])).run_folder
        named = [kept for file, kept in found.items() if file.parent.parent == own]
        # Where it is another target that is asked, any of them says what to ask it: the last one does.
        return named[0] if named else max(found.items(), key=lambda one: one[0].stat().st_mtime)[1]
    raise ContractError(
        f"Several targets have the finding {short!r}.",
        where=Location(options.state_folder),
        expected=" or ".join(f"{file.parent.parent.name}/{short} ({_target(kept)})" for file, kept in found.items()),
        advice=f"bothends replay {next(iter(found)).parent.parent.name}/{short}",
    )


def _target(kept: Replay) -> str:
    """Return how a target was named, without the values of its environment, which may be secret."""
    target = kept.target
    words = [] if target["command"] is None else [shlex.join(target["command"])]
    words += [] if target["url"] is None else [target["url"]]
    words += [f"with {name}" for name in target["env"]]
    return " ".join(words) or "the settings file's target"
