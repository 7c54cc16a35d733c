"""The arguments: wrong ones are told in one message, right ones become values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cli.arguments import parse
from bothends.cli.main import main
from bothends.cli.performing import replay_command

if TYPE_CHECKING:
    from tests.cli.conftest import Project

WRONG = [
    ([], "required: COMMAND"),
    (["prove"], "invalid choice: 'prove'"),
    (["verfy"], "; did you mean 'verify'?\n"),
    (["verfy", "--seed", "1"], "; did you mean 'verify'?\n"),
    (["qqqqq"], ")\n"),
    (["--verson"], "unrecognized arguments: --verson; did you mean '--version'?"),
    (["--seed", "1", "verify"], "--seed; options come after the command: bothends COMMAND [OPTIONS]"),
    (["-s", "verify"], "unrecognized arguments: -s; options come after the command"),
    (["verify", "--profile", "quik"], "; did you mean 'quick'?\n"),
    (["lint", "--format", "jsn"], "; did you mean 'json'?\n"),
    (["verify", "--sed", "1"], "unrecognized arguments: --sed"),
    (["verify", "--seed", "one"], "argument --seed: 'one' is not a whole number"),
    (["verify", "--seed", "-1"], "argument --seed: -1 is less than 0"),
    (["verify", "--url", "localhost:3000"], "argument --url: 'localhost:3000' is not a base URL"),
    (["verify", "--onyl", "x"], "usage: bothends verify"),
    (["verify", "--onyl=x"], "error: unrecognized arguments: --onyl=x; did you mean '--only'?"),
    (["world", "--qqqqq"], "bothends world: error: unrecognized arguments: --qqqqq\n"),
    (["verify", "--url", "http://a:b"], "argument --url: 'http://a:b' is not a URL"),
    (["verify", "http://a:b/spec"], "argument URL: 'http://a:b/spec' is not a URL: Port could not be cast"),
    (["mock", "--spec", "http://a:b/spec"], "argument --spec: 'http://a:b/spec' is not a URL"),
    (
        ["init", "--from", "http://127.0.0.1:{port}/openapi.json"],
        "name the port of one that runs, or write this URL as",
    ),
    (["verify", "--command", "sh -c 'x"], "No closing quotation"),
    (["verify", "--command", " "], "argument --command: the command is empty"),
    (["verify", "--env", "PORT"], "argument --env: 'PORT' is not of the form NAME=VALUE"),
    (["verify", "--url", "http://a", "--command", "x"], "not allowed with argument --url"),
    (["verify", "--profile", "slow"], "argument --profile: invalid choice: 'slow'"),
    (["verify", "--json", "/"], "argument --json: '/' is a folder"),
    (["verify", "--json", "/nowhere/report.json"], "the folder '/nowhere' does not exist"),
    (["verify", "--html", "/nowhere/report.html"], "the folder '/nowhere' does not exist"),
    (["verify", "--html", "-"], "argument --html: this report needs a file name"),
    (["verify", "--coverage-threshold", "most"], "argument --coverage-threshold: 'most' is not a number"),
    (["verify", "--coverage-threshold", "101"], "argument --coverage-threshold: 101 is not between 0 and 100"),
    (["verify", "--coverage-threshold", "nan"], "argument --coverage-threshold: nan is not between 0 and 100"),
    (["replay"], "the following arguments are required: ID"),
]


@pytest.mark.parametrize(("arguments", "expected"), WRONG, ids=lambda value: " ".join(value) if value else "none")
def test_a_wrong_call_is_told_and_ends_with_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the argument and what is wrong with it, on standard error."""
    assert 2 == main(arguments)
    told = capsys.readouterr()
    assert "" == told.out
    assert expected in told.err
    assert "Traceback" not in told.err


def test_the_help_and_the_version_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """The help tells the commands and the exit codes."""
    assert 0 == main(["--help"])
    assert "130 interrupted" in capsys.readouterr().out
    assert 0 == main(["--version"])
    assert capsys.readouterr().out.startswith("bothends ")


def test_what_verify_takes() -> None:
    """Each option of the command line becomes a value."""
    line = (
        "verify --config a/b.toml --env A=1 --env B=x=y --seed 7 --max-examples 0 --only signed-out/expired"
        " --operation createOrder --spec orders.yaml --allow-writes"
        " --profile quick --fail-fast --json - --coverage-threshold 92.5% --html a.html --junit a.xml --markdown a.md"
        " --lanes 3 --score --score-threshold 90 --score-json a.json --record a.gz"
        " --ndjson a.ndjson --sarif a.sarif --har a.har --otel a.jsonl --otlp http://localhost:4318"
        " --verbose --command"
    )
    found = vars(parse([*line.split(), "node 'my server.js'"]))
    del found["run"]
    assert {
        "config": Path("a/b.toml"),
        "state": None,
        "verbose": True,
        "url": None,
        "command": ("node", "my server.js"),
        "env": [("A", "1"), ("B", "x=y")],
        "seed": 7,
        "max_examples": 0,
        "operation": ["createOrder"],
        "watch": False,
        "lanes": 3,
        "score": True,
        "score_threshold": 90.0,
        "score_json": Path("a.json"),
        "record": Path("a.gz"),
        "shard": None,
        "blob": None,
        "spec": "orders.yaml",
        "spec_url": None,
        "allow_writes": True,
        "only": ["signed-out/expired"],
        "profile": "quick",
        "fail_fast": True,
        "json": Path("-"),
        "coverage_threshold": 92.5,
        "html": Path("a.html"),
        "junit": Path("a.xml"),
        "markdown": Path("a.md"),
        "ndjson": Path("a.ndjson"),
        "sarif": Path("a.sarif"),
        "har": Path("a.har"),
        "otel": Path("a.jsonl"),
        "otlp": "http://localhost:4318",
    } == found


def test_a_base_url_loses_its_last_slash() -> None:
    """A path can be put after it."""
    assert "http://127.0.0.1:3000" == parse(["verify", "--url", "http://127.0.0.1:3000/"]).url


def test_a_file_that_may_not_be_written_is_told_before_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report of a long run is not lost to a wrong name."""
    monkeypatch.setattr("os.access", lambda *_: False)  # root, whom CI runs as, may write anything
    assert 2 == main(["verify", "--json", "report.json"])
    assert "can't be written" in capsys.readouterr().err


def test_the_replay_command_can_be_pasted() -> None:
    """It names the settings file only when it is not the usual one, and quotes it."""
    assert "bothends replay 3f" == replay_command("3f", Path("bothends.toml"))
    assert "bothends replay 3f --config 'my folder/b.toml'" == replay_command("3f", Path("my folder/b.toml"))


@pytest.mark.measured
def test_the_help_loads_no_heavy_library(project: Project) -> None:
    """Start-up is short because a command imports what it needs only when it runs."""
    program = """
import sys
from bothends.cli.main import main
main(["--help"])
heavy = {"asyncio", "hypothesis", "jsonschema_rs", "rich", "schemathesis", "yaml", "bothends.engine"}
found = heavy & set(sys.modules)
sys.exit(" ".join(sorted(found)) if found else 0)
"""
    environment = project.environment()
    # Coverage of subprocesses loads modules of its own.
    environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE")}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert "" == told.stderr
    assert 0 == told.returncode
