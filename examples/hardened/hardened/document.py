"""The OpenAPI document: reading it, following its references, making validators of its schemas."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import yaml
from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class SpecError(Exception):
    """The OpenAPI document can't be read, or does not say what this endpoint must know."""


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Read a part of a document as if it were as expected; where it is not, say so.

    Args:
        what: What is read; the message begins with it.

    Raises:
        SpecError: The document is not as expected.
    """
    try:
        yield
    except SpecError as error:
        raise SpecError(f"{what}: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration, RuntimeError) as error:
        # Whether a document is valid OpenAPI is not this program's work: bothends and its tests see to that.
        raise SpecError(f"{what}: not what is expected there ({type(error).__name__}: {error})") from error


class Document:
    """An OpenAPI 3.1 document.

    Attributes:
        root: The whole document.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    @classmethod
    def read(cls, file: Path) -> Document:
        """Read a YAML or JSON file.

        Raises:
            SpecError: It can't be read, or is no mapping.
        """
        try:
            root = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both are safe loaders
        except OSError as error:
            raise SpecError(f"{file}: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise SpecError(f"{file}: no YAML: {' '.join(str(error).split())}") from error
        if not isinstance(root, dict):
            raise SpecError(f"{file}: no OpenAPI document")
        return cls(root)

    def resolve(self, node: Any) -> dict[str, Any]:
        """Return an object of the document with its `$ref` followed; what stands beside the `$ref` wins.

        Raises:
            SpecError: The reference leads nowhere, or not to an object.
        """
        siblings: dict[str, Any] = {}
        while isinstance(node, dict) and "$ref" in node:
            siblings = {**{key: value for key, value in node.items() if key != "$ref"}, **siblings}
            node = self._at(node["$ref"])
        if not isinstance(node, dict):
            raise SpecError(f"an object was expected, not {node!r}")
        return {**node, **siblings}

    def validator(self, schema: Any) -> Draft202012Validator:
        """Return a validator for a schema of this document (JSON Schema 2020-12, OpenAPI 3.1's dialect).

        Raises:
            SpecError: It is no schema.
        """
        # References in a schema start at the document's root, so its components go along.
        bundle = {"allOf": [schema], "components": self.root.get("components", {})}
        try:
            return Draft202012Validator(bundle)
        except ValueError as error:
            raise SpecError(f"no schema: {str(error).splitlines()[0]}") from error

    def _at(self, reference: Any) -> Any:
        if not (isinstance(reference, str) and reference.startswith("#/")):
            raise SpecError(f"$ref {reference!r}: only references within the document are supported")
        node: Any = self.root
        for part in reference[2:].split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if not (isinstance(node, dict) and key in node):
                raise SpecError(f"$ref {reference!r} has no target")
            node = cast("dict[str, Any]", node)[key]
        return node
