"""`bothends replay ID`: reruns one finding, state of the world included, and tells all that is witnessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cli.running import perform
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
    options = Options(config=arguments.config, url=arguments.url, command=arguments.command, env=dict(arguments.env))
    return perform(replay(options, arguments.id), arguments, out, err, traced=True)
