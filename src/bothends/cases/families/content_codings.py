"""`content-codings`: compressed bodies (RFC 9110 section 8.4), which the contract does not speak of.

A target may take the coding off, or refuse it by any 4xx. A bomb it refuses, before it is unpacked.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.contract.given import BODY_TOO_LARGE, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Request

family = "content-codings"

_BLOCK = 1 << 20
_BLOCKS = 48  # of 1 MiB, which gzip makes to about 1 KiB each
_REFUSALS = (BODY_TOO_LARGE, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE)
_GZIP = 31  # zlib's window bits for the gzip format


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right body in several codings, some of which it is not in."""
    del contract
    right = bodies.admitted_request(operation)
    if right is None or not right.body:
        return
    expect = expectations.taken_or_refused(operation)
    for name, coding, body in _codings(right.body):
        yield Case(operation.id, family, name, _coded(right, coding, body), expect=expect)
    limit = operation.body.max_bytes if operation.body else None
    if limit is None or limit >= _BLOCK * _BLOCKS:
        return
    refused = expectations.refused_somehow(operation, _REFUSALS)
    around, _, after = bodies.around(operation, b'"\0"').partition(b"\0")
    packed = bomb(around, after)
    yield Case(operation.id, family, "gzip-bomb", _coded(right, "gzip", packed), expect=refused)
    twice = _coded(right, "gzip, gzip", gzip.compress(packed, mtime=0))
    yield Case(operation.id, family, "gzip-bomb-twice", twice, expect=refused)


def _codings(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    packed = gzip.compress(body, mtime=0)
    yield "gzip", "gzip", packed
    yield "deflate", "deflate", zlib.compress(body)
    yield "gzip-twice", "gzip, gzip", gzip.compress(packed, mtime=0)
    yield "gzip-truncated", "gzip", packed[:-10]
    yield "gzip-over-plain", "gzip", body
    yield "deflate-over-plain", "deflate", body
    yield "brotli-over-plain", "br", body
    yield "unknown-coding", "x-none", body


def _coded(request: Request, coding: str, body: bytes) -> Request:
    return replace(request, headers=(*request.headers, ("Content-Encoding", coding)), body=body)


@lru_cache(maxsize=4)
def bomb(before: bytes, after: bytes) -> bytes:
    """Return a gzip member of some 48 KiB that unpacks to 48 MiB.

    After a full flush a deflate stream starts anew (RFC 1951), so one block of zeros serves for all.

    Args:
        before: What stands before the many zeros.
        after: What stands behind them.
    """
    zeros = b"0" * _BLOCK
    packer = zlib.compressobj(9, wbits=_GZIP)
    head = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    raw = zlib.compressobj(9, wbits=-15)
    block = raw.compress(zeros) + raw.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15)
    tail = end.compress(after) + end.flush()
    checksum = zlib.crc32(before)
    for _ in range(_BLOCKS):
        checksum = zlib.crc32(zeros, checksum)
    checksum = zlib.crc32(after, checksum)
    size = len(before) + _BLOCK * _BLOCKS + len(after)
    return head + block * _BLOCKS + tail + checksum.to_bytes(4, "little") + size.to_bytes(4, "little")
