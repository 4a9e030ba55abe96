"""Rows as bytes: what the changelog carries. MessagePack, without field names."""

from typing import Final

from msgspec import DecodeError, msgpack

from topology.domain.state import ROW_VERSION, State

_ENCODER: Final = msgpack.Encoder()
_DECODER: Final = msgpack.Decoder(State)


class RowError(Exception):
    """A row that can't be read: foreign bytes, or a version that this release does not know."""


def encode_row(state: State) -> bytes:
    """Turn a row into bytes."""
    return _ENCODER.encode(state)


def decode_row(value: bytes) -> State:
    """Turn bytes into a row.

    Raises:
        RowError: they are no row of this version.
    """
    try:
        state = _DECODER.decode(value)
    except DecodeError as error:
        msg = f"not a row of version {ROW_VERSION}: {error}"
        raise RowError(msg) from None
    if state.version != ROW_VERSION:
        msg = f"a row of version {state.version}; this release reads version {ROW_VERSION}"
        raise RowError(msg)
    return state
