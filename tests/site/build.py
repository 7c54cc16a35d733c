"""Makes the site: `make site` writes build/site/html, which any browser opens, from a server or from its folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.site.llms import llms_txt
from tests.site.pages import ROOT, SETTINGS, SOURCE, sections, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = ROOT / "build" / "site"
UNSEARCHED = (
    "kill-matrix.md",
    "expenses.md",
    "orders.md",
    "checkout.md",
    "tickets.md",
    "products.md",
    "project/changelog.md",
)
"""Rows of bugs and of changes, in words of their own: they would hide what says how to do a thing."""
_NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"


def build(folder: Path) -> Path:
    """Make the site in a folder; return where it is.

    Raises:
        SystemExit: The generator has warned of something, or has failed.
    """
    pages, site = folder / "pages", folder / "html"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(SETTINGS, folder)
    shutil.copytree(SOURCE / "pages", pages)
    shutil.copytree(ROOT / "docs" / "images", pages / "images")
    written = []
    for above, name in sections():
        text, files = text_of(name)
        written.append((above, name, text))
        _write(pages / name, (_NOT_SEARCHED if name in UNSEARCHED else "") + text)
        for to, path in files.items():
            _write(pages / to, (ROOT / path).read_text("utf-8"))
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", str(folder / SETTINGS.name)]
    done = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(re.sub(r"\x1b\[[\d;]*m", "", done.stdout).partition("Traceback")[0])
    for _, name, text in written:
        # What llms.txt names: each page as a program reads it.
        _write(site / name, text)
    _write(site / "llms.txt", llms_txt(written))
    return site


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def main(arguments: Sequence[str]) -> None:
    """Make the site, in `build` when no folder is named, and say where it is."""
    began = time.monotonic()
    site = build(Path(arguments[0]) if arguments else FOLDER)
    count = sum(1 for _ in site.rglob("*.html"))
    print(f"{site / 'index.html'}: {count} pages in {time.monotonic() - began:.1f} s")  # noqa: T201 -- a command says what it has done


if __name__ == "__main__":
    main(sys.argv[1:])
