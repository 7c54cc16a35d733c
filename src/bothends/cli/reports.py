"""Which reports a command makes: the page for a person, and what the options and the surroundings ask for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.reports import REPORTS, MarkdownReport, PlainReport

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output
    from bothends.reports import Reporter, Surroundings

STANDARD_OUTPUT = Path("-")


def reports(arguments: argparse.Namespace, surroundings: Surroundings, out: Output, err: Output) -> list[Reporter]:
    """Return the reports, in the order in which they are told of an event.

    Args:
        arguments: What the options say; one that a command lacks is not asked for.
        surroundings: What no event says.
        out: Standard output.
        err: Standard error, to which the page goes when a report has standard output.

    Raises:
        ContractError: Two reports are to go to standard output.
        HarnessError: A report that is written as it goes can't be begun.
    """
    asked = [(one, path) for one in REPORTS if (path := vars(arguments).get(one.dest)) is not None]
    taken = [one.name for one, path in asked if path == STANDARD_OUTPUT]
    if len(taken) > 1:
        problem = f"--{taken[0]} and --{taken[1]} can't both go to standard output."
        raise ContractError(problem, advice="Give one of them a file name.")
    stream = err if taken else out
    # The page comes before the files, so that it is shown although the disk may be full.
    made = [_page(stream, surroundings)]
    made += [one.make(out if path == STANDARD_OUTPUT else path, surroundings) for one, path in asked]
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and on_github():
        made.append(MarkdownReport(Path(summary), surroundings, append=True))
    # Made last, told last, and yet before the page is begun: until its end the runner obeys nothing.
    return [*made, *_annotations(stream, surroundings)]


def on_github() -> bool:
    """Return whether this runs in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _annotations(stream: Output, surroundings: Surroundings) -> list[Reporter]:
    if not on_github():
        return []
    from bothends.reports import GithubReport  # noqa: PLC0415 -- loaded where it is of use

    return [GithubReport(stream, surroundings)]


def _page(stream: Output, surroundings: Surroundings) -> Reporter:
    """Return the page for a person: styled in a terminal, plain elsewhere."""
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        from bothends.reports.styled import StyledReport  # noqa: PLC0415 -- rich is loaded for a terminal only

        return StyledReport(stream, surroundings)
    return PlainReport(stream, surroundings)
