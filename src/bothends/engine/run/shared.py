"""What the steps of a run share from its beginning to its end, whether or not its target is ever ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.evidence import Evidence
    from bothends.engine.options import Options
    from bothends.engine.play import OwnKeys
    from bothends.engine.run.dealing import Dealer
    from bothends.engine.run.filing import Filing
    from bothends.engine.run.progress import ProgressMeter
    from bothends.engine.run.work import Work


@dataclass(frozen=True, slots=True)
class Shared:
    """What the steps of a run share.

    Attributes:
        contract: What is verified.
        options: What the caller chose.
        work: What the run is asked to do.
        seed: What its cases are made from.
        evidence: What it has seen.
        filing: What it has found, and what shows that.
        emitter: Takes what it tells.
        interruption: Ends it at a person's wish.
        dealer: Says what of the plan is this part's.
        progress: Says how far it has come.
        own_keys: Gives requests values of their own.
    """

    contract: Contract
    options: Options
    work: Work
    seed: int
    evidence: Evidence
    filing: Filing
    emitter: Emitter
    interruption: Interruption
    dealer: Dealer
    progress: ProgressMeter
    own_keys: OwnKeys
