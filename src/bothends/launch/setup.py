"""Runs setup: the command or the HTTP steps that prepare a target which has just become ready."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from bothends.client import Client
from bothends.clock import Clock
from bothends.contract.tables import SETUP, env_values, fill, header_text, setup_names, text_of
from bothends.errors import TargetError
from bothends.launch.program import Program, check_names, harmless
from bothends.records import MISSING, Answer, Request, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bothends.contract.settings import TargetSettings
    from bothends.contract.tables import HeaderValue, SetupStep
    from bothends.records import NoAnswer

_MOST_OUTPUT = 1 << 20
_SHOWN = 300


class SetupRunner:
    """Prepares a target, as often as it is asked to.

    Attributes:
        accepted: The requests that were sent and did what they should, each once, in order.
    """

    def __init__(
        self,
        settings: TargetSettings,
        *,
        variables: Mapping[str, str],
        host: str,
        hide: Sequence[str] = (),
        private: Collection[str] = (),
    ) -> None:
        """Take what is to be done.

        Args:
            settings: The `[target]` table.
            variables: What names of the world stand for: `world.hooks`.
            host: What `{host}` stands for.
            hide: Secrets that errors must not show.
            private: Names of setup values that errors must not show.

        Raises:
            ContractError: A text uses a name that the world does not have.
        """
        self.accepted: list[Request] = []
        self._settings = settings
        self._setup = settings.setup
        self._variables = {**variables, "host": host}
        self._headers = settings.setup_headers
        self._hide = [*hide, *env_values([self._headers, *(step.texts for step in self._setup.steps)]).values()]
        self._hide += env_values(self._setup.command).values()
        self._private = frozenset(private)
        self._program = Program(
            self._setup.command, what="setup command", cwd=settings.cwd, where=self._setup.location, hide=self._hide
        )
        for step in self._setup.steps:
            check_names(step.texts, self._variables, step.location)
            check_names(self._headers, self._variables, step.location)
        check_names(self._setup.command, self._variables, self._setup.location)

    async def run(self, base_url: str) -> dict[str, Any]:
        """Do all of it; return the values that it yields, by name.

        Args:
            base_url: The target's base URL.

        Raises:
            TargetError: A step fails, or all of it takes too long.
        """
        values = {**self._variables, "target": base_url, "port": str(urlsplit(base_url).port or "")}
        deadline = asyncio.get_running_loop().time() + self._settings.setup_within_s
        if self._setup.command:
            return await self._program.run(values, self._settings.setup_within_s)
        found: dict[str, Any] = {}
        for number, step in enumerate(self._setup.steps, 1):
            named = {f"{SETUP}{name}": value for name, value in found.items()}
            found |= await self._run_step(number, step, {**values, **named}, deadline)
        return found

    async def _run_step(
        self, number: int, step: SetupStep, values: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        values = {**values, **env_values([self._headers, step.texts])}
        base_url = str(values["target"])
        named = self._headers_of(step, values)
        headers = {name: header_text(value, values, step.location) for name, value in named.items()}
        request = _request(step, headers, values, base_url)
        left = deadline - asyncio.get_running_loop().time()
        private = [text_of(value) for name, value in values.items() if name.removeprefix(SETUP) in self._private]
        private += [text.partition(" ")[2] for name, text in headers.items() if not isinstance(named[name], str)]
        told = _Told(self._total(number), step, request, base_url, [*self._hide, *private])
        if left <= 0:
            raise told.error("was not sent", f"setup takes no longer than {self._settings.setup_within_s:g} s")
        async with Client(base_url, clock=Clock(), time_limit=left, body_limit=_MOST_OUTPUT) as client:
            answer = (await client.send(request)).answer
        if not isinstance(answer, Answer):
            raise told.unanswered(answer, self._settings.setup_within_s)
        told.hide(_taken_secrets(step, answer, self._private))
        right = answer.status in step.status if step.status else answer.success
        if not right:
            expected = " or ".join(map(str, step.status)) if step.status else "any 2xx"
            raise told.error(f"got the answer {_status(answer)}", expected, answer)
        if request not in self.accepted:
            self.accepted.append(request)
        found: dict[str, Any] = {}
        for name, take in step.take.items():
            value = _taken(take.part, take.name, answer)
            if value is MISSING or value is None:
                raise told.error(f"got an answer without {take.text}", f"a value there, for {{setup.{name}}}", answer)
            found[name] = value
        return found

    def _headers_of(self, step: SetupStep, known: Collection[str]) -> dict[str, HeaderValue]:
        """Return the headers of a step, as written: its own, and those of all steps whose values are known by then."""
        own = {name.lower() for name in step.headers}
        of_all = {name: value for name, value in self._headers.items() if name.lower() not in own}
        sent = {n: v for n, v in of_all.items() if all(f"{SETUP}{each}" in known for each in setup_names(v))}
        return {**sent, **step.headers}

    def _total(self, number: int) -> str:
        return f"{number} of {len(self._setup.steps)}"


class _Told:
    """What an error says of a step."""

    def __init__(self, number: str, step: SetupStep, request: Request, base_url: str, hide: Sequence[str]) -> None:
        self._number = number
        self._step = step
        self._request = request
        self._base_url = base_url
        self._hide = [*hide]

    def hide(self, secrets: Sequence[str]) -> None:
        """Hide these too."""
        self._hide += secrets

    def unanswered(self, answer: NoAnswer, limit: float) -> TargetError:
        """Return the error of a request that was not answered."""
        if answer.kind == "timeout":
            return self.error(f"got no answer in time ({answer.detail})", f"the whole setup within {limit:g} s")
        return self.error(f"got no answer ({answer.kind}: {answer.detail})", "an answer")

    def error(self, how: str, expected: str, answer: Answer | None = None) -> TargetError:
        """Return the error.

        Args:
            how: What became of the request, as a clause.
            expected: What would have been right.
            answer: The answer, where there is one.
        """
        request = self._request
        lines = [f"Setup step {self._number}: {request.method} {self._shown(self._base_url + request.target)} {how}."]
        if request.body:
            lines.append(f"  request: {self._shown(request.body.decode('utf-8', 'replace'))}")
        if answer is not None:
            named = answer.header("content-type") or "no media type"
            body = self._shown(answer.body[: 8 * _SHOWN].decode("utf-8", "replace")) or "(no body)"
            lines.append(f"  answer: {_status(answer)}, {self._shown(named)}: {body}")
        return TargetError("\n".join(lines), where=self._step.location, expected=expected)

    def _shown(self, text: str) -> str:
        shown = harmless(text, self._hide).replace("\n", "\\n")
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _request(step: SetupStep, headers: dict[str, str], values: Mapping[str, Any], base_url: str) -> Request:
    """Return the request of a step, with these headers, and all its other gaps filled.

    In a path, a value is one segment: it is percent-encoded, unless the path begins with it, as one from `Location`.
    """
    encoded = {name: quote(text_of(value), safe="") for name, value in values.items()}
    path = step.path
    if path.startswith("{"):
        gap, brace, rest = path.partition("}")
        path = f"{fill(gap + brace, {name: text_of(value) for name, value in values.items()})}{rest}"
        # A `Location` may be a URL, or a path that has the base path already.
        path = path.removeprefix(base_url)
        prefix = urlsplit(base_url).path
        path = path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path
    target = fill(path, encoded)
    body: bytes | None = None
    media_type = ""
    if step.json is not MISSING:
        body, media_type = json.dumps(fill(step.json, values), ensure_ascii=False).encode(), "application/json"
    elif step.form is not None:
        pairs = {name: text_of(value) for name, value in fill(dict(step.form), values).items()}
        body, media_type = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    if media_type and not any(name.lower() == "content-type" for name in headers):
        headers = {**headers, "Content-Type": media_type}
    return Request(step.method, target if target.startswith("/") else f"/{target}", tuple(headers.items()), body)


def _taken(part: str, name: str, answer: Answer) -> Any:
    if part == "header":
        found = answer.header(name)
        return MISSING if found is None else found
    if part == "cookie":
        return _cookie(name, answer)
    try:
        return resolve(json.loads(answer.body), name)
    except (ValueError, RecursionError):
        return MISSING


def _cookie(name: str, answer: Answer) -> Any:
    """Return what an answer sets a cookie to, the last time: that is what a browser keeps (RFC 6265, section 5.3)."""
    found: Any = MISSING
    for header, text in answer.headers:
        own, equals, value = text.partition(";")[0].partition("=")
        if header.lower() == "set-cookie" and equals and own.strip() == name:
            found = value.strip()
    return found


def _taken_secrets(step: SetupStep, answer: Answer, private: Collection[str]) -> list[str]:
    values = (_taken(take.part, take.name, answer) for name, take in step.take.items() if name in private)
    return [text_of(value) for value in values if value is not MISSING]


def _status(answer: Answer) -> str:
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)
