"""Public documents that are in the repository: a plain run on the mock of each is never BROKEN."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.corpus.documents import KEPT, listed
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

    from tests.corpus.documents import Listed

pytestmark = pytest.mark.measured  # what the mock does, it does in a process of its own

DOCUMENTS = [each for each in listed() if (KEPT / each.name).is_dir()]
FEW = ("open-payments-resource", "airflow-ui")
LEAST = 10


def verdict(document: Listed, folder: Path) -> tuple[str, list[str]]:
    """Return the verdict of a plain run on the mock of a document, and what is broken."""
    found_in = document.folder
    assert found_in is not None
    spec = found_in / document.entry
    report = folder / "report.json"
    target = f"bothends mock --spec {spec} --port {{port}}"
    words = ["verify", "--spec", str(spec), "--command", target, "--profile", "quick", "--seed", "1"]
    done = bothends(folder, *words, "--json", str(report), measured=False)
    assert report.is_file(), done.stdout + done.stderr
    found = json.loads(report.read_text("utf-8"))
    return found["verdict"], [each["summary"] for each in found["findings"] if each["severity"] == "error"]


def test_there_are_enough() -> None:
    """Ten, of several owners."""
    assert len(DOCUMENTS) >= LEAST
    assert {*FEW} <= {each.name for each in DOCUMENTS}


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each.name in FEW], ids=lambda each: each.name)
def test_a_small_document(document: Listed, tmp_path: Path) -> None:
    """Proven, or not proven with its list."""
    assert (True, []) == ((found := verdict(document, tmp_path))[0] in {"proven", "not-proven"}, found[1])


@pytest.mark.long
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_each_document(document: Listed, tmp_path: Path) -> None:
    """Likewise."""
    assert (True, []) == ((found := verdict(document, tmp_path))[0] in {"proven", "not-proven"}, found[1])


SUBSCRIPTIONS = ("3gpp-monitoring-event", "3gpp-smf-pdusession", "3gpp-capif-events")
"""Documents whose events are those of subscriptions: they are not in the repository."""
HERE = [each for each in listed() if each.name in SUBSCRIPTIONS and each.folder is not None]


@pytest.mark.long
@pytest.mark.parametrize("document", HERE, ids=lambda each: each.name)
def test_a_subscription_of_3gpp(document: Listed, tmp_path: Path) -> None:
    """Where the corpus is here."""
    assert (True, []) == ((found := verdict(document, tmp_path))[0] in {"proven", "not-proven"}, found[1])
