"""Runs the notebooks, and writes each as one HTML page that needs nothing from outside.

`python -m tests.notebooks.rendering` renews `docs/notebooks/`.
"""

from __future__ import annotations

import hashlib
import sys
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
RENDERED = ROOT / "docs" / "notebooks"
SECONDS = 60
"""How long one notebook may take, from a clean kernel."""

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1b1f24; --raised: #f5f6f8; --rule: #d5d9df; --link: #0b57b0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171b; --ink: #e7eaee; --raised: #1e2329; --rule: #3a424c; --link: #7ab7ff; }
}
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.8rem; } h2 { font-size: 1.3rem; margin-top: 2.2rem; }
a { color: var(--link); }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.in, .text { background: var(--raised); border-radius: .3rem; padding: .7rem .9rem; margin: .8rem 0; overflow-x: auto;
  font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; }
.in { border-left: 4px solid var(--link); }
.out pre { overflow-x: auto; }
.out .highlight pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.out { margin: .8rem 0 1.6rem; padding-left: 1.1rem; overflow-x: auto; }
"""


def executed(name: str, seconds: float = SECONDS, first: str = "") -> Any:
    """Run a notebook from a clean kernel, whose lines are not measured; return it with its output.

    Args:
        name: The notebook.
        seconds: How long it may take.
        first: What the kernel does before.
    """
    import nbformat  # noqa: PLC0415 -- both load slowly, and each worker collects the tests
    from nbclient import NotebookClient  # noqa: PLC0415 -- likewise

    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    seconds = int(seconds)
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(notebook, timeout=seconds, startup_timeout=seconds, resources=resources)
    client.extra_arguments = [f"--IPKernelApp.exec_lines={first}"] if first else []
    client.execute()
    return notebook


def digest(name: str) -> str:
    """Return what tells one state of a notebook from another."""
    return hashlib.sha256((NOTEBOOKS / name).read_bytes()).hexdigest()


def page(name: str, notebook: Any) -> str:
    """Return a notebook with its output as a page. It names the state of the notebook that it was made from."""
    markdown = MarkdownIt("commonmark", {"html": False})
    body = "".join(_cell(cell, markdown) for cell in notebook.cells)
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>'
        f'{escape(title)} - bothends</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="notebook" content="{digest(name)}"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>\n"
    )


def _cell(cell: Any, markdown: MarkdownIt) -> str:
    if cell.cell_type == "markdown":
        return str(markdown.render(cell.source)).replace('.ipynb"', '.html"')
    outputs = "".join(_output(output) for output in cell.outputs)
    return f'<pre class="in">{escape(cell.source)}</pre>' + (f'<div class="out">{outputs}</div>' if outputs else "")


def _output(output: Any) -> str:
    """Return what a cell has put out; the HTML in it is the library's, which escapes what is foreign."""
    if output.output_type == "stream":
        return f'<pre class="text">{escape(output.text)}</pre>'
    html = output.data.get("text/html")
    return str(html) if html is not None else f'<pre class="text">{escape(output.data["text/plain"])}</pre>'


def main(names: list[str]) -> None:
    """Run notebooks, all of them when none is named, and write their pages."""
    RENDERED.mkdir(parents=True, exist_ok=True)
    for name in names or sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")):
        place = RENDERED / f"{Path(name).stem}.html"
        place.write_text(page(name, executed(name)), encoding="utf-8")
        print(place.relative_to(ROOT))  # noqa: T201 -- a command says what it has done


if __name__ == "__main__":
    main(sys.argv[1:])
