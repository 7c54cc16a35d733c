"""The list of public documents: what it holds, and that the documents which are here are those of the list."""

from __future__ import annotations

import os

import pytest

from tests.corpus.documents import KEPT, VARIABLE, Listed, listed

KEPT_HERE = 12
PERMISSIVE = {"Apache-2.0", "BSD-3-Clause", "ISC", "MIT"}


def test_the_corpus_is_broad() -> None:
    """It has many documents of many vendors, and many of them have events."""
    documents = listed()
    with_events = [each for each in documents if each.callbacks or each.webhooks]
    vendors = {each.vendor for each in documents}
    assert (len(documents) >= 60, len(vendors) >= 25, len(with_events) >= 20) == (True, True, True)
    assert {"3GPP", "CAMARA", "GitHub", "Mollie", "OpenAI", "Twilio"} <= {vendor.split(" ")[0] for vendor in vendors}
    assert any(each.files > 500 for each in documents)


def test_what_is_kept_may_be_kept() -> None:
    """Each document that lies in the repository has a permissive licence."""
    kept = {folder.name for folder in KEPT.iterdir() if folder.is_dir()}
    assert kept <= {each.name for each in listed() if each.licence in PERMISSIVE}


def test_what_is_kept_is_here() -> None:
    """A clone has all of them: a rule of .gitignore that takes a folder of a package for a build hides none."""
    assert KEPT_HERE == sum((KEPT / each.name / each.entry).is_file() for each in listed())


@pytest.mark.parametrize("document", listed(), ids=lambda each: each.name)
def test_a_document_is_the_one_of_the_list(document: Listed) -> None:
    """Its digest is that of the list."""
    folder = document.folder
    if folder is None:
        pytest.skip(
            f"not in the repository, and {VARIABLE} is {'another folder' if VARIABLE in os.environ else 'not set'}"
        )
    assert document.sha256 == document.digest(folder)
