"""Events that no answer waits for: *lost* is said at the end, and nobody need send them after SIGKILL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.verdicts.command import run, write_trial
from tests.verdicts.rows import TABLE, Trial, trials_of
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

NEVER = "never:orderPlaced"


def trial(later_ms: int, broken: str = "") -> Trial:
    """Return a target that sends its events so long after its answers, or never does."""
    base = read_yaml(TABLE / "base.yaml")
    row = {"right": "proven", "broken": [{"break": NEVER}], "target": {"delivery": "any", "later_ms": later_ms}}
    return next(each for each in trials_of(row, "behind/late", base) if each.breaks == broken)


@pytest.mark.parametrize(
    ("later_ms", "broken", "words", "laws"),
    [
        pytest.param(5000, "", ("success/example",), (), id="five seconds later", marks=pytest.mark.long),
        pytest.param(0, NEVER, ("success/example",), ("event-for-success",), id="never", marks=pytest.mark.long),
        pytest.param(
            0,
            NEVER,
            ("--fail-fast", "success/example"),
            ("event-for-success",),
            id="never-fail-fast",
            marks=pytest.mark.long,
        ),
        pytest.param(1500, "", ("upstream-unreachable/ingest-unreachable",), (), id="later than a fault"),
        pytest.param(
            600, "", ("start-and-stop/sigkill-after-answers",), (), id="it is killed meanwhile", marks=pytest.mark.long
        ),
        pytest.param(600, "", ("start-and-stop/sigterm-during-ingest",), (), id="it is ended meanwhile"),
    ],
)
def test_what_is_lost(
    tmp_path: Path,
    later_ms: int,
    broken: str,
    words: tuple[str, ...],
    laws: tuple[str, ...],
) -> None:
    """What comes late is not lost; what never comes is."""
    write_trial(tmp_path, trial(later_ms, broken))
    *options, only = words
    ended = run(tmp_path, "verify", "--seed", "1", *options, "--only", only)
    assert (laws, 1 if laws else 0) == (ended.laws, ended.code), ended


def test_a_loss_is_shown_again(tmp_path: Path) -> None:
    """The replay of what was lost waits for it as the run did."""
    write_trial(tmp_path, trial(0, NEVER))
    lost = run(tmp_path, "verify", "--seed", "1", "--only", "success/example")
    again = run(tmp_path, "replay", lost.report["findings"][0]["id"])
    assert (1, ("event-for-success",)) == (again.code, again.laws), again


@pytest.mark.parametrize(("broken", "laws"), [("", ()), (NEVER, ("event-for-success",))])
def test_sigterm_between_answers_and_events(tmp_path: Path, broken: str, laws: tuple[str, ...]) -> None:
    """Where the target guarantees to serve what is in flight, each answer has its event all the same."""
    made = trial(600, broken)
    settings = made.settings.replace("[target]\n", "[target]\nserves_in_flight = true\n", 1)
    write_trial(tmp_path, replace(made, settings=settings))
    ended = run(tmp_path, "verify", "--seed", "1", "--only", "start-and-stop/sigterm-after-answers")
    assert (laws, 1 if laws else 0) == (ended.laws, ended.code), ended
    assert any(law["judged"] > 1 for law in ended.report["laws"]), ended
