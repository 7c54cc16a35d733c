"""State sentences."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.conditions import (
    ConditionKind,
    Pattern,
    all_kinds,
    parse,
    register,
    sentence,
    session_conditions,
    unregister,
)
from bothends.errors import ContractError, HarnessError
from bothends.records import Condition
from bothends.registry import Registry
from bothends.world import made, made_together, read
from bothends.world.faults import Fault

INGESTS = ("ingest",)
UPSTREAMS = ("settings", "flags-2", "ingest")
EXAMPLES = {
    "upstream": "flags-2",
    "ingest": "ingest",
    "status": "503",
    "user": '{"name": "the ingest hangs"}',
    "ms": "5",
    "json": '{"name": "the ingest hangs"}',
    "seconds": "3600",
    "levels": "100",
    "count": "2",
    "kib": "16",
    "guess": "changeme",
}
FAMILIES = {"", "signed-out", "forbidden", "upstream-unreachable", "upstream-timeout", "upstream-wrong", "upstream-*"}


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_each_state_reads_its_own_sentence(kind: ConditionKind) -> None:
    """A sentence is read as the condition of its pattern, and of no other; and the condition is written as it again."""
    text = kind.compiled.write(**{**EXAMPLES, **({"status": "307"} if kind.name == "redirects" else {})})
    (condition,) = read([text], UPSTREAMS, INGESTS)
    assert (kind.name, text) == (condition.name, sentence(condition))
    assert kind.of_session == (not condition.subject)
    assert kind.name == made(condition).name
    assert [kind] == [other for other in all_kinds() if other.compiled.read(text) is not None]


def test_a_condition_is_the_same_whatever_the_order_of_its_parameters() -> None:
    """What is planned and what is met are found by it."""
    one = Condition.of("answers-json", "settings", status=500, json="{}")
    assert {one: 1} == {Condition.of("answers-json", "settings", json="{}", status="500"): 1}
    assert "the ingest answers 500 with the JSON {}" == sentence(one.at("ingest"))


def test_a_condition_that_nothing_plays_is_the_harness_s_fault() -> None:
    """A case names what no fault and no session state is called."""
    with pytest.raises(HarnessError, match="No condition has the name `hang`"):
        made(Condition.of("hang", "ingest"))


def test_a_name_and_a_sentence_stand_once() -> None:
    """A second condition of the name, or of the sentence, is refused when it is registered; a new one is there."""
    with pytest.raises(HarnessError, match="The condition `hangs` is registered twice"):
        register(ConditionKind("hangs", "the {upstream} is asleep", "", "", "upstream"))
    with pytest.raises(HarnessError, match=r"Two states have the sentence `the \{upstream\} hangs`"):
        register(ConditionKind("sleeps", "the {upstream} hangs", "", "", "upstream"))
    new = register(ConditionKind("sleeps", "the {upstream} is asleep", "", "", "upstream"))
    try:
        assert Condition.of("sleeps", "settings") == parse("the settings is asleep", UPSTREAMS, INGESTS)
        assert new in all_kinds()
    finally:
        unregister("sleeps")
    assert new not in all_kinds()


def test_a_session_state_says_which_family_tries_it() -> None:
    """By its own family, and whether right targets differ; what needs a user is no case of its own."""
    assert Condition.of("expired-1h") in session_conditions("signed-out")
    assert Condition.of("secret-guessed", guess="secret") in session_conditions("signed-out")
    assert Condition.of("nobody") in session_conditions("signed-out", doubtful=True)
    assert Condition.of("long-name") in session_conditions("")
    either = [False, True]
    found = [session_conditions(family, doubtful=doubtful) for family in ("", "signed-out") for doubtful in either]
    tried = {condition.name for conditions in found for condition in conditions}
    of_schemes = {
        "signed-in-by",
        "credential-missing",
        "credential-garbled",
        "credential-wrong",
        "credential-forbidden",
    }
    # When a target asks for a key set again is its own choice.
    of_schemes.add("jwt-new-key")
    assert {"signed-in", "signed-in-as", *of_schemes} == {
        k.name for k in all_kinds() if k.of_session and k.name not in tried
    }


def test_the_plain_states_are_there() -> None:
    """All that the contract's families need, each with its family and a line that says what it is."""
    states = all_kinds()
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
    fault = made(parse(sentence, UPSTREAMS, INGESTS))
    assert isinstance(fault, Fault)
    assert (family, sentence.split()[1]) == (fault.family, fault.upstream)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("the ingest hang", r"There is no state `the ingest hang`[\s\S]*Did you mean `the ingest hangs`"),
        ("zzz", r"There is no state `zzz`"),
        ("the flags hangs", r"names no upstream of this world[\s\S]*`settings` or `flags-2` or `ingest`"),
        ("the ingest answers 200", r"No such fault[\s\S]*400 to 599"),
        ("the ingest answers 1000", r"There is no state"),
        ("signed in as {oops", None),
    ],
)
def test_what_can_t_be_read_is_the_contract_s_fault(sentence: str, message: str | None) -> None:
    """An unknown sentence is answered with those that are near it; a user's JSON is read when it is needed."""
    if message is None:
        assert (Condition.of("signed-in-as", user="{oops"),) == read([sentence], UPSTREAMS, INGESTS)
        return
    with pytest.raises(ContractError, match=message):
        read([sentence], UPSTREAMS, INGESTS)


