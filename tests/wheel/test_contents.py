"""The wheel holds all that it needs: what a command prints in the repository, it prints from the wheel alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bothends.cases.families.registry import plain_families
from bothends.contract.openapi import EXTENSIONS
from bothends.laws import all_laws
from bothends.lint import RULES, load_rules
from tests.in_process import bothends
from tests.wheel.made import ROOT, build, pythons

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build(folder)) as wheel:
        wheel.extractall(folder / "unpacked")
    return folder / "unpacked"


def in_wheel(unpacked: Path, folder: Path, code: str) -> str:
    """Run code that finds bothends in the wheel; return what it prints."""
    first = f"import sys; sys.path.insert(0, {str(unpacked)!r}); import bothends; "
    first += f"assert bothends.__file__.startswith({str(unpacked)!r}), bothends.__file__\n"
    done = subprocess.run(
        [sys.executable, "-B", "-c", first + code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


def test_each_file_of_the_package_is_in_the_wheel(unpacked: Path) -> None:
    """Schemas, texts and pages too; and nothing that is not in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/bothends"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {name.removeprefix("src/") for name in listed.stdout.split() if (ROOT / name).is_file()}
    found = {os.path.relpath(path, unpacked) for path in (unpacked / "bothends").rglob("*") if path.is_file()}
    assert wanted | {"bothends/glossary.md"} == found


def test_it_explains_all_that_has_a_name(unpacked: Path, tmp_path: Path) -> None:
    """Laws, rules, families and extensions have the pages that they have here; so have the words."""
    load_rules()
    names = [*(law.name for law in all_laws()), *(rule.name for rule in RULES), *plain_families(), *EXTENSIONS]
    commands = [*(["explain", name] for name in names), ["words"], ["states", "--help"]]
    code = f"from bothends.cli.main import main\nfor command in {commands!r}:\n    assert main(command) == 0, command\n"
    here = "".join(bothends(tmp_path, *command, measured=False).stdout for command in commands)
    assert here == in_wheel(unpacked, tmp_path, code)


def test_it_says_what_it_needs(unpacked: Path) -> None:
    """The metadata names the Pythons, the programs and the extras; each Python that is tried is one of these."""
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    text = metadata.read_text("utf-8")
    assert "Requires-Python: >=3.11\n" in text
    assert all(f"Provides-Extra: {name}\n" in text for name in ("pytest", "notebook", "client"))
    (entries,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert "bothends = bothends.__main__:run" in entries.read_text("utf-8")
    assert all((3, 11) <= tuple(map(int, version.split(".")[:2])) for version in pythons())
