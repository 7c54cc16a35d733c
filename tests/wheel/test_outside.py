"""The built wheel in a clean environment, in an empty folder beside a service: a team's first day."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.documents.walk import EXPRESS, KEYS, running
from tests.wheel.made import ROOT, build, environment, oldest_and_newest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

UNTIL = (datetime.now(tz=UTC) + timedelta(days=30)).date().isoformat()
FEW = ("--seed", "1", "--only", "success")
# Two bugs of each service: one that it has on the first day, which the document forbids, and a new one, in what `init`
# has seen of its events. Each is a text, and what takes its place.
OLD = {
    "FastAPI": ("return Accepted(id=invoice.id)", 'return JSONResponse({"number": invoice.id})'),
    "Express": (".json({ id, room })", ".json({ number: id, room })"),
}
NEW = {
    "FastAPI": ("customer=invoice.customer,", 'customer="somebody",'),
    "Express": ("room, guest, nights });", "room, guest: 'somebody', nights });"),
}
FIXTURES = '''
def test_both_ends(contract, target):
    """A request is answered, and its event arrives."""
    exchange = target.post({request})
    assert {status} == exchange.response.status
    assert 1 == len(exchange.events)
    contract.check(exchange)
'''
REQUESTS = {
    "FastAPI": (
        200,
        'path="/invoices/?callback_url=https://client.example/hook", json={"id": "a", "customer": "Ada", "total": 2.5}',
    ),
    "Express": (201, 'json={"room": "a", "guest": "Ada", "nights": 2, "notifyUrl": "https://client.example/hook"}'),
}
SOURCES = {
    "FastAPI": ("--from", "http://127.0.0.1:{port}/openapi.json"),
    "Express": ("--from", str(EXPRESS / "openapi.yaml"), "--url", "http://127.0.0.1:{port}"),
}
"""What `bothends init` is told of each service."""
NOTEBOOK = """
import nbformat
from nbclient import NotebookClient

cells = ["from bothends.notebook import verify", "run = verify(seed=1, only='success')", "run"]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
NotebookClient(notebook, timeout=300).execute()
shown = notebook.cells[-1].outputs[0].data
assert "Declared answers" in shown["text/html"], shown["text/html"]
print(shown["text/plain"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=(0, 1), ids=("oldest", "newest"))
def programs(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of one Python; return its folder of programs."""
    # Asked for here, not where it is collected: that is done by each worker.
    found = list(oldest_and_newest().items())
    if request.param >= len(found):
        pytest.skip("there is one Python alone")
    version, program = found[request.param]
    return environment(tmp_path_factory.mktemp("environment") / "venv", version, program, wheel)


@pytest.mark.long
@pytest.mark.parametrize("name", OLD)
def test_the_first_day(
    name: str, programs: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """`init`, `lint`, `verify`, `accept`, `verify`, a new bug, the fixtures of pytest and a notebook: in one folder."""
    record_property("wheel tried with Python", _run(programs, tmp_path, "python", "-V").stdout.split()[1])
    empty, nothing = tmp_path / "empty", tmp_path / "nothing"
    empty.mkdir()
    nothing.mkdir()
    _ends(0, programs, nothing, "bothends", "init")
    _ends(0, programs, nothing, "bothends", "lint")
    with running(_service(name, programs, tmp_path / "old", OLD[name])) as port:
        _begin(name, programs, empty, port)
        _ends(0, programs, empty, "bothends", "lint")
        shown = _ends(1, programs, empty, "bothends", "verify", *FEW)
        assert "answer-schema" in shown
        _ends(0, programs, empty, "bothends", "accept", "--reason", "the first day", "--until", UNTIL)
        shown = _ends(0, programs, empty, "bothends", "verify", *FEW)
        assert "1 known finding" in shown
    with running(_service(name, programs, tmp_path / "new", OLD[name], NEW[name])) as port:
        _at(empty, port)
        shown = _ends(1, programs, empty, "bothends", "verify", *FEW)
        assert "provenance" in shown
        assert "1 known finding" in shown
    with running(_service(name, programs, tmp_path / "right")) as port:
        _at(empty, port)
        status, request = REQUESTS[name]
        (empty / "test_service.py").write_text(
            FIXTURES.replace("{request}", request).replace("{status}", str(status)), "utf-8"
        )
        _ends(0, programs, empty, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
        _ends(0, programs, empty, "python", "-c", NOTEBOOK)


def _begin(name: str, programs: Path, folder: Path, port: str) -> None:
    """Let `init` write the start, and do what it says: where callers sign in, give it their keys, and run it again."""
    words = [each.replace("{port}", port) for each in SOURCES[name]]
    shown = _ends(0, programs, folder, "bothends", "init", *words)
    assert "wrote bothends.toml" in shown
    settings = folder / "bothends.toml"
    text = settings.read_text("utf-8")
    if "was not asked" not in shown:
        return
    table = text.partition("remove the `#`")[2].partition("\n")[2]
    settings.write_text(text.replace(table, table.replace("# ", "")), "utf-8")
    (folder / "bothends.overlay.yaml").unlink(missing_ok=True)
    shown = _ends(0, programs, folder, "bothends", "init", *words)
    lines = [line.partition(": ")[2] for line in shown.splitlines() if line.startswith("add to ")]
    settings.write_text("\n".join([*lines, settings.read_text("utf-8")]), "utf-8")


def _at(folder: Path, port: str) -> None:
    """Put another port into the settings: that of a service that was started anew."""
    settings = folder / "bothends.toml"
    lines = settings.read_text("utf-8").splitlines()
    lines = [f'url = "http://127.0.0.1:{port}"' if line.startswith("url = ") else line for line in lines]
    settings.write_text("\n".join(lines) + "\n", "utf-8")


def _service(name: str, programs: Path, folder: Path, *bugs: tuple[str, str]) -> Sequence[str]:
    """Return the command of a service with bugs in it, which lies in a folder of its own."""
    folder.mkdir()
    source = ROOT / "examples" / "fastapi" / "tutorial.py" if name == "FastAPI" else EXPRESS / "server.mjs"
    text = source.read_text("utf-8")
    for right, wrong in bugs:
        assert 1 == text.count(right), right
        text = text.replace(right, wrong)
    (folder / source.name).write_text(text, "utf-8")
    if name == "FastAPI":
        return [str(programs / "python"), str(folder / source.name)]
    subprocess.run([EXPRESS / "build.sh"], check=True)
    shutil.copy(EXPRESS / "package.json", folder)
    (folder / "node_modules").symlink_to(EXPRESS / "node_modules")
    return ["node", str(folder / source.name)]


def _run(programs: Path, folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = ("HOME", "LANG", "TMPDIR")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    variables |= {**KEYS, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(programs.parent)}
    return subprocess.run(
        [str(programs / program), *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def _ends(code: int, programs: Path, folder: Path, program: str, *arguments: str) -> str:
    """Run a program of the environment; return what it prints, if it ends as it should."""
    done = _run(programs, folder, program, *arguments)
    assert code == done.returncode, f"{program} {' '.join(arguments[:2])}\n{done.stdout}\n{done.stderr}"
    return done.stdout
