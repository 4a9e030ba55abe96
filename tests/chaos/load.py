"""A load: what is sent, in rounds, and what must come of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from schemas.dead_letter import DeadLetterReason
from tests.oracle import (
    DEFAULT,
    Outcome,
    Policy,
    ReceivedMessage,
    Verdict,
    run_policy,
    run_policy_at_end,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of a source topic, or of the clock. `partition` is None for the key's own."""

    topic: str
    key: bytes
    value: bytes
    partition: int | None = None
    strays: bool = False
    """True if it is sent to another partition than its profile's, and must be handed on."""
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant of the clock, which comes after all that was sent before it."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Erasing:
    """A request to erase whoever has a name, as the API makes it."""

    name: str
    erasure_id: str
    requested_at: datetime


Step = Sent | Tick | Erasing


@dataclass(frozen=True, slots=True)
class Joined:
    """The names of one person, and which of them are user ids."""

    names: frozenset[str]
    users: frozenset[str]


class Erased(NamedTuple):
    """Somebody who is to be erased under these names, each in a request of its own in a round."""

    round: int
    names: frozenset[str]


class Answer(NamedTuple):
    """What somebody did about a trigger that fired: as it is sent, and as the oracle reads it."""

    sent: Sent
    received: ReceivedMessage


@dataclass(frozen=True)
class Load:
    """What is sent, and what the oracle reads of it.

    `received` is what the oracle reads, each message once; `events` counts the different messages
    of each customer; `garbage` is every value that can't be taken, with the reason.

    A person of several names is one customer to the oracle: `joined` has them by what they are
    called at last. `contested` is who claims each name that can be one customer's only. `erased`
    has those who are erased, by what they are called; a person of several names says nothing new
    from then on, and nothing must be left. `answering` is whose triggers may be answered in a way
    that can be predicted. `imported` has those whose history comes quietly; `cut` those of them
    with ticks in between: when their clock waits depends on which of these a worker had read.
    `large` has those with too many orders for the oracle, which says only how they end.
    """

    name: str
    rounds: list[list[Step]] = field(default_factory=list)
    received: list[ReceivedMessage] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    garbage: dict[bytes, DeadLetterReason] = field(default_factory=dict)
    joined: dict[str, Joined] = field(default_factory=dict)
    contested: dict[str, set[str]] = field(default_factory=dict)
    erased: dict[str, Erased] = field(default_factory=dict)
    answering: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    cut: frozenset[str] = frozenset()
    large: frozenset[str] = frozenset()
    policy: Policy = DEFAULT
    received_before: list[int] = field(default_factory=list)
    """How much has been received when each round begins."""

    @property
    def sent(self) -> Iterator[Sent]:
        """Every record that is sent, in order."""
        return (step for steps in self.rounds for step in steps if isinstance(step, Sent))

    @property
    def until(self) -> datetime:
        """The last instant of the clock."""
        last = self.rounds[-1][-1]
        assert isinstance(last, Tick)
        return last.now

    @property
    def names_of_joined(self) -> dict[str, str]:
        """Each name of a person of several, and what the person is called."""
        return {name: called for called, one in self.joined.items() for name in one.names}

    @property
    def uncertain(self) -> frozenset[str]:
        """Those whose transitions and triggers nobody can predict, under all names."""
        return self.cut | self.large | self.names_of_joined.keys()

    def begin(self, number: int) -> datetime:
        """The instant of the clock at which a round from the second on begins."""
        last = self.rounds[number - 2][-1]
        assert isinstance(last, Tick)
        return last.now

    def with_answers(self, answers: Mapping[int, Sequence[Answer]]) -> "Load":
        """The load with what was answered at the beginning of each round.

        What is sent again is received once.
        """
        if not any(answers.values()):
            return self
        bounds = [*self.received_before, len(self.received)]
        events, received, received_before = (
            Counter(self.events),
            list[ReceivedMessage](),
            list[int](),
        )
        for number, (begin, end) in enumerate(pairwise(bounds), start=1):
            new = {
                each.received.message["messageId"]: each.received
                for each in answers.get(number, ())
            }
            events.update(each.message["userId"] for each in new.values())
            received_before.append(len(received))
            received += [*new.values(), *self.received[begin:end]]
        rounds = [
            [*(each.sent for each in answers.get(number, ())), *steps]
            for number, steps in enumerate(self.rounds, start=1)
        ]
        return replace(
            self, received=received, received_before=received_before, events=events, rounds=rounds
        )

    def verdict(self) -> Verdict:
        """What the oracle makes of it."""
        received = [each for each in self.received if each.message["userId"] not in self.large]
        found = run_policy(received, until=self.until, policy=self.policy)
        return Verdict({**found.customers, **dict(self._ends_of_large())})

    def _ends_of_large(self) -> Iterator[tuple[str, Outcome]]:
        for name in self.large:
            theirs = [each for each in self.received if each.message["userId"] == name]
            yield name, run_policy_at_end(theirs, until=self.until, policy=self.policy)
