"""`bothends init`: writes the start of a contract, from nothing, from a spec or from a running service."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cli import loops
from bothends.contract import load, open_document, open_spec, selection_of, settings_of
from bothends.contract.fetched import fetched
from bothends.contract.openapi import is_url, origin_of, overlaid
from bothends.contract.settings import settings_location
from bothends.documents import Library, read_text
from bothends.engine import Options, keep_served_spec
from bothends.engine.run import is_loopback
from bothends.engine.testbed import target_settings
from bothends.errors import ContractError, Location
from bothends.lint import Subject, overlay_text, proposed
from bothends.reports import Redactor, escape
from bothends.scaffold import (
    CORRECTIONS,
    NOBODY_SIGNS_IN,
    OVERLAY,
    Observations,
    Start,
    choice_of,
    downloaded,
    file_of,
    folders_of,
    narrowed,
    observe,
    proposals,
    put_right,
    table,
    unchecked,
    write_nothing_yet,
    write_start,
)
from bothends.state_folder import SPECS, make_state_folder, state_folder_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from bothends.cli.terminal import Output
    from bothends.contract import Contract, Opened
    from bothends.contract.settings import Settings
    from bothends.documents import Place
    from bothends.lint import Action
    from bothends.scaffold import Written

_NAMES = ("openapi.yaml", "openapi.yml", "openapi.json", "swagger.json")
_THEN = "bothends lint, then bothends verify"
_NOT_STARTED = (
    "--command is run once the spec is known. Start the target by hand for that, or save the document and name the file"
    " with --from."
)
_SEED_BITS = 32
_MOST_WHYS = 20
_MOST_DOCUMENTS = 200


def run_init(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The spec or the settings are wrong, or the document can't be changed in place.
        HarnessError: A file can't be written.
        TargetError: The service can't be started or reached.
    """
    config: Path = arguments.config
    source = arguments.source or _there(config)
    if source is None and not config.is_file():
        _tell(write_nothing_yet(config), out, [], then="bothends mock, and beside it bothends verify")
        return 0
    found_spec, served_at = _spec(config, source, is_started=arguments.command is not None)
    in_place: bool = arguments.in_place
    options = Options(
        config=config,
        url=arguments.url or (origin_of(served_at) if served_at and arguments.command is None else None),
        command=arguments.command,
        env=dict(arguments.env),
        operations=None if arguments.operation is None else tuple(arguments.operation),
        allow_writes=arguments.allow_writes,
    )
    if source is None:
        keep_served_spec(options)
    contract, root, corrections, documents = _loaded(arguments, config, found_spec, served_at)
    kept = contract.settings.file.parent / OVERLAY
    if kept.exists() and not in_place:
        # To ask takes a while, and what is seen would be written nowhere.
        err.write(f"{escape(str(kept))} is there already, and stays: remove it first to have proposals written.\n")
    found = _observed(contract, options, arguments, err)
    made = proposals(root, contract, found)
    url = options.url or contract.settings.target.url or ""
    url += (contract.settings.target.base_path or "") if url and not urlsplit(url).path.strip("/") else ""
    hide = Redactor(found.secrets).text
    overlay = "" if in_place else _as_overlay(corrections, root)
    corrected = in_place and bool(corrections)
    start = Start(
        contract,
        root,
        made,
        found,
        corrections=overlay,
        is_corrected=corrected,
        url=url,
        command=options.command or (),
        env=options.env,
        served=served_at,
        documents=documents.lines,
    )
    written = write_start(start, in_place=in_place, hide=hide)
    lines = _put_right(corrections) if in_place else []
    told = [
        *documents.missing,
        *_next(contract, config, written, found, documents),
        *_choice(start, written),
        *_command(contract, options, written),
    ]
    then = _first_sign_in(config, written, found, probe=arguments.probe) or _THEN
    _tell(written, out, [*lines, *told], then=then)
    return 0


def _there(config: Path) -> str | None:
    """Return the spec that stands beside settings that are not there yet."""
    found = (config.parent / name for name in _NAMES)
    return None if config.is_file() else next((str(file) for file in found if file.is_file()), None)


def _spec(config: Path, source: str | None, *, is_started: bool) -> tuple[Path | None, str]:
    """Return the spec in place of that of the settings, and the URL at which the service serves it, if it does."""
    if source is None or not is_url(source):
        return None if source is None else Path(source), ""
    folder = state_folder_of(config)
    make_state_folder(folder)
    file = fetched(source, folder / SPECS, *([_NOT_STARTED] if is_started else []))
    kept = config.parent / f"openapi{file.suffix}"
    if kept.exists() and kept.read_bytes() != file.read_bytes():
        raise ContractError(
            f"{kept} is there already, and is not what {source} serves.",
            where=Location(kept),
            advice=f"Name it with --from {kept} and --url {origin_of(source)}, or move it.",
        )
    shutil.copyfile(file, kept)
    return kept, source


