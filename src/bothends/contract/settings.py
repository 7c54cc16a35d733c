"""What `bothends.toml` says, as records. Reading the file is `settings_file`'s work."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.delivery_terms import DeliveryTerms

LEAST_JUDGED_TIME_LIMIT_MS = 10_000


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """The `[target]` table.

    Attributes:
        command: Program and arguments; empty when there is none to launch.
        cwd: Where it is started; relative to the settings file.
        env: Its environment variables; values may hold `{port}`, `{world.settings}` and so on.
        ready: Path that answers when the target is ready; None: ready when the port accepts.
        url: Base URL of a running target; None: the command is launched.
        promises: What it promises beyond what is demanded of all: keys of `PROMISES`.
        time_limit_ms: T_max, milliseconds; None: 4 times the upstream timeout and a second.
        file: Where the table stands, for messages; None: in no file.
        env_of_call: Names of the variables that are the call's and not the file's.
    """

    command: tuple[str, ...] = ()
    cwd: Path = Path()
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    url: str | None = None
    promises: frozenset[str] = frozenset()
    time_limit_ms: int | None = None
    file: Path | None = field(default=None, compare=False)
    env_of_call: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The `[world.session]` table.

    Attributes:
        kind: `next-auth-v4` or `auth-js-v5`.
        cookie: The cookie's name.
        secret: What the sessions are made with; None: a fresh one, for a launched target.
        strict: Whether what the real library accepts, and a sane contract would not, is a finding.
    """

    kind: str
    cookie: str
    secret: str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """One `[world.upstreams.<name>]` table.

    Attributes:
        name: The upstream's name.
        method: HTTP method that the target calls it with.
        path: Path that the target calls.
        answer: JSON reference to the schema of its answer, `openapi.yaml#/components/schemas/…` or `#/…`.
        port: Port it listens on; None: a free one.
        session: Whether the caller's session cookie may be passed on to it; None: the contract leaves that open.
    """

    name: str
    method: str
    path: str
    answer: str
    port: int | None = None
    session: bool | None = None


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """One `[world.ingests.<name>]` table; `[world.ingest]` is the one that is named `ingest`.

    Attributes:
        kind: `inngest` or `webhook`.
        event_key: The key in the event's URL; None: a fresh one, for a launched target.
        port: Port it listens on; None: a free one.
        path: Path of its base URL, such as `/inngest`, which the target has to keep; empty when there is none.
        receives: Names of the callbacks that arrive here, also where their URL comes from the request.
        callback_path: `own`: a URL that is put into a request has a path of its own; `fixed`: it is the same in all.
    """

    kind: str = "inngest"
    event_key: str | None = None
    port: int | None = None
    path: str = ""
    receives: tuple[str, ...] = ()
    callback_path: Literal["own", "fixed"] = "own"


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """One `[callbacks.<name>]` table.

    Attributes:
        delivery: What the deployment promises of the delivery of its event; None: nothing.
    """

    delivery: DeliveryTerms | None = None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The `[world]` table.

    Attributes:
        host: Address that the world listens on.
        upstream_timeout_ms: How long the target waits for an upstream, retries included.
        session: How callers are signed in; None: the operation needs no session.
        upstreams: Each upstream by its name, in the file's order.
        ingests: Where events go, each ingest by its name, in the file's order.
        file: Where the table stands, for messages; None: in no file.
    """

    host: str = "127.0.0.1"
    upstream_timeout_ms: int = 1000
    session: SessionSettings | None = None
    upstreams: Mapping[str, UpstreamSettings] = field(default_factory=dict)
    ingests: Mapping[str, IngestSettings] = field(default_factory=dict)
    file: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `bothends.toml`.

    Attributes:
        file: The file that was read.
        spec: The OpenAPI document.
        pacts: The folder of pacts; None when there is none.
        target: The `[target]` table.
        world: The `[world]` table.
        coverage_threshold: The least part of the contract that a whole run must see, percent; None: any.
        known_findings: The file of findings that are lived with; None: `known-findings.toml` beside the file,
            where there is one.
        callbacks: Each `[callbacks.<name>]` table by its name.
    """

    file: Path
    spec: Path
    pacts: Path | None = None
    target: TargetSettings = field(default_factory=TargetSettings)
    world: WorldSettings = field(default_factory=WorldSettings)
    coverage_threshold: float | None = None
    known_findings: Path | None = None
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)

    @property
    def time_limit_ms(self) -> int:
        """T_max as a run judges it, milliseconds: what the file says, or 4 times the upstream timeout
        and a second; never under 10 s, because a busy machine is no broken contract.
        """  # noqa: D205 -- one sentence
        asked = self.target.time_limit_ms
        return max(
            asked if asked is not None else 4 * self.world.upstream_timeout_ms + 1000, LEAST_JUDGED_TIME_LIMIT_MS
        )
