"""A text of each `format` of JSON Schema: to show a break of a schema by, and for the answers of an upstream."""

FORMAT_EXAMPLES = {
    "date-time": "2024-02-29T12:00:00Z",
    "date": "2024-02-29",
    "time": "12:00:00Z",
    "duration": "P1DT2H",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.invalid/",
    "uri-reference": "/a?b=c",
    "uuid": "2f1c1b0e-3f5d-4d0e-9a57-6f8f0a3f0c11",
    "json-pointer": "/a/b",
}
"""JSON Schema 2020-12, Validation, section 7.3. Hosts and addresses are those of documentation (RFC 2606, RFC 5737)."""