def test_without_upstreams_none_can_be_named() -> None:
    """A world that plays nothing says so."""
    with pytest.raises(ContractError, match="no upstream: the settings have none"):
        read(["the ingest hangs"], (), ())
    with pytest.raises(ContractError, match=r"Did you mean `the \{upstream\} hangs`"):
        read(["the upstream hang"], (), ())


def test_states_of_different_things_hold_at_once() -> None:
    """One of the session, and one of each upstream."""
    given = read(["signed out", "the ingest hangs", "the settings is unreachable"], UPSTREAMS, INGESTS)
    session, faults = made_together(given, UPSTREAMS)
    assert "no-session" == getattr(session, "name", None)
    assert {"ingest": given[1], "settings": given[2]} == {name: condition for name, (condition, _) in faults.items()}


def test_a_state_of_an_upstream_that_there_is_not_is_refused() -> None:
    """However the condition was made: a file may be of another world."""
    with pytest.raises(ContractError, match=r"`the flags hangs` names an unknown upstream[\s\S]*`ingest`"):
        made_together([Condition.of("hangs", "flags")], ["ingest"])


@pytest.mark.parametrize(
    "sentences", [("signed out", "the session has expired"), ("the ingest hangs", "the ingest answers 500")]
)
def test_two_states_of_one_thing_are_refused(sentences: tuple[str, str]) -> None:
    """A contradiction is the contract's fault, and both sentences are named."""
    with pytest.raises(ContractError, match=f"`{sentences[0]}` and `{sentences[1]}` can't hold at once"):
        read(sentences, UPSTREAMS, INGESTS)


@given(st.text())
def test_reading_a_sentence_gives_a_state_or_a_contract_error(sentence: str) -> None:
    """No text makes it fail in any other way."""
    with suppress(ContractError):
        read([sentence], UPSTREAMS, INGESTS)


def test_a_name_stands_once_in_a_registry() -> None:
    """A second fault of the same sentence would never be reached: it is refused when it is registered."""
    registry = Registry("thing", str.lower)
    assert "One" == registry.add("One")
    assert (1, ["One"]) == (len(registry), list(registry))
    with pytest.raises(HarnessError, match="The thing `one` is registered twice"):
        registry.add("ONE")
    with pytest.raises(ContractError, match=r"Unknown thing `ona`[\s\S]*Did you mean `one`"):
        registry.get("ona")
    with pytest.raises(ContractError, match="Unknown thing `zzzz`"):
        registry.get("zzzz")


def test_a_pattern_knows_its_parameters() -> None:
    """What is in braces is a parameter; what is not given stays there."""
    pattern = Pattern("the {upstream} answers {status}")
    assert ("upstream", "status") == pattern.parameters
    assert "the a answers {status}" == pattern.write(upstream="a")
