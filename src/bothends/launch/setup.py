"""Runs setup: the command or the HTTP steps that prepare a target which has just become ready."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import tempfile
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from bothends.client import Client
from bothends.clock import Clock
from bothends.contract.setup import SETUP, env_values, fill, gaps, text_of
from bothends.errors import ContractError, TargetError, did_you_mean, one_of
from bothends.launch.environment import command_of
from bothends.launch.process import ProcessGroup
from bothends.records import MISSING, Answer, Request, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bothends.contract.settings import TargetSettings
    from bothends.contract.setup import SetupStep
    from bothends.records import NoAnswer

_MOST_OUTPUT = 1 << 20
_SHOWN = 300
_MASK = "***"
_LEAST = 3
"""A secret shorter than this hides nothing: `a` is in every line."""
_PAUSE = 0.01
_READ = 65_536
# What an answer calls a secret by: before a value has been taken, nothing else tells that it is one.
_SECRET_FIELD = re.compile(r"(?i)(\b[\w.-]{0,40}(?:token|secret|password|key|credential|jwt)[\w.-]{0,40}=)[^&\s]+")
_SECRET_MEMBER = re.compile(
    r'("[^"\n]{0,40}(?:token|secret|password|key|session|credential|jwt)[^"\n]{0,40}"\s*:\s*)"(?:[^"\\\n]|\\.)*"?',
    re.IGNORECASE,
)


class SetupRunner:
    """Prepares a target, as often as it is asked to."""

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
        self._settings = settings
        self._setup = settings.setup
        self._variables = {**variables, "host": host}
        self._hide = [*hide, *env_values([step.texts for step in self._setup.steps]).values()]
        self._hide += env_values(self._setup.command).values()
        self._private = frozenset(private)
        for step in self._setup.steps:
            self._check_names(step.texts, step)
        self._check_names(self._setup.command, None)

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
            return await self._run_command(values, deadline)
        found: dict[str, Any] = {}
        for number, step in enumerate(self._setup.steps, 1):
            named = {f"{SETUP}{name}": value for name, value in found.items()}
            found |= await self._run_step(number, step, {**values, **named}, deadline)
        return found

    def _check_names(self, texts: Any, step: SetupStep | None) -> None:
        for name in gaps(texts):
            if name.startswith("world.") and name not in self._variables:
                known = sorted(each for each in self._variables if each.startswith("world."))
                raise ContractError(
                    f"'{name}' is not a variable.",
                    where=self._setup.location if step is None else step.location,
                    expected=one_of([f"{{{each}}}" for each in known]),
                    advice=did_you_mean(name, known),
                )

    # HTTP steps.

    async def _run_step(
        self, number: int, step: SetupStep, values: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        values = {**values, **env_values(step.texts)}
        base_url = str(values["target"])
        request = _request(step, values, base_url)
        left = deadline - asyncio.get_running_loop().time()
        private = [text_of(value) for name, value in values.items() if name.removeprefix(SETUP) in self._private]
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
        found: dict[str, Any] = {}
        for name, take in step.take.items():
            value = _taken(take.part, take.name, answer)
            if value is MISSING or value is None:
                raise told.error(f"got an answer without {take.text}", f"a value there, for {{setup.{name}}}", answer)
            found[name] = value
        return found

    def _total(self, number: int) -> str:
        return f"{number} of {len(self._setup.steps)}"

    # The command.

    async def _run_command(self, values: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        texts = {name: text_of(value) for name, value in {**values, **env_values(self._setup.command)}.items()}
        words = command_of(self._setup.command, texts)
        with tempfile.TemporaryFile() as errors:
            code, output = await self._output(words, errors.fileno(), deadline)
            errors.seek(0, os.SEEK_END)
            errors.seek(max(errors.tell() - _READ, 0))
            written = errors.read()
        return self._yielded(code, output, written)

    async def _output(self, words: Sequence[str], errors: int, deadline: float) -> tuple[int | None, bytes]:
        """Return the exit code of the command, None when its time was over, and what it has written."""
        try:
            group = ProcessGroup(words, cwd=self._settings.cwd, environment=dict(os.environ), errors=errors)
        except (OSError, ValueError) as error:
            raise self._error(f"can't be run ({error})", "a program that can be run") from error
        output = bytearray()
        code: int | None = None
        try:
            while True:
                code = group.poll()
                ended = _drained(group.output, output) or code is not None
                if ended or asyncio.get_running_loop().time() >= deadline or len(output) > _MOST_OUTPUT:
                    break
                await asyncio.sleep(_PAUSE)
            if code is None and await group.wait(max(0.0, deadline - asyncio.get_running_loop().time())):
                code = group.poll()
            _drained(group.output, output)
        finally:
            group.end()
            os.close(group.output)
        return code, bytes(output)

    def _yielded(self, code: int | None, output: bytes, written: bytes) -> dict[str, Any]:
        end = written.decode("utf-8", "replace")
        if code is None:
            limit = f"{self._settings.setup_within_s:g} s"
            raise self._error(f"has not ended within {limit}", "an end within [target] setup_within_s", end)
        if code != 0:
            how = f"ended with exit code {code}" if code > 0 else f"was killed by signal {-code}"
            raise self._error(how, "exit code 0", end or output.decode("utf-8", "replace"))
        if not output.strip():
            return {}
        try:
            found = json.loads(output)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or len(output) > _MOST_OUTPUT:
            raise self._error(
                "printed what is not one JSON object",
                'one JSON object with the values, such as {"token": "…"}; other text belongs on standard error',
                output.decode("utf-8", "replace"),
            )
        return {name: value for name, value in found.items() if value is not None}

    def _error(self, how: str, expected: str, said: str = "") -> TargetError:
        command = shlex.join(self._setup.command)
        lines = [line for line in harmless(said, self._hide).split("\n") if line.strip()][-5:]
        more = "".join(f"\n  | {line}" for line in lines)
        return TargetError(
            f"The setup command {how}: {command}{more}",
            where=self._setup.location,
            expected=expected,
            advice=f"Run it yourself in {self._settings.cwd.absolute()} while the target runs.",
        )


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


def harmless(text: str, hide: Sequence[str]) -> str:
    """Return a text without secrets, and without characters that act on a terminal; line feeds stay."""
    for secret in sorted(filter(lambda each: len(each) >= _LEAST, hide), key=len, reverse=True):
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
            text = text.replace(form, _MASK)
    text = _SECRET_FIELD.sub(rf"\1{_MASK}", text)
    text = _SECRET_MEMBER.sub(rf'\1"{_MASK}"', text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _request(step: SetupStep, values: Mapping[str, Any], base_url: str) -> Request:
    """Return the request of a step, with all its gaps filled.

    In a path, a value is one segment: it is percent-encoded, unless the path begins with it, as one from `Location`.
    """
    encoded = {name: quote(text_of(value), safe="") for name, value in values.items()}
    path = step.path
    if path.startswith("{"):
        gap, brace, rest = path.partition("}")
        path = f"{fill(gap + brace, {name: text_of(value) for name, value in values.items()})}{rest}"
        path = path.removeprefix(base_url)
    target = fill(path, encoded)
    headers = {name: text_of(fill(value, values)) for name, value in step.headers.items()}
    body: bytes | None = None
    media_type = ""
    if step.json is not MISSING:
        body, media_type = json.dumps(fill(step.json, values), ensure_ascii=False).encode(), "application/json"
    elif step.form is not None:
        pairs = {name: text_of(value) for name, value in fill(dict(step.form), values).items()}
        body, media_type = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    if media_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = media_type
    return Request(step.method, target if target.startswith("/") else f"/{target}", tuple(headers.items()), body)


def _taken(part: str, name: str, answer: Answer) -> Any:
    if part == "header":
        found = answer.header(name)
        return MISSING if found is None else found
    try:
        return resolve(json.loads(answer.body), name)
    except (ValueError, RecursionError):
        return MISSING


def _taken_secrets(step: SetupStep, answer: Answer, private: Collection[str]) -> list[str]:
    values = (_taken(take.part, take.name, answer) for name, take in step.take.items() if name in private)
    return [text_of(value) for value in values if value is not MISSING]


def _status(answer: Answer) -> str:
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)


def _drained(pipe: int, output: bytearray) -> bool:
    """Read what is in a pipe; return whether it has been closed."""
    while len(output) <= _MOST_OUTPUT:
        try:
            data = os.read(pipe, _READ)
        except BlockingIOError:
            return False
        if not data:
            return True
        output += data
    return False
