"""Undoes gzip within a bound: a small body must not become a large one."""

import zlib
from typing import Final

_GZIP: Final = 16 + zlib.MAX_WBITS


class NotGzipError(ValueError):
    """The bytes are not one whole gzip stream."""


class TooMuchInsideError(ValueError):
    """More is in it than is taken."""


def inflate(packed: bytes, most: int) -> bytes:
    """Return what is in a gzip stream: at most `most` bytes, and no more are ever made.

    Raises:
        NotGzipError: it is broken, cut off, or something follows it.
        TooMuchInsideError: more than `most` bytes are in it.
    """
    stream = zlib.decompressobj(_GZIP)
    try:
        content = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise NotGzipError(str(error)) from None
    if len(content) > most:
        raise TooMuchInsideError
    if not stream.eof:
        raise NotGzipError("it ends too early")
    if stream.unused_data:
        raise NotGzipError("something follows its end")
    return content
