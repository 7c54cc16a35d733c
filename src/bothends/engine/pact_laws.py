"""The laws that pacts make: their names, as findings have them."""

PACT_LAW = "pact"
"""The target answers, or sends, what a consumer relies on."""

AGREEMENT_LAW = "pact-agrees"
"""A pact's examples are valid under the spec: the two contracts do not contradict each other."""

STAND_IN_LAW = "pact-stand-in"
"""The world's part answers as its pact says: what is wrong is bothends' own, or the pact's."""

PACT_LAWS = (PACT_LAW, AGREEMENT_LAW, STAND_IN_LAW)