@dataclass(frozen=True, slots=True)
class _Copies:
    """What is to be said of the documents that the spec refers to.

    Attributes:
        lines: The table of the settings; empty: there is nothing to say.
        missing: What is missing, a line each.
    """

    lines: Sequence[str]
    missing: Sequence[str]


def _fetched(settings: Settings, opened: Opened, again: Callable[[Settings], Opened]) -> Opened:
    """Fetch each document that a reference leads to, and those that these refer to; return the spec, opened again.

    Raises:
        ContractError: A document is not there, or there are too many.
        TargetError: A host can't be reached.
    """
    count, here = 0, settings.file.parent
    while lacking := list(opened[0].library.lacking):
        count += len(lacking)
        if count > _MOST_DOCUMENTS:
            problem = f"The spec refers to more than {_MOST_DOCUMENTS} remote documents."
            raise ContractError(problem, where=Location(settings.spec), advice="Save copies by hand.")
        folders = {**_known_folders(settings), **folders_of(lacking)}
        downloaded(lacking, folders, here)
        urls = {start: here / folder for start, folder in folders.items()}
        settings = replace(settings, documents=replace(settings.documents, urls=urls))
        opened = again(settings)
    return opened


def _known_folders(settings: Settings) -> dict[str, str]:
    return {url: os.path.relpath(folder, settings.file.parent) for url, folder in settings.documents.urls.items()}


def _copies(settings: Settings, root: Place, downloads: Iterable[str]) -> _Copies:
    library, here = root.library, settings.file.parent
    known = _known_folders(settings)
    fresh = {
        start: folder for start, folder in folders_of((*downloads, *library.lacking)).items() if start not in known
    }
    folders = {**known, **fresh}
    missing = [
        *(f"missing: {url}: save it as {file_of(url, folders)}, or use --download" for url in library.lacking),
        *(f"not read: {os.path.relpath(each, here)}, which is not below the spec" for each in library.outside),
    ]
    return _Copies(table(fresh, [os.path.relpath(each, here) for each in library.outside]), missing)


def _loaded(
    arguments: argparse.Namespace, config: Path, spec: Path | None, served_at: str
) -> tuple[Contract, Place, list[Action], _Copies]:
    """Return the contract as far as there is one, its document, what was put right in it first, and what it lacks.

    All operations are in it, unless some are chosen: one that says nothing may send an event, too.
    """
    settings = settings_of(config, spec)
    if arguments.in_place and settings.overlays:
        raise ContractError(
            "The spec has overlays, so what stands where is not what its own lines say.",
            where=Location(config, "overlays"),
            advice="Leave --in-place out.",
        )
    if arguments.in_place and settings.spec_url:
        raise ContractError(
            "The target serves the spec, so there is no file of it to change.",
            where=settings_location(config, "spec"),
            advice="Leave --in-place out: the proposals go into an overlay.",
        )
    # An overlay of its own that is gone is to be written anew.
    there = tuple(file for file in settings.overlays if file.name not in {CORRECTIONS, OVERLAY} or file.is_file())
    settings = replace(settings, overlays=there)
    opened = open_spec(settings)
    chosen = settings.operations if arguments.operation is None else tuple(arguments.operation)
    operations = ("*",) if chosen is None else chosen

    def contract() -> Contract:
        return load(config, operations, spec, served_at=served_at, tolerant=True, opened=opened)

    def opened_again(changed: Settings) -> Opened:
        nonlocal opened
        opened = open_spec(changed)
        contract()
        return opened

    found = contract()
    downloads = list(opened[0].library.lacking) if arguments.download else []
    if downloads:
        opened = _fetched(settings, opened, opened_again)
        found = contract()
    root = opened[0]
    copies = _copies(settings, root, downloads)
    corrections = proposed(Subject(found, root, selection_of(root, found.settings, operations), ()))
    if corrections:
        folder = state_folder_of(config)
        make_state_folder(folder)
        file = folder / CORRECTIONS
        file.write_text(_as_overlay(corrections, root), "utf-8")
        opened = _corrected(root, file) if arguments.in_place else overlaid(root, [file])
        found = contract()
    return found, opened[0], corrections, copies


