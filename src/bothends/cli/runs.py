"""The commands that verify an implementation: `verify` and `replay`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from bothends.cli.accept import note_run
from bothends.cli.arguments import DEFAULT_CONFIG
from bothends.cli.performing import perform, replay_command
from bothends.contract.openapi import is_url, origin_of
from bothends.engine import Options, Shard, Verification, recorded, replay
from bothends.errors import ContractError
from bothends.lanes import lanes_of, why_one
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    import argparse

    from bothends.cli.performing import Run
    from bothends.cli.terminal import Output
    from bothends.records import Summary


# `bothends verify`: proves an implementation at both ends.


def run_verify(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract or the command line is wrong.
        HarnessError: A report can't be written.
    """
    options = _options(arguments)
    if arguments.watch and (arguments.shard is not None or arguments.blob is not None):
        raise ContractError("--watch runs all parts.", expected="--watch, or --shard with --blob")
    asked = (arguments.score_threshold, arguments.score_json, arguments.record)
    if arguments.score or any(each is not None for each in asked):
        from bothends.cli.scored import run_scored  # noqa: PLC0415 -- loaded where it is asked for

        return run_scored(arguments, options, out, err)
    if arguments.watch:
        from bothends.cli.watch import run_watch  # noqa: PLC0415 -- likewise

        return run_watch(arguments, options, out, err)
    if arguments.shard is not None or arguments.blob is not None:
        from bothends.cli.merge import run_shard  # noqa: PLC0415 -- likewise

        return run_shard(arguments, options, out, err)
    verification = Verification(options)
    make_state_folder(options.state_folder)
    lanes = lanes_of(verification.contract, options, arguments.lanes)

    def again(found: str) -> str:
        return replay_command(verification.replay_name(found), options.config)

    def note(summary: Summary) -> None:
        note_run(options.run_folder, summary, verification.contract.digest)

    def performed(run: Run) -> int:
        return perform(run, arguments, out, err, again=again, contract=verification.contract, note=note)

    if lanes == 1:
        verification.note(why_one(verification.contract, options, arguments.lanes))
        return performed(verification)
    from bothends.lanes import LaneRun  # noqa: PLC0415 -- likewise

    with closing(LaneRun(options, lanes, verification)) as run:
        return performed(run)


def _options(arguments: argparse.Namespace) -> Options:
    """Return what the command line chooses.

    Raises:
        ContractError: What should be a URL is none.
    """
    if arguments.spec_url is not None and not is_url(arguments.spec_url):
        problem = f"{arguments.spec_url!r} is not the URL of a spec."
        raise ContractError(problem, expected="http://…", advice="Name a file with --spec.")
    spec: str | None = arguments.spec_url or arguments.spec
    served = spec is not None and is_url(spec) and arguments.command is None
    return Options(
        config=arguments.config,
        spec=spec,
        allow_writes=arguments.allow_writes,
        url=arguments.url or (origin_of(spec) if spec is not None and served else None),
        command=arguments.command,
        env=dict(arguments.env),
        seed=arguments.seed,
        max_examples=arguments.max_examples,
        only=None if arguments.only is None else "\n".join(arguments.only),
        operations=None if arguments.operation is None else tuple(arguments.operation),
        profile=arguments.profile or ("quick" if arguments.watch else "default"),
        fail_fast=arguments.fail_fast,
        coverage_threshold=arguments.coverage_threshold,
        shard=None if arguments.shard is None else Shard(*arguments.shard),
    )


# `bothends replay ID`: reproduces one finding, with the state of the world, and shows everything that was recorded.


def run_replay(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: There is no finding of that ID, or the contract or the command line is wrong.
        HarnessError: A report can't be written.
    """
    any_config = arguments.config is None
    config = DEFAULT_CONFIG if any_config else arguments.config
    options = Options(config=config, url=arguments.url, command=arguments.command, env=dict(arguments.env))
    again = replay(options, arguments.id, any_config=any_config)
    arguments.config = again.contract.settings.file
    if arguments.by_hand:
        from bothends.cli.by_hand import stand_by  # noqa: PLC0415 -- loaded where it is asked for

        stand_by(again.contract, *recorded(options, arguments.id, any_config=any_config), out, err)
        return 0

    def line(found: str) -> str:
        return replay_command(again.replay_name(found), arguments.config)

    return perform(again, arguments, out, err, traced=True, again=line)
