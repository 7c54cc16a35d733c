"""The files that `bothends init` writes: settings, an overlay, a first pact, a job for CI. It writes over none."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.contract.openapi import is_here, read_schemes, select
from bothends.contract.settings import lines_for
from bothends.contract.terms import asked_schemes
from bothends.errors import Location, MachineError
from bothends.reports import escape_json
from bothends.scaffold.callings import callings
from bothends.scaffold.content import body_of
from bothends.scaffold.declared import sent_webhook
from bothends.scaffold.events import callbacks_of, declared_of, event_of
from bothends.scaffold.needs import (
    TAKEN,
    chosen_lines,
    narrowed,
    quoted,
    receiver_lines,
    receivers_of,
    setup_lines,
    steps_of,
    variable_lines,
)
from bothends.scaffold.overlay import edited, overlay_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.openapi import SecurityScheme
    from bothends.documents import Place
    from bothends.scaffold.events import SeenCallback
    from bothends.scaffold.needs import Receiver, Step
    from bothends.scaffold.observation import Observations
    from bothends.scaffold.proposal import Proposal

CORRECTIONS = "corrections.overlay.yaml"
PUT_RIGHT = "what the spec means, put right"
OVERLAY = "bothends.overlay.yaml"
PACTS = "contracts/pacts"
JOB = ".github/workflows/bothends.yml"
SPEC = "openapi.yaml"
_SLUG = re.compile(r"[^a-z0-9]+")
_FULL = 100


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file.

    Attributes:
        file: The file.
        is_new: Whether it was written; else it was there, and is as it was.
        note: What is to be said of it.
    """

    file: Path
    is_new: bool
    note: str = ""


