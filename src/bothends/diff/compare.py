"""Compares two contracts: reads both sides, and says what has changed, for whom, and who relies on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract import settings_of
from bothends.contract.settings import load_settings
from bothends.diff.accepted import NAME, Accepted, applied, read_accepted
from bothends.diff.comparison import Comparison
from bothends.diff.operations import compare_operations
from bothends.diff.reliance import Reliances
from bothends.diff.rule import Verdict
from bothends.diff.sides import file_of, open_side
from bothends.diff.signatures import compare_settings
from bothends.pacts import read_pacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract.settings import Settings
    from bothends.diff.rule import Change

_ORDER = (Verdict.BREAK, Verdict.UNDECIDED, Verdict.COMPATIBLE)


@dataclass(frozen=True, slots=True)
class Options:
    """What a comparison is asked for.

    Attributes:
        config: The settings file; it need not exist.
        operations: Names and patterns of operations; None: those of the settings, else all.
        overlays: Overlays for both sides.
        strict: Whether members that nobody has named count, too.
        accepted: The file of accepted breaks; None: `accepted-breaks.toml` beside the settings.
        today: The day on which accepted breaks may have expired; None: today.
    """

    config: Path = Path("bothends.toml")
    operations: tuple[str, ...] | None = None
    overlays: tuple[Path, ...] = ()
    strict: bool = False
    accepted: Path | None = None
    today: date | None = None

    @property
    def accepted_file(self) -> Path:
        """The file of accepted breaks."""
        return self.accepted or self.config.parent / NAME


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed from one contract to another.

    Attributes:
        changes: The changes, breaks first.
        idle: The entries of the file of accepted breaks that accept nothing.
        pacts: Whether there are pacts that may rely on something.
    """

    changes: tuple[Change, ...]
    idle: tuple[Accepted, ...] = ()
    pacts: bool = False

    @property
    def breaks(self) -> tuple[Change, ...]:
        """The changes that break somebody, and are not accepted."""
        return tuple(each for each in self.changes if each.breaks)


def compare(old: str, new: str, options: Options | None = None) -> Difference:
    """Compare two contracts.

    Args:
        old: The old document: a file, or `REVISION:FILE` of git.
        new: The new one.
        options: What is asked for; None: all of it, with the settings of the working directory.

    Raises:
        ContractError: A document, an overlay, a pact or the settings can't be read.
    """
    options = options or Options()
    settings = load_settings(options.config) if options.config.is_file() else None
    if settings is not None and settings.spec.resolve() not in (file_of(name).resolve() for name in (old, new)):
        settings = None  # they are those of another contract
    known = settings is not None
    settings = settings or settings_of(options.config.with_name("no settings"), Path(new))
    spec, overlays = (settings.spec, settings.overlays) if known else (None, ())
    sides = [open_side(name, spec, overlays, options.overlays) for name in (old, new)]
    comparison = Comparison(sides[0], sides[1], strict=options.strict, formats=settings.formats == "assert")
    compare_operations(comparison, options.operations or settings.operations)
    if known:
        compare_settings(comparison, options.config)
    changes, asked = _relied_on(comparison.changes, settings)
    day = options.today or datetime.now(tz=UTC).date()
    changes, idle = applied(changes, read_accepted(options.accepted_file), day)
    ordered = sorted(changes, key=lambda each: (bool(each.accepted), _ORDER.index(each.verdict), each.audience))
    return Difference(tuple(ordered), tuple(idle), asked)


def _relied_on(changes: Sequence[Change], settings: Settings) -> tuple[list[Change], bool]:
    if settings.pacts is None:
        return list(changes), False
    pacts = Reliances(read_pacts(settings.pacts), settings.world)
    return [
        replace(each, relied=pacts.of(each)) if each.verdict is not Verdict.COMPATIBLE else each for each in changes
    ], True
