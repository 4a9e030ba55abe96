"""A few new triggers, as each listener wants them: written once for all who want the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.api.streams import frames
from services.read_model.cursor import Cursor
from services.read_model.trigger_log import LoggedTrigger


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which triggers a listener wants: of one rule, of one customer by any name, or all."""

    rule: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """A trigger as an event, and what listeners choose it by."""

    rule: str
    names: frozenset[str]
    """All names of the customer."""
    frame: bytes

    def is_wanted(self, wanted: Wanted) -> bool:
        """True if it belongs into what a listener wants."""
        rule, customer = wanted.rule, wanted.customer
        return rule in {None, self.rule} and (customer is None or customer in self.names)


@dataclass(frozen=True, slots=True)
class TriggerBatch:
    """New triggers in order."""

    triggers: Sequence[NewTrigger]
    _written: dict[Wanted, bytes] = field(default_factory=dict)

    def frames(self, wanted: Wanted) -> bytes:
        """The events that a listener gets of these, possibly none."""
        written = self._written.get(wanted)
        if written is None:
            written = b"".join(each.frame for each in self.triggers if each.is_wanted(wanted))
            self._written[wanted] = written
        return written


def as_frames(logged: Sequence[LoggedTrigger], cursor: Cursor) -> list[bytes]:
    """Each trigger as an event, whose id is the cursor after it."""
    found = []
    for ref, trigger in logged:
        cursor = cursor.after([(ref.partition, ref.offset)])
        data = trigger.model_dump_json(by_alias=True)
        found.append(frames.event("trigger", cursor.to_text(), data))
    return found
