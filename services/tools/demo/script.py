"""What a demo performs: whose messages, until when, and how fast."""

from dataclasses import dataclass
from datetime import datetime

from services.tools.replay.run import Recording


@dataclass(frozen=True, slots=True)
class Script:
    """A recording that is made for looking on."""

    record: Recording
    end: datetime
    """The last tick of its clock."""
    noun: str
    """What one of its messages is."""
    per_second: float
    """How many of them go by a second if somebody is to follow."""
    somebody: str
    """A customer of it."""
    currency: str | None = None
    """In which currency its amounts are; None is that of the policy."""
