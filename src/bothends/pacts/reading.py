"""Reads pact files, V1 to V4, as the tools of several languages write them.

What Pact's own library would pass over in silence (an interaction without a type, a file that is no
pact, two interactions of one description) is an error here: what is not read is not verified.
"""

from __future__ import annotations

import re
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any, Literal

from bothends.documents import Document, read_document
from bothends.errors import ContractError, Location
from bothends.pacts.model import V4_TYPES, Interaction, Pact, ProviderState
from bothends.records import MISSING, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


# What an interaction must be made of, before anything is asked of it.

_STATUSES = range(100, 600)


def is_text(value: Any) -> bool:
    """Return whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value)


def check_http(document: Document, interaction: Interaction, *, wrapped: bool) -> None:
    """Check that an interaction is a request and its answer.

    Raises:
        ContractError: A part of it is missing, or is something else.
    """
    for part in ("request", "response"):
        pointer = interaction.pointer + join(part)
        if not isinstance(interaction.value.get(part), dict):
            at = pointer if part in interaction.value else interaction.pointer
            raise _error_checks(document, at, f"This interaction has no {part}.", f'"{part}": {{…}}')
        _check_headers(document, pointer, interaction.value[part])
    _check_request(document, interaction.pointer + join("request"), interaction.value["request"])
    status = interaction.value["response"].get("status", 200)
    if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
        pointer = interaction.pointer + join("response", "status")
        raise _error_checks(document, pointer, f"The status is {status!r}.", "a whole number from 100 to 599")
    for part in ("request", "response"):
        _check_body(document, interaction, part, wrapped=wrapped)


def check_message(document: Document, interaction: Interaction, *, wrapped: bool) -> None:
    """Check that an interaction is a message.

    Raises:
        ContractError: Its contents are missing, or are something else.
    """
    if "contents" not in interaction.value:
        raise _error_checks(document, interaction.pointer, "This message has no contents.", '"contents": {…}')
    for key in ("metadata", "metaData"):
        if not isinstance(interaction.value.get(key, {}), dict):
            raise _error_checks(
                document, interaction.pointer + join(key), "The metadata is not an object.", "an object"
            )
    _check_body(document, interaction, "contents", wrapped=wrapped)
    if interaction.contents is MISSING:
        # Pact takes any message for one without contents: it would prove nothing.
        pointer = interaction.pointer + join("contents")
        raise _error_checks(
            document, pointer, "This message has no contents, so every message would match.", "the contents"
        )


def _check_request(document: Document, pointer: str, request: dict[str, Any]) -> None:
    for key in ("method", "path"):
        if not is_text(request.get(key)):
            at = pointer + join(key) if key in request else pointer
            raise _error_checks(document, at, f"The request has no {key}.", f'"{key}": "…"')
    query = request.get("query")
    if query is None or isinstance(query, str):
        return
    if not isinstance(query, dict) or not all(_are_texts(values, or_null=True) for values in query.values()):
        expected = "a text, or an object of lists of texts"
        raise _error_checks(document, pointer + join("query"), "The query is neither a text nor an object.", expected)


def _check_headers(document: Document, pointer: str, part: dict[str, Any]) -> None:
    headers = part.get("headers")
    if headers is None:
        return
    if not isinstance(headers, dict) or not all(map(_are_texts, headers.values())):
        expected = "an object of texts, or of lists of texts"
        raise _error_checks(document, pointer + join("headers"), "The headers are not an object of texts.", expected)


def _check_body(document: Document, interaction: Interaction, part: str, *, wrapped: bool) -> None:
    try:
        read = {"request": "request_body", "response": "response_body", "contents": "contents"}[part]
        getattr(interaction, read)
    except ValueError as error:
        at = interaction.pointer + (join("contents") if part == "contents" else join(part, "body"))
        expected = '{"content": …, "contentType": "application/json", "encoded": false}' if wrapped else "a JSON value"
        raise _error_checks(document, at, f"The body can't be read: {error}.", expected) from error


def _are_texts(values: Any, *, or_null: bool = False) -> bool:
    listed = values if isinstance(values, list) else [values]
    return all(
        (isinstance(value, str | int | float) and not isinstance(value, bool)) or (or_null and value is None)
        for value in listed
    )


def _error_checks(document: Document, pointer: str, problem: str, expected: str) -> ContractError:
    return ContractError(problem, where=document.location(pointer), expected=expected)


# Reads the provider states of an interaction, by whichever name a tool gives them.
#
# | written by | as |
# |---|---|
# | V1, pact-ruby | `provider_state: "…"` |
# | V1 and V2 | `providerState: "…"` |
# | V3 and V4 | `providerStates: [{name, params}]` |
# | some early writers | `provider_states`, and texts in the list |

_NAMES = ("providerStates", "provider_states", "providerState", "provider_state")


def read_states(document: Document, pointer: str, interaction: Mapping[str, Any]) -> tuple[ProviderState, ...]:
    """Return the provider states of an interaction, in order, or raise a `ContractError` for another sort of value."""
    for name in _NAMES:
        if interaction.get(name):
            return tuple(_states(document, pointer + join(name), interaction[name]))
    return ()


def _states(document: Document, pointer: str, value: Any) -> Iterator[ProviderState]:
    if isinstance(value, str):
        yield ProviderState(value, {}, pointer)
        return
    if not isinstance(value, list):
        raise _error_states(document, pointer, "The provider states are neither a text nor a list.")
    for index, item in enumerate(value):
        yield _state(document, pointer + join(index), item)


def _state(document: Document, pointer: str, value: Any) -> ProviderState:
    if isinstance(value, str) and value:
        return ProviderState(value, {}, pointer)
    if not isinstance(value, dict) or not is_text(value.get("name")):
        raise _error_states(document, pointer, "This provider state has no name.")
    parameters = value.get("params")
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise _error_states(
            document, pointer + join("params"), "The parameters of this provider state are not an object."
        )
    return ProviderState(value["name"], parameters, pointer)


def _error_states(document: Document, pointer: str, problem: str) -> ContractError:
    expected = '[{"name": "the ingest answers {status}", "params": {"status": 500}}]'
    return ContractError(problem, where=document.location(pointer), expected=expected)


_WHAT = "The pact"
_MOST_MIB = 16
_SYNCHRONOUS_MESSAGES = "Synchronous/Messages"
_VERSION = re.compile(r"[1-4](\.[0-9]+)*")
_FOURTH = "4"
_LISTS: Mapping[str, Literal["http", "message"]] = {"interactions": "http", "messages": "message"}


def read_pacts(folder: Path) -> tuple[Pact, ...]:
    """Return the pacts of a folder, in the order of their file names.

    A folder without pacts, or a pact without interactions, is no error of reading: it proves nothing,
    which the caller reports.

    Args:
        folder: The folder; each `*.json` in it is a pact.

    Raises:
        ContractError: There is no such folder, or a file in it is no pact that bothends can verify.
    """
    try:
        files = sorted(filter(_is_json, folder.iterdir()))
    except FileNotFoundError as error:
        advice = "Create the folder, or set `pacts` in the settings file to the folder with the pacts."
        raise ContractError("The folder of pacts does not exist.", where=Location(folder), advice=advice) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        problem = f"The folder of pacts can't be read: {reason}."
        raise ContractError(problem, where=Location(folder), expected="a folder of *.json files") from error
    _refuse_pacts_below(folder)
    return tuple(map(read_pact, files))


def _refuse_pacts_below(folder: Path) -> None:
    """Refuse a folder with others in it that may hold pacts: it would go unnoticed that they are not verified."""
    for below in sorted(folder.iterdir()):
        if below.is_dir() and not below.name.startswith(".") and any(map(_is_json, below.rglob("*"))):
            raise ContractError(
                "A subfolder of the folder of pacts has *.json files, which would not be verified.",
                where=Location(below),
                expected="each pact in the folder itself",
                advice="Move the pacts up, and other files elsewhere.",
            )


def _is_json(file: Path) -> bool:
    return file.suffix.lower() == ".json"


def read_pact(file: Path) -> Pact:
    """Return the pact of a file.

    Raises:
        ContractError: It can't be read, is not JSON, or is no pact that bothends can verify.
    """
    _refuse_what_has_no_end(file)
    document = read_document(file, what=_WHAT)
    value = document.value
    if not isinstance(value, dict):
        raise _error_reading(
            document, "", "This is not a pact: it is not a JSON object.", "consumer, provider and interactions"
        )
    consumer, provider = _party(document, "consumer"), _party(document, "provider")
    version = _version(document)
    _refuse_plugins(document)
    interactions = tuple(_interactions(document, version))
    _refuse_duplicates(document, interactions)
    return Pact(file, consumer, provider, version, interactions, value, document.lines)


def _refuse_what_has_no_end(file: Path) -> None:
    """Refuse a pipe or a device, which would be waited for, and a file that takes minutes."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return  # reported when the file is read
    if not S_ISREG(status.st_mode) and not S_ISDIR(status.st_mode):
        raise ContractError("The pact is not a file, but a pipe or a device.", where=Location(file), expected="a file")
    if status.st_size > _MOST_MIB << 20:
        problem = f"The pact is too large: {status.st_size >> 20} MiB."
        raise ContractError(problem, where=Location(file), expected=f"at most {_MOST_MIB} MiB")


