"""`bothends verify` and `replay` on real targets: what is proven, what is broken, and the report."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import jsonschema_rs

from bothends.reports import schema

if TYPE_CHECKING:
    from tests.cli.conftest import Project, Snapshots

BROKEN = "python -m tests.planted.boolean_true"


def test_one_case_is_proven(project: Project, snapshots: Snapshots) -> None:
    """A header, the verdict, two tables and the last line; the state folder keeps itself out of git."""
    snapshots.check("proven", project.run("verify", "--seed", "7", "--only", "success/usual").told)
    assert "*\n" == (project.folder / ".bothends" / ".gitignore").read_text()


def test_json_on_standard_output(project: Project) -> None:
    """With `--json -` a program reads standard output, and a person standard error."""
    told = project.run("verify", "--only", "signed-out", "--json", "-")
    report = json.loads(told.out)
    jsonschema_rs.validate(schema(), report)
    assert (0, "proven") == (told.code, report["verdict"])
    assert told.err.rstrip().endswith(": PROVEN")


def test_several_cases_are_chosen(project: Project) -> None:
    """`--only` is repeatable, and takes patterns of cases."""
    words = ("--only", "signed-out/expired-*", "--only", "success/us*")
    told = project.run("verify", "--seed", "7", *words, "--json", "-")
    report = json.loads(told.out)
    seen = [(answer["status"], answer["family"]) for answer in report["answers"] if answer["seen"]]
    assert (0, [("200", "success"), ("401", "signed-out")]) == (told.code, seen), told.err


def test_a_broken_route_and_its_replay(project: Project, snapshots: Snapshots) -> None:
    """The law, the request and the replay are told; the replay shows the same again, from end to end."""
    found = project.run(
        "verify", "--seed", "7", "--only", "success/usual", "--command", BROKEN, "--json", "report.json"
    )
    snapshots.check("broken", found.told)
    report = json.loads((project.folder / "report.json").read_text())
    jsonschema_rs.validate(schema(), report)
    program, *arguments = shlex.split(report["findings"][0]["replay"])
    assert "bothends" == program
    snapshots.check("replay", project.run(*arguments).told)


def test_a_reader_that_goes_away_does_not_change_the_verdict(project: Project) -> None:
    """`bothends verify | head -1` is silent about it, and its exit code is that of the run."""
    with project.start("verify", "--only", "success/usual", "--command", BROKEN) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert "" == process.stderr.read()
    assert 1 == process.returncode
