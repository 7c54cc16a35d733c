"""Loads a contract: the settings file, the spec that it names, and all that these refer to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.contract.model import Contract
from bothends.contract.openapi import (
    EXTENSIONS,
    PORT,
    Structure,
    Unusable,
    below_one_base,
    check_strays,
    check_version,
    not_looked_at,
    overlaid,
    read_schemes,
    select,
)
from bothends.contract.operations import (
    Reading,
    SizeCheck,
    TooLargeError,
    read_operations,
    read_workflows,
    root_webhooks,
)
from bothends.contract.settings import (
    IngestSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
    load_settings,
    settings_location,
)
from bothends.contract.terms import asked_schemes, can_lead, played_sessions
from bothends.documents import NO_LINES, Document, Library, Place
from bothends.errors import ContractError, did_you_mean, one_of
from bothends.schemas import Schema, SchemaShelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bothends.contract.model import Operation
    from bothends.contract.openapi import OperationPlace, Selection
    from bothends.contract.operations import Workflows
    from bothends.contract.tables import SessionSettings


def load(  # noqa: PLR0913 -- each is one thing that a caller may know
    settings_file: Path,
    operations: Sequence[str] | None = None,
    spec: Path | None = None,
    *,
    served_at: str = "",
    tolerant: bool = False,
    opened: Opened | None = None,
    detailed: bool = False,
) -> Contract:
    """Load a contract.

    Args:
        settings_file: `bothends.toml`; the spec is found relative to it.
        operations: Names and patterns of the operations under test; None: those that the settings choose.
        spec: The spec in place of that of the settings, which need not exist then; None: theirs.
        served_at: The URL at which the target serves the spec; empty: it does not.
        tolerant: Whether what can't be used is left out in any document, also where it was written for bothends.
        opened: The document, if it has been opened: to read a large one takes seconds.
        detailed: Whether the examples of answers and events are read, for what answers as the contract says.

    Raises:
        ContractError: A file can't be read, or something in it is wrong.
    """
    settings = settings_of(settings_file, spec)
    root, idle = open_spec(settings) if opened is None else opened
    library = root.library
    selection = selection_of(root, settings, operations)
    settings, selection = _below_one_base(settings, selection, served_at or settings.spec_url, root)
    schemes, wrong = read_schemes(root)
    asked = asked_schemes(root, (each.place for each in selection.chosen))
    sessions = played_sessions(settings.world.sessions, settings.world.session, schemes, asked)
    settings = replace(settings, world=replace(settings.world, sessions=sessions))
    shelf = SchemaShelf(formats=settings.formats == "assert", check=SizeCheck(library))
    workflows = _workflows(library, settings, selection)
    reading = Reading(
        root,
        shelf,
        settings.world,
        schemes,
        settings.callbacks,
        settings.target.setup,
        wrong,
        detailed,
        workflows=workflows,
    )
    found, unusable = read_operations(reading, selection, tolerant=tolerant)
    unusable = (*(Unusable(what, error) for what, error in idle), *unusable)
    defects = tuple(_defects(root))
    if library.mentions(EXTENSIONS):
        # Strays last, because a misspelt word makes strays of what stands under it.
        if not tolerant:
            _refuse((*unusable, *defects))
        check_strays(root)
    webhooks = dict(root_webhooks(root))
    _check_names_of_callbacks(found, settings, (*_callbacks_of(selection.every), *webhooks))
    _check_forbidden(selection.every, settings)
    settings = _with_ingest_of_requests(settings, found)
    answers = {name: _answer_schema(library, root, settings, shelf, name) for name in settings.world.upstreams}
    _check_parts_of_upstreams(found, answers)
    digest = _digest(library, root, settings)
    sent = {event.callback for operation in found for event in operation.events}
    unsent = {name: place.location for name, place in webhooks.items() if name not in sent}
    return Contract(
        settings,
        root.document,
        found,
        digest,
        answers,
        unsent,
        unusable,
        selection.left_out,
        defects,
        selection.routes,
        tuple(document.file for document in library.documents),
        not_looked_at(root),
        tuple(Unusable("a workflow", each.error) for each in workflows.faults if each.is_wrong),
        tuple(Unusable("a workflow", each.error) for each in workflows.faults if not each.is_wrong),
    )


def _workflows(library: Library, settings: Settings, selection: Selection) -> Workflows:
    """Return the workflows that the settings name, or that stand beside the document.

    Raises:
        ContractError: A document that the settings name can't be read.
    """
    documents: list[Place] = []
    wrong: list[ContractError] = []
    for file in _beside(settings) if settings.workflows is None else settings.workflows:
        try:
            documents.append(library.open(file, what="The Arazzo document", advice="Set `workflows` in the settings."))
        except ContractError as error:
            if settings.workflows is not None:
                raise
            wrong.append(error)  # nobody has asked for it
    found = read_workflows(documents, selection.every, settings.spec.name)
    for each in wrong:
        found.tell(each, is_wrong=True)
    return found


_NAMES = ("arazzo", "{}.arazzo")
_ENDINGS = (".yaml", ".yml", ".json")


def _beside(settings: Settings) -> list[Path]:
    """Return the Arazzo documents beside the spec, by the name that Arazzo recommends, or by that of the spec."""
    folder = settings.file.parent if settings.spec_url else settings.spec.parent
    stems = (name.format(settings.spec.name.partition(".")[0]) for name in _NAMES)
    files = (folder / f"{stem}{ending}" for stem in stems for ending in _ENDINGS)
    return [file for file in files if file.is_file()]


def settings_of(file: Path, spec: Path | None = None) -> Settings:
    """Return the settings of a `bothends.toml`, which need not exist where a `spec` stands in place of its own.

    Raises:
        ContractError: The file can't be read, or something in it is wrong.
    """
    if spec is None:
        return load_settings(file)
    if file.is_file():
        return replace(load_settings(file), spec=spec, spec_url="", spec_headers={})
    target, world = TargetSettings(cwd=file.parent, file=file), WorldSettings(file=file)
    return Settings(file=file, spec=spec, target=target, world=world)


def _below_one_base(
    settings: Settings, selection: Selection, served_at: str, root: Place
) -> tuple[Settings, Selection]:
    """Return settings with the path before each path, where the `servers` of a spec say so, and no setting does.

    With it come the operations that stand below that path.
    """
    target = settings.target
    if target.base_path is not None or (not served_at and urlsplit(target.url or "").path.strip("/")):
        return settings, selection
    path, selection = below_one_base(root, selection, served_at)
    return replace(settings, target=replace(target, base_path=path or None)), selection


def _defects(root: Place) -> Iterator[Unusable]:
    """Yield what is wrong with a document beside its operations: it stops nobody."""
    try:
        Structure(root).check_root()
    except ContractError as error:
        yield Unusable("the document", error)


def without_spec(settings: Settings) -> Contract:
    """Return the contract of settings whose spec is not known yet: enough to start a target that serves it.

    It has no operations, and upstreams answer with an empty object.
    """
    nothing = Document(settings.spec, {}, "", NO_LINES)
    answers = {name: Schema({"const": {}}) for name in settings.world.upstreams}
    return Contract(settings, nothing, (), "", answers)


Opened = tuple[Place, list[tuple[str, ContractError]]]
"""A document, and the actions of overlays that select nothing, each with why."""


def open_spec(settings: Settings) -> Opened:
    """Return the document that the settings name, overlays applied, and the overlays' actions that select nothing.

    Raises:
        ContractError: It can't be read, is none that bothends supports, or an overlay is wrong.
    """
    if settings.spec_url and not settings.spec.is_file():
        raise ContractError(
            f"The target serves the spec at {settings.spec_url}, and no run has kept a copy of it yet.",
            where=settings_location(settings.file, "spec"),
            expected=f"a copy at {settings.spec}",
            advice="Run `bothends verify` once: it asks the target, and keeps one. Or name a file with --spec.",
        )
    advice = f"Set `spec` in {settings.file} to the OpenAPI document."
    return open_document(Library(folders=settings.documents), settings.spec, settings.overlays, advice)


def open_document(library: Library, spec: Path, overlays: Sequence[Path] = (), advice: str = "") -> Opened:
    """Return a document, with overlays applied in their order, and the overlays' actions that select nothing.

    `advice` says what to do when there is no such document.

    Raises:
        ContractError: It can't be read, is none that bothends supports, or an overlay is wrong.
    """
    root = library.open(spec, what="The spec", advice=advice)
    check_version(root)
    return overlaid(root, overlays) if overlays else (root, [])


def selection_of(root: Place, settings: Settings, operations: Sequence[str] | None = None) -> Selection:
    """Return the operations under test, by names and patterns; None: those that the settings choose.

    Raises:
        ContractError: A pattern is of none of the operations.
    """
    if operations is not None:
        return select(root, operations, None)
    if settings.operations is not None:
        return select(root, settings.operations, settings_location(settings.file, "operations"))
    return select(root, None, None, settings.pacts)


def _refuse(unusable: Sequence[Unusable]) -> None:
    """Raise what is wrong in a contract that was written for bothends, but for what is too large."""
    for each in unusable:
        if not isinstance(each.error, TooLargeError):
            raise each.error


def _answer_schema(library: Library, root: Place, settings: Settings, shelf: SchemaShelf, name: str) -> Schema:
    """Return the schema of an upstream's right answer; its reference starts from the settings file."""
    reference = settings.world.upstreams[name].answer
    start = root.document if reference.startswith("#") else Document(settings.file, None, "", NO_LINES)
    source = Place(library, start, "", reference)
    if start is not root.document:
        library.permit_beside(settings.file.parent / reference.partition("#")[0])
    try:
        target = library.resolve(reference, source)
    except ContractError as error:
        if error.where != source.location:
            raise
        where = settings_location(settings.file, f"world.upstreams.{name}.answer")
        raise ContractError(error.problem, where=where, expected=error.expected, advice=error.advice) from error
    return shelf.take(target)


