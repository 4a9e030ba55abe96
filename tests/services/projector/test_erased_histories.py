"""An erasure removes the history from the read model, even if the customer returns at once."""

import pytest

from tests.services.projector.records import held, micros, transition, trigger
from tests.services.projector.world import Sent, World
from topology.domain.rows.erased import encode_erased, tombstone_of

SALT = b"a salt that nobody guesses"
NAME = b"anna"


@pytest.fixture
def forgetful(world: World) -> World:
    """A world whose projector has a salt."""
    world.salt = SALT
    return world


def tombstone(world: World, days: float) -> Sent:
    return Sent(world.names.rows, 0, tombstone_of(SALT, NAME), encode_erased(micros(days), SALT))


def published_on(world: World, number: int) -> list[Sent]:
    """A transition, a trigger and a held one of day `number`."""
    return [
        world.published(transition("anna", number), 0),
        world.published(trigger("anna", number), 0),
        world.published(held("anna", number), 0),
    ]


async def counts(world: World) -> list[int]:
    """How many transitions, triggers, bodies of triggers and held ones the read model has."""
    keys = world.keys
    moves = await world.redis.zcard(keys.transitions("anna"))
    fired = await world.redis.zcard(keys.triggers_of_customer(0, "anna"))
    bodies = await world.redis.hlen(keys.trigger_bodies(0))
    waiting = await world.redis.scard(keys.held_of_customer(0, "anna"))
    assert await world.redis.zcard(keys.held_log(0)) == waiting
    assert await world.redis.hlen(keys.held_entries(0)) == waiting
    return [moves, fired, bodies, waiting]


@pytest.mark.parametrize("removed", [True, False], ids=["row removed", "forgotten by Kafka"])
async def test_a_customer_who_returns_in_the_same_batch_has_only_new_history(
    forgetful: World, *, removed: bool
) -> None:
    """The projector never sees that the row was gone: only the last row of a batch counts."""
    await forgetful.commit(forgetful.row("anna", 0, at=0), *published_on(forgetful, 1))
    await forgetful.project()
    assert await counts(forgetful) == [1, 1, 1, 1]

    gone = [forgetful.removed("anna", 0)] if removed else []
    await forgetful.commit(tombstone(forgetful, 5), *gone, forgetful.row("anna", 6, at=0))
    await forgetful.project()
    assert await counts(forgetful) == [0, 0, 0, 0]

    await forgetful.commit(forgetful.row("anna", 6, 7, at=0), *published_on(forgetful, 7))
    await forgetful.project()
    assert await counts(forgetful) == [1, 1, 1, 1]


async def test_a_customer_who_returns_after_the_tombstone_has_only_new_history(
    forgetful: World,
) -> None:
    """The projector ended before the new row, and Kafka has forgotten the removal."""
    await forgetful.commit(forgetful.row("anna", 0, at=0), *published_on(forgetful, 1))
    await forgetful.project()
    await forgetful.commit(tombstone(forgetful, 5))
    await forgetful.project()
    await forgetful.commit(forgetful.row("anna", 6, at=0), *published_on(forgetful, 6))
    await forgetful.project()
    assert await counts(forgetful) == [1, 1, 1, 1]
