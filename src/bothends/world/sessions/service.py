"""The service of a session on the wire, such as a key set: healthy, or with a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.tables import asking
from bothends.world.http import Reply
from bothends.world.service import StubService

if TYPE_CHECKING:
    from bothends.world.http import Received
    from bothends.world.service import Outcome, Place
    from bothends.world.sessions.base import Session


class SessionStub(StubService):
    """Answers for a session. What is asked of it is not on record: a target may ask once, or each time.

    Args:
        name: The name of the session's table.
        session: Knows the answers.
        place: Where it stands.
    """

    def __init__(self, name: str, session: Session, place: Place) -> None:
        super().__init__(name, place)
        self._session = session

    def handler(self, received: Received) -> SessionHandler:
        """Begin with one request."""
        return SessionHandler(self._session, received)


class SessionHandler:
    """One request to the service of a session."""

    identities: tuple[str, ...] = ()
    post = 0

    def __init__(self, session: Session, received: Received) -> None:
        self._session = session
        self._received = received

    def reply(self) -> Reply:
        """Return what the session answers."""
        if self._received.problem:
            return Reply(self._received.status)
        with asking(f"session kind '{self._session.name}'", self._session.location):
            return self._session.answer(self._received)

    def fake_success(self) -> Reply:
        """Return the honest answer: such a service does nothing but answer."""
        return self.reply()

    def override(self, reply: Reply) -> None:
        """Do nothing: the answer changes nothing here."""

    def settle(self, outcome: Outcome) -> None:
        """Record nothing."""
