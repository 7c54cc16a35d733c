"""A replay: what showed one finding is played again, the state of the world included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine import replay_file
from bothends.engine.verification import Verification

if TYPE_CHECKING:
    from bothends.engine.options import Options


def replay(options: Options, finding_id: str) -> Verification:
    """Return a verification of just what showed a finding.

    Its summary has the finding when it shows again, and none when it does not: then the target has
    changed, or the finding depends on more than was kept.

    Args:
        options: What the caller chose; the target is that of the run that found it, unless named anew.
        finding_id: As the run printed it.

    Raises:
        ContractError: There is no such finding, or the contract or the call is wrong.
    """
    kept = replay_file.read(options.state_folder, finding_id)
    if options.url is None and options.command is None:
        command = kept.target["command"]
        options = replace(
            options,
            url=kept.target["url"],
            command=None if command is None else tuple(command),
            env={**kept.target["env"], **options.env},
        )
    options = replace(options, seed=kept.seed, live_with_known=False)
    if kept.only:
        return Verification(replace(options, only=kept.only), replayed=finding_id)
    return Verification(options, waves=kept.waves, replayed=finding_id)
