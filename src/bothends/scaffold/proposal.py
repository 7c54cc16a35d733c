"""One thing that a document lacks, as far as what was seen says it.

What is proposed wrongly is a false alarm in the first run, and a newcomer has no reason to doubt it. So a proposal is
sure only if all requests agree and there were several; for a source of a value, only if the value differed between
them. All else is written as a comment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.documents import Place


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be merged into the document.

    Attributes:
        place: Into what: a mapping of the document.
        update: What is merged.
        why: What was seen.
        is_sure: Whether it is to hold: what is not is written down, and has no effect.
        notes: By JSON pointer into the update: what is to be said of a part.
        instead: The reference below the place that the update takes the place of, by its key; empty: it takes none's.
    """

    place: Place
    update: Mapping[str, Any]
    why: str
    is_sure: bool = True
    notes: Mapping[str, str] = field(default_factory=dict)
    instead: str = ""
