"""`bothends lint` and `bothends explain` as commands: what they print, in each format, and how they end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.lint.contract import SETTINGS, SPEC

if TYPE_CHECKING:
    from pathlib import Path

WARNED = SPEC.replace("              x-when: true\n", "").replace(
    "note: {type: string, maxLength: 20}", "note: {type: string}"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a contract that has a warning and a hint."""
    (tmp_path / "openapi.yaml").write_text(WARNED, "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def test_a_person_reads_place_problem_rule_and_advice(folder: Path) -> None:
    """A warning is no failure, and hints are counted until they are asked for."""
    done = bothends(folder, "lint")
    assert (0, "") == (done.returncode, done.stderr)
    assert (
        """\
openapi.yaml:26 /paths/~1orders/post/callbacks/orderPlaced/{$request.body#~1url}/post
  warning: Nothing says which answers owe 'orderPlaced'. [no-x-when]
  next: x-when: true if each 2xx owes one, x-when: false if it may come later.

1 warning; 1 hint with --hints
"""
        == done.stdout
    )
    assert "[unbounded-text]" in bothends(folder, "lint", "--hints").stdout


def test_an_error_fails(folder: Path) -> None:
    """Exit code 1, also where the contract can't be read."""
    (folder / "openapi.yaml").write_text(SPEC.replace("minimum: 1,", "minimum: 10,"), "utf-8")
    assert 1 == bothends(folder, "lint").returncode
    (folder / "openapi.yaml").write_text("openapi: 3.1.0", "utf-8")
    done = bothends(folder, "lint")
    assert (1, "") == (done.returncode, done.stderr)
    assert "[contract]" in done.stdout


def test_nothing_to_complain_of(folder: Path) -> None:
    """A right contract is told so."""
    (folder / "openapi.yaml").write_text(SPEC, "utf-8")
    assert (0, "no mistake found\n") == ((done := bothends(folder, "lint")).returncode, done.stdout)


def test_json_has_each_complaint(folder: Path) -> None:
    """Rule, level, place, problem and advice."""
    (each,) = json.loads(bothends(folder, "lint", "--format", "json").stdout)["complaints"]
    assert ("no-x-when", "warning", "openapi.yaml", 26) == (each["rule"], each["level"], each["file"], each["line"])
    assert each["pointer"].endswith("/post")


def test_sarif_names_its_rules(folder: Path) -> None:
    """Code scanning shows a complaint at its line, with what the rule asks for."""
    sarif = json.loads(bothends(folder, "lint", "--format", "sarif").stdout)
    (run,) = sarif["runs"]
    (result,) = run["results"]
    assert ("2.1.0", "no-x-when", "warning") == (sarif["version"], result["ruleId"], result["level"])
    assert ["no-x-when"] == [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    place = result["locations"][0]["physicalLocation"]
    assert ("openapi.yaml", 26) == (place["artifactLocation"]["uri"], place["region"]["startLine"])


def test_github_shows_it_in_the_change(folder: Path) -> None:
    """One workflow command for each complaint."""
    line = bothends(folder, "lint", "--format", "github").stdout
    assert line.startswith("::warning file=openapi.yaml,line=26,title=no-x-when::Nothing says")


def test_a_rule_is_switched_off_with_a_reason(folder: Path) -> None:
    """The settings name it; a rule that there is not is an error with the nearest name."""
    off = '\n[lint.off]\nno-x-when = "the webhook is a subscription\'s"\n'
    (folder / "bothends.toml").write_text(SETTINGS + off, "utf-8")
    assert "no mistake found; 1 hint with --hints\n" == bothends(folder, "lint").stdout
    (folder / "bothends.toml").write_text(SETTINGS + off.replace("no-x-when", "no-x-wen"), "utf-8")
    done = bothends(folder, "lint")
    assert 2 == done.returncode
    assert "no-x-when" in done.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own-event", "own-event: a law; error if it is broken"),
        ("no-x-when", "no-x-when: a rule of lint; warning"),
        ("signed-out", "signed-out: a family of cases"),
        ("x-delivery", "x-delivery: an extension of the spec"),
        ("x-from", "x-from: an extension of the spec"),
    ],
)
def test_each_name_has_a_page(tmp_path: Path, name: str, expected: str) -> None:
    """Laws, rules, families and extensions are explained in the terminal."""
    done = bothends(tmp_path, "explain", name)
    assert (0, expected) == (done.returncode, done.stdout.splitlines()[0])
    assert len(done.stdout.splitlines()) > 3


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    """The advice names what was probably meant."""
    done = bothends(tmp_path, "explain", "own-evnt")
    assert (2, True) == (done.returncode, "own-event" in done.stderr)
