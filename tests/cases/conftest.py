"""Contracts that the cases are made for: this repository's, and ones that are nothing like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bothends.world  # noqa: F401 -- states are there once it has been imported, and cases are made of them
from bothends.cases import plan
from bothends.contract import load
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract
    from bothends.records import Case

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return this repository's contract."""
    return load(ROOT / "bothends.toml")


@pytest.fixture
def make_contract(tmp_path: Path) -> Callable[..., Contract]:
    """Return what loads a contract from a spec and settings."""

    def make(spec: dict[str, Any], settings: str = 'spec = "spec.json"\n') -> Contract:
        (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        (tmp_path / "bothends.toml").write_text(settings, encoding="utf-8")
        return load(tmp_path / "bothends.toml")

    return make


@pytest.fixture
def orders(make_contract: Callable[..., Contract]) -> Contract:
    """Return a contract of two operations, with parameters, no session, and bodies without examples."""
    return make_contract(ORDERS, ORDERS_TOML)


@pytest.fixture(scope="session")
def generated(contract: Contract, made_cases: Path) -> list[Case]:
    """Return the generated cases of this repository's contract, 200 of them fuzzed."""
    cases = plan(contract, seed=1, max_examples=200, cache_folder=made_cases)
    return [case for case in cases if case.origin is not None]
