"""The command and the environment of a launched target."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.settings import TargetSettings
from bothends.errors import ContractError, Location
from bothends.launch.environment import command_of, environment_of, expand

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = {"port": "3000", "world.settings": "http://127.0.0.1:1/settings", "world.ingest": "http://127.0.0.1:2"}


def test_values_take_what_the_names_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness's own environment stays, what the settings say lies over it, braces can be written."""
    monkeypatch.setenv("KEPT", "{port}")
    monkeypatch.setenv("PORT", "1")
    templates = {"PORT": "{port}", "URLS": "{world.settings},{world.ingest}", "JSON": '{{"port": {port}}}'}
    environment = environment_of(TargetSettings(env=templates), VARIABLES)
    assert environment["KEPT"] == "{port}"
    assert environment["PORT"] == "3000"
    assert environment["URLS"] == "http://127.0.0.1:1/settings,http://127.0.0.1:2"
    assert environment["JSON"] == '{"port": 3000}'


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        ("{world.setings}", "{world.settings}"),
        ("{nothing like it}", "{{"),
        ('{"a": 1}', "{{"),
        ("{", "{{"),
        ("a}b", "{{"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_ones(template: str, advice: str) -> None:
    """The error names the variable, all known names, and the nearest one."""
    with pytest.raises(ContractError, match=r"\[target.env\] URL") as caught:
        environment_of(TargetSettings(env={"URL": template}), VARIABLES)
    assert caught.value.expected == "{port}, {world.ingest}, {world.settings}"
    assert advice in caught.value.advice


def test_a_name_of_the_world_may_be_that_of_a_table_to_come() -> None:
    """An address that no table of the settings makes yet: what makes it is told, beside a name that is like it."""
    settings = TargetSettings(env={"URL": "{world.hooks}"}, env_of_call=frozenset({"URL"}))
    with pytest.raises(ContractError) as caught:
        environment_of(settings, {**VARIABLES, "world.host": "127.0.0.1"})
    table = "A table [world.ingests.hooks] in the settings makes {world.hooks}."
    assert f"Did you mean {{world.host}}? {table}" == caught.value.advice


def test_the_place_of_a_wrong_name_is_told(tmp_path: Path) -> None:
    """It is the line of the settings file, or the option of the call that took its place."""
    file = tmp_path / "bothends.toml"
    file.write_text('[target.env]\nA = "a"\nURL = "{prt}"\n')
    settings = TargetSettings(env={"URL": "{prt}"}, file=file)
    with pytest.raises(ContractError) as caught:
        environment_of(settings, VARIABLES)
    assert Location(file, "target.env.URL", 3) == caught.value.where
    with pytest.raises(ContractError, match=r"^--env URL: 'prt' is not a variable") as caught:
        environment_of(replace(settings, env_of_call=frozenset({"URL"})), VARIABLES)
    assert caught.value.where is None


def test_variables_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`{env.NAME}` is one in values and in arguments; what it holds is no template, and doubled braces are braces."""
    monkeypatch.setenv("FOLDER", "{port}/a b {x}")
    templates = {"DATA": "{env.FOLDER}/{port}", "TEXT": "{{env.NOT_SET_ANYWHERE}}"}
    environment = environment_of(TargetSettings(env=templates), VARIABLES)
    assert ("{port}/a b {x}/3000", "{env.NOT_SET_ANYWHERE}") == (environment["DATA"], environment["TEXT"])
    assert ["run", "{port}/a b {x}/3000"] == command_of(("run", "{env.FOLDER}/{port}"), VARIABLES)


def test_a_variable_of_the_environment_that_is_not_set(tmp_path: Path) -> None:
    """The error names it, and the line of the settings file or the option that uses it."""
    file = tmp_path / "bothends.toml"
    file.write_text('[target]\ncommand = ["a", "{env.NOT_SET_ANYWHERE}"]\n[target.env]\nA = "{env.NOT_SET_ANYWHERE}"\n')
    settings = TargetSettings(env={"A": "{env.NOT_SET_ANYWHERE}"}, file=file)
    told = "The environment variable NOT_SET_ANYWHERE is not set, but 'A' uses {env.NOT_SET_ANYWHERE}."
    with pytest.raises(ContractError) as caught:
        environment_of(settings, VARIABLES)
    assert (told, Location(file, "target.env.A", 4)) == (caught.value.problem, caught.value.where)
    assert "Set it: NOT_SET_ANYWHERE=… bothends verify" == caught.value.advice
    with pytest.raises(ContractError, match="but '--env A' uses"):
        environment_of(replace(settings, env_of_call=frozenset({"A"})), VARIABLES)
    with pytest.raises(ContractError, match="but 'command' uses") as caught:
        command_of(("a", "{env.NOT_SET_ANYWHERE}"), VARIABLES, file)
    assert Location(file, "target.command", 2) == caught.value.where


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0")])
def test_what_the_system_can_not_set(name: str, value: str) -> None:
    """Names with `=` and NUL bytes are refused before anything is started."""
    with pytest.raises(ContractError, match="can't be set as an environment variable"):
        environment_of(TargetSettings(env={name: value}), VARIABLES)


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    """With its braces doubled, a text stands for itself."""
    assert text == expand(text.replace("{", "{{").replace("}", "}}"), VARIABLES, settings=TargetSettings(), name="X")


def test_arguments_take_known_names_only() -> None:
    """A program in an argument keeps its braces."""
    command = ("node", "-e", "if (1) {serve({port})}", "{{port}}", "--port={port}", "{")
    assert command_of(command, VARIABLES) == ["node", "-e", "if (1) {serve(3000)}", "{{port}}", "--port=3000", "{"]


def test_a_bare_python_is_this_one() -> None:
    """A virtual environment works without being activated."""
    assert command_of(("python", "-m", "x"), VARIABLES) == [sys.executable, "-m", "x"]
    assert command_of(("/usr/bin/python", "python"), VARIABLES) == ["/usr/bin/python", "python"]
