"""Which faults strike when: a pure function of the seed."""

import random
from collections.abc import Iterator, Mapping
from typing import Final

from tests.chaos.faults import Fault, Kind, Round, When

FIRST_WORKERS: Final = ("worker-1", "worker-2")
FEWEST: Final = 1
MOST: Final = 3
A_ROUND: Final = (1, 2, 2, 3)
WHEN: Final[Mapping[When, int]] = {When.COMMITTING: 5, When.CALM: 3, When.AT_ONCE: 3}
LATEST_DELAY_S: Final[Mapping[When, float]] = {
    When.COMMITTING: 0.005,
    When.CALM: 0.8,
    When.AT_ONCE: 0.8,
}

CHANCES: Final[Mapping[Kind, int]] = {
    Kind.WORKER_KILLED: 4,
    Kind.WORKER_LOST: 2,
    Kind.WORKER_FROZEN: 2,
    Kind.WORKER_RESTARTED: 3,
    Kind.POLICY_CHANGED: 3,
    Kind.WORKER_ADDED: 3,
    Kind.WORKER_REMOVED: 2,
    Kind.BROKER_KILLED: 2,
    Kind.PROJECTOR_KILLED: 2,
    Kind.ARCHIVE_KILLED: 2,
    Kind.REDIS_EMPTIED: 2,
    Kind.REDIS_KILLED: 2,
    Kind.REDIS_FULL: 1,
}
"""How often each kind comes up beyond its first time."""

ONE_MORE: Final = frozenset({Kind.WORKER_ADDED})
ONE_FEWER: Final = frozenset({Kind.WORKER_LOST, Kind.WORKER_REMOVED})
OF_A_WORKER: Final = ONE_FEWER | {
    Kind.WORKER_KILLED,
    Kind.WORKER_FROZEN,
    Kind.WORKER_RESTARTED,
    Kind.POLICY_CHANGED,
}
FIRST_OF_ALL: Final = (*Kind, Kind.POLICY_CHANGED)
"""Each kind once, but the policy is changed back, too."""


def schedule(seed: int, faults: int) -> list[Round]:
    """That many faults, in rounds. `FIRST_OF_ALL` come up before any comes up again."""
    return list(_in_rounds(list(_faults(seed, faults)), random.Random(f"rounds {seed}")))


def _faults(seed: int, faults: int) -> Iterator[Fault]:
    chance = random.Random(f"faults {seed}")
    workers = list(FIRST_WORKERS)
    names = len(workers)
    owed = chance.sample(FIRST_OF_ALL, len(FIRST_OF_ALL))
    for number in range(1, faults + 1):
        kind = _next_kind(chance, owed, len(workers))
        worker = None
        if kind in ONE_MORE:
            names += 1
            worker = f"worker-{names}"
            workers.append(worker)
        elif kind in OF_A_WORKER:
            worker = chance.choice(workers)
        if kind in ONE_FEWER and worker is not None:
            workers.remove(worker)
        when = chance.choices(list(WHEN), list(WHEN.values()))[0]
        yield Fault(number, kind, worker, when, LATEST_DELAY_S[when] * chance.random())


def _next_kind(chance: random.Random, owed: list[Kind], workers: int) -> Kind:
    """The next kind that is possible with that many workers, those still owed first."""

    def possible(kind: Kind) -> bool:
        if kind in ONE_MORE:
            return workers < MOST
        return kind not in ONE_FEWER or workers > FEWEST

    due = next((kind for kind in owed if possible(kind)), None)
    if due is not None:
        owed.remove(due)
        return due
    kinds = [kind for kind in CHANCES if possible(kind)]
    return chance.choices(kinds, [CHANCES[kind] for kind in kinds])[0]


def _in_rounds(faults: list[Fault], chance: random.Random) -> Iterator[Round]:
    number = 0
    while faults:
        number += 1
        some = chance.choice(A_ROUND)
        yield Round(number, tuple(faults[:some]))
        del faults[:some]
