"""Workflows of an Arazzo document beside the spec show how objects are made, and which answer a value is of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.in_process import bothends
from tests.judged.project import Project, Report
from tests.judged.test_needs import delivering
from tests.judged.test_used_up import ordering, seen

if TYPE_CHECKING:
    from pathlib import Path

DELIVERY = {
    "stepId": "deliver",
    "operationId": "setDestination",
    "parameters": [{"name": "checkoutId", "in": "path", "value": "$steps.begin.outputs.checkout"}],
    "requestBody": {"contentType": "application/json", "payload": {"country": "$inputs.country"}},
    "successCriteria": [{"condition": "$statusCode == 200"}, {"condition": "$response.body#/status == 'ready'"}],
}
BEGIN = {
    "stepId": "begin",
    "operationId": "open",
    "successCriteria": [{"condition": "$statusCode == 201"}],
    "outputs": {"checkout": "$response.body#/id"},
}


def document(*steps: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    """Return an Arazzo document with one workflow."""
    schema = {"type": "object", "properties": {name: {"default": value} for name, value in inputs.items()}}
    return {
        "arazzo": "1.0.1",
        "info": {"title": "Kiosk", "version": "1"},
        "sourceDescriptions": [{"name": "kiosk", "url": "./openapi.json", "type": "openapi"}],
        "workflows": [{"workflowId": "buy", "inputs": schema, "steps": list(steps)}],
    }


def buying(country: str = "NL") -> dict[str, Any]:
    """Return the workflow of who buys: a checkout is opened, has a destination, and is completed."""
    parameters = [{"name": "checkoutId", "in": "path", "value": "$steps.begin.outputs.checkout"}]
    complete = {"stepId": "pay", "operationId": "complete", "parameters": parameters}
    return document(BEGIN, DELIVERY, complete, country=country)


def kiosk(folder: Path, workflow: Any, bug: str = "", *, spec: Any = None, name: str = "arazzo.json") -> Report:
    """Return what a run of valid requests says of a kiosk that delivers to the Netherlands."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(workflow), "utf-8")
    project = Project(folder, "kiosk", spec or without_needs(), {"BUG": bug, "DELIVERS": "NL"})
    return project.verified("--profile", "quick", "--only", "success", "--only", "odd-headers")


def without_needs() -> dict[str, Any]:
    """Return the document of a kiosk that delivers, which says of no object how it is made ready."""
    spec = delivering()
    del spec["paths"]["/checkouts/{checkoutId}/complete"]["post"]["x-needs"]
    return spec


def test_each_request_has_what_the_workflow_shows(tmp_path: Path) -> None:
    """Each checkout that is completed has taken the steps before that; without the document, none can be completed."""
    report = kiosk(tmp_path / "with", buying())
    assert set() == report.errors, report.text
    refused = {key: count for key, count in seen(report).items() if key[0] == "complete" and key[1] != "200"}
    assert {} == refused, report.text
    report = kiosk(tmp_path / "without", buying(), name="other.json")
    assert "success of complete" in report.not_proven, report.text


def test_a_wrong_answer_at_its_end_is_told(tmp_path: Path) -> None:
    """What only the steps of a workflow reach is judged as any other answer."""
    report = kiosk(tmp_path, buying(), "completed", name="openapi.arazzo.json")
    assert {"answer-schema"} == report.errors, report.text


def test_a_workflow_that_fails_proves_nothing(tmp_path: Path) -> None:
    """A step that makes no object ready accuses nobody: the run names the workflow, the step and the answer."""
    report = kiosk(tmp_path, buying("BE"))
    assert set() == report.errors, report.text
    said = "Step 2 of the workflow 'buy', setDestination, was answered with open at /status, and not ready."
    assert report.not_proven["steps of complete"].startswith(said)


def test_a_value_of_an_answer_is_taken(tmp_path: Path) -> None:
    """A member of a body has what an earlier step was answered, though the spec links nothing to it."""
    spec = ordering()
    del spec["paths"]["/checkouts"]["post"]["responses"]["201"]["links"]
    payload = {"checkoutId": "$steps.begin.outputs.checkout"}
    order = {"stepId": "order", "operationId": "order", "requestBody": {"payload": payload}}
    report = kiosk(tmp_path / "right", document(BEGIN, order), spec=spec)
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    report = kiosk(tmp_path / "wrong", document(BEGIN, order), "ordered", spec=spec)
    assert report.errors, report.text


def test_what_is_not_used_is_told(tmp_path: Path) -> None:
    """Lint says which step names nothing, and which condition is not looked at, each with its line."""
    wrong = {**BEGIN, "stepId": "again", "operationId": "opn"}
    found = {**BEGIN, "successCriteria": [{"context": "$response.body", "type": "jsonpath", "condition": "$[?@.id]"}]}
    (tmp_path / "arazzo.json").write_text(json.dumps(document(found, wrong)), "utf-8")
    Project(tmp_path, "kiosk", without_needs()).written()
    done = bothends(tmp_path, "lint", "--hints")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "broken-workflow" in done.stdout, done.stdout
    assert "There is no operation 'opn' in the OpenAPI document." in done.stdout
    assert "Did you mean 'open'?" in done.stdout
    assert "unused-workflow" in done.stdout
    assert "arazzo.json" in done.stdout
