"""The notebooks run from a clean kernel, and show what they promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(name: str) -> Any:
    """Run a notebook from a clean kernel; return it with its output."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    return notebook


def text_of(notebook: Any) -> str:
    """Return all that the cells have put out, as text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output["data"]["text/plain"] for output in outputs)


# The Jupyter client's own asynchronous parts warn of themselves; what the notebooks do is not concerned.
@pytest.mark.filterwarnings("default")
def test_first_look_shows_the_answer_the_call_and_the_event() -> None:
    """One request is seen at both ends: a 200, the settings that were read, the event with them and the user."""
    shown = text_of(run("01_first_look.ipynb"))
    assert """(200, 'application/json', '{"success":"true"}')""" in shown
    assert "GET /settings 200" in shown
    assert "stored True - acknowledged True" in shown
    assert "'user': {'name': 'Ada', 'email': 'ada@example.com', 'image': None}" in shown
    assert "(True, ())" in shown
    assert "503 application/problem+json\nevents: 0" in shown


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_committed_without_output(path: Path) -> None:
    """No cell has kept what it once showed: the output is made anew where it is read."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    kept = [cell.id for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == []
