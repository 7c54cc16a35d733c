"""Which operation is asked while a target starts and stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bothends.contract import Operation, load
from bothends.contract.terms import Security
from bothends.engine.lifecycle.probe import Probe, fit_for, probes, telling

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def whole() -> Probe:
    """Return an operation that asks for a session, calls an upstream and sends an event."""
    (known,) = probes(load(ROOT / "bothends.toml").operations)
    return known


def like(probe: Probe, name: str, **changes: object) -> Probe:
    """Return another operation, which differs in something."""
    operation: Operation = replace(probe.operation, id=name, **changes)  # type: ignore[arg-type]  # of any kind
    return replace(probe, operation=operation)


@pytest.fixture(scope="module")
def known(whole: Probe) -> dict[str, Probe]:
    """Return several operations by their names, those that show the least first."""
    silent = like(whole, "silent", events=(), security=Security())
    public = like(whole, "public", security=Security())
    asking = like(whole, "asking", events=())
    answers = tuple(answer for answer in whole.operation.answers if not answer.family_rules)
    alone = like(whole, "alone", answers=answers)
    return {one.operation.id: one for one in (silent, asking, public, alone, whole)}


@pytest.mark.parametrize(
    ("names", "without", "expected"),
    [
        ("silent asking public alone postRoute", "", "postRoute"),
        ("silent asking alone public", "", "public"),
        ("silent asking alone", "", "alone"),
        ("silent", "", "silent"),
        ("silent asking", "world.event_key", None),
        ("silent asking public", "world.event_key", "public"),
        ("silent public", "world.session_secret", None),
        ("silent public asking", "world.session_secret", "asking"),
    ],
)
def test_the_operation_that_shows_the_most_is_asked(
    known: dict[str, Probe], names: str, without: str, expected: str | None
) -> None:
    """One that sends an event, calls an upstream, asks for a session; none where none needs what is left out."""
    found = telling([known[name] for name in names.split()], without)
    assert expected == (found and found.operation.id)


def test_an_operation_of_which_no_request_is_known_is_not_asked() -> None:
    """Each has a request that it must accept, in the contract's order."""
    operations = load(ROOT / "tests" / "correct_targets" / "orders" / "bothends.toml").operations
    assert ["getShop", "placeOrder", "cancelOrder"] == [one.operation.id for one in probes(operations)]


def test_who_may_come_too_early_asks_for_no_object() -> None:
    """Nobody can make one for it yet: an operation without ids is asked, where there is one."""
    known = probes(load(ROOT / "tests" / "correct_targets" / "orders" / "bothends.toml").operations)
    needing = [one for one in known if one.operation.id_places]
    assert needing
    free = fit_for(known, between_attempts=False, early=True)
    assert [one for one in known if one not in needing] == free
    assert [] == fit_for(needing, between_attempts=False, early=True)
    assert [] == fit_for(known, between_attempts=False, early=False)
