"""Reads `bothends.toml`."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlsplit

from bothends.contract.delivery_terms import terms_of_settings
from bothends.contract.document import read_text
from bothends.contract.promises import PROMISES
from bothends.contract.session_kinds import read_session
from bothends.contract.settings import (
    ANSWER_BYTES,
    CallbackSettings,
    IngestSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
)
from bothends.contract.settings_schema import check_settings
from bothends.contract.toml_table import Table, dotted_line, parse_toml
from bothends.errors import ContractError, Location


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
    check_settings(top)
    pacts, least = top.text("pacts"), top.values.get("coverage_threshold")
    known = top.text("known_findings")
    target = top.table("target")
    world = top.table("world")
    callbacks = top.table("callbacks")
    return Settings(
        file=file,
        spec=file.parent / top.values["spec"],
        pacts=None if pacts is None else file.parent / pacts,
        coverage_threshold=None if least is None else float(least),
        known_findings=None if known is None else file.parent / known,
        formats=top.text("formats") or "annotate",
        strict_statuses=top.flag("strict_statuses"),
        target=TargetSettings(cwd=file.parent, file=file) if target is None else _target(target, file),
        world=WorldSettings(file=file) if world is None else _world(world, file),
        callbacks={} if callbacks is None else {name: _callback(each) for name, each in callbacks.tables()},
    )


def settings_location(settings_file: Path, key: str) -> Location:
    """Return where a dotted key stands in a settings file that has been read before."""
    text = read_text(settings_file, what="The settings file")
    return Location(settings_file, key, dotted_line(text, key))


def _target(table: Table, file: Path) -> TargetSettings:
    url = table.text("url")
    return TargetSettings(
        command=_command(table),
        cwd=file.parent / (table.text("cwd") or ""),
        env=dict(table.values.get("env", {})),
        ready=table.text("ready"),
        url=None if url is None else _base_url(url, table.location("url")),
        promises=frozenset(promise for promise in PROMISES if table.flag(promise)),
        time_limit_ms=table.whole_number("time_limit_ms"),
        answer_limit_bytes=table.whole_number("answer_limit_bytes") or ANSWER_BYTES,
        file=file,
    )


def _command(table: Table) -> tuple[str, ...]:
    value = table.values.get("command", ())
    return _split_command(value, table.location("command")) if isinstance(value, str) else tuple(value)


def _split_command(text: str, where: Location) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        problem = f"The command can't be split into words: {str(error).lower()}."
        raise ContractError(problem, where=where, advice="Check its quotes, or write a list of words.") from error


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
    session, sessions, upstreams = table.table("session"), table.table("sessions"), table.table("upstreams")
    host = table.text("host")
    timeout = table.whole_number("upstream_timeout_ms")
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
    return UpstreamSettings(
        name=name,
        method=(table.text("method") or "GET").upper(),
        path=table.values["path"],
        answer=table.values["answer"],
        port=table.whole_number("port"),
        session=table.values.get("session"),
    )


def _ingests(world: Table) -> dict[str, IngestSettings]:
    """Return the ingests by their names: `[world.ingest]` is the one that is named `ingest`."""
    one, several = world.table("ingest"), world.table("ingests")
    found = {} if one is None else {"ingest": _ingest(one)}
    upstreams = world.values.get("upstreams", {})
    receivers: dict[str, str] = {}
    for name, table in several.tables() if several is not None else ():
        if name in upstreams:
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
    default = IngestSettings()
    return IngestSettings(
        kind=table.text("kind") or default.kind,
        event_key=table.text("event_key"),
        port=table.whole_number("port"),
        path=table.text("path") or default.path,
        receives=tuple(table.values.get("receives", ())),
        callback_path=table.values.get("callback_path", default.callback_path),
    )


def _callback(table: Table) -> CallbackSettings:
    if "delivery" not in table.values:
        return CallbackSettings()
    return CallbackSettings(terms_of_settings(table.values["delivery"]))
