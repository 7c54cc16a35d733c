"""A pact, read: what a consumer relies on, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode

from bothends.errors import ContractError, Location
from bothends.pacts.values import header_value, plain_body, wrapped_body, wrapped_media_type
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bothends.contract.settings import WorldSettings
    from bothends.documents import Lines


HTTP_TYPE = "Synchronous/HTTP"
MESSAGE_TYPE = "Asynchronous/Messages"
V4_TYPES: Mapping[str, Literal["http", "message"]] = {HTTP_TYPE: "http", MESSAGE_TYPE: "message"}


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What a pact asks of the provider before an interaction.

    Attributes:
        name: The sentence, with `{parameters}` or without.
        parameters: The parameters by name, JSON values.
        pointer: Where it stands; empty when it was not read from a file.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that a consumer relies on: a request with its answer, or a message.

    What is asked of it is the *example*; its matching rules are Pact's own affair.

    Attributes:
        kind: `http` or `message`.
        description: What it is, in the consumer's words; unique within its pact.
        states: The provider states that it needs, in order.
        pointer: Where it stands in the file.
        value: The interaction as it stands there.
    """

    kind: Literal["http", "message"]
    description: str
    states: tuple[ProviderState, ...]
    pointer: str
    value: Mapping[str, Any]

    @property
    def method(self) -> str:
        """The request's method, upper case."""
        return str(self._part("request").get("method", "GET")).upper()

    @property
    def path(self) -> str:
        """The request's path, without its query."""
        return str(self._part("request").get("path", "/"))

    @property
    def query(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each query parameter, decoded, in order."""
        given = self._part("request").get("query") or {}
        if isinstance(given, str):
            found: dict[str, tuple[str, ...]] = {}
            for name, value in parse_qsl(given, keep_blank_values=True):
                found[name] = (*found.get(name, ()), value)
            return found
        return {name: _texts(values) for name, values in given.items()}

    @property
    def target(self) -> str:
        """The request target: the path, and the query as `?name=value`."""
        pairs = [(name, value) for name, values in self.query.items() for value in values]
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    @property
    def request_headers(self) -> tuple[tuple[str, str], ...]:
        """The request's headers, one pair for each value."""
        return _headers(self._part("request"))

    @property
    def request_media_type(self) -> str | None:
        """The `Content-Type` of the request; None when the pact does not say."""
        return self._media_type("request")

    @property
    def request_body(self) -> Any:
        """The request's body: JSON value, text or bytes; `MISSING` for none."""
        return self._body("request")

    @property
    def status(self) -> int:
        """The answer's status; 200 when the pact does not say, as in Pact itself."""
        return int(self._part("response").get("status", 200))

    @property
    def response_headers(self) -> tuple[tuple[str, str], ...]:
        """The answer's headers, one pair for each value."""
        return _headers(self._part("response"))

    @property
    def response_media_type(self) -> str | None:
        """The `Content-Type` of the answer; None when the pact does not say."""
        return self._media_type("response")

    @property
    def response_body(self) -> Any:
        """The answer's body: JSON value, text or bytes; `MISSING` for none."""
        return self._body("response")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The message's metadata (`metaData` in files of older tools)."""
        found = self.value.get("metadata", self.value.get("metaData"))
        return found if isinstance(found, dict) else {}

    @property
    def contents(self) -> Any:
        """The message: JSON value, text or bytes; `MISSING` for none."""
        contents = self.value.get("contents", MISSING)
        declared = header_value(self.metadata, "contenttype") or header_value(self.metadata, "content-type")
        return (wrapped_body if self._wrapped else plain_body)(contents, declared)

    def body_pointer(self, part: Literal["request", "response", "contents"]) -> str:
        """Return where the example of a body, or of a message, stands: JSON pointer in the file."""
        body = "contents" if part == "contents" else f"{part}/body"
        return f"{self.pointer}/{body}{'/content' if self._wrapped else ''}"

    @property
    def _wrapped(self) -> bool:
        """Whether bodies are wrapped, as V4 does: only there has an interaction a type."""
        return str(self.value.get("type")) in V4_TYPES

    def _part(self, part: str) -> Mapping[str, Any]:
        found = self.value.get(part)
        return found if isinstance(found, dict) else {}

    def _media_type(self, part: str) -> str | None:
        holder = self._part(part)
        declared = header_value(holder.get("headers") or {}, "content-type")
        return declared or (wrapped_media_type(holder.get("body")) if self._wrapped else None)

    def _body(self, part: str) -> Any:
        body = self._part(part).get("body", MISSING)
        return (wrapped_body if self._wrapped else plain_body)(body, self._media_type(part))


@dataclass(frozen=True, slots=True)
class Pact:
    """A pact file.

    Attributes:
        file: The file, as the user named its folder.
        consumer: Who relies on it.
        provider: Who is held to it.
        version: The version of the Pact specification, as written: `4.0`; empty when the file does not say.
        interactions: The interactions, in the file's order.
        value: The file's JSON value.
        lines: Where things stand in the file; None when it was not read from one.
    """

    file: Path
    consumer: str
    provider: str
    version: str
    interactions: tuple[Interaction, ...]
    value: Mapping[str, Any] = field(repr=False)
    lines: Lines | None = field(default=None, repr=False, compare=False)

    def location(self, pointer: str) -> Location:
        """Return the place of what stands at a JSON pointer."""
        return Location(self.file, pointer, None if self.lines is None else self.lines.at(pointer))

    def only(self, interaction: Interaction) -> dict[str, Any]:
        """Return this pact as JSON with one interaction in it.

        So interactions can't collapse into one, and no filter can miss. `pending` is taken off: the
        library counts no failure of an interaction that has it.
        """
        alone = {key: value for key, value in self.value.items() if key not in ("interactions", "messages")}
        alone[interaction.pointer.split("/")[1]] = [
            {key: value for key, value in interaction.value.items() if key != "pending"}
        ]
        return alone


def _texts(values: Any) -> tuple[str, ...]:
    """Return the values of a query parameter or a header; null is a name without a value."""
    listed = values if isinstance(values, list) else [values]
    return tuple("" if value is None else str(value) for value in listed)


def _headers(part: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = part.get("headers") or {}
    return tuple((name, value) for name, values in given.items() for value in _texts(values))


# Which side of a pact the target is on: deduced from the names, so that nothing has to be configured.


def part_played(pact: Pact, world: WorldSettings) -> str | None:
    """Return the part of the world that a pact has as its provider: an upstream's name, or `ingest`.

    The target is then its consumer; None: it is the provider itself.

    Raises:
        ContractError: The name is that of a part but for its case: the target would be checked against another's pact.
    """
    known = world.parts
    if pact.provider in known:
        return pact.provider
    alike = next((part for part in known if part.casefold() == pact.provider.strip().casefold()), None)
    if alike is not None:
        raise ContractError(
            f"The pact's provider '{pact.provider}' differs only in case or spaces from '{alike}' in the settings.",
            where=pact.location("/provider/name"),
            expected=f"'{alike}', or a different name",
        )
    return None
