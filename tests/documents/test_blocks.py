"""Each block of code in the README and in `docs` is run, or read, as a reader would, page by page in a clone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bothends.contract import load
from tests.busy import MOST_RUNS, SAID, until_shown
from tests.documents.blocks import LANGUAGES, Block, blocks, pages
from tests.documents.clone import MODULE, SCRIPT, Clone, clone, masked
from tests.documents.shell_lines import shell_lines
from tests.made_once import made_once

_QUICK = 'ARGS="--profile quick --seed 1"'
_FEW = 'ARGS="--profile quick --seed 1 --max-examples 8"'
_ANY = re.compile(r"^ ?\.\.\.\n", re.MULTILINE)
_OF_A_MATRIX = ("${{ matrix.", "$CI_NODE_INDEX")
"""Jobs of which there are several: tests/shards/test_recipes.py runs them."""


@pytest.fixture
def folder(tmp_path: Path) -> Clone:
    """Return a clone."""
    return clone(tmp_path)


def is_run(page: str) -> bool:
    """Whether a page has a block that needs a clone."""
    return any(block.language in {"console", "python", "sh"} or block.name for block in blocks(page))


@pytest.mark.parametrize("page", [page for page in pages() if is_run(page)])
def test_what_a_page_shows_is_what_happens(page: str, folder: Clone, shared: Path) -> None:
    """Its files are written, its commands run and its code too, in the order in which they stand."""
    for block in blocks(page):
        _try(block, folder, shared)


def test_each_block_says_what_it_is() -> None:
    """A block has a language that is run or read here; `text` is all that can't be."""
    all_blocks = [block for page in pages() for block in blocks(page)]
    assert [] == [str(block) for block in all_blocks if block.language not in LANGUAGES]


def test_data_can_be_read() -> None:
    """TOML, YAML and JSON are what they claim to be."""
    readers: dict[str, Any] = {"toml": tomllib.loads, "yaml": yaml.safe_load, "json": json.loads}
    for block in (block for page in pages() for block in blocks(page)):
        if block.language in readers:
            assert readers[block.language](block.text), str(block)


def _try(block: Block, folder: Clone, shared: Path) -> None:
    """Do what a reader does with a block."""
    if block.name:
        folder.write(block.name, block.text)
    match block.language:
        case "console":
            _compare(block, folder, shared)
        case "sh":
            done = _done(_shorter(block.text), folder)
            assert done.returncode == 0, f"{block}\n{done.stdout}"
        case "python" if not block.name:
            folder.write("block.py", block.text)
            done = folder.run(f"{SCRIPT} block.py 2>&1 >/dev/null")
            assert (done.returncode, done.stdout) == (0, ""), str(block)
        case "yaml" if not any(variable in block.text for variable in _OF_A_MATRIX):
            for line in shell_lines(yaml.safe_load(block.text)):
                done = _done(_shorter(line), folder, "bash -e")
                assert done.returncode == 0, f"{block}\n{line}\n{done.stdout}"
        case "toml" if tomllib.loads(block.text).get("plugins"):
            # What a plugin registers would stay in this process.
            code = f"from pathlib import Path; from bothends.contract import load; load(Path('{block.name}'))"
            done = subprocess.run([sys.executable, "-c", code], cwd=folder.folder, text=True, check=False)
            assert done.returncode == 0, str(block)
        case "toml" if tomllib.loads(block.text).get("spec"):
            assert load(folder.folder / (block.name or _settings(block, folder))).operations
        case _:
            pass


def _done(script: str, folder: Clone, shell: str = "sh -e") -> subprocess.CompletedProcess[str]:
    """Run a script; again where a run in it has not shown all, as this machine was busy."""
    return until_shown(lambda: folder.run(script, shell), lambda done: (done.returncode, done.stdout))


def _shorter(script: str) -> str:
    """Return a script whose quick runs are of one case, and which generates little: more is looked at elsewhere."""
    script = script.replace("--profile quick", "--only success/usual")
    script = script.replace("make verify", f"make verify PY={MODULE}")
    script = script.replace("--bothends-profile quick", "--bothends-profile quick --bothends-max-examples 2")
    return re.sub(r"(st run \S+) -n \d+", r"\1 -n 1", script)


def _whole_run(shared: Path) -> tuple[str, str]:
    """Return what one quick run prints, with few generated cases, and its code; it stands for all whole runs."""

    def make(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as place:
            answers = clone(Path(place)).answers([f"make verify PY={MODULE} {_FEW}", "echo $?"])
        (folder / "answers.json").write_text(json.dumps(answers))

    output, code = json.loads((made_once(shared, "whole-run", make) / "answers.json").read_text())
    return output, code


def _answers(commands: list[str], folder: Clone, shared: Path) -> list[str]:
    """Return what commands print."""
    if commands[0] in {"make verify", f"make verify {_QUICK}"}:
        output, code = _whole_run(shared)
        return [output, *folder.answers([f"(exit {code})", *commands[1:]])[1:]]
    # What reads its own arguments alone needs no interpreter of its own.
    return folder.answers([re.sub(r"^python (?=\w+\.py\b)", f"{SCRIPT} ", each) for each in commands])


def _settings(block: Block, folder: Clone) -> str:
    """Write settings that a page shows and does not name."""
    folder.write("shown.toml", block.text)
    return "shown.toml"


def _compare(block: Block, folder: Clone, shared: Path) -> None:
    """Compare what each command prints with what stands below it.

    A line `...` is any number of lines, and at the end of a line it is the rest of it.
    """
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", block.text, flags=re.MULTILINE)[1:]
    commands, expected = parts[::2], parts[1::2]
    answers = _answers(commands, folder, shared)
    for _ in range(MOST_RUNS - 1):
        if not any(said in " ".join(output.split()) for output in answers for said in SAID):
            break
        answers = _answers(commands, folder, shared)
    for command, output, shown in zip(commands, answers, expected, strict=True):
        position, text = 0, masked(output)
        for part in _ANY.split(masked(shown)):
            found = re.compile("".join(map(_pattern, part.splitlines()))).search(text, position)
            assert found, f"{block}: {command}\n{part}\nis not in\n{text[position:]}"
            position = found.end()
        assert not text[position:].strip() or shown.endswith("...\n"), f"{block}: {command}\n{text[position:]}"


def _pattern(line: str) -> str:
    """Return the pattern of a line that a page shows."""
    start = line.removesuffix(" ...")
    return re.escape(start) + (r"\n" if start == line else r".*\n")
