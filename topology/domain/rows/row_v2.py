"""Rows of version 2: they know segments, and nothing of stage, tier, care and touchpoints."""

from typing import Final

from msgspec import msgpack
from msgspec.structs import replace

from topology.domain.facts.state import ROW_VERSION, State

VERSION: Final = 2

_DECODER: Final = msgpack.Decoder(State)


def upgrade(value: bytes) -> State:
    """Read a row of version 2: what it lacks stands at the end, and has defaults.

    Its policy's version goes, so that it is looked at anew. Which events were acts is not known:
    the latest counts as one, lest somebody who was here yesterday be taken for silent.

    Raises:
        DecodeError: the bytes are none.
    """
    old = _DECODER.decode(value)
    facts = replace(old.facts, acted_at=old.facts.last_seen_at)
    return replace(old, version=ROW_VERSION, policy_version="", facts=facts)
