"""What a command loads, and what it leaves of how it has loaded it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Project


def test_garbage_is_collected_once_a_command_is_loaded(project: Project) -> None:
    """Not before: what modules are made of stays. Nor is it looked through afterwards."""
    program = """
import gc, sys
from bothends.cli import words
from bothends.cli.main import main

def enabled(*_):
    print(gc.isenabled(), gc.get_freeze_count() > 1000)
    return 0

words.run_words = enabled
sys.argv = ["bothends", "words"]
sys.exit(main())
"""
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, env=project.environment(), capture_output=True, text=True, check=False)
    assert (0, "True True\n", "") == (told.returncode, told.stdout, told.stderr)


def test_a_run_loads_what_it_needs(project: Project) -> None:
    """Pacts and scenarios are of other runs."""
    command = [sys.executable, "-X", "importtime", "-m", "bothends", "verify", "--only", "success/no-body"]
    told = subprocess.run(
        command, cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=False
    )
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    unneeded = {"bothends.pacts", "bothends.engine.lifecycle"}
    assert (0, set(), True) == (told.returncode, loaded & unneeded, "bothends.engine.run.runner" in loaded)
