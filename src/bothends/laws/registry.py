"""All laws, in the order they are judged: a law comes after those that it yields to.

The event's laws come first, as what is wrong with an event is often the reason for a wrong answer:
an event that the ingest refuses makes of each good request a 502.

A new law is one file and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.answer import (
    allow_told,
    answer_schema,
    answered,
    answered_in_time,
    declared_media_type,
    declared_status,
    family_status,
    http_status,
    no_secret_in_answer,
    no_server_error,
    problem_status,
)
from bothends.laws.event import (
    acknowledged_first,
    event_for_success,
    event_schema,
    in_time,
    no_event_without_success,
    no_secret_in_event,
    not_executed,
    nothing_dropped,
    one_event,
    one_request,
    own_identity,
    plain_acknowledgement,
    right_address,
)
from bothends.laws.joint import (
    as_promised,
    drains,
    keeps_no_cookies,
    no_secret_upstream,
    own_event,
    provenance,
    recovers,
    redirect_not_followed,
    refuses_first,
    reuses_connections,
    sign_in_demanded,
    untouched_when_refused,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.laws.law import Law

LAWS: tuple[Law, ...] = (
    own_event.LAW,
    right_address.LAW,
    nothing_dropped.LAW,
    event_schema.LAW,
    sign_in_demanded.LAW,
    no_event_without_success.LAW,
    not_executed.LAW,
    one_request.LAW,
    own_identity.LAW,
    event_for_success.LAW,
    one_event.LAW,
    in_time.LAW,
    acknowledged_first.LAW,
    plain_acknowledgement.LAW,
    provenance.LAW,
    no_secret_in_event.LAW,
    redirect_not_followed.LAW,
    no_secret_upstream.LAW,
    keeps_no_cookies.LAW,
    reuses_connections.LAW,
    refuses_first.LAW,
    untouched_when_refused.LAW,
    recovers.LAW,
    drains.LAW,
    answered.LAW,
    answered_in_time.LAW,
    no_server_error.LAW,
    family_status.LAW,
    as_promised.LAW,
    declared_status.LAW,
    declared_media_type.LAW,
    answer_schema.LAW,
    problem_status.LAW,
    http_status.LAW,
    allow_told.LAW,
    no_secret_in_answer.LAW,
)


def check_order(laws: Sequence[Law]) -> None:
    """Check that names are unique and that each law comes after those that it yields to.

    Raises:
        ValueError: A name stands twice, or a law yields to one that is not before it.
    """
    before: set[str] = set()
    for law in laws:
        if law.name in before:
            raise ValueError(f"two laws are named {law.name!r}")
        missing = [name for name in law.yields_to if name not in before]
        if missing:
            raise ValueError(f"{law.name!r} yields to {missing}, which must come before it")
        before.add(law.name)


check_order(LAWS)
