"""Sizes: the largest record that a topic takes, and how a larger one is cut."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from schemas.dead_letter import CUT_TO, KEY_CUT_TO, ORIGINAL_KEY_SIZE, ORIGINAL_SIZE
from topology.batching.handler import Output

DEFAULT_LIMIT: Final = 1_048_588
"""The broker's default of `max.message.bytes`."""

_BATCH: Final = 100
"""Bytes around a single record."""
_HEADER: Final = 10
"""Bytes around a header, its length included."""
_HEAD: Final = 65_536
"""So much is kept of a value that is cut, for whoever wants to know what it was."""
_KEY_HEAD: Final = 1_024


class Limits:
    """The largest record of each topic, in bytes. A topic that is not named has the default."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits

    def take(self, output: Output) -> bool:
        """True if the output fits into its topic, even if compression makes it a bit larger."""
        limit = self._limits.get(output.topic, DEFAULT_LIMIT)
        return size_of(output) <= limit - limit // 200

    def cut(self, output: Output) -> Output:
        """Return the output as it fits, with headers that say how large it was."""
        if self.take(output):
            return output
        value, headers = output.value or b"", list(output.headers)
        keep = min(_HEAD, self._limits.get(output.topic, DEFAULT_LIMIT) // 2)
        if len(value) > keep:
            headers += _sizes(ORIGINAL_SIZE, len(value), CUT_TO, keep)
            output = replace(output, value=value[:keep], headers=headers)
        key = output.key or b""
        if len(key) > _KEY_HEAD:
            headers += _sizes(ORIGINAL_KEY_SIZE, len(key), KEY_CUT_TO, _KEY_HEAD)
            output = replace(output, key=key[:_KEY_HEAD], headers=headers)
        return output


DEFAULTS: Final = Limits({})


def size_of(output: Output) -> int:
    """How many bytes an output takes at most, if it is written by itself and not compressed."""
    headers = sum(len(name) + len(value or b"") + _HEADER for name, value in output.headers)
    return _BATCH + len(output.key or b"") + len(output.value or b"") + headers


def _sizes(before: str, size: int, after: str, kept: int) -> list[tuple[str, bytes]]:
    return [(before, b"%d" % size), (after, b"%d" % kept)]
