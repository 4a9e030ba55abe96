"""Which triggers a partition's progress holds, and what is left of it without some: pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from services.webhooks.stored import FAULT, QueueProgress


@dataclass(frozen=True, slots=True)
class Held:
    """One record of the progress: a lane with what it has open, or one delivery given up."""

    key: str
    offsets: frozenset[int]
    """Of its triggers."""
    queue: QueueProgress | None
    """None if it is a delivery that was given up."""

    @property
    def subscription_id(self) -> str:
        """Whose it is."""
        return self.key.split("/", 1)[0]

    def without(self, gone: Collection[int]) -> QueueProgress | None:
        """What is left of it; None if that is nothing."""
        if self.queue is None:
            return None
        kept = tuple(one for one in self.queue.open if one.offset not in gone)
        return self.queue.model_copy(update={"open": kept})


def held(stored: Mapping[str, bytes], at_work: Collection[str]) -> Iterator[Held]:
    """Yield what holds triggers, but for the lanes at work, by subscription: these know more.

    What can't be read is left out: its lane is set aside, and sends nothing.
    """
    for key, value in stored.items():
        subscription_id, _, *offset = key.split("/")
        if offset == [FAULT]:
            continue
        try:
            if offset:
                yield Held(key, frozenset(map(int, offset)), None)
            elif subscription_id not in at_work:
                queue = QueueProgress.model_validate_json(value)
                yield Held(key, frozenset(one.offset for one in queue.open), queue)
        except ValueError:  # pydantic's ValidationError is one.
            continue
