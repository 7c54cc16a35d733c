"""The notebooks run from a clean kernel, and show what they promise."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.notebooks.rendering import NOTEBOOKS, RENDERED, SECONDS, digest, executed, page
from tests.reports.browser import CONTRAST, chromium
from tests.warm import start as warm

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
SHOWN = {
    "01_first_look.ipynb": {"diagram": 3, "event": 1, "kept": 2},
    "02_error_paths.ipynb": {"diagram": 2, "table": 1, "kept": 1, "run": 1, "plot": 1},
    "03_fuzz_and_shrink.ipynb": {"diagram": 3, "kept": 1, "run": 2, "compared": 2},
    "04_your_own_target.ipynb": {"diagram": 1, "event": 1, "table": 1, "kept": 1, "run": 1, "plot": 1},
    "05_spec_first.ipynb": {"diagram": 2, "event": 1, "run": 2, "breaks": 2},
    "07_how_sharp.ipynb": {"diagram": 1, "run": 1, "bars": 1},
}
"""How often each of what matters must be there, at least."""
LONG = {"04_your_own_target.ipynb"}
"""Others show all that it has, of a target that takes less time."""
SIGNS = {
    "diagram": 'class="sequence"',
    "event": "received by a consumer",
    "kept": "No law is broken.",
    "table": "Answers and events",
    "run": "Declared answers",
    "plot": 'class="times"',
    "compared": ">promised<",
    "breaks": 'class="breaks"',
    "bars": 'class="scores"',
}


SHARED = 3
"""How much slower the machine may be, which runs other tests at the same time."""


# The Jupyter client's own asynchronous parts warn of themselves; what the notebooks do is not concerned.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.long if one in LONG else ()) for one in NAMES])
def test_a_notebook_shows_what_it_promises(name: str, tmp_path: Path) -> None:
    """Diagrams, tables, plots and findings are there, with text for terminals beside them, and a page of it all."""
    if name == "04_your_own_target.ipynb" and shutil.which("node") is None:
        pytest.skip("there is no Node.js here")
    notebook = executed(name, SHARED * SECONDS, warm.line())
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    html = "".join(output.data.get("text/html", "") for output in shown)
    found = {what: html.count(SIGNS[what]) for what in SHOWN[name]}
    assert all(found[what] >= least for what, least in SHOWN[name].items()), found
    assert [] == [output for output in shown if not output.data.get("text/plain")]
    assert "<script" not in html
    if name in MORE:
        MORE[name]([output.data["text/plain"] for output in shown])
    place = tmp_path / f"{name}.html"
    place.write_text(page(name, notebook), encoding="utf-8")
    asks_nobody_and_can_be_read(place)


def first_look(texts: list[str]) -> None:
    """One request is seen at both ends: a 200, the settings that were read, the event with them and the user."""
    shown = "\n".join(texts)
    assert '200 application/json {"success":"true"}' in shown
    assert "settings: GET /settings -> 200" in shown
    assert "200, stored and acknowledged" in shown
    assert '"user": {"name": "Ada", "email": "ada@example.com", "image": null}' in shown
    assert "given the ingest is unreachable: 503 application/problem+json, no event" in shown
    assert shown.endswith("\n50")


def planted_bug(shown: list[str]) -> None:
    """The finding's request is a few bytes, it breaks the law by hand as well, and the reference does not."""
    assert any("event-for-success: The answer is 200, but the event is lost." in text for text in shown)
    assert any(text.startswith("BROKEN: event-for-success") for text in shown)
    assert shown[-1].startswith("NOT PROVEN: not reproduced in ")


def proven_twice(shown: list[str]) -> None:
    """The mock and the implementation are proven; what is added breaks nobody, what is changed who relies on it."""
    assert 2 == sum(text.startswith("PROVEN") for text in shown), shown
    assert any(text.startswith("no break; 5 changes") for text in shown)
    assert any(text.startswith("4 of 5 changes break somebody") for text in shown)
    relied = "[('limit', ['page']), ('type', ['page']), ('status', []), ('presence', ['mailer'])]"
    assert relied in {" ".join(text.split()) for text in shown}


def sharper_each_time(shown: list[str]) -> None:
    """Each step has a law notice more lies, and the first words that are proposed are those that were taken away."""
    steps = next(text for text in shown if text.startswith("plain OpenAPI: "))
    percents = [float(one) for one in re.findall(r": ([\d.]+) %", steps)]
    assert percents == sorted(set(percents))
    assert (6, True) == (len(percents), percents[-1] > 95)
    assert any("{'x-from': 'clock.ms'}" in text for text in shown)


MORE = {
    "01_first_look.ipynb": first_look,
    "03_fuzz_and_shrink.ipynb": planted_bug,
    "05_spec_first.ipynb": proven_twice,
    "07_how_sharp.ipynb": sharper_each_time,
}
"""What is to be seen in one notebook alone."""


def asks_nobody_and_can_be_read(place: Path) -> None:
    """In Chromium the page logs no error and asks for nothing; each text has contrast, on a phone in both schemes."""
    with chromium() as tab:
        for scheme in ("light", "dark"):
            tab.look(scheme, 390, 800)
            tab.send("Page.navigate", url=place.as_uri())
            tab.wait("document.readyState === 'complete' && document.querySelectorAll('svg').length > 1")
            tab.value("for (const each of document.querySelectorAll('details')) each.open = true")
            assert tab.value("document.documentElement.scrollWidth") <= 390
            assert [] == tab.value(CONTRAST), scheme
        assert ([], set()) == (tab.errors, {url for url in tab.asked if url != place.as_uri()})


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_committed_without_output(name: str) -> None:
    """No cell has kept what it once showed: the output is made anew where it is read."""
    cells = json.loads((NOTEBOOKS / name).read_text("utf-8"))["cells"]
    kept = [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == []


@pytest.mark.parametrize("name", NAMES)
def test_the_rendered_copy_is_of_this_notebook(name: str) -> None:
    """`docs/notebooks/` was rendered from the notebooks as they are; `python -m tests.notebooks.rendering` does it."""
    text = (RENDERED / name.replace(".ipynb", ".html")).read_text(encoding="utf-8")
    assert [digest(name)] == re.findall('<meta name="notebook" content="([0-9a-f]+)">', text)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_hold_no_logic(name: str) -> None:
    """What a cell does is calls of the library: nothing is defined, looped over or decided."""
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert [] == re.findall(r"^\s*(?:def|class|for|while|if|lambda|try)\b.*", code, re.MULTILINE)
