"""All callers of a run: what each shows, by the alternative that an operation asks for and the state of the session."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any
from zlib import crc32

from bothends.contract.tables import asking, fill, setup_names
from bothends.errors import ContractError, HarnessError
from bothends.records import Credential, changed, mint
from bothends.world.identities import test_user
from bothends.world.sessions.base import Caller, Part, Session, secrets_of
from bothends.world.sessions.caller_states import Forbidden, Garbled, Missing, OfScheme, SignedIn, SignedOut, Wrong

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from bothends.contract.settings import WorldSettings
    from bothends.contract.tables import SessionSettings
    from bothends.contract.terms import Requirement, Security
    from bothends.world.sessions.base import SessionState


_SINGLE = ""
"""The name under which `[world.session]` plays where no scheme is asked for by its name."""


class Callers:
    """Signs callers in.

    Args:
        settings: The `[world]` table.
        seed: Users follow from it.

    Attributes:
        services: The sessions with a service of their own, by the name of that service.

    Raises:
        HarnessError: A kind of session is no subclass of `Session`.
    """

    def __init__(self, settings: WorldSettings, seed: int) -> None:
        self._seed = seed
        self._sessions: dict[str, Session] = {}
        opened: list[tuple[SessionSettings, Session]] = []
        tables = {**({} if settings.session is None else {_SINGLE: settings.session}), **settings.sessions}
        for name, table in tables.items():
            session = next((session for known, session in opened if known.table is table.table), None)
            if session is None:
                session = _opened(table)
                opened.append((table, session))
            self._sessions[name] = session.playing(table.scheme)
        self.services = {
            name: session
            for name, table in settings.session_services.items()
            for known, session in opened
            if known.table is table.table
        }
        self._opened = opened
        self._all = tuple(session for _, session in opened)

    def set_up(self, values: Mapping[str, Any]) -> None:
        """Open the sessions again whose tables use values of setup.

        Args:
            values: By name: `setup.token`.

        Raises:
            ContractError: A value is wrong where it is used.
        """
        for place, (table, before) in enumerate(self._opened):
            if not setup_names(table.values):
                continue
            with _asking(before):
                session = before.filled(table.table.holding(fill(dict(table.values), values)))
            self._opened[place] = (table, session)
            for name, known in self._sessions.items():
                if known.table is before.table:
                    self._sessions[name] = session.playing(known.scheme)
        self._all = tuple(session for _, session in self._opened)

    def variables(self) -> dict[str, str]:
        """Return what a target's environment can be made of: `world.NAME.secret`, of a single one without its name."""
        found = {
            f"world.{name}.{key}": value
            for name, session in self._sessions.items()
            if name
            for key, value in session.variables().items()
            if not setup_names(value)
        }
        told = [session for session in self._all if session.variables()]
        single = self._sessions.get(_SINGLE) or (told[0] if len(told) == 1 else None)
        if single is not None:
            known = ((key, value) for key, value in single.variables().items() if not setup_names(value))
            found |= {f"world.session_{key}": value for key, value in known}
        return found

    def secrets(self) -> tuple[str, ...]:
        """Return what the target keeps to itself."""
        return tuple(secret for session in self._all for secret in session.secrets())

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what callers show, as far as it is known before they do."""
        return tuple(secret for session in self._all for secret in session.caller_secrets())

    def sign_in(
        self,
        number: int,
        now: float,
        state: SessionState | None,
        *,
        user: Mapping[str, Any] | None,
        security: Security | None,
    ) -> Credential:
        """Return what a request shows of its caller.

        Args:
            number: The exchange's number.
            now: Seconds since the epoch.
            state: The state of the session; None: all is well.
            user: Who it is, the same caller each time; None: the number's own user.
            security: What the operation asks for; None: what the single table plays.

        Raises:
            ContractError: Nothing plays what the state is about.
        """
        if user is not None:
            number = _number_of(user)
        token = mint(self._seed, "u", number)
        requirement, sessions = self._asked(security, state)
        own = test_user(self._seed, number) if user is None else user
        count = None if requirement is None else requirement.callers
        if requirement is None and sessions:
            count = sessions[_SINGLE].callers
        caller = Caller(number, own, 0 if count is None else number % count, token)
        if isinstance(state, SignedOut):
            return Credential(token=token, right=False, shown="no credential")
        if not sessions:
            if state is not None and not isinstance(state, SignedIn):
                raise ContractError(f"No session in the settings can have the state `{state.pattern}`", advice=_ADVICE)
            return Credential(token=token)
        # What is known of an alternative of which nothing plays the rest is not enough, however right it is.
        unplayed = () if requirement is None else tuple(n for n in requirement.schemes if n not in sessions)
        made = _Made(sessions, caller, now, state)
        parts = made.parts()
        right = _lets_in(state, unplayed)
        # A session that a target may take has a user; one that is wrong has none.
        session = None if right is False else made.identity()
        return Credential(
            headers=tuple(pair for part in parts for pair in part.headers),
            cookies=tuple(pair for part in parts for pair in part.cookies),
            query=tuple(pair for part in parts for pair in part.query),
            session=session,
            token=token,
            secrets=tuple(secret for part in parts for secret in secrets_of(part)),
            caller=0 if count is None else caller.place + 1,
            right=right,
            shown=f"no credential for {' and '.join(unplayed)}, and valid ones for the rest"
            if unplayed
            else ""
            if right is not False or state is None
            else state.about,
            schemes=() if requirement is None else requirement.schemes,
            left_out=(*unplayed, *made.left_out),
            invalid_schemes=made.invalid_schemes if right is False else (),
            forbidden=isinstance(state, Forbidden),
        )

    def _asked(
        self, security: Security | None, state: SessionState | None
    ) -> tuple[Requirement | None, dict[str, Session]]:
        """Return the alternative that a caller is signed in by, and what plays it.

        Raises:
            ContractError: The state names schemes that nothing plays together.
        """
        single = {_SINGLE: self._sessions[_SINGLE]} if _SINGLE in self._sessions else {}
        if security is None or not security.alternatives:
            return None, single
        wanted = None if state is None else state.schemes
        if wanted:
            asked = (r for r in security.played if set(r.schemes) == set(wanted))
            some = (r for r in security.partial if set(r.presentable) == set(wanted))
            found = next(chain(asked, some), None)
            if found is None:
                known = [" and ".join(requirement.schemes) for requirement in security.played]
                raise ContractError(
                    f"No caller can sign in by {' and '.join(wanted)}",
                    expected=" or ".join(f"`signed in by {names}`" for names in known) or "no session state",
                    advice=_ADVICE,
                )
        else:
            found = _usual(security, state, self._sessions)
        if found is None:
            return None, {}
        return found, {name: self._sessions[name] for name in found.presentable}


_ADVICE = "Add [world.sessions.<scheme>] to the settings."
_NAMED = 1 << 33
"""From here on, numbers are of users that somebody has named, and of no exchange: a token that is found in an event has
at most 32 bits."""


def _number_of(user: Mapping[str, Any]) -> int:
    """Return the number of a user that somebody has named: what a caller shows follows from it."""
    return _NAMED + crc32(json.dumps(user, sort_keys=True, default=str).encode())


class _Made:
    """What one caller shows in one state, scheme by scheme."""

    def __init__(self, sessions: Mapping[str, Session], caller: Caller, now: float, state: SessionState | None) -> None:
        self._sessions = sessions
        self._caller = caller
        self._now = now
        self._state = state
        self._user: Mapping[str, Any] = caller.user
        self.left_out: tuple[str, ...] = ()
        self.invalid_schemes: tuple[str, ...] = ()

    def parts(self) -> list[Part]:
        """Return what is shown.

        Raises:
            ContractError: Nothing that plays can be in the state.
        """
        state = self._state
        if state is None or type(state) is SignedIn or state.chooses:
            return [self._one(session, None) for session in self._sessions.values()]
        if isinstance(state, OfScheme):
            return self._with_one_changed(state)
        parts, changed = [], False
        for name, session in self._sessions.items():
            with _asking(session):
                made = session.in_state(state, self._caller, self._now)
            if made is None or changed:
                parts.append(self._one(session, None))
            else:
                changed = True
                self.invalid_schemes = (name,)
                part, self._user = made
                parts.append(part)
        if not changed:
            names = " and ".join(filter(None, self._sessions)) or "[world.session]"
            raise ContractError(
                f"No session of {names} can have the state `{state.pattern}`: the settings list its callers",
                expected="`signed out`, or a state of the credential for one scheme",
            )
        return parts

    def identity(self) -> dict[str, Any] | None:
        """Return who it is, as all of the credentials together say."""
        caller = self._caller if self._user is self._caller.user else changed(self._caller, user=self._user)
        found: dict[str, Any] = {}
        for session in self._sessions.values():
            with _asking(session):
                found |= session.identity(caller) or {}
        return found or None

    def _with_one_changed(self, state: OfScheme) -> list[Part]:
        if state.scheme not in self._sessions and len(self._sessions) == 1 and _SINGLE in self._sessions:
            raise ContractError(f"The operation has no security scheme `{state.scheme}`")
        if state.scheme not in self._sessions:
            known = " or ".join(f"`{name}`" for name in self._sessions)
            raise ContractError(f"The caller has no credential for the scheme `{state.scheme}`", expected=known)
        if isinstance(state, Missing):
            self.left_out = (state.scheme,)
        elif not isinstance(state, Forbidden):
            self.invalid_schemes = (state.scheme,)
        return [
            self._one(session, state if name == state.scheme else None)
            for name, session in self._sessions.items()
            if name not in self.left_out
        ]

    def _one(self, session: Session, state: OfScheme | None) -> Part:
        with _asking(session):
            match state:
                case Garbled():
                    return session.garbled(self._caller, self._now)
                case Wrong():
                    wrong = session.wrong()
                    if not 1 <= state.number <= len(wrong):
                        raise ContractError(
                            f"There is no wrong credential {state.parameters['number']} for {state.scheme}",
                            expected=f"1 to {len(wrong)}" if wrong else "none: `wrong` is empty in its table",
                        )
                    return wrong[state.number - 1]
                case Forbidden():
                    count = len(session.forbidden)
                    if not 1 <= state.number <= count:
                        raise ContractError(
                            f"There is no forbidden caller {state.parameters['number']} for {state.scheme}",
                            expected=f"1 to {count}" if count else "none: its table has no caller that is `forbidden`",
                        )
                    return session.forbidden_credential(state.number, self._caller, self._now)
                case _:
                    return session.credential(self._caller, self._now)


def _asking(session: Session) -> AbstractContextManager[None]:
    return asking(f"session kind '{session.name}'", session.location)


def _lets_in(state: SessionState | None, unplayed: tuple[str, ...]) -> bool | None:
    """Return whether a right target lets a caller in; None: it may do either."""
    if unplayed:
        return False
    if state is None or not state.family:
        return True
    return None if state.doubtful else False


def _usual(security: Security, state: SessionState | None, sessions: Mapping[str, Session]) -> Requirement | None:
    """Return the first alternative that is played, and that can be in the state."""
    if isinstance(state, OfScheme) and not state.chooses:
        return next((r for r in security.played if state.scheme in r.schemes), security.usual)
    if state is not None and type(state) is not SignedIn:
        able = (r for r in security.played if any(state.name in sessions[name].states for name in r.schemes))
        return next(able, security.usual)
    return security.usual


def _opened(table: SessionSettings) -> Session:
    """Return the session of a table: of each world its own, with secrets of its own."""
    session = type(table)(table.table)
    if not isinstance(session, Session):
        raise HarnessError(f"{type(table).__name__} is no subclass of `bothends.kinds.Session`")
    return session
