"""All readers that are fuzzed, by their names."""

from __future__ import annotations

from tests.fuzzing import documents, pacts, state, wire

READERS = {
    reader.name: reader
    for reader in (
        documents.DOCUMENTS,
        documents.SETTINGS,
        documents.KNOWN,
        pacts.PACTS,
        state.LAST_RUN,
        state.FINDINGS,
        state.TIES,
        state.CASES,
        state.PARTS,
        wire.ANSWERS,
        wire.REQUESTS,
        wire.EVENTS,
    )
}
