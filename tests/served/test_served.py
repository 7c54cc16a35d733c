"""A spec that the settings name by a URL: the target is asked for it, and what is said of it names the copy."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.contract.fetched import keep
from bothends.contract.openapi import copy_of
from bothends.contract.settings import load_settings
from bothends.errors import ContractError, MachineError
from bothends.workbench import Workbench
from tests.in_process import bothends
from tests.ports import ports
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

TARGET = Path(__file__).parent / "target.py"
URL = "http://127.0.0.1:{port}/openapi.json"
COPY = ".bothends/specs/bothends/127.0.0.1-port-openapi.json"
GATED = 'spec_headers = {Authorization = "Bearer {setup.token}"}\n'
SETUP = '[[target.setup]]\npath = "/session"\ntake = {token = "body#/token"}\n'


@dataclass
class Service:
    """Settings that name the spec of a service by its URL.

    Attributes:
        folder: Where they are.
        env: The target's environment.
        top: More lines at the top of the settings.
        setup: The lines of setup.
        spec: What they say is the spec.
    """

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    top: str = ""
    setup: str = ""
    spec: str = URL
    target: str = ""

    def write(self) -> None:
        """Write the settings."""
        env = ", ".join(f"{name} = {json.dumps(value)}" for name, value in {"PORT": "{port}", **self.env}.items())
        target = self.target or f"command = {json.dumps([sys.executable, str(TARGET)])}\nenv = {{{env}}}"
        lines = f"spec = {json.dumps(self.spec)}\n{self.top}[target]\n{target}\n{self.setup}"
        (self.folder / "bothends.toml").write_text(lines)

    def run(self, *arguments: str, **env: str) -> CompletedProcess[str]:
        """Run a command in the folder."""
        self.write()
        return bothends(self.folder, *arguments, env=env, notes=self.folder / "starts.txt")

    def verify(self, **env: str) -> CompletedProcess[str]:
        """Verify its success."""
        return self.run("verify", "--seed", "1", "--only", "success", "--json", "report.json", **env)

    @property
    def report(self) -> dict[str, Any]:
        """The report of the run."""
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return report

    @property
    def starts(self) -> list[str]:
        """How the target was started each time."""
        return (self.folder / "starts.txt").read_text().splitlines()


def told(done: CompletedProcess[str]) -> str:
    """Return what a person sees, without ports."""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", done.stdout + done.stderr)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(folder: Path, **env: str) -> Iterator[int]:
    """Have the target run, and yield its port."""
    (port,) = ports(1)
    process = subprocess.Popen([sys.executable, TARGET], cwd=folder, env={**os.environ, **env, "PORT": str(port)})
    try:
        until(lambda: _listens(port), every=0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def test_a_launched_target_is_asked_before_the_run(tmp_path: Path) -> None:
    """It is started for that, and stopped before it is started again; the report names the URL, and the copy."""
    service = Service(tmp_path)
    done = service.verify()
    assert 0 == done.returncode, told(done)
    assert ["alone", "alone"] == service.starts
    named = "http://127.0.0.1:{port}/openapi.json (kept as .bothends/specs/bothends/127.0.0.1-port-openapi.json)"
    assert named == service.report["spec"]
    assert f"of {named} at" in done.stdout


def test_each_run_asks_anew_and_other_commands_read_the_copy(tmp_path: Path) -> None:
    """What has changed in between counts; a port that differs from start to start changes no contract."""
    service = Service(tmp_path)
    service.verify()
    before = load(tmp_path / "bothends.toml").digest
    done = service.run("lint")
    assert (0, "") == (done.returncode, done.stderr), told(done)
    assert 2 == len(service.starts), "lint starts nothing"
    service.verify()
    assert before == load(tmp_path / "bothends.toml").digest
    service.env = {"DOCUMENT": "wrong-schema"}
    done = service.verify()
    assert 1 == done.returncode, told(done)
    assert before != load(tmp_path / "bothends.toml").digest
    assert ["alone"] * 6 == service.starts


def test_a_finding_names_a_line_of_the_copy(tmp_path: Path) -> None:
    """The copy has a line for each value, although the target serves all in one."""
    service = Service(tmp_path, env={"DOCUMENT": "wrong-schema"})
    service.run("verify", "--seed", "1", "--only", "success", "--sarif", "run.sarif")
    places = re.findall(r'"uri": ?"([^"]*specs[^"]*)"', (tmp_path / "run.sarif").read_text())
    assert {COPY} == set(places)
    lines = (tmp_path / COPY).read_text().splitlines()
    found = json.loads((tmp_path / "run.sarif").read_text())["runs"][0]["results"][0]
    line = found["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert '"200"' in lines[line - 1], lines[line - 1]


def test_a_target_that_runs_is_asked_where_it_is(tmp_path: Path) -> None:
    """The port is that of its URL, and nothing else is started; the server that it names has the base path."""
    with running(tmp_path, BASE="/api") as port:
        service = Service(tmp_path, target=f'url = "http://127.0.0.1:{port}"')
        done = service.verify()
        assert 0 == done.returncode, told(done)
        assert ["alone"] == service.starts
        service.spec = f"http://127.0.0.1:{port}/openapi.json"
        done = service.verify()
        assert 0 == done.returncode, told(done)
    done = service.verify()
    assert 3 == done.returncode, told(done)
    assert "The target can't be reached" in told(done)


def test_a_launched_target_below_the_path_of_its_server(tmp_path: Path) -> None:
    """Its document says so, with a port that it did not have when the copy was made."""
    done = Service(tmp_path, env={"BASE": "/api"}).verify()
    assert 0 == done.returncode, told(done)


@pytest.mark.parametrize("runs", [False, True])
def test_a_document_for_those_who_are_signed_in(tmp_path: Path, runs: bool) -> None:  # noqa: FBT001 -- a column
    """Setup comes first; no report has the token."""
    service = Service(tmp_path, env={"GATE": "1"}, top=GATED, setup=SETUP)
    if runs:
        with running(tmp_path, GATE="1") as port:
            service.target = f'url = "http://127.0.0.1:{port}"'
            done = service.verify()
    else:
        done = service.verify()
    assert 0 == done.returncode, told(done)
    assert "tok-" not in told(done) + json.dumps(service.report)


WRONG = {
    "page": r"serves no OpenAPI document at http://127\.0\.0\.1:PORT/openapi\.json\.\n  answer: 200, text/html: <html> "
    r"<h1>Docs</h1></html>\n  expected: the URL of the document itself: /openapi.json, /v3/api-docs or the like",
    "elsewhere": r"serves no OpenAPI document at .*\n  answer: 302, text/plain, which leads to http://192\.0\.2\.1/",
    "large": r"The document at .* is too large\.\n  expected: at most 64 MiB",
    "reference": r"127\.0\.0\.1-port-openapi\.json:\d+ .*secret\.yaml",
}


@pytest.mark.parametrize("odd", WRONG)
def test_what_is_served_is_no_document(tmp_path: Path, odd: str) -> None:
    """The error has the place in the settings, the URL, the answer's first words, and what was expected."""
    (tmp_path / "secret.yaml").write_text("x: {description: open}\n")
    done = Service(tmp_path, env={"DOCUMENT": odd}).verify()
    assert 2 == done.returncode, told(done)
    assert re.search(WRONG[odd], told(done)), told(done)
    assert not (tmp_path / "here.txt").exists(), "the target is stopped"


