"""The list of slow tests: what is in it is there, and what is measured anew takes the place of what was known."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import slow
from tests.conftest import _spread

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (`.*`) \| `make quick PART=(.*)` \| \d+ \|$", re.MULTILINE)
"""A row of the table in CONTRIBUTING.md: parts of bothends, and the folders of their tests."""


def test_the_list_is_not_of_another_time() -> None:
    """Nine of ten are there: one that is renamed counts as quick until `pytest --note-slow` writes the list anew."""
    missing = []
    for one in sorted(slow.known()):
        module, _, name = one.partition("::")
        file = ROOT / module
        tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.parse("")
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(one)
    assert len(missing) <= len(slow.known()) // 10, missing


def test_a_function_is_slow_by_its_slowest_case() -> None:
    """What was measured of a module is all that is known of it; of others, what was known before."""
    module = "tests/test_slow.py"
    seconds = {f"{module}::test_one[a]": 0.1, f"{module}::test_one[b]": slow.SECONDS * 2, f"{module}::test_two": 0.1}
    lines = slow.noted(seconds).splitlines()
    assert [f"{module} test_one"] == [line for line in lines if line.startswith(module)]
    assert slow.text(slow.known()).splitlines() == [line for line in lines if not line.startswith(module)]


def _test(module: str, name: str, where: str = "", scope: str = "function") -> Any:
    """Return a test that uses a fixture, as pytest tells of it."""
    fixture = SimpleNamespace(scope=scope, baseid=where)
    info = SimpleNamespace(name2fixturedefs={"made": [fixture]} if where else {})
    return SimpleNamespace(path=Path(module), nodeid=f"{module}::{name}", _fixtureinfo=info)


@pytest.mark.parametrize(("scope", "workers"), [("function", 3), ("module", 1), ("session", 1)])
def test_what_slow_tests_share_is_made_by_one_worker(scope: str, workers: int) -> None:
    """The tests of a slow module that share it are one worker's, in a row, its quick ones too; each is run once."""
    one, two = "tests/a/test_one.py", "tests/a/test_two.py"
    sharing = [_test(one, f"test_slow[{number}]", "tests/a", scope) for number in range(6)]
    sharing += [_test(one, "test_quick", "tests/a", scope)]
    apart = [_test(two, f"test_slow[{number}]") for number in range(9)]
    quick = [_test("tests/test_b.py", f"test_{number}") for number in range(14)]
    items = [*sharing, *quick, *apart]
    found = _spread(items, 3, {f"{one}::test_slow", f"{two}::test_slow"})
    assert sorted(item.nodeid for item in items) == sorted(item.nodeid for item in found)
    places = [at for at, item in enumerate(found) if item.path == Path(one)]
    assert workers == len({at * 3 // len(items) for at in places})
    assert (workers == 1) == (places[-1] - places[0] == len(places) - 1)


def test_the_list_is_written_as_it_is_read() -> None:
    """A module has one line, and all is in order."""
    assert slow.FILE.read_text("utf-8") == slow.text(slow.known())


def test_who_changes_a_part_knows_what_to_run() -> None:
    """CONTRIBUTING.md has each part once, and the folders of tests that it names are there."""
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    parts = sorted(part for named, _ in rows for part in named.replace("`", "").split(", "))
    files = (ROOT / "src" / "bothends").iterdir()
    own = {one.stem for one in files if one.suffix in {"", ".py"} and not one.name.startswith("_")}
    assert sorted(own) == parts
    folders = [folder for _, named in rows for folder in named.strip('"').split()]
    assert [] == [folder for folder in folders if not (ROOT / "tests" / folder).is_dir()]
