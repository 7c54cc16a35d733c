"""Values that bodies are built of, and the names that stand in them."""

from __future__ import annotations

from bothends.cases.families.values import SAMPLES, property_names


def test_property_names_come_from_everywhere_at_the_top() -> None:
    """References and combinations are looked through; read-only properties and what is nested are not told."""
    schema = {
        "properties": {"a": {"properties": {"inner": {}}}, "secret": {"readOnly": True}},
        "allOf": [{"$ref": "#/$defs/more"}, {"$ref": "#/$defs/more"}, True],
        "$defs": {"more": {"properties": {"b": {}}, "oneOf": [{"properties": {"c": {}}}]}},
    }
    assert ["a", "b", "c"] == property_names(schema)


def test_samples_are_ordinary_json() -> None:
    """Samples are what any reader of JSON takes: I-JSON (RFC 7493), numbers that a double holds exactly."""
    assert {"null", "true", "zero", "text", "list", "object"} <= SAMPLES.keys()
    assert all(abs(value) < 2**53 for value in SAMPLES.values() if isinstance(value, int | float))
