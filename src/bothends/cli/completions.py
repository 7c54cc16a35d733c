"""`bothends completions`: what a shell needs to complete the command line, as `make docs` has written it."""

from __future__ import annotations

from pkgutil import get_data
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output


def run_completions(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command: a file of the package, so that no shell starts bothends to complete a word."""
    out.write((get_data("bothends.cli", f"shells/bothends.{arguments.shell}") or b"").decode())
    return 0
