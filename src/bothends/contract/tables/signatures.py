"""What signs a delivery: one class for each scheme, with the keys of its own table.

An ingest of the settings names a scheme of this package (`signature = "standard-webhooks"`), the class of a module, or
an entry point of an installed package (`bothends.signatures`). Those of this package are in `world/signatures`.
"""

from __future__ import annotations

import secrets as randomness
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bothends.contract.tables.kinds import SignatureKind
from bothends.contract.tables.toml_table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.errors import Location

MISSING, MALFORMED, WRONG, INCOMPLETE = "missing", "malformed", "wrong", "incomplete"
"""What can be wrong with a signature: a header is not there, it is not in the form of the scheme, it is not of the
bytes that arrived, or it is not of all secrets that are in force."""

TOLERANCE = 300
"""How far a timestamp may be from the time of arrival, seconds: as in the libraries of Standard Webhooks and Stripe."""

TOLERANCE_SCHEMA: Mapping[str, Any] = {
    "description": "How far the timestamp may be from the time of arrival, seconds. Without it: 300.",
    "type": "integer",
    # A delivery may wait for seconds on a busy machine.
    "minimum": 10,
    "maximum": 86400,
}


class SignedRequest(Protocol):
    """The request that has the signature."""

    @property
    def method(self) -> str:
        """HTTP method."""
        ...

    @property
    def target(self) -> str:
        """Path and query as received."""
        ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Name and value pairs in order, names in lower case."""
        ...

    @property
    def body(self) -> bytes:
        """The body as received: content coding is not undone, transfer coding is."""
        ...

    @property
    def at(self) -> float:
        """When it had been read, seconds since the epoch."""
        ...


class SignatureError(Exception):
    """A signature that is not what the settings ask for.

    Args:
        problem: One of `MISSING`, `MALFORMED`, `WRONG`, `INCOMPLETE`.
        header: The header that is wrong.
        detail: What is wrong with it, without a value of it.
    """

    def __init__(self, problem: str, header: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.header = header
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Signed:
    """What a right signature says beside that the bytes are its sender's.

    Attributes:
        timestamp: The time of the attempt, seconds since the epoch; None: the scheme has none.
        timestamp_header: The header that it is in.
        identity: The identity of the event, the same on each attempt; empty: the scheme has none.
        identity_header: The header that it is in.
    """

    timestamp: float | None = None
    timestamp_header: str = ""
    identity: str = ""
    identity_header: str = ""


class Signature(SignatureKind):
    """The `signature` of an ingest: the base of each scheme.

    Args:
        table: Its table, which the kind's schema has been asked about, with each `{env.NAME}` filled in.

    Attributes:
        about: What it is, in a few words: `signatures of Standard Webhooks`.
        source: The document that says what is right.
        no_redirects: The document that has a sender follow no redirect; empty: the scheme says nothing of it.
        table: The same.
        name: The kind, as the settings name it.
        tolerance: How far a timestamp may be from the time of arrival, seconds.
        secrets: The secrets in force, those of the settings, else new ones.

    Raises:
        ContractError: A value is wrong in a way that no schema can say.
    """

    source: ClassVar[str] = ""
    no_redirects: ClassVar[str] = ""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name: str = table.values.get("kind", self.kind)
        self.tolerance: int = table.values.get("tolerance_s", TOLERANCE)
        given = self._given()
        self.made = not given
        self.secrets: tuple[str, ...] = given or tuple(self.make_secret() for _ in range(self._count()))

    @classmethod
    def of(cls, **values: Any) -> Signature:
        """Return one with a table that stands in no file."""
        return cls(Table(None, "", {"kind": cls.kind, **values}))

    @property
    def location(self) -> Location | None:
        """Where its table is; None: in no file."""
        return self.table.location()

    @abstractmethod
    def verify(self, request: SignedRequest) -> Signed:
        """Return what a request's signature says, or raise a `SignatureError`: it is missing, malformed or wrong."""

    def make_secret(self) -> str:
        """Return a new secret, in the form in which a target is given it."""
        return randomness.token_hex(32)

    def variables(self) -> dict[str, str]:
        """Return what the target's environment can contain, by the end of the name: `{world.NAME.secret}`.

        The first secret is the current one; those after it are `secret_2` and so on.
        """
        return {("secret" if number == 1 else f"secret_{number}"): one for number, one in enumerate(self.secrets, 1)}

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not show in an answer, an event, an upstream call or a report."""
        return self.secrets

    @property
    def secret_headers(self) -> frozenset[str]:
        """The headers of a delivery, in lower case, in which a secret itself has its place."""
        return frozenset()

    @staticmethod
    def header(request: SignedRequest, name: str) -> str:
        """Return the value of a header that a request has once; the name matches without regard to case.

        Raises:
            SignatureError: It is not there, or more than once.
        """
        values = [value for key, value in request.headers if key == name.lower()]
        if not values:
            raise SignatureError(MISSING, name, f"no header {name}")
        if len(values) > 1:
            raise SignatureError(MALFORMED, name, f"{len(values)} headers {name}")
        return values[0].strip(" \t")  # RFC 9110 section 5.5: whitespace around a value is no part of it

    @staticmethod
    def number(text: str, header: str, unit: str = "seconds") -> int:
        """Return the timestamp of a header, which is digits alone; anything else is a `SignatureError`."""
        # Python's numbers may have signs, spaces, underscores and digits of any script.
        if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER:
            raise SignatureError(MALFORMED, header, f"a timestamp that is no integer of {unit} since the epoch")
        return int(text)

    def all_signed(self, header: str, found: Sequence[bool]) -> None:
        """Raise a `SignatureError` of the header unless a signature was found for each secret in force."""
        if not any(found):
            raise SignatureError(WRONG, header, "a signature that is not of the bytes that arrived and of this secret")
        if not all(found):
            missing = ", ".join(str(number) for number, one in enumerate(found, 1) if not one)
            text = f"no signature of secret {missing} of the {len(found)} that are in force"
            raise SignatureError(INCOMPLETE, header, text)

    def _given(self) -> tuple[str, ...]:
        one, several = self.table.values.get("secret"), self.table.values.get("secrets")
        if one is not None and several is not None:
            raise self.table.error("secrets", "There are both 'secret' and 'secrets'.", expected="one of them")
        if one is not None:
            return (one,)
        return tuple(several) if isinstance(several, list) else ()

    def _count(self) -> int:
        several = self.table.values.get("secrets", 1)
        return several if isinstance(several, int) else 1


_LONGEST_NUMBER = 18