def write_once(file: Path, text: str, note: str = "") -> Written:
    """Write a file that is not there yet.

    Raises:
        MachineError: It can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        return Written(file, is_new=False, note="it is there already, and stays; remove it to have it written anew")
    except OSError as error:
        raise MachineError(f"{file} can't be written: {error.strerror}.", where=Location(file)) from error
    return Written(file, is_new=True, note=note)


def template(name: str) -> str:
    """Return the text of a template."""
    return (files("bothends.scaffold") / "templates" / name).read_text("utf-8")


def write_nothing_yet(settings: Path) -> list[Written]:
    """Write the start of a contract for a service that is not there yet.

    Raises:
        MachineError: A file can't be written.
    """
    folder = settings.parent
    return [
        write_once(folder / SPEC, template(SPEC), "the contract of an example: change it to yours"),
        write_once(settings, template("bothends.toml")),
        write_once(folder / JOB, template("github.yml")),
    ]


@dataclass(frozen=True, slots=True)
class Start:
    """What the start of a contract is written from, for a service that has a spec.

    Attributes:
        contract: The contract as far as there is one.
        root: The document.
        proposals: What it lacks.
        found: What was seen of the service.
        corrections: An overlay that puts the document right, which the others come after; empty: nothing is wrong.
        is_corrected: Whether the text of the document is one that was put right in place.
        url: The base URL of the service; empty: it is not known.
        command: The words that start the service; empty: they are not known.
        env: Its environment.
        served: The URL at which the service serves the spec; empty: nowhere, as far as is known.
        documents: The lines of the table that says where references may lead.
    """

    contract: Contract
    root: Place
    proposals: Sequence[Proposal]
    found: Observations
    corrections: str = ""
    is_corrected: bool = False
    url: str = ""
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    served: str = ""
    documents: Sequence[str] = ()


def write_start(start: Start, *, in_place: bool, hide: Callable[[str], str]) -> list[Written]:
    """Write the start of a contract for a service that has a spec.

    Args:
        start: What it is written from.
        in_place: Whether the proposals are made in the document, and not as an overlay.
        hide: Removes what is secret from a text.

    Returns:
        Each file, in the order of the writing.

    Raises:
        ContractError: The document can't be changed in place.
        MachineError: A file can't be written.
    """
    settings = start.contract.settings
    folder = settings.file.parent
    title = _title(start.root)
    made = [each for each in start.proposals if not (in_place and each.instead)]
    done: list[Written] = []
    if start.corrections:
        done.append(write_once(folder / CORRECTIONS, hide(start.corrections), PUT_RIGHT))
    counts = f"{sum(each.is_sure for each in made)} proposed, {sum(not each.is_sure for each in made)} unsure"
    if in_place:
        done += _change(start, counts)
    elif made:
        done.append(
            write_once(
                folder / OVERLAY,
                hide(overlay_text(title, made, start.root, callings(start.contract, start.found))),
                counts,
            )
        )
    overlays = [each.file.name for each in done if not in_place]
    pact = first_pact(start.contract, start.root, start.found, title)
    if pact is not None:
        name = f"{pact['consumer']['name']}-{pact['provider']['name']}.json"
        text = escape_json(json.dumps(pact, indent=2, ensure_ascii=False)) + "\n"
        if hide(text) == text:  # an example with a secret is none
            done.append(write_once(folder / PACTS / name, text))
    written = settings_text(start, overlays=overlays, pacts=pact is not None)
    done.append(write_once(settings.file, written))
    done.append(write_once(folder / JOB, template("github.yml")))
    return done


def _change(start: Start, counts: str) -> Iterator[Written]:
    sure = [each for each in start.proposals if each.is_sure and not each.instead]
    root = start.root.document
    documents = {str(root.file): root} if start.is_corrected else {}
    documents |= {str(each.place.document.file): each.place.document for each in sure}
    texts = [
        (document, edited(document, [each for each in sure if each.place.document is document]))
        for document in documents.values()
    ]
    for document, text in texts:
        try:
            document.file.write_text(text, "utf-8")
        except OSError as error:
            problem = f"{document.file} can't be written: {error.strerror}."
            raise MachineError(problem, where=Location(document.file)) from error
        note = f"{PUT_RIGHT}; {counts}" if start.is_corrected and document is root else counts
        yield Written(document.file, is_new=True, note=note)


def _title(root: Place) -> str:
    info = root.mapping().get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return title if isinstance(title, str) and title else "the service"


# The settings.

_ISOLATED = (
    "# Without this line, there is one process of the service at a time. With it, copies run side by side: write it",
    "# only where they share nothing, no folder, no database and no fixed port. Runs take less time then.",
    "# isolated = true",
)
_COMMAND = '# command = ["python", "service.py"]'
_RECEIVER = re.compile(r"hook|callback|event|notif|subscri|receiver", re.IGNORECASE)
_SECRET = re.compile(r"key|token|secret|pass|pwd|credential", re.IGNORECASE)
_OF_TOKENS = re.compile(r"jwt|token|auth|session", re.IGNORECASE)


def settings_text(start: Start, *, overlays: Sequence[str], pacts: bool) -> str:
    """Return the settings of a service that has a spec.

    Args:
        start: What they are written from.
        overlays: The names of the overlays.
        pacts: Whether there is a pact.
    """
    settings = start.contract.settings
    spec = Path(os.path.relpath(settings.spec.resolve(), settings.file.parent.resolve())).as_posix()
    lines = [
        "# Written by `bothends init`. `bothends lint` checks the contract, `bothends verify` the service.",
        f"spec = {quoted(spec)}",
    ]
    lines += (
        [f"# Or have each run ask the service for it: spec = {quoted(start.served)}"] if is_here(start.served) else []
    )
    lines += [f"overlays = {json.dumps(overlays)}"] if overlays else []
    lines += [f'pacts = "{PACTS}"'] if pacts else []
    lines += chosen_lines(start.contract, is_narrowed=narrowed(start.root, start.contract, start.proposals))
    lines += ["", "[target]"]
    receivers = receivers_of(start.root, start.contract)
    steps = steps_of(start.root, start.contract)
    if start.command:
        lines += [f"command = [{', '.join(map(quoted, start.command))}]", *_ISOLATED]
    elif start.url:
        lines += [f"url = {quoted(start.url)}", "# Or let bothends start it:", *_started(start, receivers), *_ISOLATED]
    else:
        lines += [
            "# Where the service runs; or the command that starts it.",
            'url = "http://127.0.0.1:8000"',
            _COMMAND,
            *_ISOLATED,
        ]
    lines += _variables(start, receivers)
    lines += setup_lines(steps, start.root, start.contract, receivers)
    lines += _sessions(start, next((each for each in steps if each.gives), None))
    lines += receiver_lines(receivers)
    lines += start.documents
    return "\n".join(lines) + "\n"


def _started(start: Start, receivers: Sequence[Receiver]) -> list[str]:
    """Return how a service that runs would be started, in comments: it has to learn its port, and where events go."""
    if start.env:
        return [_COMMAND]
    urls = (each.removeprefix("# ") for each in variable_lines(receivers))
    env = ", ".join(('PORT = "{port}"', *urls))
    return [_COMMAND, f"# env = {{{env}}}   # by the names that the service reads"]


def _variables(start: Start, receivers: Sequence[Receiver]) -> list[str]:
    """Return the environment of a service that is started: its own, and in comments where its events go."""
    known = {name: _of_world(value, receivers[0]) for name, value in start.env.items() if _names_receiver(name, value)}
    known = known if len(receivers) == 1 else {}
    told = variable_lines(receivers) if (start.command or not start.url) and not known else []
    head = "[target.env]" if start.env else "# [target.env]"
    lines = ["", head] if start.env or told else []
    for name, value in start.env.items():
        # What may be a secret is not written down.
        is_secret = _SECRET.search(name) is not None and "{" not in value
        if name in known:
            lines.append(f"# To see its events, in place of the next line: {quoted(name)} = {quoted(known[name])}")
        lines.append(f"{quoted(name)} = {quoted(f'{{env.{name}}}' if is_secret else value)}")
    return [*lines, *told]


def _names_receiver(name: str, value: str) -> bool:
    """Return whether a variable tells the service where its events go: its name says so, and it has a URL."""
    return _RECEIVER.search(name) is not None and urlsplit(value).scheme in {"http", "https"} and "{" not in value


def _of_world(value: str, receiver: Receiver) -> str:
    """Return a URL as one of the world's, with the path that it has."""
    return f"{{world.{receiver.name}}}{urlsplit(value).path.rstrip('/')}"