def _corrected(root: Place, overlay: Path) -> Opened:
    """Return a document as it is read once it is put right in its file, which is written later."""
    spec, text = root.document.file, put_right(root, overlay)

    def texts(file: Path, what: str) -> str:
        return text if file.resolve() == spec.resolve() else read_text(file, what=what)

    return open_document(Library(texts, root.library.folders), spec)


def _as_overlay(actions: Sequence[Action], root: Place) -> str:
    """Return an overlay of some actions; empty: there is none."""
    return overlay_text(actions, root.document.file.name, as_json=False) if actions else ""


def _put_right(actions: Sequence[Action]) -> list[str]:
    """Return what was put right, a line each: in place, nothing else says so."""
    whys = [each.why for each in actions if not each.follows]
    more = len(whys) - _MOST_WHYS
    return [*(f"put right: {why}" for why in whys[:_MOST_WHYS]), *([f"put right: {more:,} more"] if more > 0 else [])]


def _observed(contract: Contract, options: Options, arguments: argparse.Namespace, err: Output) -> Observations:
    target = contract.settings.target
    if options.url is None and options.command is None and not target.command and target.url is None:
        return Observations()
    address = target_settings(contract, options).url
    reads_only = address is not None and not is_loopback(address) and not options.allow_writes
    seed = secrets.randbits(_SEED_BITS) if arguments.seed is None else arguments.seed

    def told(operation: str) -> None:
        err.write(f"{escape(operation)}\n")

    return loops.run(lambda: observe(contract, options, seed, probe=arguments.probe, reads_only=reads_only, told=told))


def _next(
    contract: Contract, config: Path, written: Sequence[Written], found: Observations, documents: _Copies
) -> list[str]:
    lines = [f"{name} {why}" for name, why in found.silent.items()]
    kept = [each.file for each in written if not each.is_new]
    names = {each.file.name: each for each in written if each.is_new}
    if config in kept:
        known = [file.name for file in contract.settings.overlays]
        named = [name for name in names if name.endswith(".overlay.yaml")]
        new = [f"overlays = {json.dumps([*named, *known])}"] if set(named) - set(known) else []
        new += ['pacts = "contracts/pacts"'] if contract.settings.pacts is None and _has_pact(written) else []
        lines += [f"add to {config}, above its first table: {line}" for line in new]
        lines += [f"add to {config}: {line}" for line in documents.lines if line]
        arrived = (one for some in found.seen.values() for each in some for one in each.exchange.deliveries)
        lines += [
            f"add to {config}, in the table of the ingest {name}: {line}" for name, line in unchecked(contract, arrived)
        ]
    return lines


def _command(contract: Contract, options: Options, written: Sequence[Written]) -> list[str]:
    """Return the line for a command that settings which are there already do not have."""
    is_kept = any(each.file == options.config and not each.is_new for each in written)
    if options.command is None or not is_kept or contract.settings.target.command == options.command:
        return []
    return [f"add to {options.config}, under [target]: command = {json.dumps(options.command, ensure_ascii=False)}"]


def _choice(start: Start, written: Sequence[Written]) -> list[str]:
    """Return the line that keeps all operations under test, for settings which are there already."""
    settings = start.contract.settings
    is_kept = any(each.file == settings.file and not each.is_new for each in written)
    if not is_kept or not narrowed(start.root, start.contract, start.proposals):
        return []
    names = json.dumps(choice_of(start.contract, is_narrowed=True))
    return [f"add to {settings.file}, above its first table: operations = {names}"]


def _first_sign_in(config: Path, written: Sequence[Written], found: Observations, *, probe: bool) -> str:
    """Return what comes next where operations were not asked as nobody can sign in; empty: there are none."""
    if NOBODY_SIGNS_IN not in found.silent.values():
        return ""
    proposed = any(each.is_new and each.file == config for each in written)
    how = f"remove the `#` of the sign-in in {config}" if proposed else f"have callers sign in in {config}"
    overlay = config.parent / OVERLAY
    gone = f", remove {overlay}" if overlay.exists() else ""
    return f"{how}{gone}, then bothends init{' --probe' if probe else ''} again: it sees more"


def _has_pact(written: Sequence[Written]) -> bool:
    return any(each.is_new and each.file.parent.name == "pacts" for each in written)


def _tell(written: Sequence[Written], out: Output, lines: Sequence[str], *, then: str) -> None:
    for each in written:
        note = f" ({each.note})" if each.note else ""
        out.write(f"{'wrote' if each.is_new else 'kept '} {escape(str(each.file))}{note}\n")
    for line in lines:
        out.write(f"{escape(line)}\n")
    out.write(f"next:  {then}\n")
