"""Documents of JSON and YAML, and the references between them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urljoin

from bothends.documents.file_access import MOST_BYTES, DocumentFolders, is_there, is_within, read_regular
from bothends.documents.strict_json import parse_json
from bothends.documents.yaml_text import Lines, TextError, parse_yaml
from bothends.errors import ContractError, Location, did_you_mean, one_of
from bothends.records import Missing, join, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


# A file of the contract: its JSON value, and the line of everything in it.


class Origins(Protocol):
    """Knows where each part of a changed document was written."""

    def location(self, pointer: str) -> Location:
        """Return where what stands at a JSON pointer was written."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read.

    Attributes:
        file: The file, as the user named it, or as a reference led to it.
        value: What it holds: JSON values, with strings as keys.
        text: The file's text.
        lines: Where things stand in it.
        origins: Where each part of it comes from, if overlays have changed it; None: from this file.
    """

    file: Path
    value: Any
    text: str = field(repr=False)
    lines: Lines = field(repr=False)
    origins: Origins | None = field(default=None, repr=False, compare=False)

    def line(self, pointer: str) -> int | None:
        """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
        return self.location(pointer).line

    def location(self, pointer: str) -> Location:
        """Return the place of what stands at a JSON pointer."""
        if self.origins is not None:
            return self.origins.location(pointer)
        return Location(self.file, pointer, self.lines.at(pointer))


def read_text(file: Path, *, what: str, advice: str = "", most: int = MOST_BYTES) -> str:
    """Return the text of a file of so many bytes at most, without a byte order mark, or raise a `ContractError`.

    `what` the file is, such as `The spec`, is for the message; the advice is for where there is no such file.
    """
    try:
        return read_regular(file, most).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ContractError(f"{what} does not exist.", where=Location(file), advice=advice) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ContractError(f"{what} is not UTF-8 text.", where=Location(file, line=line), expected="UTF-8") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ContractError(f"{what} can't be read: {reason}.", where=Location(file), advice=advice) from error


# Half of a surrogate pair can only be escaped, and a number is too large by its exponent or by hundreds of digits.
_TOO_LARGE = re.compile(r"[0-9.][eE]\+?[0-9]{3}|[0-9]{300}")
_ESCAPES = ("\\ud", "\\uD", "\\U")


def _may_lack(text: str) -> bool:
    """Whether a text may say what JSON can't: to look is much quicker than to write a large document out."""
    return any(escape in text for escape in _ESCAPES) or _TOO_LARGE.search(text) is not None


def _refuse_what_json_lacks(value: Any) -> None:
    """Refuse what escapes and huge exponents can make of a text that is well-formed."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise TextError("a string contains half of a surrogate pair", None) from error
    except ValueError as error:
        raise TextError("a number is too large", None) from error


def read_document(
    file: Path, *, what: str = "The file", advice: str = "", texts: Callable[[Path, str], str] | None = None
) -> Document:
    """Read a YAML or JSON file.

    Args:
        file: The file; one whose name ends in `.json` is JSON, any other is YAML.
        what: What the file is, for the message.
        advice: What to do when there is no such file.
        texts: Returns the text of a file, told what it is for messages; None: it is read from the disk.

    Raises:
        ContractError: It can't be read, or its text is not YAML or JSON, or is empty.
    """
    text = read_text(file, what=what, advice=advice) if texts is None else texts(file, what)
    is_json = file.suffix.lower() == ".json"
    try:
        value, lines = (parse_json if is_json else parse_yaml)(text)
        if _may_lack(text):
            _refuse_what_json_lacks(value)
    except TextError as error:
        kind = "JSON" if is_json else "YAML"
        where = Location(file, error.pointer, error.line)
        raise ContractError(f"{what} can't be read as {kind}: {error.problem}.", where=where) from error
    return Document(file, value, text, lines)


# `$ref` and its kin: places in documents, and the way from one to another.

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document, and what stands there.

    Attributes:
        library: Opens what references lead to.
        document: The document.
        pointer: JSON pointer into it.
        value: What stands there.
    """

    library: Library = field(repr=False, compare=False)
    document: Document = field(repr=False, compare=False)
    pointer: str
    value: Any = field(repr=False, compare=False)

    @property
    def identity(self) -> tuple[str, str]:
        """What tells places apart: the file and the pointer."""
        return str(self.document.file), self.pointer

    @property
    def location(self) -> Location:
        """The place as a person finds it."""
        return self.document.location(self.pointer)

    def error(self, problem: str, *, expected: str = "", advice: str = "") -> ContractError:
        """Return an error that names this place."""
        return ContractError(problem, where=self.location, expected=expected, advice=advice)

    @property
    def is_reference(self) -> bool:
        """Whether it has a `$ref`."""
        return isinstance(self.value, dict) and "$ref" in self.value

    def child(self, key: str | int) -> Place:
        """Return the member or item of that key, which must be there."""
        return Place(self.library, self.document, self.pointer + join(key), self.value[key])

    def get(self, key: str) -> Place | None:
        """Return the member of that key with its `$ref` followed, or None when it is not there."""
        return self.child(key).follow() if key in self.mapping() else None

    def mapping(self) -> dict[str, Any]:
        """Return the value, a mapping, or raise a `ContractError`."""
        if not isinstance(self.value, dict):
            raise self.error("This is not a mapping.", expected="a mapping")
        return self.value

    def members(self) -> Iterator[tuple[str, Place]]:
        """Yield each key of a mapping with its place, `$ref` followed; extensions (`x-…`) are left out."""
        for key in self.mapping():
            if not key.startswith("x-"):
                yield key, self.child(key).follow()

    def items(self) -> Iterator[Place]:
        """Yield the place of each item of a list, `$ref` followed; no list is a `ContractError`."""
        if not isinstance(self.value, list):
            raise self.error("This is not a list.", expected="a list")
        for index in range(len(self.value)):
            yield self.child(index).follow()

    def text(self, key: str, default: str = "") -> str:
        """Return the text under a key, the default when none is there; what is no text is a `ContractError`."""
        value = self.mapping().get(key, default)
        if not isinstance(value, str):
            raise self.child(key).error("This is not a string.", expected="a string")
        return value

    def follow(self) -> Place:
        """Return where the `$ref` leads, however many there are on the way; itself when there is none.

        Raises:
            ContractError: A reference leads nowhere, or round in a circle.
        """
        place, seen = self, {self.identity}
        while place.is_reference:
            place = place.library.resolve(place.value["$ref"], place.child("$ref"))
            if place.identity in seen:
                raise self.error("This $ref is circular.")
            seen.add(place.identity)
        return place


