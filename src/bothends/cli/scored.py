"""`bothends verify --score`: how sharp the contract is, by what the run has recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cli.accept import note_run
from bothends.cli.performing import perform, replay_command
from bothends.cli.reports import STANDARD_OUTPUT
from bothends.cli.terminal import INTERRUPTED
from bothends.engine import Verification, asked_contract
from bothends.errors import ContractError
from bothends.records import Verdict
from bothends.reports import put
from bothends.score import Recording, ScoreReport
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output
    from bothends.engine import Options
    from bothends.records import Summary

BELOW = 4
"""The exit code where less is noticed than is asked for: that of a run that has not seen everything."""
_AT_ITS_END = frozenset({0, 1, 4})
"""Exit codes of runs that have come to their end, whatever they found."""


def run_scored(arguments: argparse.Namespace, options: Options, out: Output, err: Output) -> int:
    """Verify, and tell the score at the end.

    Raises:
        ContractError: The contract or the command line is wrong.
        HarnessError: A law raised.
        MachineError: A report or the score can't be written.
        TargetError: The target serves the spec, and can't be started or reached.
    """
    _check_alone(arguments)
    contract = asked_contract(options)
    recording = Recording(contract)
    options = replace(options, noted=recording.take)
    verification = Verification(options, contract=contract)
    make_state_folder(options.state_folder)
    ended: list[Summary] = []

    def again(found: str) -> str:
        return replay_command(verification.replay_name(found), options.config)

    def note(summary: Summary) -> None:
        note_run(options.run_folder, summary, contract.digest)
        ended.append(summary)

    code = perform(verification, arguments, out, err, again=again, contract=contract, note=note)
    return told(recording, ended[-1].verdict if ended else None, arguments, err if _is_taken(arguments) else out, code)


def _check_alone(arguments: argparse.Namespace) -> None:
    """Check that a run which is scored is played here and at once.

    Raises:
        ContractError: It is not, or no score is asked for.
    """
    if not arguments.score:
        asked = "--score-threshold" if arguments.score_threshold is not None else "--score-json"
        raise ContractError(f"{asked} is about a score.", expected=f"--score {asked}")
    several = arguments.lanes is not None and arguments.lanes > 1
    for found, option in (
        (arguments.watch, "--watch"),
        (arguments.shard, "--shard"),
        (arguments.blob, "--blob"),
        (several, "--lanes"),
    ):
        if found:
            problem = f"--score and {option}: only a run in one part and one lane is scored."
            raise ContractError(problem, advice=f"Leave out {option}.")


def _is_taken(arguments: argparse.Namespace) -> bool:
    """Whether a report has standard output."""
    return STANDARD_OUTPUT in vars(arguments).values()


def told(recording: Recording, verdict: Verdict | None, arguments: argparse.Namespace, out: Output, code: int) -> int:
    """Tell the score of a run; return the exit code of the whole.

    Args:
        recording: What the run has recorded.
        verdict: Its verdict; None: it broke off.
        arguments: What is asked for.
        out: Where the score goes.
        code: The exit code of the run.

    Raises:
        ContractError: The spec can't be read any more.
        HarnessError: A law raised.
        MachineError: The file can't be written.
    """
    if code not in _AT_ITS_END or verdict is None:
        out.write(f"\nno score: the run {'was interrupted' if code == INTERRUPTED else 'did not come to its end'}\n")
        return code
    report = ScoreReport.of(recording, proven=verdict is Verdict.PROVEN)
    if arguments.score_json is not None:
        put(arguments.score_json, json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "--score-json")
    out.write(f"\n{report.as_text()}")
    return code or below(report, arguments.score_threshold, out)


def below(report: ScoreReport, threshold: float | None, out: Output) -> int:
    """Return the exit code of a score: that it is below the threshold is told. Without a lie, there is none."""
    if threshold is None or (report.score.counted and report.score.percent >= threshold):
        return 0
    out.write(f"\nThe score is below the threshold of {threshold:g} %.\n")
    return BELOW
