"""`bothends replay ID`: reruns one finding, state of the world included, and tells all that is witnessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cli.arguments import DEFAULT_CONFIG
from bothends.cli.running import perform, replay_command
from bothends.engine import Options, replay

if TYPE_CHECKING:
    import argparse

    from bothends.cli.output import Output


def run(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: There is no finding of that ID, or the contract or the call is wrong.
        HarnessError: A report can't be written.
    """
    any_config = arguments.config is None
    config = DEFAULT_CONFIG if any_config else arguments.config
    options = Options(config=config, url=arguments.url, command=arguments.command, env=dict(arguments.env))
    again = replay(options, arguments.id, any_config=any_config)
    arguments.config = again.contract.settings.file

    def line(found: str) -> str:
        return replay_command(again.replay_name(found), arguments.config)

    return perform(again, arguments, out, err, traced=True, again=line)
