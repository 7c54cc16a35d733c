"""What tells failures of what was played on a workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.failure_text import Failures

if TYPE_CHECKING:
    from bothends.workbench import Workbench


def failures(bench: Workbench) -> Failures:
    """Return what tells failures, without the secrets of the workbench's world.

    Args:
        bench: The workbench, which is open.
    """
    return Failures(bench.options.config, bench.stage.world.secrets(), bench.stage.target.base_url)
