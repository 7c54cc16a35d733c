"""States of a credential of any kind: which alternative it belongs to, and which of its parts is missing or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.families import FORBIDDEN
from bothends.world.sessions.base import SessionState, session_state

if TYPE_CHECKING:
    from collections.abc import Mapping


class OfScheme(SessionState):
    """It is about what is shown for one scheme; the caller's other credentials are right."""

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self.parameters["scheme"]


@session_state("signed-in-by", tried=None)
class SignedInBy(OfScheme):
    """The alternative is chosen; by `and`, the schemes of a set."""

    pattern = "signed in by {schemes}"
    about = "valid credentials of these security schemes: `apiKey`, or `apiKey and signature`"
    family = ""
    chooses = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        super().__init__(parameters)
        self.schemes = tuple(parameters["schemes"].split(" and "))


@session_state("credential-missing", tried=None)
class Missing(OfScheme):
    """One member of a set is not shown."""

    pattern = "the credential for {scheme} is missing"
    about = "all credentials of the caller except the one for that security scheme"


@session_state("credential-garbled", tried=None)
class Garbled(OfScheme):
    """One that is of the right form, and of no caller."""

    pattern = "the credential for {scheme} is garbled"
    about = "a credential for that security scheme with its letters and digits changed"


@session_state("credential-forbidden", tried=None)
class Forbidden(OfScheme):
    """One of a caller who is known, and lacks permission."""

    pattern = "the caller for {scheme} lacks permission, number {number}"
    about = "a valid credential of a caller that the settings call `forbidden`, counted from 1"
    family = FORBIDDEN

    @property
    def number(self) -> int:
        """Which one, from 1."""
        text = self.parameters["number"]
        return int(text) if text.isdecimal() else 0


@session_state("credential-wrong", tried=None)
class Wrong(OfScheme):
    """One that the settings call wrong."""

    pattern = "the credential for {scheme} is wrong, number {number}"
    about = "a credential for that security scheme that the settings list under `wrong`, counted from 1"

    @property
    def number(self) -> int:
        """Which one, from 1."""
        text = self.parameters["number"]
        return int(text) if text.isdecimal() else 0
