"""Reads an answer's body, bounded in size before and after decompression. Judges no content."""

import zlib

from urllib3.response import BaseHTTPResponse

from sidecar.model import Failed

LIMIT = 1 << 20  # bytes
_PIECE = 1 << 16
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits


class Identity:
    """A body that is not compressed, read like one that is."""

    eof = True
    unused_data = b""

    def decompress(self, piece: bytes, _most: int) -> bytes:
        """Return the piece."""
        return piece


def read_body(response: BaseHTTPResponse, name: str, limit: int = LIMIT) -> bytes | Failed:
    """Return the whole body, decompressed. Kinds ``too-large`` and ``content``; raises what the connection raises.

    ``limit`` is in bytes.
    """
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and float(declared) > limit:
        return _too_large(name, limit)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in _WINDOWS:
        return _read(response, zlib.decompressobj(_WINDOWS[encoding]), name, limit)
    if encoding in ("", "identity"):
        return _read(response, Identity(), name, limit)
    return Failed("content", f"{name} comes in a content encoding that was not asked for")


def _read(response: BaseHTTPResponse, decoder: "Identity | zlib._Decompress", name: str, limit: int) -> bytes | Failed:
    body = b""
    received = 0
    while piece := response.read(_PIECE, decode_content=False):
        received += len(piece)
        try:
            body += decoder.decompress(piece, limit + 1 - len(body))
        except zlib.error:
            return Failed("content", f"{name} is not compressed as its Content-Encoding says")
        if max(received, len(body)) > limit:
            return _too_large(name, limit)
    if not decoder.eof or decoder.unused_data:
        return Failed("content", f"{name} is not compressed as its Content-Encoding says")
    return body


def _too_large(name: str, limit: int) -> Failed:
    return Failed("too-large", f"{name} is larger than {limit >> 20} MiB")
