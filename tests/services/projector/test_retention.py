"""The read model forgets what Kafka no longer keeps."""

import time

import pytest

from services.projector.session import Retention
from services.projector.sources import SourceNames
from services.read_model.batches import Step
from services.read_model.writer import Writer
from tests.services.projector.world import World
from tests.services.read_model.test_writer import outputs


@pytest.mark.parametrize("cause", ["too old", "gone from Kafka"])
async def test_outputs_that_kafka_no_longer_keeps_are_forgotten(
    writer: Writer, bare: World, cause: str
) -> None:
    old, new = 1_000, int(time.time() * 1000)
    await writer.apply_triggers(Step("triggers:0", None, 1500), outputs(0, 1500, old, "a rule"))
    await writer.apply_triggers(Step("triggers:0", 1500, 1600), outputs(1500, 1600, new, "a rule"))
    await writer.apply_transitions(Step("transitions:0", None, 1500), outputs(0, 1500, old))
    await writer.apply_transitions(Step("transitions:0", 1500, 1600), outputs(1500, 1600, new))
    names = SourceNames.of("any")
    first = 0 if cause == "too old" else 1500
    ages = Retention() if cause == "too old" else Retention(transitions_ms=new, triggers_ms=new)
    beginnings = {(names.transitions, 0): first, (names.triggers, 0): first}
    await ages.trim(writer, names, beginnings)
    kept = bare.keys
    counts = {
        "log": await bare.redis.zcard(kept.trigger_log(0)),
        "rule": await bare.redis.zcard(kept.triggers_of_rule(0, "a rule")),
        "customer": await bare.redis.zcard(kept.triggers_of_customer(0, "c 1")),
        "bodies": await bare.redis.hlen(kept.trigger_bodies(0)),
        "rules": await bare.redis.scard(kept.rules(0)),
        "transition log": await bare.redis.zcard(kept.transition_log(0)),
    }
    assert counts == {
        "log": 100,
        "rule": 100,
        "rules": 1,
        "customer": 33,
        "bodies": 100,
        "transition log": 100,
    }
