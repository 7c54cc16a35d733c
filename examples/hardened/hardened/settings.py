"""The app settings: read over HTTP for each request, or once from a file."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hardened import json_text
from hardened.configuration import ConfigurationError
from hardened.upstream import TimedOutError, Upstream, WrongAnswerError

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema_rs import Draft202012Validator


class SettingsClient(Upstream):
    """Reads the app settings over HTTP."""

    def __init__(self, url: str, timeout: float, schema: Draft202012Validator) -> None:
        """Take the settings' address.

        Args:
            url: Where they are.
            timeout: How long a call may take, a second attempt included, seconds.
            schema: What the settings must be.
        """
        super().__init__("GET", url, timeout)
        self._schema = schema

    async def get(self) -> Any:
        """Return the settings as they are now.

        A kept connection may have been closed by the other end meanwhile. aiohttp then makes the call once
        more, as GET is safe to repeat (RFC 9112 section 9.3.1), so that nothing has to be done about it here.

        Raises:
            UpstreamError: There are none to be had.
        """
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self.attempt()
        except TimeoutError as error:
            raise TimedOutError("no answer in time") from error
        if answer.status != HTTPStatus.OK:
            raise WrongAnswerError(f"status {answer.status}")
        try:
            value = json_text.loads(answer.body)
        except json_text.NotJsonError as error:
            raise WrongAnswerError("no JSON") from error
        if not self._schema.is_valid(value):
            raise WrongAnswerError("not what the schema asks for")
        return value


class SettingsFile:
    """Settings that do not change."""

    def __init__(self, file: Path, schema: Draft202012Validator) -> None:
        """Read them.

        Raises:
            ConfigurationError: They can't be read, or are not what the schema asks for.
        """
        try:
            self._value = json_text.loads(file.read_bytes())
        except (OSError, json_text.NotJsonError) as error:
            raise ConfigurationError(f"{file}: the settings can't be read") from error
        if not schema.is_valid(self._value):
            raise ConfigurationError(f"{file}: the settings are not what the schema asks for")

    async def get(self) -> Any:
        """Return the settings."""
        return self._value
