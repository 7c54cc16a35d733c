"""`bothends verify --score` as a person calls it: what is told, which file is written, which code it ends with."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cli.scored import Scored, below, run_scored, told
from bothends.contract import load
from bothends.engine import Options
from bothends.errors import ContractError
from bothends.notebook import scores
from bothends.records import Verdict
from bothends.score import Fixing, Recording, ScoreReport, Scoring, write_record
from tests.in_process import bothends
from tests.laws import kept
from tests.score.reference import CASES, ROOT, recording, survivors, written
from tests.score.test_loosened import CALLBACK, SCHEMAS, SENT, without

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_tells_its_score_and_is_not_proven_below_the_threshold(tmp_path: Path) -> None:
    """The page of the run comes first; what the run has not seen is named as not scored."""
    written(tmp_path, without(*SCHEMAS, "Problem", "additionalProperties"))
    only = ("--only", CASES.splitlines()[1])
    words = ("--score", "--score-threshold", "100", "--score-json", "score.json", "--record", "run.gz")
    reports = ("--html", "report.html", "--markdown", "report.md")
    done = bothends(tmp_path, "verify", "--seed", "1", *only, *words, *reports, measured=False)
    assert 4 == done.returncode, done.stderr
    page, _, text = done.stdout.partition("\nscore: ")
    assert page.endswith(": PROVEN\n")
    found = json.loads((tmp_path / "score.json").read_text("utf-8"))
    assert f"{found['noticed']} of {found['counted']} lies noticed" in text.splitlines()[0]
    assert 0 < found["noticed"] < found["counted"]
    assert "answer 504" in text.partition("\nNot scored:\n")[2]
    assert {"operation": "postRoute", "side": "answer", "subject": "504", "member": ""} in found["unscored"]
    for report in reports[1::2]:
        assert text.splitlines()[0] in (tmp_path / report).read_text("utf-8")
    assert text.endswith("\nThe score is below the threshold of 100 %.\n")
    again = bothends(tmp_path, "score", "run.gz", "--threshold", "100", measured=False)
    assert (4, f"score: {text}") == (again.returncode, again.stdout)
    spec = tmp_path / "openapi.yaml"
    spec.write_text(
        spec.read_text("utf-8").replace("    Problem:\n", "    Problem:\n      additionalProperties: false\n"), "utf-8"
    )
    sharper = bothends(tmp_path, "score", "run.gz", "--json", "sharper.json", measured=False)
    assert (0, True) == (sharper.returncode, sharper.stdout.startswith("The contract has changed since the run"))
    assert json.loads((tmp_path / "sharper.json").read_text("utf-8"))["noticed"] == found["noticed"] + 1


class Written:
    """What is written, as text."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        """Take text."""
        self.text += text


def test_a_threshold_that_is_reached_changes_no_code_and_no_score_reaches_none() -> None:
    """Not looked at is not proven."""
    out: Any = Written()
    report = ScoreReport.of(recording().under(kept.contract()))
    assert (0, 0, 4) == (below(report, None, out), below(report, 50, out), below(report, 100, out))
    nothing = ScoreReport.of(Recording(kept.contract()))
    assert nothing.as_text().startswith("no score: no exchange was recorded")
    assert (0, 4) == (below(nothing, None, out), below(nothing, 0, out))


def arguments(**given: Any) -> argparse.Namespace:
    """Return the arguments of a run."""
    none = dict.fromkeys(("score_threshold", "score_json", "record", "watch", "shard", "blob", "lanes"))
    return argparse.Namespace(**{**none, "score": True, **given})


@pytest.mark.parametrize(
    "given", [{"watch": True}, {"shard": (1, 2)}, {"lanes": 2}, {"score": False, "score_json": ROOT}]
)
def test_a_run_in_parts_is_not_scored(given: dict[str, Any]) -> None:
    """Nor is one that is asked for a threshold alone; it is told before anything runs."""
    nowhere: Any = Written()
    with pytest.raises(ContractError, match="--score"):
        run_scored(arguments(**given), Options(ROOT / "bothends.toml"), nowhere, nowhere)


def test_a_run_that_broke_off_has_no_score() -> None:
    """Its exit code stays as it is."""
    out: Any = Written()
    codes = [
        told(Scored(recording()), verdict, arguments(), out, code)
        for verdict, code in ((None, 130), (Verdict.NOT_PROVEN, 3))
    ]
    assert [130, 3] == codes
    assert "\nno score: the run was interrupted\n\nno score: the run did not come to its end\n" == out.text


def test_what_the_score_says_nothing_of_is_told() -> None:
    """That the run was not proven, what broke a law, and what was like the exchanges that are kept."""
    text = ScoreReport.of(recording().under(kept.contract()), proven=False).as_text()
    _, _, told = text.partition("\nNot scored:\n")
    assert "  what the run has not seen: it was not proven\n" in told
    assert f"like the {len(recording())} that lies were told of" in told


def test_what_the_record_keeps_is_written_as_an_overlay(tmp_path: Path) -> None:
    """What was taken from a contract comes back; a file that is there is left as it is."""
    written(tmp_path, _loosened)
    loose = load(tmp_path / "bothends.toml")
    write_record(tmp_path / "run.gz", recording().under(loose), "--record", proven=True)
    before = ScoreReport.of(recording().under(loose))
    done = bothends(tmp_path, "score", "run.gz", "--fix", "more.yaml", measured=False)
    assert 'Add it to the settings:\n  overlays = ["more.yaml"]\nIt closes ' in done.stdout, done.stderr
    again = bothends(tmp_path, "score", "run.gz", "--fix", "run.gz", measured=False)
    assert (2, True) == (again.returncode, "run.gz exists" in again.stderr)
    settings = tmp_path / "bothends.toml"
    settings.write_text(f'overlays = ["more.yaml"]\n{settings.read_text("utf-8")}', "utf-8")
    after = Scoring(recording().under(load(settings))).score()
    assert (0, True) == (after.passed_over, after.percent > before.score.percent)
    gone = {
        ("answer-member-added", "401", ""),
        ("answer-member-dropped", "200", "/success"),
        ("event-not-sent", SENT, ""),
    }
    assert gone <= survivors(before.score)
    assert gone.isdisjoint(survivors(after))


def test_a_line_that_the_record_breaks_is_left_out() -> None:
    """And only that one of several that are tried together."""
    closings = ScoreReport.of(recording().under(kept.contract())).closings
    right = next(one for one in closings if one.action)
    wrong = replace(right, target="$.components.schemas.Success", update={"properties": {"success": {"const": "no"}}})
    odd = replace(right, target="$.components.schemas.Success", update={"type": "nothing"})
    fixing = Fixing(recording().under(kept.contract()), [wrong, right, odd])
    assert ([right], [wrong, odd]) == (fixing.kept, fixing.broken)


def _loosened(spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    del schemas["Problem"]["additionalProperties"], schemas["Success"]["required"]
    without(*CALLBACK, "x-when")(spec)


def test_a_notebook_shows_what_several_contracts_reach() -> None:
    """By one record: what is taken away lowers the score, and is what is proposed first."""
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    closed = "      additionalProperties: false\n\n    AppSettings"
    found = scores(
        recording().under(kept.contract()), {"<open>": text.replace(closed, "\n    AppSettings"), "closed": text}
    )
    assert found.percents["<open>"] < found.percents["closed"]
    assert (3, {"target": "$.components.schemas.Problem", "update": {"additionalProperties": False}}) == (
        found.words("<open>", most=1)[0]
    )
    assert f"closed: {found.percents['closed']:.1f} %" == repr(found).splitlines()[1]
    assert "&lt;open&gt;" in found._repr_html_()
