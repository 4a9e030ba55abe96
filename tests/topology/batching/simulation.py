"""A simulation: partitions in memory hand records on to each other; the clock uses real `Rounds`.

Everything that Kafka may do at any time is a separate step: writing a batch, its commit, each
marker of this commit, reading one partition's offsets, reading one partition's end.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from faust.types import TP

from topology.batching.hops import Counts, add_counts
from topology.batching.rounds import PartitionProgress, Rounds, Step

TOPIC = "source"


@dataclass
class Item:
    """A record. Workers still hand it on to the partitions of `route`, one after the other.

    `root` is the number of the sender's record. While `is_open`, its transaction has no marker.
    """

    root: int
    route: tuple[int, ...]
    hops: int = 0
    is_open: bool = False


@dataclass
class Write:
    """A transaction: the end of the records that it has read, and the records handed on."""

    end: int
    sent: list[Item]


@dataclass
class Part:
    """A partition: its log, its committed position, and its open transaction."""

    log: list[Item | None] = field(default_factory=list)
    committed: int = 0
    handed_on: Counts = ()
    write: Write | None = None

    @property
    def readable(self) -> int:
        """The last stable offset."""
        open_ones = (n for n, item in enumerate(self.log) if item is not None and item.is_open)
        return next(open_ones, len(self.log))


@dataclass(frozen=True)
class Flaws:
    """Parts of the algorithm to break on purpose."""

    one_round: bool = False
    last_stable_offsets: bool = False
    no_hops: bool = False
    own_ends_only: bool = False
    counts_after_ends: bool = False


class Simulation:
    """All partitions, and the clock of the first."""

    def __init__(self, count: int, flaws: Flaws) -> None:
        self.parts = [Part() for _ in range(count)]
        self.roots = 0
        self.flaws = flaws
        self.without_marker: list[tuple[int, Item]] = []
        """Committed records without a marker, and the partition of each."""
        self.before: set[int] = set()
        """The roots that were sent before the instant was read."""
        self.taken_effect = 0
        self._clock: Iterator[None] | None = None

    # Partitions

    def send(self, route: tuple[int, ...]) -> None:
        """Send a record to the first partition of its route."""
        self.roots += 1
        self.parts[route[0]].log.append(Item(self.roots, route[1:]))

    def work(self, number: int, most: int) -> None:
        """Begin a transaction of a partition, or commit the open one."""
        part = self.parts[number]
        if part.write is None:
            self._begin(part, most)
            return
        write, part.write = part.write, None
        part.committed = write.end
        counts: dict[int, int] = {}
        for item in write.sent:
            counts[item.hops] = counts.get(item.hops, 0) + 1
        part.handed_on = add_counts(part.handed_on, counts)

    def _begin(self, part: Part, most: int) -> None:
        end = min(part.readable, part.committed + most)
        if end == part.committed:
            return
        sent = []
        for item in part.log[part.committed : end]:
            if item is not None and item.route:
                hops = 1 if self.flaws.no_hops else item.hops + 1
                onward = Item(item.root, item.route[1:], hops, is_open=True)
                self.parts[item.route[0]].log.append(onward)
                self.without_marker.append((item.route[0], onward))
                sent.append(onward)
        part.write = Write(end, sent)

    def kill(self, number: int) -> None:
        """Kill the partition's worker: the next owner aborts its transaction."""
        part = self.parts[number]
        if part.write is None:
            return
        for item in part.write.sent:
            self.without_marker = [each for each in self.without_marker if each[1] is not item]
            for other in self.parts:
                other.log = [None if each is item else each for each in other.log]
        part.write = None

    def write_marker(self, which: int) -> None:
        """Append the marker of one committed transaction to one log."""
        written = [each for part in self.parts if part.write for each in part.write.sent]
        ready = [each for each in self.without_marker if not any(each[1] is one for one in written)]
        if ready:
            number, item = ready[which % len(ready)]
            item.is_open = False
            self.without_marker = [each for each in self.without_marker if each[1] is not item]
            self.parts[number].log.append(None)

    # The clock

    def tick(self) -> None:
        """Take the next step of the clock: read the state of one partition."""
        if self._clock is None:
            self._clock = self._instant()
        if next(self._clock, self) is self:
            self._clock = None

    def read_all_states(self) -> None:
        """Take as many steps as there are partitions, without any other step in between."""
        for _ in self.parts:
            self.tick()

    def _instant(self) -> Iterator[None]:
        self.before = set(range(1, self.roots + 1))
        rounds = Rounds()
        while True:
            by_partition: dict[int, PartitionProgress] = {}
            for number, part in enumerate(self.parts):
                yield
                by_partition[number] = PartitionProgress(
                    {TP(TOPIC, number): part.committed}, part.handed_on
                )
            step = rounds.observe(by_partition)
            if step is Step.DONE or (self.flaws.one_round and rounds.number and not rounds.behind):
                break
            if step is Step.READ_ENDS:
                ends: dict[TP, int] = {}
                for number in range(1 if self.flaws.own_ends_only else len(self.parts)):
                    yield
                    ends[TP(TOPIC, number)] = self._end(self.parts[number])
                rounds.start_round(ends)
                if self.flaws.counts_after_ends:
                    counts = {number: part.handed_on for number, part in enumerate(self.parts)}
                    rounds._before = counts
        self._take_effect()

    def _end(self, part: Part) -> int:
        return part.readable if self.flaws.last_stable_offsets else len(part.log)

    def _take_effect(self) -> None:
        late = [root for root in self.before if not self.is_processed(root)]
        assert not late, f"the clock has overtaken {late}"
        self.taken_effect += 1

    def is_processed(self, root: int) -> bool:
        """True if no outstanding record of a root can still reach the clock's partition."""
        return not any(
            item.root == root and (number == 0 or 0 in item.route)
            for number, part in enumerate(self.parts)
            for item in part.log[part.committed :]
            if item is not None
        )

    def finish(self) -> None:
        """Process everything, and assert that an instant takes effect then."""
        goal = self.taken_effect + 2
        for _ in range(5_000):
            if self.taken_effect >= goal:
                return
            for number in range(len(self.parts)):
                self.work(number, 3)
                self.write_marker(number)
            self.tick()
        raise AssertionError("the clock makes no progress")


def run_randomly(
    simulation: Simulation, seed: int, speeds: tuple[int, ...], steps: int = 250
) -> None:
    """Take random steps in an order that depends on the seed.

    `speeds` are the weights of each partition, then of markers, clock, senders and kills.
    """
    chance, count = random.Random(seed), len(simulation.parts)
    for actor in chance.choices(range(count + 4), speeds, k=steps):
        if actor < count:
            simulation.work(actor, chance.choice((1, 2, 10)))
        elif actor == count:
            simulation.write_marker(chance.randrange(100))
        elif actor == count + 1:
            chance.choice((simulation.tick, simulation.read_all_states))()
        elif actor == count + 2:
            simulation.send(tuple(chance.choices(range(count), k=chance.randint(1, 5))))
        else:
            simulation.kill(chance.randrange(count))
