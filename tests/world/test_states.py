"""State sentences."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.errors import ContractError, HarnessError
from bothends.world import all_states, parse_state, parse_states
from bothends.world.faults import Fault
from bothends.world.registry import Registry
from bothends.world.sentence import Pattern

UPSTREAMS = ("settings", "flags-2", "ingest")
EXAMPLES = {
    "upstream": "flags-2",
    "status": "503",
    "user": '{"name": "the ingest hangs"}',
    "ms": "5",
    "json": '{"name": "the ingest hangs"}',
    "seconds": "3600",
    "levels": "100",
    "count": "2",
    "kib": "16",
}
FAMILIES = {"", "signed-out", "upstream-unreachable", "upstream-timeout", "upstream-wrong", "upstream-*"}


@pytest.mark.parametrize("state", all_states(), ids=lambda state: state.pattern)
def test_each_state_reads_its_own_sentence(state: object) -> None:
    """A sentence that is made from a pattern is read as the state of that pattern, and of no other."""
    pattern = Pattern(state.pattern)  # type: ignore[attr-defined]  # StateInfo
    sentence = pattern.write(**{**EXAMPLES, **({"status": "307"} if "redirects" in pattern.text else {})})
    assert state.pattern == parse_state(sentence, UPSTREAMS).pattern  # type: ignore[attr-defined]  # StateInfo
    readers = [other for other in all_states() if Pattern(other.pattern).read(sentence) is not None]
    assert [state] == readers


def test_the_plain_states_are_there() -> None:
    """All that the contract's families need, each with its family and a line that says what it is."""
    states = all_states()
    assert len(states) >= 14
    assert FAMILIES == {state.family for state in states}
    assert all(state.about for state in states)
    assert "the {upstream} fails once" in [state.pattern for state in states if state.recovers]
    assert "the {upstream} loses answers at random" in [state.pattern for state in states if state.may_store]


@pytest.mark.parametrize(
    ("sentence", "family"),
    [
        ("the settings answers 500", "upstream-wrong"),
        ("the settings answers 404", "upstream-wrong"),
        ("the ingest answers 429", "upstream-*"),
        ("the ingest answers 503", "upstream-*"),
        ("the ingest is unreachable", "upstream-unreachable"),
        ("the ingest hangs", "upstream-timeout"),
    ],
)
def test_a_fault_knows_its_family(sentence: str, family: str) -> None:
    """What is neither clearly wrong nor clearly unreachable is told as either."""
    fault = parse_state(sentence, UPSTREAMS)
    assert isinstance(fault, Fault)
    assert (family, sentence.split()[1]) == (fault.family, fault.upstream)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("the ingest hang", r"no state .* `the ingest hang`[\s\S]*did you mean `the ingest hangs`"),
        ("zzz", r"no state of the world has the sentence `zzz`"),
        ("the flags hangs", r"names no upstream of this world[\s\S]*`settings` or `flags-2` or `ingest`"),
        ("the ingest answers 200", r"no such fault[\s\S]*400 to 599"),
        ("the ingest answers 1000", r"no state of the world"),
        ("signed in as {oops", None),
    ],
)
def test_what_can_t_be_read_is_the_contract_s_fault(sentence: str, message: str | None) -> None:
    """An unknown sentence is answered with those that are near it; a user's JSON is read when it is needed."""
    if message is None:
        assert "signed in as {user}" == parse_state(sentence, UPSTREAMS).pattern
        return
    with pytest.raises(ContractError, match=message):
        parse_state(sentence, UPSTREAMS)


def test_without_upstreams_none_can_be_named() -> None:
    """A world that plays nothing says so."""
    with pytest.raises(ContractError, match="no upstream at all"):
        parse_state("the ingest hangs", ())
    with pytest.raises(ContractError, match=r"did you mean `the \{upstream\} hangs`"):
        parse_state("the upstream hang", ())


def test_states_of_different_things_hold_at_once() -> None:
    """One of the session, and one of each upstream."""
    session, faults = parse_states(["signed out", "the ingest hangs", "the settings is unreachable"], UPSTREAMS)
    assert "signed out" == getattr(session, "pattern", None)
    assert {"ingest": "the ingest hangs", "settings": "the settings is unreachable"} == {
        name: sentence for name, (sentence, _) in faults.items()
    }


@pytest.mark.parametrize(
    "sentences", [("signed out", "the session has expired"), ("the ingest hangs", "the ingest answers 500")]
)
def test_two_states_of_one_thing_are_refused(sentences: tuple[str, str]) -> None:
    """A contradiction is the contract's fault, and both sentences are named."""
    with pytest.raises(ContractError, match=f"`{sentences[0]}` and `{sentences[1]}` can't hold at once"):
        parse_states(sentences, UPSTREAMS)


@given(st.text())
def test_reading_a_sentence_gives_a_state_or_a_contract_error(sentence: str) -> None:
    """No text makes it fail in any other way."""
    with suppress(ContractError):
        parse_state(sentence, UPSTREAMS)


def test_a_name_stands_once_in_a_registry() -> None:
    """A second fault of the same sentence would never be reached: it is refused when it is registered."""
    registry = Registry("thing", str.lower, "One")
    assert (1, ["One"]) == (len(registry), list(registry))
    with pytest.raises(HarnessError, match="two of the thing registry have the name `one`"):
        registry.add("ONE")
    with pytest.raises(ContractError, match=r"unknown thing `ona`[\s\S]*did you mean `one`"):
        registry.get("ona")
    with pytest.raises(ContractError, match="unknown thing `zzzz`"):
        registry.get("zzzz")


def test_a_pattern_knows_its_parameters() -> None:
    """What is in braces is a parameter; what is not given stays there."""
    pattern = Pattern("the {upstream} answers {status}")
    assert ("upstream", "status") == pattern.parameters
    assert "the a answers {status}" == pattern.write(upstream="a")
