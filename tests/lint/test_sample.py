"""The sample of findings that a person judges is fair: no rule and no document has more than a few."""

from __future__ import annotations

from collections import Counter

from tests.lint.sample import Linted, sampled


def _found(rule: str, count: int) -> list[dict[str, str]]:
    return [{"rule": rule, "line": str(number)} for number in range(count)]


RESULTS = [
    Linted("large", 1.0, 60, [*_found("often", 500), *_found("seldom", 1)]),
    Linted("small", 1.0, 60, [*_found("often", 5), *_found("now-and-then", 9)]),
]


def test_each_rule_and_each_document_has_its_share() -> None:
    """A rule that finds much in one document does not fill the sample."""
    drawn = sampled(RESULTS, 1, 13)
    assert {"often": 6, "now-and-then": 6, "seldom": 1} == Counter(each["rule"] for _, each in drawn)
    assert {"large": 6, "small": 7} == Counter(document for document, _ in drawn)


def test_a_seed_draws_the_same_again() -> None:
    """Another seed draws other findings."""
    assert sampled(RESULTS, 1, 9) == sampled(RESULTS, 1, 9)
    assert sampled(RESULTS, 1, 9) != sampled(RESULTS, 2, 9)
