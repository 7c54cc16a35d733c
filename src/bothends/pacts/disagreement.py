"""A disagreement between a pact and the spec, and the places on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.contract.documents import Document, Library, Place
from bothends.contract.pointers import Missing, lookup
from bothends.contract.schema import bundle
from bothends.contract.settings_file import settings_location
from bothends.contract.yaml_text import Mark
from bothends.pacts.wording import shown
from bothends.records import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bothends.contract import Contract, Schema
    from bothends.errors import Location
    from bothends.pacts.model import Interaction, Pact


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
    """An interaction that is held against the contract.

    Attributes:
        pact: The pact.
        interaction: One of its interactions.
        contract: The contract.
    """

    pact: Pact
    interaction: Interaction
    contract: Contract

    def at(self, pointer: str, spec: Location | str, summary: str, expected: str, actual: str) -> Disagreement:
        """Return a disagreement.

        Args:
            pointer: Where in the interaction, relative to it: `/response/status`.
            spec: Where in the spec; a text is a JSON pointer into the document.
            summary: What is wrong, in one sentence.
            expected: What the spec says.
            actual: What the pact says.
        """
        where = self.contract.document.location(spec) if isinstance(spec, str) else spec
        here = self.pact.location(self.interaction.pointer + pointer)
        return Disagreement(here, where, summary, expected, actual, self.interaction.description)

    def by_schema(
        self, pointer: str, value: Any, schema: Schema, what: str, origin: Place | None = None
    ) -> Iterator[Disagreement]:
        """Yield where an example is not what a schema asks for.

        Args:
            pointer: Where the example stands, relative to the interaction.
            value: The example.
            schema: The schema; what `for_parts` makes of one is as good.
            what: What the example is of: `answer 200`.
            origin: Where the schema stands; None: at its pointer in the document.
        """
        for error in schema.errors(value):
            summary = f"The pact's example of the {what} is not what the spec says, at {error.pointer or '/'}."
            where = self._origin(schema, origin, error.schema_pointer)
            actual = shown(resolve(value, error.pointer))
            yield self.at(pointer + error.pointer, where, summary, error.message, actual)

    def upstream_schema(self, name: str) -> Place:
        """Return where the schema of an upstream's answer stands; its reference starts from the settings file."""
        settings = self.contract.settings
        reference = settings.world.upstreams[name].answer
        library = Library()
        root = library.open(settings.spec)
        start = root.document if reference.startswith("#") else Document(settings.file, None, "", Mark(1))
        return library.resolve(reference, Place(library, start, "", reference))

    def setting(self, key: str) -> Location:
        """Return where a dotted key stands in the settings file."""
        return settings_location(self.contract.settings.file, key)

    def _origin(self, schema: Schema, origin: Place | None, keyword: str) -> Location:
        """Return where a keyword of a bundled schema was written."""
        if origin is None:
            root = Library().open(self.contract.settings.spec)
            try:
                value = lookup(root.value, schema.pointer)
            except Missing:
                # The schema stands in another file, to which the path item refers: its pointer is known.
                return self.contract.document.location(schema.pointer)
            origin = Place(root.library, root.document, schema.pointer, value)
        return bundle(origin).origin(keyword).location
