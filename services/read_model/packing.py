"""Many fields as two arguments of a script: a client spends microseconds on every argument."""

from collections.abc import Iterable
from typing import Final

from msgspec.msgpack import Decoder, encode


def pack(fields: Iterable[str | bytes]) -> tuple[bytes, bytes]:
    """Return the fields' lengths, in MessagePack, and the fields one after the other.

    The function `unpack_fields` in `lua/guard.lua` undoes it.
    """
    parts = [field.encode() if isinstance(field, str) else field for field in fields]
    return encode([len(part) for part in parts]), b"".join(parts)


def pack_ids(ids: Iterable[bytes]) -> bytes:
    """Return ids of customers as one message, empty if there are none."""
    listed = list(ids)
    return encode(listed) if listed else b""


unpack_ids: Final = Decoder(list[bytes]).decode
"""What `pack_ids` packed."""
