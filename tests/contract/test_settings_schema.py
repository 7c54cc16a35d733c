"""`bothends.schema.json`: what editors read of `bothends.toml`, and what the loader says by it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bothends.contract.settings import GUARANTEES, load_settings
from bothends.contract.tables import Table, check_settings, parse_toml, schema_for
from bothends.contract.tables.toml_table import settings_schema
from bothends.contract.terms import X_DELIVERY, extension_schema
from bothends.errors import ContractError
from tests.documents.settings_page import keys, meaning
from tests.documents.tables import sentence

ROOT = Path(__file__).resolve().parents[2]
# By depth: a search of all folders would go through what is installed below them, too.
EXAMPLES = sorted(
    path
    for pattern in ("", "examples/*/", "examples/*/*/", "tests/correct_targets/*/")
    for path in ROOT.glob(f"{pattern}bothends.toml")
)
SPEC = 'spec = "openapi.yaml"\n'
SESSION = '[world.session]\nkind = "next-auth-v4"\n'
STATIC = '[world.sessions.token]\nkind = "static"\n'
UPSTREAM = '[world.upstreams.settings]\npath = "/settings"\nanswer = "#/x"\n'
CALLERS = 'callers = [{headers = {Authorization = "Bearer {env.TOKEN}"}, identity = {id = 7}}]'
KEYS = (
    "spec, spec_headers, pacts, coverage_threshold, known_findings, formats, strict_statuses, plugins, overlays, "
    "workflows, operations, target, world, callbacks, documents, lint"
)
TOP = f"one of {KEYS}"

FAULTY = [
    # text, line and key, what is wrong, what is right, advice
    ("", "", "'spec' is missing in the settings.", 'spec = "openapi.yaml"', ""),
    ('sepc = "a"\n', "1 sepc", "'sepc' is not a key of the settings.", TOP, "Did you mean 'spec'?"),
    ('spec = " "\n', "1 spec", "'spec' is empty.", "a string", ""),
    ("spec = 2030-01-01\n", "1 spec", "'spec' is 2030-01-01.", "a string", ""),
    (SPEC + "\npacts = []\n", "3 pacts", "'pacts' is [].", "a string", ""),
    (
        SPEC + "coverage_threshold = 101\n",
        "2 coverage_threshold",
        "'coverage_threshold' is 101.",
        "a number from 0 to 100",
        "",
    ),
    (
        SPEC + 'formats = "asert"\n',
        "2 formats",
        "'formats' is 'asert'.",
        "one of annotate, assert",
        "Did you mean 'assert'?",
    ),
    (SPEC + 'strict_statuses = "yes"\n', "2 strict_statuses", "'strict_statuses' is 'yes'.", "true or false", ""),
    (SPEC + "target = 1\n", "2 target", "'target' is 1.", "a table", ""),
    (
        SPEC + '[target]\ncomand = ["a"]\n',
        "3 target.comand",
        "'comand' is not a key of [target].",
        "",
        "Did you mean 'command'?",
    ),
    (
        SPEC + "[target]\ncommand = []\n",
        "3 target.command",
        "'command' is [].",
        'words, such as ["python", "-m", "reference"], or one string',
        "",
    ),
    (
        SPEC + '[target.env]\nA = "a"\nPORT = 3000\n',
        "4 target.env.PORT",
        "The environment variable 'PORT' is 3000.",
        "a string",
        'Write it as a string: PORT = "3000"',
    ),
    (SPEC + '[target]\nready = "up"\n', "3 target.ready", "'ready' is 'up'.", "a path, such as /healthz", ""),
    (
        SPEC + '[target]\nurl = "localhost"\n',
        "3 target.url",
        "The URL 'localhost' is not the base URL of a target.",
        "http://host:port or https://host",
        "",
    ),
    (
        SPEC + "[target]\ndrain = true\n",
        "3 target.drain",
        "'drain' is not a key of [target].",
        "",
        "Did you mean 'drains'?",
    ),
    (SPEC + '[target]\ndrains = "true"\n', "3 target.drains", "'drains' is 'true'.", "true or false", ""),
    (
        SPEC + "[target]\ntime_limit_ms = 0\n",
        "3 target.time_limit_ms",
        "'time_limit_ms' is 0.",
        "an integer from 1 to 86400000",
        "",
    ),
    (
        SPEC + "[world]\nupstream_timeout_ms = 1.5\n",
        "3 world.upstream_timeout_ms",
        "'upstream_timeout_ms' is 1.5.",
        "an integer from 1 to 86400000",
        "",
    ),
    (
        SPEC + "[world.upstream.settings]\n",
        "2 world.upstream",
        "'upstream' is not a key of [world].",
        "one of host, upstream_timeout_ms, session, sessions, upstreams, ingest, ingests",
        "Did you mean 'upstreams'?",
    ),
    (
        SPEC + SESSION,
        "2 world.session",
        "'cookie' is missing in [world.session].",
        'cookie = "next-auth.session-token"',
        "",
    ),
    (
        SPEC + SESSION.replace("v4", "v3"),
        "3 world.session.kind",
        "'next-auth-v3' is not a session kind.",
        "one of api-key, basic, jwt, next-auth-v4, auth-js-v5, static",
        "Did you mean 'next-auth-v4'?",
    ),
    (
        SPEC + SESSION + 'cookie = "a"\nsecrt = "b"\n',
        "5 world.session.secrt",
        "'secrt' is not a key of [world.session].",
        "one of kind, cookie, secret, strict",
        "Did you mean 'secret'?",
    ),
    (SPEC + STATIC, "2 world.sessions.token", "'callers' is missing in [world.sessions.token].", CALLERS, ""),
    (
        SPEC + STATIC + "callers = [{headers = {A = 'b'}}, {header = {A = 'c'}}]\n",
        "4 world.sessions.token.callers",
        "Number 2 of 'callers' has the unknown key 'header'.",
        "one of headers, query, cookies, identity, forbidden",
        "Did you mean 'headers'?",
    ),
    (
        SPEC + STATIC + "callers = [{headers = {A = 1}}]\n",
        "4 world.sessions.token.callers",
        "Number 1 of 'callers': 'headers.A' is 1.",
        "a name and a string",
        "",
    ),
    (
        SPEC + UPSTREAM.replace('answer = "#/x"\n', ""),
        "2 world.upstreams.settings",
        "'answer' is missing in [world.upstreams.settings].",
        'answer = "openapi.yaml#/components/schemas/Settings"',
        "",
    ),
    (
        SPEC + UPSTREAM.replace("settings]", "session]"),
        "2 world.upstreams.session",
        "An upstream can't be named 'session': that name is taken.",
        "another name",
        "",
    ),
    (
        SPEC + UPSTREAM + 'method = "PSOT"\n',
        "5 world.upstreams.settings.method",
        "'method' is 'PSOT'.",
        "one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "Did you mean 'POST'?",
    ),
    (
        SPEC + UPSTREAM + "port = 70000\n",
        "5 world.upstreams.settings.port",
        "'port' is 70000.",
        "an integer from 1 to 65535",
        "",
    ),
    (
        SPEC + '[world.ingest]\nkind = "ingest"\n',
        "3 world.ingest.kind",
        "'ingest' is not an ingest kind.",
        "one of inngest, webhook",
        "Did you mean 'inngest'?",
    ),
    (
        SPEC + '[world.ingest]\npath = "/e/"\n',
        "3 world.ingest.path",
        "'path' is '/e/'.",
        "a path without a slash at its end, such as /inngest",
        "",
    ),
    (
        SPEC + '[world.ingests.hooks]\nreceives = "paid"\n',
        "3 world.ingests.hooks.receives",
        "'receives' is 'paid'.",
        'names of callbacks: ["paid"]',
        "",
    ),
    (
        SPEC + '[callbacks.paid]\ndelivery = "acknowleged"\n',
        "3 callbacks.paid.delivery",
        "'delivery' is 'acknowleged'.",
        "one of acknowledged, at-least-once, at-most-once",
        "Did you mean 'acknowledged'?",
    ),
    (
        SPEC + "[callbacks.paid]\ndelivery = {}\n",
        "3 callbacks.paid.delivery",
        "'delivery' is empty.",
        "a table with one of answer, attempts, within_ms, retry_within_ms, identity, events, survives",
        "",
    ),
    (
        SPEC + '[callbacks.paid.delivery]\nanswer = "befor"\n',
        "3 callbacks.paid.delivery.answer",
        "'answer' is 'befor'.",
        "one of after, any",
        "",
    ),
]


@pytest.mark.parametrize("row", FAULTY, ids=[row[2] for row in FAULTY])
def test_a_faulty_file(tmp_path: Path, row: tuple[str, str, str, str, str]) -> None:
    """The schema finds the mistake, and the loader says its line, its key, what would be right, and what was meant."""
    text, place, problem, expected, advice = row
    file = tmp_path / "bothends.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ContractError) as caught:
        load_settings(file)
    error = caught.value
    expected = expected or f"one of {', '.join(settings_schema()['$defs']['target']['properties'])}"
    assert (f"{file}:{place}".rstrip(":"), problem, expected, advice) == (
        str(error.where),
        error.problem,
        error.expected,
        error.advice,
    )
    top = Table(file, text, parse_toml(file, text, what="The settings file"))
    with pytest.raises(ContractError, match=re.escape(problem)):
        check_settings(top, schema_for(top))
    # What TOML has and JSON has not is null to an editor; a kind that is not known may be a package's.
    plain = json.loads(json.dumps(top.values, default=lambda _: None))
    assert place.endswith("kind") == jsonschema_rs.is_valid(settings_schema(), plain)


def test_several_mistakes(tmp_path: Path) -> None:
    """A key that there is not is told first: it explains what is missing. Else it is the first mistake of the file."""
    file = tmp_path / "bothends.toml"
    file.write_text('[target]\nready = "up"\nurl = "x"\n[world]\nhsot = "a"\n', "utf-8")
    with pytest.raises(ContractError, match="'hsot' is not a key of"):
        load_settings(file)
    file.write_text('[target]\nready = "up"\nurl = "x"\n', "utf-8")
    with pytest.raises(ContractError, match="'ready' is 'up'"):
        load_settings(file)


def test_it_is_a_schema_that_stands_alone() -> None:
    """It is JSON Schema 2020-12, and each reference in it leads to its own `$defs`."""
    jsonschema_rs.meta.validate(settings_schema())
    text = json.dumps(settings_schema())
    assert "https://json-schema.org/draft/2020-12/schema" == settings_schema()["$schema"]
    assert text.count('"$ref"') == text.count('"$ref": "#/$defs/')


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_files_of_this_repository_fit(path: Path) -> None:
    """Each is read, and names the schema for editors by a path that leads to it."""
    assert path == load_settings(path).file
    schema = (path.parent / path.read_text("utf-8").splitlines()[0].removeprefix("#:schema ")).resolve()
    assert ROOT / "src/bothends/contract/bothends.schema.json" == schema


def definition(name: str) -> Any:
    """Return the keys of a table of the settings, as the schema has them: each with its schema."""
    defs = settings_schema()["$defs"]
    ingest = {**defs["ingest"]["properties"], **defs["any-ingest"]["properties"]}
    found = {"": settings_schema()["properties"], "ingest": ingest}
    return found.get(name) or defs[name]["properties"]


@pytest.mark.parametrize(("table", "of"), [*keys().items()])
def test_editors_show_what_the_documentation_says(table: str, of: list[str]) -> None:
    """The schema has the keys of the reference page, no more and no fewer, each described in the same words."""
    name = {"world.upstreams.NAME": "upstream", "world.ingests.NAME": "ingest", "target.setup": "setup-step"}
    known = definition(name.get(table, table.removesuffix("s.NAME").rpartition(".")[2]))
    values = {"#/$defs/delivery", "#/$defs/header-values"}
    tables = {key for key, each in known.items() if "$ref" in each and each["$ref"] not in values}
    tables |= {key for key in known if table in {"", "world"} and known[key].get("type") == "object"}
    assert set(of) == set(known) - tables
    for key in of:
        described = known[key].get("description", "")
        assert key == "kind" or described.startswith(meaning(table, key)), key


def test_what_else_knows_of_guarantees_and_terms() -> None:
    """The guarantees and the terms of a delivery are those that there are."""
    defs = settings_schema()["$defs"]
    flags = {
        key: each["description"]
        for key, each in defs["target"]["properties"].items()
        if each.get("type") == "boolean" and key not in {"setup_once", "isolated"}
    }
    assert {name: sentence(text) for name, text in GUARANTEES.items()} == flags
    assert extension_schema(X_DELIVERY).raw["oneOf"] == defs["delivery"]["oneOf"]
