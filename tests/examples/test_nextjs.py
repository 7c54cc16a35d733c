"""The Next.js example: the route as it is written is broken, and the corrected one does what the pages say of it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.ports import ports
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "nextjs"
START_SECONDS = 60.0

_SETTINGS = {
    "SETTINGS_URL": "http://127.0.0.1:1/settings",
    "INNGEST_BASE_URL": "http://127.0.0.1:1",
    "INNGEST_EVENT_KEY": "a-key",
    "NEXTAUTH_SECRET": "a-secret",
}
# Cases that are quick, and the laws that the handler as written breaks in them, beside others.
_BROKEN = {
    "signed-out": {"family-status", "nothing-dropped", "provenance"},
    "framing": {"no-event-without-success", "not-executed"},
    "upstream-wrong/settings-redirects-302": {"redirect-not-followed"},
    "upstream-wrong/ingest-answers-500-with-a-right-body": {"event-for-success"},
}


def command(port: int) -> list[str]:
    """Return what starts the corrected route."""
    program = EXAMPLE / "node_modules" / "next" / "dist" / "bin" / "next"
    return ["node", str(program), "start", str(EXAMPLE / "corrected"), "--hostname", "127.0.0.1", "--port", str(port)]


def environment(**other: str) -> dict[str, str]:
    """Return its environment."""
    return {**os.environ, **_SETTINGS, "NEXT_TELEMETRY_DISABLED": "1", **other}


@contextmanager
def running() -> Iterator[int]:
    """Run the corrected route; yield its port."""
    (port,) = ports(1)
    with subprocess.Popen(command(port), env=environment(), stdout=subprocess.DEVNULL) as process:
        try:
            _await_ready(port, process)
            yield port
        finally:
            process.kill()


def _await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "it ended; is it built? `make nextjs` does it"
        try:
            assert 200 == asked(port, "GET", "/healthz").status
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("it does not get ready")


def asked(port: int, method: str, path: str = "/api/route") -> http.client.HTTPResponse:
    """Make a request; return the answer, read to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def broken_laws(only: str, report: Path) -> set[str]:
    """Verify the route as it is written with some cases; return the laws of which an error was found."""
    words = ["verify", "--config", str(EXAMPLE / "as-written.toml"), "--profile", "quick", "--seed", "1"]
    done = bothends(report.parent, *words, "--only", only, "--json", str(report), measured=False)
    assert done.returncode == 1, done.stdout
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return {finding["law"] for finding in found["findings"] if finding["severity"] == "error"}


@pytest.mark.parametrize("only", _BROKEN)
def test_the_route_as_it_is_written_is_broken(only: str, tmp_path: Path) -> None:
    """Real Next.js, next-auth and Inngest SDK: the laws that the usual handler breaks are named."""
    assert set() == _BROKEN[only] - broken_laws(only, tmp_path / "report.json")


def test_those_laws_are_at_least_six() -> None:
    """The handler breaks six laws and more, each in cases that a test looks at."""
    assert len(set().union(*_BROKEN.values())) >= 6


def test_another_method_is_told_which_is_allowed() -> None:
    """The corrected route answers 405 with `Allow` (RFC 9110 section 15.5.6), and OPTIONS with the same."""
    with running() as port:
        answers = {method: asked(port, method) for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")}
    expected = dict.fromkeys(answers, (405, "OPTIONS, POST")) | {"OPTIONS": (204, "OPTIONS, POST")}
    assert expected == {method: (answer.status, answer.headers["Allow"]) for method, answer in answers.items()}


@pytest.mark.parametrize("missing", _SETTINGS)
def test_example_does_not_start_without_what_it_needs(missing: str) -> None:
    """A missing variable is named, and nothing is served without it."""
    done = subprocess.run(
        command(0), env=environment(**{missing: ""}), capture_output=True, text=True, check=False, timeout=START_SECONDS
    )
    assert (2, f"route: {missing} is not set\n") == (done.returncode, done.stderr)


def test_what_is_installed_is_pinned_and_names_no_registry() -> None:
    """Each package of the lock file has a digest, and none an address: the registry is the reader's own."""
    packages: dict[str, dict[str, Any]] = json.loads((EXAMPLE / "package-lock.json").read_text("utf-8"))["packages"]
    others = {name: package for name, package in packages.items() if name and not package.get("inBundle")}
    assert [] == [name for name, package in others.items() if "integrity" not in package]
    assert [] == [name for name, package in others.items() if "resolved" in package]
    wanted: dict[str, str] = packages[""]["dependencies"]
    assert wanted == {name: others[f"node_modules/{name}"]["version"] for name in wanted}
