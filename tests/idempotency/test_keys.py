"""Real servers that keep keys right, and that break just that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.idempotency.conftest import QUOTED

if TYPE_CHECKING:
    from tests.idempotency.conftest import Folder

# Each fault, and the law that names it.
FAULTS = {
    "ignored": "one-event-per-key",
    "races": "one-event-per-key",
    "event-again": "one-event-per-key",
    "other-body": "one-event-per-key",
    "another-answer": "first-answer-again",
    "another-status": "first-answer-again",
    "duplicate": "first-answer-again",
    "forgets-errors": "first-answer-again",
    "other-conflict": "key-refusals",
    "other-in-flight": "key-refusals",
    "lower-case": "another-key",
    "cut": "another-key",
    "end-cut": "another-key",
    "any-caller": "key-of-its-caller",
}
IN_CI = ("ignored", "races", "another-answer", "any-caller")


def test_a_right_server_keeps_its_keys(folder: Folder) -> None:
    """Each request of the family gets what the contract promises."""
    told = folder.verify(only="idempotency")
    assert ("proven", [], {}) == (told.verdict, told.broken, told.not_proven)


@pytest.mark.parametrize("fault", [pytest.param(one, marks=() if one in IN_CI else pytest.mark.long) for one in FAULTS])
def test_a_fault_is_named_by_its_law(folder: Folder, fault: str) -> None:
    """One finding stands by itself, and all others follow from it."""
    told = folder.verify(fault, only="idempotency")
    assert ("broken", [FAULTS[fault]]) == (told.verdict, told.first)


ANEW = {"conflict": 409, "in_flight": 423, "errors": "anew", "refusals": "anew"}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("", set()),
        ("keeps-errors", {"after an error: 502"}),
        ("stays-under-way", {"after an error: 423"}),
        ("keeps-refusals", {"after a refusal: 422"}),
    ],
)
def test_a_key_is_free_again_after_what_was_not_executed(folder: Folder, fault: str, cause: set[str]) -> None:
    """Where the contract promises it: the same request with another key succeeds, so its own is the reason."""
    told = folder.verify(fault, promised=ANEW, only="idempotency")
    errors = {(one["law"], one["cause"]) for one in told.report["findings"] if one["severity"] == "error"}
    assert {("key-free-again", one) for one in cause} == errors
    assert ("broken" if fault else "proven") == told.verdict, told.not_proven


def test_what_has_failed_may_have_left_something(folder: Folder) -> None:
    """The request is refused with any key then: its key is not the reason, and what was promised is not proven."""
    told = folder.verify(promised=ANEW, only="idempotency/anew-after-an-error*", RESERVES="yes")
    assert "key-free-again" not in told.broken


@pytest.mark.each_seed
@pytest.mark.parametrize(
    "about",
    [
        {},
        {"callers": {}},
        {"promised": True, "key": QUOTED},
        {"promised": True, "COMPOSITE": "yes"},
        {"promised": {"conflict": 409}},
        {"promised": ANEW},
    ],
    ids=["all promised", "no sign-in", "quoted", "key and body together", "conflict alone", "free again"],
)
def test_a_right_server_is_proven(folder: Folder, about: dict[str, Any], seed: int) -> None:
    """A whole run: no other case uses a key twice, and what is not promised is not demanded."""
    told = folder.verify(seed=seed, **about)
    lacking = {"answer 423"} if about.get("promised") == {"conflict": 409} else set()
    assert [] == told.broken
    assert lacking == set(told.not_proven)
    assert ("not-proven" if lacking else "proven") == told.verdict


@pytest.mark.long
@pytest.mark.parametrize(
    ("about", "what", "why"),
    [
        ({"callers": {"Bearer of-alice-81d2": "alice"}}, "x-idempotency of placeOrder: callers", "Fewer than two"),
        ({"fault": "waits"}, "x-idempotency of placeOrder: in_flight", "waited for it"),
    ],
)
def test_what_was_not_looked_at_is_not_proven(folder: Folder, about: dict[str, Any], what: str, why: str) -> None:
    """A whole run says which promise no request has shown."""
    told = folder.verify(**about)
    assert ("not-proven", []) == (told.verdict, told.broken)
    assert why in told.not_proven[what]


def test_what_a_report_shows_of_a_key(folder: Folder) -> None:
    """The answers of all its requests are there; no command for a shell can send them."""
    told = folder.verify("ignored", only="idempotency/sent-again")
    (finding,) = told.report["findings"]
    answers = [finding["exchange"]["answer"], *finding["exchange"]["again"]]
    assert [201, 201] == [answer["status"] for answer in answers]
    assert finding["request"]["curl"] is None
