"""The command and the environment of a launched target."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.errors import ContractError
from bothends.target.environment import command_of, environment_of, expand

VARIABLES = {"port": "3000", "world.settings": "http://127.0.0.1:1/settings", "world.ingest": "http://127.0.0.1:2"}


def test_values_take_what_the_names_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness's own environment stays, what the settings say lies over it, braces can be written."""
    monkeypatch.setenv("KEPT", "{port}")
    monkeypatch.setenv("PORT", "1")
    templates = {"PORT": "{port}", "URLS": "{world.settings},{world.ingest}", "JSON": '{{"port": {port}}}'}
    environment = environment_of(templates, VARIABLES)
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
        environment_of({"URL": template}, VARIABLES)
    assert caught.value.expected == "{port}, {world.ingest}, {world.settings}"
    assert advice in caught.value.advice


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0")])
def test_what_the_system_can_not_set(name: str, value: str) -> None:
    """Names with `=` and NUL bytes are refused before anything is started."""
    with pytest.raises(ContractError, match="no environment variable"):
        environment_of({name: value}, VARIABLES)


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    """With its braces doubled, a text stands for itself."""
    assert text == expand(text.replace("{", "{{").replace("}", "}}"), VARIABLES, place="here")


def test_arguments_take_known_names_only() -> None:
    """A program in an argument keeps its braces."""
    command = ("node", "-e", "if (1) {serve({port})}", "{{port}}", "--port={port}", "{")
    assert command_of(command, VARIABLES) == ["node", "-e", "if (1) {serve(3000)}", "{{port}}", "--port=3000", "{"]


def test_a_bare_python_is_this_one() -> None:
    """A virtual environment works without being activated."""
    assert command_of(("python", "-m", "x"), VARIABLES) == [sys.executable, "-m", "x"]
    assert command_of(("/usr/bin/python", "python"), VARIABLES) == ["/usr/bin/python", "python"]
