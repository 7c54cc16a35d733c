"""`bothends verify`: proves an implementation at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cli.running import perform, replay_command
from bothends.engine import Options, Verification
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    import argparse

    from bothends.cli.output import Output


def run(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract or the call is wrong.
        HarnessError: A report can't be written.
    """
    options = Options(
        config=arguments.config,
        url=arguments.url,
        command=arguments.command,
        env=dict(arguments.env),
        seed=arguments.seed,
        max_examples=arguments.max_examples,
        only=arguments.only,
        profile=arguments.profile,
        fail_fast=arguments.fail_fast,
        coverage_threshold=arguments.coverage_threshold,
    )
    verification = Verification(options)
    make_state_folder(options.state_folder)

    def again(found: str) -> str:
        return replay_command(verification.replay_name(found), options.config)

    return perform(verification, arguments, out, err, again=again, contract=verification.contract)
