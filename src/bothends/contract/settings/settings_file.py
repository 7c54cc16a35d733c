"""Reads `bothends.toml`."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.contract.openapi import PORT, copy_of, is_here, is_url
from bothends.contract.settings.plugin_files import KEY, read_settings
from bothends.contract.settings.settings import (
    ANSWER_BYTES,
    FAULTS_AT_ONCE,
    GUARANTEES,
    SETUP_QUIET_MS,
    SETUP_SECONDS,
    CallbackSettings,
    IngestSettings,
    LintSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
)
from bothends.contract.tables import (
    INGESTS,
    SESSIONS,
    SIGNATURES,
    Setup,
    Signature,
    Table,
    asking,
    check_env,
    dotted_line,
    not_yielded,
    read_setup,
    setup_headers,
    setup_names,
)
from bothends.contract.terms import terms_of_settings
from bothends.documents import MOST_SETTINGS_BYTES, DocumentFolders, read_text
from bothends.errors import ContractError, Location
from bothends.state_folder import SPECS, state_folder_of

if TYPE_CHECKING:
    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import HeaderValue, SessionSettings


def lines_for(scheme: SecurityScheme, shown: str = "") -> str:
    """Return the lines of the settings that would play a scheme with two callers; empty when no kind can.

    Args:
        scheme: The scheme.
        shown: What a caller shows after the word of a scheme, by the caller's number; empty: a variable.
    """
    head = f"[world.sessions.{_key(scheme.name)}]"
    match scheme.type, scheme.location, scheme.http_scheme:
        case "mutualTLS", _, _:
            return ""
        case "http", _, "basic":
            accounts = [f'    {{user = "{{env.USER_{n}}}", password = "{{env.PASSWORD_{n}}}"}},' for n in (1, 2)]
            return "\n".join([head, 'kind = "basic"', "callers = [", *accounts, "]"])
        case "apiKey", place, _:
            part = {"header": "headers", "query": "query", "cookie": "cookies"}[place]
            name = _key(scheme.parameter)
            word, shown = "", shown or "{env.KEY_%d}"
        case _, _, word:
            part, name = "headers", "Authorization"
            word = f"{(word or 'bearer').capitalize()} "
    shown = shown or "{env.TOKEN_%d}"
    values = (json.dumps(word + shown % number, ensure_ascii=False) for number in (1, 2))
    callers = [f"    {{{part} = {{{name} = {value}}}}}," for value in values]
    return "\n".join([head, 'kind = "static"', "callers = [", *callers, "]"])


def _key(name: str) -> str:
    """Return a name as a key of TOML, which has the escapes of JSON."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


INGEST_LINES = '[world.ingest]\nkind = "webhook"\nport = 9090   # and give the target its address: {world.ingest}'
"""The lines of the settings that would show which events a running target sends."""


def load_settings(settings_file: Path) -> Settings:
    """Read a settings file.

    Args:
        settings_file: The file; what it names is found relative to its folder.

    Raises:
        ContractError: It can't be read, is no TOML, or says something that bothends does not know.
    """
    file = Path(settings_file)
    top = read_settings(file)
    pacts, least = top.text("pacts"), top.values.get("coverage_threshold")
    known = top.text("known_findings")
    target = top.table("target")
    world = top.table("world")
    callbacks = top.table("callbacks")
    read_target = TargetSettings(cwd=file.parent, file=file) if target is None else _target(target, file)
    url = _spec_url(top)
    return Settings(
        file=file,
        spec=copy_of(url, state_folder_of(file) / SPECS / file.stem) if url else file.parent / top.values["spec"],
        spec_headers=_spec_headers(top, url, read_target.setup),
        spec_url=url,
        plugins=tuple(top.values.get(KEY, ())),
        pacts=None if pacts is None else file.parent / pacts,
        coverage_threshold=None if least is None else float(least),
        known_findings=None if known is None else file.parent / known,
        formats=top.text("formats") or "annotate",
        operations=tuple(top.values["operations"]) if "operations" in top.values else None,
        overlays=tuple(file.parent / each for each in top.values.get("overlays", ())),
        workflows=tuple(file.parent / each for each in top.values["workflows"]) if "workflows" in top.values else None,
        documents=_documents(top.table("documents"), file),
        lint=_lint(top.table("lint")),
        strict_statuses=top.flag("strict_statuses"),
        target=read_target,
        world=WorldSettings(file=file) if world is None else _world(world, file, read_target.setup),
        callbacks={} if callbacks is None else {name: _callback(each) for name, each in callbacks.tables()},
    )


def _spec_url(top: Table) -> str:
    """Return the URL that `spec` names; empty where it names a file.

    Raises:
        ContractError: It is not one of this machine, or has a gap that nothing fills.
    """
    url: str = top.values["spec"]
    if not is_url(url):
        return ""
    if not is_here(url.replace(PORT, "1")):
        raise top.error(
            "spec",
            f"'spec' names {url}, which is not this machine: a settings file calls no other host.",
            expected="http://127.0.0.1:{port}/openapi.json or the like, or a file",
            advice="Save a copy beside the settings, and name that; `bothends verify --spec URL` fetches it once.",
        )
    gap = next((name for name in re.findall(r"\{[^{}]*\}", url) if name != PORT), "")
    if gap or urlsplit(url).fragment:
        problem = f"'spec' has {gap or 'a fragment'}, which stands for nothing there."
        raise top.error("spec", problem, expected="{port} or {env.NAME}, and no fragment")
    return url


