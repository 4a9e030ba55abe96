"""A reference to a trigger: where it lies in its topic, and what pages are filtered by."""

from typing import NamedTuple, Self
from urllib.parse import unquote

from services.read_model.keys import quoted


class TriggerRef(NamedTuple):
    """One trigger's place. `appended_ms` is the broker's time, milliseconds since the epoch."""

    partition: int
    offset: int
    appended_ms: int
    rule: str
    customer_id: str

    def to_text(self) -> str:
        """As the read model keeps it, under a key that names the partition."""
        return f"{self.offset} {self.appended_ms} {quoted(self.rule)} {self.customer_id}"

    @classmethod
    def from_text(cls, partition: int, text: str) -> Self:
        """What `to_text` wrote."""
        offset, appended_ms, rule, customer_id = text.split(" ", 3)
        return cls(partition, int(offset), int(appended_ms), unquote(rule), customer_id)