def _check_parts_of_upstreams(operations: tuple[Operation, ...], answers: Mapping[str, Schema]) -> None:
    """Check that each pointer into an upstream's answer may lead somewhere.

    Raises:
        ContractError: The schema of the answer allows no such place.
    """
    for operation in operations:
        of_events = ((event.location, event.walk) for event in operation.events)
        of_answers = ((None, walk) for answer in operation.answers for walk in answer.walks.values())
        for where, walk in (*of_events, *of_answers):
            for source in walk.sources:
                if source.kind == "upstream" and not can_lead(answers[source.name], source.pointer):
                    raise ContractError(
                        f"x-from names {source.pointer}, which the answer of {source.name} does not allow.",
                        where=where,
                        expected="a JSON pointer to a member or item that its schema allows",
                    )
        for event in operation.events:
            told = event.url.told
            if told is not None and not can_lead(answers[told.upstream], told.name):
                raise ContractError(
                    f"The callback's URL contains {{{told.text}}}, which the answer of {told.upstream} does not allow.",
                    where=event.location,
                    expected="a JSON pointer to a member or item that its schema allows",
                )


def _callbacks_of(places: Iterable[OperationPlace]) -> Iterator[str]:
    """Yield the names of the callbacks of operations, be these under test or not."""
    for each in places:
        callbacks = each.place.mapping().get("callbacks")
        yield from callbacks if isinstance(callbacks, dict) else ()


