"""`bothends world`: runs the services around a target, and shows what arrives there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shlex
import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.cases import plain_cases
from bothends.cli import loops
from bothends.cli.interrupts import interruptible
from bothends.clock import Clock
from bothends.conditions import all_kinds, sentences
from bothends.contract import load
from bothends.contract.settings import read_settings
from bothends.contract.tables import setup_names
from bothends.contract.tables import text_of as text_of_value
from bothends.engine.testbed import Preparation
from bothends.launch import RunningTarget, expand, until_ready
from bothends.reports import (
    Block,
    Entry,
    Field,
    Line,
    Redactor,
    Row,
    Table,
    Tone,
    call_line,
    curl,
    delivery_lines,
    escape,
    named,
    text_of,
)
from bothends.world import World, read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from bothends.cli.terminal import Output
    from bothends.conditions import ConditionKind
    from bothends.contract import Contract
    from bothends.records import Condition, Credential, Delivery, Request, UpstreamCall


SECONDS_BETWEEN_LOOKS = 0.1
"""How soon a delivery is shown."""
SEED_BITS = 32
LAST_LINE = "Events and upstream calls appear here. Press Ctrl-C to stop."
"""What is said when all stands."""
LOOKS_FOR_TARGET = 5.0
"""How long one look for a target goes on, seconds, before the next."""


def run_world(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command until it is interrupted, which is how it is meant to end."""
    return loops.run(lambda: _run(arguments, load(arguments.config), out, err))


async def _run(arguments: argparse.Namespace, contract: Contract, out: Output, err: Output) -> int:
    """Start the world, introduce it, and show what arrives."""
    seed = arguments.seed if arguments.seed is not None else secrets.randbits(SEED_BITS)
    clock = Clock()
    schemas = {name: contract.answer_schema(name) for name in contract.settings.world.upstreams}
    ended = asyncio.Event()
    with interruptible(ended.set, err, told="\n"):
        settings, events = contract.settings.world, contract.events
        async with World(settings, answer_schemas=schemas, seed=seed, clock=clock, events=events) as world:
            given = read(arguments.given, world.services.by_name, settings.ingests)
            world.state.set(given)
            out.write(text_of(introduction(contract, world, given, arguments.url)))
            out.flush()
            setting_up = asyncio.ensure_future(_set_up(contract, world, arguments.url, out))
            try:
                await show(world, out, ended, setting_up)
            finally:
                setting_up.cancel()
                await asyncio.gather(setting_up, return_exceptions=True)
    return 0


async def _set_up(contract: Contract, world: World, url: str, out: Output) -> None:
    """Wait until the target answers, run its setup, and show what that yields, credentials aside.

    Raises:
        TargetError: A step fails.
    """
    settings = contract.settings.target
    if not settings.setup:
        return
    out.write(f"Waiting for the target at {escape(url)}, to run its setup.\n")
    out.flush()
    while await until_ready(url, settings.ready, clock=Clock(), limit=LOOKS_FOR_TARGET):
        continue
    preparation = Preparation(settings, world, Clock(), needed=contract.setup_names)
    await preparation.run(RunningTarget(url))
    hidden = {*world.setup.names, *setup_names(settings.secrets)}
    shown = {name: "[hidden]" if name in hidden else escape(text_of_value(v)) for name, v in world.setup.values.items()}
    out.write("".join(f"setup.{name} = {value}\n" for name, value in shown.items()) + "Setup is done.\n")
    out.flush()


async def show(world: World, out: Output, ended: asyncio.Event, setting_up: asyncio.Future[None] | None = None) -> None:
    """Show what arrives, until the end is asked for, nobody reads, or setup fails.

    Args:
        world: Where it arrives.
        out: Where to show it.
        ended: The end is asked for.
        setting_up: Setup of the target; None: it is over.
    """
    dropped = 0
    while not (ended.is_set() or out.gone):
        if setting_up is not None and setting_up.done():
            setting_up.result()
        redactor = Redactor(world.secrets.hidden())
        for line in happened(*world.take(), redactor):
            out.write(f"{line}\n")
        if world.recorder.dropped > dropped:
            out.write(f"... and {world.recorder.dropped - dropped} more, too many to show\n")
            dropped = world.recorder.dropped
        out.flush()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), SECONDS_BETWEEN_LOOKS)


def introduction(contract: Contract, world: World, given: Sequence[Condition], target: str) -> Iterator[Block]:
    """Yield what a person needs to point a target at the world, and to send it a request.

    Raises:
        ContractError: `[target.env]` names what there is not, or a sentence names a part that the world does not have.
    """
    variables = world.variables()
    addresses = tuple(
        Field(name.removeprefix("world."), (value,)) for name, value in variables.items() if "://" in value
    )
    yield Entry(f"the world is up, seed {world.seed}", Tone.PLAIN, addresses)
    if given:
        yield Entry("given", Tone.PLAIN, (Field("", tuple(map(escape, sentences(given)))),))
    lines = tuple(environment(contract, {**variables, "port": str(urlsplit(target).port or 80)}))
    if lines:
        yield Entry("the target's environment", Tone.PLAIN, (Field("", lines),))
    usual = next(plain_cases(contract, "success"), None) or next(plain_cases(contract, "signed-out"), None)
    if usual is not None:
        credential = world.sign_in(1, given, security=contract.operation(usual.operation).security)
        who = f", {_who(credential)}" if credential.session is not None else ""
        yield Line(f"a request{who}")
        yield Line("\n".join(_commands(usual.request, credential, target)))  # not indented, so that all can be copied
    yield Line(LAST_LINE)


