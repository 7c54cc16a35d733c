"""A locale without letters of other scripts: files are found by their names, and names are shown as they can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASCII_ALONE = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
SPEC = """\
openapi: 3.1.0
info: {title: Größen, version: '1'}
paths:
  /größen:
    get:
      operationId: größenLesen
      responses:
        '200':
          description: Größen.
          content: {application/json: {schema: {type: object, required: [größe], properties: {größe: {type: string}}}}}
"""
SERVER = """\
import os
from tests.json_service import JsonService, Server

class Sizes(JsonService):
    def do_GET(self):
        self.answer(200, {"gr\\u00f6\\u00dfe": 7})

Server(("127.0.0.1", int(os.environ["PORT"])), Sizes).serve_forever()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose name, spec, settings and target have umlauts."""
    made = tmp_path / "größe"
    made.mkdir()
    (made / "maße-ä.yaml").write_text(SPEC, "utf-8")
    (made / "dienst-ö.py").write_text(SERVER, "utf-8")
    settings = f"""spec = "maße-ä.yaml"
[target]
command = ["python", "dienst-ö.py"]
[target.env]
PORT = "{{port}}"
PYTHONPATH = "{ROOT}"
"""
    (made / "bothends.toml").write_text(settings, "utf-8")
    return made


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user does in such a locale."""
    return subprocess.run(
        [sys.executable, "-m", "bothends", *arguments],
        cwd=folder,
        env={**os.environ, **ASCII_ALONE, **environment},
        capture_output=True,
        check=False,
        timeout=240,
    )


def test_a_run_finds_its_files_and_shows_names_with_escapes(folder: Path) -> None:
    """The spec, the target and a report are found by their names; what is printed is ASCII and hides nothing."""
    done = run(folder, "verify", "--only", "success", "--seed", "1", "--html", "bericht-ü.html")
    out = done.stdout.decode("ascii")
    assert (1, b"") == (done.returncode, done.stderr), (out, done.stderr)
    assert "GET /gr\\xf6\\xdfen of ma\\xdfe-\\xe4.yaml" in out
    assert "does not match its schema at /gr\\xf6\\xdfe" in out
    assert "größe" in (folder / "bericht-ü.html").read_text("utf-8")


CALLS = [
    # the arguments, the exit code, what is printed
    (("lint", "--operation", "größenLesne"), 2, "The spec has no operation 'gr\\xf6\\xdfenLesne'. [contract]"),
    (("diff", "maße-ä.yaml", "maße-ä.yaml"), 0, "no break"),
    (("lint", "--spec", "nichts-ä.yaml"), 2, "nichts-\\xe4.yaml\n  error: The spec does not exist."),
    (("verify", "--config", "ohne-ü.toml"), 2, "ohne-\\xfc.toml: The settings file does not exist."),
    (("vürify",), 2, "invalid choice: 'v\\xfcrify'"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), CALLS, ids=[row[0][0] for row in CALLS])
def test_a_command_names_what_is_wrong(folder: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    """No command fails for a letter, and the exit code is what it is elsewhere."""
    done = run(folder, *arguments)
    told = (done.stdout + done.stderr).decode("ascii")
    assert code == done.returncode, told
    assert said in told
    assert "Traceback" not in told
    assert "crash" not in told


def test_the_encoding_that_a_user_asks_for_is_used(folder: Path) -> None:
    """PYTHONIOENCODING says how streams are written, in such a locale too."""
    done = run(folder, "lint", "--operation", "größenLesne", PYTHONIOENCODING="utf-8")
    assert "größenLesne" in done.stdout.decode("utf-8")