class Library:
    """The documents of a contract: each is read once.

    Attributes:
        version: The version of OpenAPI that they are written in: `3.0`, `3.1` or `3.2`; empty: it is not known yet.
        folders: Where references may lead beside the folders that are permitted.
        lacking: The URLs that references lead to, and of which there is no copy.
        outside: The folders that references lead to, and may not.
    """

    def __init__(self, texts: Callable[[Path, str], str] | None = None, folders: DocumentFolders | None = None) -> None:
        """Begin with no document.

        Args:
            texts: Returns the text of a file, told what it is for messages; None: files are read from the disk.
            folders: Where references may lead beside the folders that are permitted; None: nowhere.
        """
        self.version = ""
        self._texts = texts
        self.folders = folders or DocumentFolders()
        self._permitted: list[Path] = list(self.folders.folders)
        self._urls: dict[Path, str] = {}
        self.lacking: dict[str, None] = {}
        self.outside: dict[Path, None] = {}
        self._documents: dict[Path, Document] = {}
        self._ids: dict[str, Place] = {}

    @property
    def is_openapi_30(self) -> bool:
        """Whether the schemas in them are written in the words of OpenAPI 3.0."""
        return self.version == "3.0"

    def permit_beside(self, file: Path) -> None:
        """Let references lead into the folder of a file that a user has named, and below it; of a link, to both."""
        self._permitted += (file.parent, Path(os.path.realpath(file)).parent)

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents that were read, in the order of their reading."""
        return tuple(self._documents.values())

    def mentions(self, words: Iterable[str]) -> bool:
        """Return whether any of some words stands in a document that was read."""
        wanted = tuple(words)
        return any(word in document.text for document in self._documents.values() for word in wanted)

    def open(self, file: Path, *, what: str = "The file", advice: str = "") -> Place:
        """Return the root of a document.

        Raises:
            ContractError: It can't be read.
        """
        key = _key(file)
        document = self._documents.get(key)
        if document is None:
            if not self._documents:
                self.permit_beside(file)
            document = self._documents[key] = read_document(file, what=what, advice=advice, texts=self._texts)
            self._note_ids(Place(self, document, "", document.value))
        return Place(self, document, "", document.value)

    def put(self, document: Document) -> None:
        """Let a document take the place of what was read from its file."""
        self._documents[_key(document.file)] = document

    def resolve(self, reference: Any, source: Place) -> Place:
        """Return the place that a reference leads to; what stands there is not followed further.

        Args:
            reference: A URI reference (RFC 3986) with a JSON pointer or an anchor as its fragment.
            source: Where the reference stands; relative ones start from its document.

        Raises:
            ContractError: It leads nowhere, or to where bothends does not go.
        """
        if not isinstance(reference, str):
            raise source.error("This $ref is not a string.", expected="a URI reference, such as #/components/schemas/X")
        address, _, fragment = reference.partition("#")
        if "\0" in unquote(address):
            raise source.error("This $ref has a NUL in it, which no file name has.", expected="a path: b.yaml#/x")
        root = self._target_document(address, reference, source)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchored(root, fragment, reference, source)
        try:
            return Place(self, root.document, root.pointer + fragment, lookup(root.value, fragment))
        except Missing as missing:
            raise _leads_nowhere(reference, source, root, missing) from missing

    def _target_document(self, address: str, reference: str, source: Place) -> Place:
        if not address:
            return Place(self, source.document, "", source.document.value)
        if address in self._ids:
            return self._ids[address]
        base = self._urls.get(_key(source.document.file), "")
        if base or _SCHEME.match(address):
            return self._copied(urljoin(base, address), reference, source)
        file = source.document.file.parent / unquote(address)
        if not any(is_within(file, folder) for folder in self._permitted):
            outside = Path(os.path.normpath(file.parent))
            self.outside[outside] = None
            raise source.error(
                f"The reference {reference} leads out of the folders whose files bothends reads.",
                expected="a file in the folder of the spec, or below it",
                advice=f"If it may be read, name {outside} in the settings: folders, under [documents].",
            )
        try:
            return self.open(file)
        except ContractError as error:
            if error.where is not None and error.where.line is None and not is_there(file):
                problem = f"The reference {reference} points to {file}, which does not exist."
                raise source.error(
                    problem, expected="a path relative to the file that contains the reference"
                ) from error
            raise

    def _copied(self, url: str, reference: str, source: Place) -> Place:
        """Return the root of a document that has a URL, from the folder that has copies of what is there.

        Raises:
            ContractError: The settings name no folder for it, or it is not there.
        """
        found = self.folders.place_of(url)
        if url.startswith(("http://", "https://")) and (found is None or not is_there(found[0])):
            self.lacking[url] = None
        if found is None:
            start = f"{url.rpartition('/')[0]}/" if url.startswith(("http://", "https://")) else ""
            raise source.error(
                f"The reference {reference} points to a remote document. bothends reads only files.",
                expected="a reference into this document, a file beside it, or a URL whose folder the settings name",
                advice=f'Save a copy, and name its folder in the settings: [documents] urls = {{"{start}" = "copies"}}'
                if start
                else "Save a copy beside the spec, and use its file name.",
            )
        file, folder = found
        if not is_within(file, folder) or not is_there(file):
            raise source.error(
                f"The reference {reference} points to a remote document that is not in {folder}.",
                expected=f"a copy of {url}",
                advice=f"Save it as {file}." if is_within(file, folder) else "",
            )
        self._urls[_key(file)] = url
        return self.open(file)

    def _anchored(self, root: Place, name: str, reference: str, source: Place) -> Place:
        pending = [root]
        while pending:
            place = pending.pop()
            if isinstance(place.value, dict):
                if place.value.get("$anchor") == name:
                    return place
                pending.extend(place.child(key) for key in place.value)
            elif isinstance(place.value, list):
                pending.extend(place.child(index) for index in range(len(place.value)))
        raise source.error(
            f"The reference {reference} does not resolve: {root.document.file} has no $anchor '{name}'.",
            expected="a JSON pointer after '#', such as #/components/schemas/X",
        )

    def _note_ids(self, root: Place) -> None:
        """Remember the schemas that have a name of their own (`$id`), as far as it is absolute."""
        if isinstance(root.value, dict):
            schemas = [root, *(_components(root))]
            for place in schemas:
                name = place.value.get("$id") if isinstance(place.value, dict) else None
                if isinstance(name, str) and _SCHEME.match(name):
                    self._ids.setdefault(name.removesuffix("#"), place)


def _key(file: Path) -> Path:
    key = Path(file).absolute()
    return key.parent.resolve() / key.name


def _components(root: Place) -> Iterator[Place]:
    """Yield the schemas under `components` and `$defs`."""
    for first, second in (("components", "schemas"), ("$defs", "")):
        holder = root.value.get(first)
        schemas = holder.get(second) if second and isinstance(holder, dict) else holder
        if isinstance(schemas, dict):
            pointer = join(first, second) if second else join(first)
            for name, value in schemas.items():
                yield Place(root.library, root.document, pointer + join(name), value)


def _leads_nowhere(reference: str, source: Place, root: Place, missing: Missing) -> ContractError:
    where = f"{root.document.file}#{missing.found}"
    known = list(missing.value) if isinstance(missing.value, dict) else []
    listed = one_of(known[:_MOST_LISTED]) + (", …" if len(known) > _MOST_LISTED else "")
    return source.error(
        f"The reference {reference} does not resolve: {where} has no '{missing.key}'.",
        expected=listed if known else "a JSON pointer that exists",
        advice=did_you_mean(missing.key, known),
    )
