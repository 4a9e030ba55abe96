"""What the demo replays: a recording, its end, and its usual speed."""

from dataclasses import dataclass
from datetime import datetime

from services.tools.replay.run import Recording


@dataclass(frozen=True, slots=True)
class Script:
    """A recording, and how to show it."""

    record: Recording
    end: datetime
    """The last tick of its clock."""
    noun: str
    """What one of its messages is called."""
    per_second: float
    """The messages per second at which a person can follow."""
    example_customer: str
    """A customer to look at in the end."""
    currency: str | None = None
    """The currency of its amounts; None is that of the policy."""
