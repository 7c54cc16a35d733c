"""Which tests take longest: workers run them among quick ones, and `make quick` leaves them out.

`slow.txt` names them, one a line: a module, and functions of it. `pytest --note-slow` writes it anew for the modules
that it runs. A test that is not in it yet counts as quick: that costs time, and changes nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE = Path(__file__).with_name("slow.txt")
SECONDS = 1.0
"""A test that takes more than this, on a machine that does nothing else, is slow."""


def function(name: str) -> str:
    """Return which function a test is a case of, by its node ID."""
    return name.partition("[")[0]


def known() -> frozenset[str]:
    """Return the functions that are slow."""
    lines = [line.split() for line in FILE.read_text("utf-8").splitlines()]
    return frozenset(f"{module}::{name}" for module, *names in lines for name in names)


def noted(seconds: Mapping[str, float]) -> str:
    """Return what the file is to say.

    Args:
        seconds: By node ID, how long each test has taken.
    """
    modules = {name.partition("::")[0] for name in seconds}
    others = {one for one in known() if one.partition("::")[0] not in modules}
    return text(others | {function(name) for name, taken in seconds.items() if taken > SECONDS})


def text(functions: Iterable[str]) -> str:
    """Return the file for some functions."""
    by_module: defaultdict[str, list[str]] = defaultdict(list)
    for one in sorted(functions):
        module, _, name = one.partition("::")
        by_module[module].append(name)
    return "".join(f"{module} {' '.join(names)}\n" for module, names in by_module.items())