def _check_names_of_callbacks(operations: tuple[Operation, ...], settings: Settings, others: Iterable[str]) -> None:
    """Check that each callback that the settings name is declared.

    Args:
        operations: Those under test.
        settings: The settings.
        others: The callbacks of the document that may be of no operation under test, and its webhooks.

    Raises:
        ContractError: One is not.
    """
    events = (event.callback for operation in operations for event in operation.events)
    known = list(dict.fromkeys((*events, *others)))
    named = [(name, f"callbacks.{name}") for name in settings.callbacks]
    for ingest, table in settings.world.ingests.items():
        key = "world.ingest.receives" if ingest == "ingest" else f"world.ingests.{ingest}.receives"
        named.extend((name, key) for name in table.receives)
    _check_fixed_urls(operations, settings)
    for name, key in named:
        if name not in known:
            where = settings_location(settings.file, key)
            problem = f"The settings name the callback '{name}', which the spec does not declare."
            raise ContractError(problem, where=where, expected=one_of(known), advice=did_you_mean(name, known))


def _check_forbidden(operations: Iterable[OperationPlace], settings: Settings) -> None:
    """Check that each operation that a caller may not use is in the spec, under test or not.

    Raises:
        ContractError: One is not.
    """
    known = [operation.id for operation in operations]
    for session in settings.world.sessions.values():
        for name in (name for caller in session.forbidden for name in caller.operations):
            if name not in known:
                problem = f"A caller may not use the operation '{name}', which the spec does not declare."
                advice = did_you_mean(name, known)
                raise ContractError(problem, where=session.location, expected=one_of(known), advice=advice)


