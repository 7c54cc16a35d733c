"""Which of the words that would close survivors the recorded target keeps: by its record, with no other run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract import load, open_document
from bothends.documents import Library
from bothends.errors import ContractError
from bothends.score.scoring import Scoring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Contract
    from bothends.score.closing import Closing
    from bothends.score.recorded import Recording


class Fixing:
    """Tries words on a record.

    Attributes:
        kept: What closes survivors, and breaks nothing that was recorded.
        broken: What the record breaks, or makes no contract.
    """

    def __init__(self, recording: Recording, closings: Sequence[Closing]) -> None:
        """Try the words of each closing that an overlay can say."""
        self._recording = recording
        self._contract = recording.contract
        self._broken = Scoring(recording).broken()
        self.kept: list[Closing] = []
        self.broken: list[Closing] = []
        self._try([one for one in closings if one.action is not None])

    def _try(self, closings: Sequence[Closing]) -> None:
        """Take closings if they break nothing together; else each half for itself, down to a single one."""
        if not closings:
            return
        if self._is_kept([*self.kept, *closings]):
            self.kept += closings
        elif len(closings) == 1:
            self.broken += closings
        else:
            half = len(closings) // 2
            self._try(closings[:half])
            self._try(closings[half:])

    def _is_kept(self, closings: Sequence[Closing]) -> bool:
        under = self.under(closings)
        return under is not None and Scoring(self._recording.under(under)).broken() <= self._broken

    def under(self, closings: Sequence[Closing]) -> Contract | None:
        """Return the contract with words added; None: it would be none."""
        settings = self._contract.settings
        overlay: dict[str, Any] = {
            "overlay": "1.0.0",
            "info": {"title": "more", "version": "1"},
            "actions": [one.action for one in closings],
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "more.json"
            file.write_text(json.dumps(overlay), "utf-8")
            try:
                opened = open_document(Library(folders=settings.documents), settings.spec, (*settings.overlays, file))
                operations = [one.id for one in self._contract.operations]
                return load(settings.file, operations, settings.spec, opened=opened)
            except ContractError:
                return None