def _party(document: Document, role: str) -> str:
    party = document.value.get(role)
    name = party.get("name") if isinstance(party, dict) else None
    if not is_text(name):
        problem = f"This is not a pact: it does not name its {role}."
        pointer = join(role) if role in document.value else ""
        raise _error_reading(document, pointer, problem, f'"{role}": {{"name": "…"}}')
    return str(name)


def _version(document: Document) -> str:
    """Return the version of the specification, by whichever name a tool gives it."""
    metadata = document.value.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    for key in ("pactSpecification", "pact-specification"):
        holder = metadata.get(key)
        if isinstance(holder, dict) and "version" in holder:
            return _known_version(document, join("metadata", key, "version"), holder["version"])
    if "pactSpecificationVersion" in metadata:
        key = "pactSpecificationVersion"
        return _known_version(document, join("metadata", key), metadata[key])
    return ""


def _known_version(document: Document, pointer: str, value: Any) -> str:
    if not isinstance(value, str) or _VERSION.fullmatch(value) is None:
        problem = f"bothends does not support this version of the Pact specification: {value!r}."
        raise _error_reading(document, pointer, problem, "a version from 1 to 4, as a text: 4.0")
    return value


def _refuse_plugins(document: Document) -> None:
    metadata = document.value.get("metadata")
    if isinstance(metadata, dict) and metadata.get("plugins"):
        problem = "The pact needs a Pact plugin, and bothends loads none."
        raise _error_reading(
            document, join("metadata", "plugins"), problem, "a pact of HTTP or messages, without plugins"
        )


