"""A command of the user's that yields values: the setup command, and the one that renews credentials."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import tempfile
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import env_values, gaps, text_of
from bothends.errors import ContractError, TargetError, did_you_mean, one_of
from bothends.hiding import HIDDEN, hiding
from bothends.launch.environment import command_of
from bothends.launch.process import ProcessGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bothends.errors import Location

_MOST_OUTPUT = 1 << 20
_MOST_LINES = 5
_PAUSE = 0.01
_READ = 65_536
# What an answer calls a secret by: before a value has been taken, nothing else tells that it is one.
_NAMES = r"(?:token|secret|password|key|session|credential|jwt)"
_SECRET_FIELD = re.compile(rf"(?i)(\b[\w.-]{{0,40}}{_NAMES}[\w.-]{{0,40}}=)[^&\s]+")
_SECRET_MEMBER = re.compile(rf'(?i)("[^"\n]{{0,40}}{_NAMES}[^"\n]{{0,40}}"\s*:\s*)"(?:[^"\\\n]|\\.)*"?')


class Program:
    """A command that prints one JSON object: the values that it yields.

    Lines with `KEY=VALUE` would lose types and need rules for quotes, and a stray line would look like a value.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        what: str,
        cwd: Path,
        where: Location | None = None,
        hide: Sequence[str] = (),
    ) -> None:
        """Take the command, which is not run yet; errors name it (`setup command`), and show no secret of `hide`."""
        self._command = tuple(command)
        self._what = what
        self._cwd = cwd
        self._where = where
        self._hide = hide

    async def run(self, values: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Run it; return what it yields.

        Args:
            values: What its gaps stand for, the environment's variables aside.
            limit: Seconds until it has to have ended.

        Raises:
            TargetError: It fails, takes too long, or prints something else.
        """
        texts = {name: text_of(value) for name, value in {**values, **env_values(self._command)}.items()}
        words = command_of(self._command, texts)
        with tempfile.TemporaryFile() as errors:
            code, output = await self._output(words, errors.fileno(), asyncio.get_running_loop().time() + limit)
            errors.seek(0, os.SEEK_END)
            errors.seek(max(errors.tell() - _READ, 0))
            written = errors.read().decode("utf-8", "replace")
        if code is None:
            raise self._error(f"has not ended within {limit:g} s", "an end within [target] setup_within_s", written)
        if code != 0:
            how = f"ended with exit code {code}" if code > 0 else f"was killed by signal {-code}"
            raise self._error(how, "exit code 0", written or output.decode("utf-8", "replace"))
        return self._yielded(output)

    async def _output(self, words: Sequence[str], errors: int, deadline: float) -> tuple[int | None, bytes]:
        """Return the exit code of the command, None when its time was over, and what it has printed."""
        loop = asyncio.get_running_loop()
        try:
            group = ProcessGroup(words, cwd=self._cwd, environment=dict(os.environ), errors=errors)
        except (OSError, ValueError) as error:
            raise self._error(f"can't be run ({error})", "a program that can be run") from error
        output = bytearray()
        try:
            while True:
                if _drained(group.output, output) or group.poll() is not None or loop.time() >= deadline:
                    break
                await asyncio.sleep(_PAUSE)
            await group.wait(max(0.0, deadline - loop.time()))
            code = group.poll()
            _drained(group.output, output)
        finally:
            group.end()
            os.close(group.output)
        return code, bytes(output)

    def _yielded(self, output: bytes) -> dict[str, Any]:
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
        lines = [line for line in harmless(said, self._hide).split("\n") if line.strip()][-_MOST_LINES:]
        more = "".join(f"\n  | {line}" for line in lines)
        return TargetError(
            f"The {self._what} {how}: {harmless(shlex.join(self._command), self._hide)}{more}",
            where=self._where,
            expected=expected,
            advice=f"Run it yourself in {self._cwd.absolute()} while the target runs.",
        )


def check_names(texts: Any, variables: Mapping[str, str], where: Location | None) -> None:
    """Check that each `{world.NAME}` of some texts is a variable.

    Raises:
        ContractError: One is not.
    """
    for name in gaps(texts):
        if name.startswith("world.") and name not in variables:
            known = sorted(each for each in variables if each.startswith("world."))
            raise ContractError(
                f"'{name}' is not a variable.",
                where=where,
                expected=one_of([f"{{{each}}}" for each in known]),
                advice=did_you_mean(name, known),
            )


def harmless(text: str, hide: Sequence[str]) -> str:
    """Return a text without secrets, and without characters that act on a terminal; line feeds stay."""
    text = hiding(frozenset(hide))(text)
    text = _SECRET_FIELD.sub(rf"\1{HIDDEN}", text)
    text = _SECRET_MEMBER.sub(rf'\1"{HIDDEN}"', text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _drained(pipe: int, output: bytearray) -> bool:
    """Read what is in a pipe; return whether it has been closed, or has had too much."""
    while len(output) <= _MOST_OUTPUT:
        try:
            data = os.read(pipe, _READ)
        except BlockingIOError:
            return False
        if not data:
            return True
        output += data
    return True