def _check_fixed_urls(operations: tuple[Operation, ...], settings: Settings) -> None:
    """Check that each URL that an ingest stands for is one of a callback.

    Raises:
        ContractError: One is not.
    """
    events = [event for operation in operations for event in operation.events]
    fixed = list(dict.fromkeys(event.url_template for event in events if "://" in event.url_template))
    for name, table in settings.world.ingests.items():
        stands = [event for event in events if event.url.ingest == name and event.url_template in fixed]
        told = [event for event in events if event.ingest == name and event.url.told is not None]
        if table.stands_for and not stands and not told:
            key = "world.ingest.stands_for" if name == "ingest" else f"world.ingests.{name}.stands_for"
            problem = f"No callback of the spec has a URL that begins with {table.stands_for}."
            expected = one_of(fixed) if fixed else "a callback with a fixed URL"
            raise ContractError(problem, where=settings_location(settings.file, key), expected=expected)


def _with_ingest_of_requests(settings: Settings, operations: tuple[Operation, ...]) -> Settings:
    """Return the settings with a plain ingest for URLs that a request or an answer gives, where they have none."""
    wanted = {event.ingest for operation in operations for event in operation.events if event.ingest}
    if wanted <= settings.world.ingests.keys():
        return settings
    ingests = {**settings.world.ingests, **{name: IngestSettings(kind="webhook") for name in wanted}}
    return replace(settings, world=replace(settings.world, ingests=ingests))


def _digest(library: Library, root: Place, settings: Settings) -> str:
    """Return the digest of what shapes cases, by which cases are kept from one run to the next.

    Ports and secrets differ from start to start, and files lie elsewhere on another machine: none of that is in it.
    """
    world = settings.world
    session = world.session
    referred = [document for document in library.documents if document is not root.document]
    shape: dict[str, Any] = {
        "documents": [_content_of_root(root.document, settings), *map(_content, referred)],
        "session": None if session is None else _session_shape(session),
        "upstreams": [_upstream_shape(upstream) for upstream in world.upstreams.values()],
        "ingest": world.ingests["ingest"].kind if "ingest" in world.ingests else None,
    }
    further = {n: [i.kind, i.receives, i.callback_path] for n, i in world.ingests.items()}
    if any(n != "ingest" or receives or path != "own" for n, (_, receives, path) in further.items()):
        shape["ingests"] = further
    signed = {n: i.signature.name for n, i in world.ingests.items() if i.signature is not None}
    shape |= {"signatures": signed} if signed else {}
    secure = [n for n, i in world.ingests.items() if i.tls]
    shape |= {"tls": secure} if secure else {}
    replaced = {n: i.stands_for for n, i in world.ingests.items() if i.stands_for}
    shape |= {"stands_for": replaced} if replaced else {}
    others = {name: _session_shape(each) for name, each in world.sessions_by_scheme.items()}
    shape |= {"sessions": others} if others else {}
    shape |= {} if settings.formats == "annotate" else {"formats": settings.formats}
    attempts = {name: str(each.delivery.attempts) for name, each in settings.callbacks.items() if each.delivery}
    shape |= {"attempts": attempts} if any(text != "None" for text in attempts.values()) else {}
    text = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_LARGE = 1 << 20
"""Characters of a document from which on its text is its digest's: to write all of its values out takes a second."""


def _content(document: Document) -> Any:
    is_large = len(document.text) > _LARGE and document.origins is None
    return hashlib.sha256(document.text.encode()).hexdigest() if is_large else document.value


def _content_of_root(document: Document, settings: Settings) -> Any:
    """Return what of the spec is in the digest: of one that a launched target serves, no server, which has its port."""
    if PORT in settings.spec_url and isinstance(document.value, dict):
        return {**document.value, "servers": None}
    return _content(document)


def _upstream_shape(upstream: UpstreamSettings) -> list[Any]:
    more = [dict(each) for each in (upstream.values, upstream.about) if each]
    return [upstream.name, upstream.method, upstream.path, upstream.answer, *more]


def _session_shape(session: SessionSettings) -> list[Any]:
    return [session.name, *session.shape]