@pytest.mark.parametrize(
    ("top", "advice"),
    [
        ("", "If it asks for a credential, name it in `spec_headers`."),
        ('spec_headers = {Authorization = "Bearer {env.SPEC_TOKEN}"}\n', "Check the credential in `spec_headers`."),
        (GATED.replace("Bearer", "Basic"), "Check the credential in `spec_headers`, and what setup yields as token."),
    ],
)
def test_a_document_that_nobody_is_given(tmp_path: Path, top: str, advice: str) -> None:
    """The error says what to look at, and hides the credential, which the answer repeats."""
    done = Service(tmp_path, env={"GATE": "1"}, top=top, setup=SETUP).verify(SPEC_TOKEN="of-no-use-at-all")
    assert 2 == done.returncode, told(done)
    assert "bothends.toml:1 spec: The target serves no OpenAPI document" in told(done)
    assert "answer: 401, application/json: " in told(done)
    assert advice in told(done)
    assert "tok-" not in told(done)
    assert "of-no-use" not in told(done)


def test_a_target_that_does_not_start(tmp_path: Path) -> None:
    """It ends as any run does whose target does not start, with the end of its log."""
    service = Service(tmp_path, target='command = ["python", "-c", "print(1 / 0)"]')
    done = service.verify()
    assert 3 == done.returncode, told(done)
    assert "ZeroDivisionError" in told(done)


