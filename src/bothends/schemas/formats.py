"""A text of each `format` of JSON Schema: to show a break of a schema by, and for the answers of an upstream."""

FORMAT_EXAMPLES = {
    "date-time": "2024-02-29T12:34:56Z",
    "date": "2024-02-29",
    "time": "12:34:56Z",
    "duration": "P1DT2H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a?b=c",
    "uri-reference": "/a?b=c",
    "uuid": "3f9a1c2b-0d4e-4f6a-8b1c-2d3e4f5a6b7c",
    "json-pointer": "/a/b",
}
"""JSON Schema 2020-12, Validation, section 7.3. Hosts and addresses are those of documentation (RFC 2606, RFC 5737)."""
