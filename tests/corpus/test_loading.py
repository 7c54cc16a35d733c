"""Each public document that is here is read: as far as it can be used, and soon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.errors import ContractError
from tests.corpus.documents import HERE, Listed, listed

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

REFUSED = {
    "clerk-webhooks": "The spec declares no operation.",  # it has `x-webhooks` alone, which is no word of OpenAPI
    "ogc-processes": "points to a remote document",  # each of its operations refers to one
}
"""Documents of which nothing can be used, and why."""

KNOWN = HERE / "unusable.json"
"""What of each document can't be used: the beginnings of the reasons, each with how often it occurs."""


def here() -> list[Listed]:
    """Return the documents of the list that are here."""
    return [document for document in listed() if document.folder is not None]


def contract_of(document: Listed, folder: Path, operations: tuple[str, ...] | None = ("*",)) -> Contract:
    """Return the contract of a document, with no more settings than it takes."""
    assert document.folder is not None
    settings = folder / "bothends.toml"
    settings.write_text(f'spec = "{document.folder / document.entry}"\n', "utf-8")
    return load(settings, operations)


def reasons(contract: Contract) -> dict[str, int]:
    """Return why parts of a contract can't be used: the first words of each reason, and how often it occurs."""
    found: dict[str, int] = {}
    for each in contract.unusable:
        reason = each.error.problem.split(":")[0].split("{")[0].split("'")[0].strip()
        found[reason] = found.get(reason, 0) + 1
    return dict(sorted(found.items()))


@pytest.mark.parametrize("document", here(), ids=lambda each: each.name)
def test_a_public_document_is_read(document: Listed, tmp_path: Path) -> None:
    """All that can be used is there, and all that can't is known."""
    if document.name in REFUSED:
        with pytest.raises(ContractError, match=REFUSED[document.name]):
            contract_of(document, tmp_path, None)
        return
    contract = contract_of(document, tmp_path)
    known = json.loads(KNOWN.read_text("utf-8"))
    assert known.get(document.name, {}) == reasons(contract)
    lost = [each.what for each in contract.unusable if not each.what.startswith("the callback")]
    assert len(contract.operations) + len(lost) == len(contract.routes) + len(
        [what for what in lost if " " not in what]
    )


def test_almost_all_of_them_are_of_use() -> None:
    """Of the list, at least 95 in 100 are not refused."""
    assert len(REFUSED) <= len(listed()) * 0.05
