"""The committed pacts are what the consumers' tests make: byte for byte, and nothing is left over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.consumers.folder import COMMITTED, FOLDER_VARIABLE, ROOT, normal_form
from tests.waiting import LONGEST

HERE = Path(__file__).parent
CONSUMERS = sorted(path for path in HERE.glob("test_*.py") if path != Path(__file__))
PACTS = ("route-ingest.json", "route-settings.json", "web-route.json", "worker-route.json")
UPDATE = "UPDATE_PACTS"
ADVICE = (
    f"the tests make another pact than the one that is committed; if that is meant: {UPDATE}=1 pytest tests/consumers"
)


def make(folder: Path) -> None:
    """Run the consumers' tests so that they write their pacts into a folder.

    A process of its own, on one core: the tests add to the same files, and must not be spread over workers.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *map(str, CONSUMERS)],
        cwd=ROOT,
        env=environment | {FOLDER_VARIABLE: str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pacts that the tests make, by file name; with UPDATE_PACTS=1 they are committed at once."""
    folder = tmp_path_factory.mktemp("pacts")
    make(folder)
    pacts = {file.name: normal_form(file) for file in sorted(folder.iterdir())}
    if os.environ.get(UPDATE) == "1":
        COMMITTED.mkdir(parents=True, exist_ok=True)
        for name, text in pacts.items():
            (COMMITTED / name).write_text(text, encoding="utf-8", newline="\n")
    return pacts


def test_each_pact_is_made(made: dict[str, str]) -> None:
    """All pacts that stand in the contracts' README are made, and no other."""
    assert PACTS == tuple(made)
    readme = (COMMITTED.parent / "README.md").read_text(encoding="utf-8")
    assert set() == {name for name in PACTS if f"`pacts/{name}`" not in readme}


@pytest.mark.parametrize("name", PACTS)
def test_committed_pact_is_what_the_tests_make(made: dict[str, str], name: str) -> None:
    """Neither the pact nor the tests that make it have been changed alone."""
    assert made[name] == (COMMITTED / name).read_bytes().decode(), ADVICE


@pytest.mark.parametrize("name", PACTS)
def test_committed_form_is_stable(name: str) -> None:
    """Nothing in a committed pact depends on the order of tests or on the libraries that wrote it."""
    assert normal_form(COMMITTED / name) == (COMMITTED / name).read_bytes().decode()
