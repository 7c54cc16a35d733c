"""Each scenario of the list is a case that can be run by its name, or says why it is none."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bothends.cases import START_AND_STOP
from bothends.cases.families.crowds import soak_cases
from bothends.cases.families.registry import plain_cases, plain_families
from bothends.contract import load
from bothends.engine.lifecycle import SCENARIOS
from tests.cases.bounded import BOUNDED
from tests.cases.orders import ORDERS, ORDERS_TOML
from tests.yaml_files import read_yaml

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
LAST = {
    "A": 33,
    "B": 14,
    "C": 18,
    "D": 16,
    "E": 24,
    "F": 34,
    "G": 6,
    "H": 24,
    "I": 10,
    "J": 34,
    "K": 8,
    "L": 14,
    "M": 14,
}
"""How many scenarios each letter has."""

_ROUTE = json.dumps(read_yaml(ROOT / "openapi.yaml"), default=str)
_AUTH_JS = """
spec = "spec.json"
[target]
url = "http://127.0.0.1:9999"
[world.session]
kind = "auth-js-v5"
cookie = "next-auth.session-token"
secret = "a secret"
[world.upstreams.settings]
method = "GET"
path = "/settings"
answer = "#/components/schemas/AppSettings"
[world.ingest]
kind = "inngest"
event_key = "k"
"""
OTHERS = {
    "orders": (json.dumps(ORDERS), ORDERS_TOML),
    "bounded": (json.dumps(BOUNDED), ORDERS_TOML),
    "auth-js": (_ROUTE, _AUTH_JS),
}
"""Other contracts than this repository's, by the name that `of` has: spec and settings."""

NAMED = re.compile(r"\b[a-z-]+/[a-z0-9-]+")
FILES = sorted(FOLDER.glob("*.toml"))
ENTRIES: dict[str, dict[str, Any]] = {
    number: entry for file in FILES for number, entry in tomllib.loads(file.read_text()).items()
}


@cache
def labels() -> frozenset[str]:
    """Return the names of this repository's contract's cases, the first of a deep run's, and all scenarios."""
    contract = load(ROOT / "bothends.toml")
    cases = (case.label for family in plain_families() for case in plain_cases(contract, family))
    soak = (case.label for case in soak_cases(contract, 10))
    return frozenset((*cases, *soak, *(f"{START_AND_STOP}/{scenario.name}" for scenario in SCENARIOS)))


@cache
def labels_of(contract: str) -> frozenset[str]:
    """Return the names of all cases of another contract of the tests'; empty: of this repository's."""
    if not contract:
        return labels()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec, settings = OTHERS[contract]
        (folder / "spec.json").write_text(spec)
        (folder / "bothends.toml").write_text(settings)
        other = load(folder / "bothends.toml")
        return frozenset(case.label for family in plain_families() for case in plain_cases(other, family))


def test_no_scenario_is_left_out() -> None:
    """Each letter has as many as it should."""
    assert {f"{letter}{n:02}" for letter, last in LAST.items() for n in range(1, last + 1)} == set(ENTRIES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_the_scenarios_of_its_letter(file: Path) -> None:
    """So that each is found where it is looked for, and none stands twice."""
    assert [] == [number for number in tomllib.loads(file.read_text()) if number[0] != file.stem]


def test_a_scenario_is_a_case_or_says_why_not() -> None:
    """It tells what it is about, and names cases that there are, or gives its reason."""
    for number, told in ENTRIES.items():
        entry = dict(told)
        assert entry.pop("about", "").strip(), number
        why_not = entry.pop("why_not", "")
        family = entry.pop("family", "")
        known = labels_of(entry.pop("of", ""))
        named = [f"{family}/{name}" if family else name for name in entry.pop("cases", [])]
        assert bool(named) != bool(why_not.strip()), number
        # A reason may say which case is about something near.
        named += [name for name in NAMED.findall(why_not) if name.partition("/")[0] in plain_families()]
        assert [] == [name for name in named if name not in known], number
        assert {} == entry, number
