"""The laws on events, as checks that Schemathesis runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import schemathesis

    from bothends.schemathesis_hooks.session import Session

    Check = Callable[[schemathesis.CheckContext, schemathesis.Response, schemathesis.Case[Any]], bool | None]

EVENT_LAWS = (
    "right-address",
    "nothing-dropped",
    "event-schema",
    "no-event-without-success",
    "own-event",
    "own-identity",
    "event-for-success",
    "one-event",
    "event-in-time",
    "acknowledged-first",
    "provenance",
    "no-secret-in-event",
    "no-secret-upstream",
)
"""Laws that are checks. Of the others, some are of answers, which Schemathesis has checks for; some are of faults, of
requests that are sent in odd ways and of the target's end, none of which comes to pass here; and some only warn."""


def check_of(law: str, session: Session) -> Check:
    """Return the check of a law: `bothends_one_event` for `one-event`.

    Args:
        law: The law's name.
        session: Knows what each call has broken.
    """

    def check(
        _ctx: schemathesis.CheckContext, _response: schemathesis.Response, case: schemathesis.Case[Any]
    ) -> bool | None:
        breaches = session.breaches(case.id)
        if breaches is None:
            return True  # of no operation of the contract: it is skipped
        told = [breach for breach in breaches if breach.law == law]
        if told:
            raise AssertionError(session.text(told))
        return None

    check.__name__ = f"bothends_{law.replace('-', '_')}"
    check.__doc__ = f"The law {law!r} of bothends."
    return check


def late_check(session: Session) -> type:
    """Return the check of what comes when the call that caused it is over: `bothends_nothing_late`."""

    class BothendsNothingLate:
        """Once all is over, nothing has come late: no second event, no event of nobody's."""

        def after_run(self, _ctx: schemathesis.CheckContext) -> None:
            """Wait for what may still come, and judge it.

            Raises:
                AssertionError: It has broken a law.
            """
            late = [breach for breach in session.settle() if breach.law in (*EVENT_LAWS, "no-phantom")]
            kinds = {(breach.law, breach.cause): breach for breach in reversed(late)}
            if kinds:
                raise AssertionError(session.text(list(kinds.values())))

    BothendsNothingLate.__name__ = "bothends_nothing_late"
    return BothendsNothingLate
