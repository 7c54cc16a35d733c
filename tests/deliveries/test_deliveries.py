"""What `x-delivery` and `x-when` promise, each with a right target and wrong ones, in real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.deliveries.project import IDENTITIES, Orders

if TYPE_CHECKING:
    from pathlib import Path

LONG = pytest.mark.long
SOON = {"retry_within_ms": 1500}
ONCE, UNTIL = {"attempts": "once"}, {"attempts": "until-acknowledged", **SOON}
TRIES = {"attempts": {"tries": 4, "within_ms": 4000}, **SOON}
GUARANTEES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "once": (ONCE, {"ATTEMPTS": "once"}),
    "until": (UNTIL, {"ATTEMPTS": "until"}),
    "tries": (TRIES, {"ATTEMPTS": "4"}),
}
LOST = {
    "unreachable": "unreachable",
    "resets": "resets",
    "answers-500": "answers-500",
    "fails-slowly": "slow",
    "asks-to-wait": "asks-to-wait",
}
"""What a target that gives up makes of each fault in which an event is lost."""
AGAIN = {**LOST, "acknowledges-slowly": "slow", "gone": "gone"}
del AGAIN["unreachable"]  # nobody sees the attempts at what can't be reached


@pytest.mark.parametrize(("guarantee", "identity"), [("until", "header"), ("once", "none")])
def test_a_right_target_is_proven(tmp_path: Path, guarantee: str, identity: str) -> None:
    """A guarantee holds in each state of the receiver."""
    is_proven(tmp_path, guarantee, identity, 1)


@pytest.mark.each_seed
@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_a_right_target_is_proven_with_each_seed(tmp_path: Path, guarantee: str, identity: str, seed: int) -> None:
    """Each guarantee holds, whatever identifies an event."""
    is_proven(tmp_path, guarantee, identity, seed)


def is_proven(tmp_path: Path, guarantee: str, identity: str, seed: int) -> None:
    """Assert that a target which keeps a guarantee has no finding."""
    delivery, env = GUARANTEES[guarantee]
    orders = Orders(tmp_path, delivery, identity=identity, env=env)
    report = orders.verified("redelivery", seed=seed)
    assert (set(), set()) == (report.laws, report.warnings), report.text


@pytest.mark.parametrize("fault", ["answers-500", "unreachable"])
@pytest.mark.parametrize("after", [-1, 0, 3], ids=["before", "around", "3 s after"])
@pytest.mark.each_seed
def test_when_the_event_comes(tmp_path: Path, after: int, fault: str, seed: int) -> None:
    """An event before, around or after the answer is attempted again as one that is none of it."""
    orders = Orders(tmp_path, UNTIL, env={"ATTEMPTS": "until", "AFTER": str(after)})
    report = orders.verified(f"redelivery/hooks-{fault}", seed=seed)
    assert set() == report.laws, report.text


def test_a_fault_waits_for_the_event_that_is_owed(tmp_path: Path) -> None:
    """A target that sends its events apart is in time, and each fault of the receiver is met though all were quick."""
    orders = Orders(tmp_path, {**UNTIL, "within_ms": 2000}, env={"ATTEMPTS": "until", "APART": "1.5"})
    report = orders.verified("redelivery/hooks-answers-500")
    assert (set(), []) == (report.laws, report.unmet), report.text


@pytest.mark.parametrize("after", [-1, 0, 3], ids=["before", "around", "3 s after"])
@pytest.mark.long
def test_when_a_lost_event_should_have_come(tmp_path: Path, after: int) -> None:
    """The same, of a target that gives up."""
    orders = Orders(tmp_path, UNTIL, env={"ATTEMPTS": "until", "AFTER": str(after)})
    report = orders.verified("redelivery/hooks-answers-500", bug="gives-up")
    assert {"attempted-again"} == report.laws, report.text


def rows() -> list[Any]:
    """Return what is wrong: a guarantee, a fault, a bug, and the law that names it."""
    found = [("once", fault, f"again:{why}", "attempted-once") for fault, why in AGAIN.items()]
    found += [("once", "acknowledges-and-resets", "always-twice", "attempted-once")]
    for guarantee in ("until", "tries"):
        # How many of a number of tries have found nobody, nobody knows.
        lost = {fault: why for fault, why in LOST.items() if (guarantee, fault) != ("tries", "unreachable")}
        found += [(guarantee, fault, f"gives-up:{why}", "attempted-again") for fault, why in lost.items()]
        found += [(guarantee, "acknowledges-slowly", "new-identity", "one-event")]
        found += [(guarantee, "answers-500", "new-identity", "same-identity")]
        found += [(guarantee, "gone", "no-identity", "same-identity")]
        found += [(guarantee, "acknowledges-and-resets", "no-identity", "same-identity")]
    found += [("until", "answers-500", "late-retry", "attempted-again")]
    quick = {("until", "answers-500", "gives-up:answers-500"), ("once", "resets", "again:resets")}
    quick |= {("tries", "answers-500", "new-identity")}
    return [pytest.param(*row, id=" ".join(row[:3]), marks=() if row[:3] in quick else LONG) for row in found]


@pytest.mark.parametrize(("guarantee", "fault", "bug", "law"), rows())
def test_a_wrong_target_is_named(tmp_path: Path, guarantee: str, fault: str, bug: str, law: str) -> None:
    """What breaks a guarantee is an error of the law that names it."""
    delivery, env = GUARANTEES[guarantee]
    report = Orders(tmp_path, delivery, env=env).verified(f"redelivery/hooks-{fault}", bug=bug)
    assert law in report.laws, report.text


@pytest.mark.parametrize("identity", ["body", "none"])
@pytest.mark.long
def test_a_second_attempt_without_a_header(tmp_path: Path, identity: str) -> None:
    """By a pointer, or byte for byte, a second attempt is one of the same event."""
    orders = Orders(tmp_path, ONCE, identity=identity, env={"ATTEMPTS": "once"})
    report = orders.verified("redelivery/hooks-answers-500", bug="again:answers-500")
    assert {"attempted-once"} == report.laws, report.text


@pytest.mark.parametrize(
    ("guarantee", "bug", "law"),
    [
        pytest.param("once", "always-twice", "attempted-once"),
        pytest.param("until", "never", "event-for-success", marks=LONG),
        pytest.param("until", "one-identity", "same-identity", marks=LONG),
        pytest.param("tries", "no-identity", "same-identity", marks=LONG),
    ],
)
def test_a_wrong_target_whose_receiver_is_well(tmp_path: Path, guarantee: str, bug: str, law: str) -> None:
    """What needs no fault to show is shown without one."""
    delivery, env = GUARANTEES[guarantee]
    report = Orders(tmp_path, delivery, env=env).verified("success", bug=bug)
    assert law in report.laws, report.text


@pytest.mark.long
def test_an_attempt_before_its_time(tmp_path: Path) -> None:
    """A target that does not wait as it is asked to gets a warning, and no error."""
    orders = Orders(tmp_path, UNTIL, env={"ATTEMPTS": "until"})
    report = orders.verified("redelivery/hooks-asks-to-wait", bug="impatient")
    assert (set(), {"waits-as-asked"}) == (report.laws, report.warnings), report.text
    [finding] = report.value["findings"]
    fault = "the hooks answers 429 and asks to wait 1 s"
    assert (f"no attempt for 1 s (Retry-After), as {fault}", [fault]) == (finding["expected"], finding["given"])


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("late", {"first-attempt-in-time"})])
@pytest.mark.long
def test_how_soon_the_first_attempt_comes(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """`within_ms` is counted from the end of the answer."""
    orders = Orders(tmp_path, {"within_ms": 500}, env={"AFTER": "3" if bug else "0.1"})
    assert laws == orders.verified("success").laws


def test_nothing_said_of_how_soon(tmp_path: Path) -> None:
    """Without `retry_within_ms`, what is not attempted again is not proven, with the time that was waited."""
    orders = Orders(tmp_path, {"attempts": "until-acknowledged"}, env={"ATTEMPTS": "until"})
    report = orders.verified("redelivery/hooks-answers-500", bug="gives-up")
    assert set() == report.laws
    assert "1 of its events was not attempted again in the 5." in report.not_proven


def test_nothing_said_of_attempts(tmp_path: Path) -> None:
    """Where nothing is promised, nothing is demanded, and what was seen is told once."""
    report = Orders(tmp_path, None, identity="none").verified("upstream-unreachable")
    assert set() == report.laws
    (note,) = report.value["notes"]
    assert note.startswith("1 of 1 event of the callback ordered was lost with 201 while its ingest failed"), note
    assert note.endswith("(add x-delivery: at-least-once, or at-most-once)")


@pytest.mark.parametrize(
    ("bug", "laws"),
    [
        pytest.param("", set()),
        pytest.param("never", {"event-for-success"}, marks=LONG),
        pytest.param("one-more", {"one-event"}, marks=LONG),
        pytest.param("new-identity", {"same-identity"}, marks=LONG),
        pytest.param("gives-up", {"attempted-again"}, marks=LONG),
    ],
)
def test_a_root_webhook(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """What an operation sends as a root webhook is judged as its callback."""
    orders = Orders(tmp_path, UNTIL, own=False, webhook=True, env={"ATTEMPTS": "until"})
    report = orders.verified("redelivery/hooks-answers-500", bug=bug)
    assert laws == report.laws, report.text


LIST = {"items": {"type": "array", "items": {"type": "string"}, "maxItems": 4}}
NOTIFY = {"item": {"type": "string", "minLength": 1}, "notify": {"type": "boolean"}}
ASKED = {"body": {"required": ["notify"], "properties": {"notify": {"const": True}}}}
BY_LIST = {"when": {"count": "/items"}, "request": LIST, "example": {"items": ["a", "b", "c"]}}
BY_CONDITION = {"when": ASKED, "request": NOTIFY, "example": {"item": "a lamp", "notify": True}}


@pytest.mark.parametrize(
    ("contract", "bug", "laws"),
    [
        pytest.param(BY_LIST, "", set(), id="list"),
        pytest.param(BY_LIST, "first-only", {"event-for-success"}, id="list too few"),
        pytest.param(BY_LIST, "one-more", {"one-event", "no-event-without-success"}, id="list too many", marks=LONG),
        pytest.param(BY_LIST, "never-none", {"one-event", "no-event-without-success"}, id="list none", marks=LONG),
        pytest.param(BY_CONDITION, "", set(), id="condition", marks=LONG),
        pytest.param(BY_CONDITION, "always", {"no-event-without-success"}, id="condition none", marks=LONG),
        pytest.param(BY_CONDITION, "not-if-asked", {"event-for-success"}, id="condition one", marks=LONG),
    ],
)
def test_how_many_events_come(tmp_path: Path, contract: dict[str, Any], bug: str, laws: set[str]) -> None:
    """None, one or several, by a condition or by a list of the request."""
    orders = Orders(tmp_path, {"answer": "any"}, **contract)
    report = orders.verified("success", bug=bug)
    assert laws == report.laws, report.text


@pytest.mark.each_seed
@pytest.mark.parametrize("contract", [BY_LIST, BY_CONDITION], ids=["list", "condition"])
def test_as_many_events_come_as_are_owed(tmp_path: Path, contract: dict[str, Any], seed: int) -> None:
    """Whatever the values of a valid request are."""
    report = Orders(tmp_path, {"answer": "any"}, **contract).verified("success", seed=seed)
    assert set() == report.laws, report.text
