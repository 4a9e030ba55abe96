"""The order of the trigger log: of each partition the earliest, merged by the broker's time."""

from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import islice

from services.read_model.trigger_ref import TriggerRef


def earliest(partitions: Iterable[Sequence[TriggerRef]], limit: int) -> list[TriggerRef]:
    """Return the first `limit` triggers of all partitions together.

    Each partition comes in the order of its offsets and keeps it, whatever the times say.
    """
    return list(islice(merge(*partitions, key=_place), limit))


def _place(ref: TriggerRef) -> tuple[int, int, int]:
    return ref.appended_ms, ref.partition, ref.offset