@pytest.mark.parametrize("command", ["lint", "mock", "world"])
def test_no_copy_is_kept_yet(tmp_path: Path, command: str) -> None:
    """A command that starts no target says where a copy would be, and how to get one."""
    done = Service(tmp_path).run(command)
    assert 2 == done.returncode, told(done)
    assert "bothends.toml:1 spec" in told(done)
    assert "The target serves the spec at http://127.0.0.1:{port}/openapi.json" in told(done)
    assert f"a copy at {COPY}" in told(done)
    assert "Run `bothends verify` once" in told(done)


ELSEWHERE = "'spec' names {}, which is not this machine: a settings file calls no other host."
SETTINGS = [
    ("http://192.0.2.1/openapi.json", "", "1 spec", ELSEWHERE),
    ("http://localhost.example/a", "", "1 spec", ELSEWHERE),
    ("http://a@127.0.0.1/a", "", "1 spec", ELSEWHERE),
    ("http://127.0.0.1:{prot}/a", "", "1 spec", ELSEWHERE),
    ("http://127.0.0.1/{setup.a}", "", "1 spec", "'spec' has {setup.a}, which stands for nothing there."),
    ("http://127.0.0.1/a#b", "", "1 spec", "'spec' has a fragment, which stands for nothing there."),
    ("a.json", '"b"', "2 spec_headers", "'spec_headers' are of the request for the spec, but 'spec' names a file."),
    (URL, '"{setup.b}"', "2 spec_headers", "'spec_headers' uses {setup.b}, but [target] has no setup."),
    (
        URL,
        '"{env.NOT_SET}"',
        "2 spec_headers",
        "The environment variable NOT_SET is not set, but 'spec_headers' uses {env.NOT_SET}.",
    ),
]


@pytest.mark.parametrize(("spec", "header", "place", "problem"), SETTINGS)
def test_wrong_settings(tmp_path: Path, spec: str, header: str, place: str, problem: str) -> None:
    """Only this machine is asked, and only what can be known is filled in."""
    Service(tmp_path, spec=spec, top=f"spec_headers = {{A = {header}}}\n" if header else "").write()
    with pytest.raises(ContractError) as caught:
        load_settings(tmp_path / "bothends.toml")
    assert f"{tmp_path}/bothends.toml:{place}" == str(caught.value.where)
    assert problem.replace("{}", spec) == caught.value.problem


def test_a_workbench_asks_the_target(tmp_path: Path) -> None:
    """So do fixtures of pytest, and notebooks, in whose thread an event loop runs."""
    Service(tmp_path).write()

    async def opened() -> list[str]:
        bench = Workbench(tmp_path / "bothends.toml")
        return [operation.id for operation in bench.contract.operations]

    with chdir(tmp_path):
        assert ["ping"] == asyncio.run(opened())
    assert (tmp_path / COPY).is_file()


def test_a_copy_that_is_yaml_by_now(tmp_path: Path) -> None:
    """There is one copy of a spec, whatever it was before."""
    kept = keep(b'{"openapi": "3.1.0"}', URL, tmp_path)
    assert ('{\n  "openapi": "3.1.0"\n}', kept) == (kept.read_text(), copy_of(URL, tmp_path))
    other = keep(b"openapi: 3.1.0\n", URL, tmp_path)
    assert (False, other) == (kept.exists(), copy_of(URL, tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="The copy of the spec can't be written"):
        keep(b"openapi: 3.1.0\n", URL, tmp_path / "file")