def _interactions(document: Document, version: str) -> Iterator[Interaction]:
    lists = [key for key in _LISTS if key in document.value]
    if not lists:
        problem = "This is not a pact: it has neither interactions nor messages."
        raise _error_reading(document, "", problem, '"interactions": […]; in V3, "messages": […] for messages')
    for key in lists:
        listed = document.value[key]
        if not isinstance(listed, list):
            raise _error_reading(document, join(key), f"The pact's {key} are not a list.", "a list")
        if version.startswith(_FOURTH) and key == "messages" and listed:
            # The library reads nothing but `interactions` of a V4 file.
            expected = "all of them under interactions, each with its type"
            raise _error_reading(document, join(key), "A V4 pact has no separate list of messages.", expected)
        for index, item in enumerate(listed):
            yield _interaction(document, join(key, index), item, version, _LISTS[key])


def _interaction(
    document: Document, pointer: str, value: Any, version: str, kind: Literal["http", "message"]
) -> Interaction:
    if not isinstance(value, dict):
        raise _error_reading(document, pointer, "This is not an interaction.", "a JSON object with a description")
    description = value.get("description")
    if not is_text(description):
        raise _error_reading(document, pointer, "This interaction has no description.", '"description": "…"')
    kind = _kind(document, pointer, value, version) or kind
    interaction = Interaction(kind, str(description), read_states(document, pointer, value), pointer, value)
    (check_http if kind == "http" else check_message)(document, interaction, wrapped=version.startswith(_FOURTH))
    return interaction


def _kind(
    document: Document, pointer: str, value: Mapping[str, Any], version: str
) -> Literal["http", "message"] | None:
    """Return the kind that a V4 interaction's type says; None up to V3, where the list says it."""
    named = value.get("type")
    known = isinstance(named, str) and named in V4_TYPES
    if not version.startswith(_FOURTH):
        if known:
            problem = f"This interaction has a type of V4, but the pact's version is {version or 'missing'}."
            expected = '"metadata": {"pactSpecification": {"version": "4.0"}}'
            raise _error_reading(document, pointer + join("type"), problem, expected)
        return None
    expected = f"one of {', '.join(V4_TYPES)}"
    if named is None:
        raise _error_reading(document, pointer, "This interaction has no type.", expected)
    if named == _SYNCHRONOUS_MESSAGES:
        raise _error_reading(document, pointer + join("type"), "Synchronous messages are not supported yet.", expected)
    if not known:
        raise _error_reading(
            document, pointer + join("type"), f"This interaction has an unknown type: {named!r}.", expected
        )
    return V4_TYPES[str(named)]


def _refuse_duplicates(document: Document, interactions: tuple[Interaction, ...]) -> None:
    """Refuse two interactions of one description: Pact's library makes one of them when it writes."""
    first: dict[str, str] = {}
    for interaction in interactions:
        other = first.setdefault(interaction.description, interaction.pointer)
        if other != interaction.pointer:
            raise ContractError(
                f"Two interactions have the description '{interaction.description}': this one, and the one at {other}.",
                where=document.location(interaction.pointer + join("description")),
                expected="a different description for each interaction of a pact",
                advice="Change one description in the consumer's test, and generate the pact again.",
            )


def _error_reading(document: Document, pointer: str, problem: str, expected: str) -> ContractError:
    return ContractError(problem, where=document.location(pointer), expected=expected)
