"""`bothends.toml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.contract.settings import IngestSettings, TargetSettings, UpstreamSettings, load_settings
from bothends.contract.tables import dotted_line
from bothends.errors import ContractError, Location
from bothends.world.sessions.nextauth import AuthJsV5Session

if TYPE_CHECKING:
    from bothends.contract.settings import Settings

WHOLE = """\
spec = "api/openapi.yaml"
pacts = "pacts"

[target]
command = "node 'my server.js' --port {port}"
cwd = "app"
ready = "/healthz"
url = "http://127.0.0.1:3000/"
drains = true
refuses_first = true
time_limit_ms = 20000

[target.env]
PORT = "{port}"

[world]
host = "127.0.0.2"
upstream_timeout_ms = 500

[world.session]
kind = "auth-js-v5"
cookie = "authjs.session-token"
secret = "s"
strict = true

[world.upstreams.settings]
path = "/settings"
answer = "#/components/schemas/Settings"
port = 4000
session = false

[world.upstreams.plan-s]
method = "post"
path = "/plans"
answer = "plans.json"

[world.ingest]
kind = "inngest"
event_key = "k"
port = 8288
path = "/inngest"
"""


def read(tmp_path: Path, text: str) -> Settings:
    """Read a settings file."""
    file = tmp_path / "bothends.toml"
    file.write_text(text, "utf-8")
    return load_settings(file)


def refused(tmp_path: Path, text: str) -> ContractError:
    """Return the error that reading a settings file raises."""
    with pytest.raises(ContractError) as caught:
        read(tmp_path, text)
    return caught.value


def test_variables_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text may have them, whatever the schema asks of it; what is a template is filled in when it is used."""
    monkeypatch.setenv("HERE", str(tmp_path / "here"))
    monkeypatch.setenv("HOST", "127.0.0.3")
    monkeypatch.setenv("PATH_OF", "/{setup.x}")
    text = (
        'spec = "{env.HERE}/spec.yaml"\noverlays = ["{env.HERE}/more.yaml"]\n[target]\nurl = "http://{env.HOST}:1"\n'
        'cwd = "{env.HERE}"\ncommand = "run {env.HERE}"\n[target.env]\nA = "{env.HERE}"\n[world]\nhost = "{env.HOST}"\n'
        '[world.upstreams.users]\npath = "{env.PATH_OF}"\nanswer = "#/x"\n[lint.off]\nunusable = "see {env.HOST}"\n'
    )
    settings = read(tmp_path, text)
    here = tmp_path / "here"
    assert (here / "spec.yaml", (here / "more.yaml",), here) == (settings.spec, settings.overlays, settings.target.cwd)
    assert ("http://127.0.0.3:1", "127.0.0.3") == (settings.target.url, settings.world.host)
    assert ("/{setup.x}", "see 127.0.0.3") == (settings.world.upstreams["users"].path, settings.lint.off["unusable"])
    assert (("run", "{env.HERE}"), {"A": "{env.HERE}"}) == (settings.target.command, settings.target.env)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('spec = "{env.NOT_SET_ANYWHERE}"', "spec"),
        ("spec = 's'\n[target]\nready = '/{env.NOT_SET_ANYWHERE}'", "target.ready"),
        ("spec = 's'\n[world.ingests.a]\n\nreceives = ['{env.NOT_SET_ANYWHERE}']", "world.ingests.a.receives"),
        ("spec = 's'\noperations = [\n'{env.NOT_SET_ANYWHERE}']", "operations"),
    ],
)
def test_a_variable_that_is_not_set(tmp_path: Path, line: str, key: str) -> None:
    """The error names the variable, the key and its line, before the schema says anything of the text."""
    error = refused(tmp_path, line)
    name = key.rpartition(".")[2]
    assert f"The environment variable NOT_SET_ANYWHERE is not set, but '{name}' uses {{env.NOT_SET_ANYWHERE}}." == (
        error.problem
    )
    (at,) = [number for number, each in enumerate(line.splitlines(), 1) if each.startswith(name)]
    assert Location(tmp_path / "bothends.toml", key, at) == error.where


def test_all_that_can_be_said_is_read(tmp_path: Path) -> None:
    """Each key has its place in the records; paths are relative to the file's folder."""
    settings = read(tmp_path, WHOLE)
    assert (tmp_path / "bothends.toml", tmp_path / "api/openapi.yaml") == (settings.file, settings.spec)
    assert tmp_path / "pacts" == settings.pacts
    command = ("node", "my server.js", "--port", "{port}")
    expected = TargetSettings(
        command,
        tmp_path / "app",
        {"PORT": "{port}"},
        "/healthz",
        "http://127.0.0.1:3000",
        guarantees=frozenset({"drains", "refuses_first"}),
        time_limit_ms=20000,
    )
    assert expected == settings.target
    assert ("127.0.0.2", 500) == (settings.world.host, settings.world.upstream_timeout_ms)
    assert AuthJsV5Session.of(cookie="authjs.session-token", secret="s", strict=True) == settings.world.session
    assert {
        "settings": UpstreamSettings(
            "settings", "GET", "/settings", "#/components/schemas/Settings", 4000, session=False
        ),
        "plan-s": UpstreamSettings("plan-s", "POST", "/plans", "plans.json"),
    } == settings.world.upstreams
    assert IngestSettings("inngest", "k", 8288, "/inngest") == settings.world.ingests["ingest"]
    assert 20000 == settings.time_limit_ms


