"""`bothends mcp`: offers the commands to a coding agent, as a server of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cli import loops
from bothends.cli.interrupts import interruptible
from bothends.cli.terminal import INTERRUPTED
from bothends.errors import ContractError

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output

_BY_HAND = "A coding agent starts this command, and speaks with it over standard input: see docs/how-to/agents.md\n"


def run_mcp(arguments: argparse.Namespace, _out: Output, err: Output) -> int:
    """Run the command, until the client closes standard input.

    Raises:
        ContractError: The SDK is not installed.
    """
    if find_spec("mcp") is None or find_spec("mcp_types") is None:
        raise ContractError(
            "`bothends mcp` needs the SDK of the Model Context Protocol.",
            expected="the extra 'mcp': version 2 of the package mcp",
            advice="pip install 'bothends[mcp]'",
        )
    if sys.stdin.isatty():
        err.write(_BY_HAND)
        err.flush()
    loops.run(lambda: _serve(arguments.config, err))
    return 0


async def _serve(config: Path, err: Output) -> None:
    """Serve, until the client ends it, or a signal the process."""
    from bothends.agents import Project, serve  # noqa: PLC0415 -- the SDK is an extra

    task, stopped = asyncio.current_task(), False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if task is not None:
            task.cancel()

    def over() -> None:
        if stopped:
            err.flush()
            os._exit(INTERRUPTED)

    with interruptible(stop, err, "Interrupted: waiting for runs under way to end.\n"):
        await serve(Project(Path.cwd(), config), over)
