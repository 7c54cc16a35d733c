"""What is sent: plain cases for each family, and generated ones, with what the contract expects of each."""

from bothends.cases.families import expectations, plain_cases, plain_families, requests
from bothends.cases.families.expectations import served_where_promised, success
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import upstreams_of
from bothends.cases.families.histories import changing, events_about
from bothends.cases.families.idempotency import with_that_key
from bothends.cases.families.objects import object_place, removes_object
from bothends.cases.families.permissions import are_told_apart, places_of_others
from bothends.cases.families.registrations import REGISTRATIONS_NAME as REGISTRATIONS
from bothends.cases.families.requests import admitted_request, json_media_type, json_schema, made_up, made_up_member
from bothends.cases.families.sessions import NO_SESSION
from bothends.cases.fuzzing.checks import GeneratorChecks
from bothends.cases.fuzzing.source import new_seed, warm_up
from bothends.cases.plan import MAX_EXAMPLES, Plan, Profile, about_nothing, calling_nobody, plan, to_nobody
from bothends.cases.selector import GENERATED, PACT, START_AND_STOP, Asked, Selector, all_families
from bothends.cases.unique_values import MARK, UniqueValues, has_others, members, with_new_values, with_others

__all__ = [
    "GENERATED",
    "MARK",
    "MAX_EXAMPLES",
    "NO_SESSION",
    "PACT",
    "REGISTRATIONS",
    "START_AND_STOP",
    "Asked",
    "Family",
    "GeneratorChecks",
    "Plan",
    "Profile",
    "Selector",
    "UniqueValues",
    "about_nothing",
    "admitted_request",
    "all_families",
    "are_told_apart",
    "calling_nobody",
    "changing",
    "events_about",
    "expectations",
    "has_others",
    "json_media_type",
    "json_schema",
    "made_up",
    "made_up_member",
    "members",
    "new_seed",
    "object_place",
    "places_of_others",
    "plain_cases",
    "plain_families",
    "plan",
    "register",
    "removes_object",
    "requests",
    "served_where_promised",
    "success",
    "to_nobody",
    "upstreams_of",
    "warm_up",
    "with_new_values",
    "with_others",
    "with_that_key",
]
