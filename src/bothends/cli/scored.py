"""`bothends verify --score`, and `bothends score`: how sharp the contract is, by what a run has recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cli.accept import note_run
from bothends.cli.lint import write_overlay
from bothends.cli.performing import perform, replay_command
from bothends.cli.reports import STANDARD_OUTPUT
from bothends.cli.terminal import INTERRUPTED
from bothends.engine import Options, Verification, asked_contract, contract_of
from bothends.errors import ContractError
from bothends.lint import Action
from bothends.records import Verdict, count_of
from bothends.reports import put
from bothends.score import Fixing, Recording, ScoreReport, read_record, write_record
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from bothends.cli.terminal import Output
    from bothends.records import Summary
    from bothends.reports import Appendix

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

    scored = Scored(recording)

    def appendix(summary: Summary) -> Appendix | None:
        has_score = arguments.score and summary.exit_code in _AT_ITS_END
        return scored.report(summary.verdict).appendix() if has_score else None

    code = perform(verification, arguments, out, err, again=again, contract=contract, note=note, appendix=appendix)
    return told(scored, ended[-1].verdict if ended else None, arguments, err if _is_taken(arguments) else out, code)


class Scored:
    """What a run has recorded, and its score: made once, for whoever asks first.

    Attributes:
        recording: The exchanges.
    """

    def __init__(self, recording: Recording) -> None:
        """Take the exchanges."""
        self.recording = recording
        self._report: ScoreReport | None = None

    def report(self, verdict: Verdict) -> ScoreReport:
        """Return the score at the end of the run."""
        if self._report is None:
            self._report = ScoreReport.of(self.recording, proven=verdict is Verdict.PROVEN)
        return self._report


def _check_alone(arguments: argparse.Namespace) -> None:
    """Check that a run which is scored is played here and at once.

    Raises:
        ContractError: It is not, or no score is asked for.
    """
    about = ((arguments.score_threshold, "--score-threshold"), (arguments.score_json, "--score-json"))
    for value, option in about:
        if value is not None and not arguments.score:
            raise ContractError(f"{option} is about a score.", expected=f"--score {option}")
    several = arguments.lanes is not None and arguments.lanes > 1
    for found, option in (
        (arguments.watch, "--watch"),
        (arguments.shard, "--shard"),
        (arguments.blob, "--blob"),
        (several, "--lanes"),
    ):
        if found:
            asked = "--score" if arguments.score else "--record"
            problem = f"{asked} and {option}: only a run in one part and one lane is recorded."
            raise ContractError(problem, advice=f"Leave out {option}.")


def _is_taken(arguments: argparse.Namespace) -> bool:
    """Whether a report has standard output."""
    return STANDARD_OUTPUT in vars(arguments).values()


def told(scored: Scored, verdict: Verdict | None, arguments: argparse.Namespace, out: Output, code: int) -> int:
    """Tell the score of a run; return the exit code of the whole.

    Args:
        scored: What the run has recorded.
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
        ended = "was interrupted" if code == INTERRUPTED else "did not come to its end"
        out.write(f"\nno {'score' if arguments.score else 'record'}: the run {ended}\n")
        return code
    if arguments.record is not None:
        write_record(arguments.record, scored.recording, "--record", proven=verdict is Verdict.PROVEN)
    if not arguments.score:
        return code
    report = scored.report(verdict)
    _write(report, arguments.score_json, "--score-json")
    out.write(f"\n{report.as_text()}")
    return code or below(report, arguments.score_threshold, out)


def _write(report: ScoreReport, file: Path | None, option: str) -> None:
    if file is not None:
        put(file, json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", option)


def below(report: ScoreReport, threshold: float | None, out: Output) -> int:
    """Return the exit code of a score: that it is below the threshold is told. Without a lie, there is none."""
    if threshold is None or (report.score.counted and report.score.percent >= threshold):
        return 0
    out.write(f"\nThe score is below the threshold of {threshold:g} %.\n")
    return BELOW


# `bothends score`: the same from a record, by the contract as it is now.


def run_score(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract is wrong, or the file is no record that can be read.
        HarnessError: A law raised.
        MachineError: The file can't be written.
    """
    operations = None if arguments.operation is None else tuple(arguments.operation)
    contract = contract_of(Options(config=arguments.config, spec=arguments.spec, operations=operations))
    recording, record = read_record(arguments.recorded, contract)
    if record.contract != contract.digest:
        out.write("The contract has changed since the run: the exchanges are judged by it as it is now.\n\n")
    report = ScoreReport.of(recording, proven=record.proven)
    _write(report, arguments.json, "--json")
    out.write(report.as_text())
    if arguments.fix is not None:
        _fix(arguments.fix, recording, report, out)
    return below(report, arguments.threshold, out)


def _fix(file: Path, recording: Recording, report: ScoreReport, out: Output) -> None:
    """Write what closes survivors and breaks nothing that was recorded into a new overlay.

    Raises:
        ContractError: The file exists, or can't be written.
    """
    fixing = Fixing(recording, report.closings)
    words = sum(one.action is None for one in report.closings)
    out.write("\n")
    if fixing.kept:
        actions = [Action(one.target, one.survivors[0].operator.about, dict(one.update)) for one in fixing.kept]
        settings = recording.contract.settings
        write_overlay(file, actions, settings.spec.name, settings, out, done="sharper")
        closed = count_of(sum(one.closes for one in fixing.kept), "survivor")
        out.write(f"It closes {closed}, and breaks nothing that was recorded. Keep what is meant, and verify again.\n")
    else:
        out.write("no overlay: nothing that it could say closes a survivor and is kept by the record\n")
    if fixing.broken:
        out.write(f"Left out, as the record breaks it: {count_of(len(fixing.broken), 'line')}.\n")
    if words:
        out.write(f"Left to you, as only you know the words: {count_of(words, 'line')}.\n")
