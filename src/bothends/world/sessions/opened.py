"""Opens the sessions of the settings, each by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.registry import Registry
from bothends.world.sessions.minted import MintedSession
from bothends.world.sessions.static import StaticSession
from bothends.world.sessions.table import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract.settings import SessionSettings
    from bothends.world.sessions.kind import SessionKind
    from bothends.world.sessions.session import Session

    Opener = tuple[str, Callable[[SessionSettings], Session]]


def _of_library(kind: SessionKind) -> Opener:
    return kind.name, lambda settings: MintedSession(settings, kind)


OPENERS: Registry[Opener] = Registry(
    "session kind", lambda opener: opener[0], *map(_of_library, KINDS), ("static", StaticSession)
)


def open_session(settings: SessionSettings) -> Session:
    """Return what plays a table.

    Raises:
        ContractError: There is no such kind.
    """
    return OPENERS.get(settings.kind)[1](settings)