def _commands(request: Request, credential: Credential, target: str) -> Iterator[str]:
    """Yield lines for a shell that send a request as a caller: what is minted in full, what is given as variables."""
    pairs = [f"{name}={value}" for name, value in credential.cookies]
    pairs += [value for name, value in credential.headers if name.lower() == "cookie"]
    if pairs and not credential.caller:
        yield f"COOKIE={shlex.quote('; '.join(pairs))}"
    given = credential if credential.caller else None
    others = tuple(header for header in credential.headers if header[0].lower() != "cookie")
    sent = request if given is not None else replace(request, headers=(*request.headers, *others))
    yield curl(named(sent), target, signed_in=bool(pairs), credential=given)


def environment(contract: Contract, variables: dict[str, str]) -> Iterator[str]:
    """Yield the target's environment as lines for a shell; a secret of the user's own is not shown.

    Raises:
        ContractError: A name in `[target.env]` is unknown.
    """
    settings = contract.settings.world
    own = {}
    for scheme, session in settings.sessions_by_scheme.items():
        for key in session.own_secrets:
            own[f"{{world.{scheme}.{key}}}"] = f"{key} under [world.sessions.{scheme}]"
            own.setdefault(f"{{world.session_{key}}}", f"{key} under [world.sessions.{scheme}]")
    for key in () if settings.session is None else settings.session.own_secrets:
        own[f"{{world.session_{key}}}"] = f"{key} under [world.session]"
    for ingest, table in settings.ingests.items():
        signature = table.signature
        if signature is not None and not signature.made:
            place = "[world.ingest.signature]" if ingest == "ingest" else f"[world.ingests.{ingest}.signature]"
            own |= {f"{{world.{ingest}.{key}}}": f"{key} under {place}" for key in signature.variables()}
        if table.event_key is not None:
            place = "[world.ingest]" if ingest == "ingest" else f"[world.ingests.{ingest}]"
            own[f"{{world.{ingest}.event_key}}"] = f"event_key under {place}"
            if ingest == "ingest":
                own["{world.event_key}"] = f"event_key under {place}"
    for name, template in contract.settings.target.env.items():
        value = expand(template, variables, settings=contract.settings.target, name=name)
        places = [place for variable, place in own.items() if variable in template]
        yield f"# {name}: your {', '.join(places)}" if places else f"{name}={shlex.quote(value)}"


def happened(deliveries: list[Delivery], calls: list[UpstreamCall], redactor: Redactor) -> Iterator[str]:
    """Yield what arrived at the world, in the order of arrival, a few lines each."""
    items: list[tuple[float, str, list[str]]] = [
        (call.began, "upstream", [call_line(call, redactor)]) for call in calls
    ]
    items += [(delivery.received, "event", delivery_lines(delivery, redactor)) for delivery in deliveries]
    for at, label, lines in sorted(items, key=lambda item: item[0]):
        told = time.strftime("%H:%M:%S", time.localtime(at))
        yield f"{told}  {label:<8}  {lines[0]}"
        for line in lines[1:]:
            yield f"{'':<{len(told)}}  {'':<8}  {line}"


def _who(credential: Credential) -> str:
    """Return who a request is signed in as, for a person to read."""
    session = credential.session or {}
    name = session.get("email") or session.get("name") or session
    return f"signed in as {escape(str(name))}"


# `bothends states`: all states of the world and of sessions.


def run_states(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The settings or a plugin can't be read, whose states are listed too.
    """
    if arguments.config.is_file():
        read_settings(arguments.config)
    states = all_kinds()
    if arguments.json:
        out.write(json.dumps([describe(state) for state in states], indent=2) + "\n")
        return 0
    rows = tuple(Row((state.pattern, leads_to(state), state.about)) for state in states)
    note = Line(
        "{upstream} is an upstream or an ingest of bothends.toml, {ingest} is an ingest. "
        "Use a state with `bothends world --given STATE`."
    )
    out.write(text_of([Table(("state", "leads to", "what it does"), frozenset(), rows), note]))
    return 0


def describe(state: ConditionKind) -> dict[str, Any]:
    """Return what is known of a state as a JSON value: texts and flags."""
    values = {field.name: getattr(state, field.name) for field in fields(state)}
    return {name: value for name, value in values.items() if isinstance(value, str | bool)}


def leads_to(state: ConditionKind) -> str:
    """Return what a state leads to, in words: its family, and whether the target may come through it."""
    family = state.family or "success"
    if state.recovers or state.doubtful:
        family = f"{family} or success"
    return f"{family}; the event may be stored" if state.may_store else family
