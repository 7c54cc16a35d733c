"""A contract on disk that a test can change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.contract import load
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract


class Folder:
    """A folder that holds a settings file and a spec.

    Attributes:
        path: The folder.
        spec: The spec; `write` puts it into the folder.
        toml: The text of the settings file.
    """

    def __init__(self, path: Path, spec: Any, toml: str) -> None:
        """Take the spec and the settings of the project."""
        self.path = path
        self.spec = spec
        self.toml = toml

    @property
    def operation(self) -> Any:
        """The spec's operation."""
        return self.spec["paths"]["/api/route"]["post"]

    @property
    def callback(self) -> Any:
        """The operation of the spec's callback."""
        return self.operation["callbacks"]["routeRequested"]["{ingest}/e/{eventKey}"]["post"]

    @property
    def schemas(self) -> Any:
        """The spec's schemas."""
        return self.spec["components"]["schemas"]

    def file(self, name: str, value: Any) -> None:
        """Write a further file: a text as it is, anything else as JSON."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")

    def write(self) -> Path:
        """Write both files and return the settings file."""
        self.file("openapi.yaml", yaml.safe_dump(self.spec, sort_keys=False, allow_unicode=True))
        self.file("bothends.toml", self.toml)
        return self.path / "bothends.toml"

    def load(self) -> Contract:
        """Write both files and load the contract."""
        return load(self.write())

    def error(self) -> ContractError:
        """Write both files and return the error that loading them raises."""
        with pytest.raises(ContractError) as caught:
            self.load()
        return caught.value
