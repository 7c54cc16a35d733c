"""What was seen beside other faults only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import NotProven, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


def beside_not_proven(seen: Sequence[tuple[str, str]], explained: Collection[str]) -> Iterator[NotProven]:
    """Yield what was seen beside other faults only, and what to do.

    A case that breaks a law beside others which is found broken anyway shows nothing more: that requests at the same
    time disturb each other is the finding, and which of them meet is chance.

    Args:
        seen: The cases, and the laws.
        explained: The laws of the errors that break the contract, and those whose breach may follow from one of them.
    """
    known = {label for label, law in seen if law in explained}
    left = [f"{law} in {label}" for label, law in seen if label not in known]
    if not left:
        return
    yield NotProven(
        "only beside other faults",
        f"{some_of(left)}: broken with other faults under way, and not alone; where requests share a "
        "circuit breaker or a connection, set faults_at_once = 1 in [target]",
    )
