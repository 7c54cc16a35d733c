"""A disagreement between a pact and the spec, and the places on both sides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.contract import open_spec
from bothends.contract.messages import best_match, is_json, parse_media_type
from bothends.contract.settings import settings_location
from bothends.documents import NO_LINES, Document, Place
from bothends.pacts.values import for_parts, json_or_text
from bothends.records import MISSING, Missing, lookup, resolve
from bothends.schemas import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, DeclaredAnswer
    from bothends.errors import Location
    from bothends.pacts.model import Interaction, Pact
    from bothends.schemas import Schema


# How values of a pact are put into words.

_LONGEST = 300


def format_value(value: Any) -> str:
    """Return a value as JSON on one line, cut when it is long; `nothing` for `MISSING`."""
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a pact and the spec say differently.

    Attributes:
        pact: Where the pact says it.
        spec: Where the spec says it, or the settings file where that names the upstream.
        summary: What is wrong, in one sentence; the same for the same cause.
        expected: What the spec says.
        actual: What the pact says.
        interaction: The description of the interaction.
    """

    pact: Location
    spec: Location
    summary: str
    expected: str
    actual: str
    interaction: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An interaction that is checked against the contract.

    Attributes:
        pact: The pact.
        interaction: One of its interactions.
        contract: The contract.
    """

    pact: Pact
    interaction: Interaction
    contract: Contract

    def at(self, pointer: str, spec: Location | str, summary: str, expected: str, actual: str) -> Disagreement:
        """Return a disagreement; `pointer` starts at the interaction, and `spec`, if it is a text, at the document."""
        where = self.contract.document.location(spec) if isinstance(spec, str) else spec
        here = self.pact.location(self.interaction.pointer + pointer)
        return Disagreement(here, where, summary, expected, actual, self.interaction.description)

    def by_schema(
        self, pointer: str, value: Any, schema: Schema, what: str, origin: Place | None = None
    ) -> Iterator[Disagreement]:
        """Yield where an example is not what a schema asks for, or what `for_parts` makes of one.

        The pointer starts at the interaction. The schema stands at `origin`; None: at its own pointer in the document.
        """
        for error in schema.errors(value):
            summary = f"The pact's example of the {what} does not match the spec at {error.pointer or '/'}."
            where = self._origin(schema, origin, error.schema_pointer)
            actual = format_value(resolve(value, error.pointer))
            yield self.at(pointer + error.pointer, where, summary, error.message, actual)

    def upstream_schema(self, name: str) -> Place:
        """Return where the schema of an upstream's answer stands; its reference starts from the settings file."""
        settings = self.contract.settings
        reference = settings.world.upstreams[name].answer
        root, _ = open_spec(settings)
        library = root.library
        start = root.document if reference.startswith("#") else Document(settings.file, None, "", NO_LINES)
        return library.resolve(reference, Place(library, start, "", reference))

    def setting(self, key: str) -> Location:
        """Return where a dotted key stands in the settings file."""
        return settings_location(self.contract.settings.file, key)

    def _origin(self, schema: Schema, origin: Place | None, keyword: str) -> Location:
        """Return where a keyword of a bundled schema was written."""
        if origin is None:
            root, _ = open_spec(self.contract.settings)
            try:
                value = lookup(root.value, schema.pointer)
            except Missing:
                # The schema stands in another file, to which the path item refers: its pointer is known.
                return self.contract.document.location(schema.pointer)
            origin = Place(root.library, root.document, schema.pointer, value)
        return bundle(origin).origin(keyword).location


# Holds the example of an answer's body against the answer that the contract declares.


def body_disagreements(comparison: Comparison, declared: DeclaredAnswer, what: str) -> Iterator[Disagreement]:
    """Yield where the answer of an interaction is of another media type or of another shape than is declared.

    Args:
        comparison: The interaction; its answer may name a part of the body.
        declared: The answer that is declared for its status.
        what: What it is, for the summaries: `answer 200`.
    """
    interaction = comparison.interaction
    if not declared.content:
        return
    media_type = interaction.response_media_type
    if media_type is None:
        key = next(filter(is_json, declared.content), next(iter(declared.content)))
    else:
        found = best_match(parse_media_type(media_type).essence, declared.content)
        if found is None:
            summary = f"The pact's {what} has a media type that the spec does not declare for it."
            at = "/response/headers" if interaction.response_headers else "/response/body"
            yield comparison.at(at, f"{declared.pointer}/content", summary, " or ".join(declared.content), media_type)
            return
        key = found
    schema = declared.content[key]
    if schema is not None:
        pointer = interaction.body_pointer("response").removeprefix(interaction.pointer)
        value = json_value(interaction.response_body, for_parts(schema))
        if value is not MISSING:
            yield from comparison.by_schema(pointer, value, for_parts(schema), what)


def json_value(body: Any, schema: Schema) -> Any:
    """Return the value that a schema is to judge.

    A text may be JSON whatever its media type says (an ingest may say `text/plain`): it is read as what the
    schema takes, if it takes either.

    Returns:
        A JSON value; `MISSING` where there is none: no body, or bytes that are no text.
    """
    if not isinstance(body, str | bytes):
        return body
    if isinstance(body, str) and schema.is_valid(body):
        return body
    if isinstance(body, str):
        return json_or_text(body)
    try:
        value = json_or_text(body.decode())
    except UnicodeDecodeError:
        return MISSING  # no text, so no value that a schema could judge
    return value
