"""A run in parts: `verify --shard K/N` plays one, and `bothends merge` gives the verdict of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cli.accept import note_run
from bothends.cli.performing import perform, replay_command
from bothends.cli.reports import on_github
from bothends.engine import Options, Verification
from bothends.engine.parts import Blobs, Merging
from bothends.errors import ContractError
from bothends.reports import REPORTS, StoppedCommands
from bothends.reports.blob import BlobReport, PartPage
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from bothends.cli.terminal import Output
    from bothends.engine import Shard
    from bothends.records import Summary
    from bothends.reports import Reporter, Surroundings

_FAILED = frozenset({3, 5, 130})
"""Exit codes of a part that has an error of its own; what it has found is for the merge to judge."""


def run_shard(arguments: argparse.Namespace, options: Options, out: Output, err: Output) -> int:
    """Play a part of a run, and write its blob.

    Raises:
        ContractError: The contract or the command line is wrong.
        HarnessError: The blob can't be written.
    """
    shard, blob = _asked_for(arguments, options)
    verification = Verification(options)
    make_state_folder(options.state_folder)
    blobs = Blobs(verification.contract)

    def told(surroundings: Surroundings) -> Sequence[Reporter]:
        stopped = [StoppedCommands(out, surroundings)] if on_github() else []
        return [PartPage(out, surroundings, shard), BlobReport(blob, surroundings, blobs, verification), *stopped]

    def code(summary: Summary) -> int:
        return summary.exit_code if summary.exit_code in _FAILED else _own_failure(summary)

    return perform(verification, arguments, out, err, told=told, code=code)


def _own_failure(summary: Summary) -> int:
    """Return the code of a target that failed, though a finding comes first in the exit code of a whole run."""
    return 3 if summary.target_failure else 0


def _asked_for(arguments: argparse.Namespace, options: Options) -> tuple[Shard, Path]:
    """Return which part is asked for, and where its blob goes.

    Raises:
        ContractError: One is there without the other, or an option that is the merge's.
    """
    if options.shard is None:
        raise ContractError("--blob is for a part of a run.", expected="--shard K/N, such as --shard 3/8")
    if arguments.blob is None:
        raise ContractError("--shard has no verdict, and nothing is left of it.", expected="--blob FILE, for the merge")
    if options.seed is None:
        raise ContractError(
            "--shard needs --seed: all parts have to be of the same plan.", expected="--seed N, the same for each part"
        )
    given = [f"--{one.name}" for one in REPORTS if vars(arguments).get(one.dest) is not None]
    given += ["--coverage-threshold"] if options.coverage_threshold is not None else []
    if given:
        raise ContractError(
            f"{', '.join(given)}: a part of a run has no verdict and no reports.",
            advice=f"Give {'it' if len(given) == 1 else 'them'} to bothends merge.",
        )
    return options.shard, arguments.blob


def run_merge(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract or the command line is wrong, or the blobs are not those of one run.
        HarnessError: A report can't be written.
    """
    options = Options(
        config=arguments.config,
        spec=arguments.spec,
        operations=None if arguments.operation is None else tuple(arguments.operation),
        coverage_threshold=arguments.coverage_threshold,
    )
    merging = Merging.of_files(options, arguments.blobs)

    def again(found: str) -> str:
        return replay_command(found, options.config)

    def note(summary: Summary) -> None:
        note_run(options.run_folder, summary, merging.contract.digest)

    return perform(merging, arguments, out, err, again=again, contract=merging.contract, note=note)
