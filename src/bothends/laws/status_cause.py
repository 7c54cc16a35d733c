"""What laws on the status of an answer tell their findings apart by: the promise, and how it is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.laws.law import Broken
    from bothends.laws.situation import Situation

STATUS_WORDS: Mapping[str, str] = {
    "unwell-and-taken": "{about} is not well: taken for a success",
    "unwell-and-refused": "{about} is not well: not {statuses}",
    "no-success": "{status} in place of a success: {about}",
    "taken": "taken for a success, not {statuses}",
    "refused-otherwise": "refused otherwise, not {statuses}",
}
AREA_WORDS: Mapping[str, str] = {"status": "{status}: {about}"}


def status_cause(_: Broken, seen: Situation) -> Cause:
    """Return the cause of a wrong status: a session check that is off is one, whichever session was let in."""
    if seen.unwell and not seen.right:
        parts = ",".join(seen.unwell)
        if seen.taken:
            return Cause("unwell-and-taken", upstream=parts)
        return Cause("unwell-and-refused", upstream=parts, status=seen.promise)
    if seen.good or not seen.promised:
        return seen.cause("no-success", status=seen.outcome)
    return Cause("taken" if seen.taken else "refused-otherwise", status=seen.promise)


def status_and_area(_: Broken, seen: Situation) -> Cause:
    """Return the cause of a status that is wrong whatever was promised: it, and what the request was about."""
    return seen.cause("status", status=seen.outcome)


def area_alone(_: Broken, seen: Situation) -> Cause:
    """Return the cause of what is wrong in one area, whatever is answered."""
    return seen.cause("area")
