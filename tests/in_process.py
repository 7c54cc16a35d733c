"""Runs the command line within the process of a test: quicker than a process of its own, and its lines are measured.

For tests of what a run finds and says. What depends on a process (signals, memory, plugins, the terminal) has one.
"""

from __future__ import annotations

import contextlib
import io
import os
from subprocess import CompletedProcess
from typing import TYPE_CHECKING
from unittest import mock

from bothends.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def bothends(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """Run a command in a folder; return how it ended.

    Args:
        folder: The working directory.
        arguments: What comes after `bothends`.
        env: More of the environment.
    """
    out, err = io.StringIO(), io.StringIO()
    kept = {"HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".bothends" / "hypothesis"), **(env or {})}
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, kept),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(arguments)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
