"""`x-delivery`: what is promised of the delivery of a callback's event, by the spec or by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.extension_schema import check_extension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.references import Place

NAME = "x-delivery"
_EXPECTED = "acknowledged, or {answer: after} or {answer: any}"
_SHORT: Mapping[str, dict[str, Any]] = {
    "acknowledged": {"answer": "after"},
    "at-least-once": {"attempts": "until-acknowledged"},
    "at-most-once": {"attempts": "once"},
}


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What is promised of a delivery; what is absent is not demanded.

    Attributes:
        answer: `after`: a 2xx only once the event is acknowledged; `any`: in any order; None: nothing is said.
        unjudged: Keys that are declared, and that bothends does not judge yet.
    """

    answer: Literal["after", "any"] | None = None
    unjudged: tuple[str, ...] = ()

    def over(self, other: DeliveryTerms) -> DeliveryTerms:
        """Return these terms, and of other ones what these leave open."""
        unjudged = tuple(dict.fromkeys((*self.unjudged, *other.unjudged)))
        return DeliveryTerms(self.answer or other.answer, unjudged)


def read_terms(place: Place) -> DeliveryTerms:
    """Return what the `x-delivery` at a place says.

    Raises:
        ContractError: It is none of what it may be.
    """
    check_extension(place, NAME, _EXPECTED)
    return _terms(place.value)


def terms_of_settings(value: Any) -> DeliveryTerms:
    """Return what `delivery` under `[callbacks.NAME]` says, which the schema of the settings has been asked about."""
    return _terms(value)


def _terms(value: Any) -> DeliveryTerms:
    said = _SHORT[value] if isinstance(value, str) else value
    return DeliveryTerms(said.get("answer"), tuple(key for key in said if key != "answer"))