def _spec_headers(top: Table, url: str, setup: Setup) -> dict[str, HeaderValue]:
    """Return the headers with which the spec is asked for.

    Raises:
        ContractError: No request is made for it, a variable is not set, or setup does not yield a value.
    """
    headers: dict[str, HeaderValue] = top.values.get("spec_headers", {})
    if headers and not url:
        problem = "'spec_headers' are of the request for the spec, but 'spec' names a file."
        raise top.error("spec_headers", problem, expected='spec = "http://127.0.0.1:{port}/openapi.json" or the like')
    check_env(top, "spec_headers", headers)
    _check_yielded(top, setup, "spec_headers", headers)
    return headers


def _documents(table: Table | None, file: Path) -> DocumentFolders:
    if table is None:
        return DocumentFolders()
    folders = tuple(file.parent / each for each in table.values.get("folders", ()))
    return DocumentFolders(folders, {url: file.parent / each for url, each in table.values.get("urls", {}).items()})


def _lint(table: Table | None) -> LintSettings:
    return LintSettings() if table is None else LintSettings(dict(table.values.get("off", {})))


def settings_location(settings_file: Path, key: str) -> Location:
    """Return where a dotted key stands in a settings file that has been read before."""
    text = read_text(settings_file, what="The settings file", most=MOST_SETTINGS_BYTES)
    return Location(settings_file, key, dotted_line(text, key))


def _target(table: Table, file: Path) -> TargetSettings:
    url = table.text("url")
    setup = _setup(table)
    secrets = tuple(table.values.get("secrets", ()))
    check_env(table, "secrets", secrets)
    _check_yielded(table, setup, "secrets", secrets)
    return TargetSettings(
        command=_command(table),
        cwd=_folder(file, table.text("cwd") or ""),
        env=dict(table.values.get("env", {})),
        ready=table.text("ready"),
        url=None if url is None else _base_url(url, table.location("url")),
        base_path=table.text("base_path"),
        isolated=table.flag("isolated"),
        faults_at_once=table.whole_number("faults_at_once") or FAULTS_AT_ONCE,
        guarantees=frozenset(promise for promise in GUARANTEES if table.flag(promise)),
        time_limit_ms=table.whole_number("time_limit_ms"),
        answer_limit_bytes=table.whole_number("answer_limit_bytes") or ANSWER_BYTES,
        start_within_s=table.values.get("start_within_s"),
        setup=setup,
        setup_headers=setup_headers(table, setup),
        setup_once=table.flag("setup_once") or "keeps_state" in table.values,
        keeps_state=table.values.get("keeps_state"),
        setup_within_s=float(table.values.get("setup_within_s", SETUP_SECONDS)),
        setup_quiet_ms=int(table.values.get("setup_quiet_ms", SETUP_QUIET_MS)),
        secrets=secrets,
        watch=tuple(table.values["watch"]) if "watch" in table.values else None,
        file=file,
    )


def _folder(file: Path, named: str) -> Path:
    """Return a folder beside the settings file; one that a variable names has its whole path."""
    return Path(named) if named.startswith("{") else file.parent / named


def _setup(table: Table) -> Setup:
    value = table.values.get("setup", ())
    if isinstance(value, str):
        return read_setup(table, _split_command(value, table.location("setup")))
    words = tuple(each for each in value if isinstance(each, str))
    if words and len(words) < len(value):
        expected = "the words of one command, or [[target.setup]] tables"
        raise table.error("setup", "'setup' is a list of words and tables.", expected=expected)
    return read_setup(table, words)


def _check_yielded(table: Table, setup: Setup, key: str, value: object) -> None:
    """Raise a `ContractError` where setup does not yield a `{setup.NAME}` of a value."""
    error = not_yielded(setup, setup_names(value), table, key)
    if error is not None:
        raise error


def _command(table: Table) -> tuple[str, ...]:
    value = table.values.get("command", ())
    return _split_command(value, table.location("command")) if isinstance(value, str) else tuple(value)


def _split_command(text: str, where: Location | None) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        problem = f"The command can't be split into words: {str(error).lower()}."
        raise ContractError(problem, where=where, advice="Check its quotes, or write a list of strings.") from error


def _base_url(url: str, where: Location | None) -> str:
    expected = "http://host:port or https://host"
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ContractError(f"The URL '{url}' can't be read: {error}.", where=where, expected=expected) from error
    if not right or parts.username is not None or parts.query or parts.fragment:
        raise ContractError(f"The URL '{url}' is not the base URL of a target.", where=where, expected=expected)
    return url.rstrip("/")


