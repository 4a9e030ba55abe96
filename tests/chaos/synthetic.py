"""The synthetic load: many made-up customers over 500 days, and garbage among what they send."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, TypeAlias

from aiokafka.partitioner import murmur2

from tests.chaos.customer import MILLISECOND, Customer, Habit, Place
from tests.chaos.exchange import SELLS_ABROAD
from tests.chaos.garbage import garbage, lies
from tests.chaos.imported import Imported
from tests.chaos.load import Erased, Load, Step, Tick
from tests.chaos.person import Person
from tests.chaos.walk_in import NAME, WalkIn
from tests.oracle import Policy, ReceivedMessage

BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
SPAN: Final = timedelta(days=500)
PARTS: Final = 3
"""How often the clock ticks in a round."""

ACTIONS_A_DAY: Final = (1 / 120, 1 / 60, 1 / 30, 1 / 15, 1 / 8)
HABITS: Final = {Habit.IN_ORDER: 5, Habit.LATE: 3, Habit.STRAYING: 2, Habit.EVERYWHERE: 3}
GARBAGE: Final = 0.08
LIES: Final = 2
"""So many records of the clock between two ticks are none."""
WALK_INS: Final = 10_000
"""How many orders there are under one id."""
JOINED: Final = 0.1
"""The share of customers who have several names."""
ERASED: Final = 0.08
ERASED_WITH_ALL_NAMES: Final = 0.25
"""The shares of customers, and of those of several names, who are erased in enough rounds."""
FEWEST_ROUNDS: Final = 3
"""There is one before that in which somebody is erased or imported, and one after it."""

IMPORTED: Final = 0.06
CUT: Final = 0.5
GOES_ON: Final = 0.6
"""The shares of imported customers, of those whom ticks cut, and of the others who go on."""

SURE_AFTER: Final = 2
"""So many rounds after a name was first claimed it is certain whose it is."""
ONE_AND_TWO: Final = 3

Somebody: TypeAlias = Customer | Person


def synthetic(
    seed: int,
    rounds: int,
    customers: int,
    partitions: int,
    policy: Policy = SELLS_ABROAD,
    *,
    walk_ins: int = WALK_INS,
) -> Load:
    """Make the load: a pure function of its arguments."""
    chance = random.Random(f"load {seed}")
    people = [_anybody(chance, number, partitions, rounds) for number in range(customers)]
    _choose_erased(people, chance, rounds)
    _share_devices(people, chance, rounds)
    till = WalkIn(walk_ins, BEGIN, SPAN, random.Random(f"till {seed}"))
    imported = [one for one in people if isinstance(one, Imported)]
    load = Load(
        f"synthetic, {customers} customers",
        policy=policy,
        answering=_answering(people),
        imported=frozenset(one.name for one in imported),
        cut=frozenset(one.name for one in imported if one.is_cut),
        large=frozenset([NAME]),
    )
    for number in range(1, rounds + 1):
        load.received_before.append(len(load.received))
        steps = [_part(load, [*people, till], chance, place) for place in _places(number, rounds)]
        load.rounds.append([*chain.from_iterable(steps)])
    _add_up(load, people)
    load.events[NAME] = till.messages
    return load


def _answering(people: Iterable[Somebody]) -> frozenset[str]:
    """Those of one name whose events of the shop come in order, and none of them quietly."""
    return frozenset(
        one.name
        for one in people
        if isinstance(one, Customer)
        and not isinstance(one, Imported)
        and one.habit is not Habit.EVERYWHERE
    )


def _choose_erased(people: Iterable[Somebody], chance: random.Random, rounds: int) -> None:
    """Let some be erased in a round which is neither the first nor the last one."""
    lasting = [one for one in people if not isinstance(one, Imported)]
    for one in lasting if rounds >= FEWEST_ROUNDS else ():
        share = ERASED_WITH_ALL_NAMES if isinstance(one, Person) else ERASED
        if chance.random() < share:
            one.erased_in = chance.randrange(2, rounds)
            one.deeds.listed = False


def _add_up(load: Load, people: Iterable[Somebody]) -> None:
    """Note what each customer is called in the end, and how many messages there were."""
    for one in people:
        called = one.called if isinstance(one, Person) else one.name
        if one.erased_in is not None:
            load.erased[called] = Erased(one.erased_in, frozenset(one.names))
        if isinstance(one, Person):
            load.joined[called] = one.joined
        elif one.has_used_it and one.device is not None:
            load.contested.setdefault(one.device, set()).add(one.name)
    names = {one.name: one.called for one in people if isinstance(one, Person)}
    load.events.update(
        {names.get(one.name, one.name): one.messages for one in people if one.messages}
    )
    for place, message in enumerate(load.received):
        name = message.message["userId"]
        if name in names:
            load.received[place] = ReceivedMessage(
                {**message.message, "userId": names[name]}, message.processed_at
            )


def _share_devices(people: Iterable[Somebody], chance: random.Random, rounds: int) -> None:
    """Let a person's device be used by somebody else, once it is known whose it is.

    Another device is used by two from the beginning: whose it becomes is not certain. Nobody who
    is erased is among them: which claims are under way then would count. Nor is who is imported.
    """
    lasting = [one for one in people if one.erased_in is None and not isinstance(one, Imported)]
    others = [one for one in lasting if isinstance(one, Customer)]
    chance.shuffle(others)
    for one in lasting:
        if isinstance(one, Person) and len(others) >= ONE_AND_TWO:
            known_in = 1 + int((one.claimed_at - BEGIN) / SPAN * rounds)
            other = others.pop()
            other.device, other.device_from = one.anonymous, known_in + SURE_AFTER
            for rival in (others.pop(), others.pop()):
                rival.device = f"s-{one.name}"


def _part(
    load: Load, people: list[Somebody | WalkIn], chance: random.Random, place: Place
) -> Iterator[Step]:
    """What is sent between two ticks, and the second one. Its meaning is added to the load."""
    emissions = [each for one in people for each in one.live(place)]
    pieces = int(GARBAGE * len(emissions))
    name = f"g-{len(load.garbage)}"
    spoilt = [
        *garbage(chance, name, place.begin, place.end, pieces),
        *lies(chance, name, place.begin, place.end, LIES),
    ]
    load.received.extend(each.received for each in emissions if each.received is not None)
    load.garbage.update({record.value: reason for _, record, reason in spoilt})
    sent = [(each.sent_at, each.record) for each in emissions]
    sent += [(at, record) for at, record, _ in spoilt]
    yield from (record for _, record in sorted(sent, key=lambda each: each[0]))
    yield Tick(place.end)


def _anybody(chance: random.Random, number: int, partitions: int, rounds: int) -> Somebody:
    name = f"c-{number:05}"
    own = random.Random(f"{name} {chance.random()}")
    if chance.random() < JOINED:
        return Person(
            name=name,
            other_user=own.choice((None, f"b-{number:05}", f"d-{number:05}")),
            actions_a_day=own.choice(ACTIONS_A_DAY[1:]),
            chance=own,
            partitions=partitions,
            instants=[
                BEGIN + MILLISECOND * own.randrange(2, SPAN // MILLISECOND) for _ in range(20)
            ],
        )
    if rounds >= FEWEST_ROUNDS and own.random() < IMPORTED / (1 - JOINED):
        return _imported(name, own, partitions, rounds)
    return Customer(
        name=name,
        habit=chance.choices(list(HABITS), list(HABITS.values()))[0],
        actions_a_day=chance.choice(ACTIONS_A_DAY),
        chance=own,
        home=_home(name, partitions),
        partitions=partitions,
    )


def _imported(name: str, own: random.Random, partitions: int, rounds: int) -> Imported:
    """The import settles before the last round ends, which has no tick after it.

    One that is cut is all that there is: nothing is to be sent of it.
    """
    imported_in = own.randrange(2, rounds)
    most_parts = PARTS * min(2, rounds - imported_in)
    parts = own.randint(2, most_parts) if own.random() < CUT else 1
    return Imported(
        name=name,
        habit=own.choice((Habit.IN_ORDER, Habit.STRAYING)),
        actions_a_day=own.choice(ACTIONS_A_DAY),
        chance=own,
        home=_home(name, partitions),
        partitions=partitions,
        imported_in=imported_in,
        parts=parts,
        goes_on=parts == 1 and own.random() < GOES_ON,
    )


def _home(name: str, partitions: int) -> int:
    return int(murmur2(name.encode()) & 0x7FFFFFFF) % partitions


def _places(number: int, rounds: int) -> Iterator[Place]:
    begin = BEGIN + SPAN * (number - 1) / rounds
    step = SPAN / rounds / PARTS
    ends = [begin + step * part for part in range(PARTS)] + [BEGIN + SPAN * number / rounds]
    for part in range(PARTS):
        yield Place(number, ends[part], ends[part + 1], begin, fresh=part == 0)
