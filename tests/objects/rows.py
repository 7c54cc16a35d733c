"""The rows of the table: a contract, a right service, and services that break one thing of it, which is named or not.

A right service breaks no law with any seed. What a broken one breaks is named where the contract says what is right;
where it does not, nobody is accused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_FOUND, CONFLICT, WRONG_STATE, PRECONDITION = "not-found", "conflict", "wrong-state", "precondition-failed"


@dataclass(frozen=True)
class Wrong:
    """A service with one bug.

    Attributes:
        bug: `BUG` of the service.
        law: The law that tells it; empty: none does, as the contract does not say what is right.
        case: How the name of a case begins that shows it.
        unproven: The beginning of what is *not proven* for it.
    """

    bug: str
    law: str = ""
    case: str = ""
    unproven: str = ""


@dataclass(frozen=True)
class Row:
    """A contract, and the services that are held to it.

    Attributes:
        name: How it is called.
        says: What the right service does.
        operations: What is declared, as `documents.document` has it.
        like: `LIKE` of the right service.
        families: Those whose cases are tried, beside `success`.
        wrong: The broken services.
        patch: What of the document differs.
        settings: Further lines of the settings.
        unseen: Answers with an `x-given` that are seen by nobody: `operation status`.
        failing: The operations of which no request succeeds.
    """

    name: str
    says: str
    operations: Mapping[str, Mapping[str, Any]]
    like: str = ""
    families: tuple[str, ...] = (NOT_FOUND, WRONG_STATE)
    wrong: tuple[Wrong, ...] = ()
    patch: Mapping[str, Any] = field(default_factory=dict)
    settings: str = ""
    unseen: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
