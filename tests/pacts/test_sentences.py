"""Provider states become sentences of the world; one that the world can't be put into is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.conditions import Pattern, all_kinds, sentences
from bothends.errors import ContractError
from bothends.pacts import ProviderState, conditions, sentence
from bothends.world import made
from tests.in_words import condition
from tests.pacts.pact_files import USER, pact_json, project_contract, read, success

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

ADA = '{"name": "Ada", "email": "ada@example.com", "image": null}'


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("signed out", {}, "signed out"),
        ("the ingest answers 500", {}, "the ingest answers 500"),
        ("the {upstream} answers {status}", {"upstream": "ingest", "status": 500}, "the ingest answers 500"),
        ("the {upstream} answers {status}", {"upstream": "ingest", "status": 500.0}, "the ingest answers 500"),
        ("the {upstream} answers {status}", {"upstream": "ingest", "status": "500"}, "the ingest answers 500"),
        ("signed in as {user}", {"user": USER}, f"signed in as {ADA}"),
        ("signed in as {user}", {"user": "Zoë {status}"}, "signed in as Zoë {status}"),
        ("signed in as", {"user": USER}, f"signed in as {ADA}"),
        ("the answers", {"upstream": "ingest", "status": 500}, "the ingest answers 500"),
        ("the ingest answers 500", {"upstream": "ingest", "status": 500}, "the ingest answers 500"),
        ("the ingest answers {status}", {"upstream": "ingest", "status": 500}, "the ingest answers 500"),
        (f"signed in as {ADA}", {}, f"signed in as {ADA}"),
        ("whatever", {}, "whatever"),
    ],
)
def test_parameters_are_filled_in(name: str, parameters: dict[str, Any], expected: str) -> None:
    """A parameter stands in its gap; values that are no texts are written as JSON."""
    assert expected == sentence(ProviderState(name, parameters))


@given(
    user=st.fixed_dictionaries(
        {"name": st.text(min_size=1)}, optional={"email": st.none() | st.text(), "image": st.none() | st.text()}
    )
)
def test_any_user_comes_through(user: dict[str, str | None]) -> None:
    """Whoever a pact signs in is who the world signs in."""
    state: Any = made(condition(sentence(ProviderState("signed in as {user}", {"user": user}))))
    assert user == state.user({})


def test_each_state_of_the_world_can_be_asked_for() -> None:
    """Its pattern is a state's name, with or without the gaps."""
    values = {"upstream": "settings", "status": "500", "user": "Ada", "ms": "5"}
    for info in all_kinds():
        pattern = Pattern(info.pattern)
        parameters = {name: values.get(name, "5") for name in pattern.parameters}
        assert pattern.write(**parameters) == sentence(ProviderState(info.pattern, parameters))


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        (
            "the {upstream} answers {status}",
            {"upstream": "ingest"},
            (
                "The state `the {upstream} answers {status}` has no parameter 'status'\n"
                '  expected: "params": {"status": …}, or the sentence with the value in it'
            ),
        ),
        (
            "signed in",
            {"user": "Ada"},
            (
                "The state `signed in` has no placeholder for its parameter 'user'\n"
                "  expected: a sentence that has each parameter in braces\n"
                "  next: Write it as `signed in as {user}`."
            ),
        ),
        (
            "the ingest answers 500",
            {"status": 503},
            (
                "The state `the ingest answers 500` has no placeholder for its parameter 'status'\n"
                "  expected: a sentence that has each parameter in braces\n"
                "  next: Write it as `the {upstream} answers {status}`."
            ),
        ),
        (
            "signed out",
            {"colour": "red"},
            (
                "The state `signed out` has no placeholder for its parameter 'colour'\n"
                "  expected: a sentence that has each parameter in braces\n"
                "  next: Leave it out."
            ),
        ),
    ],
)
def test_parameters_and_gaps_must_match(name: str, parameters: dict[str, Any], expected: str) -> None:
    """What a state asks for is never quietly left out."""
    with pytest.raises(ContractError) as caught:
        sentence(ProviderState(name, parameters))
    assert expected == str(caught.value)


def of_states(folder: Path, states: Any, contract: Contract | None = None) -> tuple[str, ...]:
    """Return the sentences of an interaction with these provider states."""
    pact = read(folder, pact_json("route", {**success(), "providerStates": states}))
    return sentences(conditions(pact, pact.interactions[0], contract or project_contract()))


def test_states_that_hold_at_once_are_all_read(tmp_path: Path) -> None:
    """An interaction may need several states; one without any gets the world as it is."""
    states = [{"name": "signed in"}, {"name": "the {upstream} hangs", "params": {"upstream": "settings"}}]
    assert ("signed in", "the settings hangs") == of_states(tmp_path, states)
    assert () == of_states(tmp_path, [])


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (
            [{"name": "signed in"}, {"name": "the ingest is unreachible"}],
            (
                "web-route.json:13 /interactions/0/providerStates/1: "
                "There is no state `the ingest is unreachible`\n"
                "  expected: a state that `bothends states` lists\n"
                "  next: Did you mean `the ingest is unreachable` or "
                "`the settings is unreachable` or `the ingest is unreachable for {ms} ms`?"
            ),
        ),
        (
            [{"name": "user Ada exists"}],
            (
                "web-route.json:10 /interactions/0/providerStates/0: "
                "There is no state `user Ada exists`\n"
                "  expected: a state that `bothends states` lists"
            ),
        ),
        (
            "the {upstream} hangs",
            (
                "web-route.json:9 /interactions/0/providerStates: "
                "The state `the {upstream} hangs` has no parameter 'upstream'\n"
                '  expected: "params": {"upstream": …}, or the sentence with the value in it'
            ),
        ),
        (
            "the database hangs",
            (
                "web-route.json:9 /interactions/0/providerStates: "
                "`the database hangs` names no upstream of this world\n"
                "  expected: `settings` or `ingest`"
            ),
        ),
        (
            "the ingest answers 200",
            (
                "web-route.json:9 /interactions/0/providerStates: No such fault: `the ingest answers 200`\n"
                "  expected: a status from 400 to 599"
            ),
        ),
        (
            ["signed in", "signed out"],
            "web-route.json:6 /interactions/0: `signed in` and `signed out` can't hold at once",
        ),
        (
            'signed in as {"name": ',
            (
                'web-route.json:6 /interactions/0: The user in `signed in as {"name": ` is not JSON: '
                "Expecting value: line 1 column 10 (char 9)\n"
                '  expected: a name, or JSON such as {"name": "Ada", "email": null}'
            ),
        ),
    ],
)
def test_a_state_that_nobody_can_set_is_refused(tmp_path: Path, states: Any, expected: str) -> None:
    """The message names file, line and pointer, and what is near."""
    with pytest.raises(ContractError) as caught:
        of_states(tmp_path, states)
    assert expected == str(caught.value).replace(f"{tmp_path}{os.sep}", "")


def test_a_session_needs_someone_who_signs_in(tmp_path: Path) -> None:
    """Without [world.session], a state of a session can't be set."""
    contract = project_contract()
    world = replace(contract.settings.world, session=None, sessions={}, ingests={})
    without = replace(contract, settings=replace(contract.settings, world=world))
    with pytest.raises(ContractError, match=r"the settings have none\n  next: Add \[world.session\]"):
        of_states(tmp_path, "signed in", without)
    assert ("the settings hangs",) == of_states(tmp_path, "the settings hangs", without)