def _sessions(start: Start, signs_in: Step | None) -> list[str]:
    """Return the tables of the sign-in that the spec asks for, in comments: the credentials are not known.

    Args:
        start: What the settings are written from.
        signs_in: The request that yields what a caller shows; None: there is none.
    """
    root = start.root
    schemes, _ = read_schemes(root)
    asked = asked_schemes(root, (each.place for each in select(root, None, None).chosen))
    lines: list[str] = []
    for name in asked:
        table = lines_for(schemes[name], _shown(schemes[name], signs_in)) if name in schemes else ""
        if table:
            lines += [
                "",
                f"# The spec asks for {quoted(name)}: remove the `#`, and set the variables to what two callers show.",
            ]
            lines += [f"# {line}" for line in table.splitlines()]
            lines += _signed_tokens(start, name, table.splitlines()[0]) if _has_jwt(root, name) else []
    return lines


def _shown(scheme: SecurityScheme, signs_in: Step | None) -> str:
    """Return what setup has taken that a caller shows, by the caller's number; empty: nothing of this scheme."""
    if signs_in is None:
        return ""
    if signs_in.cookie:
        return TAKEN if (scheme.location, scheme.parameter) == ("cookie", signs_in.cookie) else ""
    return "" if scheme.type == "apiKey" else TAKEN


def _has_jwt(root: Place, scheme: str) -> bool:
    """Return whether the spec says of a scheme's tokens that they are JWT."""
    components = root.get("components")
    schemes = components.get("securitySchemes") if components is not None else None
    place = schemes.get(scheme) if schemes is not None else None
    return place is not None and "jwt" in str(place.mapping().get("bearerFormat", "")).lower()


def _signed_tokens(start: Start, scheme: str, head: str) -> list[str]:
    """Return the table by which bothends signs the tokens of a scheme, in comments: the service may verify them itself.

    Args:
        start: What the settings are written from.
        scheme: The scheme.
        head: The first line of its table.
    """
    told = next((name for name in start.env if _SECRET.search(name) and _OF_TOKENS.search(name)), "JWT_SECRET")
    secret = f"{quoted(told)} = {quoted(f'{{world.{scheme}.secret}}')}"
    return [
        "# Or bothends signs the tokens, if the service verifies them by a secret: this in place of the table above,",
        f"# {secret} in [target.env], and `issuer` and `audience` here if the service checks them.",
        f"# {head}",
        '# kind = "jwt"',
        '# algorithm = "HS256"',
        '# issuer = "who signs"',
        '# claims = {sub = "{caller.subject}"}',
    ]


# A first pact.


def first_pact(contract: Contract, root: Place, found: Observations, title: str) -> dict[str, Any] | None:
    """Return a pact of the first event that arrived: what whoever receives it may rely on; None without one.

    Args:
        contract: The contract.
        root: The document.
        found: What was seen.
        title: The title of the document.
    """
    for operation in contract.operations:
        for callback in _seen_events(contract, root, operation, found):
            body = body_of(callback, operation, contract)
            events = [event_of(each) for each in callback.events]
            if not callback.is_sure or body is None or not all(isinstance(event, dict) for event in events):
                continue
            content = _shared(events, body.value.get("items", body.value))
            interaction = {
                "type": "Asynchronous/Messages",
                # With several operations, the description says which of them sends it.
                "description": f"{callback.name} of {operation.id}",
                "contents": {"contentType": "application/json", "encoded": False, "content": content},
                "matchingRules": {"body": {"$": {"combine": "AND", "matchers": [{"match": "type"}]}}},
            }
            return {
                "consumer": {"name": "receiver"},
                "provider": {"name": _SLUG.sub("-", title.lower()).strip("-") or "service"},
                "interactions": [interaction],
                "metadata": {"pactSpecification": {"version": "4.0"}},
            }
    return None


def _seen_events(contract: Contract, root: Place, operation: Operation, found: Observations) -> Iterator[SeenCallback]:
    """Yield the events of an operation that are as declared, and those that are to be declared."""
    schemas = {event.name: event.body for event in operation.events}
    for declared in declared_of(operation, found):
        if all(schemas[declared.name].is_valid(each.delivery.event) for each in declared.events):
            yield declared
    for callback in callbacks_of(operation, contract, found):
        sent = sent_webhook(root, root, operation, callback, contract)
        yield callback if sent is None or sent[1].seen is None else sent[1].seen


def _shared(events: Sequence[dict[str, Any]], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the members that all events have, with values of one type: what comes from elsewhere may be of another."""
    kept: dict[str, Any] = {}
    for key, member in schema.get("properties", {}).items():
        values = [event[key] for event in events if key in event]
        if len(values) < len(events) or member.get("x-from", "clock").partition(".")[0] != "clock":
            continue
        if all(isinstance(value, dict) for value in values):
            inner = _shared(values, member)
            kept |= {key: inner} if inner else {}
        elif member.get("type") in {"string", "number", "boolean"}:
            kept[key] = values[0]
    return kept
