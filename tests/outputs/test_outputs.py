"""A hostile target can't make a report lie: a reader of each format sees what a harmless one gives.

Two runs of the whole command are compared, with all that a reader of the format goes by: verdict, findings, tests,
elements, links, annotations, lines. The texts differ, and stand in their places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.outputs import readers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.outputs.conftest import Run
    from tests.reports.browser import Page

FORMATS: dict[str, Callable[[str], Any]] = {
    "plain": lambda text: readers.plain(text.partition("\n")[2].rpartition("\n::")[0].partition("\n::")[0]),
    "github": readers.on_github,
    "json": readers.json_report,
    "ndjson": readers.ndjson,
    "junit": readers.junit,
    "markdown": readers.markdown,
    "sarif": readers.sarif,
    "har": readers.har,
    "otel": readers.spans,
}
SCENARIOS = ("runs", "failed", "merged", "provided")


@pytest.fixture
def both(request: pytest.FixtureRequest) -> dict[str, Run]:
    """Both runs of a scenario."""
    found: dict[str, Run] = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("both", SCENARIOS, indirect=True)
@pytest.mark.parametrize("name", FORMATS)
def test_a_reader_sees_what_a_harmless_target_gives(both: dict[str, Run], name: str) -> None:
    """The same verdict, findings, tests, annotations, elements and lines; no text is outside of its place."""
    read = FORMATS[name]
    assert read(both["harmless"].text(name)) == read(both["hostile"].text(name))


@pytest.mark.parametrize("both", SCENARIOS, indirect=True)
def test_a_browser_shows_what_a_harmless_target_gives(both: dict[str, Run], page: Page) -> None:
    """The same elements with the same attributes; nothing runs, nothing is asked for, no dialog opens."""
    seen = {kind: readers.html(page, run.folder / "r.html") for kind, run in both.items()}
    assert seen["harmless"] == seen["hostile"]