def _world(table: Table, file: Path, setup: Setup) -> WorldSettings:
    session, sessions, upstreams = table.table("session"), table.table("sessions"), table.table("upstreams")
    host = table.text("host")
    timeout = table.whole_number("upstream_timeout_ms")
    default = WorldSettings()
    return WorldSettings(
        host=host or default.host,
        upstream_timeout_ms=timeout or default.upstream_timeout_ms,
        states_timeout=timeout is not None,
        session=None if session is None else _session(session, setup),
        sessions={} if sessions is None else {name: _session(each, setup) for name, each in sessions.tables()},
        upstreams={} if upstreams is None else {name: _upstream(name, each) for name, each in upstreams.tables()},
        ingests=_ingests(table, setup),
        file=file,
    )


def _session(table: Table, setup: Setup) -> SessionSettings:
    session = SESSIONS.get(table.values["kind"])(table)
    for key, value in table.values.items():
        _check_yielded(table, setup, key, value)
        if setup_names(value) and session.serves:
            raise table.error(
                key,
                f"'{key}' of the kind '{session.name}' can't use {{setup.{setup_names(value)[0]}}}.",
                expected="a value that is known before the target starts",
                advice="The service of this kind starts before setup runs.",
            )
    if session.renewal is not None:
        check_env(table, "renew", session.renewal.command)
        if not setup_names([value for key, value in table.values.items() if key != "renew"]):
            problem = "'renew' yields values of setup, but no credential uses one."
            raise table.error("renew", problem, expected="{setup.NAME} in the credentials of callers")
    return session


def _upstream(name: str, table: Table) -> UpstreamSettings:
    return UpstreamSettings(
        name=name,
        method=(table.text("method") or "GET").upper(),
        path=table.values["path"],
        answer=table.values["answer"],
        port=table.whole_number("port"),
        session=table.values.get("session"),
        values=dict(table.values.get("values", {})),
        about=dict(table.values.get("about", {})),
    )


def _ingests(world: Table, setup: Setup) -> dict[str, IngestSettings]:
    """Return the ingests by their names: `[world.ingest]` is the one that is named `ingest`."""
    one, several = world.table("ingest"), world.table("ingests")
    found = {} if one is None else {"ingest": _ingest(one, setup)}
    upstreams = world.values.get("upstreams", {})
    receivers: dict[str, str] = {}
    for name, table in several.tables() if several is not None else ():
        if name in upstreams:
            raise table.error("", f"An ingest can't be named '{name}': that name is taken.", expected="another name")
        if name in found:
            raise table.error("", "The ingest 'ingest' is defined twice: here and as [world.ingest].")
        found[name] = _ingest(table, setup)
    for name, ingest in found.items():
        same = [other for other, each in found.items() if each.stands_for and each.stands_for == ingest.stands_for]
        if len(same) > 1:
            problem = f"Both '{same[0]}' and '{same[1]}' stand for {ingest.stands_for}."
            raise world.error(f"ingests.{same[1]}.stands_for", problem, expected="one ingest for each URL")
        for callback in ingest.receives:
            if callback in receivers:
                problem = f"Both '{receivers[callback]}' and '{name}' receive the callback '{callback}'."
                raise world.error(f"ingests.{name}.receives", problem, expected="one ingest for each callback")
            receivers[callback] = name
    return found


def _ingest(table: Table, setup: Setup) -> IngestSettings:
    default = IngestSettings()
    kind = INGESTS.get(table.text("kind") or default.kind)
    for key, value in table.values.items():
        _check_yielded(table, setup, key, value)
        if setup_names(value) and key not in kind.schema.get("properties", {}):
            problem = f"'{key}' can't use {{setup.{setup_names(value)[0]}}}."
            raise table.error(key, problem, expected="a value that is known before the target starts")
    return IngestSettings(
        kind=table.text("kind") or default.kind,
        event_key=table.text("event_key"),
        port=table.whole_number("port"),
        path=table.text("path") or default.path,
        receives=tuple(table.values.get("receives", ())),
        callback_path=table.values.get("callback_path", default.callback_path),
        signature=_signature(table),
        tls=table.flag("tls"),
        stands_for=(table.text("stands_for") or "").rstrip("/"),
        own={key: value for key, value in table.values.items() if key in kind.schema.get("properties", {})},
    )


def _signature(table: Table) -> Signature | None:
    given = table.values.get("signature")
    if given is None:
        return None
    alone = table.holding({"signature": {"kind": given}}) if isinstance(given, str) else table
    own = alone.table("signature")
    name = SIGNATURES.usual if own is None else own.text("kind") or SIGNATURES.usual
    kind = SIGNATURES.get(name)
    if own is None or not issubclass(kind, Signature):
        raise table.error(
            "signature", f"'{name}' is no kind of signature.", expected="a subclass of bothends.kinds.Signature"
        )
    with asking(f"signature kind '{name}'", own.location()):
        return kind(own)


def _callback(table: Table) -> CallbackSettings:
    if "delivery" not in table.values:
        return CallbackSettings()
    return CallbackSettings(terms_of_settings(table.values["delivery"]))
