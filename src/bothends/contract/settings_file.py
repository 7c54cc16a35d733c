"""Reads `bothends.toml`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bothends.contract.delivery_terms import terms_of_settings
from bothends.contract.document import read_text
from bothends.contract.nearest import did_you_mean, one_of
from bothends.contract.promises import PROMISES
from bothends.contract.session_kinds import read_session
from bothends.contract.settings import (
    ANSWER_BYTES,
    MOST_ANSWER_BYTES,
    CallbackSettings,
    IngestSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
)
from bothends.contract.toml_table import Table, dotted_line, parse_toml, shown
from bothends.errors import ContractError, Location

_MOST_MS = 86_400_000  # a day
_MOST_PORT = 65_535
_FORMATS = ("annotate", "assert")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# RFC 9110 section 9 and RFC 5789; a target asks an upstream neither TRACE nor CONNECT.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# An upstream shares `{world.<name>}` with these, and the sentences of states with `ingest`.
_PATH = re.compile(r"[\w./~%-]+", re.ASCII)
_TAKEN = ("ingest", "session", "host", "event_key", "session_secret", "upstream_timeout_ms")


def load_settings(settings_file: Path) -> Settings:
    """Read a settings file.

    Args:
        settings_file: The file; what it names is found relative to its folder.

    Raises:
        ContractError: It can't be read, is no TOML, or says something that bothends does not know.
    """
    file = Path(settings_file)
    advice = 'Write one with at least: spec = "openapi.yaml", or name yours with --config.'
    text = read_text(file, what="The settings file", advice=advice)
    top = Table(file, text, parse_toml(file, text, what="The settings file"))
    top.knows(
        (
            *("spec", "pacts", "coverage_threshold", "known_findings", "formats", "strict_statuses"),
            *("target", "world", "callbacks"),
        )
    )
    pacts = top.text("pacts")
    known = top.text("known_findings")
    target = top.table("target")
    world = top.table("world")
    callbacks = top.table("callbacks")
    return Settings(
        file=file,
        spec=file.parent / top.needed_text("spec", "openapi.yaml"),
        pacts=None if pacts is None else file.parent / pacts,
        coverage_threshold=top.number("coverage_threshold", 0, 100),
        known_findings=None if known is None else file.parent / known,
        formats=_formats(top),
        strict_statuses=top.flag("strict_statuses"),
        target=TargetSettings(cwd=file.parent, file=file) if target is None else _target(target, file),
        world=WorldSettings(file=file) if world is None else _world(world, file),
        callbacks={} if callbacks is None else {name: _callback(each) for name, each in callbacks.tables()},
    )


def _formats(table: Table) -> str:
    formats = table.text("formats") or _FORMATS[0]
    if formats not in _FORMATS:
        advice = did_you_mean(formats, _FORMATS)
        expected = one_of(_FORMATS)
        raise table.error("formats", f"'formats' is '{formats}'.", expected=expected, advice=advice)
    return formats


def settings_location(settings_file: Path, key: str) -> Location:
    """Return where a dotted key stands in a settings file that has been read before."""
    text = read_text(settings_file, what="The settings file")
    return Location(settings_file, key, dotted_line(text, key))


def _target(table: Table, file: Path) -> TargetSettings:
    table.knows(("command", "cwd", "env", "ready", "url", *PROMISES, "time_limit_ms", "answer_limit_bytes"))
    ready = table.text("ready")
    if ready is not None and not ready.startswith("/"):
        raise table.error("ready", f"'ready' is '{ready}'.", expected="a path, such as /healthz")
    url = table.text("url")
    return TargetSettings(
        command=_command(table),
        cwd=file.parent / (table.text("cwd") or ""),
        env=_env(table),
        ready=ready,
        url=None if url is None else _base_url(url, table.location("url")),
        promises=frozenset(promise for promise in PROMISES if table.flag(promise)),
        time_limit_ms=table.whole_number("time_limit_ms", 1, _MOST_MS),
        answer_limit_bytes=table.whole_number("answer_limit_bytes", 1, MOST_ANSWER_BYTES) or ANSWER_BYTES,
        file=file,
    )


def _command(table: Table) -> tuple[str, ...]:
    value = table.values.get("command")
    if value is None:
        return ()
    expected = 'words, such as ["python", "-m", "reference"], or one text'
    if isinstance(value, str):
        return _split_command(value, table.location("command"))
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise table.error("command", f"'command' is {shown(value)}.", expected=expected)
    return tuple(value)


def _split_command(text: str, where: Location) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        problem = f"The command can't be split into words: {str(error).lower()}."
        raise ContractError(problem, where=where, advice="Check its quotes, or write a list of words.") from error
    if not words:
        raise ContractError("The command is empty.", where=where, expected="a program and its arguments")
    return words


def _env(table: Table) -> dict[str, str]:
    env = table.table("env")
    if env is None:
        return {}
    for name, value in env.values.items():
        if not isinstance(value, str):
            problem = f"The environment variable '{name}' is {shown(value)}."
            advice = f'Write it as a text: {name} = "{str(value).lower() if isinstance(value, bool) else value}"'
            raise env.error(name, problem, expected="a text", advice=advice)
        if not name or "=" in name or "\0" in name + value:
            raise env.error(name, f"'{name}' can't be an environment variable.", expected="a name and a text")
    return dict(env.values)


def _base_url(url: str, where: Location) -> str:
    expected = "http://host:port or https://host"
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ContractError(f"The URL '{url}' can't be read: {error}.", where=where, expected=expected) from error
    if not right or parts.username is not None or parts.query or parts.fragment:
        raise ContractError(f"The URL '{url}' is not the base URL of a target.", where=where, expected=expected)
    return url.rstrip("/")


def _world(table: Table, file: Path) -> WorldSettings:
    table.knows(("host", "upstream_timeout_ms", "session", "sessions", "upstreams", "ingest", "ingests"))
    session, sessions, upstreams = table.table("session"), table.table("sessions"), table.table("upstreams")
    host = table.text("host")
    timeout = table.whole_number("upstream_timeout_ms", 1, _MOST_MS)
    default = WorldSettings()
    return WorldSettings(
        host=host or default.host,
        upstream_timeout_ms=timeout or default.upstream_timeout_ms,
        session=None if session is None else read_session(session),
        sessions={} if sessions is None else {name: read_session(each) for name, each in sessions.tables()},
        upstreams={} if upstreams is None else {name: _upstream(name, each) for name, each in upstreams.tables()},
        ingests=_ingests(table),
        file=file,
    )


def _upstream(name: str, table: Table) -> UpstreamSettings:
    table.knows(("method", "path", "answer", "port", "session"))
    if _NAME.fullmatch(name) is None:
        raise table.error(
            "", f"An upstream can't be named '{name}'.", expected="a letter, then letters, digits, - and _"
        )
    if name in _TAKEN:
        raise table.error("", f"An upstream can't be named '{name}': the world has that name.", expected="another name")
    method = (table.text("method") or "GET").upper()
    if method not in _METHODS:
        advice = did_you_mean(method, _METHODS)
        raise table.error("method", f"'method' is '{method}'.", expected=one_of(_METHODS), advice=advice)
    path = table.needed_text("path", f"/{name}")
    if not path.startswith("/"):
        raise table.error("path", f"'path' is '{path}'.", expected=f"a path, such as /{name}")
    answer = table.needed_text("answer", "openapi.yaml#/components/schemas/Settings")
    session = table.flag("session") if "session" in table.values else None
    return UpstreamSettings(name, method, path, answer, table.whole_number("port", 1, _MOST_PORT), session)


def _ingests(world: Table) -> dict[str, IngestSettings]:
    """Return the ingests by their names: `[world.ingest]` is the one that is named `ingest`."""
    one, several = world.table("ingest"), world.table("ingests")
    found = {} if one is None else {"ingest": _ingest(one)}
    upstreams = world.values.get("upstreams", {})
    receivers: dict[str, str] = {}
    for name, table in several.tables() if several is not None else ():
        if _NAME.fullmatch(name) is None:
            expected = "a letter, then letters, digits, - and _"
            raise table.error("", f"An ingest can't be named '{name}'.", expected=expected)
        if name in upstreams or (name in _TAKEN and name != "ingest"):
            raise table.error("", f"An ingest can't be named '{name}': that name is taken.", expected="another name")
        if name in found:
            raise table.error("", "[world.ingest] is the ingest named 'ingest', and it stands here too.")
        found[name] = _ingest(table)
    for name, ingest in found.items():
        for callback in ingest.receives:
            if callback in receivers:
                problem = f"The callback '{callback}' can't arrive at both '{receivers[callback]}' and '{name}'."
                raise world.error(f"ingests.{name}.receives", problem, expected="one ingest that receives it")
            receivers[callback] = name
    return found


def _ingest(table: Table) -> IngestSettings:
    table.knows(("kind", "event_key", "port", "path", "receives", "callback_path"))
    kind, path = table.text("kind"), table.text("path") or ""
    if path and (not path.startswith("/") or path.endswith("/") or not _PATH.fullmatch(path)):
        raise table.error(
            "path", f"'path' is '{path}'.", expected="a path without a slash at its end, such as /inngest"
        )
    event_key, port = table.text("event_key"), table.whole_number("port", 1, _MOST_PORT)
    receives = table.values.get("receives", [])
    if not isinstance(receives, list) or not all(isinstance(name, str) and name for name in receives):
        raise table.error("receives", f"'receives' is {shown(receives)}.", expected='names of callbacks: ["paid"]')
    callback_path = table.text("callback_path") or "own"
    if callback_path not in ("own", "fixed"):
        raise table.error("callback_path", f"'callback_path' is '{callback_path}'.", expected="one of own, fixed")
    fixed: Literal["own", "fixed"] = "fixed" if callback_path == "fixed" else "own"
    return IngestSettings(kind or IngestSettings().kind, event_key, port, path, tuple(receives), fixed)


def _callback(table: Table) -> CallbackSettings:
    table.knows(("delivery",))
    if "delivery" not in table.values:
        return CallbackSettings()
    return CallbackSettings(terms_of_settings(table.values["delivery"], table.location("delivery")))
