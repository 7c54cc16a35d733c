"""Writes what the code itself can tell: `docs/reference`, the schema for editors, and what shells read; `make docs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.documents import (
    commands_page,
    diff_page,
    editors_schema,
    exit_codes_page,
    families_page,
    laws_page,
    lint_page,
    rules_page,
    settings_page,
    shell_files,
    states_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": commands_page.page,
    "diff.md": diff_page.page,
    "exit-codes.md": exit_codes_page.page,
    "families.md": families_page.page,
    "laws.md": laws_page.page,
    "lint.md": lint_page.page,
    "rules.md": rules_page.page,
    "settings.md": settings_page.page,
    "states.md": states_page.page,
}
"""Each page of `docs/reference`, and what makes it."""


def main() -> None:
    """Write all."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    editors_schema.FILE.write_text(editors_schema.text(), encoding="utf-8")
    for name, file in shell_files.FILES.items():
        file.write_text(shell_files.text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
