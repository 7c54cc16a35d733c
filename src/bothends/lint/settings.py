"""Rules of the settings: what nothing uses, and servers whose URL is not complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.families import UPSTREAM_FAMILIES
from bothends.contract.settings_file import settings_location
from bothends.lint.paths import GAP
from bothends.lint.rule import RULES, Level, rule
from bothends.lint.walks import items

if TYPE_CHECKING:
    from bothends.errors import Location
    from bothends.lint.rule import Found, Subject


def _at(subject: Subject, table: str, name: str, single: str = "") -> Location:
    """Return where a table of the settings stands; the one of a name of its own stands by itself."""
    key = single if name == single.rpartition(".")[2] and single else f"{table}.{name}"
    return settings_location(subject.contract.settings.file, key)


@rule(
    "idle-ingest",
    Level.HINT,
    asks="An event under test arrives at each ingest.",
    why="An ingest that nothing is sent to is played in vain; perhaps `receives` is missing, or a callback.",
)
def idle_ingest(subject: Subject) -> Found:
    """Yield each ingest of the settings that no event arrives at, where there are events."""
    used = {event.ingest for operation in subject.contract.operations for event in operation.events}
    for name in subject.contract.settings.world.ingests if used else ():
        if name not in used:
            where = _at(subject, "world.ingests", name, "world.ingest")
            yield where, f"No event under test arrives at the ingest '{name}'.", "Add `receives`, or remove it."


@rule(
    "idle-upstream",
    Level.HINT,
    asks="The contract says something of each upstream.",
    why="Neither an answer nor a value depends on it: what its faults and its values lead to is not checked.",
)
def idle_upstream(subject: Subject) -> Found:
    """Yield each upstream that no `x-given` and no `x-from` is about."""
    named: set[str] = set()
    world = subject.contract.settings.world
    for operation in subject.contract.operations:
        for answer in operation.answers:
            given = answer.family_rule
            if given is not None and given.family in UPSTREAM_FAMILIES:
                named.update(world.upstreams if given.upstream is None else (given.upstream,))
        walks = [event.walk for event in operation.events]
        walks += [walk for answer in operation.answers for walk in answer.walks.values()]
        named.update(source.name for walk in walks for source in walk.sources if source.kind == "upstream")
    for name in world.upstreams:
        if name not in named:
            advice = f"x-given: {{family: upstream-unreachable, upstream: {name}}} on an answer."
            yield _at(subject, "world.upstreams", name), f"Nothing depends on the upstream '{name}'.", advice


@rule(
    "idle-session",
    Level.HINT,
    asks="An operation under test asks for each scheme that the settings play.",
    why="Nobody signs in by a scheme that nothing asks for.",
)
def idle_session(subject: Subject) -> Found:
    """Yield each session whose scheme no operation asks for."""
    asked = {
        name
        for operation in subject.contract.operations
        for one in operation.security.alternatives
        for name in one.schemes
    }
    world = subject.contract.settings.world
    for name, session in world.sessions_by_scheme.items():
        if name not in asked and session.location is not None:
            yield session.location, f"No operation under test asks for '{name}'.", "Add `security`, or remove it."


@rule(
    "idle-switch",
    Level.HINT,
    asks="A rule that is switched off finds something.",
    why="When what it found has been put right, the switch only hides what comes next.",
)
def idle_switch(subject: Subject) -> Found:
    """Yield each rule that is switched off and finds nothing."""
    settings = subject.contract.settings
    for name in settings.lint.off:
        known = RULES.find(name)
        if known is not None and known is not idle_switch and next(known.look(subject), None) is None:
            where = settings_location(settings.file, f"lint.off.{name}")
            yield where, f"The rule '{name}' finds nothing.", f"Remove {name} from [lint.off]."


@rule(
    "server-variable",
    Level.WARNING,
    asks="Each name in a server's URL is one of its variables.",
    why="The value comes from `variables` (3.1.0, sections 4.8.5 and 4.8.6): without one, the URL is not complete.",
)
def server_variable(subject: Subject) -> Found:
    """Yield each server with a name that no variable has."""
    for server in items(subject.root, "servers"):
        url = server.value.get("url") if isinstance(server.value, dict) else None
        variables = server.value.get("variables") if isinstance(url, str) else None
        for name in GAP.findall(url) if isinstance(url, str) else ():
            if name not in (variables if isinstance(variables, dict) else {}):
                problem = f"The server's URL contains {{{name}}}, which is no variable."
                yield server.child("url").location, problem, f"Add variables: {{{name}: {{default: …}}}}."
