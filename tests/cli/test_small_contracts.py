"""`bothends verify` on contracts that declare little: no session, no upstream, no event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

PING = """\
openapi: 3.1.0
info: {title: ping, version: "1"}
paths:
  /ping:
    get:
      operationId: ping
      responses:
        "200":
          description: It is there.
          content:
            application/json:
              schema: {type: object, required: [pong], properties: {pong: {const: true}}}
        "409":
          description: Nobody says when.
"""

ECHO = """\
openapi: 3.1.0
info: {title: echo, version: "1"}
paths:
  /echo:
    post:
      operationId: echo
      requestBody:
        content:
          text/plain:
            schema: {type: string}
            example: "LONG"
      responses:
        "200":
          description: What was sent.
          content:
            application/json:
              schema: {type: object, required: [echo], properties: {echo: {type: string}}}
"""


def small(folder: Path, spec: str, target: str = "") -> Project:
    """Return a folder whose settings say no more than the spec and the command."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    command = f'command = ["python", "{ROOT}/tests/cli/targets/pings.py", "{{port}}"]'
    (folder / "bothends.toml").write_text(f'spec = "openapi.yaml"\n[target]\n{command}\n{target}', "utf-8")
    return Project(folder)


def verified(project: Project, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run `verify`; return its exit code, its report and what a person sees."""
    done = project.call("verify", "--seed", "1", "--json", "report.json", *arguments)
    assert "" == done.err
    report: dict[str, Any] = json.loads((project.folder / "report.json").read_text("utf-8"))
    return done.code, report, done.out


def test_settings_with_nothing_but_a_spec_and_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole run comes to its end; scenarios that take an ingest or an upstream are left out, the others are not."""
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY")  # the tests' own
    project = small(tmp_path, PING)
    code, report, out = verified(project)
    assert ("", "", 4, []) == (report["harness_failure"], report["target_failure"], code, report["findings"])
    logs = {path.name for path in (tmp_path / ".bothends" / "bothends").glob("target-*.log")}
    assert "target-requests-while-starting.log" in logs  # one about an end may follow it, on the same target
    assert not {log for log in logs if "ingest" in log or "upstream" in log}
    assert not (tmp_path / ".hypothesis").exists()
    assert (tmp_path / ".bothends" / "hypothesis").exists()
    [missing] = report["not_proven"]
    assert "answer 409" == missing["what"]
    assert "openapi.yaml:13 /paths/~1ping/get/responses/409" == missing["where"]
    assert missing["add"].startswith("x-given: ")
    assert not [line for line in out.splitlines() if line.startswith(("   case ", "   replay ", "   seen "))]
    assert [] == list((tmp_path / ".bothends").glob("*/findings/*"))


@pytest.mark.parametrize("again", [False, True])
def test_a_long_answer_is_not_proven_until_the_line_is_added(tmp_path: Path, again: bool) -> None:  # noqa: FBT001 -- a column of the table
    """The report says where the answer is declared, and the line that has it read in full; with it, it is proven."""
    line = "answer_limit_bytes = 256\n" if again else "answer_limit_bytes = 16\n"
    project = small(tmp_path, ECHO.replace("LONG", "long " * 10), line)
    code, report, _ = verified(project, "--only", "success")
    if again:
        assert (0, []) == (code, report["not_proven"])
        return
    [missing] = report["not_proven"]
    assert (4, "answer 200") == (code, missing["what"])
    assert "openapi.yaml:13 /paths/~1echo/post/responses/200" == missing["where"]
    head, _, number = missing["add"].rpartition(" = ")
    assert ("[target]\nanswer_limit_bytes", True) == (head, 62 < int(number) <= 256)


BODY = ECHO.partition("paths:\n")[2]


@pytest.mark.parametrize(
    ("spec", "played"),
    [
        pytest.param(PING, ["no-body"], id="one-without-an-example"),
        pytest.param(PING + BODY, ["ping.no-body", "echo.example"], id="two"),
        pytest.param(
            PING + BODY.replace('example: "LONG"', 'examples: {other: {value: "a"}, usual: {value: "b"}}'),
            ["ping.no-body", "echo.usual"],
            id="one-of-two-with-an-example-of-that-name",
        ),
    ],
)
def test_the_usual_request_of_each_operation(tmp_path: Path, spec: str, played: list[str]) -> None:
    """`success/usual` is the example of that name, or the first valid request, whatever the number of operations."""
    project = small(tmp_path, spec)
    code, _, _ = verified(project, "--only", "success/usual", "--ndjson", "run.ndjson")
    lines = map(json.loads, (tmp_path / "run.ndjson").read_text("utf-8").splitlines())
    cases = [line["case"] for line in lines if line["event"] == "exchange-judged"]
    assert (0, [f"success/{name}" for name in played]) == (code, list(dict.fromkeys(cases)))
