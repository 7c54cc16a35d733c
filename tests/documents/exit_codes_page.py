"""`docs/reference/exit-codes.md`: what the end of a command means."""

from __future__ import annotations

from pathlib import Path

from bothends.cli.terminal import INTERRUPTED
from bothends.errors import ContractError, HarnessError, TargetError
from tests.documents.tables import HEAD, code, table

WRITTEN = Path(__file__).parent / "written" / "exit-codes.md"

CODES: tuple[tuple[int, str, str, str], ...] = (
    (
        0,
        "PROVEN",
        "none",
        "The run saw everything that it had to see. There may be warnings and known findings.",
    ),
    (1, "BROKEN", "the target's", "There is an error that is not a known finding."),
    (
        ContractError.exit_code,
        "",
        "yours",
        "The spec, a pact, the settings or the command line is wrong: nothing was run. Or this machine is in the way.",
    ),
    (
        TargetError.exit_code,
        "NOT PROVEN",
        "the target's",
        "It could not be started or reached, it died, or it answered nothing.",
    ),
    (
        4,
        "NOT PROVEN",
        "none yet",
        "The run did not see everything: a declared answer, a fault, enough of the contract; or the score is too low.",
    ),
    (
        HarnessError.exit_code,
        "NOT PROVEN",
        "bothends'",
        "bothends failed: report it.",
    ),
    (INTERRUPTED, "NOT PROVEN", "none", "Ctrl-C or SIGTERM. The report has the findings so far."),
)
"""Code, the page's verdict, whose fault it is, and when."""


def page() -> str:
    """Return the page."""
    rows = [(str(number), code(word) if word else "", fault, text) for number, word, fault, text in CODES]
    head = HEAD.format(source="tests/documents/exit_codes_page.py")
    title = (
        "# Exit codes\n\n"
        "The exit codes of `verify`, `merge`, `replay` and `provider`. "
        "If several apply, it is the first of 130, 5, 2, 1, 3 and 4.\n\n"
    )
    listed = table(("code", "verdict", "whose fault", "when"), rows)
    return f"{head}{title}{listed}{WRITTEN.read_text('utf-8')}"
