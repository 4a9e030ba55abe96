"""A load: what is sent, in rounds, and what must come of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from schemas.dead_letter import DeadLetterReason
from tests.oracle import Told, Verdict, judge


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of a source topic. `partition` is None for the key's own."""

    topic: str
    key: bytes
    value: bytes
    partition: int | None = None
    strays: bool = False
    """True if it is sent to another partition than its profile's, and must be handed on."""


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant of the clock, which comes after all that was sent before it."""

    now: datetime


Step = Sent | Tick


@dataclass(frozen=True, slots=True)
class Joined:
    """The names of one person, and which of them are user ids."""

    names: frozenset[str]
    users: frozenset[str]


@dataclass(frozen=True)
class Load:
    """What is sent, and what it says.

    `told` is what the oracle hears, each message once; `events` counts the different messages of
    each customer; `garbage` is every value that can't be taken, with the reason.

    A person of several names is one customer to the oracle: `joined` has them by what they are
    called at last. `contested` is who claims each name that can be one customer's only.
    """

    name: str
    rounds: list[list[Step]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    garbage: dict[bytes, DeadLetterReason] = field(default_factory=dict)
    joined: dict[str, Joined] = field(default_factory=dict)
    contested: dict[str, set[str]] = field(default_factory=dict)
    settling: list[Tick] = field(default_factory=list)
    """Ticks after the last round, each when the one before has taken effect everywhere."""

    @property
    def sent(self) -> Iterator[Sent]:
        """Every record that is sent, in order."""
        return (step for steps in self.rounds for step in steps if isinstance(step, Sent))

    @property
    def until(self) -> datetime:
        """The last instant of the clock."""
        last = self.settling[-1] if self.settling else self.rounds[-1][-1]
        assert isinstance(last, Tick)
        return last.now

    @property
    def names_of_joined(self) -> dict[str, str]:
        """Each name of a person of several, and what the person is called."""
        return {name: called for called, one in self.joined.items() for name in one.names}

    def verdict(self) -> Verdict:
        """What the oracle makes of it."""
        return judge(self.told, until=self.until)
