"""Rows of version 2: they know segments, and nothing of stage, tier, care and touchpoints."""

from typing import Final

from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.rows import row_v3

VERSION: Final = 2


def upgrade(value: bytes) -> State:
    """Read a row of version 2: what it lacks of version 3 stands at the end, and has defaults.

    Its policy's version goes, so that it is looked at again. Which events were acts is not known:
    the latest counts as one, lest somebody who was here yesterday be taken for silent.

    Raises:
        DecodeError: the bytes are none.
    """
    old = row_v3.upgrade(value)
    history = replace(old.history, acted_at=old.history.last_seen_at)
    return replace(old, policy_version="", history=history)
