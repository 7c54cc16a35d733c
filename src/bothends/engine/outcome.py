"""How a run has ended, whatever ended it: by whose fault, or at whose wish."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bothends.engine.control import Interrupted, record_crash
from bothends.engine.findings.judge import LawCrashedError
from bothends.errors import ContractError, HarnessError, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Outcome:
    """What kept a run from its end, if anything did.

    Attributes:
        target_failure: Why the target could not be started, reached, or kept alive; empty: it was.
        harness_failure: What failed in bothends itself; empty: nothing did.
        interrupted: Whether a person stopped the run.
    """

    def __init__(self) -> None:
        """Begin with a run that nothing keeps from its end."""
        self.target_failure = ""
        self.harness_failure = ""
        self.interrupted = False

    @property
    def failed(self) -> bool:
        """Whether something failed."""
        return bool(self.target_failure or self.harness_failure)

    @property
    def cut(self) -> bool:
        """Whether the run was not brought to its end."""
        return self.failed or self.interrupted

    @contextlib.contextmanager
    def caught(self, state_folder: Path) -> Iterator[None]:
        """Take what ends a run early, so that what was found so far can be summed up.

        Raises:
            ContractError: The call is wrong, and the user can set it right: there is no run to sum up.
        """
        try:
            yield
        except ContractError:
            raise
        except Interrupted:
            self.interrupted = True
        except TargetError as error:
            self.target_failure = str(error)
        except (HarnessError, LawCrashedError) as error:
            self.harness_failure = str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was found so far is kept
            self.harness_failure = record_crash(state_folder, error)
