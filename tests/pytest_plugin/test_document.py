"""`docs/pytest.md` says what is so: its tests and its commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.schemathesis_hooks import check_laws
from tests.pytest_plugin.conftest import FEW

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "pytest.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.mark.measured
def test_its_tests_pass(project: Project) -> None:
    """The tests by hand pass on the reference."""
    (project.folder / "test_document.py").write_text("\n".join(blocks("python")), "utf-8")
    result = project.pytest("test_document.py")
    assert {"passed": 5} == result.counts(), result.out


@pytest.mark.parametrize("command", blocks("sh"))
def test_its_commands_work(project: Project, command: str) -> None:
    """Each command ends well on the reference; what comes of more generated cases is looked at elsewhere."""
    command = command.replace("--bothends-profile quick", f"--bothends-profile quick {' '.join(FEW)}")
    command = command.replace("-n 10", "-n 1")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=project.folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def test_its_checks_are_there() -> None:
    """A check that it names is one."""
    named = set(re.findall(r"`bothends_(\w+)`", DOCUMENT)) - {"bench", "config"}
    assert named <= {law.name.replace("-", "_") for law in check_laws()}
