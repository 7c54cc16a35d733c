"""What is sent: plain cases for each family, and generated ones, with what the contract expects of each."""

from bothends.cases.families.fault_cases import upstreams_of
from bothends.cases.families.registry import plain_cases
from bothends.cases.fuzzing.checks import GeneratorChecks
from bothends.cases.fuzzing.source import new_seed, warm_up
from bothends.cases.plan import MAX_EXAMPLES, Plan, Profile, plan
from bothends.cases.selector import GENERATED, PACT, START_AND_STOP, Selector, all_families

__all__ = [
    "GENERATED",
    "MAX_EXAMPLES",
    "PACT",
    "START_AND_STOP",
    "GeneratorChecks",
    "Plan",
    "Profile",
    "Selector",
    "all_families",
    "new_seed",
    "plain_cases",
    "plan",
    "upstreams_of",
    "warm_up",
]
