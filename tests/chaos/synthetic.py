"""The synthetic load: many made-up customers over 500 days, and garbage among what they send."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

from aiokafka.partitioner import murmur2

from tests.chaos.customer import Customer, Habit, Place
from tests.chaos.garbage import garbage
from tests.chaos.load import Load, Step, Tick

BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
SPAN: Final = timedelta(days=500)
PARTS: Final = 3
"""How often the clock ticks in a round."""

ACTIONS_A_DAY: Final = (1 / 120, 1 / 60, 1 / 30, 1 / 15, 1 / 8)
HABITS: Final = {Habit.IN_ORDER: 5, Habit.LATE: 3, Habit.STRAYING: 2, Habit.EVERYWHERE: 3}
GARBAGE: Final = 0.08


def synthetic(seed: int, rounds: int, customers: int, partitions: int) -> Load:
    """Make the load: a pure function of its arguments."""
    chance = random.Random(f"load {seed}")
    people = [_customer(chance, number, partitions) for number in range(customers)]
    load = Load(f"synthetic, {customers} customers")
    for number in range(1, rounds + 1):
        steps = [_part(load, people, chance, place) for place in _places(number, rounds)]
        load.rounds.append([*chain.from_iterable(steps)])
    load.events.update({one.name: one.messages for one in people if one.messages})
    return load


def _part(
    load: Load, people: list[Customer], chance: random.Random, place: Place
) -> Iterator[Step]:
    """What is sent between two ticks, and the second one. Its meaning is added to the load."""
    emissions = [each for one in people for each in one.live(place)]
    pieces = int(GARBAGE * len(emissions))
    name = f"g-{len(load.garbage)}"
    spoilt = list(garbage(chance, name, place.begin, place.end, pieces))
    load.told.extend(each.told for each in emissions if each.told is not None)
    load.garbage.update({record.value: reason for _, record, reason in spoilt})
    sent = [(each.sent_at, each.record) for each in emissions]
    sent += [(at, record) for at, record, _ in spoilt]
    yield from (record for _, record in sorted(sent, key=lambda each: each[0]))
    yield Tick(place.end)


def _customer(chance: random.Random, number: int, partitions: int) -> Customer:
    name = f"c-{number:05}"
    return Customer(
        name=name,
        habit=chance.choices(list(HABITS), list(HABITS.values()))[0],
        actions_a_day=chance.choice(ACTIONS_A_DAY),
        chance=random.Random(f"{name} {chance.random()}"),
        home=(murmur2(name.encode()) & 0x7FFFFFFF) % partitions,
        partitions=partitions,
    )


def _places(number: int, rounds: int) -> Iterator[Place]:
    begin = BEGIN + SPAN * (number - 1) / rounds
    step = SPAN / rounds / PARTS
    ends = [begin + step * part for part in range(PARTS)] + [BEGIN + SPAN * number / rounds]
    for part in range(PARTS):
        yield Place(number, ends[part], ends[part + 1], part == 0, part == PARTS - 1)
