"""`x-state`, `x-consistency`, `x-pages` and what survives: what they say, and that no run passes them in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.contract.terms import Consistency, PageTerms, StateTerms
from bothends.engine.counts import Counts
from bothends.engine.evidence.histories import histories_not_proven, notes_on_histories
from bothends.engine.play import AFTER_A_KILL, KILLED, REACHED, RECORDED, SENT_AFTER
from tests.lint.contract import SETTINGS, SPEC

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

WHEN = "              x-when: true\n"
GET = "      operationId: getOrder\n"
DELIVERY = "identity: /id}"
KEY = "      parameters: [{name: Key, in: header, schema: {type: string}, x-idempotency: {survives: stop}}]\n"
PLACE = "      operationId: placeOrder\n"


def contract(folder: Path, *changes: tuple[str, str], target: str = "") -> Contract:
    """Return the contract of orders with some changes."""
    spec = SPEC
    for old, new in changes:
        assert old in spec
        spec = spec.replace(old, new, 1)
    (folder / "openapi.yaml").write_text(spec, encoding="utf-8")
    (folder / "bothends.toml").write_text(f"{SETTINGS}[target]\n{target}\n", encoding="utf-8")
    return load(folder / "bothends.toml")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("id: /id", StateTerms("/id")),
        ("id: /id, shows: ''", StateTerms("/id", shows={"": ""})),
        ("id: /id, shows: {/item: /item}, as: change", StateTerms("/id", shows={"/item": "/item"}, shown_as="change")),
        (
            "of: getOrder, id: /id, coalesces: true, version: /v, order: per-object, readable: true, ends: true",
            StateTerms("/id", "getOrder", coalesces=True, version="/v", order=True, readable=True, ends=True),
        ),
    ],
)
def test_an_event_says_which_state_it_shows(tmp_path: Path, said: str, read: StateTerms) -> None:
    """What is absent is not promised."""
    found = contract(tmp_path, (WHEN, f"{WHEN}              x-state: {{{said}}}\n"))
    assert read == found.events[0].state


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("strong", Consistency("strong")),
        ("own-writes", Consistency("own-writes")),
        ("{within_ms: 2000}", Consistency("within", 2000)),
    ],
)
def test_an_operation_says_how_old_a_read_may_be(tmp_path: Path, said: str, read: Consistency) -> None:
    """It is of the operation that reads."""
    found = contract(tmp_path, (GET, f"{GET}      x-consistency: {said}\n      x-pages: {{items: /tags}}\n"))
    assert (read, PageTerms("/tags")) == (found.operation("getOrder").consistency, found.operation("getOrder").pages)


def test_no_promise_is_passed_in_silence(tmp_path: Path) -> None:
    """What a law can judge and nothing plays is not proven; what no law judges is one line. Without either: nothing."""
    plain = contract(tmp_path)
    assert ([], []) == ([*histories_not_proven(Counts(), plain, whole=True)], [*notes_on_histories(plain)])
    full = contract(
        tmp_path,
        (WHEN, f"{WHEN}              x-state: {{id: /id}}\n"),
        (DELIVERY, "identity: /id, survives: kill}"),
        (GET, f"{GET}      x-consistency: strong\n      x-pages: {{items: /tags}}\n"),
        (PLACE, PLACE + KEY),
        target='keeps_state = "kill"',
    )
    assert ("kill", True) == (full.settings.target.keeps_state, full.settings.target.setup_once)
    assert [
        "x-state of orderPlaced",
        "x-delivery.survives of orderPlaced",
        "x-consistency of getOrder",
        "[target] keeps_state",
    ] == [each.what for each in histories_not_proven(Counts(), full, whole=True)]
    assert ["x-idempotency.survives of placeOrder", "x-pages of getOrder"] == [
        note.partition(" is ")[0] for note in notes_on_histories(full)
    ]


@pytest.mark.parametrize(
    ("survives", "operation", "seen", "why"),
    [
        ("kill", "placeOrder", (), "The target was not killed"),
        ("kill", "another", (REACHED, SENT_AFTER), "The target was killed at requests of other operations"),
        ("kill", "placeOrder", (REACHED,), "No event came after a kill that had not come before it"),
        ("kill", "placeOrder", (REACHED, SENT_AFTER), ""),
        ("all", "placeOrder", (REACHED, SENT_AFTER), "The target was not killed while a request was under way"),
        ("stop", "placeOrder", (REACHED, SENT_AFTER), "The target was not asked to stop"),
    ],
)
def test_an_event_outlives_a_kill_where_it_came_after_one(
    tmp_path: Path, survives: str, operation: str, seen: tuple[str, ...], why: str
) -> None:
    """A kill that came when all had been acknowledged shows nothing of what waits to be sent."""
    full = contract(tmp_path, (DELIVERY, f"identity: /id, survives: {survives}}}"))
    counts = Counts()
    for outcome in seen:
        counts.add(KILLED, operation, "after-answer", outcome)
        counts.add(RECORDED, "getOrder", AFTER_A_KILL)
    told = [each.why for each in histories_not_proven(counts, full, whole=True) if "survives" in each.what]
    assert ([why] if why else []) == [one[: len(why)] for one in told]
