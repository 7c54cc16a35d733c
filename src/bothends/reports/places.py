"""Where in the contract the promise stands that a finding breaks: a line of the spec, or of a pact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.documents import read_document
from bothends.contract.pointers import join
from bothends.errors import Location
from bothends.laws import Scope, law_of
from bothends.records import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract, Operation
    from bothends.records import Finding


def place(finding: Finding, contract: Contract) -> Location | None:
    """Return where the promise stands: the pact's interaction, the callback, the right answer, or the operation.

    Args:
        finding: The finding.
        contract: The contract that it breaks.
    """
    case = finding.case
    scope = law_of(finding.breach.law).scope
    if scope is Scope.PACT:
        return _in_pact(case.name, contract.settings.pacts)
    operation = next((one for one in contract.operations if one.id == case.operation), None)
    if operation is None:
        return None
    if scope is Scope.EVENT and operation.events:
        return contract.document.location(operation.events[0].pointer)
    return contract.document.location(_answer(finding, operation) or operation.pointer)


def _answer(finding: Finding, operation: Operation) -> str | None:
    """Return the pointer of the one answer that was right, else of the one that came; None where neither is clear."""
    right = {a.pointer for s in finding.case.expect.statuses if (a := operation.answer_for(s)) is not None}
    if len(right) == 1:
        return right.pop()
    answer = finding.breach.exchange.answer if finding.breach.exchange is not None else None
    declared = operation.answer_for(answer.status) if isinstance(answer, Answer) else None
    return None if declared is None else declared.pointer


def _in_pact(name: str, folder: Path | None) -> Location | None:
    """Return where an interaction stands; `name` is the file's stem and the description."""
    if folder is None:
        return None
    stem, _, description = name.partition("/")
    file = next((file for file in sorted(folder.iterdir()) if file.stem == stem), None)
    if file is None:
        return None
    document = read_document(file)
    for key in ("interactions", "messages"):
        for number, interaction in enumerate(document.value.get(key, ())):
            if interaction.get("description") == description:
                return document.location(join(key, number, "description"))
    return Location(file, line=1)
