"""The laws: what an exchange must keep, one definition each, with all that is known of it."""

from bothends.laws import attempts, owed, runs
from bothends.laws.answers import STATUS_LAWS, VALUE_TAKEN, by_another_method, left_over, stored_as, value_taken
from bothends.laws.attempts import LONGEST_WATCH, UNSAID_WATCH
from bothends.laws.builtin import BUILT_IN
from bothends.laws.deliveries import LACKING, phantom
from bothends.laws.events import SLACK
from bothends.laws.guarantees import IN_FLIGHT, not_isolated
from bothends.laws.idempotency import is_told
from bothends.laws.law import (
    BODY,
    Area,
    ExchangeTraits,
    Explanation,
    FindingContext,
    Law,
    LawContext,
    Precedence,
    Scope,
    Violation,
    all_laws,
    before,
    directness,
    exchange_traits,
    judged_laws,
    law_of,
    ordered,
    outcome_of,
    place_of,
    register,
    unregister,
)
from bothends.laws.new_values import is_by_itself, new_values
from bothends.laws.own_values import (
    ANSWERED,
    OWN,
    UNKNOWN,
    agrees,
    is_read,
    own_value,
    read_json,
    said_in_refusal,
    value_in_request,
)
from bothends.laws.provenance import is_time
from bothends.laws.runs import AGREEMENT, PACT, STAND_IN
from bothends.laws.strong_tags import strong, strong_tag
from bothends.laws.upstreams import FAMILY
from bothends.laws.varieties import NAMED_VARIETIES, said
from bothends.laws.wording import cause_in_words, outcome

__all__ = [
    "AGREEMENT",
    "ANSWERED",
    "BODY",
    "BUILT_IN",
    "FAMILY",
    "IN_FLIGHT",
    "LACKING",
    "LONGEST_WATCH",
    "NAMED_VARIETIES",
    "OWN",
    "PACT",
    "SLACK",
    "STAND_IN",
    "STATUS_LAWS",
    "UNKNOWN",
    "UNSAID_WATCH",
    "VALUE_TAKEN",
    "Area",
    "ExchangeTraits",
    "Explanation",
    "FindingContext",
    "Law",
    "LawContext",
    "Precedence",
    "Scope",
    "Violation",
    "agrees",
    "all_laws",
    "attempts",
    "before",
    "by_another_method",
    "cause_in_words",
    "directness",
    "exchange_traits",
    "is_by_itself",
    "is_read",
    "is_time",
    "is_told",
    "judged_laws",
    "law_of",
    "left_over",
    "new_values",
    "not_isolated",
    "ordered",
    "outcome",
    "outcome_of",
    "owed",
    "own_value",
    "phantom",
    "place_of",
    "read_json",
    "register",
    "runs",
    "said",
    "said_in_refusal",
    "stored_as",
    "strong",
    "strong_tag",
    "unregister",
    "value_in_request",
    "value_taken",
]
