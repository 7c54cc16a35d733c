"""What a person sees of a contract with misspelt words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Project, Snapshots


def test_misspelt_extensions_are_told(project: Project, snapshots: Snapshots) -> None:
    """Each has its place and what was meant; beside the extensions that are right they break nothing."""
    project.replace("openapi.yaml", "x-when: true", "x-whne: true")
    project.replace("openapi.yaml", "x-given: signed-out", "x-givn: signed-out")
    result = project.call("lint")
    snapshots.check("lint-misspelt", result.told)


def test_a_contract_that_no_run_takes_ends_as_verify_does(project: Project, snapshots: Snapshots) -> None:
    """The exit code is 2 for both, and lint names the rule."""
    project.replace("openapi.yaml", "x-given: signed-out", "x-given: signed-oout")
    result = project.call("lint")
    assert (2, 2) == (result.code, project.call("verify").code)
    snapshots.check("lint-refused", result.told)
