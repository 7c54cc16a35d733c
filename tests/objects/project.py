"""What the whole command says of a service of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project, Report
from tests.objects.documents import document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.objects.rows import Row, Wrong

HOOKS = '[world.ingests.hooks]\nkind = "webhook"'


def verified(folder: Path, row: Row, bug: str = "", seed: int = 1, only: str = "") -> Report:
    """Return what a run says of the right service of a row, or of one with a bug.

    Args:
        folder: Where its contract is written.
        row: The row.
        bug: What is wrong; empty: nothing.
        seed: The run's.
        only: The one case that is tried; empty: all of the row's families.
    """
    env = {"LIKE": row.like, "BUG": bug}
    settings = row.settings
    if "noteThing" in row.operations:
        env["HOOK"] = "{world.hooks}/notes"
        settings += f"\n{HOOKS}"
    spec = document(row.operations, row.patch)
    project = Project(folder, "service", spec, env, settings, 'operations = ["*"]', package="tests.objects")
    names = (only,) if only else ("success", *row.families)
    families = [word for name in names for word in ("--only", name)]
    return project.verified("--profile", "quick", "--max-examples", "8", *families, seed=seed)


def differences(row: Row, report: Report, wrong: Wrong | None = None) -> list[str]:
    """Return in what a run has not said what its row asks for; nothing: it has.

    Args:
        row: The row.
        report: What was said.
        wrong: The bug of the service; None: it is right.
    """
    if wrong is None or not wrong.law:
        found = [f"an error by {law}" for law in sorted(report.errors)]
        if wrong is None:
            found += _lacking(row, report)
    else:
        told = [one for one in report.value["findings"] if one["severity"] == "error"]
        by = [name for one in told if one["law"] == wrong.law for name in (one["case"], *one["cases"])]
        found = [] if by else [f"no error by {wrong.law}, but by {sorted(report.errors)}"]
        if by and not any(name.startswith(wrong.case) for name in by):
            found.append(f"{wrong.law} is shown by {sorted(set(by))}, and not by {wrong.case}")
    if wrong is not None and wrong.unproven and not any(what.startswith(wrong.unproven) for what in report.not_proven):
        found.append(f"{wrong.unproven} is not among what is not proven: {sorted(report.not_proven)}")
    return found


def _lacking(row: Row, report: Report) -> list[str]:
    """Return which answers of a right service nobody has seen: a success of each operation, and all that is given."""
    seen = {f"{one['operation']} {one['status']}" for one in report.value["answers"] if one["seen"]}
    given = {
        f"{name} {status}"
        for name, more in row.operations.items()
        for status, said in more.items()
        if status.isdigit() and said is not None
    }
    found = [f"nobody has seen {one}" for one in sorted(given - seen - {*row.unseen})]
    found += [f"{one} was seen all the same" for one in sorted(seen & {*row.unseen})]
    none = {name for name in row.operations if not any(one.startswith(f"{name} 2") for one in seen)}
    found += [f"no success of {name}" for name in sorted(none - {*row.failing})]
    return found + [f"a success of {name}, of which none was expected" for name in sorted({*row.failing} - none)]
