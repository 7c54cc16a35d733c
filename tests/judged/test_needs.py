"""`x-needs`: the steps that make an object ready are played for each request that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_used_up import TEXT, _json, _object, seen, spec_of

if TYPE_CHECKING:
    from pathlib import Path


def delivering(country: Any = "NL", *, of_parameter: bool = False) -> dict[str, Any]:
    """Return the document of a kiosk that completes what has a destination; its steps name a country.

    Args:
        country: The country.
        of_parameter: Whether it is said of the parameter, wherever that is used.
    """
    spec = spec_of()
    checkout = spec["paths"]["/checkouts/{checkoutId}"]["parameters"]
    spec["paths"]["/checkouts/{checkoutId}/destination"] = {
        "parameters": checkout,
        "put": {
            "operationId": "setDestination",
            "requestBody": {"required": True, **_json(_object(country=TEXT))},
            "responses": {
                "200": {"description": "Set.", **_json(_object(id=TEXT, status=TEXT))},
                "400": {"description": "Refused."},
                "404": {"description": "Not there."},
            },
        },
    }
    holder = checkout[0] if of_parameter else spec["paths"]["/checkouts/{checkoutId}/complete"]["post"]
    holder["x-needs"] = {
        "steps": ["open", {"operation": "setDestination", "body": {"country": country}}],
        "ready": {"at": "/status", "is": "ready"},
    }
    return spec


def kiosk(folder: Path, bug: str = "", country: Any = "NL") -> Report:
    """Return what a run of valid requests says of a kiosk that delivers to the Netherlands."""
    project = Project(folder, "kiosk", delivering(country), {"BUG": bug, "DELIVERS": "NL"})
    return project.verified(
        "--profile", "quick", "--only", "success", "--only", "odd-headers", "--only", "tracing-headers"
    )


def test_each_request_has_what_it_needs(tmp_path: Path) -> None:
    """Each checkout that is completed was made for that, and has its destination."""
    report = kiosk(tmp_path)
    assert set() == report.errors, report.text
    refused = {
        status: count for (name, status), count in seen(report).items() if name == "complete" and status != "200"
    }
    assert {} == refused, report.text


def test_each_request_with_a_parameter_has_what_that_needs(tmp_path: Path) -> None:
    """Whoever has the parameter has a checkout with its destination, and who sets that has one that was opened."""
    arguments = ("--profile", "quick", "--only", "success", "--only", "odd-headers")
    report = Project(
        tmp_path / "right", "kiosk", delivering(of_parameter=True), {"BUG": "", "DELIVERS": "NL"}
    ).verified(*arguments)
    assert set() == report.errors, report.text
    assert {"200", "201"} == {status for _, status in seen(report)}, report.text
    report = Project(
        tmp_path / "wrong", "kiosk", delivering(of_parameter=True), {"BUG": "unready", "DELIVERS": "NL"}
    ).verified(*arguments)
    assert set() == report.errors, report.text
    assert report.not_proven["steps of complete for checkoutId"].startswith("Step 2 of x-needs, setDestination")


def test_what_only_a_flow_reaches_is_judged(tmp_path: Path) -> None:
    """A wrong answer to the last of several requests is told."""
    report = kiosk(tmp_path, "completed")
    assert {"answer-schema"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert {"complete"} == {one["operation"] for one in found["instances"]}


@pytest.mark.parametrize(
    ("bug", "country", "said"),
    [
        ("", 5, "Step 2 of x-needs, setDestination, was answered 400."),
        ("unready", "NL", "Step 2 of x-needs, setDestination, was answered with open at /status, and not ready."),
        ("", "BE", "Step 2 of x-needs, setDestination, was answered with open at /status, and not ready."),
    ],
    ids=["refused", "a target that is wrong", "another value"],
)
def test_a_step_that_fails_proves_nothing(tmp_path: Path, bug: str, country: str, said: str) -> None:
    """The run says which step it was, with its request and the answer."""
    report = kiosk(tmp_path, bug, country)
    assert set() == report.errors, report.text
    assert report.not_proven["steps of complete"].startswith(said)
    assert "/checkouts/{checkoutId}/destination" in report.text
