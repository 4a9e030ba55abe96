"""Counts of customers, and the ids that gather strangers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from schemas.dimensions import Dimension, values_in
from schemas.policy import Policy
from services.read_model.connection import answer_of, connect
from services.read_model.keys import Keys
from services.read_model.reader import ReadModel
from services.read_model.rows import OF_NO_DIMENSION, SHARED


@dataclass(frozen=True, slots=True)
class CustomerCounts:
    """How many customers there are, and how many have each value of each dimension."""

    customers: int
    by_dimension: Mapping[str, Mapping[str, int]]
    as_of: datetime | None


async def count_customers(model: ReadModel, policy: Policy) -> CustomerCounts:
    """Count the customers by each dimension, zeros included."""
    _, (seen,) = await model.ask(("SMEMBERS", model.keys.groups))
    groups = [f"{each}={value}" for each in Dimension for value in values_in(policy, each)]
    others = {group.decode() for group in seen} - set(groups) - OF_NO_DIMENSION
    groups += sorted(others)
    cards = (("ZCARD", model.keys.group(group)) for group in groups)
    clocks, (customers, *counts) = await model.ask(("ZCARD", model.keys.everyone), *cards)
    by_dimension: dict[str, dict[str, int]] = {each: {} for each in Dimension}
    for group, count in zip(groups, counts, strict=True):
        dimension, value = group.split("=", 1)
        by_dimension[dimension][value] = count
    return CustomerCounts(customers, by_dimension, clocks.everywhere())


async def count_group(model: ReadModel, group: str) -> int:
    """Count the customers of a group, such as the ids that gather strangers."""
    _, (count,) = await model.ask(("ZCARD", model.keys.group(group)))
    return int(count)


class SharedIds(NamedTuple):
    """How many ids gather strangers, and the first of them."""

    total: int
    first: Sequence[str]


async def find_shared_ids(
    url: str, app_id: str, authorities: Path | None, at_most: int
) -> SharedIds:
    """Return the ids that gather strangers, `at_most` of them by name, even while Redis fills.

    Raises:
        ReadModelAwayError: Redis does not answer.
    """
    group = Keys.of(app_id).group(SHARED)
    async with connect(url, authorities) as redis:
        total: int = await answer_of(redis.zcard(group))
        names: list[bytes] = await answer_of(redis.zrange(group, 0, at_most - 1))  # type: ignore[arg-type]
    return SharedIds(total, [name.decode() for name in names])
