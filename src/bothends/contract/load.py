"""Loads a contract: the settings file, the spec that it names, and all that these refer to."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from bothends.contract.checks import check_references, check_strays
from bothends.contract.document import Document
from bothends.contract.marks import Mark
from bothends.contract.metaschema import check_structure, check_version
from bothends.contract.model import Contract
from bothends.contract.operations import Reading, read_operations
from bothends.contract.references import Library, Place
from bothends.contract.schema import SchemaShelf
from bothends.contract.settings_file import load_settings, settings_location
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract.model import Operation
    from bothends.contract.schema import Schema
    from bothends.contract.settings import Settings

# next-auth puts it before the cookie's name when the site's URL is https.
_SECURE = "__Secure-"


def load(settings_file: Path) -> Contract:
    """Load a contract.

    Args:
        settings_file: `bothends.toml`; the spec is found relative to it.

    Raises:
        ContractError: A file can't be read, or something in it is wrong.
    """
    settings = load_settings(settings_file)
    library = Library()
    advice = f"Set `spec` in {settings.file} to the OpenAPI document."
    root = library.open(settings.spec, what="The spec", advice=advice)
    check_version(root)
    # References first, because of one that is wrong the published schema can only say that it is
    # unexpected; strays last, because a misspelt word makes strays of what stands under it.
    check_references(root)
    check_structure(root)
    check_strays(root)
    shelf = SchemaShelf(formats=settings.formats == "assert")
    operations = read_operations(Reading(root, shelf, settings.world))
    _check_session(root, operations, settings)
    answers = {name: _answer_schema(library, root, settings, shelf, name) for name in settings.world.upstreams}
    digest = _digest(library, root, settings)
    return Contract(settings, root.document, operations, digest, answers)


def _answer_schema(library: Library, root: Place, settings: Settings, shelf: SchemaShelf, name: str) -> Schema:
    """Return the schema of an upstream's right answer; its reference starts from the settings file."""
    reference = settings.world.upstreams[name].answer
    start = root.document if reference.startswith("#") else Document(settings.file, None, "", Mark(1))
    source = Place(library, start, "", reference)
    try:
        target = library.resolve(reference, source)
    except ContractError as error:
        if error.where != source.location:
            raise
        where = settings_location(settings.file, f"world.upstreams.{name}.answer")
        raise ContractError(error.problem, where=where, expected=error.expected, advice=error.advice) from error
    return shelf.take(target)


def _check_session(root: Place, operations: tuple[Operation, ...], settings: Settings) -> None:
    """Check that the world can sign callers in to the operations that send events.

    Raises:
        ContractError: An operation demands a cookie that the settings don't have.
    """
    session = settings.world.session
    for operation in operations:
        cookie = operation.session_cookie
        if not operation.events or cookie is None:
            continue
        where = root.document.location(operation.pointer)
        if session is None:
            advice = f'Add [world.session] to {settings.file}, with its kind and cookie = "{cookie}".'
            raise ContractError(
                f"This demands the cookie '{cookie}', and nobody can sign in.", where=where, advice=advice
            )
        if session.cookie.removeprefix(_SECURE) != cookie.removeprefix(_SECURE):
            problem = f"The spec has the session in the cookie '{cookie}', and the settings in '{session.cookie}'."
            at = settings_location(settings.file, "world.session.cookie")
            raise ContractError(problem, where=at, expected=f'cookie = "{cookie}"')


def _digest(library: Library, root: Place, settings: Settings) -> str:
    """Return the digest of what shapes cases; where files lie on this machine is none of it."""
    world = settings.world
    session = world.session
    shape: dict[str, Any] = {
        "documents": [root.value, *(d.value for d in library.documents if d is not root.document)],
        "session": None if session is None else [session.kind, session.cookie, session.strict],
        "upstreams": [[u.name, u.method, u.path, u.answer] for u in world.upstreams.values()],
        "ingest": None if world.ingest is None else world.ingest.kind,
    } | ({} if settings.formats == "annotate" else {"formats": settings.formats})
    text = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
