"""The laws that are checks which Schemathesis runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.laws import judged_laws, law_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import schemathesis

    from bothends.laws import Law
    from bothends.schemathesis_hooks.session import Session

    Check = Callable[[schemathesis.CheckContext, schemathesis.Response, schemathesis.Case[Any]], bool | None]


def check_laws() -> tuple[Law, ...]:
    """Return the laws that say themselves that they are checks, and that a call can be held to."""
    return tuple(law for law in judged_laws() if law.as_check)


def check_of(law: Law, session: Session) -> Check:
    """Return the check of a law: `bothends_one_event` for `one-event`.

    Args:
        law: The law.
        session: Knows what each call has broken.
    """

    def check(
        _ctx: schemathesis.CheckContext, _response: schemathesis.Response, case: schemathesis.Case[Any]
    ) -> bool | None:
        breaches = session.breaches(case.id)
        if breaches is None:
            return True  # of no operation of the contract: it is skipped
        told = [breach for breach in breaches if breach.law == law.name]
        if told:
            raise AssertionError(session.text(told))
        return None

    check.__name__ = f"bothends_{law.name.replace('-', '_')}"
    check.__doc__ = f"The law {law.name!r} of bothends."
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
            late = [breach for breach in session.settle() if law_of(breach.law).as_check]
            kinds = {(breach.law, breach.cause): breach for breach in reversed(late)}
            if kinds:
                raise AssertionError(session.text(list(kinds.values())))

    BothendsNothingLate.__name__ = "bothends_nothing_late"
    return BothendsNothingLate
