"""What the README shows is what happens: its commands are run, its code too, its settings are read."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def run(command: str) -> str:
    """Run a command as a reader would, with the environment's programs on the path; return what it prints."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        shlex.split(command), cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stderr == ""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", done.stdout)


# One after the other, in one test: the second replays what the first has found.
def test_commands_print_what_the_readme_shows() -> None:
    """Each command's output has the lines that stand below it, in their order; `...` is any number of lines."""
    shown = blocks("console")
    assert len(shown) >= 3
    for block in shown:
        command, _, expected = block.partition("\n")
        # How wide a column is depends on rows that are not shown.
        output = re.sub(" +", " ", run(command.removeprefix("$ ")))
        position = 0
        for part in re.sub(" +", " ", expected).split("...\n"):
            found = output.find(part, position)
            assert found >= 0, f"{command}\n{part}\nis not in\n{output[position:]}"
            position = found + len(part)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks_run(code: str) -> None:
    """The code of the README runs from the top of the repository, and its asserts hold."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_are_those_that_bothends_reads(tmp_path: Path) -> None:
    """The settings that the README shows load with the repository's spec."""
    from bothends.contract import load  # noqa: PLC0415 -- only this test needs it

    (text,) = blocks("toml")
    assert set(tomllib.loads(text)) == {"spec", "target", "world"}
    (tmp_path / "openapi.yaml").write_bytes((ROOT / "openapi.yaml").read_bytes())
    (tmp_path / "bothends.toml").write_text(text, encoding="utf-8")
    assert [operation.id for operation in load(tmp_path / "bothends.toml").operations] == ["postRoute"]


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_blocks_are_yaml(text: str) -> None:
    """What is shown as YAML can be read as such."""
    assert yaml.safe_load(text)
