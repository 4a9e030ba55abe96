"""Partitions in memory that hand records on to each other, and a clock with the real rounds.

Whatever may come at any moment in Kafka is a step of its own here: a batch that is written, its
commit, the markers of this commit on each log, a look at one partition's offsets, the reading of
one partition's end.
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
    """A record. `way` are the partitions that it is still to be handed on to, one by one.

    `root` is what somebody sent; `is_open` is that its transaction's marker is not there yet.
    """

    root: int
    way: tuple[int, ...]
    hops: int = 0
    is_open: bool = False


@dataclass
class Write:
    """A transaction: up to where its partition has read, and what it has handed on."""

    end: int
    sent: list[Item]


@dataclass
class Part:
    """A partition: its log, what it has committed, and the transaction that is under way."""

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
    """What is broken on purpose."""

    one_round: bool = False
    last_stable_offsets: bool = False
    no_hops: bool = False
    own_ends_only: bool = False
    counts_after_ends: bool = False


class Sea:
    """All partitions, and the clock of the first one."""

    def __init__(self, count: int, flaws: Flaws) -> None:
        self.parts = [Part() for _ in range(count)]
        self.roots = 0
        self.flaws = flaws
        self.without_marker: list[tuple[int, Item]] = []
        """Committed records whose marker is not there yet, and in which partition they are."""
        self.before: set[int] = set()
        """The roots that stood anywhere when the instant was read."""
        self.taken_effect = 0
        self._clock: Iterator[None] | None = None

    # What partitions do

    def send(self, way: tuple[int, ...]) -> None:
        """Somebody sends a record to the first partition of its way."""
        self.roots += 1
        self.parts[way[0]].log.append(Item(self.roots, way[1:]))

    def work(self, number: int, most: int) -> None:
        """Begin a transaction of a partition, or commit the one that is under way."""
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
            if item is not None and item.way:
                hops = 1 if self.flaws.no_hops else item.hops + 1
                onward = Item(item.root, item.way[1:], hops, is_open=True)
                self.parts[item.way[0]].log.append(onward)
                self.without_marker.append((item.way[0], onward))
                sent.append(onward)
        part.write = Write(end, sent)

    def kill(self, number: int) -> None:
        """Kill the partition's worker: its transaction is aborted, and the next one takes over."""
        part = self.parts[number]
        if part.write is None:
            return
        for item in part.write.sent:
            self.without_marker = [each for each in self.without_marker if each[1] is not item]
            for other in self.parts:
                other.log = [None if each is item else each for each in other.log]
        part.write = None

    def write_marker(self, which: int) -> None:
        """Let the marker of one committed transaction arrive at one log."""
        written = [each for part in self.parts if part.write for each in part.write.sent]
        ready = [each for each in self.without_marker if not any(each[1] is one for one in written)]
        if ready:
            number, item = ready[which % len(ready)]
            item.is_open = False
            self.without_marker = [each for each in self.without_marker if each[1] is not item]
            self.parts[number].log.append(None)

    # What the clock does

    def tick(self) -> None:
        """Take the next small step of the clock: a look at one partition."""
        if self._clock is None:
            self._clock = self._instant()
        if next(self._clock, self) is self:
            self._clock = None

    def whole_look(self) -> None:
        """Take so many steps of the clock as a look at all partitions has, undisturbed."""
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
        """True if nothing of a root is left that is still to come to the clock's partition."""
        return not any(
            item.root == root and (number == 0 or 0 in item.way)
            for number, part in enumerate(self.parts)
            for item in part.log[part.committed :]
            if item is not None
        )

    def finish(self) -> None:
        """Let everything come to its end, and see that an instant takes effect then."""
        goal = self.taken_effect + 2
        for _ in range(5_000):
            if self.taken_effect >= goal:
                return
            for number in range(len(self.parts)):
                self.work(number, 3)
                self.write_marker(number)
            self.tick()
        raise AssertionError("the clock stands still")


def storm(sea: Sea, seed: int, speeds: tuple[int, ...], steps: int = 250) -> None:
    """Let everything happen in an order that follows from the seed.

    `speeds` are how often each partition gets its turn, then markers, clock, senders and deaths.
    """
    chance, count = random.Random(seed), len(sea.parts)
    for actor in chance.choices(range(count + 4), speeds, k=steps):
        if actor < count:
            sea.work(actor, chance.choice((1, 2, 10)))
        elif actor == count:
            sea.write_marker(chance.randrange(100))
        elif actor == count + 1:
            chance.choice((sea.tick, sea.whole_look))()
        elif actor == count + 2:
            sea.send(tuple(chance.choices(range(count), k=chance.randint(1, 5))))
        else:
            sea.kill(chance.randrange(count))
