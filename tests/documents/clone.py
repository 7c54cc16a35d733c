"""A clone of the repository, as a reader of its pages has it, in which blocks of code are run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sysconfig
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from venv import EnvBuilder

from tests.documents.blocks import ROOT
from tests.ports import ports
from tests.warm.start import command

if TYPE_CHECKING:
    from pathlib import Path

_MARK = "--- the end of a command ---"
_TIMEOUT = 240.0
SCRIPT = "warm-script"
"""A program of a clone that runs a script as `python` does, in a process that has bothends loaded."""
MODULE = "warm-module"
"""One that stands for `.venv/bin/python` of the Makefile, where it runs bothends as a module: the same for `-m`."""
# Folders in which no page changes a file: links to them are as good as copies, and each module is compiled once.
_LINKED = ("src", "tests", "docs", "notebooks", "benchmarks")
# Ports that pages name, for the reader's own use; a test takes free ones.
_PORTS = ("3000", "4001", "4002")
# What is another in each run and on each machine.
_MASKED = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d+(\.\d+)? s, seed"), "SECONDS, seed"),
    # How often there was time for it.
    (re.compile(r"reproduced alone (\d+) of \1\b"), "reproduced alone N of N"),
    # How wide a column is depends on rows that are not shown.
    (re.compile(r"^exchange \d+:", re.MULTILINE), "exchange N:"),
    (re.compile(" +"), " "),
)


@dataclass
class Clone:
    """A folder with the repository in it, and the environment that `make verify` makes there.

    Attributes:
        folder: The folder.
        ports: A free port for each that the pages name.
    """

    folder: Path
    ports: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, shell: str = "sh -e") -> subprocess.CompletedProcess[str]:
        """Run a script in the folder, with standard error in its output; whatever it leaves behind is ended."""
        for port, free in self.ports.items():
            script = re.sub(rf"\b{port}\b", free, script)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "GITHUB_", "CI"))},
            "PATH": f"{self.folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }
        with subprocess.Popen(
            [*shell.split(), "-c", script],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=_TIMEOUT)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def write(self, name: str, text: str) -> None:
        """Write a file of a page."""
        for port, free in self.ports.items():
            text = re.sub(rf"\b{port}\b", free, text)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def answers(self, commands: list[str]) -> list[str]:
        """Run commands one after the other in one shell; return what each prints. None of them need succeed."""
        script = "".join(f"{one}\nlast=$?; echo; echo '{_MARK}'; (exit $last)\n" for one in commands)
        return self.run(script, "sh").stdout.split(f"\n{_MARK}\n")[: len(commands)]


def clone(folder: Path) -> Clone:
    """Put what a clone of the work tree would hold into a folder, and its environment, already installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in _LINKED:
        (folder / name).symlink_to(ROOT / name)
    for name in filter(None, listed.stdout.split("\0")):
        if name.partition("/")[0] not in _LINKED and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    _install(folder)
    return Clone(folder, dict(zip(_PORTS, map(str, ports(len(_PORTS))), strict=True)))


def _install(folder: Path) -> None:
    """Make `.venv` as `make verify` does, of the packages that are here already, with the clone's own bothends."""
    venv = folder / ".venv"
    EnvBuilder(symlinks=True).create(venv)
    library = next((venv / "lib").glob("python*")) / "site-packages"
    (library / "clone.pth").write_text(f"{folder / 'src'}\n{sysconfig.get_path('purelib')}\n", "utf-8")
    programs = {
        "bothends": f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n',
        SCRIPT: f'#!/bin/sh\nexec {shlex.join(command("script"))} "$@"\n',
        MODULE: f'#!/bin/sh\nshift 2\nexec {shlex.join(command())} "$@"\n',
        "locust": f"#!{venv}/bin/python\nimport sys\nfrom locust.main import main\nsys.exit(main())\n",
        "pytest": f"#!{venv}/bin/python\nimport sys\nfrom pytest import console_main\nsys.exit(console_main())\n",
        "st": f'#!/bin/sh\nexec {shlex.join(command("st"))} "$@"\n',
    }
    for program, script in programs.items():
        path = venv / "bin" / program
        path.write_text(script, "utf-8")
        path.chmod(0o755)
    (venv / ".installed").touch()


def masked(text: str) -> str:
    """Return output without what differs from run to run."""
    for pattern, replacement in _MASKED:
        text = pattern.sub(replacement, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
