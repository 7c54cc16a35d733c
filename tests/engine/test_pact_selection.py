"""Which pacts are verified, which of their interactions, and what is told before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.cases import Selector
from bothends.contract import load
from bothends.engine.pacts.cases import PactSelection
from bothends.errors import ContractError
from tests.engine.pact_bench import project
from tests.pacts.pact_files import pact_json, signed_out, success, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A project with three pacts, the last of them empty."""
    made = project(tmp_path)
    folder = tmp_path / "contracts" / "pacts"
    write(folder, pact_json("route", success(), signed_out()), "a.json")
    write(folder, pact_json("route", success()), "b.json")
    write(folder, pact_json("route"), "c.json")
    return made


def selected(config: Path, only: str | None = None) -> PactSelection:
    """Return what is asked for."""
    return PactSelection(load(config), None if only is None else Selector.parse(only))


def chosen(selection: PactSelection) -> dict[str, list[str]]:
    """Return the descriptions of each pact's interactions."""
    return {c.pact.file.stem: [interaction.description for interaction, _ in c.interactions] for c in selection.pacts}


ALL = {"a": ["it works", "nobody is signed in"], "b": ["it works"], "c": []}


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (None, ALL),
        ("pact", ALL),
        ("*", ALL),
        ("success", {}),
        ("pact/a", {"a": ALL["a"]}),
        ("pact/a.json", {"a": ALL["a"]}),
        ("pact/a/nobody is signed in", {"a": ["nobody is signed in"]}),
        ("pact/c", {"c": []}),
        ("pact/[ac]", {"a": ALL["a"], "c": []}),
        ("pact/a/nobody*\npact/c", {"a": ["nobody is signed in"], "c": []}),
    ],
)
def test_what_is_asked_for(only: str | None, expected: dict[str, list[str]], config: Path) -> None:
    """All, one pact, or one interaction; each has its case."""
    selection = selected(config, only)
    assert expected == chosen(selection)
    assert [f"pact {stem}.json" for stem in expected if stem == "c"] == [item.what for item in selection.not_proven]
    for of_pact in selection.pacts:
        assert all(case.label.startswith(f"pact/{of_pact.pact.file.stem}/") for _, case in of_pact.interactions)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("pact/d", "one of a, b, c"),
        ("pact/b/it fails", "b/it works"),
        ("pact/a/it fails", "one of a/it works, a/nobody is signed in"),
    ],
)
def test_what_is_not_there(only: str, expected: str, config: Path) -> None:
    """What there is instead is told: the pacts, or the interactions of the one that was named."""
    with pytest.raises(ContractError, match="there is no such case") as caught:
        selected(config, only)
    assert expected == caught.value.expected


def test_a_folder_without_pacts(tmp_path: Path) -> None:
    """It proves nothing."""
    selection = selected(project(tmp_path))
    assert ([], ["pacts"]) == ([*selection.pacts], [item.what for item in selection.not_proven])


def test_settings_without_a_folder(tmp_path: Path) -> None:
    """Pacts are verified where there are any; who asks for them by name is told that there are none."""
    config = project(tmp_path, ('pacts = "contracts/pacts"\n', ""))
    assert () == selected(config).pacts
    assert () == selected(config, "*").pacts
    with pytest.raises(ContractError, match="no case of the family pact"):
        selected(config, "pact")


def test_what_is_wrong_is_told_before_the_run(config: Path) -> None:
    """A state that the world does not know stops all, wherever it stands; what is not asked for is not looked at."""
    wrong = {**success(), "providerStates": [{"name": "the moon is full"}]}
    write(config.parent / "contracts" / "pacts", pact_json("route", wrong), "d.json")
    assert {"b": ["it works"]} == chosen(selected(config, "pact/b"))
    with pytest.raises(ContractError, match="the moon is full"):
        selected(config)
