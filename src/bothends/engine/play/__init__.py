"""Plays batches: makes exchanges, and waits for what comes of them."""

from bothends.engine.play.batches import Batch, Scope, batches_of, recovering, waiting_together
from bothends.engine.play.exchange_runner import ExchangeRunner, breaks_an_ingest
from bothends.engine.play.histories import (
    AFTER_A_KILL,
    JUDGED,
    NO_OBJECT,
    NOT_LAUNCHED,
    NOTHING_SHOWN,
    RECORDED,
    SENT_AGAIN,
)
from bothends.engine.play.keyed import Keyable, grouped, unmet_faults_of_its_own, waiting_beside
from bothends.engine.play.kills import KILLED, NOT_REACHED, REACHED, SENT_AFTER
from bothends.engine.play.known_ids import (
    CERTAIN,
    GIVEN_BY,
    KNOWN,
    KNOWN_ABSENT,
    LACKED,
    THEIRS,
    THEIRS_ANSWERED,
    KnownIds,
)
from bothends.engine.play.known_objects import KnownObject, declared_as_absent, named_by_nobody, values_of_nobody
from bothends.engine.play.manual import asked, case_of_no_operation, manual_case, of_no_operation, operation_for
from bothends.engine.play.meeting import Meeting, Place
from bothends.engine.play.object_making import GAVE, GAVE_AGAIN
from bothends.engine.play.object_roles import depth, may_share_callers
from bothends.engine.play.observer import Call, Observer
from bothends.engine.play.own_keys import OwnKeys
from bothends.engine.play.pending import LIMITS, Pending, State, WaitBudget, lacking
from bothends.engine.play.played import Played, Row, Rows, numbered, without_doubtful_calls
from bothends.engine.play.sender import PERHAPS_EXECUTED, OwnRequests, Sender
from bothends.engine.play.target_gone import (
    TargetGoneError,
    answers_no_more,
    gets_slower,
    gone,
    may_be_silent,
    silenced,
    silent,
)
from bothends.engine.play.used_up import MAKERS, USED_UP
from bothends.engine.play.value_numbers import FOR_TRIALS, SENT_ANEW

__all__ = [
    "AFTER_A_KILL",
    "CERTAIN",
    "FOR_TRIALS",
    "GAVE",
    "GAVE_AGAIN",
    "GIVEN_BY",
    "JUDGED",
    "KILLED",
    "KNOWN",
    "KNOWN_ABSENT",
    "LACKED",
    "LIMITS",
    "MAKERS",
    "NOTHING_SHOWN",
    "NOT_LAUNCHED",
    "NOT_REACHED",
    "NO_OBJECT",
    "PERHAPS_EXECUTED",
    "REACHED",
    "RECORDED",
    "SENT_AFTER",
    "SENT_AGAIN",
    "SENT_ANEW",
    "THEIRS",
    "THEIRS_ANSWERED",
    "USED_UP",
    "Batch",
    "Call",
    "ExchangeRunner",
    "Keyable",
    "KnownIds",
    "KnownObject",
    "Meeting",
    "Observer",
    "OwnKeys",
    "OwnRequests",
    "Pending",
    "Place",
    "Played",
    "Row",
    "Rows",
    "Scope",
    "Sender",
    "State",
    "TargetGoneError",
    "WaitBudget",
    "answers_no_more",
    "asked",
    "batches_of",
    "breaks_an_ingest",
    "case_of_no_operation",
    "declared_as_absent",
    "depth",
    "gets_slower",
    "gone",
    "grouped",
    "lacking",
    "manual_case",
    "may_be_silent",
    "may_share_callers",
    "named_by_nobody",
    "numbered",
    "of_no_operation",
    "operation_for",
    "recovering",
    "silenced",
    "silent",
    "unmet_faults_of_its_own",
    "values_of_nobody",
    "waiting_beside",
    "waiting_together",
    "without_doubtful_calls",
]
