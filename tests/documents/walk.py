"""The walk from a plain run to PROVEN: its page, its two services, and what a reader does with the blocks."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.documents.blocks import ROOT, Block, blocks
from tests.documents.clone import masked
from tests.in_process import bothends
from tests.ports import ports, until_it_answers
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PAGE = "docs/how-to/from-a-plain-run-to-proven.md"
# What the page leaves to the reader, and what makes a run shorter.
FASTER = ("--seed", "1", "--max-examples", "2")
KEYS = {"KEY_1": "key-of-alice", "KEY_2": "key-of-bob"}
EXPRESS = ROOT / "examples" / "express"
SERVICES = {
    "FastAPI": ((sys.executable, str(ROOT / "examples" / "fastapi" / "tutorial.py")), "8000"),
    "Express": (("node", str(EXPRESS / "server.mjs")), "3000"),
}
"""How each service is started, and the port that the page names."""
ENVIRONMENT = {"RECEIVER_MS": "1000", "KEYS": "alice:key-of-alice,bob:key-of-bob"}
_COMMAND = re.compile(r"^\$ (.*)\n", re.MULTILINE)


class Reader:
    """Does with the blocks of a section what a reader does, in a folder of their own.

    Attributes:
        folder: The folder.
        port: That of the service.
    """

    def __init__(self, folder: Path, named: str, port: str) -> None:
        """Begin with the spec that lies beside the service."""
        self.folder = folder
        self._named = named
        self.port = port
        shutil.copy(EXPRESS / "openapi.yaml", folder)

    def prepare(self, steps: Sequence[Block]) -> None:
        """Write all files, and run each command that is no run on the target."""
        for block in steps:
            if block.name:
                self.write(block)
            elif block.language == "console" and "bothends verify" not in block.text:
                self.follow(block)

    def write(self, block: Block) -> None:
        """Write the file that a block is."""
        (self.folder / block.name).write_text(self._here(block.text), "utf-8")

    def follow(self, block: Block) -> None:
        """Run the commands of a block, and compare what they print."""
        commands, shown = _COMMAND.findall(block.text), _COMMAND.split(block.text)[2::2]
        for command, expected in zip(commands, shown, strict=True):
            _compare(str(block), expected, self.run(self._here(command)))

    def run(self, command: str) -> str:
        """Run a command; return what it prints."""
        program, *arguments = shlex.split(command)
        if program != "bothends":
            return subprocess.run([program, *arguments], cwd=self.folder, text=True, check=True, stdout=-1).stdout
        faster = FASTER if arguments[0] == "verify" else ()
        return bothends(self.folder, *arguments, *faster, env=KEYS, measured=False).stdout

    def _here(self, text: str) -> str:
        return text.replace(f":{self._named}", f":{self.port}")


@contextlib.contextmanager
def running(command: Sequence[str], more: Mapping[str, str] = {}) -> Iterator[str]:
    """Run a service as the page says, with more in its environment; return its port."""
    port = str(ports(1)[0])
    environment = {**os.environ, **ENVIRONMENT, **more, "PORT": port}
    service = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/", service)
        yield port
    finally:
        service.terminate()
        service.wait(LONGEST)


def section(name: str) -> list[Block]:
    """Return the blocks of a section of the page."""
    lines = (ROOT / PAGE).read_text("utf-8").splitlines()
    begins = lines.index(f"## {name}") + 1
    ends = next((number for number, line in enumerate(lines, 1) if number > begins and line.startswith("## ")), 10**6)
    return [block for block in blocks(PAGE) if begins < block.line < ends]


def _compare(where: str, expected: str, output: str) -> None:
    """Compare what was printed with what stands on the page: a line `...` is any number of lines, ` ...` any words."""
    text, position = masked(output), 0
    text = "".join(f"{line.strip()}\n" for line in text.splitlines())
    for part in re.split(r"^ *\.\.\.\n", expected, flags=re.MULTILINE):
        lines = (re.sub(r" +", " ", line).strip() for line in part.splitlines())
        pattern = "".join(re.escape(line).replace(re.escape("..."), ".*") + r"\n" for line in lines)
        found = re.compile(pattern).search(text, position)
        assert found, f"{where}\n{part}\nis not in\n{text[position:]}"
        position = found.end()
