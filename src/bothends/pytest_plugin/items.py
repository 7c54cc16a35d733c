"""The settings file as pytest collects it: each case, interaction and scenario is an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import BothendsError
from bothends.pytest_plugin.prover import work_items
from bothends.pytest_plugin.shared import failures

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.pytest_plugin.prover import WorkItem
    from bothends.pytest_plugin.shared import Shared


class BrokenError(AssertionError):
    """The contract is broken."""


class NotProvenError(AssertionError):
    """Nothing was found wrong, but what was to be shown was not."""


class SettingsFile(pytest.File):
    """A `bothends.toml`, of which a run is collected."""

    def __init__(self, *, shared: Shared, **arguments: Any) -> None:
        """Take what the items share."""
        super().__init__(**arguments)
        self._shared = shared

    def collect(self) -> Iterator[ProvenItem]:
        """Yield an item for each case, each interaction of a pact, and each scenario.

        Raises:
            CollectError: The contract is wrong.
        """
        try:
            bench = self._shared.closed_bench()
            for work_item in work_items(
                bench,
                max_examples=self._shared.max_examples,
                profile=self._shared.profile,
                launched=self._shared.launched,
            ):
                yield ProvenItem.from_parent(self, name=work_item.label, work_item=work_item, shared=self._shared)
        except BothendsError as error:
            raise self.CollectError(str(error)) from error


class ProvenItem(pytest.Item):
    """A case, an interaction or a scenario."""

    def __init__(self, *, work_item: WorkItem, shared: Shared, **arguments: Any) -> None:
        """Take what is proven."""
        super().__init__(**arguments)
        self._task = work_item
        self._shared = shared
        self.add_marker("bothends")

    def setup(self) -> None:
        """Start the world and the target, when this is the first item; a failure is a `BothendsError`."""
        self._shared.prover()

    def runtest(self) -> None:
        """Prove it.

        Raises:
            BothendsError: It could not be tried.
            BrokenError: A law is broken.
            NotProvenError: It was not shown.
        """
        proof = self._shared.prover().prove(self._task)
        told = failures(self._shared.bench())
        for finding in proof.warnings:
            self.user_properties.append(("warning", f"{finding.breach.law}: {finding.breach.summary}"))
        for finding in proof.known:
            self.user_properties.append(("known", f"{finding.breach.law}: {finding.breach.summary}"))
        if proof.errors:
            raise BrokenError(told.findings(proof.errors))
        if proof.missing:
            raise NotProvenError(told.not_proven(proof.missing))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object, **__: object) -> Any:
        """Return the failure as text; where bothends itself failed, as a traceback."""
        if isinstance(excinfo.value, BrokenError | NotProvenError | BothendsError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return where it stands: in the settings file, by its name."""
        path: Path = self.path
        return path, None, self.name
