"""A wrong body with a value that is taken is refused for that: each has values of its own, so what is wrong shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bug", ["", "colours"])
def test_each_wrong_body_is_told(tmp_path: Path, bug: str) -> None:
    """A target that takes any colour takes each wrong one: the code of the first is no reason to refuse the others."""
    project = shelf(tmp_path, bug)
    post = project.spec["paths"]["/things"]["post"]
    post["requestBody"]["content"]["application/json"]["example"] = {"code": "AB-1234", "colour": "red"}
    post["responses"]["400"]["x-given"] = "invalid-body"
    report = project.verified("--only", "invalid-body", "--operation", "make")
    assert ({"family-status"} if bug else set()) == report.errors, report.text
    assert (bug == "colours") == (sum(one["count"] for one in report.value["findings"]) > 1), report.text
