"""Counts, and how the read model is doing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.policy import Policy
from schemas.transition import Dimension
from services.api.answers import SegmentCounts, Sources, StandingStill
from services.platform.kafka.worker_lag.watch import LagWatch
from services.read_model.progress import Report
from services.read_model.read_model import ReadModel
from services.read_model.read_rows import OF_NO_DIMENSION
from services.read_model.trigger_log import kept_rules, trigger_partitions


async def count_segments(model: ReadModel, policy: Policy) -> SegmentCounts:
    """Count the customers by each dimension, zeros included."""
    _, (seen,) = await model.ask(("SMEMBERS", model.keys.groups))
    groups = [f"{each}={value}" for each in Dimension for value in policy.values_of(each)]
    others = {group.decode() for group in seen} - set(groups) - OF_NO_DIMENSION
    groups += sorted(others)
    cards = (("ZCARD", model.keys.group(group)) for group in groups)
    clocks, (customers, *counts) = await model.ask(("ZCARD", model.keys.everyone), *cards)
    by_dimension: dict[str, dict[str, int]] = {dimension: {} for dimension in Dimension}
    for group, count in zip(groups, counts, strict=True):
        dimension, value = group.split("=", 1)
        by_dimension[dimension][value] = count
    return SegmentCounts(customers=customers, as_of=clocks.everywhere(), **by_dimension)


async def count_group(model: ReadModel, group: str) -> int:
    """Count the customers of a group, such as the ids that gather strangers."""
    _, (count,) = await model.ask(("ZCARD", model.keys.group(group)))
    return int(count)


async def count_triggers(model: ReadModel, rules: Sequence[str]) -> Mapping[str, int]:
    """Count the triggers of each rule that are still kept."""
    numbers = await trigger_partitions(model)
    names = [*rules, *sorted(await kept_rules(model, numbers) - set(rules))]
    pairs = [(rule, number) for rule in names for number in numbers]
    _, counts = await model.ask(
        *(("ZCARD", model.keys.triggers_of_rule(number, rule)) for rule, number in pairs)
    )
    totals = dict.fromkeys(names, 0)
    for (rule, _), count in zip(pairs, counts, strict=True):
        totals[rule] += count
    return totals


@dataclass(frozen=True, slots=True)
class Condition:
    """How the read model is doing. `report` is None if no projector is alive."""

    built: bool
    report: Report | None
    skipped: int
    """Records that could not be read."""
    on_disk: int = 0
    """How often something was removed that may still be in Redis' files."""


async def look_at_projector(model: ReadModel) -> Condition:
    """Ask Redis what the projector last said."""
    pipe = model.redis.pipeline(transaction=True)
    pipe.get(model.keys.built)
    pipe.get(model.keys.alive)
    pipe.hvals(model.keys.skipped)
    pipe.get(model.keys.on_disk)
    built, alive, skipped, on_disk = await model.execute(pipe)
    report = None if alive is None else Report.model_validate_json(alive)
    return Condition(built is not None, report, sum(map(int, skipped)), int(on_disk or 0))


def sources_of(watch: LagWatch) -> Sources | None:
    """How far the workers are behind the sources; None while nobody can say."""
    if watch.partitions is None:
        return None
    still = tuple(
        StandingStill(
            partition=each.partition, lag=each.lag, since=datetime.fromtimestamp(each.since, UTC)
        )
        for each in watch.still
        if each.since is not None
    )
    return Sources(lag=sum(each.lag for each in watch.partitions), standing_still=still)
