"""`bothends lint` and `bothends explain` as commands: what they print, in each format, and how they end."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.lint.contract import SETTINGS, SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    """Exit code 1 where a run would take the contract, and find what the error tells."""
    (folder / "openapi.yaml").write_text(SPEC.replace("minimum: 1,", "minimum: 10,"), "utf-8")
    assert 1 == bothends(folder, "lint").returncode


NO_SPEC = SETTINGS.replace("openapi.yaml", "none.yaml")
PACTS = SETTINGS.replace("\n", '\npacts = "pacts"\n', 1)
PLAIN = """\
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    get: {operationId: list, responses: {}}
  /items:
    get: {operationId: items, responses: {'200': {description: Those.}}}
"""
REFUSED = [
    # the spec, the settings, the rule that tells of it
    ("openapi: 3.1.0\ninfo: {title: Orders\n", SETTINGS, "contract"),
    ("openapi: 3.1.0", SETTINGS, "contract"),
    (SPEC, NO_SPEC, "contract"),
    (SPEC, SETTINGS.replace("[world.ingest]", "[wrld.ingest]"), "contract"),
    (SPEC, SETTINGS.replace('["*"]', '["none"]'), "contract"),
    (PLAIN.partition("  /items")[0], 'spec = "openapi.yaml"\n', "unusable"),
    (SPEC.replace("x-given: signed-out", "x-given: signedout"), SETTINGS, "unknown-condition"),
    (SPEC.replace("info: {title: Orders, ", "info: {"), SETTINGS, "contract"),
    (SPEC, PACTS, "pact-contradicts"),
]


@pytest.mark.parametrize(("spec", "settings", "rule"), REFUSED, ids=range(len(REFUSED)))
def test_what_verify_refuses_is_the_users_to_mend(folder: Path, spec: str, settings: str, rule: str) -> None:
    """Lint ends with 2 where `bothends verify` ends with 2 for the same files, and says why in each format."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(settings, "utf-8")
    done = bothends(folder, "lint")
    assert (2, "") == (done.returncode, done.stderr)
    assert f"[{rule}]" in done.stdout
    assert 2 == bothends(folder, "lint", "--format", "github").returncode
    assert 2 == bothends(folder, "verify", "--url", "http://127.0.0.1:9").returncode


def test_what_verify_leaves_out_is_an_error_of_lint(folder: Path) -> None:
    """Beside an operation that can be used, one that can't is exit code 1: a run takes the contract."""
    (folder / "openapi.yaml").write_text(PLAIN, "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
    done = bothends(folder, "lint")
    assert (1, True) == (done.returncode, "[unusable]" in done.stdout)


def test_a_rule_that_is_no_more_may_still_be_switched_off(folder: Path) -> None:
    """Settings that switch it off are right; a hint says that it is no more, and so does its page."""
    (folder / "openapi.yaml").write_text(SPEC, "utf-8")
    (folder / "bothends.toml").write_text(f'{SETTINGS}[lint.off]\nno-operation-id = "made by a tool"\n', "utf-8")
    assert (0, "no mistake found; 1 hint with --hints\n") == (
        (done := bothends(folder, "lint")).returncode,
        done.stdout,
    )
    hints = bothends(folder, "lint", "--hints").stdout
    assert "bothends.toml:11 lint.off.no-operation-id\n" in hints
    assert "hint: The rule 'no-operation-id' is no more. Spectral, vacuum and Redocly CLI look for" in hints
    assert "next: Remove no-operation-id from [lint.off]." in hints
    explained = bothends(folder, "explain", "no-operation-id")
    assert (2, True) == (explained.returncode, "The rule 'no-operation-id' of lint is no more." in explained.stderr)
    (folder / "bothends.toml").write_text(f'{SETTINGS}[lint.off]\nno-operation-ip = "x"\n', "utf-8")
    assert (2, True) == ((wrong := bothends(folder, "lint")).returncode, "Unknown rule" in wrong.stderr)


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


ODD = 'k"\n::error::planted'
HOSTILE = "do\x1b[31mne\n::error::planted%0A\u202e\r::warning::x"


def test_github_gets_no_command_of_the_spec(folder: Path) -> None:
    """Escapes, line ends and commands in names are shown as text: there is one line, and one command, a complaint."""
    named = SPEC.replace("        orderPlaced:\n", f"        {json.dumps(HOSTILE)}:\n")
    (folder / "openapi.yaml").write_text(named.replace("{$request.body#/url}", "{nowhere}"), "utf-8")
    done = bothends(folder, "lint", "--format", "github")
    (line,) = done.stdout.splitlines()
    assert (2, True) == (done.returncode, line.isprintable())
    head, _, said = line.removeprefix("::").partition("::")
    kind, _, properties = head.partition(" ")
    read = dict(each.split("=", 1) for each in properties.split(","))
    assert ("error", {"file": "openapi.yaml", "line": "25", "title": "callback-key"}) == (kind, read)
    # The runner's own way back: %0D, %0A and %25, in this order (actions/runner, ActionCommand.UnescapeData).
    problem, advice = said.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%").split("\n")
    shown = HOSTILE.encode("unicode_escape").decode()
    assert f"The callback '{shown}' of POST /orders can't be used" in problem
    assert advice.startswith("Expected: ")


def texts(value: Any) -> Iterator[str]:
    """Yield each text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_json_and_sarif_have_no_raw_escapes(folder: Path) -> None:
    """What a terminal acts on stands in them as JSON escapes."""
    named = SPEC.replace("        orderPlaced:\n", f"        {json.dumps(HOSTILE + chr(0x9B) + chr(0x7F))}:\n")
    (folder / "openapi.yaml").write_text(named.replace("{$request.body#/url}", "{nowhere}"), "utf-8")
    for form in ("json", "sarif"):
        text = bothends(folder, "lint", "--format", form).stdout
        assert text.replace("\n", "").isprintable()
        assert any(HOSTILE in each for each in texts(json.loads(text)))


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


def test_lines_to_add_are_lines_whatever_a_scheme_is_called(folder: Path) -> None:
    """A line end or a quote in the name of a scheme or a header is an escape of TOML, and begins no line."""
    spec = SPEC.replace("security: [{key: []}]", "security: [{key: [], odd: []}]").replace(
        "securitySchemes:\n", f"securitySchemes:\n    odd: {{type: apiKey, in: header, name: {json.dumps(ODD)}}}\n"
    )
    (folder / "openapi.yaml").write_text(spec.replace("odd:", f"{json.dumps(ODD)}:"), "utf-8")
    complaints = json.loads(bothends(folder, "lint", "--format", "json").stdout)["complaints"]
    [advice] = [each["advice"] for each in complaints if each["rule"] == "scheme-not-played"]
    callers = tomllib.loads(advice)["world"]["sessions"][ODD]["callers"]
    assert [{ODD: "{env.KEY_1}"}, {ODD: "{env.KEY_2}"}] == [each["headers"] for each in callers]
    lines = bothends(folder, "lint").stdout.splitlines()
    assert [] == [line for line in lines if line.strip().startswith("::")]
