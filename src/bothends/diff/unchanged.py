"""Whether two places of two documents say the same, with all that they refer to: quickly, by their texts.

A large document is compared with its next version, in which little has changed. What has the same text, and refers to
what has the same text, is the same; nothing of it is read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bothends.errors import ContractError

if TYPE_CHECKING:
    from bothends.documents import Place

_REFERENCE = re.compile(r'"\$ref": ("(?:[^"\\]|\\.)*")')
_Pair = tuple[tuple[str, str], tuple[str, str]]


class Unchanged:
    """Compares places of two documents."""

    def __init__(self) -> None:
        """Begin with no place."""
        self._known: dict[_Pair, bool] = {}
        self._texts: dict[_Pair, list[str] | None] = {}

    def same(self, old: Place, new: Place) -> bool:
        """Return whether two places say the same; what is not plain is not the same."""
        if old.library.is_openapi_30 != new.library.is_openapi_30:
            return False
        reached: dict[_Pair, None] = {}
        pending = [(old, new)]
        equal = True
        while pending and equal:
            pair = pending.pop()
            key = (pair[0].identity, pair[1].identity)
            if key in reached or self._known.get(key) is True:
                continue
            reached[key] = None
            following = self._following(key, *pair)
            equal = following is not None and self._known.get(key) is not False
            pending += following or ()
        if equal:
            self._known.update(dict.fromkeys(reached, True))
        else:
            self._known[old.identity, new.identity] = False
        return equal

    def _following(self, key: _Pair, old: Place, new: Place) -> list[tuple[Place, Place]] | None:
        """Return where the references of two places lead that have the same text; None: they have not."""
        if key not in self._texts:
            text = json.dumps(old.value)
            same = text == json.dumps(new.value)
            self._texts[key] = list(dict.fromkeys(_REFERENCE.findall(text))) if same else None
        references = self._texts[key]
        if references is None:
            return None
        found = []
        for quoted in references:
            reference = json.loads(quoted)
            targets = [_target(reference, place) for place in (old, new)]
            if targets[0] is not None and targets[1] is not None:
                found.append((targets[0], targets[1]))
            elif targets != [None, None]:
                return None
        return found


def _target(reference: str, source: Place) -> Place | None:
    """Return where a reference leads; None: nowhere, as it may in an example, or is told where it is read."""
    try:
        return source.library.resolve(reference, source)
    except ContractError:
        return None