def test_the_least_that_can_be_said(tmp_path: Path) -> None:
    """Only `spec` is needed; a byte order mark is no matter."""
    settings = read(tmp_path, '\ufeffspec = "x.yaml"')
    assert TargetSettings(cwd=tmp_path) == settings.target
    assert (None, None, {}, {}) == (
        settings.pacts,
        settings.world.session,
        settings.world.ingests,
        settings.world.upstreams,
    )
    assert 10_000 == settings.time_limit_ms
    assert read(tmp_path, 'spec = "x.yaml"\n[world.ingest]\n[target]\n').world.ingests == {"ingest": IngestSettings()}


def test_a_command_is_words_or_a_text(tmp_path: Path) -> None:
    """A list of words is taken as it is."""
    assert ("a b", "c") == read(tmp_path, 'spec = "x"\n[target]\ncommand = ["a b", "c"]').target.command


@pytest.mark.parametrize(
    ("lines", "place", "problem", "expected"),
    [
        ("coverage_threshold = 101", "2 coverage_threshold", "'coverage_threshold' is 101.", "a number from 0 to 100"),
        (
            "coverage_threshold = true",
            "2 coverage_threshold",
            "'coverage_threshold' is true.",
            "a number from 0 to 100",
        ),
        ("coverage_threshold = nan", "2 coverage_threshold", "'coverage_threshold' is nan.", "a number from 0 to 100"),
        ("known_findings = 1", "2 known_findings", "'known_findings' is 1.", "a string"),
        (
            "worlds = 1",
            "2 worlds",
            "'worlds' is not a key of the settings.",
            (
                "one of spec, spec_headers, pacts, coverage_threshold, known_findings, formats, strict_statuses, "
                "plugins, overlays, workflows, operations, target, world, callbacks, documents, lint"
            ),
        ),
        ("world = 1", "2 world", "'world' is 1.", "a table"),
        ("[[world]]", "2 world", "'world' is [{}].", "a table"),
        ("spec = 'y'", "2", "The settings file is not TOML: Cannot overwrite a value.", ""),
        ("pacts = ''", "2 pacts", "'pacts' is empty.", "a string"),
        (
            "[target]\ncommand = []",
            "3 target.command",
            "'command' is [].",
            'words, such as ["python", "-m", "reference"], or one string',
        ),
        (
            "[target]\ncommand = [1]",
            "3 target.command",
            "'command' is [1].",
            'words, such as ["python", "-m", "reference"], or one string',
        ),
        (
            "[target]\ncommand = '\"a'",
            "3 target.command",
            "The command can't be split into words: no closing quotation.",
            "",
        ),
        (
            "[target]\ncommand = ' '",
            "3 target.command",
            "'command' is empty.",
            'words, such as ["python", "-m", "reference"], or one string',
        ),
        ("target.env.A = 1", "2 target.env.A", "The environment variable 'A' is 1.", "a string"),
        ("[target.env]\nA = true", "3 target.env.A", "The environment variable 'A' is true.", "a string"),
        (
            '[target.env]\n"A=B" = ""',
            "3 target.env.A=B",
            "'A=B' can't be an environment variable.",
            "a name and a string",
        ),
        ("[target]\nready = 'healthz'", "3 target.ready", "'ready' is 'healthz'.", "a path, such as /healthz"),
        (
            "[target]\nurl = 'localhost:3000'",
            "3 target.url",
            "The URL 'localhost:3000' is not the base URL of a target.",
            "http://host:port or https://host",
        ),
        (
            "[target]\nurl = 'http://x:y'",
            "3 target.url",
            "The URL 'http://x:y' can't be read: Port could not be cast to integer value as 'y'.",
            "http://host:port or https://host",
        ),
        (
            "[world.ingest]\npath = '/e/'",
            "3 world.ingest.path",
            "'path' is '/e/'.",
            "a path without a slash at its end, such as /inngest",
        ),
        ("[target]\ndrains = 1", "3 target.drains", "'drains' is 1.", "true or false"),
        (
            "formats = 'asserted'",
            "2 formats",
            "'formats' is 'asserted'.",
            "one of annotate, assert",
        ),
        ("strict_statuses = 1", "2 strict_statuses", "'strict_statuses' is 1.", "true or false"),
        (
            "[target]\ntime_limit_ms = true",
            "3 target.time_limit_ms",
            "'time_limit_ms' is true.",
            "an integer from 1 to 86400000",
        ),
        (
            "[target]\ntime_limit_ms = 0",
            "3 target.time_limit_ms",
            "'time_limit_ms' is 0.",
            "an integer from 1 to 86400000",
        ),
        (
            "[world.session]\nkind = 'next-auth-v4'",
            "2 world.session",
            "'cookie' is missing in [world.session].",
            'cookie = "next-auth.session-token"',
        ),
        ("[world.upstreams]\na = 1", "3 world.upstreams.a", "'a' is 1.", "a table"),
        (
            "[world.upstreams.ingest]",
            "2 world.upstreams.ingest",
            "An upstream can't be named 'ingest': that name is taken.",
            "another name",
        ),
        (
            "[world.upstreams.'a b']",
            "2 world.upstreams.a b",
            "An upstream can't be named 'a b'.",
            "a letter, then letters, digits, - and _",
        ),
        ("[world.upstreams.a]\npath = 'a'", "3 world.upstreams.a.path", "'path' is 'a'.", "a path, such as /a"),
        (
            "[world.upstreams.a]\nmethod = 'G T'",
            "3 world.upstreams.a.method",
            "'method' is 'G T'.",
            "one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        (
            "[world.upstreams.a]\npath = '/a'",
            "2 world.upstreams.a",
            "'answer' is missing in [world.upstreams.a].",
            'answer = "openapi.yaml#/components/schemas/Settings"',
        ),
        ("[world.ingest]\nport = 70000", "3 world.ingest.port", "'port' is 70000.", "an integer from 1 to 65535"),
        ("a = [", "2", "The settings file is not TOML: Invalid value.", ""),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, lines: str, place: str, problem: str, expected: str) -> None:
    """Unknown keys, wrong types and impossible values are errors that say what would be right."""
    error = refused(tmp_path, f"spec = 'x'\n{lines}")
    assert (f"{tmp_path}/bothends.toml:{place}", problem, expected) == (str(error.where), error.problem, error.expected)


@pytest.mark.parametrize(
    ("text", "problem", "advice"),
    [
        ("", "'spec' is missing in the settings.", ""),
        ("spec = 5", "'spec' is 5.", ""),
        ("spec = 'x'\na = " + "[" * 5000, "The settings file is nested too deeply.", ""),
        ("spec = 'x'\ntaget = 1", "'taget' is not a key of the settings.", "Did you mean 'target'?"),
        ("spec = 'x'\ntarget.env.A = 1", "The environment variable 'A' is 1.", 'Write it as a string: A = "1"'),
        (
            "spec = 'x'\ntarget.env.A = false",
            "The environment variable 'A' is false.",
            'Write it as a string: A = "false"',
        ),
        ("spec = 'x'\ntarget.command = '\"a'", "The command can't be split into words: no closing quotation.", None),
    ],
)
def test_a_mistake_comes_with_advice(tmp_path: Path, text: str, problem: str, advice: str | None) -> None:
    """Where the way out is known, it is told."""
    error = refused(tmp_path, text)
    assert (problem, "Check its quotes, or write a list of strings." if advice is None else advice) == (
        error.problem,
        error.advice,
    )


def test_lines_are_found_in_every_form_of_key() -> None:
    """Tables, dotted keys and quoted keys are found; a key that is not there has its table's line."""
    text = 'a.b = 1\n\n[c]\n"d e" = 2\n  f . g = 3 # x\n[c.h] # y\n[[i]]\nj = "k = 1"\n'
    expected = {
        "a": 1,
        "a.b": 1,
        "c": 3,
        "c.d e": 4,
        "c.f.g": 5,
        "c.h": 6,
        "c.h.x": 6,
        "i.j": 8,
        "c.z": 3,
        "nope": None,
    }
    assert expected == {key: dotted_line(text, key) for key in expected}


TEXT = st.text("a/:=.{} \u00e9'", max_size=6)
VALUE = st.booleans() | st.integers(-5, 70000) | TEXT | st.lists(TEXT, max_size=3)
LINES = [line for line in WHOLE.splitlines() if line]


@settings(deadline=None, max_examples=80)
@given(st.sampled_from([line for line in LINES if "=" in line]), VALUE, st.booleans())
def test_any_change_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, line: str, value: Any, drop: Any
) -> None:
    """A settings file with a line left out or another value in it gives settings or an error of the contract's."""
    key = line.partition(" = ")[0]
    changed = "" if drop else f"{key} = {json.dumps(value, ensure_ascii=False)}"
    file = tmp_path_factory.getbasetemp() / "changed.toml"
    file.write_text(WHOLE.replace(line, changed, 1), "utf-8")
    try:
        where = load_settings(file).file
    except ContractError as error:
        where = Path() if error.where is None else error.where.file
    assert file == where


def test_what_a_run_is_held_to(tmp_path: Path) -> None:
    """The least part of the contract that is seen, and the file of known findings, beside the settings."""
    file = tmp_path / "bothends.toml"
    file.write_text('spec = "openapi.yaml"\ncoverage_threshold = 92.5\nknown_findings = "known.toml"\n')
    read = load_settings(file)
    assert (92.5, tmp_path / "known.toml") == (read.coverage_threshold, read.known_findings)
